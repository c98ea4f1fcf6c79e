// The entries of one manifest, to and from an Avro file. Missing ids and sequence numbers of added files are inherited from
// the manifest list, so that a manifest can be written before its commit has a number.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { AvroRecord, AvroValue } from './avro-types.ts'
import type { DataFile, FileContent, ManifestEntry, ManifestFile, Partition, PartitionSpec, Schema, SnapshotId } from './types.ts'
import type { PartitionColumn } from './partition-columns.ts'
import { ENTRY, manifestSchema, PAIR_IDS } from './manifest-schema.ts'
import { FieldProblem, idOf, recordOf, sizeIfAny, sizeOf, textIfAny, textOf } from './avro-fields.ts'
import { isOfType } from './value-bytes.ts'
import { messages } from './messages.ts'
import { partitionFieldsToJson } from './print-metadata.ts'
import { partitionFromAvro, partitionSchema, partitionToAvro } from './partition-avro.ts'
import { printExactJson } from './exact-json.ts'
import { readAvroFile, writeAvroFile } from './avro-file.ts'
import { schemaToJson } from './schema-json.ts'

/**
 * An entry to be written. An added file leaves its sequence numbers out, because another commit may come first; an existing
 * or deleted one keeps those that it has.
 */
export interface NewEntry {
  readonly status: 'added' | 'existing' | 'deleted'
  readonly snapshotId: SnapshotId
  readonly sequenceNumber?: number
  readonly fileSequenceNumber?: number
  readonly file: DataFile
}

/** What a manifest is written for: files of one spec, either with rows or with deletes. */
export interface ManifestKind { readonly schema: Schema; readonly spec: PartitionSpec; readonly columns: readonly PartitionColumn[]; readonly content: ManifestFile['content'] }

const STATUS = ['existing', 'added', 'deleted'] as const
const CONTENT = ['data', 'position-deletes', 'equality-deletes'] as const satisfies readonly FileContent[]

/** The bytes of a manifest. A partition that is none of the spec is `partition-mismatch`, a spec of tomorrow `spec-not-writable`. */
export function writeManifest(entries: readonly NewEntry[], { schema, spec, columns, content }: ManifestKind): Result<Uint8Array> {
  const unknown = columns.findIndex((column) => column.known === undefined)
  if (unknown >= 0) return fail(messages['spec-not-writable']({ field: columns[unknown]?.name ?? '', transform: spec.fields[unknown]?.transform ?? '' }))
  for (const { file } of entries) {
    const fits = checkPartition(columns, file)
    if (!fits.ok) return fits
  }
  return ok(writeAvroFile(manifestSchema(partitionSchema(columns)), entries.map((entry) => entryToAvro(entry, columns)), {
    schema: printExactJson(schemaToJson(schema)), 'schema-id': String(schema.schemaId), 'partition-spec': printExactJson(partitionFieldsToJson(spec)),
    'partition-spec-id': String(spec.specId), 'format-version': '2', content,
  }))
}

/** Refuses a file whose partition has not one fitting value for each column of its spec. */
export function checkPartition(columns: readonly PartitionColumn[], { path, partition = [] }: Pick<DataFile, 'path' | 'partition'>): Result<void> {
  const misfit = columns.find(({ known }, i) => {
    const value = partition[i]
    return value === undefined || (value !== null && !isOfType(known?.type ?? '', value))
  })
  if (misfit !== undefined) return fail(messages['partition-mismatch']({ file: path, problem: `it has no ${misfit.known?.type ?? 'value'} for "${misfit.name}"` }))
  if (partition.length > columns.length) return fail(messages['partition-mismatch']({ file: path, problem: `it has ${partition.length} values for ${columns.length} fields` }))
  return ok(undefined)
}

/** The entries of a manifest that `list` names; `columns` are those of its spec. */
export function readManifest(bytes: Uint8Array, list: ManifestFile, columns: readonly PartitionColumn[]): Result<readonly ManifestEntry[]> {
  const avro = readAvroFile(bytes, list.path)
  if (!avro.ok) return avro
  try {
    return ok(avro.value.records.map((record) => entryFromAvro(record, list, columns)))
  } catch (problem) {
    if (problem instanceof FieldProblem) return fail(messages['manifest-invalid']({ file: list.path, problem: problem.message }))
    throw problem
  }
}

function entryToAvro(entry: NewEntry, columns: readonly PartitionColumn[]): AvroRecord {
  const { file } = entry
  return new Map<number, AvroValue>([
    [ENTRY.status, STATUS.indexOf(entry.status)],
    [ENTRY.snapshotId, BigInt(entry.snapshotId)],
    [ENTRY.sequenceNumber, entry.sequenceNumber ?? null],
    [ENTRY.fileSequenceNumber, entry.fileSequenceNumber ?? null],
    [ENTRY.file, new Map<number, AvroValue>([
      [ENTRY.content, CONTENT.indexOf(file.content ?? 'data')], [ENTRY.path, file.path], [ENTRY.format, 'PARQUET'],
      [ENTRY.partition, partitionToAvro(columns, file.partition ?? [])], [ENTRY.rows, file.rows], [ENTRY.bytes, file.bytes],
      [ENTRY.columnSizes, pairs(ENTRY.columnSizes, file.columnSizes)],
      [ENTRY.valueCounts, pairs(ENTRY.valueCounts, file.valueCounts)],
      [ENTRY.nullCounts, pairs(ENTRY.nullCounts, file.nullCounts)],
      [ENTRY.nanCounts, pairs(ENTRY.nanCounts, file.nanCounts)],
      [ENTRY.lowerBounds, pairs(ENTRY.lowerBounds, file.lowerBounds)],
      [ENTRY.upperBounds, pairs(ENTRY.upperBounds, file.upperBounds)],
      [ENTRY.splitOffsets, file.splitOffsets ?? null],
      [ENTRY.equalityIds, file.equalityIds ?? null],
      [ENTRY.sortOrderId, file.sortOrderId ?? null],
      [ENTRY.referencedDataFile, file.referencedDataFile ?? null],
    ])],
  ])
}

