// Typed reads of a decoded Avro record by field id. What a record does not hold as it must is a FieldProblem.

import type { AvroRecord } from './avro-types.ts'
import type { SnapshotId } from './types.ts'

export class FieldProblem extends Error {}

/** A whole number, zero or more; `otherwise` where it is null or missing. */
export function sizeOf(record: AvroRecord, id: number, name: string, otherwise?: number): number {
  const value = record.get(id) ?? otherwise ?? null
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new FieldProblem(`"${name}" (${id}) is not a whole number, zero or more`)
  return value
}

/** The same, where a missing value is information. */
export const sizeIfAny = (record: AvroRecord, id: number, name: string): number | undefined =>
  (record.get(id) ?? null) === null ? undefined : sizeOf(record, id, name)

/** A 64-bit id as text. */
export function idOf(record: AvroRecord, id: number, name: string, otherwise?: SnapshotId): SnapshotId {
  const value = record.get(id) ?? otherwise ?? null
  if (typeof value === 'string' && value === otherwise) return value
  if (typeof value !== 'number' && typeof value !== 'bigint') throw new FieldProblem(`"${name}" (${id}) is not an id`)
  return value.toString()
}

export function textOf(record: AvroRecord, id: number, name: string): string {
  const value = record.get(id)
  if (typeof value !== 'string') throw new FieldProblem(`"${name}" (${id}) is not a text`)
  return value
}

export const textIfAny = (record: AvroRecord, id: number, name: string): string | undefined =>
  (record.get(id) ?? null) === null ? undefined : textOf(record, id, name)

export function recordOf(record: AvroRecord, id: number, name: string): AvroRecord {
  const value = record.get(id)
  if (!(value instanceof Map)) throw new FieldProblem(`"${name}" (${id}) is not a record`)
  return value
}

export const bytesIfAny = (record: AvroRecord, id: number): Uint8Array | undefined => {
  const value = record.get(id)
  return value instanceof Uint8Array ? value : undefined
}
