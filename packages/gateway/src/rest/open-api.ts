// The OpenAPI 3.1 description of one product's REST data port, from what the reader may see of it.

import type { Json } from '@tulle/kernel'
import type { VisibleColumn, VisibleTable } from '../types.ts'
import { operatorsOf, RESERVED } from './read-query.ts'
import { rowSchemaOf, schemaOf } from './row-schema.ts'
import { FORMATS } from './types.ts'

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
    paths: Object.fromEntries(tables.flatMap((table) => {
      const path = `${base}/${table.product.schema}/${table.dataSet.name}`
      const key = keyOf(table)
      return [[path, { get: operationOf(table) }], ...(key === undefined ? [] : [[`${path}/rows/${key.map(({ name }) => `{${name}}`).join('/')}`, { get: rowOperationOf(table, key) }]])]
    })),
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' }, basic: { type: 'http', scheme: 'basic' } },
      schemas: { ...Object.fromEntries(tables.map((table) => [table.dataSet.name, rowSchemaOf(table)])), Problem: PROBLEM },
    },
  }
}

const PROBLEM: Json = { type: 'object', properties: { type: { type: 'string' }, title: { type: 'string' }, status: { type: 'integer' }, detail: { type: 'string' } } }

/** The columns that a row is named by; undefined where there are none, or the reader does not see them all. */
function keyOf({ dataSet, columns }: VisibleTable): readonly VisibleColumn[] | undefined {
  const names = dataSet.columns.filter(({ primaryKey }) => primaryKey === true).map(({ name }) => name)
  const key = names.flatMap((name) => columns.filter((column) => column.name === name))
  return names.length > 0 && key.length === names.length ? key : undefined
}

const refused = (description: string): Json => ({ description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } })

const REFUSALS: Readonly<Record<string, Json>> = {
  304: { description: 'The copy that `If-None-Match` or `If-Modified-Since` speaks of is still good.' },
  400: refused('A column, condition, order, page or format that does not exist.'),
  401: refused('Not signed in.'),
  403: refused('Not granted, with the reason and how to ask for it.'),
  404: refused('No such data set, version or row.'),
  406: refused('The Accept header takes none of the formats.'),
}

const VALIDATORS: Readonly<Record<string, Json>> = {
  'Tulle-Snapshot': { description: 'Whose rows they are.', schema: { type: 'string' } },
  ETag: { description: 'By snapshot, rights and question; absent where a rule asks for the time.', schema: { type: 'string' } },
  'Last-Modified': { description: 'Since when the reader sees what it sees, as far as this server knows.', schema: { type: 'string' } },
}

const SHARED: readonly Json[] = [
  { name: 'format', in: 'query', description: 'Or by the Accept header.', schema: { type: 'string', enum: [...FORMATS], default: 'json' } },
  parameter('snapshot', 'A version by the id of its snapshot or by its tag; the current one where absent.'),
  parameter('asOf', 'What was published at a time.', '2026-01-31T12:00:00Z'),
  parameter('purpose', 'What the data is read for, where the account has several purposes.'),
  { ...parameter('X-Tulle-Purpose', 'The same as a header.'), in: 'header' },
  { ...parameter('If-None-Match', 'Tags of copies that the reader has.'), in: 'header' },
  { ...parameter('If-Modified-Since', 'When the copy that the reader has was made.'), in: 'header' },
]

const selected = (columns: readonly VisibleColumn[]): Json => parameter('select', 'Columns, separated by commas; all where absent.', columns.map((c) => c.name).slice(0, 2).join(','))

function operationOf({ dataSet, columns }: VisibleTable): Json {
  const row: Json = { $ref: `#/components/schemas/${dataSet.name}` }
  return {
    operationId: `read_${dataSet.name}`,
    summary: dataSet.title ?? `Rows of ${dataSet.name}`,
    ...(dataSet.description !== undefined && { description: dataSet.description }),
    parameters: [
      selected(columns),
      parameter('order', 'Columns with `.asc` or `.desc`, separated by commas.', `${columns[0]?.name ?? 'column'}.desc`),
      { name: 'limit', in: 'query', description: 'Rows of a page. JSON: 1000 where absent, 10000 at most.', schema: { type: 'integer', minimum: 0 } },
      parameter('cursor', 'The `next` of the page before; its pages are of the snapshot that the first one was of.'),
      ...SHARED,
      ...columns.filter(({ name }) => !RESERVED.some((word) => word === name)).map((column) => parameter(column.name, `Condition: \`operator.value\` with one of ${operatorsOf(column.type).join(', ')}.`)),
    ],
    responses: {
      200: {
        description: 'Rows that the reader may see.',
        headers: { ...VALIDATORS, 'Tulle-Next-Cursor': { description: 'The cursor of the next page.', schema: { type: 'string' } } },
        content: {
          'application/json': { schema: { type: 'object', required: ['rows', 'next'], properties: { rows: { type: 'array', items: row }, next: { type: ['string', 'null'] } } } },
          ...streamed(row),
        },
      },
      ...REFUSALS,
    },
  }
}

const streamed = (row: Json): Record<string, Json> => ({
  'application/x-ndjson': { schema: row },
  'text/csv': { schema: { type: 'string' } },
  'application/vnd.apache.arrow.stream': { schema: { type: 'string', contentEncoding: 'binary' } },
  'application/vnd.apache.parquet': { schema: { type: 'string', contentEncoding: 'binary' } },
})

function rowOperationOf({ dataSet, columns }: VisibleTable, key: readonly VisibleColumn[]): Json {
  const row: Json = { $ref: `#/components/schemas/${dataSet.name}` }
  return {
    operationId: `read_row_of_${dataSet.name}`,
    summary: `One row of ${dataSet.title ?? dataSet.name}, by its key`,
    parameters: [...key.map((column) => ({ name: column.name, in: 'path', required: true, schema: schemaOf({ ...column, required: true }) })), selected(columns), ...SHARED],
    responses: { 200: { description: 'The row, as far as the reader may see it.', headers: VALIDATORS, content: { 'application/json': { schema: row }, ...streamed(row) } }, ...REFUSALS },
  }
}

function parameter(name: string, description: string, example?: string) {
  return { name, in: 'query', description, schema: { type: 'string' }, ...(example !== undefined && { example }) }
}
