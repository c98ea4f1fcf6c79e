// New rows in a table: added to those that are there, or in place of them.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { DataFile, Lake, StagedCommit, Table } from './types.ts'
import { headOf, MAIN } from './refs.ts'
import { liveEntries, manifestsOf } from './live-entries.ts'
import { writeSnapshot } from './write-snapshot.ts'

export interface NewData {
  /** Finished files below the table's location. */
  readonly files: readonly DataFile[]
  /** The branch to write to, main by default. One that is not there yet begins where main is. */
  readonly branch?: string
  /** Kept in the snapshot; keys of the format's own (`operation`, `added-records`, …) are set by the lake. */
  readonly summary?: Readonly<Record<string, string>>
}

/** Stages a snapshot with the files added to what is there. */
export async function stageAppend(lake: Lake, table: Table, { files, ...change }: NewData): Promise<Result<StagedCommit>> {
  const parent = headOf(table, change.branch ?? MAIN)
  if (!parent.ok) return parent
  const kept = parent.value === undefined ? ok([]) : await manifestsOf(lake, table, parent.value)
  return kept.ok ? writeSnapshot(lake, table, { ...change, parent: parent.value, operation: 'append', added: files, kept: kept.value, rewritten: [] }) : kept
}

/** Stages a snapshot of the files alone: all that was there before is gone from it, and stays in older snapshots. */
export async function stageOverwrite(lake: Lake, table: Table, { files, ...change }: NewData): Promise<Result<StagedCommit>> {
  const parent = headOf(table, change.branch ?? MAIN)
  if (!parent.ok) return parent
  const removed = parent.value === undefined ? ok([]) : await liveEntries(lake, table, parent.value.id)
  if (!removed.ok) return removed
  const operation = files.length === 0 ? 'delete' : 'overwrite'
  return writeSnapshot(lake, table, { ...change, parent: parent.value, operation, added: files, kept: [], rewritten: [{ existing: [], removed: removed.value }] })
}
