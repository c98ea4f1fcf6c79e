// What columns and parts of expressions are of, and which of them may be compared.

import type { Expression, Sort } from './types.ts'
import { cannot } from './types.ts'

/** A column of the row: Iceberg's name of its type, or undefined where it is nested or unknown. */
export interface RowColumn { readonly name: string; readonly type?: string | undefined }

const SORTS: Readonly<Record<string, Sort>> = { boolean: 'boolean', int: 'int', long: 'long', float: 'float', double: 'double', string: 'string', date: 'date', timestamp: 'timestamp', timestamptz: 'timestamptz', uuid: 'uuid' }

/** `decimal(9, 2)` → `decimal`. */
export function sortOf(type: string | undefined): Sort {
  const word = type?.split('(')[0] ?? ''
  return word === 'decimal' ? 'decimal' : Object.hasOwn(SORTS, word) ? (SORTS[word] ?? 'other') : 'other'
}

const WHOLE: ReadonlySet<Sort> = new Set(['int', 'long'])
const EXACT: ReadonlySet<Sort> = new Set(['int', 'long', 'decimal'])
export const isWhole = (sort: Sort): boolean => WHOLE.has(sort)
export const isExact = (sort: Sort): boolean => EXACT.has(sort)
/** They may be NaN, which the engine sorts and Trino does not. */
export const isFloating = (sort: Sort): boolean => sort === 'float' || sort === 'double'
export const isNumber = (sort: Sort): boolean => isExact(sort) || isFloating(sort)
export const isTime = (sort: Sort): boolean => sort === 'date' || sort === 'timestamp'

/** What branches and lists come to, where both sides may be shown as one. */
export function joined(a: Sort, b: Sort): Sort {
  if (a === 'null' || a === b) return b
  if (b === 'null') return a
  if (isNumber(a) && isNumber(b)) return isFloating(a) || isFloating(b) ? 'double' : a === 'decimal' || b === 'decimal' ? 'decimal' : 'long'
  return cannot(`${a} beside ${b}`)
}

const DATE = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/u
const TIMESTAMP = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:[ T](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?)?$/u

/** A text beside something that is no text is read by the engine as that; Trino wants to be told. */
export function typedLiteral(literal: Expression, beside: Sort): { readonly sql: string } | undefined {
  if (literal.kind !== 'string' && literal.kind !== 'typed') return undefined
  const { value } = literal
  const isDay = DATE.test(value) && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString().startsWith(value)
  if (beside === 'date' && isDay) return { sql: `DATE '${value}'` }
  if (beside === 'timestamp' && TIMESTAMP.test(value) && !Number.isNaN(Date.parse(value.slice(0, 10)))) return { sql: `TIMESTAMP '${isDay ? `${value} 00:00:00` : value.replace('T', ' ')}'` }
  if (beside === 'uuid' && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u.test(value)) return { sql: `UUID '${value}'` }
  return undefined
}