function pairs(id: number, values: ReadonlyMap<number, number | Uint8Array> | undefined): AvroValue {
  if (values === undefined || values.size === 0) return null
  const [keyId, valueId] = PAIR_IDS[id] ?? [0, 0]
  return [...values].map(([key, value]) => new Map<number, AvroValue>([[keyId, key], [valueId, value]]))
}

function entryFromAvro(record: AvroRecord, list: ManifestFile, columns: readonly PartitionColumn[]): ManifestEntry {
  const status = STATUS[sizeOf(record, ENTRY.status, 'status')]
  if (status === undefined) throw new FieldProblem('an entry has an unknown status')
  const file = recordOf(record, ENTRY.file, 'data_file')
  const content = CONTENT[sizeOf(file, ENTRY.content, 'content', 0)]
  if (content === undefined) throw new FieldProblem('a file has an unknown content')
  // A file of rows in a manifest of deletes, or the reverse, would be read by the wrong rules.
  if ((content === 'data') !== (list.content === 'data')) throw new FieldProblem(`a manifest of ${list.content} names a file of ${content}`)
  const vector = vectorOf(file)
  if (vector !== undefined && (content !== 'position-deletes' || typeof file.get(ENTRY.referencedDataFile) !== 'string')) throw new FieldProblem('a deletion vector names no data file')
  const inherited = status === 'added' || list.sequenceNumber === 0 ? list.sequenceNumber : undefined
  return {
    status,
    snapshotId: idOf(record, ENTRY.snapshotId, 'snapshot_id', list.addedSnapshotId),
    sequenceNumber: sizeOf(record, ENTRY.sequenceNumber, 'sequence_number', inherited),
    fileSequenceNumber: sizeOf(record, ENTRY.fileSequenceNumber, 'file_sequence_number', inherited),
    content,
    format: textOf(file, ENTRY.format, 'file_format').toLowerCase(),
    file: {
      path: textOf(file, ENTRY.path, 'file_path'),
      rows: sizeOf(file, ENTRY.rows, 'record_count'),
      bytes: sizeOf(file, ENTRY.bytes, 'file_size_in_bytes'),
      ...(content !== 'data' && { content }),
      specId: list.specId,
      ...present('partition', partitionOf(file, columns)),
      ...present('columnSizes', numbers(file, ENTRY.columnSizes)),
      ...present('valueCounts', numbers(file, ENTRY.valueCounts)),
      ...present('nullCounts', numbers(file, ENTRY.nullCounts)),
      ...present('nanCounts', numbers(file, ENTRY.nanCounts)),
      ...present('lowerBounds', bounds(file, ENTRY.lowerBounds)),
      ...present('upperBounds', bounds(file, ENTRY.upperBounds)),
      ...present('splitOffsets', wholeNumbers(file, ENTRY.splitOffsets)),
      ...present('equalityIds', wholeNumbers(file, ENTRY.equalityIds)),
      ...present('sortOrderId', sizeIfAny(file, ENTRY.sortOrderId, 'sort_order_id')),
      ...present('referencedDataFile', textIfAny(file, ENTRY.referencedDataFile, 'referenced_data_file')),
      ...present('vector', vector),
    },
  }
}

const present = <K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } => (value === undefined ? {} : { [key]: value } as { readonly [P in K]: V })

const partitionOf = (file: AvroRecord, columns: readonly PartitionColumn[]): Partition | undefined =>
  columns.length === 0 ? undefined : partitionFromAvro(columns, recordOf(file, ENTRY.partition, 'partition'))

function vectorOf(file: AvroRecord): DataFile['vector'] {
  const [offset, bytes] = [sizeIfAny(file, ENTRY.contentOffset, 'content_offset'), sizeIfAny(file, ENTRY.contentSize, 'content_size_in_bytes')]
  return offset === undefined || bytes === undefined ? undefined : { offset, bytes }
}

function wholeNumbers(file: AvroRecord, id: number): readonly number[] | undefined {
  const value = file.get(id) ?? null
  if (value === null) return undefined
  if (!Array.isArray(value) || !value.every((item) => Number.isSafeInteger(item))) throw new FieldProblem(`the list ${id} is no list of whole numbers`)
  return value as readonly number[]
}

const numbers = (file: AvroRecord, id: number): ReadonlyMap<number, number> | undefined =>
  pairsFrom(file, id, (value) => (typeof value === 'number' ? value : undefined))

const bounds = (file: AvroRecord, id: number): ReadonlyMap<number, Uint8Array> | undefined =>
  pairsFrom(file, id, (value) => (value instanceof Uint8Array ? value : undefined))

function pairsFrom<T>(file: AvroRecord, id: number, read: (value: AvroValue | undefined) => T | undefined): ReadonlyMap<number, T> | undefined {
  const value = file.get(id) ?? null
  if (value === null) return undefined
  if (!Array.isArray(value)) throw new FieldProblem(`the statistics ${id} are no list of pairs`)
  const [keyId, valueId] = PAIR_IDS[id] ?? [0, 0]
  const values = new Map<number, T>()
  for (const pair of value as readonly AvroValue[]) {
    const key = pair instanceof Map ? pair.get(keyId) : undefined
    const found = pair instanceof Map ? read(pair.get(valueId)) : undefined
    if (typeof key !== 'number' || found === undefined) throw new FieldProblem(`the statistics ${id} have a pair that is none`)
    values.set(key, found)
  }
  return values
}
