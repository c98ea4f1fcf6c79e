// Expiry and orphans at work: what goes, what stays, and what never goes whatever happens meanwhile.

import fc from 'fast-check'
import type { Result } from '@tulle/kernel'
import type { FakeClock } from '@tulle/kernel/testing'
import { fakeClock } from '@tulle/kernel/testing'
import type { Objects } from '@tulle/objects'
import { memoryObjects } from '@tulle/objects'
import { beforeEach, describe, expect, it } from 'vitest'
import type { DataFile, ExpiryPolicy, Lake, Table } from './index.ts'
import { commit, createTable, expireSnapshots, filesReachable, findOrphans, foreseeExpiry, loadTable, memoryCatalog, newDataPath, openLake, removeOrphans, stageAppend, stageOverwrite } from './index.ts'

const DAY = 86_400_000
const NAME = { namespace: 'n', name: 't' }
const POLICY: ExpiryPolicy = { maxAge: 30 * DAY, minToKeep: 1, grace: 0 }
let clock: FakeClock
let lake: Lake

beforeEach(async () => {
  clock = fakeClock()
  lake = openLake({ catalog: memoryCatalog(), objects: memoryObjects(clock), clock: { ...clock, sleep: async () => undefined } })
  valueOf(await createTable(lake, { name: NAME, folder: 'p', columns: [{ name: 'x', type: 'int' }] }))
})

const load = async (): Promise<Table> => valueOf(await loadTable(lake, NAME))

async function newFile(): Promise<DataFile> {
  return { path: valueOf(await lake.objects.create(newDataPath(lake, await load()), Uint8Array.of(1, 2, 3))), rows: 1, bytes: 3 }
}

async function write(how: typeof stageAppend, of: Lake = lake): Promise<DataFile> {
  const file = await newFile()
  valueOf(await commit(of, [valueOf(await how(of, await load(), { files: [file] }))]))
  return file
}

async function listed(objects: Objects = lake.objects): Promise<readonly string[]> {
  const found: string[] = []
  for await (const address of objects.list('')) found.push(address)
  return found.toSorted()
}

/** Every file that the table leads to, or what is missing of them. */
async function missing(): Promise<readonly string[]> {
  const there = new Set(await listed())
  return [...valueOf(await filesReachable(lake, await load())).values()].map((file) => file.address).filter((address) => !there.has(address))
}

