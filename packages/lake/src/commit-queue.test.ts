// Writers of one process that share swaps: nothing lost, nothing twice, nobody answered too early.

import { fail } from '@tulle/kernel'
import { objectMessages } from '@tulle/objects'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Catalog, Lake, Table } from './types.ts'
import type { Stage } from './commit-queue.ts'
import { commit } from './commit.ts'
import { commitQueue } from './commit-queue.ts'
import { liveEntries } from './live-entries.ts'
import { OneTable, valueOf } from './testing/one-table.ts'
import { snapshotOfRef } from './refs.ts'
import { stageAppend } from './stage-snapshot.ts'
import { stageRowDelta } from './stage-row-delta.ts'

const NAME = { namespace: 'n', name: 't' }
let rig: OneTable
beforeEach(async () => {
  rig = await OneTable.open()
})

const append: Stage = (lake, table) => stageAppend(lake, table, { files: [rig.file(table)] })
const idsOf = (table: Table): readonly string[] => table.snapshots.map((s) => s.id)
/** The lake with a catalogue whose swaps are done so. */
const withSwap = (swap: (swaps: Parameters<Catalog['swap']>[0], number: number) => ReturnType<Catalog['swap']>): { readonly lake: Lake; readonly swaps: () => number } => {
  let swaps = 0
  return { lake: { ...rig.lake, catalog: { ...rig.lake.catalog, swap: (all) => swap(all, (swaps += 1)) } }, swaps: () => swaps }
}

describe('changes that are made at the same time', () => {
  it('share a swap, and each has a snapshot of its own', async () => {
    const { lake, swaps } = withSwap((all) => rig.lake.catalog.swap(all))
    const queue = commitQueue(lake)
    const done = (await Promise.all(Array.from({ length: 30 }, () => queue.commit(NAME, append)))).map(valueOf)
    const table = await rig.loadFromDisk()
    expect(done.map((one) => one.snapshot?.id).toSorted()).toEqual(idsOf(table).toSorted())
    expect(table.snapshots.map((s) => s.parentId)).toEqual([undefined, ...idsOf(table).slice(0, -1)])
    expect(valueOf(await liveEntries(rig.lake, table)).map((e) => e.sequenceNumber).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1))
    for (const [i, id] of idsOf(table).entries()) expect(valueOf(await liveEntries(rig.lake, table, id))).toHaveLength(i + 1)
    expect(swaps()).toBeLessThanOrEqual(2)
  })

  it('are all answered, also those that come in the moment in which a turn ends', async () => {
    const queue = commitQueue(rig.lake)
    for (let breaths = 0; breaths < 12; breaths += 1) {
      await Promise.all(Array.from({ length: 3 }, () => queue.commit(NAME, append)))
      for (let breath = 0; breath < breaths; breath += 1) await undefined
    }
    expect(idsOf(await rig.loadFromDisk())).toHaveLength(36)
  })

  it('leave no metadata behind that nobody points to', async () => {
    const queue = commitQueue(rig.lake)
    await Promise.all(Array.from({ length: 20 }, () => queue.commit(NAME, append)))
    const written: string[] = []
    for await (const address of rig.lake.objects.list('')) if (address.endsWith('.metadata.json')) written.push(address)
    const table = await rig.load()
    expect(written.toSorted()).toEqual([...table.metadata.metadataLog.map((e) => e.metadataFile), table.metadataLocation].toSorted())
  })

  it('are answered only when the pointer has moved', async () => {
    let release = (): void => undefined
    const gate = new Promise<void>((resolve) => (release = resolve))
    const { lake } = withSwap(async (all) => {
      await gate
      return rig.lake.catalog.swap(all)
    })
    const queue = commitQueue(lake)
    let answered = 0
    const commits = Array.from({ length: 5 }, () => queue.commit(NAME, append).then(() => (answered += 1)))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(answered).toBe(0)
    release()
    await Promise.all(commits)
    expect(answered).toBe(5)
  })

  it('go to different branches', async () => {
    const queue = commitQueue(rig.lake)
    await Promise.all(['main', 'a', 'b', 'a'].map((branch) => queue.commit(NAME, (lake, table) => stageAppend(lake, table, { files: [rig.file(table)], branch }))))
    const table = await rig.loadFromDisk()
    expect(await Promise.all(['main', 'a', 'b'].map(async (ref) => valueOf(await liveEntries(rig.lake, table, valueOf(snapshotOfRef(table, ref)).id)).length))).toEqual([1, 3, 2])
  })

  it('are staged again where another process was faster', async () => {
    const { lake } = withSwap(async (all, number) => {
      if (number <= 3) valueOf(await commit(rig.lake, [valueOf(await append(rig.lake, await rig.load()))]))
      return rig.lake.catalog.swap(all)
    })
    const queue = commitQueue(lake)
    const done = (await Promise.all(Array.from({ length: 10 }, () => queue.commit(NAME, append)))).map((one) => valueOf(one).snapshot?.id)
    const ids = idsOf(await rig.loadFromDisk())
    expect(ids).toHaveLength(13)
    expect(new Set(ids).size).toBe(13)
    for (const id of done) expect(ids).toContain(id)
  })

  it.each([0, 1])('are found to have happened where the reply is lost and the swap lands %i attempts later', async (later) => {
    const landing: (() => Promise<unknown>)[] = []
    const { lake } = withSwap(async (all, number) => {
      if (number > 1) return rig.lake.catalog.swap(all)
      if (later === 0) await rig.lake.catalog.swap(all)
      else landing.push(() => rig.lake.catalog.swap(all))
      throw new Error('connection reset')
    })
    const sleepy: Lake = { ...lake, clock: { ...lake.clock, sleep: async () => void (await landing[0]?.()) } }
    const queue = commitQueue(sleepy)
    const done = (await Promise.all(Array.from({ length: 10 }, () => queue.commit(NAME, append)))).map((one) => valueOf(one).snapshot?.id)
    expect(idsOf(await rig.loadFromDisk()).toSorted()).toEqual(done.toSorted())
  })
})

