// The rows for which a condition holds → position delete files, one for each data file: it is then never unknown whose rows
// a delete file means, when others replace files meanwhile. Nothing of the table changes here.

import { join } from 'node:path'
import { rm } from 'node:fs/promises'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { readRows } from '@tulle/engine'
import type { EngineProcess, Relation, WrittenFile } from '@tulle/engine'
import type { DataFile, Lake, Scan, ScanFile, Schema, Table } from '@tulle/lake'
import { bytesOfValue, newDataPath, toDataFile } from '@tulle/lake'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import { tableRelation } from './relation.ts'
import type { RowWork } from './row-work.ts'
import { freeNames } from './write-rows.ts'
import { showFiles, sqlName } from './row-work.ts'

/** The columns of a position delete file, with the ids that the format reserves for them. */
const PATH = { id: 2_147_483_546, name: 'file_path', required: true, type: 'string' } as const
const POSITION = { id: 2_147_483_545, name: 'pos', required: true, type: 'long' } as const
const SCHEMA: Schema = { schemaId: 0, fields: [PATH, POSITION] }

/** Position delete files as rows of `file_path` and `pos`. */
export const placesIn = (paths: readonly string[]): Pick<Relation, 'columns' | 'files'> => ({ columns: SCHEMA.fields.map(({ id, name, type }) => ({ name, type, fieldId: id })), files: paths.map((path) => ({ path })) })

/** The properties of a table by which writers choose between deleting rows and writing their files anew. */
export type ModeProperty = 'write.delete.mode' | 'write.merge.mode' | 'write.update.mode'

/** True where the first property that the table has asks for it. Version 1 of the format has no delete files. */
export const isMergeOnRead = ({ metadata, properties }: Table, ...keys: readonly ModeProperty[]): boolean =>
  metadata.formatVersion === 2 && keys.map((key) => properties[key]).find((mode) => mode !== undefined) === 'merge-on-read'

/** What takes the rows out of the table: delete files, and data files that have no other rows. */
export interface DeletedRows { readonly deletes: readonly DataFile[]; readonly removed: readonly DataFile[]; readonly rows: number }

/** Marks rows of each file that are live and meet the condition, which must not name the row as a whole. */
export async function writePositions(work: RowWork, table: Table, scan: Scan, files: readonly ScanFile[], condition: string, more: readonly Relation[] = []): Promise<Result<DeletedRows>> {
  const [deletes, removed]: [DataFile[], DataFile[]] = [[], []]
  let rows = 0
  const [number = ''] = freeNames('row_number', 1, table.schema.fields)
  for (const scanned of files) {
    const { file } = scanned
    const shown = await showFiles(work, table, scan, [scanned], more, number)
    if (!shown.ok) return shown
    const place = quoteIdentifier(number)
    const query = `SELECT ${quoteLiteral(file.path)} AS ${PATH.name}, ${place} AS ${POSITION.name} FROM ${sqlName(shown.value)} AS t WHERE ${condition} ORDER BY ${place}`
    const written = await writeDeletes(work, table, file, query)
    if (!written.ok) return written
    rows += written.value.rows
    if (written.value.file !== undefined) deletes.push(written.value.file)
    else if (written.value.rows > 0) removed.push(file)
  }
  return ok({ deletes, removed, rows })
}

/** Without a file there is no such row, or all rows of the data file are, and it may go. */
async function writeDeletes({ lake, process, folder, signal }: RowWork, table: Table, data: DataFile, query: string): Promise<Result<{ readonly rows: number; readonly file?: DataFile }>> {
  const path = join(folder, `${lake.ids.uuid()}.deletes.parquet`)
  const written = await process.write(query, { path, fieldIds: { [PATH.name]: PATH.id, [POSITION.name]: POSITION.id }, ...(signal !== undefined && { signal }) })
  if (!written.ok) return written
  const { rows } = written.value
  if (rows === 0 || rows === data.rows) {
    await rm(path, { force: true })
    return ok({ rows })
  }
  const address = await lake.objects.adopt(newDataPath(lake, table), path)
  await rm(path, { force: true })
  return address.ok ? ok({ rows, file: positionDeletesOf(written.value, address.value, data) }) : address
}

