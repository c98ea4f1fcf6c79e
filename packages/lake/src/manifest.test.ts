// Manifests and manifest lists: what is written is read, and what was left out is inherited.

import avsc from 'avsc'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DataFile, ManifestFile, Partition, PartitionSpec, PartitionSummary, Schema, Value } from './types.ts'
import type { AvroSchema, AvroValue } from './avro-types.ts'
import type { ManifestKind, NewEntry } from './manifest.ts'
import { bytesOfValue } from './value-bytes.ts'
import { ENTRY } from './manifest-schema.ts'
import { mayTransform, parseTransform } from './transform.ts'
import { partitionColumns, partitionSummaries } from './partition-columns.ts'
import { partitionSchema } from './partition-avro.ts'
import { PRIMITIVE_TYPES } from './type-text.ts'
import { readAvroFile, writeAvroFile } from './avro-file.ts'
import { readManifest, writeManifest } from './manifest.ts'
import { readManifestList, writeManifestList } from './manifest-list.ts'
import { valueOf } from './testing/arbitraries.ts'

const SCHEMA: Schema = { schemaId: 3, fields: [{ id: 1, name: 'a', required: false, type: 'int' }] }
const LISTED: ManifestFile = {
  path: 'm.avro', bytes: 1, specId: 0, content: 'data', sequenceNumber: 9, minSequenceNumber: 4, addedSnapshotId: '9223372036854775807',
}
const SPEC = { specId: 0, fields: [] }
const KIND = { schema: SCHEMA, spec: SPEC, columns: [], content: 'data' } as const

const counts = fc.dictionary(fc.nat({ max: 999 }).map(String), fc.nat(), { minKeys: 1, maxKeys: 4 }).map((d) => new Map(Object.entries(d).map(([k, v]) => [Number(k), v])))
const bounds = fc.dictionary(fc.nat({ max: 999 }).map(String), fc.uint8Array({ maxLength: 20 }), { minKeys: 1, maxKeys: 4 }).map((d) => new Map(Object.entries(d).map(([k, v]) => [Number(k), v])))
const dataFile: fc.Arbitrary<DataFile> = fc.record({
  path: fc.string({ unit: 'grapheme' }), rows: fc.maxSafeNat(), bytes: fc.maxSafeNat(), columnSizes: counts, valueCounts: counts, nullCounts: counts, nanCounts: counts,
  lowerBounds: bounds, upperBounds: bounds, sortOrderId: fc.nat(), splitOffsets: fc.array(fc.maxSafeNat()),
}, { requiredKeys: ['path', 'rows', 'bytes'] })

describe('a manifest', () => {
  it('reads back what was written, and inherits the rest from its list', () => {
    fc.assert(fc.property(fc.array(dataFile, { maxLength: 5 }), dataFile, (added, deleted) => {
      const bytes = written([
        ...added.map((file) => ({ status: 'added' as const, snapshotId: '9223372036854775807', file })),
        { status: 'deleted', snapshotId: '5', sequenceNumber: 2, fileSequenceNumber: 1, file: deleted },
      ], KIND)
      expect(readManifest(bytes, LISTED, [])).toEqual({ ok: true, diagnostics: [], value: [
        ...added.map((file) => ({ status: 'added', snapshotId: '9223372036854775807', sequenceNumber: 9, fileSequenceNumber: 9, content: 'data', format: 'parquet', file: { ...file, specId: 0 } })),
        { status: 'deleted', snapshotId: '5', sequenceNumber: 2, fileSequenceNumber: 1, content: 'data', format: 'parquet', file: { ...deleted, specId: 0 } },
      ] })
    }), { numRuns: 100 })
  })

  it('says in its header what it is', () => {
    const read = readAvroFile(written([], KIND), 'f')
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
    expect(readManifest(foreign(1, null), LISTED, [])).toMatchObject({ ok: true, value: [{ status: 'added', sequenceNumber: 9, snapshotId: LISTED.addedSnapshotId, content: 'data', file: { path: 'x', rows: 1, bytes: 2 } }] })
  })

  it.each([
    ['an existing file without a sequence number', foreign(0, null), '"sequence_number" (3) is not a whole number, zero or more'],
    ['an unknown status', foreign(7, 1), 'an entry has an unknown status'],
    ['a negative sequence number', foreign(1, -3), '"sequence_number" (3) is not a whole number, zero or more'],
  ])('with %s is refused', (_, bytes, problem) => {
    expect(readManifest(bytes, LISTED, [])).toMatchObject({ ok: false, diagnostics: [{ code: 'manifest-invalid', message: `m.avro is not a manifest of this format: ${problem}.` }] })
  })
})

