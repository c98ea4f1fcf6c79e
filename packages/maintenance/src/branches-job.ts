// Branches on which runs have written what was never published. Whoever wants to see why a run failed has a week.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { StagedCommit, Table } from '@tulle/lake'
import { checkWritable, commitWithRetry, loadTable, nextTime, writeMetadata } from '@tulle/lake'
import type { Job, JobContext, Removal } from './types.ts'
import { printSpan } from './print-time.ts'

const BRANCH_AGE = 7 * 86_400_000
const RUN_BRANCH = /^run-(?<run>.+)$/u

export const branchesJob: Job = {
  name: 'branches',
  foresee: async (context) => {
    const table = await loadTable(context.lake, context.table)
    return table.ok ? ok((await branchesOver(context, table.value)).map(removalOf)) : table
  },
  carryOut: async (context) => {
    let gone: readonly string[] = []
    const committed = await commitWithRetry(context.lake, async () => {
      const table = await loadTable(context.lake, context.table)
      if (!table.ok) return table
      gone = await branchesOver(context, table.value)
      return stageWithout(context, table.value, gone)
    })
    return committed.ok ? ok(gone.map(removalOf)) : committed
  },
}

const removalOf = (name: string): Removal =>
  ({ job: 'branches', what: 'branch', name, rule: 'run-branches', reason: `Its run ended more than ${printSpan(BRANCH_AGE)} ago and did not publish it.` })

/** Those of runs that ended long ago, or that nobody remembers and that are as old. */
async function branchesOver({ store, lake }: JobContext, { metadata }: Table): Promise<readonly string[]> {
  const branches = Object.entries(metadata.refs).flatMap(([name, { type, snapshotId }]) => {
    const run = RUN_BRANCH.exec(name)?.groups?.['run']
    return type === 'branch' && run !== undefined ? [{ name, run, written: metadata.snapshots.find((s) => s.id === snapshotId)?.timestamp ?? 0 }] : []
  })
  if (branches.length === 0) return []
  const rows = await store.db.selectFrom('run').select(['id', 'finished_at']).where('id', 'in', branches.map(({ run }) => run)).execute()
  const before = lake.clock.now() - BRANCH_AGE
  return branches.filter(({ run, written }) => {
    const row = rows.find(({ id }) => id === run)
    return row === undefined ? written < before : row.finished_at !== null && row.finished_at.getTime() < before
  }).map(({ name }) => name)
}

async function stageWithout({ lake }: JobContext, table: Table, names: readonly string[]): Promise<Result<readonly StagedCommit[]>> {
  if (names.length === 0) return ok([])
  const writable = checkWritable(table)
  if (!writable.ok) return writable
  const refs = Object.fromEntries(Object.entries(table.metadata.refs).filter(([name]) => !names.includes(name)))
  const staged = await writeMetadata(lake, table, { lastUpdated: nextTime(lake, table), refs })
  return staged.ok ? ok([staged.value]) : staged
}
