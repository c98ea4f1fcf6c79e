// Deletes rows by a condition: the files that have such rows are written anew without them.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { TableName } from '@tulle/lake'
import { planScan, stageRowDelta } from '@tulle/lake'
import type { RowsChanged, RowWork } from './row-work.ts'
import { bringHome, changeRows, columnList, filesWith, showFiles, sqlName, writeQuery } from './row-work.ts'
import { checkPredicate } from './check-predicate.ts'

/**
 * Deletes the rows for which an SQL condition over the table's columns is true. A row that somebody adds meanwhile is
 * looked at as well: the commit is then refused and the change worked out anew.
 */
export function deleteWhere(work: RowWork, name: TableName, predicate: string, summary?: Readonly<Record<string, string>>): Promise<Result<RowsChanged>> {
  return changeRows(work, name, async (table) => {
    const condition = await checkPredicate(work.process, { schema: name.namespace, name: name.name }, predicate)
    if (!condition.ok) return condition
    const scan = await planScan(work.lake, table)
    if (!scan.ok) return scan
    const { snapshot } = scan.value
    const hit = await filesWith(work, table, scan.value, condition.value)
    if (!hit.ok) return hit
    if (snapshot === undefined || hit.value.rows === 0) return ok(undefined)
    const shown = await showFiles(work, table, scan.value, hit.value.files)
    if (!shown.ok) return shown
    const written = await writeQuery(work, table, `SELECT ${columnList(table)} FROM ${sqlName(shown.value)} AS t WHERE ${condition.value} IS NOT TRUE`)
    const added = written.ok ? await bringHome(work, table, written.value) : written
    if (!added.ok) return added
    const removed = hit.value.files.map(({ file }) => file)
    return ok({
      changed: { rowsRemoved: hit.value.rows, rowsAdded: 0 },
      stage: (now) => stageRowDelta(work.lake, now, { added: added.value, removed, validate: { from: snapshot.id }, ...(summary !== undefined && { summary }) }),
    })
  })
}