/** What a manifest says of a written file of places in a data file, that lies at an address by now. */
export function positionDeletesOf(written: WrittenFile, address: string, data: Pick<DataFile, 'path' | 'specId' | 'partition'>): DataFile {
  const facts = toDataFile(SCHEMA, { ...written, path: address })
  // Uncut, so that readers know from the bounds alone that no other file is meant.
  const named = bytesOfValue(PATH.type, data.path)
  return {
    ...facts,
    content: 'position-deletes',
    referencedDataFile: data.path,
    lowerBounds: new Map(facts.lowerBounds).set(PATH.id, named),
    upperBounds: new Map(facts.upperBounds).set(PATH.id, named),
    ...(data.specId !== undefined && { specId: data.specId }),
    ...(data.partition !== undefined && { partition: data.partition }),
  }
}

export interface RowsToMark {
  readonly lake: Lake
  readonly process: EngineProcess
  readonly place: (file: string) => Promise<string>
  readonly table: Table
  readonly scan: Scan
  /** Over the row as `t`; it must not name the row as a whole. */
  readonly condition: string
  /** What the condition reads besides. */
  readonly more: readonly Relation[]
  /** Below a write path of the process: where the places of the n-th file are written. */
  readonly path: (file: number) => string
  readonly signal?: AbortSignal
}
/** A data file with such rows. Without `written` all of its rows are. */
export interface MarkedFile { readonly data: string; readonly rows: number; readonly written?: WrittenFile }

/** Writes down where rows are for which a condition holds; all files are asked in one question, and nothing is brought home. */
export async function markRows({ lake, process, place, table, scan, condition, more, path, signal }: RowsToMark): Promise<Result<readonly MarkedFile[]>> {
  if (scan.files.length === 0) return ok([])
  const [number = ''] = freeNames('row_number', 1, table.schema.fields)
  const relations: Relation[] = []
  for (const [i, file] of scan.files.entries()) {
    const relation = await tableRelation(lake, table, { ...scan, files: [file] }, { place })
    if (!relation.ok) return relation
    relations.push({ ...relation.value, schema: 'marked', name: `file_${i}`, rowNumber: number })
  }
  const defined = await process.define([...relations, ...more])
  if (!defined.ok) return defined
  const counted = await readRows<readonly (number | string)[]>(process, relations.map((relation, i) => `SELECT ${i} AS file, count(*) AS rows FROM ${sqlName(relation)} AS t WHERE ${condition}`).join(' UNION ALL '), { signal })
  if (!counted.ok) return counted
  const marked: MarkedFile[] = []
  for (const [i = 0, rows = 0] of counted.value.map((row) => row.map(Number)).toSorted(([a = 0], [b = 0]) => a - b)) {
    const [relation, scanned] = [relations[i], scan.files[i]]
    if (rows === 0 || relation === undefined || scanned === undefined) continue
    const { file } = scanned
    if (rows === file.rows) {
      marked.push({ data: file.path, rows })
      continue
    }
    const at = quoteIdentifier(number)
    const query = `SELECT ${quoteLiteral(file.path)} AS ${PATH.name}, ${at} AS ${POSITION.name} FROM ${sqlName(relation)} AS t WHERE ${condition} ORDER BY ${at}`
    await rm(path(i), { force: true })
    const written = await process.write(query, { path: path(i), fieldIds: { [PATH.name]: PATH.id, [POSITION.name]: POSITION.id }, ...(signal !== undefined && { signal }) })
    if (!written.ok) return written
    marked.push({ data: file.path, rows, written: written.value })
  }
  return ok(marked)
}
