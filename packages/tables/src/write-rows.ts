// The rows of a query → Parquet files as a table wants them: parted by its partition spec, in its sort order, stamped with
// its field ids. The files wait in a folder; nothing of the table changes here.

import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Bug, fail, ok } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import type { EngineProcess, Parameter, WrittenFile, WrittenPart } from '@tulle/engine'
import type { DataFile, Field, PartitionColumn, Table } from '@tulle/lake'
import { fieldIdsOf, parseTransform, partitionColumns, printTableName, toDataFile } from '@tulle/lake'
import { quoteIdentifier } from '@tulle/sql'
import { messages } from './messages.ts'
import { readTransformed, transformSql } from './transform-sql.ts'

export interface RowsToWrite {
  /** One SELECT whose columns are named as `fields` are. */
  readonly query: string
  readonly parameters?: readonly Parameter[]
  /** Top-level columns of the table that the query gives; all of the current schema where absent. */
  readonly fields?: readonly Field[]
  /** Below a write path of the process. */
  readonly folder: string
  /** Files are called `<name>.<i>.parquet`; those of an earlier try are replaced. */
  readonly name: string
  readonly signal?: AbortSignal
}

/** A file that waits, and what is known of it. JSON, so that it can be kept beside the file. */
export interface WrittenRows {
  readonly file: WrittenFile
  /** The spec by which `partition` is to be read, and its values as `readTransformed` takes them. */
  readonly specId: number
  readonly partition: readonly (string | null)[]
  readonly sortOrderId?: number
}

/**
 * Without partitions there is one file, with the rows in the query's order where the table has none. With partitions there
 * is one file for each, or a few; no rows make no file.
 */
export async function writeRows(process: EngineProcess, table: Table, { query, parameters = [], fields = table.schema.fields, folder, name, signal }: RowsToWrite): Promise<Result<readonly WrittenRows[]>> {
  const { metadata } = table
  const specId = metadata.defaultSpecId
  const spec = metadata.partitionSpecs.find((one) => one.specId === specId)
  if (spec === undefined) throw new Bug(`${printTableName(table.name)} has no partition spec ${specId}.`)
  const columns = partitionColumns(spec, metadata)
  const unknown = columns.findIndex(({ known }) => known === undefined)
  if (unknown >= 0) return fail(messages['transform-unknown']({ table: printTableName(table.name), transform: spec.fields[unknown]?.transform ?? '' }))
  const parts = columns.map((column): string => partSql(fields, column))
  const by = freeNames('part', parts.length, fields)
  const sorted = sortTerms(table, fields)
  const order = [...by.map(quoteIdentifier), ...(sorted?.terms ?? [])]
  const shaped = order.length === 0 ? query : [
    `SELECT rows.*${parts.map((part, i) => `, ${part} AS ${quoteIdentifier(by[i] as string)}`).join('')} FROM (`, query.replace(/;\s*$/u, ''), `) AS rows ORDER BY ${order.join(', ')}`,
  ].join('\n')
  const options = { parameters, fieldIds: fieldIdsOf({ fields }), ...(signal !== undefined && { signal }) }
  const path = (i: number): string => join(folder, `${name}.${i}.parquet`)
  if (by.length === 0) {
    await rm(path(0), { force: true })
    const written = await process.write(shaped, { ...options, path: path(0) })
    return written.ok ? ok([{ file: written.value, specId, partition: [], ...(sorted !== undefined && { sortOrderId: sorted.orderId }) }]) : written
  }
  const parted = join(folder, `${name}.parts`)
  await rm(parted, { recursive: true, force: true })
  const written = await process.writePartitioned(shaped, { ...options, folder: parted, by })
  if (!written.ok) return written
  const files = await flatten(written.value, path)
  await rm(parted, { recursive: true, force: true })
  // Where the engine's threads meet, a few rows stand out of order, so these files do not claim to be sorted.
  return ok(files.map(({ keys, ...file }) => ({ file, specId, partition: keys })))
}

/** What a manifest says of a written file that lies at an address by now. */
export function dataFileOf(table: Table, { file, specId, partition, sortOrderId }: WrittenRows, address: string): DataFile {
  const spec = table.metadata.partitionSpecs.find((one) => one.specId === specId)
  const columns = spec === undefined ? [] : partitionColumns(spec, table.metadata)
  return {
    ...toDataFile(table.schema, { ...file, path: address }),
    specId,
    ...(partition.length > 0 && { partition: partition.map((text, i) => readTransformed(columns[i]?.known?.type ?? '', text)) }),
    ...(sortOrderId !== undefined && { sortOrderId }),
  }
}

// A column that the query does not give is null in every row.
function partSql(fields: readonly Field[], { known }: PartitionColumn): string {
  const column = known === undefined ? undefined : columnSql(fields, known.sourceId)
  return known === undefined || column === undefined ? 'CAST(NULL AS INTEGER)' : transformSql(known.transform, known.sourceType, column)
}

/** A column of `rows`, or a field inside structs of one, as SQL; undefined below lists and maps, where a row has many. */
function columnSql(fields: readonly Field[], id: number, prefix = 'rows'): string | undefined {
  for (const field of fields) {
    const path = `${prefix}.${quoteIdentifier(field.name)}`
    if (field.id === id) return path
    const inside = typeof field.type !== 'string' && field.type.type === 'struct' ? columnSql(field.type.fields, id, path) : undefined
    if (inside !== undefined) return inside
  }
  return undefined
}

/** Names that no column of the table has. */
export function freeNames(word: string, count: number, fields: readonly Pick<Field, 'name'>[]): readonly string[] {
  const taken = new Set(fields.map(({ name }) => name.toLowerCase()))
  let prefix = word
  while (Array.from({ length: count }, (_, i) => `${prefix}${i}`).some((name) => taken.has(name))) prefix += '_'
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`)
}

/** The table's sort order as ORDER BY terms; undefined where it has none, or one that we cannot keep. */
function sortTerms(table: Table, fields: readonly Field[]): { readonly orderId: number; readonly terms: readonly string[] } | undefined {
  const { metadata } = table
  const order = metadata.sortOrders.find(({ orderId }) => orderId === metadata.defaultSortOrderId)
  if (order === undefined || order.fields.length === 0) return undefined
  const types = new Map(fields.map((field) => [field.id, field.type]))
  const terms: string[] = []
  for (const { transform: spelled, sourceIds, direction, nullOrder } of order.fields) {
    const transform = parseTransform(spelled)
    const [sourceId = 0] = sourceIds
    const [column, type] = [columnSql(fields, sourceId), types.get(sourceId)]
    if (!transform.ok || column === undefined || typeof type !== 'string') return undefined
    const term = transform.value.kind === 'identity' ? column : transformSql(transform.value, type, column)
    terms.push(`${term} ${direction === 'desc' ? 'DESC' : 'ASC'} NULLS ${nullOrder === 'nulls-first' ? 'FIRST' : 'LAST'}`)
  }
  return { orderId: order.orderId, terms }
}

async function flatten(parts: readonly WrittenPart[], path: (i: number) => string): Promise<readonly WrittenPart[]> {
  const flat: WrittenPart[] = []
  for (const [i, part] of parts.entries()) {
    await rename(part.path, path(i))
    flat.push({ ...part, path: path(i) })
  }
  return flat
}
