// Who uses what, and what nobody uses.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { instant, named } from './nouns.ts'

const cost = { queries: z.number(), refused: z.number(), rows: z.number(), bytes: z.number(), milliseconds: z.number() }

const usage = z.object({
  /** Days, UTC: the first that is counted, and the first that is not any more. */
  from: instant,
  to: instant,
  ...cost,
  consumers: z.object({
    /** Read something within the time. */
    active: z.number(),
    /** May read, and did not. */
    inactive: z.number(),
    byPurpose: z.array(z.object({ purpose: z.string(), active: z.number(), inactive: z.number(), queries: z.number() })),
  }),
  firstUse: z.object({ used: z.number(), never: z.number(), medianSeconds: z.number().optional() }),
  reuse: z.object({ products: z.array(z.string()) }),
  /** Statements that join products of several domains, and their share of all. */
  interoperability: z.object({ crossing: z.number(), share: z.number() }),
  /** Shares from 0 to 1. */
  coverage: z.object({ contracted: z.number(), documented: z.number(), classified: z.number(), withServiceLevel: z.number() }),
  /** Grants in force that nobody ever used. */
  neverUsed: z.array(z.object({ grant: z.string(), product: z.string(), subjectKind: z.string(), subject: z.string(), purposes: z.array(z.string()), grantedAt: instant })),
  /** The same time before. */
  before: z.object({ ...cost, active: z.number() }),
  trend: z.array(z.object({ day: z.string(), queries: z.number(), rows: z.number(), active: z.number() })),
}).meta({ id: 'Usage' })
export type Usage = z.infer<typeof usage>

const days = z.coerce.number<number>().int().min(1).max(366).default(30)

export const usageEndpoints = {
  productUsage: {
    method: 'GET', path: '/usage/products/:product', tag: 'usage', auth: 'signed-in',
    summary: 'Says who uses a product and who does not, for those who answer for it, stewards and administrators.',
    params: z.object({ product: named }),
    query: z.object({ days }),
    response: usage,
    errors: ['unknown-product', 'not-allowed'],
  },
  meshUsage: {
    method: 'GET', path: '/usage', tag: 'usage', auth: 'signed-in',
    summary: 'Says who uses the mesh, or one domain of it, and each of its products in short; for stewards and administrators.',
    query: z.object({ days, domain: z.string().max(200).optional() }),
    response: z.object({
      usage,
      products: z.array(z.object({ product: z.string(), domain: z.string(), active: z.number(), inactive: z.number(), queries: z.number(), rows: z.number(), milliseconds: z.number(), readBy: z.number(), neverUsed: z.number() })),
    }),
    errors: ['not-allowed'],
  },
} as const satisfies Record<string, Endpoint>
