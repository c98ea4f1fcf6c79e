import { describe, expect, it } from 'vitest'
import type { TableMetadata } from './types.ts'
import { metadataMemory } from './metadata-memory.ts'

const metadata = (snapshots: number): TableMetadata => ({
  formatVersion: 2, uuid: 'u', location: 'l', lastSequenceNumber: 0, lastUpdated: 0, lastColumnId: 0, currentSchemaId: 0, schemas: [], defaultSpecId: 0, partitionSpecs: [],
  lastPartitionId: 0, defaultSortOrderId: 0, sortOrders: [], properties: {}, snapshotLog: [], metadataLog: [], refs: {}, carried: {},
  snapshots: Array.from({ length: snapshots }, (_, i) => ({ id: String(i), sequenceNumber: 0, timestamp: 0, summary: {} })),
})

describe('the memory of metadata files', () => {
  it('gives back what it was given', () => {
    const memory = metadataMemory()
    const given = metadata(1)
    memory.put('a', given)
    expect(memory.get('a')).toBe(given)
    expect(memory.get('b')).toBeUndefined()
  })

  it('forgets what was used longest ago once it is full', () => {
    const memory = metadataMemory(100)
    for (const address of ['a', 'b', 'c']) memory.put(address, metadata(10))
    memory.get('a')
    memory.put('d', metadata(10))
    expect(['a', 'b', 'c', 'd'].filter((address) => memory.get(address) !== undefined)).toEqual(['a', 'c', 'd'])
  })

  it('never keeps more than it may, also for one table with many snapshots', () => {
    const memory = metadataMemory(100)
    memory.put('a', metadata(10))
    memory.put('b', metadata(1000))
    expect([memory.get('a'), memory.get('b')]).toEqual([undefined, undefined])
    memory.put('a', metadata(10))
    memory.put('a', metadata(10))
    memory.put('b', metadata(10))
    memory.put('c', metadata(10))
    expect(['a', 'b', 'c'].filter((address) => memory.get(address) !== undefined)).toEqual(['a', 'b', 'c'])
  })
})
