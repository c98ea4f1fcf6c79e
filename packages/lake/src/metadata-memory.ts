// The metadata files read or written last, so that neither a query nor the next commit parses them again.

import type { MetadataMemory, TableMetadata } from './types.ts'

/** A table with many snapshots takes the room of many tables. */
const MAX_WEIGHT = 50_000

export function metadataMemory(maxWeight = MAX_WEIGHT): MetadataMemory {
  // A Map keeps the order of insertion, so its first key is what was used longest ago.
  const remembered = new Map<string, TableMetadata>()
  let weight = 0
  const forget = (address: string): void => {
    const metadata = remembered.get(address)
    if (metadata === undefined) return
    remembered.delete(address)
    weight -= weightOf(metadata)
  }
  return {
    get: (address) => {
      const metadata = remembered.get(address)
      if (metadata === undefined) return undefined
      remembered.delete(address)
      remembered.set(address, metadata)
      return metadata
    },
    put: (address, metadata) => {
      forget(address)
      remembered.set(address, metadata)
      weight += weightOf(metadata)
      for (const oldest of remembered.keys()) {
        if (weight <= maxWeight) break
        forget(oldest)
      }
    },
  }
}

const weightOf = (metadata: TableMetadata): number => 20 + metadata.snapshots.length + metadata.schemas.reduce((sum, schema) => sum + schema.fields.length, 0)
