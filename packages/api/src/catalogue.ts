// What there is: products, their data sets and ports, as the caller may see them.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { instant, json, limit, named, permission } from './nouns.ts'
import { grant } from './grants.ts'
import { runSummary } from './runs.ts'

export const productSummary = z.object({
  /** Never changes, also when the product moves. */
  id: z.string(),
  name: z.string(),
  title: z.string(),
  description: z.string().optional(),
  domain: z.string(),
  team: z.string(),
  owner: z.string().optional(),
  certified: z.boolean(),
  tags: z.array(z.string()),
  /** How many data sets it has. */
  dataSets: z.number(),
  /** Whether the caller may read any of them. */
  access: z.enum(['granted', 'none']),
  lastPublished: instant.optional(),
}).meta({ id: 'ProductSummary' })
export type ProductSummary = z.infer<typeof productSummary>

/** A decision with its reasons, so that a refusal can be understood and acted upon. */
const access = z.object({
  effect: z.enum(['allow', 'deny']),
  /** The columns that the caller may read. */
  columns: z.array(z.string()),
  reasons: z.array(z.object({ rule: z.string(), text: z.string() })),
}).meta({ id: 'Access' })
export type Access = z.infer<typeof access>

const column = z.object({
  name: z.string(),
  type: z.string(),
  required: z.boolean(),
  unique: z.boolean(),
  /** 1-based position within the primary key. */
  primaryKey: z.number().optional(),
  classification: z.string().optional(),
  businessKey: z.string().optional(),
  description: z.string().optional(),
}).meta({ id: 'Column' })
export type Column = z.infer<typeof column>

const dataSet = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string().optional(),
  /** Left out where the data set only describes what lives elsewhere. */
  contract: z.object({ id: z.string(), version: z.string() }).optional(),
  columns: z.array(column),
  /** Of the published snapshot; left out until there is one. */
  rows: z.number().optional(),
  snapshotId: z.string().optional(),
  publishedAt: instant.optional(),
  /** Of a data set that is kept in step: how its published version was made, and for how long something newer has been there to read. */
  inStep: z.object({ last: z.enum(['changes', 'whole']).optional(), lagMilliseconds: z.number() }).optional(),
  access,
}).meta({ id: 'DataSet' })
export type DataSet = z.infer<typeof dataSet>

const inputPort = z.object({
  name: z.string(),
  title: z.string(),
  kind: z.enum(['file', 'product', 'iceberg', 'connected', 'external']),
  system: z.enum(['files', 'postgres', 'mysql', 'rest', 'webhook', 'mesh', 'usage', 'kafka', 'sse']).optional(),
  description: z.string().optional(),
  path: z.string().optional(),
  format: z.string().optional(),
  product: z.string().optional(),
  dataSet: z.string().optional(),
  uri: z.string().optional(),
  table: z.string().optional(),
}).meta({ id: 'InputPort' })
export type InputPort = z.infer<typeof inputPort>

const outputPort = z.object({
  name: z.string(),
  title: z.string(),
  kind: z.enum(['sql', 'rest', 'files', 'stream', 'kafka', 'external']),
  description: z.string().optional(),
  /** Per data set where it is found: `flights.flights` for SQL, a URL for REST, a topic for Kafka. */
  addresses: z.array(z.object({ dataSet: z.string().optional(), address: z.string() })),
  /** Of a port that writes to Kafka: where, how, as whom, and how its topics are doing. */
  kafka: z.object({
    brokers: z.array(z.string()),
    format: z.enum(['avro', 'json', 'protobuf']),
    /** The process domain whose rights say what the topics hold. */
    application: z.string(),
    topics: z.array(z.object({
      dataSet: z.string(),
      topic: z.string(),
      status: z.enum(['starting', 'following', 'waiting', 'stopped']),
      /** Records so far, tombstones counted. */
      written: z.number(),
      changedAt: instant,
      /** What was published since it was written: entries, and milliseconds since the oldest of them. Left out where nothing of it was written. */
      lag: z.object({ entries: z.number(), milliseconds: z.number() }).optional(),
      /** Why nothing goes on; its words are for those who may run the product. */
      trouble: z.object({ code: z.string(), message: z.string().optional() }).optional(),
    })),
  }).optional(),
}).meta({ id: 'OutputPort' })
export type OutputPort = z.infer<typeof outputPort>

const product = productSummary.omit({ dataSets: true }).extend({
  type: z.string().optional(),
  /** The product's README, Markdown as its team wrote it: render it as hostile text. */
  readme: z.string().optional(),
  dataSets: z.array(dataSet),
  inputPorts: z.array(inputPort),
  outputPorts: z.array(outputPort),
  schedule: z.string().optional(),
  /** Products that read this one. */
  downstream: z.array(z.object({ name: z.string(), title: z.string(), domain: z.string() })),
  /** The caller's own grants on it. */
  grants: z.array(grant),
  /** The last ones, newest first. */
  runs: z.array(runSummary),
  can: z.object({ run: permission, grant: permission }),
}).meta({ id: 'Product' })
export type Product = z.infer<typeof product>

const sample = z.object({
  /** `masked`: what stands there is not the value, but what a policy shows the caller of it. */
  columns: z.array(z.object({ name: z.string(), type: z.string(), masked: z.boolean().optional() })),
  rows: z.array(z.array(json)),
  /** True where the caller sees only some of the rows. */
  filtered: z.boolean().optional(),
  snapshotId: z.string().optional(),
}).meta({ id: 'Sample' })
export type Sample = z.infer<typeof sample>

const group = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string().optional(),
  owner: z.string().optional(),
  email: z.string().optional(),
  /** How many products it has. */
  products: z.number(),
})

const domain = group.meta({ id: 'Domain' })
export type Domain = z.infer<typeof domain>
const team = group.meta({ id: 'Team' })
export type Team = z.infer<typeof team>

export const catalogueEndpoints = {
  listProducts: {
    method: 'GET', path: '/products', tag: 'catalogue', auth: 'signed-in',
    summary: 'Lists or searches the products of the mesh.',
    query: z.object({
      /** Words looked for in names, titles, descriptions, tags, domains, teams and columns. */
      q: z.string().max(200).optional(),
      domain: z.string().optional(),
      team: z.string().optional(),
      limit: limit(100, 1000),
      offset: z.coerce.number<number>().int().min(0).default(0),
    }),
    response: z.object({ products: z.array(productSummary), total: z.number() }),
  },
  getProduct: {
    method: 'GET', path: '/products/:product', tag: 'catalogue', auth: 'signed-in',
    summary: 'Shows a product: data sets, ports, the caller\'s access, last runs.',
    params: z.object({ product: named }),
    response: product,
    errors: ['unknown-product'],
  },
  sampleRows: {
    method: 'GET', path: '/products/:product/datasets/:dataSet/sample', tag: 'catalogue', auth: 'signed-in',
    summary: 'Shows some rows of a data set under the caller\'s own rights.',
    params: z.object({ product: named, dataSet: named }),
    query: z.object({ limit: limit(20, 200) }),
    response: sample,
    errors: ['unknown-product', 'unknown-data-set', 'read-denied', 'nothing-published'],
  },
  listDomains: {
    method: 'GET', path: '/domains', tag: 'catalogue', auth: 'signed-in',
    summary: 'Lists the data domains.',
    response: z.object({ domains: z.array(domain) }),
  },
  listTeams: {
    method: 'GET', path: '/teams', tag: 'catalogue', auth: 'signed-in',
    summary: 'Lists the technical teams.',
    response: z.object({ teams: z.array(team) }),
  },
} as const satisfies Record<string, Endpoint>
