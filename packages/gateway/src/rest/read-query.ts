// The query part of a URL → data: columns, conditions, order, page, format. Everything wrong is reported at once. No
// text of it becomes SQL here or later: names are looked up, values become parameters.

import type { Diagnostic, Result } from '@tulle/kernel'
import type { IcebergType } from '@tulle/engine'
import type { VersionLiteral } from '@tulle/sql'
import { didYouMean, fail, ok, resultOf } from '@tulle/kernel'
import type { VisibleTable } from '../types.ts'
import type { DataFormat, DataRequest, Filter, FilterOperator, Order, ReadQuery } from './types.ts'
import { messages } from '../messages.ts'
import { FORMATS, OPERATORS } from './types.ts'

/** Words of the port itself; every other name in a query is a column. */
export const RESERVED = ['select', 'order', 'limit', 'cursor', 'format', 'purpose', 'snapshot', 'asOf'] as const

const MOST_JSON = 10_000
const DEFAULT_JSON = 1000
const MOST_ROWS = 1_000_000_000
const MOST_FILTERS = 100

/** What a word of the port stands for; the last one, where it is there several times. */
export const lastWord = ({ query }: Pick<DataRequest, 'query'>, word: (typeof RESERVED)[number]): string | undefined => query.findLast(([key]) => key === word)?.[1]

/** The version that a URL asks for: `snapshot=<id or tag>`, or `asOf=<time>`. */
export function versionOf(request: Pick<DataRequest, 'query'>): Result<VersionLiteral | undefined> {
  const [snapshot, asOf] = [lastWord(request, 'snapshot'), lastWord(request, 'asOf')]
  if (snapshot !== undefined && asOf !== undefined) return fail(messages['two-versions']({}))
  if (snapshot !== undefined) return ok({ unit: 'version', kind: 'text', text: snapshot })
  return ok(asOf === undefined ? undefined : { unit: 'time', kind: 'text', text: asOf })
}

/** `table` has the columns of the version that is read. */
export function readQuery({ query, accepts }: Pick<DataRequest, 'query' | 'accepts'>, table: Pick<VisibleTable, 'product' | 'dataSet'> & { readonly columns: readonly { readonly name: string; readonly type: IcebergType }[] }): Result<ReadQuery> {
  const diagnostics: Diagnostic[] = []
  const columns = table.columns.map((column) => column.name)
  const name = `${table.product.schema}.${table.dataSet.name}`
  const known = (column: string): boolean => {
    if (columns.includes(column)) return true
    diagnostics.push(messages['unknown-column']({ column: column.slice(0, 100), table: name, suggestion: didYouMean(column, columns) }))
    return false
  }
  const last = (word: (typeof RESERVED)[number]): string | undefined => lastWord({ query }, word)
  const typeOf = (column: string): IcebergType => table.columns.find((one) => one.name === column)?.type ?? 'string'

  const format = readFormat(last('format') ?? accepts ?? 'json', diagnostics)
  const select = (last('select') ?? '').split(',').map((column) => column.trim()).filter((column) => column !== '' && column !== '*')
  const filters = query.filter(([key]) => !RESERVED.some((word) => word === key)).flatMap(([column, text]): readonly Filter[] => {
    if (!known(column)) return []
    const filter = readFilter(column, text)
    if (filter === undefined) diagnostics.push(messages['bad-filter']({ text: `${column}=${text}`.slice(0, 200) }))
    else if (!operatorsOf(typeOf(column)).includes(filter.operator) || (filter.operator === 'is' && typeOf(column) !== 'boolean' && !filter.values[0]?.endsWith('null'))) {
      diagnostics.push(messages['wrong-operator']({ text: `${column}=${text}`.slice(0, 200), type: spelled(typeOf(column)), operators: operatorsOf(typeOf(column)) }))
      return []
    }
    return filter === undefined ? [] : [filter]
  })
  if (filters.length > MOST_FILTERS) diagnostics.push(messages['bad-filter']({ text: `${filters.length} conditions` }))
  return resultOf({
    select: select.length === 0 ? columns : select.filter(known),
    filters,
    order: readOrder(last('order') ?? '', known, diagnostics),
    limit: readLimit(last('limit'), format, diagnostics),
    cursor: last('cursor'),
    format,
  }, diagnostics)
}

const COMPARED = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'in', 'nin', 'is'] as const satisfies readonly FilterOperator[]

/** What a column of a type may be asked: texts by patterns too, what has no order only for being there. */
export function operatorsOf(type: IcebergType): readonly FilterOperator[] {
  if (typeof type !== 'string' || /[<[]/u.test(type)) return ['is']
  if (type === 'boolean') return ['eq', 'neq', 'in', 'nin', 'is']
  return type === 'string' ? OPERATORS : COMPARED
}

const spelled = (type: IcebergType): string => (typeof type === 'string' ? type : type.type)

function readFormat(text: string, diagnostics: Diagnostic[]): DataFormat {
  const format = FORMATS.find((known) => known === text.toLowerCase())
  if (format === undefined) diagnostics.push(messages['bad-format']({ format: text.slice(0, 50) }))
  return format ?? 'json'
}

function readFilter(column: string, text: string): Filter | undefined {
  const dot = text.indexOf('.')
  const operator = OPERATORS.find((known) => known === text.slice(0, dot))
  const value = text.slice(dot + 1)
  if (dot < 0 || operator === undefined || value.includes('\0')) return undefined
  const values = operator === 'in' || operator === 'nin' ? readList(value) : operator === 'is' ? readIs(value) : [value]
  return values === undefined ? undefined : { column, operator: operator as FilterOperator, values }
}

const readIs = (value: string): readonly string[] | undefined => (['null', 'notnull', 'true', 'false'].includes(value.toLowerCase()) ? [value.toLowerCase()] : undefined)

/** `(a,b,"c,d")`, where a quote inside quotes is doubled. */
function readList(text: string): readonly string[] | undefined {
  if (!text.startsWith('(') || !text.endsWith(')')) return undefined
  const items: string[] = []
  const item = /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/y
  const inner = text.slice(1, -1)
  for (;;) {
    const found = item.exec(inner)
    if (found === null) return undefined
    items.push(found[1]?.replaceAll('""', '"') ?? (found[2] as string).trim())
    if (found[3] === '') return items.length <= 1000 && item.lastIndex === inner.length ? items : undefined
    if (item.lastIndex === inner.length) return undefined
  }
}

function readOrder(text: string, known: (column: string) => boolean, diagnostics: Diagnostic[]): readonly Order[] {
  return text.split(',').map((part) => part.trim()).filter((part) => part !== '').flatMap((part): readonly Order[] => {
    const dot = part.lastIndexOf('.')
    const column = dot < 0 ? part : part.slice(0, dot)
    const direction = dot < 0 ? 'asc' : part.slice(dot + 1)
    if (direction !== 'asc' && direction !== 'desc') {
      diagnostics.push(messages['bad-order']({ text: part.slice(0, 100) }))
      return []
    }
    return known(column) ? [{ column, descending: direction === 'desc' }] : []
  })
}

function readLimit(text: string | undefined, format: DataFormat, diagnostics: Diagnostic[]): number | undefined {
  const maximum = format === 'json' ? MOST_JSON : MOST_ROWS
  if (text === undefined) return format === 'json' ? DEFAULT_JSON : undefined
  const limit = /^\d{1,10}$/.test(text) ? Number(text) : -1
  if (limit >= 0 && limit <= maximum) return limit
  diagnostics.push(messages['bad-limit']({ text: text.slice(0, 50), maximum }))
  return undefined
}
