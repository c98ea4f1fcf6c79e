// What a statement reads and its asker may see → the relations that an engine is to know for it. Columns are found by
// field id, so that masks and grants follow a column through its names.

import type { Parameter, Relation, RelationColumn } from '@tulle/engine'
import type { Json, Result } from '@tulle/kernel'
import { fail, fingerprintOf, ok } from '@tulle/kernel'
import { quoteIdentifier } from '@tulle/sql'
import type { Authorizer, NamedTable } from './authorize.ts'
import type { GovernedRelation } from './engine-pool.ts'
import type { FilteredColumn } from './file-filter.ts'
import type { ReadStatement } from './read-statement.ts'
import type { ServedSnapshot, VisibleTable } from './types.ts'
import { shapeOf } from './authorize.ts'
import { fileFilter } from './file-filter.ts'
import { messages } from './messages.ts'
import { partName } from './read-statement.ts'
import { READS } from './table-reads.ts'

/** A table at the snapshot that is read of it, and the columns that are shown. */
export interface Reading { readonly table: VisibleTable; readonly snapshot: string; readonly columns: readonly string[] }

export interface GovernedReads {
  readonly relations: readonly GovernedRelation[]
  readonly readings: readonly Reading[]
  /** Of the statement's parts, in their order. */
  readonly names: readonly string[]
}

/**
 * `tables` are the statement's, in its order, as the policy lets this asker see them now. Without `parameters` the statement
 * is only described, and its parts have no rows.
 */
export async function governedRelations(authorizer: Authorizer, { tables: named, whole, parts }: Pick<ReadStatement, 'tables' | 'whole' | 'parts'>, tables: readonly VisibleTable[], parameters?: readonly Parameter[]): Promise<Result<GovernedReads>> {
  const visible = new Map(named.map((name, i): [NamedTable, VisibleTable] => [name, tables[i] as VisibleTable]))
  const relations: GovernedRelation[] = []
  const readings: Reading[] = []
  for (const name of whole) {
    const table = visible.get(name) as VisibleTable
    const snapshot = await authorizer.snapshot(table)
    if (!snapshot.ok) return snapshot
    // Where a statement names no schema, the engine looks in `main`.
    const read = relationOf(table, name, { schema: name.schema === '' ? UNNAMED : table.product.schema, name: table.dataSet.name }, snapshot.value)
    if (!read.ok) return read
    relations.push(read.value)
    readings.push(readingOf(table, snapshot.value, read.value))
  }
  const names: string[] = []
  for (const { table: name, version, conditions } of parts) {
    const table = visible.get(name) as VisibleTable
    const snapshot = await authorizer.snapshot(table, version)
    if (!snapshot.ok) return snapshot
    const shown = columnsAt(table, snapshot.value)
    if (!shown.ok) return shown
    const files = parameters === undefined ? ok([]) : await snapshot.value.files(conditions && fileFilter(conditions, filteredColumns(table, shown.value.columns), parameters))
    if (!files.ok) return files
    const shape = shapeOf(table)
    // Its name says all that it is made of, so that two statements never mean different things by it.
    const part = partName(fingerprintOf([shape, snapshot.value.id, version !== undefined, files.value as unknown as Json]))
    const read: GovernedRelation = { relation: { schema: READS, name: part, ...shown.value, files: files.value }, shape: part, of: { schema: name.schema, name: name.name }, seen: shape }
    names.push(part)
    relations.push(read)
    readings.push(readingOf(table, snapshot.value, read))
  }
  return ok({ relations, readings, names })
}

export const UNNAMED = 'main'

const readingOf = (table: VisibleTable, { id }: ServedSnapshot, { relation }: GovernedRelation): Reading => ({ table, snapshot: id, columns: relation.columns.map((column) => column.name) })

function relationOf(table: VisibleTable, of: NamedTable, { schema, name }: { readonly schema: string; readonly name: string }, snapshot: ServedSnapshot): Result<GovernedRelation> {
  const shown = columnsAt(table, snapshot)
  if (!shown.ok) return shown
  const shape = shapeOf(table)
  return ok({ relation: { schema, name, ...shown.value, files: [] }, files: () => snapshot.files(), shape: `${shape}@${snapshot.id}`, of: { schema: of.schema, name: of.name }, seen: shape })
}

function filteredColumns(table: VisibleTable, columns: readonly RelationColumn[]): readonly FilteredColumn[] {
  const masked = new Set(table.columns.filter(({ mask }) => mask !== undefined).map(({ fieldId }) => fieldId))
  return columns.map(({ name, type, fieldId }) => ({ name, type, fieldId, masked: masked.has(fieldId) }))
}

/** The visible columns of a table as they were called and typed at a snapshot, in its order; as they are now where it does not say. */
export function columnsAt(table: VisibleTable, snapshot: ServedSnapshot): Result<Pick<Relation, 'columns' | 'source'>> {
  if (snapshot.columns === undefined) {
    return ok({ columns: table.columns.map(({ name, type, fieldId, mask }): RelationColumn => ({ name, type, fieldId, ...(mask !== undefined && { expression: mask }) })) })
  }
  const visible = new Map(table.columns.map((column) => [column.fieldId, column]))
  const then = snapshot.columns.filter(({ fieldId }) => visible.has(fieldId))
  if (then.length === 0) return fail(messages['version-not-visible']({ table: `${table.product.schema}.${table.dataSet.name}`, version: `snapshot ${snapshot.id}` }))
  if (then.every(({ fieldId }) => visible.get(fieldId)?.mask === undefined)) return ok({ columns: then })
  // A mask is written over the names of today.
  const columns = then.map((column): RelationColumn => {
    const { name = column.name, mask } = visible.get(column.fieldId) ?? {}
    return { ...column, expression: mask ?? quoteIdentifier(name) }
  })
  return ok({ columns, source: table.columns.map(({ name, type, fieldId }) => ({ name, type, fieldId })) })
}