describe('a manifest of a partitioned table', () => {
  // One source of each type, by every transform that the type allows.
  const TYPES = [...PRIMITIVE_TYPES, 'decimal(9, 2)', 'decimal(38, 10)', 'fixed[5]']
  const schema: Schema = { schemaId: 0, fields: TYPES.map((type, i) => ({ id: i + 1, name: `c ${i}-${type}`, required: false, type })) }
  const TRANSFORMS = ['identity', 'bucket[5]', 'truncate[3]', 'year', 'month', 'day', 'hour', 'void']
  const spec: PartitionSpec = {
    specId: 0,
    fields: schema.fields.flatMap(({ id, name, type }) => TRANSFORMS.flatMap((text) => {
      const transform = parseTransform(text)
      return transform.ok && mayTransform(transform.value, type as string) ? [{ name: `${name} ${text}`, transform: text, sourceIds: [id] }] : []
    })).map((field, i) => ({ ...field, fieldId: 1000 + i })),
  }
  const columns = partitionColumns(spec, { schemas: [schema], currentSchemaId: 0 })
  const kind = { schema, spec, columns, content: 'data' } as const
  const partition = fc.tuple(...columns.map(({ known }) => fc.option(valueOf(known?.type ?? '').map((v) => (known?.type === 'float' ? Math.fround(v as number) : v)))))
  const file = { path: 'x', rows: 1, bytes: 2 }
  const plain = (values: Partition | undefined): unknown => values?.map((v) => (v instanceof Uint8Array ? [...v] : v))

  it('keeps the partition of every file, whatever its types', () => {
    fc.assert(fc.property(fc.array(partition, { minLength: 1, maxLength: 3 }), (partitions) => {
      const read = readManifest(written(partitions.map((p) => ({ status: 'added', snapshotId: '1', file: { ...file, partition: p } })), kind), LISTED, columns)
      expect(read.ok && read.value.map((entry) => plain(entry.file.partition))).toEqual(partitions.map(plain))
    }), { numRuns: 100 })
  })

  it('has a schema that avsc takes, and says its spec in its header', () => {
    const read = readAvroFile(written([], kind), 'f')
    const header = (key: string): unknown => JSON.parse(Buffer.from((read.ok ? read.value.header.get(key) : undefined) ?? []).toString())
    expect(() => avsc.Type.forSchema(header('avro.schema') as avsc.Schema)).not.toThrow()
    expect(header('partition-spec')).toEqual(spec.fields.map((f) => ({ 'source-id': f.sourceIds[0], 'field-id': f.fieldId, name: f.name, transform: f.transform })))
  })

  it('spells the names that Avro forbids as other writers do, and tells them apart', () => {
    const named = ['ok_1', '1st', 'a-b', 'ł', '', 'a_x2Db'].map((name, i) => ({ fieldId: 1000 + i, name }))
    expect(partitionSchema(named).fields?.map((f) => [f.name, f['iceberg-field-name']])).toEqual([
      ['ok_1', undefined], ['_1st', '1st'], ['a_x2Db', 'a-b'], ['_x142', 'ł'], ['_', ''], ['a_x2Db_1005', 'a_x2Db'],
    ])
  })

  it.each<readonly [what: string, partition: readonly (Value | null)[], problem: string]>([
    ['too few values', [], 'it has no int for "a"'],
    ['a value of another type', ['x'], 'it has no int for "a"'],
    ['a value beyond its type', [2 ** 31], 'it has no int for "a"'],
    ['too many values', [1, 2], 'it has 2 values for 1 fields'],
  ])('refuses %s', (_, values, problem) => {
    const one: PartitionSpec = { specId: 0, fields: [{ name: 'a', transform: 'identity', sourceIds: [1], fieldId: 1000 }] }
    const of = { schema: SCHEMA, spec: one, columns: partitionColumns(one, { schemas: [SCHEMA], currentSchemaId: 3 }), content: 'data' } as const
    expect(writeManifest([{ status: 'added', snapshotId: '1', file: { ...file, partition: values } }], of)).toMatchObject({
      ok: false, diagnostics: [{ code: 'partition-mismatch', message: `The partition of x is none of the table’s: ${problem}.` }],
    })
  })

  it('keeps delete files, with what they delete', () => {
    const deletes: readonly DataFile[] = [
      { ...file, content: 'position-deletes', referencedDataFile: 'data.parquet' }, { ...file, content: 'equality-deletes', equalityIds: [1, 7], sortOrderId: 0 },
    ]
    const bytes = written(deletes.map((f) => ({ status: 'existing', snapshotId: '4', sequenceNumber: 3, fileSequenceNumber: 3, file: f })), { ...KIND, content: 'deletes' })
    const read = readManifest(bytes, { ...LISTED, content: 'deletes' }, [])
    expect(read).toEqual({ ok: true, diagnostics: [], value: deletes.map((f) => ({
      status: 'existing', snapshotId: '4', sequenceNumber: 3, fileSequenceNumber: 3, content: f.content, format: 'parquet', file: { ...f, specId: 0 },
    })) })
  })

  it('sums up the partitions of its files for its list', () => {
    const two = partitionColumns({ specId: 0, fields: [{ name: 'a', transform: 'identity', sourceIds: [1], fieldId: 1000 }, { name: 'b', transform: 'identity', sourceIds: [2], fieldId: 1001 }] }, {
      schemas: [{ schemaId: 0, fields: [{ id: 1, name: 'a', required: false, type: 'int' }, { id: 2, name: 'b', required: false, type: 'double' }] }], currentSchemaId: 0,
    })
    expect(partitionSummaries(two, [{ partition: [3, Number.NaN] }, { partition: [null, 2] }, { partition: [-5, -1] }])).toEqual([
      { containsNull: true, containsNan: false, lowerBound: Buffer.from('fbffffff', 'hex'), upperBound: Buffer.from('03000000', 'hex') },
      { containsNull: false, containsNan: true, lowerBound: bytesOfValue('double', -1), upperBound: bytesOfValue('double', 2) },
    ])
    expect(partitionSummaries(two, [{ partition: [null, Number.NaN] }])).toEqual([{ containsNull: true, containsNan: false }, { containsNull: false, containsNan: true }])
  })

  it('of version 1 is read: no sequence numbers, no content, and a size of blocks that nobody needs', () => {
    const v1: AvroSchema = { type: 'record', name: 'manifest_entry', fields: [
      { name: 'status', type: 'int', 'field-id': 0 }, { name: 'snapshot_id', type: 'long', 'field-id': 1 },
      { name: 'data_file', 'field-id': 2, type: { type: 'record', name: 'r2', fields: [
        { name: 'file_path', type: 'string', 'field-id': 100 }, { name: 'file_format', type: 'string', 'field-id': 101 },
        { name: 'partition', 'field-id': 102, type: { type: 'record', name: 'r102', fields: [{ name: 'a', type: ['null', 'int'] }] } },
        { name: 'record_count', type: 'long', 'field-id': 103 }, { name: 'file_size_in_bytes', type: 'long', 'field-id': 104 },
        { name: 'block_size_in_bytes', type: 'long', 'field-id': 105 },
      ] } },
    ] }
    const record = new Map<number, AvroValue>([[0, 0], [1, 77], [2, new Map<number, AvroValue>([
      [100, 'x'], [101, 'PARQUET'], [102, new Map([['a', 5]])], [103, 1], [104, 2], [105, 67_108_864],
    ])]])
    const ofA = partitionColumns({ specId: 0, fields: [{ name: 'a', transform: 'identity', sourceIds: [1], fieldId: 1000 }] }, { schemas: [SCHEMA], currentSchemaId: 3 })
    expect(readManifest(writeAvroFile(v1, [record], {}), { ...LISTED, sequenceNumber: 0 }, ofA)).toEqual({ ok: true, diagnostics: [], value: [{
      status: 'existing', snapshotId: '77', sequenceNumber: 0, fileSequenceNumber: 0, content: 'data', format: 'parquet', file: { ...file, specId: 0, partition: [5] },
    }] })
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

function written(entries: readonly NewEntry[], kind: ManifestKind): Uint8Array {
  const bytes = writeManifest(entries, kind)
  if (!bytes.ok) throw new Error(bytes.diagnostics.map((d) => d.message).join('\n'))
  return bytes.value
}
