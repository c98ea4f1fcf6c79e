// The rows of data files without those that delete files mark, as SQL. A condition of a statement must never be computed
// on a deleted row, where its error would tell of it; a join does not hold it back. So values stand behind the mark itself,
// within the fence that filtered rows have.

import { Bug } from '@tulle/kernel'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import { duckdbTypeOf } from '../iceberg-type.ts'
import type { ColumnBounds, EqualityDelete, Relation, RelationFile, SourceColumn } from '../types.ts'
import { fencedRows } from './fenced-rows.ts'
import type { ParquetNode, ReadShape } from './nested-shape.ts'
import { readShapes } from './nested-shape.ts'

/** Files that the same deletes hold for, that lack the same columns, and whose nested columns look alike. */
export interface FileGroup {
  readonly files: readonly RelationFile[]
  readonly constants: Readonly<Record<number, string>>
  readonly positionDeletes: readonly string[]
  readonly equalityDeletes: readonly EqualityDelete[]
  /** Some of the files name deleted rows themselves. */
  readonly numbered: boolean
  /** Columns, by field id, that are read as the files have them and then become what they are. */
  readonly shapes: Readonly<Record<number, ReadShape>>
  /** A file that has no rows. */
  readonly emptyFile?: string
}

/** Files in groups that are read alike, each group in the order of its first file. */
export function groupFiles(files: readonly RelationFile[], trees: ReadonlyMap<string, ParquetNode>, emptyFile?: string): readonly FileGroup[] {
  const groups = new Map<string, { readonly group: Omit<FileGroup, 'files'>; readonly files: RelationFile[] }>()
  for (const file of files) {
    const shapes = file.nested === undefined ? {} : readShapes(treeOf(file, trees), file.nested, (fieldId) => innerColumn({ fieldId }))
    const group = { constants: file.constants ?? {}, positionDeletes: file.positionDeletes ?? [], equalityDeletes: file.equalityDeletes ?? [], numbered: file.deletedRows !== undefined, shapes }
    const key = JSON.stringify(group)
    const known = groups.get(key)
    if (known === undefined) groups.set(key, { group, files: [file] })
    else known.files.push(file)
  }
  return [...groups.values()].map(({ group, files: members }) => ({ ...group, files: members, ...(emptyFile !== undefined && { emptyFile }) }))
}

function treeOf({ path }: RelationFile, trees: ReadonlyMap<string, ParquetNode>): ParquetNode {
  const tree = trees.get(path)
  if (tree === undefined) throw new Bug(`${path} was not looked into.`)
  return tree
}

export const isShaped = ({ shapes }: FileGroup): boolean => Object.keys(shapes).length > 0

export const hasDeletes = ({ positionDeletes, equalityDeletes, numbered }: FileGroup): boolean => numbered || positionDeletes.length > 0 || equalityDeletes.length > 0

/** As many rows as a thread is given at once. */
const SMALL = 122_880

/** Reads Parquet files with columns found by field id, under the names that `nameOf` gives them. */
export function readParquet(files: readonly Pick<RelationFile, 'path' | 'rows'>[], columns: readonly SourceColumn[], nameOf: (column: SourceColumn) => string, { constants = {}, shapes = {}, emptyFile, places = false }: Partial<Pick<FileGroup, 'constants' | 'shapes' | 'emptyFile'>> & { readonly places?: boolean } = {}): string {
  const schema = columns.map((column) => {
    const missing = constants[column.fieldId] ?? column.default
    return `${column.fieldId}: {name: ${quoteLiteral(nameOf(column))}, type: ${quoteLiteral(shapes[column.fieldId]?.type ?? duckdbTypeOf(column.type))}, default_value: ${missing === undefined ? 'NULL' : quoteLiteral(missing)}}`
  })
  // With columns of its own the engine looks into no file beforehand, and takes them all for empty.
  const rows = files.reduce((sum, file) => sum + (file.rows ?? Number.NaN), 0)
  const told = Number.isSafeInteger(rows) && rows > 0 ? `, explicit_cardinality = ${rows}` : ''
  // It also takes one file for a small one, and gives it a single thread.
  const beside = files.length === 1 && rows > SMALL && emptyFile !== undefined ? [{ path: emptyFile }] : []
  return `read_parquet([${[...files, ...beside].map(({ path }) => quoteLiteral(path)).join(', ')}], schema = MAP {${schema.join(', ')}}${told}${places ? `, filename = 'file', file_row_number = true` : ''})`
}

/** A query of the columns under their own names, of files that have some of them in another shape. */
export const shapedRows = (group: FileGroup, columns: readonly SourceColumn[]): string =>
  `SELECT ${columns.map((column) => `${valueOf(group, column)} AS ${quoteIdentifier(column.name)}`).join(', ')} FROM ${readParquet(group.files, columns, innerName, group)}`

function valueOf({ shapes }: FileGroup, column: SourceColumn): string {
  const value = shapes[column.fieldId]?.value
  return value === undefined ? innerColumn(column) : `CAST(${value} AS ${duckdbTypeOf(column.type)})`
}

/** A query of the columns under their own names and of row numbers, of files that hide no rows: conditions on either reach the files. */
export const numberedRows = (group: FileGroup, columns: readonly SourceColumn[], rowNumber: string): string =>
  `SELECT ${[...columns.map((column) => `${innerColumn(column)} AS ${quoteIdentifier(column.name)}`), `file_row_number AS ${quoteIdentifier(rowNumber)}`].join(', ')} FROM ${readParquet(group.files, columns, innerName, { ...group, places: true })}`

