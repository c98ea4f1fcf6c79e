// Slows down guessing: after a few failed sign-ins a name has to wait, longer each time. Kept in memory, and bounded.

import type { Clock } from '@tulle/kernel'

export interface Attempts {
  /** Seconds until this name may try again; 0 where it may now. */
  wait(name: string): number
  failed(name: string): void
  succeeded(name: string): void
}

const FREE = 5
const LONGEST = 60_000
const MOST_NAMES = 10_000

export function countAttempts(clock: Clock): Attempts {
  const byName = new Map<string, { failures: number; until: number }>()
  return {
    wait: (name) => Math.max(0, Math.ceil(((byName.get(name)?.until ?? 0) - clock.now()) / 1000)),
    failed: (name) => {
      const failures = (byName.get(name)?.failures ?? 0) + 1
      const pause = failures < FREE ? 0 : Math.min(1000 * 2 ** (failures - FREE), LONGEST)
      // Deleting first moves the name to the end: the front is what has been quiet for longest, and is forgotten first.
      byName.delete(name)
      byName.set(name, { failures, until: clock.now() + pause })
      for (const oldest of byName.keys()) {
        if (byName.size <= MOST_NAMES) break
        byName.delete(oldest)
      }
    },
    succeeded: (name) => {
      byName.delete(name)
    },
  }
}
