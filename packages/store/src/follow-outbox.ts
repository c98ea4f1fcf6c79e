// Walks the journal behind a cursor: read → handle → move the cursor. Never moves it before the handler is done, so a crash repeats events and loses none.

import type { Clock } from '@tulle/kernel'
import { systemClock } from '@tulle/kernel'
import { lastEventPlace, readEvents } from './outbox.ts'
import type { Store } from './open-store.ts'
import type { Following, OutboxEvent } from './types.ts'
import type { Lease } from './watch.ts'

export interface FollowOptions {
  /** Whose cursor it is. Among all processes one at a time follows under this name; the others stand by. */
  readonly consumer: string
  /** May be called again with the same event after a crash. A failure is retried, later and later, and holds back what follows. */
  readonly handle: (event: OutboxEvent) => Promise<void>
  /** Other types are passed over. */
  readonly types?: readonly string[]
  /** Where a consumer that has no cursor yet begins; the journal's start unless told. */
  readonly from?: 'start' | 'now'
  /** Told of each failure of the handler or of the database; following goes on. */
  readonly onFailure?: (error: unknown, event: OutboxEvent | undefined) => void
  /** Called when all events so far are handled, with the moment at which that look at the journal began. Its failure counts as a handler's. */
  readonly onCaughtUp?: (since: number) => Promise<void> | void
  readonly clock?: Clock
}

const BATCH = 100
/** A notice may be lost with its connection; then this finds the event. */
const POLL = 750

/** Follows the journal for a named consumer, at least once for each event, across restarts of everything. */
export function followOutbox(store: Store, options: FollowOptions): Following {
  const name = `outbox:${options.consumer}`
  let lease: Lease | undefined
  return walk(store, options, {
    read: async () => {
      if (lease?.held !== true) lease = await store.watch.tryLease(name)
      if (lease === undefined) return undefined
      const row = await store.db.selectFrom('outbox_cursor').select('seq').where('consumer', '=', options.consumer).executeTakeFirst()
      if (row !== undefined) return row.seq
      const seq = options.from === 'now' ? await lastEventPlace(store.db) : '0'
      await store.db.insertInto('outbox_cursor').values({ consumer: options.consumer, seq }).onConflict((c) => c.doNothing()).execute()
      return seq
    },
    move: async (seq) => {
      await store.db.updateTable('outbox_cursor').set({ seq }).where('consumer', '=', options.consumer).where('seq', '<', seq).execute()
      return lease?.held === true
    },
    end: async () => lease?.release(),
  })
}

export type WatchOptions = Omit<FollowOptions, 'consumer' | 'from' | 'handle'> & {
  /** Without it no event is read: `onCaughtUp` is called whenever there may be new ones. */
  readonly handle?: FollowOptions['handle']
  /** Begins after this place; now unless told. */
  readonly after?: string
}

/** Follows the journal for this process alone, with a cursor in memory: for caches, and for pages that show what happens. */
export function watchOutbox(store: Store, options: WatchOptions): Following {
  let cursor = options.after
  return walk(store, options, {
    read: async () => {
      cursor ??= await lastEventPlace(store.db)
      return cursor
    },
    move: async (seq) => {
      cursor = seq
      return true
    },
    end: async () => undefined,
  })
}

interface Cursor {
  /** Undefined where someone else follows. */
  read(): Promise<string | undefined>
  /** False where someone else may have begun to follow. */
  move(seq: string): Promise<boolean>
  end(): Promise<void>
}

type Walk = Pick<WatchOptions, 'handle' | 'types' | 'onFailure' | 'onCaughtUp' | 'clock'>

function walk(store: Store, { handle, types, onFailure, onCaughtUp, clock = systemClock }: Walk, cursor: Cursor): Following {
  const stopped = new AbortController()
  let rounds = 0
  let wake: (() => void) | undefined
  let woken = true
  let waiters: { round: number; done: () => void }[] = []
  const ring = (): void => {
    woken = true
    wake?.()
  }
  const sleep = async (milliseconds: number): Promise<void> => {
    if (woken || stopped.signal.aborted) return
    const over = new AbortController()
    await Promise.race([new Promise<void>((resolve) => (wake = resolve)), clock.sleep(milliseconds, over.signal).catch(() => undefined)])
    over.abort(new Error('woken'))
  }

  const round = async (): Promise<'more' | 'done' | 'not ours'> => {
    const from = await cursor.read()
    if (from === undefined) return 'not ours'
    // Whoever reads for himself is told at once.
    if (handle === undefined) return 'done'
    const head = await lastEventPlace(store.db)
    const events = await readEvents(store.db, { after: from, limit: BATCH, types })
    for (const event of events) {
      if (stopped.signal.aborted) return 'done'
      try {
        await handle(event)
      } catch (error) {
        throw new HandlerFailure(error, event)
      }
      if (!await cursor.move(event.seq)) return 'more'
    }
    if (events.length === BATCH) return 'more'
    // Passes over events of other types, so that the next read does not scan them again.
    if (BigInt(head) > BigInt(events.at(-1)?.seq ?? from)) await cursor.move(head)
    return 'done'
  }

  const run = async (): Promise<void> => {
    const deaf = store.listen('tulle_outbox', ring).catch(() => undefined)
    for (let failures = 0; !stopped.signal.aborted;) {
      woken = false
      const number = ++rounds
      const since = clock.now()
      try {
        const outcome = await round()
        if (outcome === 'more') {
          failures = 0
          continue
        }
        if (outcome === 'done' && !stopped.signal.aborted) await onCaughtUp?.(since)
        failures = 0
        if (outcome === 'done') {
          for (const waiter of waiters.filter((w) => w.round < number)) waiter.done()
          waiters = waiters.filter((w) => w.round >= number)
        }
        await sleep(POLL)
      } catch (error) {
        const failure = error instanceof HandlerFailure ? error : undefined
        onFailure?.(failure?.cause ?? error, failure?.event)
        failures += 1
        woken = false
        await sleep(Math.min(50 * 2 ** failures, 10_000))
      }
    }
    void deaf.then((unlisten) => unlisten?.())
    await cursor.end()
    for (const waiter of waiters) waiter.done()
  }
  const end = (): void => {
    stopped.abort(new Error('stopped'))
    ring()
  }
  store.closed.addEventListener('abort', end, { once: true })
  const running = run()

  return {
    stop: async () => {
      store.closed.removeEventListener('abort', end)
      end()
      await running
    },
    caughtUp: () => new Promise((done) => {
      if (stopped.signal.aborted) return done()
      waiters.push({ round: rounds, done })
      ring()
    }),
  }
}

class HandlerFailure extends Error {
  readonly event: OutboxEvent
  constructor(cause: unknown, event: OutboxEvent) {
    super('handler failed', { cause })
    this.event = event
  }
}
