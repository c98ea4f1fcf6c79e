// The policies in force, and what they say to one subject.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { named } from './nouns.ts'

const policyRule = z.object({
  name: z.string(),
  /** `allow`, `deny`, `mask (hash)`, `rows`, `limits`. */
  effect: z.string(),
  because: z.string().optional(),
}).meta({ id: 'PolicyRule' })

const policy = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string().optional(),
  /** The domain whose own it is; left out for one of the whole mesh. */
  domain: z.string().optional(),
  /** `unreadable`: it denies whatever it may concern. */
  status: z.enum(['draft', 'grace', 'enforced', 'retired', 'unreadable']),
  rules: z.array(policyRule),
  standards: z.array(z.string()),
}).meta({ id: 'Policy' })
export type Policy = z.infer<typeof policy>

const reason = z.object({ rule: z.string(), text: z.string() })

const explanation = z.object({
  dataSet: z.string(),
  effect: z.enum(['allow', 'deny']),
  columns: z.array(z.string()),
  /** Of `columns`, those that stand masked. */
  masked: z.array(z.string()),
  /** True where not all rows are there. */
  filtered: z.boolean(),
  limits: z.object({ rows: z.number().optional(), rowsPerHour: z.number().optional(), statementsPerMinute: z.number().optional() }).optional(),
  reasons: z.array(reason),
  rules: z.array(z.object({ policy: z.string(), rule: z.string(), status: z.enum(['grace', 'enforced']), effect: z.string(), fits: z.boolean(), why: z.string() })),
}).meta({ id: 'PolicyExplanation' })
export type PolicyExplanation = z.infer<typeof explanation>

const measure = z.object({ amount: z.number(), by: z.enum(['operator', 'mesh', 'product']) })
/** What one subject may take of the product within an hour, and whose word that is. */
const exportBudget = z.object({ rows: measure, bytes: measure, statements: measure }).meta({ id: 'ExportBudget' })

const policyEffect = z.object({
  user: z.string(),
  product: z.string(),
  dataSet: z.string(),
  purpose: z.string().optional(),
  effect: z.enum(['loses', 'gains', 'otherwise']),
  /** What, in words. */
  says: z.array(z.string()),
})

/** What other policies would change, asked of everybody over all that is applied, as far as the caller may know who reads what. */
export const policyEffects = z.object({ effects: z.array(policyEffect), asked: z.number(), complete: z.boolean() }).meta({ id: 'PolicyEffects' })
export type PolicyEffects = z.infer<typeof policyEffects>

export const policyEndpoints = {
  listPolicies: {
    method: 'GET', path: '/policies', tag: 'policies', auth: 'signed-in',
    summary: 'Lists the applied policies with their rules and standards.',
    response: z.object({ policies: z.array(policy) }),
  },
  explainPolicy: {
    method: 'GET', path: '/policies/explanation', tag: 'policies', auth: 'signed-in',
    summary: 'Says what a user may read of a product, and why, rule by rule. Oneself, or others of products that one answers for.',
    query: z.object({ user: named, product: named, dataSet: named.optional(), purpose: z.string().optional() }),
    response: z.object({ user: z.string(), product: z.string(), purpose: z.string().optional(), openPurposes: z.array(z.string()), dataSets: z.array(explanation), exports: exportBudget }),
    errors: ['unknown-product', 'unknown-data-set', 'unknown-user', 'not-allowed'],
  },
  previewPolicy: {
    method: 'POST', path: '/policies/:policy/preview', tag: 'policies', auth: 'signed-in',
    summary: 'Says who would lose or gain what if an applied policy had another status. Changes nothing.',
    params: z.object({ policy: named }),
    body: z.object({ status: z.enum(['draft', 'grace', 'enforced', 'retired']) }),
    response: policyEffects,
    errors: ['unknown-policy', 'not-allowed'],
  },
} as const satisfies Record<string, Endpoint>
