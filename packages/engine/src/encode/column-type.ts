// DuckDB's logical types as data, and their spelling in SQL.

import duckdb from '@duckdb/node-bindings'
import type { LogicalType } from '@duckdb/node-bindings'
import type { ColumnType, NamedType, ScalarKind } from './types.ts'

// By DuckDB's type ids (duckdb.h); the declared enum of the bindings has no value at run time.
const SCALARS: Readonly<Record<number, ScalarKind>> = {
  1: 'boolean', 2: 'tinyint', 3: 'smallint', 4: 'integer', 5: 'bigint', 6: 'utinyint', 7: 'usmallint', 8: 'uinteger', 9: 'ubigint',
  10: 'float', 11: 'double', 12: 'timestamp', 13: 'date', 14: 'time', 15: 'interval', 16: 'hugeint', 17: 'text', 18: 'blob',
  20: 'timestamp_s', 21: 'timestamp_ms', 22: 'timestamp_ns', 27: 'uuid', 29: 'bit', 30: 'timetz', 31: 'timestamptz', 32: 'uhugeint',
  36: 'null', 39: 'time_ns',
}
const DECIMAL = 19
const ENUM = 23
const LIST = 24
const STRUCT = 25
const MAP = 26
const UNION = 28
const ARRAY = 33
const OTHERS: Readonly<Record<number, string>> = { 0: 'UNKNOWN', 34: 'ANY', 35: 'BIGNUM', 40: 'GEOMETRY', 41: 'VARIANT' }

/** Lays a logical type open. */
export function columnTypeOf(type: LogicalType): ColumnType {
  const id: number = duckdb.get_type_id(type)
  const scalar = SCALARS[id]
  if (scalar === 'text' && duckdb.logical_type_get_alias(type) === 'JSON') return { kind: 'json' }
  if (scalar !== undefined) return { kind: scalar }
  switch (id) {
    case DECIMAL:
      return { kind: 'decimal', width: duckdb.decimal_width(type), scale: duckdb.decimal_scale(type) }
    case ENUM:
      return { kind: 'enum', labels: Array.from({ length: duckdb.enum_dictionary_size(type) }, (_, i) => duckdb.enum_dictionary_value(type, i)) }
    case LIST:
      return { kind: 'list', element: columnTypeOf(duckdb.list_type_child_type(type)) }
    case ARRAY:
      return { kind: 'array', element: columnTypeOf(duckdb.array_type_child_type(type)), size: duckdb.array_type_array_size(type) }
    case STRUCT:
      return {
        kind: 'struct',
        fields: Array.from({ length: duckdb.struct_type_child_count(type) }, (_, i) => ({
          name: duckdb.struct_type_child_name(type, i),
          type: columnTypeOf(duckdb.struct_type_child_type(type, i)),
        })),
      }
    case MAP:
      return { kind: 'map', key: columnTypeOf(duckdb.map_type_key_type(type)), value: columnTypeOf(duckdb.map_type_value_type(type)) }
    case UNION:
      return {
        kind: 'union',
        members: Array.from({ length: duckdb.union_type_member_count(type) }, (_, i) => ({
          name: duckdb.union_type_member_name(type, i),
          type: columnTypeOf(duckdb.union_type_member_type(type, i)),
        })),
      }
    default:
      return { kind: 'other', name: OTHERS[id] ?? 'UNKNOWN' }
  }
}

const SPELLINGS: Partial<Record<ScalarKind, string>> = {
  null: '"NULL"', text: 'VARCHAR', timestamptz: 'TIMESTAMP WITH TIME ZONE', timetz: 'TIME WITH TIME ZONE',
}

/** The type as SQL spells it, the way DuckDB's own DESCRIBE does. */
export function spellType(type: ColumnType): string {
  switch (type.kind) {
    case 'decimal':
      return `DECIMAL(${type.width},${type.scale})`
    case 'enum':
      return `ENUM(${type.labels.map((label) => `'${label.replaceAll("'", "''")}'`).join(', ')})`
    case 'list':
      return `${spellType(type.element)}[]`
    case 'array':
      return `${spellType(type.element)}[${type.size}]`
    case 'struct':
      return `STRUCT(${type.fields.map(spellMember).join(', ')})`
    case 'map':
      return `MAP(${spellType(type.key)}, ${spellType(type.value)})`
    case 'union':
      return `UNION(${type.members.map(spellMember).join(', ')})`
    case 'other':
      return type.name
    default:
      return SPELLINGS[type.kind] ?? type.kind.toUpperCase()
  }
}

const spellMember = ({ name, type }: NamedType): string => `"${name.replaceAll('"', '""')}" ${spellType(type)}`
