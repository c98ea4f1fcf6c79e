// Which PostgreSQL type a column is announced as. What PostgreSQL has no type for is json (nested) or text.

import { parseType } from './parse-type.ts'
import type { ColumnType } from './encode/types.ts'

/** A column's description in RowDescription: `typmod` is -1 where the type takes none. */
export interface PgType { readonly oid: number; readonly arrayOid: number; readonly size: number; readonly typmod: number; readonly name: string }

const pgType = (name: string, oid: number, arrayOid: number, size: number, typmod = -1): PgType => ({ name, oid, arrayOid, size, typmod })

const TEXT = pgType('text', 25, 1009, -1)
const JSON_TYPE = pgType('json', 114, 199, -1)
const INT2 = pgType('int2', 21, 1005, 2)
const INT4 = pgType('int4', 23, 1007, 4)
const INT8 = pgType('int8', 20, 1016, 8)
const NUMERIC = pgType('numeric', 1700, 1231, -1)
const TIME = pgType('time', 1083, 1183, 8)
const TIMESTAMP = pgType('timestamp', 1114, 1115, 8)

const SCALARS: { readonly [Kind in ColumnType['kind']]?: PgType } = {
  null: TEXT, text: TEXT, enum: TEXT, other: TEXT, json: JSON_TYPE, struct: JSON_TYPE, map: JSON_TYPE, union: JSON_TYPE,
  boolean: pgType('bool', 16, 1000, 1),
  tinyint: INT2, utinyint: INT2, smallint: INT2, usmallint: INT4, integer: INT4, uinteger: INT8, bigint: INT8,
  ubigint: NUMERIC, hugeint: NUMERIC, uhugeint: NUMERIC,
  float: pgType('float4', 700, 1021, 4), double: pgType('float8', 701, 1022, 8),
  date: pgType('date', 1082, 1182, 4), time: TIME, time_ns: TIME, timetz: pgType('timetz', 1266, 1270, 12),
  timestamp: TIMESTAMP, timestamp_s: TIMESTAMP, timestamp_ms: TIMESTAMP, timestamp_ns: TIMESTAMP,
  timestamptz: pgType('timestamptz', 1184, 1185, 8), interval: pgType('interval', 1186, 1187, 16),
  blob: pgType('bytea', 17, 1001, -1), uuid: pgType('uuid', 2950, 2951, 16), bit: TEXT,
}

/** Takes the engine's spelling (`DECIMAL(9,2)`, `INTEGER[]`) or the type laid open. An unknown spelling is text. */
export function pgTypeOf(type: string | ColumnType): PgType {
  const open = typeof type === 'string' ? parseType(type) : type
  if (open.kind === 'decimal') return { ...NUMERIC, typmod: ((open.width << 16) | open.scale) + 4 }
  if (open.kind === 'list' || open.kind === 'array') return arrayOf(pgTypeOf(open.element), open.element)
  return SCALARS[open.kind] ?? TEXT
}

const arrayOf = (item: PgType, element: ColumnType): PgType =>
  ['list', 'array', 'struct', 'map', 'union', 'other'].includes(element.kind)
    ? JSON_TYPE
    : { name: `_${item.name}`, oid: item.arrayOid, arrayOid: 0, size: -1, typmod: item.typmod }
