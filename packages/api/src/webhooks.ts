// Webhooks of consumers: what happens to a product, told to an address of their own.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { instant, limit, named, nothing } from './nouns.ts'

const filter = z.object({ columns: z.array(z.string().max(256)).max(1000).optional(), condition: z.string().max(2000).optional() })

export const webhook = z.object({
  id: z.string(),
  account: z.string(),
  product: z.string(),
  dataSet: z.string().optional(),
  /** To its own account; to others the host alone. */
  url: z.string(),
  purpose: z.string().optional(),
  kinds: z.array(z.string()),
  filter,
  /** A request carries at most `size` events, and waits `milliseconds` for more of them. */
  batch: z.object({ size: z.number(), milliseconds: z.number() }),
  note: z.string().optional(),
  createdAt: instant,
  state: z.enum(['active', 'paused']),
  paused: z.object({ by: z.string(), why: z.string() }).optional(),
  /** Everything up to there was taken. */
  position: z.string(),
  /** Tries in a row that failed. */
  failures: z.number(),
  failingSince: instant.optional(),
  nextAt: instant.optional(),
  trouble: z.string().optional(),
  /** Events that were taken, those again that were taken twice. */
  delivered: z.number(),
  lastDeliveredAt: instant.optional(),
  /** What waits: how many events, 1,000 at most are counted, and how long the oldest does. */
  lag: z.object({ events: z.number(), milliseconds: z.number() }),
  deadLetters: z.number(),
}).meta({ id: 'Webhook' })
export type Webhook = z.infer<typeof webhook>

const made = z.object({
  webhook,
  /** For the library of Standard Webhooks. It is shown now and never again. */
  secret: z.string(),
}).meta({ id: 'MadeWebhook' })
export type MadeWebhook = z.infer<typeof made>

export const webhookDelivery = z.object({
  /** Place in the history; `before` reads on from it. */
  seq: z.string(),
  kind: z.enum(['events', 'test', 'dead-letter']),
  at: instant,
  /** The request's id, the same on every try. */
  message: z.string(),
  events: z.number(),
  firstEvent: z.string().optional(),
  lastEvent: z.string().optional(),
  bytes: z.number(),
  /** What the target answered; absent where it did not. */
  status: z.number().optional(),
  milliseconds: z.number(),
  outcome: z.enum(['delivered', 'failed', 'refused']),
  trouble: z.string().optional(),
}).meta({ id: 'WebhookDelivery' })
export type WebhookDelivery = z.infer<typeof webhookDelivery>

const deadLetter = z.object({ id: z.string(), event: z.string(), type: z.string(), reason: z.string(), at: instant, state: z.enum(['dead', 'asked again', 'delivered']) }).meta({ id: 'WebhookDeadLetter' })
export type WebhookDeadLetter = z.infer<typeof deadLetter>

const params = z.object({ webhook: named })
const from = z.string().min(1).max(200)

