// Binds parameters. Text goes to the type that the statement expects, because DuckDB does not compare a bound text with
// a number.

import duckdb from '@duckdb/node-bindings'
import type { PreparedStatement } from '@duckdb/node-bindings'
import { columnTypeOf } from '../encode/column-type.ts'
import type { ColumnType } from '../encode/types.ts'
import type { WireParameter } from './protocol.ts'

export function bindParameters(statement: PreparedStatement, parameters: readonly WireParameter[]): void {
  const wanted = duckdb.nparams(statement)
  if (parameters.length !== wanted) throw new Error(`Invalid Input Error: the statement has ${wanted} parameters, but ${parameters.length} values were given`)
  parameters.forEach((parameter, i) => bindParameter(statement, i + 1, parameter))
}

function bindParameter(statement: PreparedStatement, index: number, parameter: WireParameter): void {
  if (parameter === null) return duckdb.bind_null(statement, index)
  if (typeof parameter === 'boolean') return duckdb.bind_boolean(statement, index, parameter)
  if (typeof parameter === 'number') return Number.isSafeInteger(parameter) ? bindInteger(statement, index, BigInt(parameter)) : duckdb.bind_double(statement, index, parameter)
  if (typeof parameter === 'object') return bindInteger(statement, index, BigInt(parameter.integer))
  bindText(statement, index, parameter)
}

/** What the statement expects of a parameter; `UNKNOWN` where any type would do. */
export function parameterType(statement: PreparedStatement, index: number): ColumnType {
  // The engine knows no logical type where it could not resolve one.
  const resolved: number = duckdb.param_type(statement, index)
  return resolved === 0 ? { kind: 'other', name: 'UNKNOWN' } : columnTypeOf(duckdb.param_logical_type(statement, index))
}

const bindInteger = (statement: PreparedStatement, index: number, value: bigint): void =>
  BigInt.asIntN(32, value) === value ? duckdb.bind_int32(statement, index, Number(value))
    : BigInt.asIntN(64, value) === value ? duckdb.bind_int64(statement, index, value)
      : duckdb.bind_hugeint(statement, index, value)

function bindText(statement: PreparedStatement, index: number, text: string): void {
  const { kind } = parameterType(statement, index)
  switch (kind) {
    case 'tinyint': case 'smallint': case 'integer': case 'bigint': case 'utinyint': case 'usmallint': case 'uinteger': case 'ubigint': case 'hugeint': case 'uhugeint':
      if (!/^\s*[+-]?\d{1,39}\s*$/u.test(text)) throw new Error('Conversion Error: Could not convert string to INT64')
      return bindInteger(statement, index, BigInt(text))
    default:
      duckdb.bind_varchar(statement, index, text)
  }
}
