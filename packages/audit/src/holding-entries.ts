// Entries whose sealed values hold one of some texts: those whose keys are to be destroyed.

import type { Json } from '@tulle/kernel'
import type { Entry, Keys } from './types.ts'
import { openValues, placeOf } from './seal-values.ts'
import { listSegments, readLines } from './segments.ts'

export async function holdingEntries(folder: string, keys: Pick<Keys, 'find'>, texts: ReadonlySet<string>): Promise<readonly { readonly chain: string; readonly seq: number }[]> {
  const found: { readonly chain: string; readonly seq: number }[] = []
  if (texts.size === 0) return found
  for (const { path } of await listSegments(folder)) {
    for (const line of (await readLines(path)).lines) {
      const entry = readEntry(line)
      if (entry?.sealed === undefined) continue
      const key = await keys.find(entry.chain, entry.seq)
      const values = key === undefined ? undefined : openValues(entry.sealed, key, placeOf(entry.chain, entry.seq))
      if (values?.some((value) => holds(value, texts)) === true) found.push({ chain: entry.chain, seq: entry.seq })
    }
  }
  return found
}

function readEntry(line: Uint8Array): Entry | undefined {
  try {
    return JSON.parse(Buffer.from(line).toString('utf8')) as Entry
  } catch {
    // Damage is for who verifies.
    return undefined
  }
}

function holds(value: Json, texts: ReadonlySet<string>): boolean {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  for (const one of texts) if (text.includes(one)) return true
  return false
}
