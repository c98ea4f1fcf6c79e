// What a statement reads and its asker may see → the relations that an engine is to know for it. Columns are found by
// field id, so that masks and grants follow a column through its names.

import type { Parameter, Relation, RelationColumn, RelationFile, RelationFilter, SourceColumn } from '@tulle/engine'
import type { Json, Result } from '@tulle/kernel'
import { fail, fingerprintOf, ok } from '@tulle/kernel'
import { quoteIdentifier } from '@tulle/sql'
import type { Authorizer, NamedTable } from './authorize.ts'
import type { GovernedRelation } from './engine-pool.ts'
import type { FilteredColumn } from './file-filter.ts'
import type { ReadStatement } from './read-statement.ts'
import type { ServedSnapshot, VisibleTable } from './types.ts'
import type { Slice, Slices } from './slices.ts'
import { shapeOf, sourceColumn } from './authorize.ts'
import { fileFilter } from './file-filter.ts'
import { messages } from './messages.ts'
import { partName } from './read-statement.ts'
import { READS } from './table-reads.ts'

/**
 * A table at the snapshot that is read of it, and the columns that are shown. `form` says how its row filter is applied: by
 * a mask over all rows, or by a slice that holds no others; absent where it has none and no row was deleted.
 */
export interface Reading { readonly table: VisibleTable; readonly snapshot: string; readonly columns: readonly string[]; readonly form?: 'mask' | 'slice' }

/** Whom a read is asked of. */
export interface ReadSources { readonly authorizer: Authorizer; readonly slices?: Slices }

/** `signal` ends the waiting for a slice. */
export interface Run { readonly parameters: readonly Parameter[]; readonly signal: AbortSignal }

export interface GovernedReads {
  readonly relations: readonly GovernedRelation[]
  readonly readings: readonly Reading[]
  /** Of the statement's parts, in their order. */
  readonly names: readonly string[]
}

/**
 * `tables` are the statement's, in its order, as the policy lets this asker see them now. Without a `run` the statement
 * is only described, and its parts have no rows.
 */
export async function governedRelations({ authorizer, slices }: ReadSources, { tables: named, whole, parts }: Pick<ReadStatement, 'tables' | 'whole' | 'parts'>, tables: readonly VisibleTable[], run?: Run): Promise<Result<GovernedReads>> {
  const visible = new Map(named.map((name, i): [NamedTable, VisibleTable] => [name, tables[i] as VisibleTable]))
  const relations: GovernedRelation[] = []
  const readings: Reading[] = []
  for (const name of whole) {
    const table = visible.get(name) as VisibleTable
    const snapshot = await authorizer.snapshot(table)
    if (!snapshot.ok) return snapshot
    // Where a statement names no schema, the engine looks in `main`.
    const masked = await relationOf(authorizer, table, name, { schema: name.schema === '' ? UNNAMED : table.product.schema, name: table.dataSet.name }, snapshot.value)
    if (!masked.ok) return masked
    const slice = await sliceOf(slices, table, snapshot.value, masked.value, run)
    if (!slice.ok) return slice
    const read = slice.value === undefined ? masked.value : sliced(masked.value, slice.value)
    relations.push(read)
    readings.push(readingOf(table, snapshot.value, read, slice.value))
  }
  const names: string[] = []
  for (const { table: name, version, conditions } of parts) {
    const table = visible.get(name) as VisibleTable
    const snapshot = await authorizer.snapshot(table, version)
    if (!snapshot.ok) return snapshot
    const shown = columnsAt(table, snapshot.value)
    if (!shown.ok) return shown
    // Which files a condition of the asker leaves out depends on rows that he may not see, so it reaches none where there are such.
    if (hidesRows(table, snapshot.value)) {
      const masked = await relationOf(authorizer, table, name, { schema: READS, name: '' }, snapshot.value)
      if (!masked.ok) return masked
      const slice = await sliceOf(slices, table, snapshot.value, masked.value, run)
      if (!slice.ok) return slice
      const read = renamed(slice.value === undefined ? masked.value : sliced(masked.value, slice.value))
      names.push(read.relation.name)
      relations.push(read)
      readings.push(readingOf(table, snapshot.value, read, slice.value))
      continue
    }
    const files = run === undefined ? ok([]) : await snapshot.value.files(conditions && fileFilter(conditions, filteredColumns(table, shown.value.columns), run.parameters))
    if (!files.ok) return files
    // Its name says all that it is made of, so that two statements never mean different things by it.
    const read = singleRead(table, [snapshot.value.id, version !== undefined], { ...shown.value, files: files.value })
    names.push(read.relation.name)
    relations.push(read)
    readings.push(readingOf(table, snapshot.value, read))
  }
  return ok({ relations, readings, names })
}

