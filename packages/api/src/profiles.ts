// What the columns of published snapshots hold, how that changed, and which checks follow from it.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { instant, json, named } from './nouns.ts'

const counted = z.object({ value: z.string(), count: z.number() })

const columnProfile = z.object({
  name: z.string(),
  type: z.string(),
  kind: z.enum(['number', 'time', 'text', 'boolean', 'other']),
  /** It is masked for the caller: what follows from single values is left out. */
  masked: z.boolean().optional(),
  nulls: z.number(),
  distinct: z.number().optional(),
  /** Distinct values, or which are common, were estimated. */
  isEstimate: z.boolean().optional(),
  min: z.string().optional(),
  max: z.string().optional(),
  mean: z.number().optional(),
  length: z.object({ min: z.number(), max: z.number(), mean: z.number() }).optional(),
  /** At 0 %, 0.5 % … 100 %. Times are seconds since 1970. */
  quantiles: z.array(z.number()).optional(),
  /** Bins of one width from `low` to `high`. */
  histogram: z.object({ low: z.number(), high: z.number(), counts: z.array(z.number()) }).optional(),
  /** Most common first. */
  top: z.array(counted).optional(),
  /** `top` has every value that there is. */
  isComplete: z.boolean().optional(),
  /** Letters as A and a, digits as 9. */
  shapes: z.array(counted).optional(),
  /** Why it was not read. */
  trouble: z.string().optional(),
}).meta({ id: 'ColumnProfile' })
export type ColumnProfile = z.infer<typeof columnProfile>

const change = z.object({ before: z.number(), after: z.number() })

const columnDrift = z.object({
  name: z.string(),
  change: z.enum(['same', 'added', 'removed']),
  /** Shares from 0 to 1. */
  nulls: change,
  distinct: change.optional(),
  /** Population stability index. */
  psi: z.number().optional(),
  /** Kullback-Leibler divergence of what is now from what was, in nats. */
  kl: z.number().optional(),
  appeared: z.array(z.string()).optional(),
  vanished: z.array(z.string()).optional(),
  level: z.enum(['none', 'some', 'much']),
  why: z.array(z.string()),
}).meta({ id: 'ColumnDrift' })
export type ColumnDrift = z.infer<typeof columnDrift>

const dataSetProfile = z.object({
  product: z.string(),
  dataSet: z.string(),
  /** Why there is nothing to see, as a sentence. */
  closed: z.string().optional(),
  profile: z.object({
    snapshot: z.string(),
    at: instant,
    /** All rows were read, those that came, or none. */
    way: z.enum(['read', 'joined', 'same']),
    milliseconds: z.number(),
    rows: z.number(),
    columns: z.array(columnProfile),
  }).optional(),
  drift: z.object({ against: z.string(), at: instant, rows: change, columns: z.array(columnDrift) }).optional(),
  /** Of which there are profiles, newest first. */
  snapshots: z.array(z.object({ snapshot: z.string(), at: instant })),
}).meta({ id: 'DataSetProfile' })
export type DataSetProfile = z.infer<typeof dataSetProfile>

const suggestedChecks = z.object({
  snapshot: z.string().optional(),
  closed: z.string().optional(),
  suggestions: z.array(z.object({
    number: z.number(),
    /** Absent: of the data set. */
    column: z.string().optional(),
    name: z.string(),
    /** As ODCS has it under `quality`. */
    rule: json,
    evidence: z.string(),
  })),
}).meta({ id: 'SuggestedChecks' })
export type SuggestedChecks = z.infer<typeof suggestedChecks>

const params = z.object({ product: named, dataSet: named })

export const profileEndpoints = {
  getProfile: {
    method: 'GET', path: '/products/:product/datasets/:dataSet/profile', tag: 'quality', auth: 'signed-in',
    summary: 'Says what the columns of a published snapshot hold, as far as the caller may read them, and how that changed.',
    params,
    query: z.object({
      /** Absent: the newest that has a profile. */
      snapshot: named.optional(),
      /** Absent: the one before it. */
      against: named.optional(),
    }),
    response: dataSetProfile,
    errors: ['unknown-product', 'unknown-data-set', 'not-allowed', 'profile-missing'],
  },
  suggestChecks: {
    method: 'GET', path: '/products/:product/datasets/:dataSet/suggested-checks', tag: 'quality', auth: 'signed-in',
    summary: 'Suggests quality rules that the newest profile bears out and the contract does not have yet.',
    params,
    response: suggestedChecks,
    errors: ['unknown-product', 'unknown-data-set', 'not-allowed'],
  },
} as const satisfies Record<string, Endpoint>
