// Carries out requests on one DuckDB instance: a connection for Tulle's own statements, and one per open cursor, because
// a DuckDB connection has a single streaming result.

import { mkdir, open as openFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import duckdb from '@duckdb/node-bindings'
import type { Connection, Database, DataChunk, PreparedStatement, Result as DuckResult } from '@duckdb/node-bindings'
import type { ResultColumn } from '../types.ts'
import { encoderOf } from '../encode/encoder.ts'
import type { Encoder } from '../encode/encoder-type.ts'
import { columnTypeOf, spellType } from '../encode/column-type.ts'
import { bindParameters, parameterType } from './parameters.ts'
import { inspectFile } from './inspect-file.ts'
import { dropPlan, keptPlans } from './kept-plans.ts'
import type { Plan } from './kept-plans.ts'
import { layDown } from './mailbox.ts'
import { BROKEN_STREAM } from './protocol.ts'
import type { Copied, CopiedPart, Fetched, Inspected, KeyEntry, Opened, ParquetElement, Request } from './protocol.ts'

export interface Done { readonly value: unknown; readonly body?: Uint8Array }

export interface WorkRoom {
  work(id: number, request: Request): Promise<Done>
  interrupt(work: number): void
}

interface OpenCursor {
  readonly plan: Plan
  /** It was fetched to its end. */
  ended: boolean
  readonly result: DuckResult
  readonly encoder: Encoder
  chunk: DataChunk | undefined
  /** The next row of `chunk` to encode. */
  row: number
}

/** A batch ends at the first row beyond this, so that wide rows do not fill the memory of either side. */
const BATCH_BYTES = 4 * 1024 * 1024

export function workRoom(): WorkRoom {
  let database: Database | undefined
  let own: Connection | undefined
  let seals: { learn(entries: readonly KeyEntry[]): void } | undefined
  const cursors = new Map<number, OpenCursor>()
  const plans = keptPlans()
  const working = new Map<number, Connection>()

  const started = (): { database: Database; own: Connection } => {
    if (database === undefined || own === undefined) throw new Error('Internal Error: not started')
    return { database, own }
  }

  const during = async <T>(id: number, connection: Connection, work: () => Promise<T>): Promise<T> => {
    working.set(id, connection)
    try {
      return await work()
    } finally {
      working.delete(id)
    }
  }

  // What is described is run next, as a rule, so its plan is kept for that.
  const describe = async (id: number, sql: string): Promise<unknown> => {
    const epoch = plans.epoch()
    const connection = await duckdb.connect(started().database)
    try {
      return await during(id, connection, async () => {
        const statement = await selectOf(connection, sql)
        const described = await descriptionOf(connection, statement, sql)
        plans.keep({ sql, connection, statement, epoch })
        return described
      })
    } catch (error) {
      duckdb.disconnect_sync(connection)
      throw error
    }
  }

  const carryOut = async (id: number, request: Exclude<Request, { verb: 'interrupt' }>): Promise<Done> => {
    switch (request.verb) {
      case 'start': {
        database = await duckdb.open(':memory:')
        own = await duckdb.connect(database)
        for (const setting of request.settings) await duckdb.query(own, setting)
        return { value: await readSettings(own, request.readBack) }
      }
      case 'run':
        try {
          await during(id, started().own, () => runAll(started().own, request.statements))
        } finally {
          // At the end, so that a plan which was made meanwhile is among them.
          plans.forgetAll()
        }
        return { value: null }
      case 'inspect': {
        const inspected: Inspected[] = []
        for (const path of request.paths) inspected.push(await inspectFile(path))
        return { value: inspected }
      }
      case 'elements':
        return { value: await during(id, started().own, async () => {
          const listed: (readonly ParquetElement[])[] = []
          for (const path of request.paths) listed.push(await elementsOf(started().own, path))
          return listed
        }) }
      case 'load-arrow': {
        // Few processes ever need it, and all would carry its memory.
        const { loadArrow } = await import('./arrow-file.ts')
        return { value: await loadArrow(started().own, request) }
      }
      case 'keys': {
        if (seals === undefined) {
          // As with Arrow: few ever need it.
          const { registerSeals } = await import('./sealed-texts.ts')
          seals = registerSeals(started().own)
        }
        seals.learn(request.keys)
        return { value: null }
      }
      case 'parse':
        return { value: await during(id, started().own, () => parse(started().own, request.sql)) }
      case 'prepare':
        return { value: await describe(id, request.sql) }
      case 'open': {
        const epoch = plans.epoch()
        const kept = plans.take(request.sql)
        const connection = kept?.connection ?? (await duckdb.connect(started().database))
        try {
          const value = await during(id, connection, async () => {
            const statement = kept?.statement ?? (await selectOf(connection, request.sql))
            bindParameters(statement, request.parameters)
            const result = await duckdb.execute_prepared_streaming(statement)
            const columns = columnsOf(result)
            const encoder = encoderOf(request.encoding, columns.map(({ name, logicalType }) => ({ name, type: columnTypeOf(logicalType) })))
            cursors.set(request.cursor, { plan: { sql: request.sql, connection, statement, epoch }, ended: false, result, encoder, chunk: undefined, row: 0 })
            return { columns: columns.map(({ name, logicalType }) => ({ name, type: spellType(columnTypeOf(logicalType)) })) } satisfies Opened
          })
          return { value }
        } catch (error) {
          duckdb.disconnect_sync(connection)
          throw error
        }
      }
      case 'fetch': {
        const cursor = cursors.get(request.cursor)
        if (cursor === undefined) throw new Error('Internal Error: no such cursor')
        return during(id, cursor.plan.connection, () => fetch(cursor, request.rows, request.part))
      }
      case 'close': {
        const cursor = cursors.get(request.cursor)
        cursors.delete(request.cursor)
        if (cursor?.ended === true) plans.keep(cursor.plan)
        else if (cursor !== undefined) dropPlan(cursor.plan)
        return { value: null }
      }
      case 'write':
      case 'write-partitioned': {
        const connection = await duckdb.connect(started().database)
        try {
          return { value: await during(id, connection, (): Promise<unknown> => (request.verb === 'write' ? write(connection, request) : writeParts(connection, request))) }
        } finally {
          duckdb.disconnect_sync(connection)
        }
      }
    }
  }

  return {
    work: (id, request) => {
      if (request.verb === 'interrupt') return Promise.resolve({ value: null })
      return carryOut(id, request)
    },
    interrupt: (work) => {
      const connection = working.get(work)
      if (connection !== undefined) duckdb.interrupt(connection)
    },
  }
}

// By `current_setting`, which is what statements are held to.
async function readSettings(connection: Connection, names: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const actual: Record<string, unknown> = {}
  for (const name of names) {
    const result = await duckdb.query(connection, `SELECT to_json(current_setting('${name.replaceAll("'", "''")}'))::VARCHAR`)
    actual[name] = JSON.parse(await onlyText(result)) as unknown
  }
  return actual
}

async function runAll(connection: Connection, statements: readonly string[]): Promise<void> {
  await duckdb.query(connection, 'BEGIN TRANSACTION')
  try {
    for (const statement of statements) await duckdb.query(connection, statement)
    await duckdb.query(connection, 'COMMIT')
  } catch (error) {
    await duckdb.query(connection, 'ROLLBACK')
    throw error
  }
}

/** More than any table has. */
const MOST_ELEMENTS = 100_000

async function elementsOf(connection: Connection, path: string): Promise<readonly ParquetElement[]> {
  const statement = await duckdb.prepare(connection, `SELECT name, field_id, num_children, coalesce(converted_type, '') || coalesce(logical_type, ''), duckdb_type FROM parquet_schema($1::VARCHAR) LIMIT ${MOST_ELEMENTS + 1}`)
  duckdb.bind_varchar(statement, 1, path)
  const rows = (await rowsOf(await duckdb.execute_prepared(statement))) as readonly (readonly [string, number | null, number | null, string, string | null])[]
  if (rows.length > MOST_ELEMENTS) throw new Error(`Invalid Input Error: a Parquet file has more than ${MOST_ELEMENTS} elements`)
  return rows.map(([name, fieldId, children, kind, type]) => ({
    name, children: children ?? 0, ...(fieldId !== null && { fieldId }), ...(/^LIST/iu.test(kind) && { kind: 'list' as const }), ...(/^MAP/iu.test(kind) && { kind: 'map' as const }), ...(type !== null && { type }),
  }))
}

const PARSE = 'SELECT json_serialize_sql($1::VARCHAR)::VARCHAR'

// Prepared once: to plan it takes longer than to parse most texts. INVARIANT: nobody else has it while one text is parsed.
const idleParsers = new WeakMap<Connection, PreparedStatement>()

async function parse(connection: Connection, sql: string): Promise<string> {
  const idle = idleParsers.get(connection)
  idleParsers.delete(connection)
  const statement = idle ?? (await duckdb.prepare(connection, PARSE))
  duckdb.bind_varchar(statement, 1, sql)
  const tree = await onlyText(await duckdb.execute_prepared(statement))
  if (idleParsers.has(connection)) duckdb.destroy_prepare_sync(statement)
  else idleParsers.set(connection, statement)
  // The engine prints the trees of SELECT statements only.
  if (tree.startsWith(PRINTED)) remember(printed, sql)
  return tree
}

const PRINTED = '{"error":false'

async function descriptionOf(connection: Connection, statement: PreparedStatement, sql: string): Promise<unknown> {
  const parameters = Array.from({ length: duckdb.nparams(statement) }, (_, i) => parameterType(statement, i + 1))
  const resolved = parameters.every(({ kind }) => kind !== 'other')
  const prepared = resolved ? preparedColumns(statement) : undefined
  return { columns: prepared ?? (await emptyColumns(connection, sql)), parameterTypes: parameters.map(spellType) }
}

/** Undefined where the engine knows them only when values are there, as with an argument that must be a constant. */
function preparedColumns(statement: PreparedStatement): readonly ResultColumn[] | undefined {
  const columns = Array.from({ length: duckdb.prepared_statement_column_count(statement) }, (_, i) => ({
    name: duckdb.prepared_statement_column_name(statement, i),
    type: columnTypeOf(duckdb.prepared_statement_column_logical_type(statement, i)),
  }))
  return columns.some(({ type }) => type.kind === 'other') ? undefined : columns.map(({ name, type }) => ({ name, type: spellType(type) }))
}

const WHOLE: ReadonlySet<string> = new Set(['tinyint', 'smallint', 'integer', 'bigint', 'utinyint', 'usmallint', 'uinteger', 'ubigint'])

// With a parameter of unknown type the engine does not know the columns before values are bound. Nulls bind to anything, but
// as digits of a rounding they make another type than a number does.
async function emptyColumns(connection: Connection, sql: string): Promise<readonly ResultColumn[]> {
  const statement = await duckdb.prepare(connection, `SELECT * FROM (\n${sql.replace(/;\s*$/u, '')}\n) LIMIT 0`)
  for (let i = 1; i <= duckdb.nparams(statement); i += 1) {
    if (WHOLE.has(parameterType(statement, i).kind)) duckdb.bind_int32(statement, i, 0)
    else duckdb.bind_null(statement, i)
  }
  const result = await duckdb.execute_prepared(statement)
  return columnsOf(result).map(({ name, logicalType }) => ({ name, type: spellType(columnTypeOf(logicalType)) }))
}

// The second fence, behind the gate: whatever got here, only one SELECT runs. It is asked of the parser, because already
// the preparation of some statements has effects (EXPORT DATABASE makes its folder).
async function selectOf(connection: Connection, sql: string): Promise<PreparedStatement> {
  if (!selects.has(sql)) {
    const { statement_count: count } = await duckdb.extract_statements(connection, sql)
    if (count > 1) throw new Error('Invalid Input Error: Cannot prepare multiple statements at once!')
    if (count === 1 && !printed.has(sql) && !(await parse(connection, sql)).startsWith(PRINTED)) throw new Error('Permission Error: only SELECT statements run here')
    if (count === 1) remember(selects, sql)
  }
  // A syntax error counts no statements; it is this that reports it.
  const statement = await duckdb.prepare(connection, sql)
  if (duckdb.prepared_statement_type(statement) === SELECT) return statement
  duckdb.destroy_prepare_sync(statement)
  throw new Error('Permission Error: only SELECT statements run here')
}

// What a text is does not change. `selects` are one SELECT, `printed` may be several.
const selects = new Set<string>()
const printed = new Set<string>()
function remember(texts: Set<string>, sql: string): void {
  if (sql.length > 20_000) return
  texts.add(sql)
  for (const oldest of texts) {
    if (texts.size <= 500) break
    texts.delete(oldest)
  }
}

// ResultType.INVALID: the result holds an error, whose text the bindings do not give.
const INVALID = 0

// StatementType.SELECT; a declared enum of the bindings has no value at run time.
const SELECT = 1

const columnsOf = (result: DuckResult) =>
  Array.from({ length: duckdb.column_count(result) }, (_, i) => ({
    name: duckdb.column_name(result, i),
    logicalType: duckdb.column_logical_type(result, i),
  }))

async function fetch(cursor: OpenCursor, wanted: number, part?: number): Promise<Done> {
  const { encoder } = cursor
  let rows = 0
  let done = false
  encoder.begin()
  while (rows < wanted && encoder.size() < BATCH_BYTES) {
    if (cursor.chunk === undefined) {
      const chunk = await duckdb.fetch_chunk(cursor.result)
      // The end of a stream is null or an empty chunk, and fetching on after an empty one never ends. A stream that broke
      // ends in the same way; only the result tells.
      if (chunk === null || duckdb.data_chunk_get_size(chunk) === 0) {
        if (duckdb.result_return_type(cursor.result) === INVALID) throw new Error(BROKEN_STREAM)
        done = true
        cursor.ended = true
        break
      }
      cursor.chunk = chunk
      cursor.row = 0
      encoder.look(chunk)
    }
    const size = duckdb.data_chunk_get_size(cursor.chunk)
    const encoded = encoder.encode(cursor.row, Math.min(size, cursor.row + wanted - rows), BATCH_BYTES)
    cursor.row += encoded
    rows += encoded
    if (cursor.row === size) cursor.chunk = undefined
  }
  const bytes = encoder.end()
  return part !== undefined && layDown(part, bytes) ? { value: { rows, done, laid: bytes.length } satisfies Fetched } : { value: { rows, done } satisfies Fetched, body: bytes }
}

async function write(connection: Connection, request: Extract<Request, { verb: 'write' }>): Promise<Copied> {
  const [row] = await copy(connection, request)
  const [, rows, bytes, , statistics] = row as CopyRow
  await syncFile(request.path)
  await syncFile(dirname(request.path))
  return { rows, bytes, statistics }
}

async function writeParts(connection: Connection, request: Extract<Request, { verb: 'write-partitioned' }>): Promise<readonly CopiedPart[]> {
  // No rows are no files, and then the engine makes no folder.
  await mkdir(request.folder, { recursive: true })
  const written = (await copy(connection, request)).map(([path, rows, bytes, , statistics, keys]): CopiedPart => ({ path, rows, bytes, statistics, keys: keys ?? {} }))
  for (const { path } of written) await syncFile(path)
  const folders = new Set([request.folder])
  for (const { path } of written) for (let at = dirname(path); at.startsWith(`${request.folder}/`); at = dirname(at)) folders.add(at)
  for (const folder of folders) await syncFile(folder)
  return written
}

/** What `RETURN_STATS` answers: path, rows, bytes, bytes of the footer, statistics, keys. */
type CopyRow = readonly [string, number, number, number, Copied['statistics'], CopiedPart['keys'] | null]

async function copy(connection: Connection, { query, copy: statementText, parameters }: Extract<Request, { verb: 'write' | 'write-partitioned' }>): Promise<readonly CopyRow[]> {
  duckdb.destroy_prepare_sync(await selectOf(connection, query))
  const statement = await duckdb.prepare(connection, statementText)
  bindParameters(statement, parameters)
  return (await rowsOf(await duckdb.execute_prepared(statement))) as readonly unknown[] as readonly CopyRow[]
}

async function syncFile(path: string): Promise<void> {
  const file = await openFile(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

async function onlyText(result: DuckResult): Promise<string> {
  return (await rowsOf(result))[0]?.[0] as string
}

// All rows, for answers that are known to be small.
async function rowsOf(result: DuckResult): Promise<readonly (readonly unknown[])[]> {
  const encoder = encoderOf({ kind: 'rows' }, columnsOf(result).map(({ name, logicalType }) => ({ name, type: columnTypeOf(logicalType) })))
  const rows: (readonly unknown[])[] = []
  for (;;) {
    const chunk = await duckdb.fetch_chunk(result)
    if (chunk === null || duckdb.data_chunk_get_size(chunk) === 0) return rows
    encoder.begin()
    encoder.look(chunk)
    encoder.encode(0, duckdb.data_chunk_get_size(chunk), Infinity)
    rows.push(...(JSON.parse(Buffer.from(encoder.end()).toString('utf8')) as readonly (readonly unknown[])[]))
  }
}
