// The OpenAPI 3.1 description of one product's REST data port, from what the reader may see of it.

import type { Json } from '@tulle/kernel'
import { duckdbTypeOf, pgTypeOf } from '@tulle/engine'
import type { VisibleColumn, VisibleTable } from '../types.ts'
import { RESERVED } from './read-query.ts'
import { FORMATS, OPERATORS } from './types.ts'

export interface DataPortDescription {
  /** Where the port is mounted, such as `/data/v1`. */
  readonly base: string
  /** Of the server, for `servers`; may be empty. */
  readonly url?: string
}

/** Describes the tables of one product; they are those of `Authorizer.visible`. */
export function dataPortOpenApi(tables: readonly VisibleTable[], { base, url }: DataPortDescription): Json {
  const product = tables[0]?.product
  return {
    openapi: '3.1.0',
    info: { title: product?.title ?? product?.name ?? 'Data', version: /@(\d+)$/.exec(product?.schema ?? '')?.[1] ?? '1', ...(product?.description !== undefined && { description: product.description }) },
    ...(url !== undefined && { servers: [{ url }] }),
    security: [{ bearer: [] }, { basic: [] }],
    paths: Object.fromEntries(tables.map((table) => [`${base}/${table.product.schema}/${table.dataSet.name}`, { get: operationOf(table) }])),
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' }, basic: { type: 'http', scheme: 'basic' } },
      schemas: { ...Object.fromEntries(tables.map((table) => [table.dataSet.name, rowOf(table)])), Problem: PROBLEM },
    },
  }
}

const PROBLEM: Json = { type: 'object', properties: { type: { type: 'string' }, title: { type: 'string' }, status: { type: 'integer' }, detail: { type: 'string' } } }

function operationOf({ dataSet, columns }: VisibleTable): Json {
  const row: Json = { $ref: `#/components/schemas/${dataSet.name}` }
  const refused = (description: string): Json => ({ description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } })
  return {
    operationId: `read_${dataSet.name}`,
    summary: dataSet.title ?? `Rows of ${dataSet.name}`,
    ...(dataSet.description !== undefined && { description: dataSet.description }),
    parameters: [
      parameter('select', 'Columns, separated by commas; all where absent.', columns.map((c) => c.name).slice(0, 2).join(',')),
      parameter('order', 'Columns with `.asc` or `.desc`, separated by commas.', `${columns[0]?.name ?? 'column'}.desc`),
      { name: 'limit', in: 'query', description: 'Rows of a page. JSON: 1000 where absent, 10000 at most.', schema: { type: 'integer', minimum: 0 } },
      parameter('cursor', 'The `next` of the page before.'),
      { name: 'format', in: 'query', description: 'Or by the Accept header.', schema: { type: 'string', enum: [...FORMATS], default: 'json' } },
      parameter('snapshot', 'A version by the id of its snapshot or by its tag; the current one where absent.'),
      parameter('asOf', 'What was published at a time.', '2026-01-31T12:00:00Z'),
      parameter('purpose', 'What the data is read for, where the account has several purposes.'),
      { ...parameter('X-Tulle-Purpose', 'The same as a header.'), in: 'header' },
      ...columns.filter(({ name }) => !RESERVED.some((word) => word === name)).map((column) => parameter(column.name, `Condition: \`operator.value\` with one of ${OPERATORS.join(', ')}.`)),
    ],
    responses: {
      200: {
        description: 'Rows that the reader may see.',
        headers: { 'Tulle-Next-Cursor': { description: 'The cursor of the next page.', schema: { type: 'string' } } },
        content: {
          'application/json': { schema: { type: 'object', required: ['rows', 'next'], properties: { rows: { type: 'array', items: row }, next: { type: ['string', 'null'] } } } },
          'application/x-ndjson': { schema: row },
          'text/csv': { schema: { type: 'string' } },
          'application/vnd.apache.parquet': { schema: { type: 'string', contentEncoding: 'binary' } },
        },
      },
      400: refused('A column, condition, order, page or format that does not exist.'),
      401: refused('Not signed in.'),
      403: refused('Not granted, with the reason and how to ask for it.'),
      404: refused('No such data set.'),
    },
  }
}

const parameter = (name: string, description: string, example?: string) => ({ name, in: 'query', description, schema: { type: 'string' }, ...(example !== undefined && { example }) })

function rowOf({ columns }: VisibleTable): Json {
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

function schemaOf(column: VisibleColumn): Json {
  const { name } = pgTypeOf(duckdbTypeOf(column.type))
  const item = JSON_TYPES[name.replace(/^_/, '')] ?? { type: 'string' }
  const base = name.startsWith('_') ? { type: 'array', items: item } : item
  const nullable = column.required && column.mask === undefined
  return { ...base, type: nullable ? base.type : [base.type, 'null'], ...(column.description !== undefined && { description: column.description }) }
}
