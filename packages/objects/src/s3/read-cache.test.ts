import { appendFile, link, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Load } from './read-cache.ts'
import { ReadCache } from './read-cache.ts'
import { messages } from '../messages.ts'

let folder: string
let now: number
let loads: string[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tulle-cache-'))
  now = 1_000_000_000_000
  loads = []
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const clock = { now: () => now, sleep: async () => undefined }
const open = (limitBytes = 1000): Promise<ReadCache> => ReadCache.open({ folder: join(folder, 'cache'), limitBytes, clock })
const minutes = (count: number): void => void (now += count * 60_000)

/** An object of a hundred bytes that begins with its name. */
const load = (name: string): Load => async (into) => {
  loads.push(name)
  await into.restart()
  await into.write(Buffer.from('of an attempt that broke'))
  await into.restart()
  await into.write(Buffer.from(name.padEnd(50)))
  await into.write(Buffer.alloc(50, '.'))
  return ok(undefined)
}
const file = async (cache: ReadCache, name: string): Promise<string> => valueOf(await cache.file(`s3://b/${name}`, load(name)))
const copies = (): Promise<string[]> => readdir(join(folder, 'cache'))

describe('a copy', () => {
  it('is what the last attempt loaded, once for all who ask', async () => {
    const cache = await open()
    const files = await Promise.all(Array.from({ length: 5 }, () => file(cache, 'x')))
    expect(new Set(files).size).toBe(1)
    expect(await readFile(files[0] ?? '', 'utf8')).toBe(`${'x'.padEnd(50)}${'.'.repeat(50)}`)
    expect(await file(cache, 'x')).toBe(files[0])
    expect(loads).toEqual(['x'])
  })

  it('of what could not be loaded is not there, and is asked for again', async () => {
    const cache = await open()
    const missing = fail(messages['object-missing']({ address: 's3://b/x' }))
    expect(await cache.file('s3://b/x', async (into) => (await into.write(Buffer.from('half')), missing))).toEqual(missing)
    expect(await copies()).toEqual([])
    await file(cache, 'x')
    expect(loads).toEqual(['x'])
  })

  it('outlives its process', async () => {
    const before = await file(await open(), 'x')
    expect(await file(await open(), 'x')).toBe(before)
    expect(loads).toEqual(['x'])
  })

  it('that a crash left unfinished is cleared away', async () => {
    await open()
    await writeFile(join(folder, 'cache/unfinished-1'), 'half')
    await writeFile(join(folder, 'cache/other'), 'foreign')
    await open()
    expect(await copies()).toEqual([])
  })

  it.each([
    ['was cut', (path: string) => writeFile(path, 'x')],
    ['grew', (path: string) => appendFile(path, 'x')],
    ['is gone', (path: string) => rm(path)],
    ['changed within, and keeps its size', async (path: string) => writeFile(path, 'y'.repeat(100))],
  ])('that %s is loaded anew, in this process and in the next', async (_, damage) => {
    let cache = await open()
    for (const restart of [false, true]) {
      if (restart) cache = await open()
      const path = await file(cache, 'x')
      await damage(path)
      if (await stat(path).then(() => true, () => false)) await utimes(path, 1, 1)
      if (restart) cache = await open()
      expect((await readFile(await file(cache, 'x'), 'utf8')).startsWith('x   ')).toBe(true)
    }
    expect(loads).toEqual(['x', 'x', 'x'])
  })

  it('that is forgotten is loaded anew', async () => {
    const cache = await open()
    await file(cache, 'x')
    await cache.forget('s3://b/x')
    expect(await copies()).toEqual([])
  })
})

describe('a cache that is full', () => {
  it('gives up what was asked for longest ago', async () => {
    const cache = await open(300)
    for (const name of ['a', 'b', 'c']) await file(cache, name)
    minutes(11)
    await file(cache, 'a')
    minutes(11)
    await file(cache, 'd')
    expect(await copies()).toHaveLength(3)
    loads = []
    for (const name of ['a', 'c', 'd', 'b']) await file(cache, name)
    expect(loads).toEqual(['b'])
  })

  it('keeps what was just handed out, since somebody may be about to link it', async () => {
    const cache = await open(100)
    const files = await Promise.all(['a', 'b', 'c'].map((name) => file(cache, name)))
    for (const [i, path] of files.entries()) await link(path, join(folder, `link-${i}`))
    minutes(11)
    await file(cache, 'd')
    expect(await copies()).toHaveLength(1)
    expect(await readFile(join(folder, 'link-0'), 'utf8')).toContain('a')
  })

  it('is brought within its limit at a start', async () => {
    const cache = await open(1000)
    for (const name of ['a', 'b', 'c']) await file(cache, name)
    now = Date.now()
    minutes(60)
    await open(100)
    expect(await copies()).toHaveLength(1)
  })
})

it('a disk that is full is said, and leaves nothing half', async () => {
  const cache = await open()
  await rm(join(folder, 'cache'), { recursive: true })
  expect(await cache.file('s3://b/x', load('x'))).toMatchObject({
    ok: false, diagnostics: [{ code: 'object-unreadable', message: 's3://b/x cannot be read: no local copy can be made: the file is not there.' }],
  })
})

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}
