// What was worked out for a viewer, remembered until rights change: to decide about each product of a large mesh again for each
// question would be most of the answer.

import type { Subject } from '@tulle/policy'
import type { House } from './house.ts'

/** Rights may end by the clock alone. */
const MEMORY_MILLISECONDS = 10_000
const MOST_VIEWERS = 200

/** Gives what was made for this viewer, or makes it; of another basis (a list of products, say) everything is made anew. */
export function rememberViewers<T, B extends object>({ clock, access }: Pick<House, 'clock' | 'access'>, make: (basis: B) => T): (subject: Subject, basis: B) => T {
  const memories = new Map<string, T>()
  let [version, at, last] = [0, 0, undefined as B | undefined]
  return ({ id, role, teams, domains, attributes }, basis) => {
    const now = clock.now()
    if (last !== basis || version !== access.version() || now - at > MEMORY_MILLISECONDS) {
      memories.clear()
      ;[last, version, at] = [basis, access.version(), now]
    }
    const key = JSON.stringify([id, role, teams, domains, attributes])
    const known = memories.get(key)
    if (known !== undefined) return known
    if (memories.size >= MOST_VIEWERS) memories.clear()
    const made = make(basis)
    memories.set(key, made)
    return made
  }
}
