// Remembers what a text was read as, so that a second load only reads the files that changed. Keys are hashes of
// content, so an entry is never stale; only documents without findings are kept.

import type { Json } from '@tulle/kernel'

export interface ParseCache {
  get(key: string): Json | undefined
  set(key: string, value: Json): void
  /** What the last load made of each product's folder: a process can keep what a file cannot. */
  readonly folders?: Map<string, unknown>
}

/** A cache within the process; the entries that were not used for longest make room for new ones. */
export function memoryParseCache(options: { most?: number } = {}): ParseCache {
  const most = options.most ?? 200_000
  const entries = new Map<string, Json>()
  return {
    folders: new Map(),
    get: (key) => {
      const value = entries.get(key)
      if (value !== undefined && entries.size * 2 > most) {
        entries.delete(key)
        entries.set(key, value)
      }
      return value
    },
    set: (key, value) => {
      entries.delete(key)
      entries.set(key, value)
      if (entries.size > most) entries.delete(entries.keys().next().value as string)
    },
  }
}
