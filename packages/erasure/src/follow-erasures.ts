// Every process of a mesh keeps something of what its ports have read: links to files, slices, plain copies of what lies under keys. An erasure
// empties its own; the others hear of it here, an idle one too. Whoever hears nothing of the journal gives up what it has all the same.

import type { Clock } from '@tulle/kernel'
import type { Following, Store } from '@tulle/store'
import { watchOutbox } from '@tulle/store'

/** What an erasure says of rows that are gone: its type is shared with other work, its source is not. */
export const ERASURE_SOURCE = '/tulle/erasures'
export const REWRITTEN = 'tulle.history.rewritten'

const UNHEARD = 10_000
const LOOK = 1_000

/** Milliseconds after rows were said to be gone, by which no process that runs has anything of them any more. */
export const FORGOTTEN_WITHIN = UNHEARD + 2 * LOOK

/** Calls `forget` after each erasure, by whatever process, and once where the journal is out of sight. */
export function followErasures(store: Store, { forget, clock }: { readonly forget: () => Promise<void>; readonly clock: Clock }): Following {
  let seen = clock.now()
  let isTold = false
  let isOutOfSight = false
  const following = watchOutbox(store, {
    types: [REWRITTEN],
    clock,
    handle: async ({ source }) => {
      isTold ||= source === ERASURE_SOURCE
    },
    onCaughtUp: async (since) => {
      if (isTold) await forget()
      isTold = false
      isOutOfSight = false
      seen = since
    },
  })
  const stopped = new AbortController()
  const looking = (async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await clock.sleep(LOOK, stopped.signal).catch(() => undefined)
      if (stopped.signal.aborted || isOutOfSight || clock.now() - seen <= UNHEARD) continue
      isOutOfSight = true
      await forget().catch(() => undefined)
    }
  })()
  return {
    caughtUp: () => following.caughtUp(),
    async stop() {
      stopped.abort(new Error('stopped'))
      await Promise.all([following.stop(), looking])
    },
  }
}
