// The manifests of one snapshot, to and from an Avro file.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { AvroRecord, AvroValue } from './avro-types.ts'
import type { ManifestFile, PartitionSummary, Snapshot } from './types.ts'
import { bytesIfAny, FieldProblem, idOf, sizeIfAny, sizeOf, textOf } from './avro-fields.ts'
import { LIST, MANIFEST_LIST_SCHEMA } from './manifest-schema.ts'
import { messages } from './messages.ts'
import { readAvroFile, writeContainer } from './avro-file.ts'
import { Sink, writeValue } from './avro-codec.ts'

/** The bytes of a snapshot's manifest list. */
export function writeManifestList(manifests: readonly ManifestFile[], snapshot: Pick<Snapshot, 'id' | 'parentId' | 'sequenceNumber'>): Uint8Array {
  const header = { 'format-version': '2', 'snapshot-id': snapshot.id, 'parent-snapshot-id': snapshot.parentId ?? 'null', 'sequence-number': String(snapshot.sequenceNumber) }
  return writeContainer(MANIFEST_LIST_SCHEMA, manifests, header, (body, manifest) => body.put(lineOf(manifest)))
}

/** A manifest stands in the lists of many snapshots, always as the same bytes. */
const lines = new WeakMap<ManifestFile, Uint8Array>()

function lineOf(manifest: ManifestFile): Uint8Array {
  const known = lines.get(manifest)
  if (known !== undefined) return known
  const sink = new Sink()
  writeValue(sink, MANIFEST_LIST_SCHEMA, toAvro(manifest))
  const line = Uint8Array.from(sink.bytes)
  lines.set(manifest, line)
  return line
}

/** The manifests that a list names. `file` is the list's own address. */
export function readManifestList(bytes: Uint8Array, file: string): Result<readonly ManifestFile[]> {
  const avro = readAvroFile(bytes, file)
  if (!avro.ok) return avro
  try {
    return ok(avro.value.records.map(fromAvro))
  } catch (problem) {
    if (problem instanceof FieldProblem) return fail(messages['manifest-invalid']({ file, problem: problem.message }))
    throw problem
  }
}

function toAvro(manifest: ManifestFile): AvroRecord {
  return new Map<number, AvroValue>([
    [LIST.path, manifest.path], [LIST.length, manifest.bytes], [LIST.specId, manifest.specId], [LIST.content, manifest.content === 'data' ? 0 : 1],
    [LIST.sequenceNumber, manifest.sequenceNumber], [LIST.minSequenceNumber, manifest.minSequenceNumber], [LIST.snapshotId, BigInt(manifest.addedSnapshotId)],
    [LIST.addedFiles, manifest.addedFiles ?? 0], [LIST.existingFiles, manifest.existingFiles ?? 0], [LIST.deletedFiles, manifest.deletedFiles ?? 0],
    [LIST.addedRows, manifest.addedRows ?? 0], [LIST.existingRows, manifest.existingRows ?? 0], [LIST.deletedRows, manifest.deletedRows ?? 0],
    [LIST.partitions, manifest.partitions?.map(summaryToAvro) ?? null],
    [LIST.keyMetadata, manifest.keyMetadata ?? null],
  ])
}

const summaryToAvro = (summary: PartitionSummary): AvroRecord => new Map<number, AvroValue>([
  [LIST.containsNull, summary.containsNull], [LIST.containsNan, summary.containsNan ?? null],
  [LIST.lowerBound, summary.lowerBound ?? null], [LIST.upperBound, summary.upperBound ?? null],
])

function fromAvro(record: AvroRecord): ManifestFile {
  const partitions = record.get(LIST.partitions)
  const counts = {
    addedFiles: sizeIfAny(record, LIST.addedFiles, 'added_files_count'),
    existingFiles: sizeIfAny(record, LIST.existingFiles, 'existing_files_count'),
    deletedFiles: sizeIfAny(record, LIST.deletedFiles, 'deleted_files_count'),
    addedRows: sizeIfAny(record, LIST.addedRows, 'added_rows_count'),
    existingRows: sizeIfAny(record, LIST.existingRows, 'existing_rows_count'),
    deletedRows: sizeIfAny(record, LIST.deletedRows, 'deleted_rows_count'),
    partitions: Array.isArray(partitions) ? (partitions as readonly AvroValue[]).map(summaryFromAvro) : undefined,
    keyMetadata: bytesIfAny(record, LIST.keyMetadata),
  }
  return {
    path: textOf(record, LIST.path, 'manifest_path'),
    bytes: sizeOf(record, LIST.length, 'manifest_length'),
    specId: sizeOf(record, LIST.specId, 'partition_spec_id'),
    content: sizeOf(record, LIST.content, 'content', 0) === 0 ? 'data' : 'deletes',
    sequenceNumber: sizeOf(record, LIST.sequenceNumber, 'sequence_number', 0),
    minSequenceNumber: sizeOf(record, LIST.minSequenceNumber, 'min_sequence_number', 0),
    // Version 1 lets a list leave the snapshot out.
    addedSnapshotId: idOf(record, LIST.snapshotId, 'added_snapshot_id', '0'),
    ...(Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== undefined)) as { readonly [K in keyof typeof counts]?: NonNullable<(typeof counts)[K]> }),
  }
}

function summaryFromAvro(value: AvroValue): PartitionSummary {
  if (!(value instanceof Map)) throw new FieldProblem('"partitions" (507) has an item that is no record')
  const record = value as AvroRecord
  const [nan, lower, upper] = [record.get(LIST.containsNan), bytesIfAny(record, LIST.lowerBound), bytesIfAny(record, LIST.upperBound)]
  return {
    containsNull: record.get(LIST.containsNull) === true,
    ...(typeof nan === 'boolean' && { containsNan: nan }),
    ...(lower !== undefined && { lowerBound: lower }),
    ...(upper !== undefined && { upperBound: upper }),
  }
}
