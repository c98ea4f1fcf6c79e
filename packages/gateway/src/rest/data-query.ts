// Answers a REST data query: a table under the reader's rights, as a stream of bytes in the format asked for. The same
// gate, policy and engine as for SQL; a page continues only in the snapshot that it began in.

import type { Diagnostic, Result } from '@tulle/kernel'
import type { SourceColumn } from '@tulle/engine'
import type { QueryFilter } from '@tulle/sql'
import { createReadStream } from 'node:fs'
import { fail, fingerprintOf, ok, unreachable } from '@tulle/kernel'
import { selectStatement } from '@tulle/sql'
import type { Authorizer } from '../authorize.ts'
import type { GovernedRows, GovernedStatement, Governor, ServedSnapshot, VisibleTable } from '../types.ts'
import type { DataAnswer, DataFormat, DataRequest, Filter, ReadQuery } from './types.ts'
import { messages } from '../messages.ts'
import { columnsAt } from '../governed-relations.ts'
import { readTableVersion } from '../table-version.ts'
import { readQuery, versionOf } from './read-query.ts'

export interface DataQueryOptions {
  readonly governor: Governor
  readonly authorizer: Authorizer
}

/** What a stream ends with that had begun when it failed, so that the server cuts the connection instead of ending it well. */
export class DataStopped extends Error {
  readonly diagnostics: readonly Diagnostic[]
  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map((d) => d.message).join(' '))
    this.name = 'DataStopped'
    this.diagnostics = diagnostics
  }
}

export const CONTENT_TYPES: Readonly<Record<DataFormat, string>> = {
  json: 'application/json; charset=utf-8', ndjson: 'application/x-ndjson; charset=utf-8', csv: 'text/csv; charset=utf-8; header=present', parquet: 'application/vnd.apache.parquet',
}

const BATCH = 5000

export async function dataQuery(request: DataRequest, { governor, authorizer }: DataQueryOptions): Promise<Result<DataAnswer>> {
  const asked = await request.who()
  if (!asked.ok) return asked
  const tables = await authorizer.authorize(asked.value, [{ schema: request.product, name: request.dataSet }])
  if (!tables.ok) return tables
  const table = tables.value[0] as VisibleTable
  const at = versionOf(request)
  if (!at.ok) return at
  const version = at.value === undefined ? ok(undefined) : readTableVersion(at.value)
  if (!version.ok) return version
  const snapshot = await authorizer.snapshot(table, version.value)
  if (!snapshot.ok) return snapshot
  const shown = columnsOf(table, snapshot.value)
  if (!shown.ok) return shown
  const query = readQuery(request, { ...table, columns: shown.value })
  if (!query.ok) return query
  const { limit, format } = query.value
  const mark = markOf(query.value, snapshot.value.id)
  const offset = query.value.cursor === undefined ? 0 : readCursor(query.value.cursor, mark)
  if (offset === undefined) return fail(messages['bad-cursor']({}))

  const { text, parameters } = selectStatement({
    schema: request.product, table: request.dataSet, ...(at.value !== undefined && { at: at.value }), columns: query.value.select, filters: query.value.filters.map(toFilter), order: orderOf(query.value, shown.value),
    ...(limit !== undefined && { limit }), ...(offset > 0 && { offset }),
  })
  const statement = await governor.prepare(request.who, text, 'rest')
  if (!statement.ok) return statement
  const next = limit === undefined || limit === 0 ? undefined : printCursor(offset + limit, mark)
  const answer = { format, contentType: CONTENT_TYPES[format], snapshot: snapshot.value.id, columns: statement.value.columns, ...(next !== undefined && { next }) }
  if (format === 'parquet') {
    const body = await parquetOf(statement.value, parameters, request.signal)
    return body.ok ? ok({ ...answer, body: body.value }) : body
  }
  const opened = await statement.value.open({ parameters, encoding: { kind: format === 'csv' ? 'csv' : 'ndjson' }, signal: request.signal })
  if (!opened.ok) return opened
  const rows = opened.value
  switch (format) {
    case 'json':
      return ok({ ...answer, body: jsonOf(rows, request.signal, limit ?? 0, next) })
    case 'ndjson':
      return ok({ ...answer, body: linesOf(rows, request.signal) })
    case 'csv':
      return ok({ ...answer, body: linesOf(rows, request.signal, `${rows.columns.map((c) => csvName(c.name)).join(',')}\n`) })
    default:
      return unreachable(format)
  }
}

interface ShownColumn extends Pick<SourceColumn, 'name' | 'type'> { readonly primaryKey?: boolean }

