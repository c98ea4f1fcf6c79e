// The data files of a snapshot, for whoever takes them over as they are and applies no deletes.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { DataFile, Lake, SnapshotId, Table } from './types.ts'
import { messages } from './messages.ts'
import { planScan } from './scan.ts'
import { printTableName } from './table.ts'

/**
 * The files that make up a snapshot (the current one by default); a table without snapshots has none. A snapshot with
 * deletes that hold is refused: its data files alone would show deleted rows.
 */
export async function filesAt(lake: Lake, table: Table, snapshotId?: SnapshotId): Promise<Result<readonly DataFile[]>> {
  const scan = await planScan(lake, table, snapshotId === undefined ? {} : { snapshotId })
  if (!scan.ok) return scan
  const { snapshot, files } = scan.value
  if (files.some((f) => f.deletes.length > 0)) return fail(messages['delete-files-unsupported']({ table: printTableName(table.name), snapshot: snapshot?.id ?? '' }))
  return ok(files.map((f) => f.file))
}
