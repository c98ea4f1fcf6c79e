import { memoryObjects } from '@tulle/objects'
import { describe, expect, it } from 'vitest'
import type { Lake, ManifestEntry, TableMetadata } from './types.ts'
import { commit } from './commit.ts'
import { createTable } from './create-table.ts'
import { loadTable } from './load-table.ts'
import { memoryCatalog } from './memory-catalog.ts'
import { manifestMemory, metadataMemory } from './metadata-memory.ts'
import { newDataPath } from './new-data-path.ts'
import { openLake } from './open-lake.ts'
import { planScan } from './scan.ts'
import { stageAppend } from './stage-snapshot.ts'
import { valueOf } from './testing/one-table.ts'

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

describe('the memory of manifests', () => {
  it('spares a second scan every read, and shows the same files; another process of the lake reads for itself', async () => {
    const objects = memoryObjects()
    const catalog = memoryCatalog()
    let reads = 0
    const counted = { ...objects, read: (address: string) => {
      reads += 1
      return objects.read(address)
    } }
    const name = { namespace: 'n', name: 't' }
    const lake = openLake({ catalog, objects: counted })
    valueOf(await createTable(lake, { name, folder: 'p', columns: [{ name: 'a', type: 'int' }] }))
    for (const file of ['x', 'y']) {
      const table = valueOf(await loadTable(lake, name))
      valueOf(await commit(lake, [valueOf(await stageAppend(lake, table, { files: [{ path: lake.objects.address(`${newDataPath(lake, table)}-${file}`), rows: 1, bytes: 1 }] }))]))
    }
    const scan = async (of: Lake): Promise<readonly string[]> => valueOf(await planScan(of, valueOf(await loadTable(of, name)))).files.map(({ file }) => file.path)
    const first = await scan(lake)
    const before = reads
    expect(await scan(lake)).toEqual(first)
    expect(reads).toBe(before)
    expect(await scan(openLake({ catalog, objects: counted }))).toEqual(first)
    expect(reads).toBeGreaterThan(before)
  })

  it('never keeps more entries than it may', () => {
    const memory = manifestMemory(100)
    const entries = (count: number): readonly ManifestEntry[] => Array.from({ length: count }, () => ({}) as ManifestEntry)
    memory.put('a', entries(40))
    memory.put('b', entries(40))
    memory.put('c', entries(40))
    expect(['a', 'b', 'c'].filter((key) => memory.get(key) !== undefined)).toEqual(['b', 'c'])
    memory.put('d', entries(1000))
    expect(memory.get('d')).toBeUndefined()
  })
})