/** The columns of what is read, and which of them are the key: an older version is asked about by its own names. */
function columnsOf(table: VisibleTable, snapshot: ServedSnapshot): Result<readonly ShownColumn[]> {
  const shown = columnsAt(table, snapshot)
  if (!shown.ok) return shown
  const keys = new Set(table.columns.filter((column) => column.primaryKey === true).map(({ fieldId }) => fieldId))
  return ok(shown.value.columns.map(({ name, type, fieldId }) => ({ name, type, ...(keys.has(fieldId) && { primaryKey: true }) })))
}

function toFilter({ column, operator, values }: Filter): QueryFilter {
  const [value = ''] = values
  switch (operator) {
    case 'eq':
      return { column, operator: 'eq', value }
    case 'neq':
      return { column, operator: 'ne', value }
    case 'gt':
      return { column, operator: 'gt', value }
    case 'gte':
      return { column, operator: 'ge', value }
    case 'lt':
      return { column, operator: 'lt', value }
    case 'lte':
      return { column, operator: 'le', value }
    case 'like':
      return { column, operator: 'like', value: value.replaceAll('*', '%') }
    case 'in':
      return { column, operator: 'in', values }
    case 'is':
      return value === 'null' ? { column, operator: 'is-null' } : value === 'notnull' ? { column, operator: 'not-null' } : { column, operator: 'eq', value: value === 'true' }
    default:
      return unreachable(operator)
  }
}

// Pages need rows that stand in one order, so equal ones are told apart by the key, or by everything that can be sorted.
function orderOf({ order, limit, cursor }: ReadQuery, columns: readonly ShownColumn[]) {
  if (order.length === 0 && limit === undefined && cursor === undefined) return []
  const key = columns.filter((column) => column.primaryKey === true)
  const rest = order.length === 0 ? key : key.length > 0 ? key : columns.filter((column) => typeof column.type === 'string' && !/[<[]/.test(column.type))
  const asked = new Set(order.map(({ column }) => column))
  return [...order, ...rest.filter(({ name }) => !asked.has(name)).map(({ name }) => ({ column: name, descending: false }))]
}

// A cursor is good for the same question on the same snapshot, and says nothing but how far it came.
const markOf = ({ select, filters, order }: ReadQuery, snapshot: string): string =>
  fingerprintOf({ select, snapshot, filters: filters.map((f) => [f.column, f.operator, ...f.values]), order: order.map((o) => [o.column, o.descending]) }).slice(0, 16)
const printCursor = (offset: number, mark: string): string => Buffer.from(`${mark}${offset.toString(36)}`).toString('base64url')
function readCursor(cursor: string, mark: string): number | undefined {
  const text = Buffer.from(cursor, 'base64url').toString('latin1')
  const offset = /^[0-9a-z]{1,10}$/.test(text.slice(16)) ? Number.parseInt(text.slice(16), 36) : Number.NaN
  return text.startsWith(mark) && Number.isSafeInteger(offset) ? offset : undefined
}

async function* linesOf(rows: GovernedRows, signal: AbortSignal, header?: string): AsyncGenerator<Uint8Array> {
  try {
    if (header !== undefined) yield Buffer.from(header)
    for (let done = false; !done; ) {
      const batch = await rows.fetch(BATCH, signal)
      if (!batch.ok) throw new DataStopped(batch.diagnostics)
      if (batch.value.bytes.length > 0) yield batch.value.bytes
      done = batch.value.done
    }
  } finally {
    await rows.close()
  }
}

/** `{"rows":[…],"next":"…"}`: a page that is not full is the last one. */
async function* jsonOf(rows: GovernedRows, signal: AbortSignal, limit: number, next: string | undefined): AsyncGenerator<Uint8Array> {
  let count = 0
  try {
    yield Buffer.from('{"rows":[')
    for (let done = false; !done; ) {
      const batch = await rows.fetch(BATCH, signal)
      if (!batch.ok) throw new DataStopped(batch.diagnostics)
      if (batch.value.rows > 0) {
        if (count > 0) yield Buffer.from(',')
        yield commasForLines(batch.value.bytes)
      }
      count += batch.value.rows
      done = batch.value.done
    }
    yield Buffer.from(`],"next":${next !== undefined && count >= limit ? JSON.stringify(next) : 'null'}}`)
  } finally {
    await rows.close()
  }
}

// JSON writes a line break inside a text as \n, so every real one ends a row.
function commasForLines(lines: Uint8Array): Uint8Array {
  const bytes = Buffer.from(lines.subarray(0, lines.at(-1) === 0x0a ? -1 : undefined))
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) bytes[at] = 0x2c
  return bytes
}

async function parquetOf(statement: GovernedStatement, parameters: readonly (string | number | boolean)[], signal: AbortSignal): Promise<Result<AsyncIterable<Uint8Array>>> {
  const written = await statement.write({ parameters, signal })
  if (!written.ok) return written
  return ok((async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* createReadStream(written.value.file.path) as AsyncIterable<Uint8Array>
    } finally {
      await written.value.remove()
    }
  })())
}

const csvName = (name: string): string => (/[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)
