// What was read or written last, by its address, so that neither a query nor the next commit reads it again. Objects never
// change, so what is remembered is never stale.

import type { ManifestEntry, ManifestFile, Memory, TableMetadata } from './types.ts'

/** A table with many snapshots takes the room of many tables. */
export const metadataMemory = (maxWeight = 50_000): Memory<TableMetadata> =>
  memory(maxWeight, ({ snapshots, schemas }) => 20 + snapshots.length + schemas.reduce((sum, schema) => sum + schema.fields.length, 0))

/** The manifests of a snapshot, by the address of its list. */
export const listMemory = (maxWeight = 20_000): Memory<readonly ManifestFile[]> => memory(maxWeight, (manifests) => 10 + manifests.length)

/** The entries of a manifest; each has statistics of every column. */
export const manifestMemory = (maxWeight = 20_000): Memory<readonly ManifestEntry[]> => memory(maxWeight, (entries) => 10 + entries.length)

function memory<T>(maxWeight: number, weightOf: (value: T) => number): Memory<T> {
  // A Map keeps the order of insertion, so its first key is what was used longest ago.
  const remembered = new Map<string, T>()
  let weight = 0
  const forget = (address: string): void => {
    const value = remembered.get(address)
    if (value === undefined) return
    remembered.delete(address)
    weight -= weightOf(value)
  }
  return {
    get: (address) => {
      const value = remembered.get(address)
      if (value === undefined) return undefined
      remembered.delete(address)
      remembered.set(address, value)
      return value
    },
    put: (address, value) => {
      forget(address)
      remembered.set(address, value)
      weight += weightOf(value)
      for (const oldest of remembered.keys()) {
        if (weight <= maxWeight) break
        forget(oldest)
      }
    },
  }
}
