// The contract of the Objects port. Every adapter passes it as it stands.

import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Objects } from '../types.ts'

/** A fresh, empty place for objects, and its end. */
export interface ObjectsRig { readonly objects: Objects; close(): Promise<void> }

const HOSTILE_PATHS = [
  ['the empty path', ''], ['a parent folder', '../x'], ['a parent folder inside', 'a/../../x'], ['a dot', 'a/./x'], ['an absolute path', '/etc/passwd'],
  ['a NUL', 'a\0b'], ['a newline', 'a\nb'], ['a backslash', 'a\\..\\b'], ['an empty name', 'a//b'], ['a trailing slash', 'a/'],
  ['a lone surrogate', 'a\ud800'], ['a name of 256 bytes', 'x'.repeat(256)], ['an unfinished file', 'a/.tulle-x'],
] as const

export function describeObjects(name: string, make: () => Promise<ObjectsRig>): void {
  describe(`${name} keeps objects`, () => {
    let rig: ObjectsRig
    let folder: string
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'tulle-adopt-'))
    })
    afterAll(() => rm(folder, { recursive: true, force: true }))
    beforeEach(async () => {
      rig = await make()
    })
    afterEach(() => rig.close())

    it('reads back what was created, byte by byte', async () => {
      const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i % 251)
      const address = valueOf(await rig.objects.create('a/b/c.bin', bytes))
      expect(Buffer.from(valueOf(await rig.objects.read(address))).equals(Buffer.from(bytes))).toBe(true)
    })

    it('creates an empty object', async () => {
      expect(valueOf(await rig.objects.read(valueOf(await rig.objects.create('empty', new Uint8Array())))).length).toBe(0)
    })

    it('answers the address that the path has, and finds the path behind it', async () => {
      const path = 'a/ö %41?#*["\'].bin'
      expect(valueOf(await rig.objects.create(path, Uint8Array.of(1)))).toBe(rig.objects.address(path))
      expect(rig.objects.pathOf(rig.objects.address(path))).toMatchObject({ ok: true, value: path })
    })

    it('keeps what is there when a second one is created under the same name', async () => {
      const address = valueOf(await rig.objects.create('a/x', Uint8Array.of(1)))
      expect(codesOf(await rig.objects.create('a/x', Uint8Array.of(2)))).toEqual(['object-exists'])
      expect([...valueOf(await rig.objects.read(address))]).toEqual([1])
    })

    it('lets exactly one of many writers of the same name win, and keeps the winner’s bytes', async () => {
      const attempts = await Promise.all(Array.from({ length: 16 }, (_, i) => rig.objects.create('race/x', Uint8Array.of(i))))
      const winners = attempts.flatMap((attempt, i) => (attempt.ok ? [i] : []))
      expect(winners).toHaveLength(1)
      expect([...valueOf(await rig.objects.read(rig.objects.address('race/x')))]).toEqual(winners)
      expect(new Set(attempts.flatMap(codesOf))).toEqual(new Set(['object-exists']))
    })

    it('says that a missing object is missing', async () => {
      expect(codesOf(await rig.objects.read(rig.objects.address('nowhere/x')))).toEqual(['object-missing'])
      expect(codesOf(await rig.objects.localFile(rig.objects.address('nowhere/x')))).toEqual(['object-missing'])
    })

    it.each(HOSTILE_PATHS)('refuses %s', async (_, path) => {
      expect(codesOf(await rig.objects.create(path, Uint8Array.of(1)))).toEqual(['bad-object-path'])
      expect(codesOf(await rig.objects.adopt(path, join(folder, 'none')))).toEqual(['bad-object-path'])
      expect((await rig.objects.read(rig.objects.address(path))).ok).toBe(false)
      expect((await rig.objects.remove(rig.objects.address(path))).ok).toBe(false)
      expect(await all(rig.objects.list(''))).toEqual([])
    })

    it.each(['file:///etc/passwd', '/etc/passwd', 's3://bucket/x', 'http://example.com/x', 'x', ''])('refuses the address %j outside its root', async (address) => {
      expect(codesOf(await rig.objects.read(address))).toEqual(['outside-root'])
      expect(codesOf(await rig.objects.localFile(address))).toEqual(['outside-root'])
      expect(codesOf(await rig.objects.remove(address))).toEqual(['outside-root'])
      expect(rig.objects.pathOf(address).ok).toBe(false)
    })

    it('takes in a finished file, which may then be deleted', async () => {
      const file = join(folder, 'finished')
      await writeFile(file, 'rows')
      const address = valueOf(await rig.objects.adopt('t/data/x.parquet', file))
      await rm(file)
      expect(Buffer.from(valueOf(await rig.objects.read(address))).toString()).toBe('rows')
      await writeFile(file, 'other')
      expect(codesOf(await rig.objects.adopt('t/data/x.parquet', file))).toEqual(['object-exists'])
      expect(await readFile(valueOf(await rig.objects.localFile(address)), 'utf8')).toBe('rows')
    })

    it('says that a file to take in is not there', async () => {
      expect(codesOf(await rig.objects.adopt('t/x', join(folder, 'none')))).toEqual(['object-unwritable'])
      expect(await all(rig.objects.list(''))).toEqual([])
    })

    it('lists what lies below a folder, and not its namesakes', async () => {
      for (const path of ['a/1', 'a/b/2', 'ab/3', '4']) valueOf(await rig.objects.create(path, Uint8Array.of(1)))
      const paths = async (prefix: string): Promise<string[]> => (await all(rig.objects.list(prefix))).map((a) => valueOf(rig.objects.pathOf(a))).toSorted()
      expect(await paths('a')).toEqual(['a/1', 'a/b/2'])
      expect(await paths('')).toEqual(['4', 'a/1', 'a/b/2', 'ab/3'])
      expect(await paths('none')).toEqual([])
      expect(await paths('../')).toEqual([])
    })

    it('knows how large an object is, and since when it has been there', async () => {
      const file = join(folder, 'written-long-ago')
      await writeFile(file, 'rows')
      await utimes(file, 1, 1)
      const before = Date.now()
      const address = valueOf(await rig.objects.adopt('t/data/old.parquet', file))
      const facts = valueOf(await rig.objects.facts(address))
      expect(facts.bytes).toBe(4)
      // A store may keep whole seconds, and clocks of file systems tick.
      expect(facts.since).toBeGreaterThanOrEqual(before - 2000)
      expect(codesOf(await rig.objects.facts(rig.objects.address('none')))).toEqual(['object-missing'])
      expect(codesOf(await rig.objects.facts('s3://elsewhere/x'))).toEqual(['outside-root'])
    })

    it('has nothing unfinished once every write is done', async () => {
      valueOf(await rig.objects.create('a/x', Uint8Array.of(1)))
      await rig.objects.create('a/x', Uint8Array.of(2))
      const left: string[] = []
      for await (const { name: unfinished } of rig.objects.unfinished('')) left.push(unfinished)
      expect(left).toEqual([])
    })

    it('removes an object, and does not mind removing it twice', async () => {
      const address = valueOf(await rig.objects.create('a/x', Uint8Array.of(1)))
      expect((await rig.objects.remove(address)).ok).toBe(true)
      expect((await rig.objects.remove(address)).ok).toBe(true)
      expect(codesOf(await rig.objects.read(address))).toEqual(['object-missing'])
      expect(await all(rig.objects.list(''))).toEqual([])
    })
  })
}

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}

const codesOf = (result: Result<unknown>): string[] => (result.ok ? [] : result.diagnostics.map((d) => d.code))

async function all(addresses: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = []
  for await (const address of addresses) found.push(address)
  return found
}
