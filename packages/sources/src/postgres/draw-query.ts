// Rows of a query or a table, as they were at one moment, through a cursor of the database: neither side holds more than a few
// megabytes of them.

import type pg from 'pg'
import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { DrawnColumn, Drawn, DrawRequest, SourceRoom } from '../types.ts'
import type { CursorState } from '../cursor-tail.ts'
import { CursorTail, cursorStateOf } from '../cursor-tail.ts'
import { RowFile } from '../row-file.ts'
import { connectPostgres, postgresFault } from './connect.ts'
import type { PostgresType } from './value-text.ts'
import { postgresTypeOf, rowToLine } from './value-text.ts'
import { messages } from '../messages.ts'

const BATCH_BYTES = 4 * 1024 * 1024
const MOST_ROWS = 10_000

export async function drawPostgresQuery(room: SourceRoom, request: DrawRequest): Promise<Result<Drawn>> {
  const client = await connectPostgres(room, request)
  if (!client.ok) return client
  const stop = (): void => void client.value.end().catch(() => undefined)
  request.signal.addEventListener('abort', stop)
  try {
    await beginReading(client.value)
    return await draw(room, request, client.value)
  } catch (error) {
    return fail(postgresFault(request, error))
  } finally {
    request.signal.removeEventListener('abort', stop)
    await client.value.end().catch(() => undefined)
  }
}

export const READING_SETTINGS = "SET datestyle = 'ISO, YMD'; SET timezone = 'UTC'; SET bytea_output = 'hex'; SET intervalstyle = 'iso_8601'; SET extra_float_digits = 1; SET lock_timeout = '30s'; SET idle_in_transaction_session_timeout = '15min'"

/** One moment for everything that follows, and nothing can be written. Text is the same whatever the server is set to. */
export async function beginReading(client: pg.Client, snapshot?: string): Promise<void> {
  await client.query(READING_SETTINGS)
  await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY')
  if (snapshot !== undefined) await client.query(`SET TRANSACTION SNAPSHOT ${pgLiteral(snapshot)}`)
}

async function draw(room: SourceRoom, request: DrawRequest, client: pg.Client): Promise<Result<Drawn>> {
  const { settings, port } = request
  const cursor = settings['cursor'] as string | undefined
  const from = settings['query'] === undefined ? `SELECT * FROM ${tableName(String(settings['table']))}` : String(settings['query']).replace(/;\s*$/u, '')
  const before = cursor === undefined ? undefined : cursorStateOf(request.before)
  const query = cursor === undefined ? from : request.range !== undefined ? within(from, cursor, request.range) : beyond(from, { cursor, before, isKeyed: request.keys.length > 0 })
  const drawn = await drawRows(room, request, client, { query, ...(cursor !== undefined && { cursor }) })
  if (!drawn.ok) return drawn
  const { file, columns, rows, tail } = drawn.value
  const told = `Read ${rows} rows of ${String(settings['database'])} at ${String(settings['host'])}.`
  if (cursor === undefined) return ok({ files: [file], columns, mode: 'replace', told })
  if (!columns.some(({ name }) => name === cursor)) return fail(messages['source-cursor-unfit']({ port, cursor, why: 'the rows have no such column' }))
  if (request.range !== undefined) return ok({ files: [file], columns, mode: 'reload', told, ...(request.before !== undefined && { state: request.before }) })
  const state = tail.state(before)
  return ok({
    files: [file], columns, mode: before === undefined ? 'replace' : request.keys.length > 0 ? 'upsert' : 'append', told,
    ...(state !== undefined && { state: state as unknown as Json }),
  })
}

/** Rows whose key is known may be read again, so that none with an equal value is passed over. */
function beyond(query: string, { cursor, before, isKeyed }: { readonly cursor: string; readonly before: CursorState | undefined; readonly isKeyed: boolean }): string {
  const column = pgIdentifier(cursor)
  const where = before === undefined ? `${column} IS NOT NULL` : `${column} ${isKeyed ? '>=' : '>'} ${pgLiteral(before.last)}`
  return `SELECT * FROM (${query}\n) AS drawn WHERE ${where} ORDER BY ${column}`
}

