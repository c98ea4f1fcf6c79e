// Packed metadata says what printed metadata says, also where most of it was packed for an earlier file.

import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Snapshot, TableMetadata } from './types.ts'
import { packMetadata, printMetadata } from './print-metadata.ts'
import { parseMetadata } from './parse-metadata.ts'
import { tableMetadata } from './testing/arbitraries.ts'

const EMPTY: TableMetadata = {
  formatVersion: 2, uuid: 'u', location: 'file:///t', lastSequenceNumber: 1_000_000, lastUpdated: 1, lastColumnId: 0, currentSchemaId: 0, schemas: [{ schemaId: 0, fields: [] }],
  defaultSpecId: 0, partitionSpecs: [{ specId: 0, fields: [] }], lastPartitionId: 999, defaultSortOrderId: 0, sortOrders: [{ orderId: 0, fields: [] }],
  properties: {}, snapshots: [], snapshotLog: [], metadataLog: [], refs: {}, carried: {},
}
const snapshot = (i: number): Snapshot => ({ id: String(2n ** 62n + BigInt(i)), sequenceNumber: i, timestamp: i, summary: { operation: 'append', note: `n° ${i}` }, manifestList: `file:///t/${i}` })
const withSnapshots = (snapshots: readonly Snapshot[]): TableMetadata => ({ ...EMPTY, snapshots, snapshotLog: snapshots.map((s) => ({ snapshotId: s.id, timestamp: s.timestamp })) })
const all = Array.from({ length: 400 }, (_, i) => snapshot(i + 1))

const read = (text: string): TableMetadata => {
  const parsed = parseMetadata(text, 'x')
  if (!parsed.ok) throw new Error(parsed.diagnostics[0]?.message)
  return parsed.value
}
// gunzip refuses a file whose checksum or length is wrong.
const expectSame = (metadata: TableMetadata): void => {
  expect(read(gunzipSync(packMetadata(metadata)).toString())).toEqual(read(printMetadata(metadata)))
}

describe('packed metadata', () => {
  it('reads as printed metadata does', () => {
    fc.assert(fc.property(tableMetadata, expectSame))
  })

  it.each([0, 1, 7, 8, 9, 255, 256, 257, 300])('of %i snapshots reads as printed metadata does', (count) => {
    expectSame(withSnapshots(all.slice(0, count)))
  })

  it('reads as printed metadata does while snapshots are added and expire', () => {
    fc.assert(fc.property(fc.array(fc.record({ from: fc.nat({ max: 200 }), count: fc.nat({ max: 200 }), without: fc.nat({ max: 400 }) }), { minLength: 2, maxLength: 6 }), (files) => {
      for (const { from, count, without } of files) expectSame(withSnapshots(all.slice(from, from + count).filter((_, i) => i !== without)))
    }), { numRuns: 30 })
  })

  it('is a single gzip member, because some readers stop after the first', () => {
    const bytes = Buffer.from(packMetadata(withSnapshots(all)))
    const heads = [...bytes.toString('latin1').matchAll(/\u001f\u008b\u0008/gu)]
    expect(heads.map((head) => head.index)).toEqual([0])
  })
})
