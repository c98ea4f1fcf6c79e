// Events → the body of a request: one CloudEvent, or a batch of them, in CloudEvents' JSON.

import { sha256 } from '@tulle/kernel'
import type { FeedEvent } from './types.ts'

export interface Envelope {
  /** The id of the request: of one event its own, of several one that follows from theirs. */
  readonly message: string
  readonly contentType: string
  readonly body: Buffer
}

/** One event's JSON. Its source is the product's page, so that source and id name it in the whole world. */
export function toJson({ id, type, subject, time, data, dataText }: FeedEvent, source: string): string {
  const text = JSON.stringify({ specversion: '1.0', id, source, type, ...(subject !== undefined && { subject }), time, datacontenttype: 'application/json' })
  return `${text.slice(0, -1)},"data":${dataText ?? JSON.stringify(data)}}`
}

const SINGLE = 'application/cloudevents+json'
const BATCH = 'application/cloudevents-batch+json'

/** `ids` and `texts` are of the same events, in the same order. One stands alone only where the webhook wants no batches. */
export const toEnvelope = (webhookId: string, ids: readonly string[], texts: readonly string[], isBatch: boolean): Envelope => ({
  message: `${webhookId}.${ids.length === 1 && !isBatch ? ids[0] : sha256(ids.join('\n')).slice(0, 32)}`,
  contentType: isBatch ? BATCH : SINGLE,
  body: Buffer.from(isBatch ? `[${texts.join(',')}]` : (texts[0] ?? '')),
})
