// The rig for rooms that take a clock.

import type { Clock } from './clock.ts'

export { bundledProgram } from './testing/bundled-program.ts'
export { makeOnce } from './testing/make-once.ts'

/** A clock that stands still until a test moves it; sleepers wake in order of their time. */
export interface FakeClock extends Clock {
  advance(milliseconds: number): Promise<void>
}

export function fakeClock(start = Date.UTC(2026, 0, 1)): FakeClock {
  let time = start
  let sleepers: { at: number; wake: () => void }[] = []
  return {
    now: () => time,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(signal.reason as Error)
          return
        }
        const sleeper = { at: time + milliseconds, wake: resolve }
        sleepers.push(sleeper)
        signal?.addEventListener('abort', () => {
          sleepers = sleepers.filter((s) => s !== sleeper)
          reject(signal.reason as Error)
        }, { once: true })
      }),
    advance: async (milliseconds) => {
      const end = time + milliseconds
      for (;;) {
        const next = sleepers.filter((s) => s.at <= end).toSorted((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        sleepers = sleepers.filter((s) => s !== next)
        time = next.at
        next.wake()
        await new Promise((resolve) => setImmediate(resolve))
      }
      time = end
    },
  }
}
