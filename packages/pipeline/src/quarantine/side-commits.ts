// What a run set aside goes the way of its rows: onto the run's branch of the side table when they are written, onto its main in
// the transaction that publishes them. A run that publishes nothing sets nothing aside.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { DataFile, Lake, Snapshot, StagedCommit, Table, TableName } from '@tulle/lake'
import { ancestorsOf, filesAt, nextTime, planScan, snapshotOf, stageAppend, withRef, writeMetadata } from '@tulle/lake'
import type { NewEvent } from '@tulle/store'
import type { StagedFile, Target } from '../types.ts'
import { RUN_SUMMARY, runBranch } from '../run-summary.ts'
import { sideName } from './side-table.ts'
import type { SetAside, SetAsides } from './types.ts'

export interface Side { readonly dataSet: string; readonly aside: SetAside; readonly table: { readonly name: TableName } }

/** The side tables that a run has entries for, in the order of its targets. */
export const sidesWith = (targets: readonly Target[], asides: SetAsides): readonly Side[] => targets.flatMap(({ dataSet, table }) => {
  const aside = asides[dataSet.name]
  return aside === undefined ? [] : [{ dataSet: dataSet.name, aside, table: { name: sideName(table.name) } }]
})

/** Undefined where an earlier try has done it. `take` brings a staged file to the table. */
export async function stageSide(lake: Lake, runId: string, table: Table, { files }: SetAside, take: (table: Table, file: StagedFile) => Promise<Result<DataFile>>): Promise<Result<StagedCommit | undefined>> {
  if (table.metadata.refs[runBranch(runId)] !== undefined) return ok(undefined)
  const taken: DataFile[] = []
  for (const file of files) {
    const one = await take(table, file)
    if (!one.ok) return one
    taken.push(one.value)
  }
  return stageAppend(lake, table, { branch: runBranch(runId), files: taken, summary: { [RUN_SUMMARY.run]: runId } })
}

/** The entries of the run's branch come to main, whatever was decided there meanwhile; the branch goes. */
export async function publishSide(lake: Lake, runId: string, table: Table): Promise<Result<StagedCommit | undefined>> {
  const branch = runBranch(runId)
  const ref = table.metadata.refs[branch]
  if (ref === undefined) return ok(undefined)
  const found = snapshotOf(table, ref.snapshotId)
  if (!found.ok) return found
  const main = table.currentSnapshot
  if (main === undefined || ancestorsOf(table, found.value.id).some(({ id }) => id === main.id)) return withoutBranch(lake, table, branch, found.value.id)
  const own = await filesOfBranch(lake, table, found.value)
  if (!own.ok) return own
  const staged = await stageAppend(lake, table, { files: own.value, summary: { [RUN_SUMMARY.run]: runId } })
  return staged.ok ? withoutBranch(lake, staged.value.table, branch, staged.value.table.currentSnapshot?.id ?? '') : staged
}

/** What one run had set aside waits on another run's branch, too. */
export async function takeOverSide(lake: Lake, { from, runId }: { readonly from: string; readonly runId: string }, table: Table): Promise<Result<StagedCommit | undefined>> {
  const ref = table.metadata.refs[runBranch(from)]
  if (ref === undefined || table.metadata.refs[runBranch(runId)] !== undefined) return ok(undefined)
  const found = snapshotOf(table, ref.snapshotId)
  if (!found.ok) return found
  const files = await filesOfBranch(lake, table, found.value)
  return files.ok ? stageAppend(lake, table, { branch: runBranch(runId), files: files.value, summary: { [RUN_SUMMARY.run]: runId } }) : files
}

/** Of the one snapshot that a run's branch has beyond main. */
async function filesOfBranch(lake: Lake, table: Table, { id, parentId }: Snapshot): Promise<Result<readonly DataFile[]>> {
  const own = await filesAt(lake, table, id)
  if (!own.ok) return own
  const before = parentId === undefined ? ok(undefined) : await planScan(lake, table, { snapshotId: parentId })
  if (!before.ok) return before
  const known = new Set(before.value?.files.map(({ file }) => file.path))
  return ok(own.value.filter(({ path }) => !known.has(path)))
}

function withoutBranch(lake: Lake, table: Table, branch: string, main: string): Promise<Result<StagedCommit>> {
  const { metadata } = table
  const lastUpdated = nextTime(lake, table)
  const moved = { ...metadata, ...withRef(metadata, 'main', { ...metadata.refs['main'], type: 'branch', snapshotId: main }, lastUpdated) }
  const { [branch]: _over, ...refs } = moved.refs
  return writeMetadata(lake, table, { ...moved, refs, lastUpdated })
}

/** So that consumers and people of the product are told; counts and references, never values. */
export function eventsOfSides(product: string, productId: string, runId: string, sides: readonly Side[]): readonly NewEvent[] {
  return sides.flatMap(({ dataSet, aside: { quarantined, replayed, rules } }): readonly NewEvent[] => {
    const event = (type: string, rows: number): NewEvent => ({ type, source: '/tulle/pipeline', subject: product, data: { product, productId, dataSet, runId, rows, ...(type.endsWith('quarantined') && { rules: { ...rules } }) } })
    return [...(quarantined > 0 ? [event('tulle.rows.quarantined', quarantined)] : []), ...(replayed > 0 ? [event('tulle.rows.replayed', replayed)] : [])]
  })
}
