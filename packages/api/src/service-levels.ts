// What products promise of their service, how it is kept, and who carries the badge.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { incident } from './incidents.ts'
import { instant, limit, named } from './nouns.ts'
import { runSummary } from './runs.ts'

const counts = z.object({ good: z.number(), bad: z.number(), unknown: z.number(), idle: z.number() })

const bar = z.object({
  from: instant,
  to: instant,
  counts,
  /** Percent of what was measured. */
  attained: z.number().optional(),
  /** The last measurement in it. */
  value: z.number().optional(),
})

const indicator = z.object({
  name: z.string(),
  title: z.string(),
  kind: z.enum(['freshness', 'completeness', 'availability', 'latency', 'quality', 'volume', 'lag']),
  /** What is measured and what is good, in words. */
  sentence: z.string(),
  /** In what `value` is: `milliseconds`, `percent` or `rows`. */
  unit: z.enum(['milliseconds', 'percent', 'rows']),
  everySeconds: z.number(),
  state: z.enum(['waiting', 'kept', 'burning', 'missed']),
  /** Percent of what was measured in the window that was good; left out until something is. */
  attained: z.number().optional(),
  counts,
  /** The error budget of the whole window, in measurements; `leftPercent` is from 0 to 100. */
  budget: z.object({ allowed: z.number(), spent: z.number(), leftPercent: z.number() }),
  burns: z.array(z.object({ rule: z.enum(['fast', 'slow']), rate: z.number().optional(), overSeconds: z.number() })),
  last: z.object({ at: instant, state: z.enum(['good', 'bad', 'unknown', 'idle']), value: z.number().optional(), note: z.string().optional() }).optional(),
  history: z.array(bar),
}).meta({ id: 'ServiceLevelIndicator' })
export type ServiceLevelIndicator = z.infer<typeof indicator>

const level = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string().optional(),
  dimension: z.string().optional(),
  /** Percent of the window. */
  objective: z.number(),
  windowSeconds: z.number(),
  /** `contract`: of the slaProperties of a contract. */
  from: z.enum(['product', 'contract']),
  /** As by the worst indicator. `waiting`: nothing is measured yet; `unmeasured`: it is only described. */
  state: z.enum(['waiting', 'kept', 'burning', 'missed', 'unmeasured']),
  indicators: z.array(indicator),
}).meta({ id: 'ServiceLevel' })
export type ServiceLevel = z.infer<typeof level>

const certificationLine = z.object({
  certified: z.boolean(),
  at: instant,
  /** The rules that are not kept, and why. */
  failing: z.array(z.object({ rule: z.string(), why: z.string(), because: z.string().optional() })),
}).meta({ id: 'CertificationLine' })

const certification = z.object({
  certified: z.boolean(),
  /** `rules`: of the mesh; `declared`: the mesh has none, and the product says so itself. */
  by: z.enum(['rules', 'declared']),
  /** The rules of the mesh. */
  rules: z.array(z.object({ name: z.string(), require: z.string(), because: z.string().optional() })),
  /** Newest first. */
  history: z.array(certificationLine),
}).meta({ id: 'Certification' })
export type Certification = z.infer<typeof certification>

const latency = z.object({ statements: z.number(), p50: z.number(), p95: z.number(), p99: z.number() })

const productStatus = z.object({
  product: z.string(),
  title: z.string(),
  /** The worst of its service levels and open incidents. */
  state: z.enum(['well', 'burning', 'broken', 'waiting', 'unmeasured']),
  certification,
  levels: z.array(level),
  /** The last ones, newest first. */
  publications: z.array(z.object({ at: instant, runId: z.string().optional(), snapshots: z.record(z.string(), z.string()) })),
  lastRun: runSummary.optional(),
  /** What the checks of the last run came to. */
  checks: z.object({ at: instant, runId: z.string(), passed: z.number(), total: z.number() }).optional(),
  /** Of the last day, in milliseconds; left out where nobody asked. */
  latency: latency.optional(),
  /** Those that are not resolved. */
  incidents: z.array(incident),
  /** Whether the caller hears of its incidents. */
  subscribed: z.boolean(),
}).meta({ id: 'ProductStatus' })
export type ProductStatus = z.infer<typeof productStatus>

export const serviceLevelEndpoints = {
  listServiceLevels: {
    method: 'GET', path: '/products/:product/service-levels', tag: 'service-levels', auth: 'signed-in',
    summary: 'Lists what a product promises of its service, with attainment, error budget and history.',
    params: z.object({ product: named }),
    response: z.object({ product: z.string(), levels: z.array(level) }),
    errors: ['unknown-product'],
  },
  getProductStatus: {
    method: 'GET', path: '/products/:product/status', tag: 'service-levels', auth: 'signed-in',
    summary: 'The status page of a product: service levels, badge, last publications, checks, statements, open incidents.',
    params: z.object({ product: named }),
    response: productStatus,
    errors: ['unknown-product'],
  },
  getCertification: {
    method: 'GET', path: '/products/:product/certification', tag: 'service-levels', auth: 'signed-in',
    summary: 'Says whether a product is certified, by which rules, and what stood against it when.',
    params: z.object({ product: named }),
    query: z.object({ limit: limit(50, 500) }),
    response: certification,
    errors: ['unknown-product'],
  },
} as const satisfies Record<string, Endpoint>
