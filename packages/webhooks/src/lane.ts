// One webhook on its way: reads what is next, asks the rights, sends, writes down what became of it. One request at a time, so
// that the order is kept; no other webhook waits for it. What was taken is written down while the next request is under way.

import type { Clock } from '@tulle/kernel'
import type { Condition } from '@tulle/policy'
import { compileCondition } from '@tulle/policy'
import type { Network } from '@tulle/sources'
import type { Store } from '@tulle/store'
import { toEnvelope, toJson } from './envelope.ts'
import { forgetDeliveries, keepDeadLetter, keepDelivery, keepFailure, keepProgress, KEPT_DELIVERIES } from './keep.ts'
import { pick } from './pick.ts'
import type { Places } from './places.ts'
import { findWebhook } from './rows.ts'
import { keysAt } from './secrets.ts'
import { send } from './send.ts'
import type { Delivery, Feed, FeedEvent, Limits, Reading, Seen, Sent, Webhook, WebhookOptions } from './types.ts'
import { waitAfter } from './waits.ts'

export interface LaneRoom {
  readonly store: Store
  readonly clock: Clock
  readonly feed: Feed
  readonly see: WebhookOptions['see']
  readonly network: Network
  readonly meshSecret: string
  readonly publicUrl: string
  readonly places: Places
  readonly random: () => number
  readonly limits: Limits
  readonly warn: (message: string) => void
  readonly onPaused: (webhook: Webhook, why: string) => Promise<void>
  /** Aborts when this process stops delivering. */
  readonly closing: AbortSignal
}

export interface Lane {
  /** There may be something to send. */
  ring(): void
  /** The webhook was changed: it is read again first. */
  reload(): void
  /** Something is due by now that nothing rings for. */
  isDue(now: number): boolean
  /** Resolves when nothing more can be done at this moment. */
  idle(): Promise<void>
}

/** A host that took longer than this shares the places of the slow ones. */
const SLOW_MILLISECONDS = 2_000
/** After trouble of our own, such as a database that is away. */
const OWN_TROUBLE_MILLISECONDS = 1_000
const READ_AHEAD = 100
/** Where events cannot be read at the moment, they are looked for again. */
const UNREAD_MILLISECONDS = 5_000

type Next = 'more' | 'rest'

