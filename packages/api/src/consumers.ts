// Who uses a product, or one major version of it: whom to ask before it goes.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { subjectKind } from './grants.ts'
import { instant, named } from './nouns.ts'

const consumer = z.object({
  kind: subjectKind,
  name: z.string(),
  /** The data set, by the name that its versions share. */
  dataSet: z.string(),
  /** `reads`: a product whose workflow reads it. `may`: a grant. `read`: it did, by another right. */
  by: z.enum(['reads', 'may', 'read']),
  grant: z.string().optional(),
  /** Of this version, by the audit of the last 90 days. */
  lastUsed: instant.optional(),
  times: z.number(),
}).meta({ id: 'Consumer' })

const consumers = z.object({
  product: z.string(),
  version: z.number().optional(),
  /** The first day on which something of it may go. */
  retires: z.string().optional(),
  /** The major version that takes its place. */
  next: z.number().optional(),
  consumers: z.array(consumer),
}).meta({ id: 'Consumers' })
export type Consumers = z.infer<typeof consumers>

const subscriber = z.object({
  /** `topic`: a topic of Kafka that is written from the stream. */
  kind: z.enum(['position', 'topic']),
  account: z.string(),
  /** Its own name for one that reads, or the topic's. */
  consumer: z.string(),
  dataSet: z.string(),
  /** Of a position. */
  savedAt: instant.optional(),
  /** What was published since: entries, and milliseconds since the oldest of them. */
  lag: z.object({ entries: z.number(), milliseconds: z.number() }),
}).meta({ id: 'Subscriber' })
export type Subscriber = z.infer<typeof subscriber>

export const consumerEndpoints = {
  listSubscribers: {
    method: 'GET', path: '/products/:product/subscribers', tag: 'catalogue', auth: 'signed-in',
    summary: 'Lists who reads the change streams of a product, by the positions that they saved and the topics that are written from them, those that lag most first: all of them for those who answer for it, else the own ones.',
    params: z.object({ product: named }),
    response: z.object({ subscribers: z.array(subscriber) }),
    errors: ['unknown-product'],
  },
  listConsumers: {
    method: 'GET', path: '/products/:product/consumers', tag: 'catalogue', auth: 'signed-in',
    summary: 'Lists who uses a product, or one major version of it: products, grants, and who really read it; for those who answer for the product.',
    params: z.object({ product: named }),
    query: z.object({ version: z.coerce.number().int().positive().optional(), dataSet: z.string().optional() }),
    response: consumers,
    errors: ['not-allowed', 'unknown-product', 'unknown-major'],
  },
} as const satisfies Record<string, Endpoint>
