// The walls of the house. The floors stand in docs/architecture.md; this test reads them, reads every import, and says
// in a sentence which one climbs.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { orderByDependencies } from '@tulle/kernel'

const root = import.meta.dirname

interface Source {
  readonly path: string
  readonly room: string
  readonly text: string
  readonly imports: readonly string[]
}

const floors = readFloors(readFileSync(join(root, 'docs/architecture.md'), 'utf8'))
const sources = readSources()

describe('the floors', () => {
  it('name every package once, and no package that is not there', () => {
    const packages = readdirSync(join(root, 'packages'), { withFileTypes: true }).filter((e) => e.isDirectory()).map((e) => e.name)
    expect([...floors.keys()].toSorted()).toEqual(packages.toSorted())
  })

  it('let imports only fall', () => {
    expect(sources.flatMap((source) => climbs(source, floors))).toEqual([])
  })

  it('catch an import that climbs', () => {
    const planted: Source = { path: 'packages/store/src/planted.ts', room: 'store', text: '', imports: ['@tulle/gateway'] }
    expect(climbs(planted, floors)).toEqual([
      'packages/store/src/planted.ts imports @tulle/gateway. store (floor 2) may import: kernel. Move the shared noun down, or hand it in from server.',
    ])
  })
})

describe('a package', () => {
  it('imports another by its door, never deep and never by path', () => {
    const deep = sources.flatMap((source) =>
      source.imports
        .filter((i) => /^@tulle\/[^/]+\/(?!testing$)/u.test(i) || (i.startsWith('.') && roomOf(resolve(root, dirname(source.path), i)) !== source.room))
        .map((i) => `${source.path} imports ${i}`),
    )
    expect(deep).toEqual([])
  })

  it('declares exactly what it imports', () => {
    expect([...floors.keys()].flatMap(undeclared)).toEqual([])
  })

  it('lets only tests and testing rigs import testing rigs', () => {
    const leaks = sources.filter((s) => !isTest(s.path)).flatMap((s) => s.imports.filter((i) => i.endsWith('/testing') || i.endsWith('.test.ts') || i === './testing.ts').map((i) => `${s.path} imports ${i}`))
    expect(leaks).toEqual([])
  })
})

describe('a file', () => {
  it('stands on no circle of imports, type imports counted', () => {
    expect(circlesOf(sources)).toEqual([])
  })

  it('is caught on a circle', () => {
    const source = (path: string, imports: string[]): Source => ({ path, room: 'lake', text: '', imports })
    const planted = [source('packages/lake/src/a.ts', ['./b.ts']), source('packages/lake/src/b.ts', ['./a.ts'])]
    expect(circlesOf(planted)).toEqual(['packages/lake/src/a.ts → packages/lake/src/b.ts → packages/lake/src/a.ts'])
  })

  it('has at most 600 lines', () => {
    expect(sources.filter((s) => s.text.split('\n').length > 601).map((s) => s.path)).toEqual([])
  })

  it('lies in no drawer', () => {
    expect(sources.map((s) => s.path).filter((p) => /(^|\/)(utils?|helpers?|misc|common)(\/|\.tsx?$)/u.test(p))).toEqual([])
  })
})

describe('a door', () => {
  it('is an index of at most 60 lines of named exports', () => {
    const wrong = sources
      .filter((s) => /^packages\/[^/]+\/src\/index\.ts$/u.test(s.path))
      .filter((s) => s.text.split('\n').length > 61 || /^export \*/mu.test(s.text))
    expect(wrong.map((s) => s.path)).toEqual([])
  })
})

it('the kernel stays under 1,500 lines', () => {
  const lines = sources.filter((s) => s.room === 'kernel' && !isTest(s.path)).reduce((sum, s) => sum + s.text.split('\n').length, 0)
  expect(lines).toBeLessThan(1500)
})

function readFloors(text: string): Map<string, number> {
  return new Map([...text.matchAll(/^\| (\d) \| ([\w-]+) \|/gmu)].map((m) => [m[2] as string, Number(m[1])]))
}

function readSources(): Source[] {
  return [...floors.keys()].flatMap((room) =>
    readdirSync(join(root, 'packages', room), { recursive: true, withFileTypes: true })
      .filter((e) => e.isFile() && /\.tsx?$/u.test(e.name) && !e.name.endsWith('.d.ts') && !/(^|\/)(node_modules|dist)(\/|$)/u.test(e.parentPath))
      .map((e) => {
        const path = relative(root, join(e.parentPath, e.name))
        const text = readFileSync(join(root, path), 'utf8')
        return { path, room, text, imports: importsOf(text) }
      }),
  )
}

function importsOf(text: string): string[] {
  const found = [...text.matchAll(/^(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?['"]([^'"]+)['"]/gmu), ...text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/gu)]
  return found.map((m) => m[1] as string)
}

function climbs(source: Source, table: ReadonlyMap<string, number>): string[] {
  const own = table.get(source.room) ?? 0
  return source.imports
    .map((i) => [i, /^@tulle\/([^/]+)/u.exec(i)?.[1]] as const)
    .filter(([, room]) => room !== undefined && room !== source.room && (table.get(room) ?? 99) >= own)
    .map(([i]) => {
      const allowed = [...table].filter(([, floor]) => floor < own).map(([name]) => name).join(', ')
      return `${source.path} imports ${i}. ${source.room} (floor ${own}) may import: ${allowed}. Move the shared noun down, or hand it in from server.`
    })
}

function undeclared(room: string): string[] {
  const manifest = JSON.parse(readFileSync(join(root, 'packages', room, 'package.json'), 'utf8')) as Record<string, Record<string, string> | undefined>
  const declared = new Set(Object.keys({ ...manifest['dependencies'], ...manifest['optionalDependencies'] }))
  const forTests = new Set([...declared, ...Object.keys(manifest['devDependencies'] ?? {}), 'vitest', 'fast-check', 'playwright-core'])
  const used = (test: boolean): Set<string> =>
    new Set(sources.filter((s) => s.room === room && isTest(s.path) === test).flatMap((s) => s.imports).map(packageOf).filter((p): p is string => p !== undefined && p !== `@tulle/${room}`))
  const missing = [...[...used(false)].filter((p) => !declared.has(p)), ...[...used(true)].filter((p) => !forTests.has(p))]
  const idle = [...declared].filter((p) => p.startsWith('@tulle/') && !used(false).has(p))
  return [...missing.map((p) => `${room} uses ${p} without declaring it`), ...idle.map((p) => `${room} declares ${p} without using it`)]
}

function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:') || specifier.startsWith('virtual:')) return undefined
  return specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}

function circlesOf(files: readonly Source[]): string[] {
  const known = new Set(files.map((f) => f.path))
  const edges = new Map(
    files.map((f) => [f.path, f.imports.filter((i) => i.startsWith('.')).map((i) => relative(root, resolve(root, dirname(f.path), i))).filter((p) => known.has(p))]),
  )
  return orderByDependencies(edges).circles.map((circle) => circle.join(' → '))
}

function roomOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//u.exec(relative(root, path))?.[1]
}

function isTest(path: string): boolean {
  return /\.test\.tsx?$|\/testing(\/|\.ts$)|\/testing-|vite\.config\.ts$/u.test(path)
}
