// The views that a process sees, as statements: dropped, created or replaced so that exactly the wanted ones are there.

import { quoteIdentifier } from '@tulle/sql'
import { duckdbTypeOf } from '../iceberg-type.ts'
import type { Relation, RelationFilter } from '../types.ts'
import { SOURCE_SCHEMA } from './source-text.ts'
import type { FileGroup } from './live-rows.ts'
import { readAsItIs } from './as-it-is.ts'
import { fencedRows } from './fenced-rows.ts'
import { groupFiles, hasDeletes, isShaped, liveRows, numberedRows, readParquet, shapedRows, withinBounds } from './live-rows.ts'
import type { ParquetNode } from './nested-shape.ts'
import { rowCondition } from './row-condition.ts'

/**
 * From what was defined to what is wanted. What is as before costs nothing. The schema of input ports may hold ingested files too, so it is neither made anew nor dropped.
 */
export function relationStatements(before: readonly Relation[], wanted: readonly Relation[], known: KnownFiles = { trees: new Map() }): readonly string[] {
  const held = new Map(before.map((relation) => [keyOf(relation), JSON.stringify(relation)]))
  const keep = new Set(wanted.map(keyOf))
  const schemas = new Set(before.map(({ schema }) => schema))
  const gone = before.filter((relation) => !keep.has(keyOf(relation)))
  const made = wanted.filter((relation) => held.get(keyOf(relation)) !== JSON.stringify(relation))
  const created = [...new Set(wanted.map(({ schema }) => schema))].filter((schema) => !schemas.has(schema) && schema !== MAIN)
  const emptied = [...schemas].filter((schema) => schema !== MAIN && schema !== SOURCE_SCHEMA && wanted.every((relation) => relation.schema !== schema))
  return [
    ...gone.map((relation) => `DROP VIEW ${nameOf(relation)}`),
    ...emptied.map((schema) => `DROP SCHEMA ${quoteIdentifier(schema)}`),
    ...created.map((schema) => `CREATE SCHEMA ${schema === SOURCE_SCHEMA ? 'IF NOT EXISTS ' : ''}${quoteIdentifier(schema)}`),
    ...made.map((relation) => viewStatement(relation, known)),
  ]
}

/** What is known of files: `trees` describes those that were looked into, by path; `emptyFile` has no rows. */
export interface KnownFiles { readonly trees: ReadonlyMap<string, ParquetNode>; readonly emptyFile?: string }

/** Where unqualified names are looked up. It is always there. */
const MAIN = 'main'

const keyOf = ({ schema, name }: Relation): string => JSON.stringify([schema, name])

const nameOf = ({ schema, name }: Relation): string => `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`

function viewStatement(relation: Relation, known: KnownFiles): string {
  const { rowFilter, rowNumber } = relation
  const kept = rowFilter === undefined ? undefined : keptName(relation)
  const shown = (value: string): string => (kept === undefined ? value : `CASE WHEN ${kept} THEN ${value} END`)
  const types = new Map((relation.source ?? relation.columns).map(({ name, type }) => [name, duckdbTypeOf(type)]))
  const columns = relation.columns.map((column) => {
    const [name, type] = [quoteIdentifier(column.name), duckdbTypeOf(column.type)]
    // Reading has given it its type; to bind a cast of each column takes longer than the rest where there are hundreds.
    if (column.expression === undefined && types.get(column.name) === type) return kept === undefined ? name : `${shown(name)} AS ${name}`
    // A mask that does not fit a value hides it.
    const value = column.expression === undefined ? `CAST(${name} AS ${type})` : `TRY(CAST((${column.expression}\n) AS ${type}))`
    return `${shown(value)} AS ${name}`
  })
  if (rowNumber !== undefined) columns.push(`${shown(quoteIdentifier(rowNumber))} AS ${quoteIdentifier(rowNumber)}`)
  const rows = sourceOf(relation, known)
  return `CREATE OR REPLACE VIEW ${nameOf(relation)} AS SELECT ${columns.join(', ')} FROM ${rowFilter === undefined || kept === undefined ? rows : entitledRows(rows, relation, rowFilter, known)}`
}

/** The rows that the filter lets through, `kept` among their columns. */
function entitledRows(rows: string, relation: Relation, { condition, reads }: RelationFilter, known: KnownFiles): string {
  const [source, kept] = [relation.source ?? relation.columns, keptName(relation)]
  const hidden = reads.map((read) => `${quoteIdentifier(read.as)} AS (SELECT ${read.columns.map(({ name }) => quoteIdentifier(name)).join(', ')} FROM ${sourceOf(read, known)})`)
  const names = [...source.map(({ name }) => name), ...(relation.rowNumber === undefined ? [] : [relation.rowNumber])].map(quoteIdentifier)
  const marked = `${hidden.length === 0 ? '' : `WITH ${hidden.join(', ')} `}SELECT ${names.join(', ')}, (${rowCondition(condition, source)}\n) AS ${kept} FROM ${rows} AS "row"`
  return fencedRows(marked, names, kept)
}

/** As no column is called. */
function keptName({ columns, source = columns, rowNumber = '' }: Relation): string {
  const taken = new Set([...source.map(({ name }) => name.toLowerCase()), rowNumber.toLowerCase()])
  let name = '@kept'
  while (taken.has(name)) name += '@'
  return quoteIdentifier(name)
}

// Columns are found by field id, so that files written before a rename or without a later column are read as well.
function sourceOf({ columns, files, source = columns, rowNumber, within }: Pick<Relation, 'columns' | 'files' | 'source' | 'rowNumber' | 'within'>, { trees, emptyFile }: KnownFiles): string {
  const names = source.map(({ name }) => quoteIdentifier(name))
  const numbers = rowNumber === undefined ? [] : [`CAST(NULL AS BIGINT) AS ${quoteIdentifier(rowNumber)}`]
  if (files.length === 0) return `(SELECT ${[...source.map(({ type }, i) => `CAST(NULL AS ${duckdbTypeOf(type)}) AS ${names[i]}`), ...numbers].join(', ')} WHERE false)`
  const groups = groupFiles(files, trees, emptyFile)
  if (rowNumber !== undefined) return `(${groups.map((group) => (hasDeletes(group) || isShaped(group) ? liveRows(group, source, { rowNumber }) : numberedRows(group, source, rowNumber))).join(' UNION ALL ')})`
  const plain = (group: FileGroup): string => readAsItIs(group, source, trees) ?? readParquet(group.files, source, ({ name }) => name, group)
  if (within !== undefined) return `(${groups.map((group) => (hasDeletes(group) || isShaped(group) ? liveRows(group, source, { within }) : `SELECT ${names.join(', ')} FROM ${plain(group)}${withinBounds(within, source, ({ name }) => quoteIdentifier(name))}`)).join(' UNION ALL ')})`
  const [only] = groups
  if (groups.length === 1 && only !== undefined && !hasDeletes(only) && !isShaped(only)) return plain(only)
  return `(${groups.map((group) => (hasDeletes(group) ? liveRows(group, source) : isShaped(group) ? shapedRows(group, source) : `SELECT ${names.join(', ')} FROM ${plain(group)}`)).join(' UNION ALL ')})`
}
