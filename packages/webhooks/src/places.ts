// Who may send now. Bounded for each host, so that one target never takes all; and those that answer late or not at all share
// places of their own, so that they never take the places of those that answer.

export interface Places {
  /** Waits for a place; the answer gives it back. */
  take(host: string, signal: AbortSignal): Promise<() => void>
  /** What a host has just been like. */
  tell(host: string, isSlow: boolean): void
}

interface Waiting { readonly host: string; readonly begin: () => void }

export function openPlaces({ perHost, atOnce, slowAtOnce }: { readonly perHost: number; readonly atOnce: number; readonly slowAtOnce: number }): Places {
  const hosts = new Map<string, number>()
  const slow = new Set<string>()
  const taken = { well: 0, slow: 0 }
  const waiting: Waiting[] = []
  const laneOf = (host: string): 'well' | 'slow' => (slow.has(host) ? 'slow' : 'well')
  const room = { well: atOnce, slow: slowAtOnce }
  const isFree = (host: string): boolean => taken[laneOf(host)] < room[laneOf(host)] && (hosts.get(host) ?? 0) < perHost
  const begin = (host: string): (() => void) => {
    const lane = laneOf(host)
    taken[lane] += 1
    hosts.set(host, (hosts.get(host) ?? 0) + 1)
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      taken[lane] -= 1
      const left = (hosts.get(host) ?? 1) - 1
      if (left === 0) hosts.delete(host)
      else hosts.set(host, left)
      const next = waiting.findIndex((one) => isFree(one.host))
      if (next >= 0) waiting.splice(next, 1)[0]?.begin()
    }
  }
  return {
    take: (host, signal) => new Promise((resolve, reject) => {
      if (isFree(host)) return resolve(begin(host))
      const one: Waiting = { host, begin: () => {
        signal.removeEventListener('abort', leave)
        resolve(begin(host))
      } }
      const leave = (): void => {
        waiting.splice(waiting.indexOf(one), 1)
        reject(signal.reason as Error)
      }
      waiting.push(one)
      signal.addEventListener('abort', leave, { once: true })
    }),
    tell(host, isSlow) {
      if (isSlow) slow.add(host)
      else slow.delete(host)
    },
  }
}
