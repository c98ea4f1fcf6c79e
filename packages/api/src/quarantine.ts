// Rows that broke a promise and were set aside: seen, corrected, sent on, left out.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { instant, json, limit, named, permission } from './nouns.ts'

const rowState = z.enum(['open', 'repaired', 'replay', 'published', 'discarded', 'gone'])
const rowId = z.string().min(1).max(200)

const quarantine = z.object({
  product: z.string(),
  /** Of data sets that ever had such rows. */
  dataSets: z.array(z.object({
    dataSet: z.string(),
    /** Rows by state. */
    states: z.record(z.string(), z.number()),
    /** Open rows by the rule that they break. */
    rules: z.record(z.string(), z.number()),
  })),
  can: z.object({ decide: permission }),
}).meta({ id: 'Quarantine' })
export type Quarantine = z.infer<typeof quarantine>

const quarantinedRows = z.object({
  total: z.number(),
  /** Of the data set, as far as the caller may see them. */
  columns: z.array(z.string()),
  rows: z.array(z.object({
    row: z.string(),
    state: rowState,
    rules: z.array(z.string()),
    reason: z.string(),
    run: z.string(),
    /** Its number among the rows that came. */
    number: z.number().optional(),
    /** The input port that it came from, or `model`. */
    source: z.string(),
    by: z.string().optional(),
    at: instant,
    /** As `columns` are; what is masked for the caller is masked here. */
    values: z.array(json),
    /** What came, of a row that did not fit the contract; only for who sees every column as it is. */
    raw: z.string().optional(),
  })),
}).meta({ id: 'QuarantinedRows' })
export type QuarantinedRows = z.infer<typeof quarantinedRows>

const failingRows = z.object({
  total: z.number(),
  /** Of the data set, as far as the caller may see them. */
  columns: z.array(z.string()),
  rows: z.array(z.object({ /** Those that the row breaks. */ checks: z.array(z.string()), values: z.array(json) })),
}).meta({ id: 'FailingRows' })
export type FailingRows = z.infer<typeof failingRows>

const decision = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('repair'),
    /** SQL over the row, by column; or `corrected`. */
    set: z.record(z.string().min(1).max(255), z.string().min(1).max(2_000)).optional(),
    /** Rows of new values, with the primary key or with `row`. */
    corrected: z.array(z.record(z.string().min(1).max(255), json)).max(10_000).optional(),
    note: z.string().max(500).optional(),
  }).refine(({ set, corrected }) => (set === undefined) !== (corrected === undefined), 'needs either set or corrected'),
  z.object({ kind: z.literal('replay'), /** Also rows that nobody corrected. */ open: z.boolean().default(false), /** Start a run now. */ run: z.boolean().default(true) }),
  z.object({ kind: z.literal('discard'), reason: z.string().min(1).max(500) }),
])

export const quarantineEndpoints = {
  getQuarantine: {
    method: 'GET', path: '/products/:product/quarantine', tag: 'quality', auth: 'signed-in',
    summary: 'Says how many rows of each data set were set aside, by state and by the rule that they break.',
    params: z.object({ product: named }),
    response: quarantine,
    errors: ['unknown-product', 'not-allowed'],
  },
  listQuarantinedRows: {
    method: 'GET', path: '/products/:product/datasets/:dataSet/quarantine', tag: 'quality', auth: 'signed-in',
    summary: 'Lists rows that were set aside, newest first, masked as on every port. For who works on the product, and stewards who may read it.',
    params: z.object({ product: named, dataSet: named }),
    query: z.object({
      state: rowState.optional(), run: named.optional(), rule: z.string().max(300).optional(),
      /** SQL over the row, of columns that the caller sees as they are. */
      where: z.string().max(2_000).optional(),
      limit: limit(100, 1_000),
    }),
    response: quarantinedRows,
    errors: ['unknown-product', 'not-allowed', 'quarantine-data-set', 'condition-not-allowed', 'condition-unknown-column'],
  },
  listFailingRows: {
    method: 'GET', path: '/runs/:run/datasets/:dataSet/failing-rows', tag: 'quality', auth: 'signed-in',
    summary: 'Finds the rows that a run wrote, published or not, which break the contract, masked as on every port. For who works on the product, and stewards who may read it.',
    params: z.object({ run: named, dataSet: named }),
    query: z.object({ check: z.string().max(300).optional(), limit: limit(100, 1_000) }),
    response: failingRows,
    errors: ['unknown-run', 'unknown-product', 'not-allowed', 'quarantine-data-set', 'run-rows-gone', 'check-without-rows'],
  },
  decideQuarantinedRows: {
    method: 'POST', path: '/products/:product/datasets/:dataSet/quarantine/decisions', tag: 'quality', auth: 'signed-in',
    summary: 'Repairs, replays or discards rows that were set aside. Replayed rows pass the same checks and go out with the next snapshot.',
    params: z.object({ product: named, dataSet: named }),
    body: z.object({
      decision,
      rows: z.array(rowId).max(10_000).optional(),
      where: z.string().max(2_000).optional(),
      rule: z.string().max(300).optional(),
      run: named.optional(),
    }),
    response: z.object({ rows: z.number(), runId: z.string().optional() }),
    errors: ['unknown-product', 'not-allowed', 'quarantine-data-set', 'quarantine-nothing', 'quarantine-column', 'quarantine-rows'],
  },
} as const satisfies Record<string, Endpoint>