export const webhookEndpoints = {
  createWebhook: {
    method: 'POST', path: '/webhooks', tag: 'webhooks', auth: 'signed-in', status: 201,
    summary: 'Wants to be told at an address what happens to a product that the caller may read. The secret is in this answer alone.',
    body: z.object({
      product: named,
      dataSet: named.optional(),
      url: z.string().min(1).max(2000),
      /** A service identity that the caller keeps, instead of the caller. */
      account: named.optional(),
      purpose: named.optional(),
      kinds: z.array(z.string().max(100)).min(1).max(20).optional(),
      filter: filter.optional(),
      batch: z.object({ size: z.number().int().optional(), milliseconds: z.number().int().optional() }).optional(),
      note: z.string().max(500).optional(),
      /** `now`, `start`, an instant, or a position. */
      from: from.optional(),
    }),
    response: made,
    errors: ['unknown-product', 'webhook-address', 'webhook-kind', 'webhook-column', 'webhook-data-set', 'webhook-batch', 'webhook-place', 'webhook-too-many', 'not-allowed'],
  },
  listWebhooks: {
    method: 'GET', path: '/webhooks', tag: 'webhooks', auth: 'signed-in',
    summary: 'Lists the webhooks of the caller, or of a service identity that the caller keeps; with a product, all of it, to whoever may grant access to it.',
    query: z.object({ account: named.optional(), product: named.optional() }),
    response: z.object({ webhooks: z.array(webhook) }),
    errors: ['unknown-product', 'not-allowed'],
  },
  getWebhook: {
    method: 'GET', path: '/webhooks/:webhook', tag: 'webhooks', auth: 'signed-in',
    summary: 'Shows a webhook: what it wants, how far it is, what troubles it.',
    params, response: webhook, errors: ['unknown-webhook'],
  },
  listWebhookDeliveries: {
    method: 'GET', path: '/webhooks/:webhook/deliveries', tag: 'webhooks', auth: 'signed-in',
    summary: 'Lists requests to a webhook, newest first, with their status and how long they took. 2,000 are kept.',
    params, query: z.object({ limit: limit(50, 1000), before: z.string().regex(/^\d{1,18}$/u).optional(), outcome: z.enum(['delivered', 'failed', 'refused']).optional() }),
    response: z.object({ deliveries: z.array(webhookDelivery) }), errors: ['unknown-webhook'],
  },
  listWebhookDeadLetters: {
    method: 'GET', path: '/webhooks/:webhook/dead-letters', tag: 'webhooks', auth: 'signed-in',
    summary: 'Lists events that the target never took, oldest first.',
    params, query: z.object({ limit: limit(50, 1000), state: z.enum(['dead', 'asked again', 'delivered']).optional() }),
    response: z.object({ deadLetters: z.array(deadLetter) }), errors: ['unknown-webhook'],
  },
  testWebhook: {
    method: 'POST', path: '/webhooks/:webhook/tests', tag: 'webhooks', auth: 'signed-in',
    summary: 'Sends an event of no meaning now, and says what became of it.',
    params, response: webhookDelivery, errors: ['unknown-webhook', 'webhook-tests'],
  },
  replayWebhook: {
    method: 'POST', path: '/webhooks/:webhook/replays', tag: 'webhooks', auth: 'signed-in',
    summary: 'Sends everything after a place once more, or dead letters: all of them, or some. Events keep their ids.',
    params, body: z.object({ from: from.optional(), deadLetters: z.union([z.literal('all'), z.array(z.string().regex(/^\d{1,18}$/u)).min(1).max(1000)]).optional() }),
    response: z.object({ webhook, deadLetters: z.number() }), errors: ['unknown-webhook', 'webhook-place'],
  },
  rotateWebhookSecret: {
    method: 'POST', path: '/webhooks/:webhook/secret', tag: 'webhooks', auth: 'signed-in', status: 201,
    summary: 'Makes another secret. Until the overlap is over, requests are signed by both.',
    params, body: z.object({ overlapSeconds: z.number().int().min(0).max(30 * 86_400).default(86_400) }),
    response: made, errors: ['unknown-webhook'],
  },
  pauseWebhook: {
    method: 'POST', path: '/webhooks/:webhook/pause', tag: 'webhooks', auth: 'signed-in',
    summary: 'Sends nothing more until it is resumed.',
    params, body: z.object({ why: z.string().max(300).optional() }), response: webhook, errors: ['unknown-webhook', 'webhook-state'],
  },
  resumeWebhook: {
    method: 'DELETE', path: '/webhooks/:webhook/pause', tag: 'webhooks', auth: 'signed-in',
    summary: 'Goes on where it stopped, at once.',
    params, response: webhook, errors: ['unknown-webhook', 'webhook-state'],
  },
  deleteWebhook: {
    method: 'DELETE', path: '/webhooks/:webhook', tag: 'webhooks', auth: 'signed-in', status: 204,
    summary: 'Ends a webhook, with its history and its dead letters.',
    params, response: nothing, errors: ['unknown-webhook'],
  },
} as const satisfies Record<string, Endpoint>
