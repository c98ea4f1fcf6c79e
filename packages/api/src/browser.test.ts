import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

/** Imports that a bundler for browsers would follow into Node: its modules, and values of the kernel, which hashes with them. */
const forNodeOnly = (text: string): readonly string[] =>
  [...text.matchAll(/^(?:import|export) (?!type ).* from '(node:[^']+|@tulle\/[^']+)'/gm)].map((match) => match[1] ?? '')

it('the package runs in browsers: it imports no module of Node, and of other rooms types only', () => {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  expect(files.length).toBeGreaterThan(10)
  expect(files.flatMap((file) => forNodeOnly(readFileSync(`${import.meta.dirname}/${file}`, 'utf8')).map((name) => `${file} imports ${name}`))).toEqual([])
})

it('the guard sees such an import', () => {
  expect(forNodeOnly("import { sha256 } from '@tulle/kernel'\nimport type { Json } from '@tulle/kernel'\nimport { join } from 'node:path'\n")).toEqual(['@tulle/kernel', 'node:path'])
})
