// What the rows of a table look like in JSON, as the schemas of OpenAPI 3.1 and AsyncAPI 3 have it (JSON Schema 2020-12).

import type { Json } from '@tulle/kernel'
import { duckdbTypeOf, pgTypeOf } from '@tulle/engine'
import type { VisibleColumn, VisibleTable } from '../types.ts'

/** A row of a table as its reader sees it, in JSON. */
export function rowSchemaOf({ columns }: VisibleTable): Json {
  return {
    type: 'object',
    properties: Object.fromEntries(columns.map((column) => [column.name, schemaOf(column)])),
    required: columns.filter((column) => column.required && column.mask === undefined).map((column) => column.name),
  }
}

const JSON_TYPES: Readonly<Record<string, { readonly type: string; readonly format?: string }>> = {
  bool: { type: 'boolean' }, int2: { type: 'integer' }, int4: { type: 'integer', format: 'int32' }, int8: { type: 'integer', format: 'int64' }, float4: { type: 'number', format: 'float' },
  float8: { type: 'number', format: 'double' }, numeric: { type: 'number' }, text: { type: 'string' }, date: { type: 'string', format: 'date' }, time: { type: 'string', format: 'time' },
  timestamp: { type: 'string' }, timestamptz: { type: 'string', format: 'date-time' }, uuid: { type: 'string', format: 'uuid' }, bytea: { type: 'string', format: 'byte' }, json: { type: 'object' },
}

export function schemaOf(column: VisibleColumn): Json {
  const { name } = pgTypeOf(duckdbTypeOf(column.type))
  const item = JSON_TYPES[name.replace(/^_/, '')] ?? { type: 'string' }
  const base = name.startsWith('_') ? { type: 'array', items: item } : item
  const isThere = column.required && column.mask === undefined
  return { ...base, type: isThere ? base.type : [base.type, 'null'], ...(column.description !== undefined && { description: column.description }) }
}