export const UNNAMED = 'main'

/** A relation of one read alone, under a name that says all that it is made of, so that two statements never mean different things by it. */
export function singleRead(table: VisibleTable, identity: Json, relation: Pick<Relation, 'columns' | 'source' | 'rowFilter' | 'rowNumber'> & { readonly files: readonly RelationFile[] }): GovernedRelation {
  const seen = shapeOf(table)
  const name = partName(fingerprintOf([seen, identity, relation.files as unknown as Json, (relation.rowFilter ?? null) as unknown as Json]))
  return { relation: { schema: READS, name, ...relation }, shape: name, of: { schema: table.product.schema, name: table.dataSet.name }, seen }
}

/** What an open result stands on: where it changes, the result ends. */
export async function standingOf(authorizer: Authorizer, tables: readonly VisibleTable[]): Promise<Result<string>> {
  const standing: Json[] = []
  for (const table of tables) {
    const hidden = await authorizer.hiddenReads(table)
    if (!hidden.ok) return hidden
    standing.push([shapeOf(table), hidden.value.map(({ snapshot }) => snapshot.id)])
  }
  return ok(JSON.stringify(standing))
}

const readingOf = (table: VisibleTable, snapshot: ServedSnapshot, { relation }: GovernedRelation, slice?: Slice): Reading => ({
  table, snapshot: snapshot.id, columns: relation.columns.map((column) => column.name), ...(hidesRows(table, snapshot) && { form: slice === undefined ? 'mask' : 'slice' }),
})

/** Whether the files hold rows that the asker does not see. */
const hidesRows = ({ rowFilter }: VisibleTable, { hasDeletedRows }: ServedSnapshot): boolean => rowFilter !== undefined || hasDeletedRows === true

/**
 * The slice of what the relation shows; a run waits for it, for no other form keeps from it how many rows are hidden. What is only
 * described has no rows.
 */
async function sliceOf(slices: Slices | undefined, table: VisibleTable, snapshot: ServedSnapshot, { shape, relation, complete }: GovernedRelation, run: Run | undefined): Promise<Result<Slice | undefined>> {
  if (slices?.areMade !== true || !hidesRows(table, snapshot)) return ok(undefined)
  return run === undefined ? ok(slices.find(shape)) : slices.use({ identity: shape, table: `${table.product.schema}.${table.dataSet.name}`, relation: complete ?? (async () => ok(relation)) }, run.signal)
}

/** What the relation shows, out of the slice. */
function sliced({ relation: { schema, name, columns }, shape, of, seen }: GovernedRelation, { path, rows }: Slice): GovernedRelation {
  return { relation: { schema, name, columns: columns.map(sourceColumn), files: [{ path, rows }] }, shape: `${shape} ${path}`, of, seen }
}

/** By its shape: two statements never mean different things by it. */
function renamed(governed: GovernedRelation): GovernedRelation {
  const { relation, complete, shape } = governed
  const name = partName(shape)
  if (complete === undefined) return { ...governed, relation: { ...relation, name } }
  return {
    ...governed,
    relation: { ...relation, name },
    complete: async () => {
      const whole = await complete()
      return whole.ok ? ok({ ...whole.value, name }) : whole
    },
  }
}


