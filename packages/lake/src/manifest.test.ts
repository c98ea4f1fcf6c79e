// Manifests and manifest lists: what is written is read, and what was left out is inherited.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DataFile, ManifestFile, PartitionSummary, Schema } from './types.ts'
import type { AvroSchema, AvroValue } from './avro-types.ts'
import { ENTRY } from './manifest-schema.ts'
import { readAvroFile, writeAvroFile } from './avro-file.ts'
import { readManifest, writeManifest } from './manifest.ts'
import { readManifestList, writeManifestList } from './manifest-list.ts'

const SCHEMA: Schema = { schemaId: 3, fields: [{ id: 1, name: 'a', required: false, type: 'int' }] }
const LISTED: ManifestFile = {
  path: 'm.avro', bytes: 1, specId: 0, content: 'data', sequenceNumber: 9, minSequenceNumber: 4, addedSnapshotId: '9223372036854775807',
}
const SPEC = { specId: 0, fields: [] }

const counts = fc.dictionary(fc.nat({ max: 999 }).map(String), fc.nat(), { minKeys: 1, maxKeys: 4 }).map((d) => new Map(Object.entries(d).map(([k, v]) => [Number(k), v])))
const bounds = fc.dictionary(fc.nat({ max: 999 }).map(String), fc.uint8Array({ maxLength: 20 }), { minKeys: 1, maxKeys: 4 }).map((d) => new Map(Object.entries(d).map(([k, v]) => [Number(k), v])))
const dataFile: fc.Arbitrary<DataFile> = fc.record({
  path: fc.string({ unit: 'grapheme' }), rows: fc.maxSafeNat(), bytes: fc.maxSafeNat(), columnSizes: counts, valueCounts: counts, nullCounts: counts, nanCounts: counts,
  lowerBounds: bounds, upperBounds: bounds,
}, { requiredKeys: ['path', 'rows', 'bytes'] })

describe('a manifest', () => {
  it('reads back what was written, and inherits the rest from its list', () => {
    fc.assert(fc.property(fc.array(dataFile, { maxLength: 5 }), dataFile, (added, deleted) => {
      const bytes = writeManifest([
        ...added.map((file) => ({ status: 'added' as const, snapshotId: '9223372036854775807', file })),
        { status: 'deleted', snapshotId: '5', sequenceNumber: 2, fileSequenceNumber: 1, file: deleted },
      ], SCHEMA, SPEC)
      expect(readManifest(bytes, LISTED)).toEqual({ ok: true, diagnostics: [], value: [
        ...added.map((file) => ({ status: 'added', snapshotId: '9223372036854775807', sequenceNumber: 9, fileSequenceNumber: 9, content: 'data', format: 'parquet', file })),
        { status: 'deleted', snapshotId: '5', sequenceNumber: 2, fileSequenceNumber: 1, content: 'data', format: 'parquet', file: deleted },
      ] })
    }), { numRuns: 100 })
  })

  it('says in its header what it is', () => {
    const read = readAvroFile(writeManifest([], SCHEMA, SPEC), 'f')
    const header = new Map([...(read.ok ? read.value.header : [])].map(([key, value]) => [key, Buffer.from(value).toString()]))
    expect(JSON.parse(header.get('schema') ?? '')).toEqual({ type: 'struct', 'schema-id': 3, fields: SCHEMA.fields })
    expect(['schema-id', 'partition-spec', 'partition-spec-id', 'format-version', 'content'].map((key) => header.get(key))).toEqual(['3', '[]', '0', '2', 'data'])
  })

  const foreign = (status: number, sequenceNumber: number | null): Uint8Array => {
    const schema: AvroSchema = { type: 'record', name: 'e', fields: [
      { name: 'state', type: 'int', 'field-id': ENTRY.status }, { name: 'seq', type: ['null', 'long'], 'field-id': ENTRY.sequenceNumber },
      { name: 'file', 'field-id': ENTRY.file, type: { type: 'record', name: 'f', fields: [
        { name: 'where', type: 'string', 'field-id': ENTRY.path }, { name: 'how', type: 'string', 'field-id': ENTRY.format },
        { name: 'many', type: 'long', 'field-id': ENTRY.rows }, { name: 'big', type: 'long', 'field-id': ENTRY.bytes },
      ] } },
    ] }
    return writeAvroFile(schema, [new Map<number, AvroValue>([
      [ENTRY.status, status], [ENTRY.sequenceNumber, sequenceNumber],
      [ENTRY.file, new Map<number, AvroValue>([[ENTRY.path, 'x'], [ENTRY.format, 'parquet'], [ENTRY.rows, 1], [ENTRY.bytes, 2]])],
    ])], {})
  }

  it('is read by field id, whatever its writer called the fields', () => {
    expect(readManifest(foreign(1, null), LISTED)).toMatchObject({ ok: true, value: [{ status: 'added', sequenceNumber: 9, snapshotId: LISTED.addedSnapshotId, content: 'data', file: { path: 'x', rows: 1, bytes: 2 } }] })
  })

  it.each([
    ['an existing file without a sequence number', foreign(0, null), '"sequence_number" (3) is not a whole number, zero or more'],
    ['an unknown status', foreign(7, 1), 'an entry has an unknown status'],
    ['a negative sequence number', foreign(1, -3), '"sequence_number" (3) is not a whole number, zero or more'],
  ])('with %s is refused', (_, bytes, problem) => {
    expect(readManifest(bytes, LISTED)).toMatchObject({ ok: false, diagnostics: [{ code: 'manifest-invalid', message: `m.avro is not a manifest of this format: ${problem}.` }] })
  })
})

describe('a manifest list', () => {
  const summary: fc.Arbitrary<PartitionSummary> = fc.record({
    containsNull: fc.boolean(), containsNan: fc.boolean(), lowerBound: fc.uint8Array(), upperBound: fc.uint8Array(),
  }, { requiredKeys: ['containsNull'] })
  const manifest: fc.Arbitrary<ManifestFile> = fc.record({
    path: fc.string({ unit: 'grapheme' }), bytes: fc.maxSafeNat(), specId: fc.nat(), content: fc.constantFrom('data' as const, 'deletes' as const),
    sequenceNumber: fc.maxSafeNat(), minSequenceNumber: fc.maxSafeNat(), addedSnapshotId: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
    addedFiles: fc.nat(), existingFiles: fc.nat(), deletedFiles: fc.nat(), addedRows: fc.maxSafeNat(), existingRows: fc.maxSafeNat(), deletedRows: fc.maxSafeNat(),
    partitions: fc.array(summary, { maxLength: 3 }), keyMetadata: fc.uint8Array(),
  }, { requiredKeys: ['path', 'bytes', 'specId', 'content', 'sequenceNumber', 'minSequenceNumber', 'addedSnapshotId', 'addedFiles', 'existingFiles', 'deletedFiles', 'addedRows', 'existingRows', 'deletedRows'] })

  it('reads back what was written', () => {
    fc.assert(fc.property(fc.array(manifest, { maxLength: 8 }), (manifests) => {
      expect(readManifestList(writeManifestList(manifests, { id: '1', sequenceNumber: 1 }), 'l')).toEqual({ ok: true, diagnostics: [], value: manifests })
    }), { numRuns: 100 })
  })
})
