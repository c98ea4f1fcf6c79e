// Two snapshots of a table → the files that only one of them has: those that both share are never read.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { ancestorsOf, planScan } from '@tulle/lake'
import type { Lake, Table } from '@tulle/lake'
import type { SnapshotDifference } from '@tulle/streams'
import { differingFiles, filesOfScan } from '@tulle/tables'

/** Undefined where one of them is no longer kept. */
export async function differenceOf(lake: Lake, table: Table, { key, from, to }: { readonly key: readonly string[]; readonly from: string; readonly to: string }): Promise<Result<SnapshotDifference | undefined>> {
  const known = (id: string): boolean => table.snapshots.some((one) => one.id === id)
  if (!known(from) || !known(to)) return ok(undefined)
  const was = await planScan(lake, table, { snapshotId: sameRowsAs(table, from, to) })
  if (!was.ok) return was
  const is = await planScan(lake, table, { snapshotId: to })
  if (!is.ok) return is
  // Both are shown as the data set is today: columns are found by field id, so a renamed one is no change.
  const differing = differingFiles(was.value, is.value)
  const before = await filesOfScan(lake, table, { ...differing.before, schema: table.schema })
  if (!before.ok) return before
  const after = await filesOfScan(lake, table, { ...differing.after, schema: table.schema })
  return after.ok ? ok({ schema: table.schema, key, before: before.value, after: after.value }) : after
}

/** Files that were only brought together hold the same rows: what follows `from` by nothing else has fewer files that differ. */
function sameRowsAs(table: Table, from: string, to: string): string {
  const line = ancestorsOf(table, to).toReversed()
  let at = line.findIndex(({ id }) => id === from)
  if (at < 0) return from
  while (line[at + 1]?.summary['operation'] === 'replace' && line[at + 1]?.id !== to) at += 1
  return line[at]?.id ?? from
}
