// What ports read streams by: batches under the reader's rights, a bell when something is appended, named positions.

import type { Clock } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Store } from '@tulle/store'
import { streamsOf } from './log.ts'
import { lagOf, namedPositions, subscribersOf } from './positions.ts'
import { positionSeal } from './position.ts'
import { readStream } from './read-stream.ts'
import type { GovernedChanges, SavedPosition, Streams, StreamSnapshots, Subscriber } from './types.ts'

export interface StreamsOptions {
  readonly store: Store
  readonly governed: GovernedChanges
  readonly snapshots: StreamSnapshots
  /** The mesh's: positions are sealed by it, and stay good as long as it does. */
  readonly secret: string
  readonly clock: Clock
}

export interface OpenStreams extends Streams {
  /** Everybody's positions in the streams of a product, those that lag most first; who may know is the caller's to say. */
  subscribers(productId: string): Promise<readonly Subscriber[]>
  /** How far a position of a stream of this product is behind; undefined where no stream of it has such a position any more. */
  lagAt(productId: string, position: string): Promise<SavedPosition['lag'] | undefined>
  close(): Promise<void>
}

export async function openStreams({ store, governed, snapshots, secret, clock }: StreamsOptions): Promise<OpenStreams> {
  const seal = positionSeal(secret)
  const waiting = new Set<() => void>()
  const ring = (): void => {
    for (const wake of waiting) wake()
  }
  const unlisten = await store.listen('tulle_streams', ring)
  const { db } = store
  return {
    read: (read) => readStream({ db, governed, snapshots, seal }, read),
    async rights(reader, address, port) {
      const target = await governed.target(reader, address, port)
      return target.ok ? ok(target.value.rights) : target
    },
    positions: namedPositions({ db, governed, seal, clock }),
    subscribers: (productId) => subscribersOf(db, productId, clock.now()),
    lagAt: async (productId, position) => {
      const streams = await streamsOf(db, productId)
      const [stream] = streams.filter(({ id }) => seal.parse(id, position) !== undefined)
      const place = stream === undefined ? undefined : seal.parse(stream.id, position)
      return stream === undefined || place === undefined || (place.phase === 'log' && place.number < stream.oldest - 1) ? undefined : lagOf(db, stream, place, clock.now())
    },
    async appended(milliseconds, signal) {
      if (signal.aborted) return
      const over = new AbortController()
      await Promise.race([
        new Promise<void>((resolve) => {
          const wake = (): void => {
            waiting.delete(wake)
            resolve()
          }
          waiting.add(wake)
          over.signal.addEventListener('abort', wake, { once: true })
        }),
        clock.sleep(milliseconds, AbortSignal.any([signal, over.signal])).catch(() => undefined),
      ])
      over.abort(new Error('woken'))
    },
    async close() {
      unlisten()
      ring()
    },
  }
}
