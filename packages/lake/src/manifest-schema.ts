// The Avro schemas of manifests and manifest lists, written as format v2 has them. The field ids are the specification's; names are only for people.

import type { AvroComplex, AvroField, AvroSchema } from './avro-types.ts'

/** Field ids of a manifest list. */
export const LIST = {
  path: 500, length: 501, specId: 502, content: 517, sequenceNumber: 515, minSequenceNumber: 516, snapshotId: 503, addedFiles: 504, existingFiles: 505,
  deletedFiles: 506, addedRows: 512, existingRows: 513, deletedRows: 514, partitions: 507, containsNull: 509, containsNan: 518, lowerBound: 510,
  upperBound: 511, keyMetadata: 519,
} as const

/** Field ids of a manifest's entries and of the data files in them. */
export const ENTRY = {
  status: 0, snapshotId: 1, sequenceNumber: 3, fileSequenceNumber: 4, file: 2, content: 134, path: 100, format: 101, partition: 102, rows: 103, bytes: 104,
  columnSizes: 108, valueCounts: 109, nullCounts: 110, nanCounts: 137, lowerBounds: 125, upperBounds: 128,
  splitOffsets: 132, equalityIds: 135, sortOrderId: 140, referencedDataFile: 143, contentOffset: 144, contentSize: 145,
} as const

const required = (id: number, name: string, type: AvroSchema): AvroField => ({ name, type, 'field-id': id })
const optional = (id: number, name: string, type: AvroSchema): AvroField => ({ name, type: ['null', type], default: null, 'field-id': id })

/** A map whose keys are no strings is, in Avro, a list of pairs marked as a map. */
const pairs = (keyId: number, valueId: number, value: AvroSchema): AvroSchema => ({
  type: 'array', logicalType: 'map',
  items: { type: 'record', name: `k${keyId}_v${valueId}`, fields: [required(keyId, 'key', 'int'), required(valueId, 'value', value)] },
})

/** Pairs are keyed by the ids of key and value, which differ from map to map. */
export const PAIR_IDS: Readonly<Record<number, readonly [key: number, value: number]>> = {
  [ENTRY.columnSizes]: [117, 118], [ENTRY.valueCounts]: [119, 120], [ENTRY.nullCounts]: [121, 122], [ENTRY.nanCounts]: [138, 139],
  [ENTRY.lowerBounds]: [126, 127], [ENTRY.upperBounds]: [129, 130],
}

const statistics = (id: number, name: string, value: AvroSchema): AvroField => {
  const [keyId, valueId] = PAIR_IDS[id] ?? [0, 0]
  return optional(id, name, pairs(keyId, valueId, value))
}

export const MANIFEST_LIST_SCHEMA: AvroSchema = {
  type: 'record', name: 'manifest_file',
  fields: [
    required(LIST.path, 'manifest_path', 'string'),
    required(LIST.length, 'manifest_length', 'long'),
    required(LIST.specId, 'partition_spec_id', 'int'),
    required(LIST.content, 'content', 'int'),
    required(LIST.sequenceNumber, 'sequence_number', 'long'),
    required(LIST.minSequenceNumber, 'min_sequence_number', 'long'),
    required(LIST.snapshotId, 'added_snapshot_id', 'long'),
    required(LIST.addedFiles, 'added_files_count', 'int'),
    required(LIST.existingFiles, 'existing_files_count', 'int'),
    required(LIST.deletedFiles, 'deleted_files_count', 'int'),
    required(LIST.addedRows, 'added_rows_count', 'long'),
    required(LIST.existingRows, 'existing_rows_count', 'long'),
    required(LIST.deletedRows, 'deleted_rows_count', 'long'),
    optional(LIST.partitions, 'partitions', {
      type: 'array', 'element-id': 508,
      items: {
        type: 'record', name: 'r508',
        fields: [
          required(LIST.containsNull, 'contains_null', 'boolean'),
          optional(LIST.containsNan, 'contains_nan', 'boolean'),
          optional(LIST.lowerBound, 'lower_bound', 'bytes'),
          optional(LIST.upperBound, 'upper_bound', 'bytes'),
        ],
      },
    }),
    optional(LIST.keyMetadata, 'key_metadata', 'bytes'),
  ],
}

/** The schema of the manifests of one partition spec. */
export const manifestSchema = (partition: AvroComplex): AvroSchema => ({
  type: 'record', name: 'manifest_entry',
  fields: [
    required(ENTRY.status, 'status', 'int'),
    optional(ENTRY.snapshotId, 'snapshot_id', 'long'),
    optional(ENTRY.sequenceNumber, 'sequence_number', 'long'),
    optional(ENTRY.fileSequenceNumber, 'file_sequence_number', 'long'),
    required(ENTRY.file, 'data_file', {
      type: 'record', name: 'r2',
      fields: [
        required(ENTRY.content, 'content', 'int'),
        required(ENTRY.path, 'file_path', 'string'),
        required(ENTRY.format, 'file_format', 'string'),
        required(ENTRY.partition, 'partition', partition),
        required(ENTRY.rows, 'record_count', 'long'),
        required(ENTRY.bytes, 'file_size_in_bytes', 'long'),
        statistics(ENTRY.columnSizes, 'column_sizes', 'long'),
        statistics(ENTRY.valueCounts, 'value_counts', 'long'),
        statistics(ENTRY.nullCounts, 'null_value_counts', 'long'),
        statistics(ENTRY.nanCounts, 'nan_value_counts', 'long'),
        statistics(ENTRY.lowerBounds, 'lower_bounds', 'bytes'),
        statistics(ENTRY.upperBounds, 'upper_bounds', 'bytes'),
        optional(ENTRY.splitOffsets, 'split_offsets', { type: 'array', 'element-id': 133, items: 'long' }),
        optional(ENTRY.equalityIds, 'equality_ids', { type: 'array', 'element-id': 136, items: 'int' }),
        optional(ENTRY.sortOrderId, 'sort_order_id', 'int'),
        optional(ENTRY.referencedDataFile, 'referenced_data_file', 'string'),
      ],
    }),
  ],
})
