// Answers a REST data query: a table under the reader's rights, as a stream of bytes in the format asked for. The same
// gate, policy and engine as for SQL; a page continues only in the snapshot that it began in.

import type { Result } from '@tulle/kernel'
import type { SourceColumn } from '@tulle/engine'
import type { QueryFilter, SelectStatement, VersionLiteral } from '@tulle/sql'
import { fail, ok, unreachable } from '@tulle/kernel'
import { selectStatement } from '@tulle/sql'
import type { Authorizer } from '../authorize.ts'
import type { Asker, Governor, ServedSnapshot, VisibleTable } from '../types.ts'
import type { Cursor } from './cursors.ts'
import type { DataAnswer, DataFormat, DataRequest, Filter, ReadQuery } from './types.ts'
import type { Sightings, Standing } from './validators.ts'
import { messages } from '../messages.ts'
import { columnsAt } from '../governed-relations.ts'
import { readTableVersion } from '../table-version.ts'
import { bodyOf, jsonOf } from './bodies.ts'
import { markOf, printCursor, readCursor } from './cursors.ts'
import { lastWord, readQuery, versionOf } from './read-query.ts'
import { etagOf, isStillGood, lastModified, standingAt } from './validators.ts'

export interface DataQueryOptions {
  readonly governor: Governor
  readonly authorizer: Authorizer
  /** Without it no answer says since when it is so. */
  readonly sightings?: Sightings
}

export const CONTENT_TYPES: Readonly<Record<DataFormat, string>> = {
  json: 'application/json; charset=utf-8', ndjson: 'application/x-ndjson; charset=utf-8', csv: 'text/csv; charset=utf-8; header=present',
  arrow: 'application/vnd.apache.arrow.stream', parquet: 'application/vnd.apache.parquet',
}

export async function dataQuery(request: DataRequest, options: DataQueryOptions): Promise<Result<DataAnswer>> {
  const asked = await askedFor(request, options)
  if (!asked.ok) return asked
  const { query, snapshot, offset, mark } = asked.value
  const validators = validated(request, asked.value)
  const { limit, format } = query
  const answer = { format, contentType: CONTENT_TYPES[format], snapshot: snapshot.id, ...validators.told }
  if (validators.isUnchanged) return ok({ ...answer, columns: [], isUnchanged: true, body: nothing() })

  const { text, parameters } = statementOf(asked.value, request)
  const statement = await options.governor.prepare(request.who, text, 'rest')
  if (!statement.ok) return statement
  const next = limit === undefined || limit === 0 ? undefined : printCursor({ mark, offset: offset + limit, snapshot: snapshot.id })
  const described = { ...answer, columns: statement.value.columns, ...(next !== undefined && { next }) }
  if (format !== 'json') {
    const body = await bodyOf(statement.value, { format, parameters, signal: request.signal })
    return body.ok ? ok({ ...described, body: body.value }) : body
  }
  const opened = await statement.value.open({ parameters, encoding: { kind: 'ndjson' }, signal: request.signal })
  return opened.ok ? ok({ ...described, body: jsonOf(opened.value, request.signal, limit ?? 0, next) }) : opened
}

