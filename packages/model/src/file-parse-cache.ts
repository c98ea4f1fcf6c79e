// A parse cache in one file, for processes that start anew. What one used is what the next one finds; within the
// process it remembers folders as the one in memory does.

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Json } from '@tulle/kernel'
import type { ParseCache } from './parse-cache.ts'
import { memoryParseCache } from './parse-cache.ts'

export interface FileParseCache extends ParseCache {
  readonly documents: NonNullable<ParseCache['documents']>
  /** Writes the entries that were used since opening, and nothing where they are the ones on disk. A full disk is no error: the cache only saves time. */
  save(): Promise<void>
}

// Raised whenever what is kept changes its meaning, so that an old file is never misread.
const FORMAT = 'tulle-parse-cache-1'

/** Opens the cache; a missing, broken or foreign file is an empty one. */
export async function fileParseCache(path: string): Promise<FileParseCache> {
  const stored = await readEntries(path)
  const used = new Map<string, Json>()
  let added = false
  return {
    ...memoryParseCache(),
    documents: {
      get: (key) => {
        const value = used.get(key) ?? stored.get(key)
        if (value !== undefined) used.set(key, value)
        return value
      },
      set: (key, value) => {
        added = true
        used.set(key, value)
      },
    },
    save: async () => {
      if (!added && used.size === stored.size) return
      const part = `${path}.${process.pid}.part`
      try {
        await mkdir(dirname(path), { recursive: true })
        await writeFile(part, JSON.stringify({ format: FORMAT, entries: [...used] }), { mode: 0o600 })
        await rename(part, path)
      } catch {
        // Without the file the next load reads everything, which is slower and right.
      }
    },
  }
}

async function readEntries(path: string): Promise<ReadonlyMap<string, Json>> {
  try {
    const content = JSON.parse(await readFile(path, 'utf8')) as { format?: unknown; entries?: unknown }
    return content.format === FORMAT && Array.isArray(content.entries) ? new Map(content.entries as [string, Json][]) : new Map()
  } catch {
    return new Map()
  }
}