describe('expiry', () => {
  it('removes the snapshots that are too old and the files that only they led to', async () => {
    const first = await write(stageAppend)
    await write(stageOverwrite)
    await clock.advance(31 * DAY)
    const current = await write(stageAppend)
    const before = await listed()
    const foreseen = valueOf(await foreseeExpiry(lake, await load(), POLICY))
    expect(await listed()).toEqual(before)
    const { plan, removed, left } = valueOf(await expireSnapshots(lake, NAME, POLICY))
    expect(plan.snapshots).toHaveLength(2)
    // The second snapshot's file is in the third one too. What leads to files goes after them.
    expect([...new Set(removed.map((file) => file.kind))]).toEqual(['data', 'manifest', 'manifest-list'])
    expect(removed.filter((file) => file.kind === 'data').map((file) => file.address)).toEqual([first.path])
    expect([removed, left]).toEqual([foreseen.files, []])
    expect(await listed()).toEqual(expect.arrayContaining([current.path]))
    expect(await listed()).not.toContain(first.path)
    expect((await load()).snapshots).toHaveLength(1)
    expect(await missing()).toEqual([])
  })

  it('does nothing where nothing is too old', async () => {
    await write(stageAppend)
    const before = await load()
    expect(valueOf(await expireSnapshots(lake, NAME, POLICY))).toEqual({ plan: { snapshots: [], refs: [] }, removed: [], left: [] })
    expect((await load()).metadataLocation).toBe(before.metadataLocation)
  })

  it('plans anew where a writer was faster', async () => {
    await write(stageAppend)
    await write(stageOverwrite)
    await clock.advance(31 * DAY)
    let raced = false
    const slow: Lake = { ...lake, catalog: { ...lake.catalog, swap: async (swaps) => {
      if (!raced) {
        raced = true
        await write(stageAppend)
      }
      return lake.catalog.swap(swaps)
    } } }
    const { plan } = valueOf(await expireSnapshots(slow, NAME, POLICY))
    expect(plan.snapshots).toHaveLength(2)
    expect((await load()).snapshots).toHaveLength(1)
    expect(await missing()).toEqual([])
  })

  it.each([['nothing where its commit never happened', false], ['what is free where its commit turns out to have happened', true]])('that got no reply removes %s', async (_, happens) => {
    await write(stageAppend)
    await write(stageOverwrite)
    await clock.advance(31 * DAY)
    await write(stageOverwrite)
    const before = await listed()
    const deaf: Lake = { ...lake, catalog: { ...lake.catalog, swap: async (swaps) => {
      if (happens) await lake.catalog.swap(swaps)
      throw new Error('connection reset')
    } } }
    const done = await expireSnapshots(deaf, NAME, POLICY)
    const now = new Set(await listed())
    const gone = before.filter((address) => !now.has(address))
    if (happens) expect(gone.toSorted()).toEqual(valueOf(done).removed.map((file) => file.address).toSorted())
    else expect([done, gone]).toMatchObject([{ ok: false, diagnostics: [{ code: 'commit-unknown' }] }, []])
    expect(gone.length > 0).toBe(happens)
    expect(await missing()).toEqual([])
  })

  it('leaves what cannot be removed to the search for orphans', async () => {
    const first = await write(stageAppend)
    await write(stageOverwrite)
    await clock.advance(31 * DAY)
    await write(stageOverwrite)
    const stopped = valueOf(await expireSnapshots(lake, NAME, POLICY, { signal: AbortSignal.abort() }))
    expect(stopped.removed).toEqual([])
    const orphans = valueOf(await findOrphans(lake, NAME, 3 * DAY))
    expect(orphans.files.map((file) => file.address)).toContain(first.path)
    expect(orphans.files.map((file) => file.address).toSorted()).toEqual(stopped.left.map((file) => file.address).toSorted())
  })

  it.each([
    ['that forbids it', async () => {
      const table = await load()
      const forbidding = { ...table.metadata, properties: { 'gc.enabled': 'false' } }
      lake.memory.put(table.metadataLocation, forbidding)
    }, 'cleaning-forbidden'],
    ['that is registered twice', async () => {
      await lake.catalog.swap([{ name: { namespace: 'other', name: 'again' }, expected: undefined, next: (await load()).base }])
    }, 'folder-shared'],
    ['in whose folder another one lies', async () => {
      valueOf(await createTable(lake, { name: { namespace: 'n', name: 'inner' }, folder: valueOf(lake.objects.pathOf((await load()).location)), columns: [{ name: 'x', type: 'int' }] }))
    }, 'folder-shared'],
  ])('and the search for orphans refuse a table %s', async (_, arrange, code) => {
    await write(stageAppend)
    await clock.advance(31 * DAY)
    await write(stageOverwrite)
    await arrange()
    for (const result of [await expireSnapshots(lake, NAME, POLICY), await findOrphans(lake, NAME, 0)]) expect(result).toMatchObject({ ok: false, diagnostics: [{ code }] })
  })

  it('refuses a table that lies in another one’s folder', async () => {
    const inner = { namespace: 'n', name: 'inner' }
    valueOf(await createTable(lake, { name: inner, folder: valueOf(lake.objects.pathOf((await load()).location)), columns: [{ name: 'x', type: 'int' }] }))
    expect(await findOrphans(lake, inner, 0)).toMatchObject({ ok: false, diagnostics: [{ code: 'folder-shared' }] })
  })
})

