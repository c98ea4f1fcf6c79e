// A data query (columns, filters, order, page) as SQL with parameters: values never become text of the statement.

import { unreachable } from '@tulle/kernel'
import { quoteIdentifier, quoteLiteral } from './quote.ts'

export interface DataQuery {
  readonly schema: string
  readonly table: string
  /** A version of it: a snapshot, branch or tag, or a time. */
  readonly at?: { readonly unit: 'version' | 'time'; readonly text: string }
  /** All columns where absent. */
  readonly columns?: readonly string[]
  readonly filters?: readonly QueryFilter[]
  readonly order?: readonly QueryOrder[]
  readonly limit?: number
  readonly offset?: number
}

export type QueryFilter =
  | { readonly column: string; readonly operator: 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'like' | 'ilike'; readonly value: QueryValue }
  | { readonly column: string; readonly operator: 'in' | 'not-in'; readonly values: readonly QueryValue[] }
  | { readonly column: string; readonly operator: 'is-null' | 'not-null' }

/** Text is converted by the engine to the column's type. */
export type QueryValue = string | number | boolean

export interface QueryOrder { readonly column: string; readonly descending?: boolean }

export interface SelectStatement { readonly text: string; readonly parameters: readonly QueryValue[] }

const OPERATORS = { eq: '=', ne: '<>', lt: '<', le: '<=', gt: '>', ge: '>=', like: 'LIKE', ilike: 'ILIKE' } as const

/** Pure. Whether the columns exist is the engine's to say; whether they may be read, the gate's and the policy's. */
export function selectStatement({ schema, table, at, columns, filters = [], order = [], limit, offset }: DataQuery): SelectStatement {
  const parameters: QueryValue[] = []
  const bound = (value: QueryValue): string => {
    parameters.push(value)
    return `$${parameters.length}`
  }
  const condition = (filter: QueryFilter): string => {
    const column = quoteIdentifier(filter.column)
    switch (filter.operator) {
      case 'is-null':
        return `${column} IS NULL`
      case 'not-null':
        return `${column} IS NOT NULL`
      case 'in':
        return filter.values.length === 0 ? 'false' : `${column} IN (${filter.values.map(bound).join(', ')})`
      case 'not-in':
        return filter.values.length === 0 ? 'true' : `${column} NOT IN (${filter.values.map(bound).join(', ')})`
      case 'eq': case 'ne': case 'lt': case 'le': case 'gt': case 'ge': case 'like': case 'ilike':
        return `${column} ${OPERATORS[filter.operator]} ${bound(filter.value)}`
      default:
        return unreachable(filter)
    }
  }
  const parts = [
    `SELECT ${columns === undefined ? '*' : columns.map(quoteIdentifier).join(', ')}`,
    `FROM ${quoteIdentifier(schema)}.${quoteIdentifier(table)}`,
    // The gate takes literals alone here.
    ...(at === undefined ? [] : [`AT (${at.unit === 'version' ? 'VERSION' : 'TIMESTAMP'} => ${quoteLiteral(at.text)})`]),
    ...(filters.length === 0 ? [] : [`WHERE ${filters.map(condition).join(' AND ')}`]),
    ...(order.length === 0 ? [] : [`ORDER BY ${order.map(({ column, descending }) => `${quoteIdentifier(column)} ${descending === true ? 'DESC' : 'ASC'}`).join(', ')}`]),
    ...(limit === undefined ? [] : [`LIMIT ${wholeNumber(limit)}`]),
    ...(offset === undefined ? [] : [`OFFSET ${wholeNumber(offset)}`]),
  ]
  return { text: parts.join(' '), parameters }
}

const wholeNumber = (value: number): string => String(Math.max(0, Math.min(Number.MAX_SAFE_INTEGER, Math.trunc(value) || 0)))
