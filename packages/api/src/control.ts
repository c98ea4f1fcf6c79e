// The control ports of a product. They answer below `/products/<product>/control/` too, without the API's root; there, metrics come
// as a text of OpenMetrics to whoever accepts it.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { instant, json, named } from './nouns.ts'

const link = z.object({ product: z.string(), href: z.string() })

const metadata = z.object({
  product: z.string(),
  id: z.string(),
  title: z.string(),
  description: z.string().optional(),
  domain: z.string(),
  team: z.string(),
  owner: z.string().optional(),
  type: z.string().optional(),
  certified: z.boolean(),
  tags: z.array(z.string()),
  /** Of what would run: the same exactly when a run would do the same. */
  version: z.string(),
  publishedAt: instant.optional(),
  dataSets: z.array(z.object({
    name: z.string(),
    title: z.string(),
    description: z.string().optional(),
    /** As written, ODCS. */
    contract: z.object({ id: z.string(), version: z.string(), document: json }).optional(),
    snapshotId: z.string().optional(),
    rows: z.number().optional(),
  })),
  inputPorts: z.array(z.object({ name: z.string(), kind: z.string(), product: z.string().optional() })),
  outputPorts: z.array(z.object({ name: z.string(), kind: z.string(), dataSets: z.array(z.string()), addresses: z.array(z.string()) })),
  lineage: z.object({ upstream: z.array(link), downstream: z.array(link) }),
  links: z.object({ status: z.string(), metrics: z.string(), policies: z.string() }),
}).meta({ id: 'ControlMetadata' })
export type ControlMetadata = z.infer<typeof metadata>

const metrics = z.object({
  product: z.string(),
  at: instant,
  families: z.array(z.object({
    name: z.string(),
    type: z.enum(['gauge', 'stateset']),
    unit: z.string().optional(),
    help: z.string(),
    samples: z.array(z.object({ labels: z.record(z.string(), z.string()), value: z.number() })),
  })),
}).meta({ id: 'ControlMetrics' })
export type ControlMetrics = z.infer<typeof metrics>

const policies = z.object({
  product: z.string(),
  /** Rules of applied policies that select something of the product. */
  policies: z.array(z.object({
    name: z.string(),
    title: z.string(),
    domain: z.string().optional(),
    status: z.enum(['grace', 'enforced', 'unreadable']),
    rules: z.array(z.object({ name: z.string(), effect: z.string(), because: z.string().optional(), dataSets: z.array(z.string()), columns: z.array(z.string()).optional() })),
  })),
  /** What they leave of each data set to the caller. */
  own: z.array(z.object({ dataSet: z.string(), effect: z.enum(['allow', 'deny']), columns: z.array(z.string()), masked: z.array(z.string()), filtered: z.boolean(), reasons: z.array(z.string()) })),
}).meta({ id: 'ControlPolicies' })
export type ControlPolicies = z.infer<typeof policies>

export const controlEndpoints = {
  getControlMetadata: {
    method: 'GET', path: '/products/:product/control/metadata', tag: 'service-levels', auth: 'signed-in',
    summary: 'Control port: what the product is, its contracts, ports, lineage, version and snapshots.',
    params: z.object({ product: named }),
    response: metadata,
    errors: ['unknown-product'],
  },
  getControlMetrics: {
    method: 'GET', path: '/products/:product/control/metrics', tag: 'service-levels', auth: 'signed-in',
    summary: 'Control port: service levels, versions, statements and incidents as metrics. /products/<product>/control/metrics gives OpenMetrics text to whoever accepts it.',
    params: z.object({ product: named }),
    response: metrics,
    errors: ['unknown-product'],
  },
  getControlPolicies: {
    method: 'GET', path: '/products/:product/control/policies', tag: 'service-levels', auth: 'signed-in',
    summary: 'Control port: the policies that concern the product, and what they leave to the caller.',
    params: z.object({ product: named }),
    response: policies,
    errors: ['unknown-product'],
  },
} as const satisfies Record<string, Endpoint>
