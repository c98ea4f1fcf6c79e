// Commits among others: nothing lost, nothing twice, nothing half done; with catalogues that lose their replies.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { memoryObjects, objectMessages } from '@tulle/objects'
import { describe, expect, it } from 'vitest'
import type { Catalog, Lake, StagedCommit, Table } from './types.ts'
import { commit, commitWithRetry } from './commit.ts'
import { createTable } from './create-table.ts'
import { filesAt } from './files-at.ts'
import { loadTable } from './load-table.ts'
import { memoryCatalog } from './memory-catalog.ts'
import { messages } from './messages.ts'
import { newDataPath } from './new-data-path.ts'
import { openLake } from './open-lake.ts'
import { snapshotOfRef } from './refs.ts'
import { stageAppend } from './stage-snapshot.ts'
import { stageFastForward } from './stage-ref.ts'
import { stageSchema } from './stage-schema.ts'

const [A, B] = [{ namespace: 'n', name: 'a' }, { namespace: 'n', name: 'b' }]
const noWait = { now: () => Date.now(), sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) }

/** A catalogue whose replies `fault` may lose: it is given the swap, and may do it, not do it, or do it later. */
function unreliable(catalog: Catalog, fault: (swap: () => Promise<unknown>) => Promise<'answer' | 'lost'>): Catalog {
  return {
    ...catalog,
    swap: async (swaps) => {
      let outcome: 'swapped' | 'conflict' | undefined
      const swap = async (): Promise<void> => {
        outcome = await catalog.swap(swaps)
      }
      if ((await fault(swap)) === 'lost') throw new Error('connection reset')
      if (outcome === undefined) await swap()
      return outcome ?? 'conflict'
    },
  }
}

async function newLake(catalog: Catalog = memoryCatalog()): Promise<{ readonly lake: Lake; readonly catalog: Catalog }> {
  const lake = openLake({ catalog, objects: memoryObjects(), clock: noWait })
  for (const name of [A, B]) valueOf(await createTable(lake, { name, folder: 'p', columns: [{ name: 'x', type: 'int' }] }))
  return { lake, catalog }
}

const appendOnce = async (lake: Lake, name = A): Promise<Result<StagedCommit>> => {
  const table = valueOf(await loadTable(lake, name))
  return stageAppend(lake, table, { files: [{ path: lake.objects.address(newDataPath(lake, table)), rows: 1, bytes: 1 }] })
}
const append = (lake: Lake) => async (): Promise<Result<readonly StagedCommit[]>> => ok([valueOf(await appendOnce(lake))])
const snapshotsOf = async (lake: Lake, name = A): Promise<readonly string[]> => valueOf(await loadTable(lake, name)).snapshots.map((s) => s.id)

describe('a commit of several tables', () => {
  it('moves all of them', async () => {
    const { lake } = await newLake()
    const staged = [valueOf(await appendOnce(lake, A)), valueOf(await appendOnce(lake, B))]
    valueOf(await commit(lake, staged))
    expect([await snapshotsOf(lake, A), await snapshotsOf(lake, B)]).toEqual(staged.map((s) => [s.snapshot?.id]))
  })

  it('moves none where one of them has changed', async () => {
    const { lake } = await newLake()
    const staged = [valueOf(await appendOnce(lake, A)), valueOf(await appendOnce(lake, B))]
    valueOf(await commit(lake, [valueOf(await appendOnce(lake, B))]))
    expect(await commit(lake, staged)).toMatchObject({
      ok: false, diagnostics: [{ code: 'commit-conflict', message: 'Somebody else changed n.a, n.b in the meantime, so nothing was committed.' }],
    })
    expect(await snapshotsOf(lake, A)).toEqual([])
    expect(await snapshotsOf(lake, B)).toHaveLength(1)
  })

  it('writes to branches first, then moves main of all at once, or of none', async () => {
    const { lake } = await newLake()
    const names = [A, B]
    const tables = async (): Promise<readonly Table[]> => Promise.all(names.map(async (name) => valueOf(await loadTable(lake, name))))
    const stageEach = async (stage: (table: Table) => Promise<Result<StagedCommit>>): Promise<readonly StagedCommit[]> =>
      Promise.all((await tables()).map(async (table) => valueOf(await stage(table))))
    const audit = (table: Table): Promise<Result<StagedCommit>> =>
      stageAppend(lake, table, { files: [{ path: lake.objects.address(newDataPath(lake, table)), rows: 1, bytes: 1 }], branch: 'audit' })
    valueOf(await commit(lake, await stageEach(audit)))
    expect((await tables()).map((table) => table.currentSnapshot)).toEqual([undefined, undefined])

    const overtaken = await stageEach((table) => stageFastForward(lake, table, { from: 'audit' }))
    valueOf(await commit(lake, [valueOf(await audit(valueOf(await loadTable(lake, B))))]))
    expect(await commit(lake, overtaken)).toMatchObject({ ok: false, diagnostics: [{ code: 'commit-conflict' }] })
    expect((await tables()).map((table) => table.currentSnapshot)).toEqual([undefined, undefined])

    const moved = valueOf(await commitWithRetry(lake, async () => ok(await stageEach((table) => stageFastForward(lake, table, { from: 'audit' })))))
    expect(moved.map((table) => table.currentSnapshot)).toEqual((await tables()).map((table) => valueOf(snapshotOfRef(table, 'audit'))))
    expect(await Promise.all((await tables()).map(async (table) => valueOf(await filesAt(lake, table)).length))).toEqual([1, 2])
  })

  it('of none is done', async () => {
    expect(valueOf(await commit((await newLake()).lake, []))).toEqual([])
  })
})

