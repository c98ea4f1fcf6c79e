// A statement asked by HTTP, as psql would ask it: the same gate, decision, audit and export watch.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { json } from './nouns.ts'

const answer = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(z.array(json)),
  /** There are more than were asked for. */
  more: z.boolean(),
  /** What it read, as `product.data_set`. */
  reads: z.array(z.string()),
  purpose: z.string().optional(),
  milliseconds: z.number(),
}).meta({ id: 'QueryAnswer' })
export type QueryAnswer = z.infer<typeof answer>

const readable = z.object({
  /** As a statement names it, such as `flights.flights`. */
  schema: z.string(),
  name: z.string(),
  title: z.string().optional(),
  columns: z.array(z.object({ name: z.string(), type: z.string(), description: z.string().optional(), masked: z.boolean() })),
}).meta({ id: 'ReadableTable' })
export type ReadableTable = z.infer<typeof readable>

export const queryEndpoints = {
  query: {
    method: 'POST', path: '/query', tag: 'catalogue', auth: 'signed-in',
    summary: 'Answers one SELECT under the caller\'s rights, for a purpose, as the SQL port does.',
    body: z.object({
      sql: z.string().min(1).max(100_000),
      /** One of the caller's. Without it the only one that there is. */
      purpose: z.string().max(200).optional(),
      limit: z.number().int().min(1).max(10_000).default(1000),
    }),
    response: answer,
    errors: ['read-denied', 'purpose-needed', 'unknown-purpose', 'sql-syntax', 'engine-syntax', 'engine-undefined-column', 'unknown-table', 'export-cut', 'export-frozen'],
  },
  listReadable: {
    method: 'GET', path: '/query/tables', tag: 'catalogue', auth: 'signed-in',
    summary: 'Lists the tables and columns that the caller may read for a purpose, for completing statements.',
    query: z.object({ purpose: z.string().max(200).optional() }),
    response: z.object({
      tables: z.array(readable),
      /** Every purpose that the caller may name. */
      purposes: z.array(z.string()),
      /** The one that is meant where none is named. */
      purpose: z.string().optional(),
    }),
    errors: ['unknown-purpose'],
  },
} as const satisfies Record<string, Endpoint>
