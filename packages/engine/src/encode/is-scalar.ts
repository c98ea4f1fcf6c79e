// Which types PostgreSQL has an array of.

import type { ColumnType } from './types.ts'

/** True for types that are not made of others. */
export const isScalar = (type: ColumnType): boolean => !['list', 'array', 'struct', 'map', 'union', 'other'].includes(type.kind)