describe('a change whose files cannot all be written', () => {
  it.each(['-m0.avro', 'snap-', '.metadata.json'])('is not staged (%s)', async (name) => {
    const { lake } = await newLake()
    const { objects } = lake
    const full: Lake = { ...lake, objects: { ...objects, create: async (path, bytes) => (path.includes(name) ? fail(objectMessages['object-unwritable']({ address: path, reason: 'the disk is full' })) : objects.create(path, bytes)) } }
    const table = valueOf(await loadTable(lake, A))
    expect(await appendOnce(full)).toMatchObject({ ok: false, diagnostics: [{ code: 'object-unwritable' }] })
    expect(valueOf(await loadTable(lake, A))).toEqual(table)
  })
})

describe('a commit whose reply is lost', () => {
  it('is found to have happened', async () => {
    const { lake, catalog } = await newLake()
    const losing = { ...lake, catalog: unreliable(catalog, async (swap) => (await swap(), 'lost')) }
    const staged = valueOf(await appendOnce(lake))
    const [table] = valueOf(await commit(losing, [staged])) as [Table]
    expect(table).toEqual(valueOf(await loadTable(lake, A)))
  })

  it('is found although somebody has committed on top of it', async () => {
    const { lake, catalog } = await newLake()
    const losing = { ...lake, catalog: unreliable(catalog, async (swap) => {
      await swap()
      valueOf(await commit(lake, [valueOf(await appendOnce(lake))]))
      return 'lost'
    }) }
    expect((await commit(losing, [valueOf(await appendOnce(lake))])).ok).toBe(true)
    expect(await snapshotsOf(lake)).toHaveLength(2)
  })

  it('is called unknown where it has not happened yet, and its files are kept', async () => {
    const { lake, catalog } = await newLake()
    let late: (() => Promise<unknown>) | undefined
    const losing = { ...lake, catalog: unreliable(catalog, async (swap) => ((late = swap), 'lost')) }
    const staged = valueOf(await appendOnce(lake))
    expect(await commit(losing, [staged])).toMatchObject({
      ok: false, diagnostics: [{ code: 'commit-unknown', message: 'Whether the commit to n.a happened is not known: connection reset.' }],
    })
    await late?.()
    expect(await snapshotsOf(lake)).toEqual([staged.snapshot?.id])
    expect(valueOf(await filesAt(lake, valueOf(await loadTable(lake, A))))).toHaveLength(1)
  })

  it.each([
    ['lands before it is tried again', 0],
    ['lands after the tables were loaded again', 1],
    ['never lands', 9],
  ])('and %s is retried to exactly one snapshot', async (_, landsAfterLoads) => {
    const { lake, catalog } = await newLake()
    let late: (() => Promise<unknown>) | undefined
    const flaky = unreliable(catalog, async (swap) => (late === undefined ? ((late = swap), 'lost') : 'answer'))
    let loads = 0
    const retrying: Lake = { ...lake, catalog: flaky, clock: { ...noWait, sleep: async () => { if (landsAfterLoads === 0) await late?.() } } }
    const done = await commitWithRetry(retrying, async () => {
      const staged = valueOf(await appendOnce(lake))
      loads += 1
      if (loads === landsAfterLoads + 1) await late?.()
      return ok([staged])
    })
    const snapshots = await snapshotsOf(lake)
    expect(snapshots).toHaveLength(1)
    expect(valueOf(done)[0]?.currentSnapshot?.id).toBe(snapshots[0])
    // Whatever is still on its way must find its expectation broken.
    await late?.()
    expect(await snapshotsOf(lake)).toEqual(snapshots)
  })

  it('of a schema is retried to exactly one schema', async () => {
    const { lake, catalog } = await newLake()
    let lost = false
    const flaky = unreliable({ ...catalog, find: catalog.find }, async (swap) => (lost ? 'answer' : (await swap(), (lost = true), 'lost')))
    valueOf(await commitWithRetry({ ...lake, catalog: flaky }, async () => {
      const staged = valueOf(await stageSchema(lake, valueOf(await loadTable(lake, A)), [{ name: 'x', type: 'long' }]))
      return ok(staged === undefined ? [] : [staged])
    }))
    expect(valueOf(await loadTable(lake, A)).schemas.map((s) => s.fields[0]?.type)).toEqual(['int', 'long'])
  })
})

