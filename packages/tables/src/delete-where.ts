// Deletes rows by a condition: the files that have such rows are written anew without them, or their places are written down,
// as the table's property `write.delete.mode` has it.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { RowDelta, TableName } from '@tulle/lake'
import { planScan, stageRowDelta } from '@tulle/lake'
import type { Attempt, RowsChanged, RowWork } from './row-work.ts'
import { bringHome, changeRows, columnList, filesWith, showFiles, sqlName, writeQuery } from './row-work.ts'
import { checkPredicate } from './check-predicate.ts'
import { isMergeOnRead, writePositions } from './write-positions.ts'

/**
 * Deletes the rows for which an SQL condition over the table's columns is true. A row that somebody adds meanwhile is
 * looked at as well: the commit is then refused and the change worked out anew.
 */
export function deleteWhere(work: RowWork, name: TableName, predicate: string, summary?: Readonly<Record<string, string>>): Promise<Result<RowsChanged>> {
  return changeRows(work, name, async (table) => {
    const condition = await checkPredicate(work.process, { schema: name.namespace, name: name.name }, predicate)
    if (!condition.ok) return condition
    const { where, namesRow } = condition.value
    const scan = await planScan(work.lake, table)
    if (!scan.ok) return scan
    const { snapshot } = scan.value
    const hit = await filesWith(work, table, scan.value, where)
    if (!hit.ok) return hit
    if (snapshot === undefined || hit.value.rows === 0) return ok(undefined)
    const stageWith = (change: RowDelta): Attempt['stage'] => (now) => stageRowDelta(work.lake, now, { ...change, validate: { from: snapshot.id }, ...(summary !== undefined && { summary }) })
    if (isMergeOnRead(table, 'write.delete.mode') && !namesRow) {
      const marked = await writePositions(work, table, scan.value, hit.value.files, where)
      if (marked.ok && marked.value.rows === 0) return ok(undefined)
      return marked.ok ? ok({ changed: { rowsRemoved: marked.value.rows, rowsAdded: 0 }, stage: stageWith(marked.value) }) : marked
    }
    const shown = await showFiles(work, table, scan.value, hit.value.files)
    if (!shown.ok) return shown
    const written = await writeQuery(work, table, `SELECT ${columnList(table)} FROM ${sqlName(shown.value)} AS t WHERE ${where} IS NOT TRUE`)
    const added = written.ok ? await bringHome(work, table, written.value) : written
    if (!added.ok) return added
    const removed = hit.value.files.map(({ file }) => file)
    return ok({ changed: { rowsRemoved: hit.value.rows, rowsAdded: 0 }, stage: stageWith({ added: added.value, removed }) })
  })
}