/** A WHERE that leaves out rows outside of the bounds. It compares values as they stand with constants, so that it fails on no row. */
export function withinBounds(within: readonly ColumnBounds[], columns: readonly SourceColumn[], nameOf: (column: SourceColumn) => string): string {
  const conditions = within.flatMap(({ name, ranges, orNull }) => {
    const column = columns.find((one) => one.name === name)
    if (column === undefined) return []
    const [value, text] = [nameOf(column), (one: string): string => `CAST(${quoteLiteral(one)} AS ${duckdbTypeOf(column.type)})`]
    const [single, wide] = [ranges.filter(([least, most]) => least === most), ranges.filter(([least, most]) => least !== most)]
    const any = [
      ...(single.length === 0 ? [] : [`${value} IN (${single.map(([one]) => text(one)).join(', ')})`]),
      ...wide.map(([least, most]) => `(${value} >= ${text(least)} AND ${value} <= ${text(most)})`),
      ...(orNull ? [`${value} IS NULL`] : []),
    ]
    return [any.length === 0 ? 'false' : `(${any.join(' OR ')})`]
  })
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
}

/** A query of the columns under their own names, and of row numbers where they have a name, of the rows that are not deleted. */
export function liveRows(group: FileGroup, columns: readonly SourceColumn[], { rowNumber, within = [] }: Pick<Relation, 'rowNumber' | 'within'> = {}): string {
  const shown = new Set(columns.map(({ fieldId }) => fieldId))
  const compared = group.equalityDeletes.flatMap((deletes) => deletes.columns).filter(({ fieldId }) => !shown.has(fieldId))
  const others = new Map(compared.map((column): [number, SourceColumn] => [column.fieldId, { ...column, name: '' }]))
  const types = new Map([...columns, ...others.values()].map(({ fieldId, type }) => [fieldId, type]))
  const placed = group.numbered || group.positionDeletes.length > 0
  const conditions = [
    'true',
    ...(placed ? [`{f: file, p: file_row_number} NOT IN (${deletedPlaces(group)})`] : []),
    ...group.equalityDeletes.map((deletes) => `${members(deletes.columns)} NOT IN (${deletedValues(deletes, types)})`),
  ]
  const source = readParquet(group.files, [...columns, ...others.values()], innerName, { ...group, places: placed || rowNumber !== undefined })
  const held = [...columns.map(innerColumn), ...(rowNumber === undefined ? [] : ['file_row_number'])]
  const live = fencedRows(`SELECT *, ${conditions.join(' AND ')} AS kept FROM ${source}${withinBounds(within, columns, innerColumn)}`, held, 'kept')
  const values = columns.map((column) => `${valueOf(group, column)} AS ${quoteIdentifier(column.name)}`)
  if (rowNumber !== undefined) values.push(`file_row_number AS ${quoteIdentifier(rowNumber)}`)
  return `SELECT ${values.join(', ')} FROM ${live}`
}

// Names of ours alone, so that no column of the table can be taken for a place in a file.
const innerName = ({ fieldId }: Pick<SourceColumn, 'fieldId'>): string => `c${fieldId}`
const innerColumn = (column: Pick<SourceColumn, 'fieldId'>): string => quoteIdentifier(innerName(column))

// A struct is compared member by member, and a null in it is equal to a null, as the format wants it.
const members = (columns: EqualityDelete['columns']): string => `{${columns.map((column) => `${innerColumn(column)}: ${innerColumn(column)}`).join(', ')}}`

/** Field ids that the format reserves for position deletes. */
const DELETED: readonly SourceColumn[] = [{ fieldId: 2_147_483_546, name: 'address', type: 'string' }, { fieldId: 2_147_483_545, name: 'place', type: 'long' }]

// Delete files name data files by address; the process knows them by the paths at which it may read them.
function deletedPlaces({ files, positionDeletes }: FileGroup): string {
  const paths = files.flatMap(({ path, addresses = [] }) => addresses.map((address) => `(${quoteLiteral(address)}, ${quoteLiteral(path)})`))
  const listed = files.flatMap(({ path, deletedRows = [] }) => (deletedRows.length === 0 ? [] : [`SELECT {f: ${quoteLiteral(path)}, p: unnest([${deletedRows.map(String).join(', ')}]::BIGINT[])}`]))
  const read = positionDeletes.length === 0 || paths.length === 0 ? [] : [
    `SELECT {f: known.path, p: deleted.place} FROM ${readParquet(positionDeletes.map((path) => ({ path })), DELETED, ({ name }) => name)} AS deleted JOIN (VALUES ${paths.join(', ')}) AS known(address, path) ON deleted.address = known.address WHERE deleted.place IS NOT NULL`,
  ]
  const all = [...read, ...listed]
  return all.length === 0 ? `SELECT {f: ''::VARCHAR, p: 0::BIGINT} WHERE false` : all.join(' UNION ALL ')
}

// Compared as the relation's type: the delete file may be older than a widening.
function deletedValues({ path, columns }: EqualityDelete, types: ReadonlyMap<number, SourceColumn['type']>): string {
  const typed = columns.map((column): SourceColumn => ({ ...column, type: types.get(column.fieldId) ?? column.type, name: '' }))
  return `SELECT ${members(columns)} FROM ${readParquet([{ path }], typed, innerName)}`
}
