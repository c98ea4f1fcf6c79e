// A scan of a table → the relation that an engine reads: local files, the deletes that hold for each, and values that only
// the table's metadata have. The engine sees nothing that is not named here.

import { Bug, fail, ok } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import type { EqualityDelete, Relation, RelationColumn, RelationFile } from '@tulle/engine'
import type { DataFile, Field, Lake, Scan, ScanFile, Schema, Table } from '@tulle/lake'
import { printTableName, readDeletionVector } from '@tulle/lake'
import { messages } from './messages.ts'
import { renamedMembers } from './renamed-members.ts'
import { localRows } from './sealed-files.ts'
import { printValue } from './print-value.ts'

/** `place` puts a local file where the process can read it, and answers its path there. */
export interface RelationOptions {
  readonly columns?: readonly RelationColumn[]
  readonly place?: (file: string) => Promise<string>
}

/** The relation is named like the table, and shows the scan's schema where no columns are given. */
export async function tableRelation(lake: Lake, table: Table, scan: Scan, { columns, place }: RelationOptions = {}): Promise<Result<Relation>> {
  const files = await filesOfScan(lake, table, scan, place)
  if (!files.ok) return files
  return ok({ schema: table.name.namespace, name: table.name.name, columns: columns ?? columnsOf(scan.schema), files: files.value })
}

const FETCHED_AT_ONCE = 8

/** The data files of a scan with their deletes. Each object is fetched and placed once. */
export async function filesOfScan(lake: Lake, table: Table, scan: Scan, place: (file: string) => Promise<string> = async (file) => file): Promise<Result<readonly RelationFile[]>> {
  const wanted = new Map(scan.files.flatMap(({ file, deletes }) => [file, ...deletes.filter(({ vector }) => vector === undefined)]).map((file) => [file.path, file]))
  const addresses = [...wanted.keys()]
  const paths = new Map<string, string>()
  for (let start = 0; start < addresses.length; start += FETCHED_AT_ONCE) {
    const batch = addresses.slice(start, start + FETCHED_AT_ONCE)
    const fetched = await Promise.all(batch.map((address) => localRows(lake, table, wanted.get(address) as DataFile)))
    for (const [i, local] of fetched.entries()) {
      if (!local.ok) return local
      paths.set(batch[i] as string, await place(local.value))
    }
  }
  const nested = renamedMembers(table, scan.schema)
  const files: RelationFile[] = []
  for (const scanned of scan.files) {
    const file = fileOf(table, scan.schema, scanned, paths)
    if (!file.ok) return file
    // Of a data file there is one deletion vector at most, and it stands in for its position deletes.
    const vector = scanned.deletes.find((deletes) => deletes.vector !== undefined)
    if (vector !== undefined && vector.rows > MOST_DELETED) return fail(messages['too-many-deleted-rows']({ table: printTableName(table.name), rows: vector.rows, most: MOST_DELETED }))
    const deletedRows = vector === undefined ? ok(undefined) : await readDeletionVector(lake, vector)
    if (!deletedRows.ok) return deletedRows
    files.push({ ...file.value, ...(nested !== undefined && { nested }), ...(deletedRows.value !== undefined && { deletedRows: deletedRows.value }) })
  }
  return ok(files)
}

/** They become a text of the engine, which shall not fill its memory. */
const MOST_DELETED = 2_000_000

/** Writers spell one address in several ways, and a delete that is not recognised would show its rows again. */
function spellingsOf(address: string): readonly string[] {
  const local = /^file:(?:\/\/)?(?=\/)/u.exec(address)?.[0]
  if (local !== undefined) return ['file://', 'file:', ''].map((scheme) => `${scheme}${address.slice(local.length)}`)
  const bucket = /^s3[an]?:\/\//u.exec(address)?.[0]
  return bucket === undefined ? [address] : ['s3://', 's3a://', 's3n://'].map((scheme) => `${scheme}${address.slice(bucket.length)}`)
}

function fileOf(table: Table, schema: Schema, { file, deletes }: ScanFile, paths: ReadonlyMap<string, string>): Result<RelationFile> {
  const at = (address: string): string => {
    const path = paths.get(address)
    if (path === undefined) throw new Bug(`${address} was not fetched.`)
    return path
  }
  const positionDeletes = deletes.filter(({ content, vector }) => content === 'position-deletes' && vector === undefined).map(({ path }) => at(path))
  const equalityDeletes: EqualityDelete[] = []
  for (const one of deletes.filter(({ content }) => content === 'equality-deletes')) {
    const columns: { readonly fieldId: number; readonly type: string }[] = []
    for (const fieldId of one.equalityIds ?? []) {
      const type = fieldOf(table, schema, fieldId)?.type
      if (typeof type !== 'string') return fail(messages['equality-column-unknown']({ table: printTableName(table.name), file: one.path, fieldId }))
      columns.push({ fieldId, type })
    }
    // Without columns every row would be equal.
    if (columns.length === 0) return fail(messages['equality-column-unknown']({ table: printTableName(table.name), file: one.path, fieldId: 0 }))
    equalityDeletes.push({ path: at(one.path), columns })
  }
  const constants = constantsOf(table, schema, file)
  return ok({
    path: at(file.path),
    rows: file.rows,
    ...(positionDeletes.length > 0 && { addresses: spellingsOf(file.path), positionDeletes }),
    ...(equalityDeletes.length > 0 && { equalityDeletes }),
    ...(constants !== undefined && { constants }),
  })
}

// A delete may name a column that was dropped since.
const fieldOf = (table: Table, schema: Schema, id: number): Field | undefined =>
  [schema, table.schema, ...table.schemas].flatMap(({ fields }) => fields).find((field) => field.id === id)

/**
 * What a file shows for columns that it lacks: values of identity partitions, where a catalogue of folders wrote it without
 * those, and else what format v3 says that rows from before a column have.
 */
function constantsOf(table: Table, schema: Schema, file: DataFile): RelationFile['constants'] {
  const spec = table.metadata.partitionSpecs.find(({ specId }) => specId === (file.specId ?? table.metadata.defaultSpecId))
  const constants: Record<number, string> = Object.fromEntries(schema.fields.flatMap(({ id, type, carried }) => {
    const missing = carried?.['initial-default'] ?? null
    return missing === null || typeof type !== 'string' ? [] : [[id, defaultText(type, missing)]]
  }))
  for (const [i, { transform, sourceIds }] of (spec?.fields ?? []).entries()) {
    const [id = 0] = sourceIds
    const type = fieldOf(table, schema, id)?.type
    const value = file.partition?.[i] ?? null
    // What a file has statistics of, it has.
    const held = file.valueCounts?.has(id) === true || file.columnSizes?.has(id) === true
    if (transform === 'identity' && value !== null && typeof type === 'string' && !held) constants[id] = printValue(type, value)
  }
  return Object.keys(constants).length === 0 ? undefined : constants
}

/** The format keeps defaults in JSON, bytes as hex digits. */
const defaultText = (type: string, value: NonNullable<Field['carried']>[string]): string =>
  typeof value === 'string' && (type === 'binary' || type.startsWith('fixed')) ? printValue(type, Buffer.from(value, 'hex')) : String(value)

/** The columns of a schema, with what files from before a column was added are to show for it. */
const columnsOf = ({ fields }: Schema): readonly RelationColumn[] => fields.map(({ id, name, type }) => ({ name, type, fieldId: id }))