describe('a commit whose reply is lost and whose own effect forbids it a second time', () => {
  /** Stages nothing but a first snapshot: where there is one already, it cannot be staged. */
  const firstOnly = (lake: Lake) => async (): Promise<Result<readonly StagedCommit[]>> => {
    const table = valueOf(await loadTable(lake, A))
    return table.currentSnapshot === undefined ? append(lake)() : fail(messages['change-conflict']({ table: 'n.a', why: 'it has a snapshot' }))
  }

  it('is found to have happened', async () => {
    const { lake, catalog } = await newLake()
    let late: (() => Promise<unknown>) | undefined
    const retrying: Lake = { ...lake, catalog: unreliable(catalog, async (swap) => ((late = swap), 'lost')), clock: { ...noWait, sleep: async () => void (await late?.()) } }
    const done = valueOf(await commitWithRetry(retrying, firstOnly(lake)))
    expect(done.map((table) => table.currentSnapshot?.id)).toEqual(await snapshotsOf(lake))
  })

  it('is a conflict where somebody else was faster', async () => {
    const { lake, catalog } = await newLake()
    const overtaken: Lake = { ...lake, catalog: unreliable(catalog, async () => (valueOf(await commit(lake, [valueOf(await appendOnce(lake))])), 'lost')) }
    expect(await commitWithRetry(overtaken, firstOnly(lake))).toMatchObject({ ok: false, diagnostics: [{ code: 'change-conflict' }] })
  })

  it('is called unknown where it may still happen', async () => {
    const { lake, catalog } = await newLake()
    let attempts = 0
    const flaky: Lake = { ...lake, catalog: unreliable(catalog, async () => 'lost') }
    expect(await commitWithRetry(flaky, async () => {
      attempts += 1
      return attempts === 1 ? append(lake)() : fail(messages['change-conflict']({ table: 'n.a', why: 'the disk is gone' }))
    })).toMatchObject({ ok: false, diagnostics: [{ code: 'commit-unknown' }] })
  })

  it('is found although the table has forgotten its file by then', async () => {
    const { lake, catalog } = await newLake()
    let lost = false
    const flaky = unreliable(catalog, async (swap) => {
      if (lost) return 'answer'
      lost = true
      setImmediate(() => void swap())
      return 'lost'
    })
    const others = async (): Promise<void> => {
      for (let i = 0; i < 110; i += 1) valueOf(await commitWithRetry(lake, append(lake)))
    }
    valueOf(await commitWithRetry({ ...lake, catalog: flaky, clock: { ...noWait, sleep: others } }, append(lake)))
    expect(await snapshotsOf(lake)).toHaveLength(111)
  })
})

describe('a commit that is retried', () => {
  it('gives up after as many attempts as it may make', async () => {
    const { lake, catalog } = await newLake()
    const losing: Lake = { ...lake, catalog: { ...catalog, swap: async () => 'conflict' } }
    expect(await commitWithRetry(losing, append(lake), { attempts: 3 })).toMatchObject({
      ok: false, diagnostics: [{ code: 'commit-gave-up', message: 'The commit to n.a lost against others 3 times in a row.' }],
    })
  })

  it('ends at once where staging fails', async () => {
    const { lake } = await newLake()
    expect(await commitWithRetry(lake, async () => loadTable(lake, { namespace: 'n', name: 'c' }) as never)).toMatchObject({ ok: false, diagnostics: [{ code: 'table-missing' }] })
  })

  it('among eight writers, with one reply in twenty lost, is never lost and never done twice', async () => {
    const { lake, catalog } = await newLake()
    let swaps = 0
    const lossy = unreliable(catalog, async (swap) => {
      swaps += 1
      if (swaps % 20 !== 0) return 'answer'
      if (swaps % 40 === 0) setTimeout(() => void swap(), 1)
      else await swap()
      return 'lost'
    })
    const writer: Lake = { ...lake, catalog: lossy }
    const acknowledged: string[] = []
    await Promise.all(Array.from({ length: 8 }, async () => {
      for (let i = 0; i < 25; i += 1) acknowledged.push(valueOf(await commitWithRetry(writer, append(writer), { attempts: 500 }))[0]?.currentSnapshot?.id ?? '')
    }))
    await new Promise((resolve) => setTimeout(resolve, 20))
    const table = valueOf(await loadTable(lake, A))
    expect(table.snapshots.map((s) => s.id).toSorted()).toEqual(acknowledged.toSorted())
    expect(table.snapshots.map((s) => s.sequenceNumber)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
    expect(valueOf(await filesAt(lake, table))).toHaveLength(200)
  })
})

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}
