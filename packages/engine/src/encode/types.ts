// The nouns of encoding: what a column holds, and a vector of it laid open.

/** A column's type as the engine has it, laid open for encoders. */
export type ColumnType =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'decimal'; readonly width: number; readonly scale: number }
  | { readonly kind: 'enum'; readonly labels: readonly string[] }
  | { readonly kind: 'list'; readonly element: ColumnType }
  | { readonly kind: 'array'; readonly element: ColumnType; readonly size: number }
  | { readonly kind: 'struct'; readonly fields: readonly NamedType[] }
  | { readonly kind: 'map'; readonly key: ColumnType; readonly value: ColumnType }
  | { readonly kind: 'union'; readonly members: readonly NamedType[] }
  | { readonly kind: 'other'; readonly name: string }

export type ScalarKind =
  | 'null' | 'boolean'
  | 'tinyint' | 'smallint' | 'integer' | 'bigint' | 'utinyint' | 'usmallint' | 'uinteger' | 'ubigint' | 'hugeint' | 'uhugeint'
  | 'float' | 'double'
  | 'date' | 'time' | 'time_ns' | 'timetz' | 'timestamp' | 'timestamp_s' | 'timestamp_ms' | 'timestamp_ns' | 'timestamptz' | 'interval'
  | 'text' | 'json' | 'blob' | 'uuid' | 'bit'

export interface NamedType { readonly name: string; readonly type: ColumnType }

/** A result's column. */
export interface EncodedColumn { readonly name: string; readonly type: ColumnType }