async function relationOf(authorizer: Authorizer, table: VisibleTable, of: NamedTable, { schema, name }: { readonly schema: string; readonly name: string }, snapshot: ServedSnapshot): Promise<Result<GovernedRelation>> {
  const shown = columnsAt(table, snapshot)
  if (!shown.ok) return shown
  const standing = await standingOf(authorizer, [table])
  if (!standing.ok) return standing
  const relation: Relation = { schema, name, ...shown.value, files: [] }
  const complete = async (): Promise<Result<Relation>> => {
    const [files, filter] = [await snapshot.files(), await relationFilter(authorizer, table)]
    if (!files.ok) return files
    return filter.ok ? ok({ ...relation, ...filter.value, files: files.value }) : filter
  }
  return ok({ relation, complete, shape: fingerprintOf([standing.value, snapshot.id, snapshot.columns !== undefined]), of: { schema: of.schema, name: of.name }, seen: shapeOf(table) })
}

/** The table's row filter as an engine applies it, with what it reads besides. */
export async function relationFilter(authorizer: Authorizer, table: VisibleTable): Promise<Result<{ readonly rowFilter?: RelationFilter }>> {
  if (table.rowFilter === undefined) return ok({})
  const hidden = await authorizer.hiddenReads(table)
  if (!hidden.ok) return hidden
  const reads: RelationFilter['reads'][number][] = []
  for (const { as, columns, snapshot } of hidden.value) {
    const files = await snapshot.files()
    if (!files.ok) return files
    reads.push({ as, columns, files: files.value })
  }
  return ok({ rowFilter: { condition: table.rowFilter.condition, reads } })
}

function filteredColumns(table: VisibleTable, columns: readonly RelationColumn[]): readonly FilteredColumn[] {
  const masked = new Set(table.columns.filter(({ mask }) => mask !== undefined).map(({ fieldId }) => fieldId))
  return columns.map(({ name, type, fieldId }) => ({ name, type, fieldId, masked: masked.has(fieldId) }))
}

/** The visible columns of a table as they were called and typed at a snapshot, in its order; as they are now where it does not say. */
export function columnsAt(table: VisibleTable, snapshot: Pick<ServedSnapshot, 'id' | 'columns'>): Result<Pick<Relation, 'columns' | 'source'>> {
  if (snapshot.columns === undefined) return ok(todaysColumns(table))
  const visible = new Map(table.columns.map((column) => [column.fieldId, column]))
  const then = snapshot.columns.filter(({ fieldId }) => visible.has(fieldId))
  if (then.length === 0) return fail(messages['version-not-visible']({ table: `${table.product.schema}.${table.dataSet.name}`, version: `snapshot ${snapshot.id}` }))
  if (!isGoverned(table)) return ok({ columns: then })
  // Masks and row filters are written over the names of today.
  const columns = then.map((column): RelationColumn => {
    const { name = column.name, mask } = visible.get(column.fieldId) ?? {}
    return { ...column, expression: mask ?? quoteIdentifier(name) }
  })
  return ok({ columns, source: sourceOf(table) })
}

/** The visible columns as they are called and typed now. */
export function todaysColumns(table: VisibleTable): Pick<Relation, 'columns' | 'source'> {
  const known = today.get(table)
  if (known !== undefined) return known
  const columns = table.columns.map((column): RelationColumn => ({ ...sourceColumn(column), ...(column.mask !== undefined && { expression: column.mask }) }))
  const found = { columns, ...(isGoverned(table) && { source: sourceOf(table) }) }
  today.set(table, found)
  return found
}
const today = new WeakMap<VisibleTable, Pick<Relation, 'columns' | 'source'>>()

const isGoverned = ({ columns, rowFilter }: VisibleTable): boolean => rowFilter !== undefined || columns.some(({ mask }) => mask !== undefined)

/** The columns that are shown as they are, and those that a mask or the row filter may read, which nobody may name. */
function sourceOf({ dataSet, columns, rowFilter }: VisibleTable): readonly SourceColumn[] {
  const plain = new Set(columns.filter(({ mask }) => mask === undefined).map(({ fieldId }) => fieldId))
  const text = [rowFilter?.condition ?? '', ...columns.map(({ mask = '' }) => mask)].join('\n').toLowerCase()
  // A name in other words' midst brings a column too many, which costs nothing that counts.
  const read = dataSet.columns.filter(({ fieldId, name }) => plain.has(fieldId) || text.includes(name.toLowerCase().replaceAll('"', '""')))
  return (read.length > 0 ? read : dataSet.columns.slice(0, 1)).map(sourceColumn)
}
