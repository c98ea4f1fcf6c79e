// The engine's spelling of a type, read back as far as describing a column needs it.

import type { ColumnType, ScalarKind } from './encode/types.ts'

const SCALARS: Readonly<Record<string, ScalarKind>> = {
  '"NULL"': 'null', BOOLEAN: 'boolean', TINYINT: 'tinyint', SMALLINT: 'smallint', INTEGER: 'integer', BIGINT: 'bigint',
  UTINYINT: 'utinyint', USMALLINT: 'usmallint', UINTEGER: 'uinteger', UBIGINT: 'ubigint', HUGEINT: 'hugeint', UHUGEINT: 'uhugeint',
  FLOAT: 'float', DOUBLE: 'double', DATE: 'date', TIME: 'time', TIME_NS: 'time_ns', 'TIME WITH TIME ZONE': 'timetz', TIMESTAMP: 'timestamp',
  TIMESTAMP_S: 'timestamp_s', TIMESTAMP_MS: 'timestamp_ms', TIMESTAMP_NS: 'timestamp_ns', 'TIMESTAMP WITH TIME ZONE': 'timestamptz',
  INTERVAL: 'interval', VARCHAR: 'text', JSON: 'json', BLOB: 'blob', UUID: 'uuid', BIT: 'bit',
}

/** Nested types keep their kind and element, not their fields: nobody describes those. */
export function parseType(text: string): ColumnType {
  const list = /^(?<element>.*)\[(?<size>\d*)\]$/su.exec(text)?.groups
  if (list !== undefined) {
    const element = parseType(list['element'] as string)
    return list['size'] === '' ? { kind: 'list', element } : { kind: 'array', element, size: Number(list['size']) }
  }
  const decimal = /^DECIMAL\((?<width>\d+),(?<scale>\d+)\)$/u.exec(text)?.groups
  if (decimal !== undefined) return { kind: 'decimal', width: Number(decimal['width']), scale: Number(decimal['scale']) }
  if (text.startsWith('STRUCT(')) return { kind: 'struct', fields: [] }
  if (text.startsWith('UNION(')) return { kind: 'union', members: [] }
  if (text.startsWith('MAP(')) return { kind: 'map', key: { kind: 'text' }, value: { kind: 'text' } }
  if (text.startsWith('ENUM(')) return { kind: 'enum', labels: [] }
  const scalar = SCALARS[text]
  return scalar === undefined ? { kind: 'other', name: text } : { kind: scalar }
}
