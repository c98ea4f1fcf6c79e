// Rows of a query into a table by key: those whose key is there are replaced, the others are added. Where the table's property
// `write.merge.mode` (or else `write.update.mode`) is `merge-on-read`, only the places of replaced rows are written down.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Relation } from '@tulle/engine'
import type { DataFile, RowDelta, Table, TableName } from '@tulle/lake'
import { planScan, printTableName, stageRowDelta } from '@tulle/lake'
import { ALLOWED_FUNCTIONS, checkStatement, checkText, quoteIdentifier } from '@tulle/sql'
import type { Attempt, RowsChanged, RowWork } from './row-work.ts'
import type { WrittenRows } from './write-rows.ts'
import { bringHome, changeRows, columnList, countOf, filesWith, showFiles, sqlName, writeQuery } from './row-work.ts'
import { isMergeOnRead, writePositions } from './write-positions.ts'
import { messages } from './messages.ts'

export interface RowsToUpsert {
  /** One SELECT that gives every column of the table by name. It may read `relations` and nothing else. */
  readonly query: string
  readonly relations: readonly Relation[]
  /** Columns that say which row is which: together never null, and never twice in the query. */
  readonly keys: readonly string[]
  readonly summary?: Readonly<Record<string, string>>
}

/** What the new rows are called beside the table's. */
const NEW = { schema: 'upsert', name: 'new_rows' }

/** Replaces or adds the rows. The query is run once, however often the change is worked out anew. */
export async function upsert(work: RowWork, name: TableName, { query, relations, keys, summary }: RowsToUpsert): Promise<Result<RowsChanged>> {
  const gated = await checkQuery(work, query, relations)
  if (!gated.ok) return gated
  let made: { readonly files: readonly DataFile[]; readonly relation: Relation; readonly rows: number } | undefined
  return changeRows(work, name, async (table) => {
    const known = checkKeys(table, keys)
    if (!known.ok) return known
    if (made === undefined) {
      const defined = await work.process.define(relations)
      if (!defined.ok) return defined
      const written = await writeQuery(work, table, `SELECT ${columnList(table)} FROM (${query.replace(/;\s*$/u, '')}\n) AS new_rows`)
      if (!written.ok) return written
      const relation = await newRelation(work, table, written.value)
      if (!relation.ok) return relation
      const sound = await checkNewRows(work, table, relation.value, keys)
      if (!sound.ok) return sound
      const files = await bringHome(work, table, written.value)
      if (!files.ok) return files
      made = { files: files.value, relation: relation.value, rows: files.value.reduce((sum, file) => sum + file.rows, 0) }
    }
    const { files, relation, rows } = made
    if (rows === 0) return ok(undefined)
    const scan = await planScan(work.lake, table)
    if (!scan.ok) return scan
    const same = `EXISTS (SELECT 1 FROM ${sqlName(NEW)} AS n WHERE ${keys.map((key) => `n.${quoteIdentifier(key)} = t.${quoteIdentifier(key)}`).join(' AND ')})`
    const hit = await filesWith(work, table, scan.value, same, [relation])
    if (!hit.ok) return hit
    const from = scan.value.snapshot?.id
    const stageWith = (change: RowDelta): Attempt['stage'] => (now) => stageRowDelta(work.lake, now, { ...change, validate: from === undefined ? {} : { from }, ...(summary !== undefined && { summary }) })
    if (isMergeOnRead(table, 'write.merge.mode', 'write.update.mode')) {
      const marked = await writePositions(work, table, scan.value, hit.value.files, same, [relation])
      return marked.ok ? ok({ changed: { rowsRemoved: marked.value.rows, rowsAdded: rows }, stage: stageWith({ ...marked.value, added: files }) }) : marked
    }
    let kept: readonly DataFile[] = []
    if (hit.value.files.length > 0) {
      const shown = await showFiles(work, table, scan.value, hit.value.files, [relation])
      if (!shown.ok) return shown
      const written = await writeQuery(work, table, `SELECT ${columnList(table)} FROM ${sqlName(shown.value)} AS t WHERE NOT ${same}`)
      const home = written.ok ? await bringHome(work, table, written.value) : written
      if (!home.ok) return home
      kept = home.value
    }
    const removed = hit.value.files.map(({ file }) => file)
    return ok({ changed: { rowsRemoved: hit.value.rows, rowsAdded: rows }, stage: stageWith({ added: [...kept, ...files], removed }) })
  })
}

async function checkQuery({ process }: RowWork, query: string, relations: readonly Relation[]): Promise<Result<void>> {
  const text = checkText(query)
  if (!text.ok) return text
  const tree = await process.parse(query)
  if (!tree.ok) return tree
  const may = new Set(relations.map(({ schema, name }) => `${schema}.${name}`.toLowerCase()))
  const checked = checkStatement(tree.value, { functions: ALLOWED_FUNCTIONS, tables: (schema, name) => may.has(`${schema}.${name}`) })
  return checked.ok ? ok(undefined) : checked
}

function checkKeys(table: Table, keys: readonly string[]): Result<void> {
  const columns = table.schema.fields.map(({ name }) => name)
  const unknown = keys.find((key) => !columns.includes(key))
  if (keys.length > 0 && unknown === undefined) return ok(undefined)
  return fail(messages['upsert-key-unknown']({ table: printTableName(table.name), key: unknown ?? '', known: columns }))
}

/** The new rows lie still in the folder of the process; a copy of ours is not needed to read them. */
async function newRelation({ place }: RowWork, table: Table, written: readonly WrittenRows[]): Promise<Result<Relation>> {
  const files = await Promise.all(written.map(async ({ file }) => ({ path: await place(file.path) })))
  return ok({ ...NEW, columns: table.schema.fields.map(({ id, name, type }) => ({ name, type, fieldId: id })), files })
}

async function checkNewRows(work: RowWork, table: Table, relation: Relation, keys: readonly string[]): Promise<Result<void>> {
  const defined = await work.process.define([relation])
  if (!defined.ok) return defined
  const named = keys.map(quoteIdentifier)
  const nulls = await countOf(work, `SELECT count(*) FROM ${sqlName(relation)} WHERE ${named.map((key) => `${key} IS NULL`).join(' OR ')}`)
  if (!nulls.ok) return nulls
  const twice = await countOf(work, `SELECT count(*) FROM (SELECT 1 FROM ${sqlName(relation)} GROUP BY ${named.join(', ')} HAVING count(*) > 1)`)
  if (!twice.ok) return twice
  const problem = nulls.value > 0 ? `${nulls.value} of them have a null in it` : twice.value > 0 ? `${twice.value} keys occur more than once` : undefined
  return problem === undefined ? ok(undefined) : fail(messages['upsert-key-unfit']({ table: printTableName(table.name), keys, problem }))
}