/** The one SELECT that answers it. */
export function statementOf({ query, at, shown, offset }: Asked, { product, dataSet }: Pick<DataRequest, 'product' | 'dataSet'>): SelectStatement {
  const { select, filters, limit } = query
  return selectStatement({
    schema: product, table: dataSet, ...(at !== undefined && { at }), columns: select, filters: filters.map(toFilter), order: orderOf(query, shown),
    ...(limit !== undefined && { limit }), ...(offset > 0 && { offset }),
  })
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

export interface Asked {
  readonly asker: Asker
  readonly table: VisibleTable
  readonly snapshot: ServedSnapshot
  /** The version that is read, where it is not the current one. */
  readonly at?: VersionLiteral
  readonly shown: readonly ShownColumn[]
  readonly query: ReadQuery
  readonly offset: number
  readonly mark: string
  readonly standing: Standing
  /** Equal for the same question of somebody who sees the same of the same snapshot. */
  readonly etag: string
  /** Since when it is so. */
  readonly since?: number
}

/** What is asked, decided for whoever asks, at the snapshot that answers it. */
export async function askedFor(request: DataRequest, { authorizer, sightings }: Omit<DataQueryOptions, 'governor'>): Promise<Result<Asked>> {
  const who = await request.who()
  if (!who.ok) return who
  const tables = await authorizer.authorize(who.value, [{ schema: request.product, name: request.dataSet }])
  if (!tables.ok) return tables
  const table = tables.value[0] as VisibleTable
  const named = versionOf(request)
  if (!named.ok) return named
  const cursor = cursorOf(request)
  if (!cursor.ok) return cursor
  const found = await snapshotOf(authorizer, table, named.value, cursor.value)
  if (!found.ok) return found
  const { snapshot, at } = found.value
  const shown = columnsOf(table, snapshot)
  if (!shown.ok) return shown
  const query = readQuery(request, { ...table, columns: shown.value })
  if (!query.ok) return query
  const mark = markOf(query.value, snapshot.id)
  if (cursor.value !== undefined && cursor.value.mark !== mark) return fail(messages['bad-cursor']({}))
  const standing = await standingAt(authorizer, table, snapshot.id)
  if (!standing.ok) return standing
  const since = sightings?.since(who.value, table, standing.value.of)
  return ok({
    asker: who.value, table, snapshot, ...(at !== undefined && { at }), shown: shown.value, query: query.value, mark, offset: cursor.value?.offset ?? 0,
    standing: standing.value, etag: etagOf(standing.value, query.value), ...(since !== undefined && { since }),
  })
}

function validated({ held }: DataRequest, { standing, etag, since }: Asked): { readonly told: Pick<DataAnswer, 'etag' | 'changedAt'>; readonly isUnchanged: boolean } {
  if (!standing.isLasting) return { told: {}, isUnchanged: false }
  return {
    told: { etag, ...(since !== undefined && { changedAt: lastModified(since) }) },
    isUnchanged: held !== undefined && isStillGood(held, etag, since ?? Infinity),
  }
}

function cursorOf(request: DataRequest): Result<Cursor | undefined> {
  const text = lastWord(request, 'cursor')
  if (text === undefined) return ok(undefined)
  const cursor = readCursor(text)
  return cursor === undefined ? fail(messages['bad-cursor']({})) : ok(cursor)
}

/** The snapshot that is named; else the one that a cursor's first page was of; else the current one. */
async function snapshotOf(authorizer: Authorizer, table: VisibleTable, named: VersionLiteral | undefined, cursor: Cursor | undefined): Promise<Result<Pick<Asked, 'snapshot' | 'at'>>> {
  const version = named === undefined ? ok(undefined) : readTableVersion(named)
  if (!version.ok) return version
  const snapshot = await authorizer.snapshot(table, version.value)
  if (!snapshot.ok) return snapshot
  if (named !== undefined) return ok({ snapshot: snapshot.value, at: named })
  if (cursor === undefined || cursor.snapshot === snapshot.value.id) return ok({ snapshot: snapshot.value })
  const then = await authorizer.snapshot(table, { kind: 'snapshot', id: cursor.snapshot })
  return then.ok ? ok({ snapshot: then.value, at: { unit: 'version', kind: 'text', text: cursor.snapshot } }) : fail(messages['bad-cursor']({}))
}

export interface ShownColumn extends Pick<SourceColumn, 'name' | 'type' | 'fieldId'> { readonly primaryKey?: boolean }

/** The columns of what is read, and which of them are the key: an older version is asked about by its own names. */
function columnsOf(table: VisibleTable, snapshot: ServedSnapshot): Result<readonly ShownColumn[]> {
  const shown = columnsAt(table, snapshot)
  if (!shown.ok) return shown
  const keys = new Set(table.columns.filter((column) => column.primaryKey === true).map(({ fieldId }) => fieldId))
  return ok(shown.value.columns.map(({ name, type, fieldId }) => ({ name, type, fieldId, ...(keys.has(fieldId) && { primaryKey: true }) })))
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
    case 'like': case 'ilike':
      return { column, operator, value: value.replaceAll('*', '%') }
    case 'in':
      return { column, operator: 'in', values }
    case 'nin':
      return { column, operator: 'not-in', values }
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
