// Partitions to and from the Avro records in which manifests keep them: one optional field for each field of the spec.

import type { AvroComplex, AvroField, AvroRecord, AvroSchema, AvroValue } from './avro-types.ts'
import type { Partition, Value } from './types.ts'
import type { PartitionColumn } from './partition-columns.ts'
import { decimalOf, fixedLengthOf, isOfType, unscaledBytes, unscaledOf } from './value-bytes.ts'
import { FieldProblem } from './avro-fields.ts'

/** The Avro schema of partitions. Columns that are not `known` cannot be written: the caller has refused them. */
export function partitionSchema(columns: readonly PartitionColumn[]): AvroComplex {
  const taken = new Set<string>()
  const fields = columns.map(({ name, fieldId, known }): AvroField => {
    const compatible = avroName(name)
    const unique = taken.has(compatible) ? `${compatible}_${fieldId}` : compatible
    taken.add(unique)
    return {
      name: unique, type: ['null', avroType(known?.type ?? 'string', fieldId)], default: null, 'field-id': fieldId,
      ...(unique !== name && { 'iceberg-field-name': name }),
    }
  })
  return { type: 'record', name: 'r102', fields }
}

/** Avro names are letters, digits and underscores of ASCII; the others are spelled as other writers spell them. */
function avroName(name: string): string {
  const escaped = name.replaceAll(/[^A-Za-z0-9_]/gu, (character) => `_x${character.codePointAt(0)?.toString(16).toUpperCase() ?? ''}`)
  return /^[0-9]/u.test(escaped) ? `_${escaped}` : escaped === '' ? '_' : escaped
}

const LONGS: Readonly<Record<string, AvroComplex>> = {
  time: { type: 'long', logicalType: 'time-micros' },
  timestamp: { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': false },
  timestamptz: { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': true },
  timestamp_ns: { type: 'long', logicalType: 'timestamp-nanos', 'adjust-to-utc': false },
  timestamptz_ns: { type: 'long', logicalType: 'timestamp-nanos', 'adjust-to-utc': true },
}

/** Fixed types are named, and a name may be defined once, so each carries the id of its field. */
function avroType(type: string, fieldId: number): AvroSchema {
  const [decimal, length] = [decimalOf(type), fixedLengthOf(type)]
  if (decimal !== undefined) {
    return { type: 'fixed', name: `decimal_${fieldId}`, size: decimalBytes(decimal.precision), logicalType: 'decimal', precision: decimal.precision, scale: decimal.scale }
  }
  if (type === 'uuid') return { type: 'fixed', name: `uuid_${fieldId}`, size: 16, logicalType: 'uuid' }
  if (length !== undefined) return { type: 'fixed', name: `fixed_${fieldId}`, size: length }
  if (type === 'date') return { type: 'int', logicalType: 'date' }
  return LONGS[type] ?? (type === 'binary' ? 'bytes' : type)
}

/** The fewest bytes that hold every value of the precision, which is the length that the format fixes. */
const decimalBytes = (precision: number): number => unscaledBytes(10n ** BigInt(precision) - 1n).length

/** The record of a partition that fits the columns. */
export function partitionToAvro(columns: readonly PartitionColumn[], partition: Partition): AvroRecord {
  return new Map(columns.map(({ fieldId, known }, i) => {
    const value = partition[i] ?? null
    const decimal = decimalOf(known?.type ?? '')
    return [fieldId, typeof value === 'bigint' && decimal !== undefined ? unscaledBytes(value, decimalBytes(decimal.precision)) : value] as const
  }))
}

/** The partition of a record. Fields are found by id, or by name where the writer left ids out. */
export function partitionFromAvro(columns: readonly PartitionColumn[], record: AvroRecord): Partition {
  return columns.map(({ fieldId, name, known }) => {
    const key = [fieldId, name, avroName(name)].find((k) => record.has(k))
    if (key === undefined) throw new FieldProblem(`a partition has no field "${name}" (${fieldId})`)
    const raw = record.get(key) ?? null
    const value = raw === null ? null : valueOf(known?.type, raw)
    if (value === undefined) throw new FieldProblem(`the partition field "${name}" (${fieldId}) holds no ${known?.type ?? 'single value'}`)
    return value
  })
}

function valueOf(type: string | undefined, raw: AvroValue): Value | undefined {
  if (raw === null || Array.isArray(raw) || raw instanceof Map) return undefined
  const single = raw as Value
  if (type === undefined) return single
  const value = decimalOf(type) !== undefined && single instanceof Uint8Array ? unscaledOf(single) : isWide(type) && typeof single === 'number' ? BigInt(single) : single
  return isOfType(type, value) ? value : undefined
}

const isWide = (type: string): boolean => type === 'long' || Object.hasOwn(LONGS, type)
