// Rows of a query or a table of MySQL or MariaDB, as they were at one moment. They are streamed: what waits to be written holds the
// database back, so neither side holds more than a few megabytes.

import type { Connection, FieldPacket, QueryOptions } from 'mysql2'
import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Drawn, DrawRequest, SourceRoom } from '../types.ts'
import { CursorTail, cursorStateOf } from '../cursor-tail.ts'
import { RowFile } from '../row-file.ts'
import { connectMysql, mysqlFault } from './connect.ts'
import type { MysqlColumn, MysqlField, MysqlReading } from './value-text.ts'
import { mysqlColumn, mysqlIdentifier, mysqlLiteral } from './value-text.ts'
import { messages } from '../messages.ts'

const ROWS_AHEAD = 256

export async function drawMysql(room: SourceRoom, request: DrawRequest): Promise<Result<Drawn>> {
  const opened = await connectMysql(room, request)
  if (!opened.ok) return opened
  const connection = opened.value
  const stop = (): void => connection.destroy()
  request.signal.addEventListener('abort', stop)
  try {
    for (const statement of READING) await ask(connection, statement)
    return await draw(room, request, connection)
  } catch (error) {
    request.signal.throwIfAborted()
    return fail(mysqlFault(request, error))
  } finally {
    request.signal.removeEventListener('abort', stop)
    connection.destroy()
  }
}

/** One moment for everything that follows, and nothing can be written. */
const READING = ["SET SESSION time_zone = '+00:00'", 'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ', 'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY']

const ask = (connection: Connection, sql: string): Promise<readonly FieldPacket[]> =>
  new Promise((resolve, reject) => void connection.query(sql, (error, _rows, fields) => (error === null ? resolve(fields ?? []) : reject(error))))

async function draw(room: SourceRoom, request: DrawRequest, connection: Connection): Promise<Result<Drawn>> {
  const { settings, port, range } = request
  // Always within a SELECT, and the only statement: whatever the query says, nothing else is asked.
  const inner = settings['query'] === undefined ? `SELECT * FROM ${String(settings['table']).split('.').map(mysqlIdentifier).join('.')}` : String(settings['query']).replace(/;\s*$/u, '')
  const from = `FROM (${inner}\n) AS drawn`
  const fields = await ask(connection, `SELECT * ${from} LIMIT 0`)
  const reading: MysqlReading = { zeroDates: settings['zero_dates'] === 'null' ? 'null' : 'refuse', isTinyBoolean: settings['tiny_boolean'] === true }
  const columns = fields.map((field) => mysqlColumn(field as unknown as MysqlField, reading))
  const cursor = settings['cursor'] as string | undefined
  const place = columns.findIndex(({ name }) => name === cursor)
  const by = columns[place]
  if (cursor !== undefined && by === undefined) return fail(messages['source-cursor-unfit']({ port, cursor, why: 'the rows have no such column' }))
  const before = by === undefined ? undefined : cursorStateOf(request.before)
  const isKeyed = request.keys.length > 0
  const where = by === undefined ? '' : range === undefined ? beyond(by, before?.last, isKeyed) : within(by, range)
  const drawn = await readRows(room, request, connection, { sql: `SELECT ${columns.map(({ select }) => select).join(', ')} ${from}${where}`, columns, place })
  if (!drawn.ok) return drawn
  const { file, rows, tail } = drawn.value
  const common = { files: [file], columns: columns.map(({ name, iceberg }) => ({ name, type: iceberg })), told: `Read ${rows} rows of ${String(settings['database'])} at ${String(settings['host'])}.` }
  if (by === undefined) return ok({ ...common, mode: 'replace' })
  if (range !== undefined) return ok({ ...common, mode: 'reload', ...(request.before !== undefined && { state: request.before }) })
  const state = tail.state(before)
  return ok({ ...common, mode: before === undefined ? 'replace' : isKeyed ? 'upsert' : 'append', ...(state !== undefined && { state: state as unknown as Json }) })
}

/** Rows whose key is known may be read again, so that none with an equal value is passed over. */
function beyond(by: MysqlColumn, last: string | undefined, isKeyed: boolean): string {
  const column = `drawn.${mysqlIdentifier(by.name)}`
  return ` WHERE ${column} ${last === undefined ? 'IS NOT NULL' : `${isKeyed ? '>=' : '>'} ${mysqlLiteral(last, by)}`} ORDER BY ${column}`
}

function within(by: MysqlColumn, { from, to }: NonNullable<DrawRequest['range']>): string {
  const column = `drawn.${mysqlIdentifier(by.name)}`
  return ` WHERE ${column} >= ${mysqlLiteral(from, by)} AND ${column} < ${mysqlLiteral(to, by)}`
}

interface Reading { readonly sql: string; readonly columns: readonly MysqlColumn[]; readonly place: number }
interface Rows { readonly file: Drawn['files'][number]; readonly rows: number; readonly tail: CursorTail }

async function readRows(room: SourceRoom, request: DrawRequest, connection: Connection, { sql, columns, place }: Reading): Promise<Result<Rows>> {
  const file = await RowFile.open(request, room.limits)
  const tail = new CursorTail()
  const names = columns.map(({ name }) => JSON.stringify(name))
  // Bytes as they came: the numbers and dates of JavaScript would round them.
  const asBytes: QueryOptions = { sql, rowsAsArray: true, typeCast: (field) => field.buffer() }
  try {
    for await (const row of connection.query(asBytes).stream({ highWaterMark: ROWS_AHEAD }) as AsyncIterable<readonly (Buffer | null)[]>) {
      request.signal.throwIfAborted()
      const members: string[] = []
      for (const [i, column] of columns.entries()) {
        const value = row[i] ?? null
        const json = value === null ? 'null' : column.toJson(value)
        if (json === undefined) {
          await file.abandon()
          return fail(unfit(request, column))
        }
        members.push(`${names[i] as string}:${json}`)
      }
      const line = `{${members.join(',')}}`
      if (place >= 0) tail.take(cursorText(columns[place] as MysqlColumn, row[place] ?? null), line)
      await file.write(line)
      if (file.isFull) break
    }
    const { rows } = file
    const finished = await file.finish(request.port, `${String(request.settings['database'])}.ndjson`)
    return finished.ok ? ok({ file: finished.value, rows, tail }) : finished
  } catch (error) {
    await file.abandon()
    throw error
  }
}

/** As the database would be told it again. */
function cursorText(column: MysqlColumn, value: Buffer | null): string {
  if (value === null) return ''
  return column.iceberg === 'binary' || column.iceberg === 'boolean' ? String(column.toJson(value)) : column.isNumber ? (column.toJson(value) ?? '').replaceAll('"', '') : value.toString('utf8')
}

const unfit = ({ port, settings }: DrawRequest, { name, iceberg }: MysqlColumn): ReturnType<(typeof messages)['source-answer-unfit']> =>
  messages['source-answer-unfit']({
    port, what: `${String(settings['database'])} at ${String(settings['host'])}`,
    why: iceberg === 'boolean' ? `the column "${name}" has a number that is neither 0 nor 1` : `the column "${name}" has a date with a month or a day of zero, which is none (zero_dates: "null" takes it as no value)`,
  })
