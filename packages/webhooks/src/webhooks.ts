// All webhooks together: a lane for each that is active, in one process at a time; rung by what happens, and by a clock.

import type { Lease } from '@tulle/store'
import { toEnvelope, toJson } from './envelope.ts'
import { keepDelivery } from './keep.ts'
import type { Lane } from './lane.ts'
import { openLane } from './lane.ts'
import { openPlaces } from './places.ts'
import { CHANGED, listWebhooks } from './rows.ts'
import { keysAt } from './secrets.ts'
import { send } from './send.ts'
import type { Delivery, Limits, Seen, Webhook, WebhookOptions } from './types.ts'

const MEGABYTE = 1024 * 1024
export const LIMITS: Limits = { eventBytes: MEGABYTE, batchBytes: MEGABYTE, tryMilliseconds: 20_000, perHost: 8, atOnce: 64, slowAtOnce: 16, failingMilliseconds: 24 * 3_600_000, refusals: 5 }

const LOOK_MILLISECONDS = 1_000
/** Where a notice was lost, this finds what it told. */
const LOOKS_OF_ALL = 10

export interface Webhooks {
  /** Sends one event of no meaning, at once; nothing is written but the history. */
  test(webhook: Webhook, seen: Seen): Promise<Delivery>
  /** Delivers until `close`. */
  start(): void
  /** Delivers what can be delivered at this moment, for tests and orderly ends. */
  settle(): Promise<void>
  close(): Promise<void>
}

export function openWebhooks({ store, clock, feed, see, network, meshSecret, publicUrl, onPaused = async () => undefined, warn = () => undefined, random = Math.random, limits: some = {} }: WebhookOptions): Webhooks {
  const limits: Limits = { ...LIMITS, ...some }
  const closing = new AbortController()
  const places = openPlaces(limits)
  const lanes = new Map<string, { readonly lane: Lane; readonly productId: string }>()
  let lease: Lease | undefined
  let running: Promise<void> | undefined
  let isChanged = true
  const unlisten: (() => void)[] = []
  const room = { store, clock, feed, see, network, meshSecret, publicUrl, places, random, limits, warn, onPaused }
  /** Ends the lanes of a lease that was lost: somebody else delivers now. */
  let tenure = new AbortController()

  const readAll = async (): Promise<void> => {
    isChanged = false
    const active = new Map((await listWebhooks(store, { state: 'active' })).map((one) => [one.id, one]))
    for (const [id, { lane }] of lanes) {
      lane.reload()
      if (!active.has(id)) lanes.delete(id)
    }
    for (const { id, productId } of active.values()) {
      if (lanes.has(id)) continue
      const lane = openLane({ ...room, closing: AbortSignal.any([closing.signal, tenure.signal]) }, id)
      lanes.set(id, { lane, productId })
      lane.ring()
    }
  }
  const look = async (all: boolean): Promise<void> => {
    if (isChanged || all) await readAll()
    const now = clock.now()
    for (const { lane } of lanes.values()) if (lane.isDue(now)) lane.ring()
  }
  const ringFor = (productId: string | undefined): void => {
    for (const one of lanes.values()) if (productId === undefined || one.productId === productId) one.lane.ring()
  }

  const watch = async (): Promise<void> => {
    for (let number = 0; !closing.signal.aborted; number += 1) {
      try {
        if (lease?.held !== true) {
          tenure.abort(new Error('the lease is lost'))
          lanes.clear()
          tenure = new AbortController()
          lease = await store.watch.tryLease('webhooks')
          // Whoever has it now begins where the last place was written down.
          isChanged = true
        }
        if (lease !== undefined) await look(number % LOOKS_OF_ALL === 0)
      } catch (error) {
        if (!closing.signal.aborted) warn(`webhooks: ${String(error)}`)
      }
      await clock.sleep(LOOK_MILLISECONDS, closing.signal).catch(() => undefined)
    }
  }

  return {
    async test(webhook, { product }) {
      const at = clock.now()
      const event = { id: `test_${at}`, kind: 'published' as const, type: 'tulle.webhook.test', subject: product, time: new Date(at).toISOString(), data: { product, webhook: webhook.id }, position: '' }
      const envelope = toEnvelope(webhook.id, [event.id], [toJson(event, `${publicUrl}/products/${product}`)], webhook.batch.size > 1)
      const exact = performance.now()
      const sent = await send({ network, clock, tryMilliseconds: limits.tryMilliseconds }, { url: webhook.url, keys: keysAt(meshSecret, webhook, at), envelope }, closing.signal)
      const delivery: Delivery = {
        kind: 'test', at: new Date(at), message: envelope.message, events: 1, bytes: envelope.body.length, ...(sent.status !== undefined && { status: sent.status }), milliseconds: performance.now() - exact,
        outcome: sent.outcome === 'gone' ? 'failed' : sent.outcome, ...(sent.outcome !== 'delivered' && { trouble: sent.trouble }),
      }
      await keepDelivery(store.db, webhook.id, delivery)
      return delivery
    },
    start() {
      unlisten.push(feed.listen(ringFor))
      void store.listen(CHANGED, () => {
        isChanged = true
        if (lease?.held === true) void readAll().catch(() => undefined)
      }).then((stop) => unlisten.push(stop)).catch(() => undefined)
      running ??= watch()
    },
    async settle() {
      await look(true)
      for (let before = -1; before !== lanes.size;) {
        before = lanes.size
        await Promise.all([...lanes.values()].map(({ lane }) => lane.idle()))
      }
    },
    async close() {
      closing.abort(new Error('closed'))
      for (const stop of unlisten) stop()
      await running
      await Promise.all([...lanes.values()].map(({ lane }) => lane.idle()))
      await lease?.release()
    },
  }
}
