// Events in an array, for runs in memory.

import type { Clock } from '@tulle/kernel'
import type { EventLog } from '../host.ts'
import type { JsonObject } from '../types.ts'

export interface MemoryEvents extends EventLog { readonly events: readonly JsonObject[] }

export function memoryEvents(clock: Clock): MemoryEvents {
  const kept: { readonly key: string; readonly event: JsonObject; readonly at: number }[] = []
  const waiting = new Set<() => void>()
  return {
    get events() {
      return kept.map(({ event }) => event)
    },
    async append(key, event) {
      if (kept.some((one) => one.key === key)) return
      kept.push({ key, event, at: clock.now() })
      for (const wake of waiting) wake()
    },
    positionAt: async (milliseconds) => kept.filter((one) => one.at < milliseconds).length,
    read: async (after) => kept.slice(after, after + 100).map(({ event }, i) => ({ position: after + i + 1, event })),
    beyond: (position, signal) => new Promise((resolve, reject) => {
      if (kept.length > position) return resolve()
      const wake = (): void => {
        waiting.delete(wake)
        signal.removeEventListener('abort', stop)
        resolve()
      }
      const stop = (): void => {
        waiting.delete(wake)
        reject(signal.reason as Error)
      }
      waiting.add(wake)
      signal.addEventListener('abort', stop, { once: true })
    }),
  }
}
