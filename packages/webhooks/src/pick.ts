// Which of the events that were read go into the next request, and which can never go. Pure.

import type { Json } from '@tulle/kernel'
import type { Condition } from '@tulle/policy'
import { prepareFacts } from '@tulle/policy'
import type { FeedEvent, Reading, Webhook } from './types.ts'

export interface PickOptions {
  readonly webhook: Pick<Webhook, 'kinds' | 'dataSet'>
  readonly condition: Condition | undefined
  readonly after: string
  readonly reading: Reading
  readonly most: number
  readonly eventBytes: number
  readonly batchBytes: number
  readonly toText: (event: FeedEvent) => string
}

/** `upTo` is the place behind the last event that was looked at, `looked` how many those are; before it lies nothing that is still to be sent. */
export type Picked =
  | { readonly kind: 'send'; readonly events: readonly FeedEvent[]; readonly texts: readonly string[]; readonly upTo: string; readonly looked: number; readonly more: boolean }
  | { readonly kind: 'dead'; readonly event: FeedEvent; readonly before: string; readonly reason: string }

export function pick({ webhook, condition, after, reading, most, eventBytes, batchBytes, toText }: PickOptions): Picked {
  const events: FeedEvent[] = []
  const texts: string[] = []
  let [upTo, bytes, looked] = [after, 0, 0]
  const sendable = (): Picked => ({ kind: 'send', events, texts, upTo, looked, more: true })
  for (const event of reading.events) {
    const wanted = isWanted(webhook, condition, event)
    if (wanted === false) {
      upTo = event.position
      looked += 1
      continue
    }
    const text = wanted === true ? toText(event) : ''
    const reason = wanted !== true ? wanted.error : Buffer.byteLength(text) > eventBytes ? `webhook-event-too-large: it has ${Buffer.byteLength(text)} bytes, and ${eventBytes} is the most that is sent` : undefined
    if (reason !== undefined) return texts.length > 0 ? sendable() : { kind: 'dead', event, before: upTo, reason }
    if (texts.length >= most || (texts.length > 0 && bytes + text.length > batchBytes)) return sendable()
    events.push(event)
    texts.push(text)
    bytes += Buffer.byteLength(text)
    upTo = event.position
    looked += 1
  }
  return { kind: 'send', events, texts, upTo: reading.position, looked, more: reading.more }
}

/** A row may be as large as an event; a condition over more than that is not asked. */
const FACTS = 1024 * 1024

function isWanted({ kinds, dataSet }: PickOptions['webhook'], condition: Condition | undefined, event: FeedEvent): boolean | { readonly error: string } {
  if (!kinds.includes(event.kind) || (dataSet !== undefined && event.dataSet !== undefined && event.dataSet !== dataSet)) return false
  // A condition is about rows; what happens to the product reaches everybody who wants that kind.
  if (condition === undefined || (event.row === undefined && event.before === undefined)) return true
  const answer = condition(prepareFacts({ kind: event.kind, data_set: event.dataSet ?? '', row: rowOf(event.row), before: rowOf(event.before) }, FACTS))
  return typeof answer === 'boolean' ? answer : { error: `webhook-condition-failed: ${answer.error}` }
}

const rowOf = (text: string | undefined): Json => (text === undefined ? {} : (JSON.parse(text) as Json))
