// The entries of one manifest, to and from an Avro file. Missing ids and sequence numbers of added files are inherited from
// the manifest list, so that a manifest can be written before its commit has a number.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { AvroRecord, AvroValue } from './avro-types.ts'
import type { DataFile, FileContent, ManifestEntry, ManifestFile, PartitionSpec, Schema, SnapshotId } from './types.ts'
import { ENTRY, MANIFEST_SCHEMA, PAIR_IDS } from './manifest-schema.ts'
import { FieldProblem, idOf, recordOf, sizeOf, textOf } from './avro-fields.ts'
import { messages } from './messages.ts'
import { printExactJson } from './exact-json.ts'
import { readAvroFile, writeAvroFile } from './avro-file.ts'
import { schemaToJson } from './schema-json.ts'

/** An entry to be written. An added file leaves its sequence numbers out, because another commit may come first. */
export interface NewEntry {
  readonly status: 'added' | 'deleted'
  readonly snapshotId: SnapshotId
  readonly sequenceNumber?: number
  readonly fileSequenceNumber?: number
  readonly file: DataFile
}

const STATUS = ['existing', 'added', 'deleted'] as const
const CONTENT = ['data', 'position-deletes', 'equality-deletes'] as const satisfies readonly FileContent[]

/** The bytes of a manifest of data files of an unpartitioned table. */
export function writeManifest(entries: readonly NewEntry[], schema: Schema, spec: PartitionSpec): Uint8Array {
  return writeAvroFile(MANIFEST_SCHEMA, entries.map(entryToAvro), {
    schema: printExactJson(schemaToJson(schema)), 'schema-id': String(schema.schemaId), 'partition-spec': '[]', 'partition-spec-id': String(spec.specId),
    'format-version': '2', content: 'data',
  })
}

/** The entries of a manifest that `list` names. */
export function readManifest(bytes: Uint8Array, list: ManifestFile): Result<readonly ManifestEntry[]> {
  const avro = readAvroFile(bytes, list.path)
  if (!avro.ok) return avro
  try {
    return ok(avro.value.records.map((record) => entryFromAvro(record, list)))
  } catch (problem) {
    if (problem instanceof FieldProblem) return fail(messages['manifest-invalid']({ file: list.path, problem: problem.message }))
    throw problem
  }
}

function entryToAvro(entry: NewEntry): AvroRecord {
  const { file } = entry
  return new Map<number, AvroValue>([
    [ENTRY.status, STATUS.indexOf(entry.status)],
    [ENTRY.snapshotId, BigInt(entry.snapshotId)],
    [ENTRY.sequenceNumber, entry.sequenceNumber ?? null],
    [ENTRY.fileSequenceNumber, entry.fileSequenceNumber ?? null],
    [ENTRY.file, new Map<number, AvroValue>([
      [ENTRY.content, 0], [ENTRY.path, file.path], [ENTRY.format, 'PARQUET'], [ENTRY.partition, new Map()], [ENTRY.rows, file.rows], [ENTRY.bytes, file.bytes],
      [ENTRY.columnSizes, pairs(ENTRY.columnSizes, file.columnSizes)],
      [ENTRY.valueCounts, pairs(ENTRY.valueCounts, file.valueCounts)],
      [ENTRY.nullCounts, pairs(ENTRY.nullCounts, file.nullCounts)],
      [ENTRY.nanCounts, pairs(ENTRY.nanCounts, file.nanCounts)],
      [ENTRY.lowerBounds, pairs(ENTRY.lowerBounds, file.lowerBounds)],
      [ENTRY.upperBounds, pairs(ENTRY.upperBounds, file.upperBounds)],
    ])],
  ])
}

function pairs(id: number, values: ReadonlyMap<number, number | Uint8Array> | undefined): AvroValue {
  if (values === undefined || values.size === 0) return null
  const [keyId, valueId] = PAIR_IDS[id] ?? [0, 0]
  return [...values].map(([key, value]) => new Map<number, AvroValue>([[keyId, key], [valueId, value]]))
}

function entryFromAvro(record: AvroRecord, list: ManifestFile): ManifestEntry {
  const status = STATUS[sizeOf(record, ENTRY.status, 'status')]
  if (status === undefined) throw new FieldProblem('an entry has an unknown status')
  const file = recordOf(record, ENTRY.file, 'data_file')
  const content = CONTENT[sizeOf(file, ENTRY.content, 'content', 0)]
  if (content === undefined) throw new FieldProblem('a file has an unknown content')
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
      ...present('columnSizes', numbers(file, ENTRY.columnSizes)),
      ...present('valueCounts', numbers(file, ENTRY.valueCounts)),
      ...present('nullCounts', numbers(file, ENTRY.nullCounts)),
      ...present('nanCounts', numbers(file, ENTRY.nanCounts)),
      ...present('lowerBounds', bounds(file, ENTRY.lowerBounds)),
      ...present('upperBounds', bounds(file, ENTRY.upperBounds)),
    },
  }
}

const present = <K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } => (value === undefined ? {} : { [key]: value } as { readonly [P in K]: V })

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