describe('orphans', () => {
  const addresses = async (age = 3 * DAY): Promise<readonly string[]> => valueOf(await findOrphans(lake, NAME, age)).files.map((file) => file.address).toSorted()

  it('are what nothing leads to, once it is old enough', async () => {
    await write(stageAppend)
    const lost = await newFile()
    const staged = valueOf(await stageAppend(lake, await load(), { files: [await newFile()] }))
    await write(stageAppend)
    await clock.advance(2 * DAY)
    expect(await addresses()).toEqual([])
    await clock.advance(2 * DAY)
    const found = await addresses()
    expect(found).toContain(lost.path)
    expect(found).toContain(staged.swap.next.metadataLocation)
    // Two data files, and what a commit that lost has written: manifest, list, metadata.
    expect(found).toHaveLength(5)
    valueOf(await removeOrphans(lake, valueOf(await findOrphans(lake, NAME, 3 * DAY))))
    expect(await addresses()).toEqual([])
    expect(await missing()).toEqual([])
  })

  it('are not what was committed while they were looked for', async () => {
    const file = await newFile()
    await clock.advance(4 * DAY)
    const orphans = valueOf(await findOrphans(lake, NAME, 3 * DAY))
    expect(orphans.files.map((orphan) => orphan.address)).toEqual([file.path])
    valueOf(await commit(lake, [valueOf(await stageAppend(lake, await load(), { files: [file] }))]))
    expect(valueOf(await removeOrphans(lake, orphans))).toEqual({ removed: [], left: [] })
    expect(await missing()).toEqual([])
  })

  it('are metadata files that the log forgot, and never the hint of tables without a catalogue', async () => {
    const table = await load()
    lake.memory.put(table.metadataLocation, { ...table.metadata, properties: { 'write.metadata.previous-versions-max': '2' } })
    const folder = valueOf(lake.objects.pathOf(table.location))
    valueOf(await lake.objects.create(`${folder}/metadata/version-hint.text`, Buffer.from('3')))
    for (let i = 0; i < 4; i += 1) await write(stageAppend)
    await clock.advance(4 * DAY)
    expect((await addresses()).map((address) => /\/(0000\d)-[^/]*$/u.exec(address)?.[1])).toEqual(['00000', '00001'])
  })

  it('are not what newer metadata leads to, as after a catalogue was restored from an old backup', async () => {
    await write(stageAppend)
    const old = (await load()).base
    await write(stageAppend)
    const newest = await load()
    await lake.catalog.swap([{ name: NAME, expected: newest.base, next: old }])
    await clock.advance(40 * DAY)
    expect(await addresses()).toEqual([])
    await lake.catalog.swap([{ name: NAME, expected: old, next: newest.base }])
    expect(await missing()).toEqual([])
  })

  it('are told with their size, and unfinished writes with them', async () => {
    const lost = await newFile()
    const since = clock.now()
    const discarded: string[] = []
    const half = { name: 'half', bytes: 9, since, discard: async () => (discarded.push('half'), { ok: true as const, value: undefined, diagnostics: [] }) }
    const young = { ...half, name: 'young', since: since + 4 * DAY }
    const crashed: Lake = { ...lake, objects: { ...lake.objects, async *unfinished() {
      yield half
      yield young
    } } }
    await clock.advance(4 * DAY)
    const orphans = valueOf(await findOrphans(crashed, NAME, 3 * DAY))
    expect(orphans).toMatchObject({ files: [{ address: lost.path, bytes: 3, since }], unfinished: [{ name: 'half' }] })
    valueOf(await removeOrphans(crashed, orphans))
    expect(discarded).toEqual(['half'])
  })
})

describe('whatever writers, expiry and the search for orphans do in turn', () => {
  it('all that the table leads to is there, and nothing else stays for long', async () => {
    const steps = fc.array(fc.constantFrom('append', 'overwrite', 'lose', 'days', 'expire', 'stop-expiring', 'orphans'), { minLength: 1, maxLength: 25 })
    await fc.assert(fc.asyncProperty(steps, async (story) => {
      clock = fakeClock()
      lake = openLake({ catalog: memoryCatalog(), objects: memoryObjects(clock), clock: { ...clock, sleep: async () => undefined } })
      valueOf(await createTable(lake, { name: NAME, folder: 'p', columns: [{ name: 'x', type: 'int' }] }))
      for (const step of story) {
        if (step === 'append') await write(stageAppend)
        else if (step === 'overwrite') await write(stageOverwrite)
        else if (step === 'lose') valueOf(await stageAppend(lake, await load(), { files: [await newFile()] }))
        else if (step === 'days') await clock.advance(10 * DAY)
        else if (step === 'orphans') valueOf(await removeOrphans(lake, valueOf(await findOrphans(lake, NAME, 3 * DAY))))
        else valueOf(await expireSnapshots(lake, NAME, POLICY, step === 'expire' ? {} : { signal: AbortSignal.abort() }))
        expect(await missing()).toEqual([])
      }
      // One more commit, so that nothing is newer than the table.
      await write(stageAppend)
      await clock.advance(40 * DAY)
      valueOf(await removeOrphans(lake, valueOf(await findOrphans(lake, NAME, 3 * DAY))))
      expect(await listed()).toEqual([...valueOf(await filesReachable(lake, await load())).values()].map((file) => file.address).toSorted())
    }), { numRuns: 60 })
  })
})

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}
