// The contract: a consumer reaches what was published, by every name that it has, and nothing that was not.

import { describe, expect, it } from 'vitest'
import { systemClock } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import type { Lake, StagedCommit, Table } from '@tulle/lake'
import { commit, createTable, loadTable, memoryCatalog, openLake, stageAppend, stageFastForward, stageRef, stageRollback } from '@tulle/lake'
import { memoryObjects } from '@tulle/objects'
import { publishedVersion } from './published-version.ts'

const NAME = { namespace: 'n', name: 't' }
const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.value
}

async function history() {
  let time = 1_000
  const lake = openLake({ catalog: memoryCatalog(), objects: memoryObjects(), clock: { ...systemClock, now: () => time } })
  valueOf(await createTable(lake, { name: NAME, folder: 'p', columns: [{ name: 'id', type: 'int' }] }))
  const load = async (): Promise<Table> => valueOf(await loadTable(lake, NAME))
  const change = async (stage: (lake: Lake, table: Table) => Promise<Result<StagedCommit>>): Promise<string> => {
    time += 1_000
    const staged = valueOf(await stage(lake, await load()))
    valueOf(await commit(lake, [staged]))
    return staged.snapshot?.id ?? ''
  }
  const append = (branch?: string): Promise<string> => change((l, table) => stageAppend(l, table, { files: [], ...(branch !== undefined && { branch }) }))
  const first = await append()
  const second = await append()
  const staged = await append('run-7')
  await change((l, table) => stageRef(l, table, 'contract-1.0.0', { snapshotId: first, type: 'tag' }))
  const audited = await append('run-8')
  await change((l, table) => stageFastForward(l, table, { from: 'run-8', to: 'main' }))
  await change((l, table) => stageRollback(l, table, second))
  return { table: await load(), first, second, staged, audited }
}

describe('a version of a table', () => {
  it('is found by id, name and time where it was published and still stands', async () => {
    const { table, first, second } = await history()
    const found = (version: Parameters<typeof publishedVersion>[1]): string | undefined => publishedVersion(table, version)?.id
    expect(found({ kind: 'snapshot', id: first })).toBe(first)
    expect(found({ kind: 'named', name: second })).toBe(second)
    expect(found({ kind: 'named', name: 'main' })).toBe(second)
    expect(found({ kind: 'named', name: 'contract-1.0.0' })).toBe(first)
    expect(found({ kind: 'time', at: 2_500 })).toBe(first)
    expect(found({ kind: 'time', at: 1e15 })).toBe(second)
  })

  it('is not there where a run staged it, where it was rolled back, and before the first', async () => {
    const { table, staged, audited } = await history()
    expect(table.snapshots.map(({ id }) => id)).toEqual(expect.arrayContaining([staged, audited]))
    for (const version of [
      { kind: 'snapshot', id: staged }, { kind: 'named', name: staged }, { kind: 'named', name: 'run-7' }, { kind: 'named', name: 'run-8' }, { kind: 'snapshot', id: audited },
      { kind: 'time', at: 500 }, { kind: 'named', name: 'constructor' }, { kind: 'snapshot', id: '42' },
    ] as const) expect(publishedVersion(table, version)).toBeUndefined()
  })
})