export function openLane(room: LaneRoom, id: string): Lane {
  const { store: { db }, clock, feed, places, limits, closing } = room
  let webhook: Webhook | undefined
  let condition: Condition | undefined
  let isStale = true
  let isRung = true
  let isBlind = false
  let running: Promise<void> | undefined
  let wakeAt: number | undefined
  let fillingSince: number | undefined
  let asked = true
  let most = 1
  let refusals = 0
  let kept: Promise<void> = Promise.resolve()
  let sinceForgotten = 0
  let ahead: { readonly seen: Seen; readonly after: string; readonly reading: Reading } | undefined

  const run = async (): Promise<void> => {
    while (isRung && !closing.aborted) {
      isRung = false
      try {
        while (!closing.aborted && (await step()) === 'more');
      } catch (error) {
        if (closing.aborted) return
        room.warn(`webhook ${id}: ${String(error)}`)
        isStale = true
        wakeAt = clock.now() + OWN_TROUBLE_MILLISECONDS
      }
    }
  }
  const ring = (): void => {
    isRung = true
    running ??= run().finally(() => {
      running = undefined
      if (isRung && !closing.aborted) ring()
    })
  }

  const load = async (): Promise<void> => {
    isStale = false
    await kept.catch(() => undefined)
    kept = Promise.resolve()
    webhook = await findWebhook(room.store, id)
    const compiled = webhook?.filter.condition === undefined ? undefined : compileCondition(webhook.filter.condition)
    condition = compiled?.ok === true ? compiled.value : undefined
    wakeAt = webhook?.nextAt?.getTime()
    asked = true
    most = webhook?.batch.size ?? 1
  }

  const step = async (): Promise<Next> => {
    if (isStale) await load()
    const now = clock.now()
    if (webhook === undefined || webhook.state !== 'active' || (wakeAt !== undefined && wakeAt > now && fillingSince === undefined)) return 'rest'
    const release = await places.take(hostOf(webhook), closing)
    try {
      const seen = await room.see(webhook)
      isBlind = seen === undefined
      if (seen === undefined) {
        wakeAt = undefined
        return 'rest'
      }
      return asked ? await stepDeadLetter(webhook, seen) : await stepEvents(webhook, seen)
    } finally {
      release()
    }
  }

  const stepEvents = async (current: Webhook, seen: Seen): Promise<Next> => {
    const after = current.position
    const reading = await next(current, seen)
    if (reading === undefined) return 'rest'
    const source = `${room.publicUrl}/products/${seen.product}`
    const picked = pick({ webhook: current, condition, after, reading, most, eventBytes: limits.eventBytes, batchBytes: limits.batchBytes, toText: (event) => toJson(event, source) })
    if (picked.kind === 'dead') {
      await setAside(current, picked.event, picked.before, picked.reason)
      return 'more'
    }
    const { events, texts, upTo, looked, more } = picked
    ahead = { seen, after: upTo, reading: { ...reading, events: reading.events.slice(looked) } }
    if (events.length === 0) {
      if (upTo !== after) await progress(current, upTo, [])
      wakeAt = undefined
      return more ? 'more' : 'rest'
    }
    if (events.length < most && !more && isFilling(current)) return 'rest'
    fillingSince = undefined
    wakeAt = undefined
    const { sent, delivery } = await exchange(current, events, texts, 'events')
    if (sent.outcome === 'delivered') {
      refusals = 0
      most = Math.min(current.batch.size, most * 2)
      await progress(current, upTo, [delivery])
      return more || isRung ? 'more' : 'rest'
    }
    if (sent.outcome === 'refused' && events.length > 1) {
      // Which of them it is shows when they come alone.
      await keepDelivery(db, id, delivery)
      most = Math.ceil(events.length / 2)
      return 'more'
    }
    const [only] = events
    if (sent.outcome === 'refused' && only !== undefined && ++refusals >= limits.refusals) {
      refusals = 0
      await keepDelivery(db, id, delivery)
      await setAside(current, only, after, `refused: ${sent.trouble}`)
      return 'more'
    }
    return fail(current, sent, delivery)
  }

  /** What was read ahead is good for as long as the rights are the same, and it fills a request. */
  const next = async (current: Webhook, seen: Seen): Promise<Reading | undefined> => {
    const { position: after } = current
    if (ahead !== undefined && ahead.seen === seen && ahead.after === after && ahead.reading.events.length >= most) return ahead.reading
    const read = await feed.read(current, seen, { after, limit: Math.max(most, READ_AHEAD), signal: closing })
    if (read.ok) return read.value
    const trouble = read.diagnostics.map(({ code, message }) => `${code}: ${message}`).join(' ').slice(0, 300)
    wakeAt = clock.now() + UNREAD_MILLISECONDS
    if (trouble !== current.trouble) await db.updateTable('webhook').set({ trouble }).where('id', '=', id).execute()
    webhook = { ...current, trouble }
    return undefined
  }

  const stepDeadLetter = async (current: Webhook, seen: Seen): Promise<Next> => {
    const letter = await db.selectFrom('webhook_dead_letter').selectAll().where('webhook_id', '=', id).where('state', '=', 'asked again').orderBy('seq').limit(1).executeTakeFirst()
    if (letter === undefined) {
      asked = false
      return 'more'
    }
    const end = async (state: 'dead' | 'delivered', reason = letter.reason): Promise<Next> => {
      await db.updateTable('webhook_dead_letter').set({ state, reason: reason.slice(0, 300), at: new Date(clock.now()) }).where('seq', '=', letter.seq).execute()
      return 'more'
    }
    const read = await feed.read(current, seen, { after: letter.before, limit: 100, signal: closing })
    const event = read.ok ? read.value.events.find((one) => one.id === letter.event) : undefined
    if (event === undefined) return end('dead', 'webhook-event-gone: it is no longer kept, or no longer yours to see')
    const text = toJson(event, `${room.publicUrl}/products/${seen.product}`)
    if (Buffer.byteLength(text) > limits.eventBytes) return end('dead')
    const { sent, delivery } = await exchange(current, [event], [text], 'dead-letter')
    if (sent.outcome === 'delivered' || sent.outcome === 'refused') {
      await keepDelivery(db, id, delivery)
      return end(sent.outcome === 'delivered' ? 'delivered' : 'dead', sent.outcome === 'refused' ? `refused: ${sent.trouble}` : letter.reason)
    }
    return fail(current, sent, delivery)
  }

  const exchange = async (current: Webhook, events: readonly FeedEvent[], texts: readonly string[], kind: Delivery['kind']): Promise<{ readonly sent: Sent; readonly delivery: Delivery }> => {
    const envelope = toEnvelope(id, events.map((event) => event.id), texts, current.batch.size > 1)
    const begun = clock.now()
    const exact = performance.now()
    const sent = await send({ network: room.network, clock, tryMilliseconds: limits.tryMilliseconds }, { url: current.url, keys: keysAt(room.meshSecret, current, begun), envelope }, closing)
    // A try that our own end broke off was no try.
    if (sent.outcome !== 'delivered') closing.throwIfAborted()
    const milliseconds = Math.max(clock.now() - begun, performance.now() - exact)
    places.tell(hostOf(current), milliseconds > SLOW_MILLISECONDS || (sent.outcome === 'failed' && sent.status === undefined))
    return { sent, delivery: {
      kind, at: new Date(begun), message: envelope.message, events: events.length,
      ...(events[0] !== undefined && { firstEvent: events[0].id }), ...(events.length > 1 && { lastEvent: (events.at(-1) as FeedEvent).id }),
      bytes: envelope.body.length, ...(sent.status !== undefined && { status: sent.status }), milliseconds,
      outcome: sent.outcome === 'gone' ? 'failed' : sent.outcome, ...(sent.outcome !== 'delivered' && { trouble: sent.trouble }),
    } }
  }

  /** True while a request that is not full yet waits for more. */
  const isFilling = ({ batch: { milliseconds } }: Webhook): boolean => {
    if (milliseconds === 0) return false
    fillingSince ??= clock.now()
    wakeAt = fillingSince + milliseconds
    if (wakeAt <= clock.now()) return false
    void clock.sleep(wakeAt - clock.now(), closing).then(ring).catch(() => undefined)
    return true
  }

  /** INVARIANT: called only after the target took everything up to `position`, or where nothing before it is for this consumer. */
  const progress = async (current: Webhook, position: string, deliveries: readonly Delivery[]): Promise<void> => {
    const count = deliveries.reduce((sum, one) => sum + one.events, 0)
    webhook = { ...current, position, ...(count > 0 && { failures: 0 }) }
    await kept
    kept = keepProgress(db, current, { position, deliveries, at: new Date(clock.now()) })
    kept.catch(() => undefined)
    sinceForgotten += deliveries.length
    if (sinceForgotten < KEPT_DELIVERIES / 4) return
    sinceForgotten = 0
    await kept
    await forgetDeliveries(db, id)
  }

  const setAside = async (current: Webhook, event: FeedEvent, before: string, reason: string): Promise<void> => {
    await kept
    await keepDeadLetter(db, current, { event, before, reason, at: new Date(clock.now()) })
    webhook = { ...current, position: event.position }
    most = current.batch.size
  }

  const fail = async (current: Webhook, sent: Exclude<Sent, { outcome: 'delivered' }>, delivery: Delivery): Promise<Next> => {
    await kept
    const now = clock.now()
    const failures = current.failures + 1
    const nextAt = new Date(now + waitAfter(failures, room.random, sent.waitMilliseconds))
    const since = await keepFailure(db, current, { at: new Date(now), nextAt, trouble: sent.trouble, delivery })
    webhook = { ...current, failures, failingSince: since, nextAt }
    wakeAt = nextAt.getTime()
    if (sent.outcome === 'gone' || now - since.getTime() >= limits.failingMilliseconds) await pause(webhook, sent.outcome === 'gone' ? sent.trouble : `it has taken nothing for a day; last, ${sent.trouble}`)
    return 'rest'
  }

  const pause = async (current: Webhook, why: string): Promise<void> => {
    const paused = await db.updateTable('webhook').set({ state: 'paused', paused_by: 'tulle', paused_why: why.slice(0, 300) }).where('id', '=', id).where('state', '=', 'active').returning('id').executeTakeFirst()
    isStale = true
    if (paused !== undefined) await room.onPaused(current, why)
  }

  return {
    ring,
    reload() {
      isStale = true
      ring()
    },
    isDue: (now) => isBlind || (wakeAt !== undefined && wakeAt <= now),
    async idle() {
      for (let before: Promise<void> | undefined; running !== before;) await (before = running)
      await kept.catch(() => undefined)
    },
  }
}

const hostOf = ({ url }: Webhook): string => new URL(url).host