const within = (query: string, cursor: string, { from, to }: NonNullable<DrawRequest['range']>): string =>
  `SELECT * FROM (${query}\n) AS drawn WHERE ${pgIdentifier(cursor)} >= ${pgLiteral(from)} AND ${pgIdentifier(cursor)} < ${pgLiteral(to)}`

export interface Rows { readonly file: Drawn['files'][number]; readonly columns: readonly DrawnColumn[]; readonly rows: number; readonly tail: CursorTail }

/** Every row of a query into a file. */
export async function drawRows(room: SourceRoom, request: DrawRequest, client: pg.Client, { query, cursor, suffix = '' }: { readonly query: string; readonly cursor?: string; readonly suffix?: string }): Promise<Result<Rows>> {
  // By the extended protocol a text is one statement, whatever it holds.
  await client.query({ text: `DECLARE tulle_rows NO SCROLL CURSOR FOR ${query}`, queryMode: 'extended' } as pg.QueryConfig)
  const file = await RowFile.open({ folder: request.folder, name: `${request.name}${suffix}` }, room.limits)
  const tail = new CursorTail()
  try {
    let columns: readonly DrawnColumn[] = []
    let types: readonly PostgresType[] = []
    let names: readonly string[] = []
    let place = -1
    for (let wanted = 100, isFirst = true; ; isFirst = false) {
      request.signal.throwIfAborted()
      const batch = await client.query<(string | null)[]>({ text: `FETCH ${wanted} FROM tulle_rows`, rowMode: 'array' })
      if (isFirst) {
        const elements = await elementTypes(client, batch.fields.map(({ dataTypeID }) => dataTypeID))
        types = batch.fields.map(({ dataTypeID, dataTypeModifier }) => postgresTypeOf(dataTypeID, dataTypeModifier, elements))
        columns = batch.fields.map(({ name }, i) => ({ name, type: types[i]?.iceberg ?? 'string' }))
        names = columns.map(({ name }) => JSON.stringify(name))
        place = columns.findIndex(({ name }) => name === cursor)
      }
      let bytes = 0
      for (const values of batch.rows) {
        const line = rowToLine(names, types, values)
        bytes += line.length
        if (place >= 0) tail.take(values[place] ?? '', line)
        await file.write(line)
      }
      if (file.isFull || batch.rows.length < wanted) break
      wanted = Math.max(1, Math.min(MOST_ROWS, Math.floor(BATCH_BYTES / Math.max(1, bytes / batch.rows.length))))
    }
    const { rows } = file
    const finished = await file.finish(request.port, `${String(request.settings['database'])}.ndjson`)
    return finished.ok ? ok({ file: finished.value, columns, rows, tail }) : finished
  } catch (error) {
    await file.abandon()
    throw error
  }
}

/** Elements of arrays of types that this database has besides the usual ones. */
export async function elementTypes(client: pg.Client, oids: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const own = oids.filter((oid) => oid >= 10_000)
  if (own.length === 0) return new Map()
  const { rows } = await client.query<{ oid: string; element: string }>(`SELECT t.oid, e.oid AS element FROM pg_catalog.pg_type t JOIN pg_catalog.pg_type e ON e.oid = t.typelem WHERE t.typcategory = 'A' AND t.oid = ANY($1::oid[])`, [own])
  return new Map(rows.map(({ oid, element }) => [Number(oid), Number(element)]))
}

export const pgIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const pgLiteral = (text: string): string => (text.includes('\\') ? ` E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'` : `'${text.replaceAll("'", "''")}'`)

/** `orders`, `public.orders`, by their exact names. */
export const tableName = (table: string): string => table.split('.').map(pgIdentifier).join('.')
