// Which questions a column can be asked, by its Iceberg type.

import type { IcebergType } from '@tulle/engine'
import type { ColumnKind } from './types.ts'

export function kindOf(type: IcebergType): ColumnKind {
  if (typeof type !== 'string') return 'other'
  const [word = ''] = type.split(/[(<]/u, 1)
  if (['int', 'long', 'float', 'double', 'decimal'].includes(word)) return 'number'
  if (['date', 'time', 'timestamp', 'timestamptz', 'timestamp_ns', 'timestamptz_ns'].includes(word)) return 'time'
  return word === 'string' || word === 'uuid' ? 'text' : word === 'boolean' ? 'boolean' : 'other'
}

/** The number by which values are ordered and spread: seconds since 1970 of times. Null where there is none. */
export function numberSql(type: IcebergType, value: string): string {
  if (type === 'float' || type === 'double') return `CASE WHEN isfinite(${value}) THEN ${value}::DOUBLE END`
  if (kindOf(type) === 'number') return `${value}::DOUBLE`
  if (type === 'time') return `epoch(${value})`
  return `CASE WHEN isfinite(${value}) THEN epoch(${value}) END`
}
