// Which files were taken in: name and version of each, as a draw's state.

import type { Json } from '@tulle/kernel'

export function seenOf(state: Json | undefined): Map<string, string> {
  const { seen } = (state ?? {}) as { readonly seen?: Readonly<Record<string, Json>> }
  return new Map(Object.entries(seen ?? {}).map(([name, version]) => [name, String(version)]))
}

export const stateOfSeen = (seen: ReadonlyMap<string, string>): Json => ({ seen: Object.fromEntries([...seen].toSorted(([a], [b]) => (a < b ? -1 : 1))) })
