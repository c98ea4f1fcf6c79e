// The data files of a snapshot, for readers that apply no deletes.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { DataFile, Lake, SnapshotId, Table } from './types.ts'
import { liveEntries } from './live-entries.ts'
import { messages } from './messages.ts'
import { printTableName } from './table.ts'

/**
 * The files that make up a snapshot (the current one by default); a table without snapshots has none. A snapshot with
 * delete files is refused: its data files alone would show deleted rows.
 */
export async function filesAt(lake: Lake, table: Table, snapshotId?: SnapshotId): Promise<Result<readonly DataFile[]>> {
  const entries = await liveEntries(lake, table, snapshotId)
  if (!entries.ok) return entries
  if (entries.value.some((entry) => entry.content !== 'data')) {
    return fail(messages['delete-files-unsupported']({ table: printTableName(table.name), snapshot: snapshotId ?? table.currentSnapshot?.id ?? '' }))
  }
  return ok(entries.value.map((entry) => entry.file))
}
