// Archived rows for reading alone: a version of their data set under a tag, which ends by itself. They stay in the archive, nothing that
// others read changes, and whoever may read the data set reads that version under the same contract, masks and rights.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { commitWithRetry, loadTable, nextTime, writeMetadata } from '@tulle/lake'
import type { Lake } from '@tulle/lake'
import type { DataContract } from '@tulle/model'
import { appendEvent } from '@tulle/store'
import { copyWhere } from '@tulle/tables'
import type { MaintenanceOptions } from '../types.ts'
import { withEngine } from '../with-engine.ts'
import type { ColdLake, Restored, RestoreRequest, WarmTable } from './types.ts'
import { erasedSql } from './erased-sql.ts'

type Work = Pick<MaintenanceOptions, 'store' | 'clock' | 'engine' | 'workFolder' | 'suppression'> & { readonly signal: AbortSignal }
interface Shown { readonly warm: WarmTable; readonly contract: DataContract; readonly found: ColdLake; readonly predicate: string }

/** A process that dies in between leaves a branch as a run does that did not publish, and it goes as those do. */
export async function showRows(work: Work, { product, dataSet, keepFor, by }: RestoreRequest, { warm, contract, found: { lake, archive }, predicate }: Shown, keptUntil: Date): Promise<Result<Restored>> {
  const withhold = await erasedSql(work.suppression, contract)
  const id = lake.ids.uuid()
  const [branch, version] = [`run-${id}`, `archived-${id.slice(0, 8)}`]
  const copied = await withEngine({ ...work, lake }, (at) => copyWhere(at, { from: archive, to: warm.name, predicate, branch, summary: { 'tulle.shown': contract.version }, ...(withhold !== undefined && { withhold }) }))
  if (!copied.ok) return copied
  const { rows, snapshotId } = copied.value
  const answer: Restored = { dryRun: false, rows, added: rows, keptUntil: keptUntil.toISOString() }
  if (snapshotId === undefined) return ok(answer)
  const tagged = await tag(lake, warm, { branch, version, snapshotId, keepFor })
  if (!tagged.ok) return tagged
  await work.store.db.transaction().execute(async (tx) => {
    await appendEvent(tx, { type: 'tulle.rows.shown', source: '/tulle/maintenance', subject: product, data: { product, dataSet, by, rows, until: keptUntil.toISOString(), version, snapshot: snapshotId } })
    await appendEvent(tx, { type: 'tulle.history.rewritten', source: '/tulle/maintenance', subject: product, data: { product, dataSet, rows } })
  })
  return ok({ ...answer, snapshotId, version })
}

/** The tag takes the place of the branch. */
const tag = (lake: Lake, warm: WarmTable, { branch, version, snapshotId, keepFor }: { readonly branch: string; readonly version: string; readonly snapshotId: string; readonly keepFor: number }): Promise<Result<unknown>> =>
  commitWithRetry(lake, async () => {
    const table = await loadTable(lake, warm.name)
    if (!table.ok) return table
    const others = Object.entries(table.value.metadata.refs).filter(([name]) => name !== branch)
    const staged = await writeMetadata(lake, table.value, { lastUpdated: nextTime(lake, table.value), refs: { ...Object.fromEntries(others), [version]: { type: 'tag', snapshotId, maxRefAgeMs: keepFor } } })
    return staged.ok ? ok([staged.value]) : staged
  })
