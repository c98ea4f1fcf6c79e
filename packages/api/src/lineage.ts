// Where columns come from and where they go, across products, as of a version.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { json, limit, named } from './nouns.ts'

const columnAt = z.object({
  product: z.string(),
  /** `port`: an input port, where data comes into the mesh. `foreign`: a data set elsewhere, as others tell of it; its product is its namespace. */
  kind: z.enum(['data-set', 'port', 'foreign']),
  name: z.string(),
  /** `*` stands for every column of it: what decides about rows moves all of them. */
  column: z.string(),
  /** The version that was read; left out where it is what is published. */
  snapshot: z.string().optional(),
})

const edge = z.object({
  from: columnAt,
  to: columnAt,
  /** Left out where the value only decides, and does not flow. */
  how: z.enum(['identity', 'transformation', 'aggregation']).optional(),
  /** What it decides. */
  by: z.array(z.enum(['join', 'filter', 'group', 'order', 'window', 'condition'])),
})

const lineage = z.object({
  columns: z.array(columnAt),
  edges: z.array(edge),
  /** True where there is more than was asked for. */
  cut: z.boolean(),
  /** What could only be guessed, and is claimed rather than left out. */
  guesses: z.array(z.string()),
}).meta({ id: 'Lineage' })
export type Lineage = z.infer<typeof lineage>
export type LineageColumn = Lineage['columns'][number]

const impact = z.object({
  /** Columns that would be hit, the nearest first: one page of them. */
  columns: z.array(columnAt),
  /** How many there are on all pages. */
  total: z.number(),
  products: z.array(z.object({
    product: z.string(),
    team: z.string(),
    /** Data sets of it with a column that would be hit. */
    dataSets: z.array(z.string()),
    /** Grants in force that give a column that would be hit. */
    grants: z.number(),
  })),
  cut: z.boolean(),
}).meta({ id: 'Impact' })
export type Impact = z.infer<typeof impact>

const rows = { columns: z.array(z.object({ name: z.string(), type: z.string() })), rows: z.array(z.array(json)), cut: z.boolean() }

/** Why no rows can be named, as docs/lineage.md lists them. */
const refusal = z.enum(['not-one-statement', 'by-chance', 'unknown-columns', 'unknown-column', 'unread-form', 'condition-asks-a-query', 'too-large', 'outside'])

const provenance = z.object({
  /** The rows that were asked about, as the caller sees them. */
  ...rows,
  /** Present where the model lets no row of its inputs be named, and why. */
  why: z.string().optional(),
  /** Of that reason; `outside`: the rows come from outside the mesh. */
  code: refusal.optional(),
  inputs: z.array(z.object({
    product: z.string(),
    kind: z.enum(['data-set', 'port']),
    name: z.string(),
    /** The version that was read. */
    snapshot: z.string().optional(),
    columns: rows.columns.optional(),
    rows: rows.rows.optional(),
    cut: z.boolean().optional(),
    /** True where these rows hold all that made the row, and perhaps others: what else decides could not be asked under the caller's rights. */
    atMost: z.boolean().optional(),
    /** Present where the caller may not read it: the code of the reason. */
    hidden: z.string().optional(),
  })),
}).meta({ id: 'Provenance' })
export type Provenance = z.infer<typeof provenance>

const influence = z.object({
  ...rows,
  outputs: z.array(z.object({
    product: z.string(),
    name: z.string(),
    /** The version that is published. */
    snapshot: z.string().optional(),
    columns: rows.columns.optional(),
    rows: rows.rows.optional(),
    cut: z.boolean().optional(),
    /** True where these rows hold all that the row had a part in, and perhaps others: under the caller's rights they cannot be told apart further. */
    atMost: z.boolean().optional(),
    /** Present where the caller may not read it: the code of the reason. */
    hidden: z.string().optional(),
    /** Present where the model lets no row be named, and why. */
    why: z.string().optional(),
    code: refusal.optional(),
  })),
}).meta({ id: 'Influence' })
export type Influence = z.infer<typeof influence>

const where = { dataSet: named.optional(), column: named.optional() }

export const lineageEndpoints = {
  getLineage: {
    method: 'GET', path: '/products/:product/lineage', tag: 'lineage', auth: 'signed-in',
    summary: 'Says where the columns of a product come from, or where they go; with a snapshot, as of that version.',
    params: z.object({ product: named }),
    query: z.object({
      ...where,
      direction: z.enum(['upstream', 'downstream', 'both']).default('both'),
      /** Steps from where it starts. */
      depth: limit(20, 100),
      /** Of any data set of the product; only upstream, because the past knows nothing of what came after. */
      snapshot: z.string().regex(/^[0-9]{1,19}$/).optional(),
    }),
    response: lineage,
    errors: ['unknown-product', 'unknown-data-set', 'lineage-unknown-column', 'product-snapshot-unknown', 'not-reproducible'],
  },
  getImpact: {
    method: 'GET', path: '/products/:product/impact', tag: 'lineage', auth: 'signed-in',
    summary: 'Says whom a change of a column, a data set or a product would hit: columns, products and grants downstream.',
    params: z.object({ product: named }),
    query: z.object({ ...where, limit: limit(1_000, 5_000), offset: z.coerce.number<number>().int().min(0).max(1_000_000).default(0) }),
    response: impact,
    errors: ['unknown-product', 'unknown-data-set', 'lineage-unknown-column'],
  },
  getProvenance: {
    method: 'GET', path: '/products/:product/datasets/:dataSet/provenance', tag: 'lineage', auth: 'signed-in',
    summary: 'Names the input rows that made a row, at the versions that were read, under the caller\'s own rights.',
    params: z.object({ product: named, dataSet: named }),
    query: z.object({
      /** SQL: which row; a condition on columns of its key. */
      where: z.string().min(1).max(2_000),
      snapshot: z.string().regex(/^[0-9]{1,19}$/).optional(),
      /** Rows of each data set. */
      limit: limit(100, 1000),
    }),
    response: provenance,
    errors: ['unknown-product', 'unknown-data-set', 'read-denied', 'sql-syntax', 'product-snapshot-unknown', 'not-reproducible'],
  },
  getInfluence: {
    method: 'GET', path: '/products/:product/datasets/:dataSet/influence', tag: 'lineage', auth: 'signed-in',
    summary: 'Names the rows of published data sets that a row had a part in, under the caller\'s own rights.',
    params: z.object({ product: named, dataSet: named }),
    query: z.object({
      /** SQL: which row; a condition on its columns. */
      where: z.string().min(1).max(2_000),
      /** Rows of each data set. */
      limit: limit(100, 1000),
    }),
    response: influence,
    errors: ['unknown-product', 'unknown-data-set', 'read-denied', 'sql-syntax'],
  },
  getRunLineage: {
    method: 'GET', path: '/runs/:run/lineage', tag: 'lineage', auth: 'signed-in',
    summary: 'Tells a run as events of OpenLineage 2-0-2, with schema, version, column lineage and what the checks found.',
    params: z.object({ run: named }),
    response: z.object({ events: z.array(json) }),
    errors: ['unknown-run', 'not-allowed'],
  },
} as const satisfies Record<string, Endpoint>
