// Writes down, every few seconds, which grants and requests have run out, so that whoever follows events hears of it. That
// they are over was in force before, by their own time.

import { tellExpired } from '@tulle/access'
import type { House } from './house.ts'

const EVERY_MILLISECONDS = 5_000

/** The answer stops it. */
export function tellExpiries({ desk, clock, log }: Pick<House, 'desk' | 'clock' | 'log'>): () => Promise<void> {
  const stop = new AbortController()
  const running = (async () => {
    while (!stop.signal.aborted) {
      await clock.sleep(EVERY_MILLISECONDS, stop.signal)
      // The database may be away; what was not told now is told the next time.
      await tellExpired(desk).catch((error: unknown) => log.warn('expiries were not written down', { error: String(error) }))
    }
  })().catch(() => undefined)
  return () => {
    stop.abort(new Error('the house closes'))
    return running
  }
}