describe('a change that cannot be made', () => {
  it('fails alone', async () => {
    const queue = commitQueue(rig.lake)
    const file = rig.file(await rig.load())
    await queue.commit(NAME, (lake, table) => stageAppend(lake, table, { files: [file] }))
    const remove: Stage = (lake, table) => stageRowDelta(lake, table, { removed: [file] })
    const outcomes = await Promise.all([queue.commit(NAME, append), queue.commit(NAME, remove), queue.commit(NAME, remove), queue.commit(NAME, append)])
    expect(outcomes.map((one) => (one.ok ? 'done' : one.diagnostics[0]?.code))).toEqual(['done', 'done', 'change-conflict', 'done'])
    expect(valueOf(await liveEntries(rig.lake, await rig.loadFromDisk()))).toHaveLength(2)
  })

  it('fails with the others where the files cannot be written, and nothing is committed', async () => {
    const full: Lake = { ...rig.lake, objects: { ...rig.lake.objects, create: async (path) => fail(objectMessages['object-unwritable']({ address: path, reason: 'the disk is full' })) } }
    const queue = commitQueue(full)
    for (const one of await Promise.all([queue.commit(NAME, append), queue.commit(NAME, append)])) expect(one).toMatchObject({ ok: false, diagnostics: [{ code: 'object-unwritable' }] })
    expect(idsOf(await rig.loadFromDisk())).toEqual([])
  })

  it('of a table that is not there says so, and the queue goes on', async () => {
    const queue = commitQueue(rig.lake)
    expect(await queue.commit({ namespace: 'n', name: 'none' }, append)).toMatchObject({ ok: false, diagnostics: [{ code: 'table-missing' }] })
    expect((await queue.commit(NAME, append)).ok).toBe(true)
  })

  it('because of a bug is thrown to those who wait, and the queue goes on', async () => {
    const queue = commitQueue(rig.lake)
    await expect(queue.commit(NAME, () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug')
    expect((await queue.commit(NAME, append)).ok).toBe(true)
  })
})
