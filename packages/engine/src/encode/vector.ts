// A vector of the engine laid open: typed arrays over its memory, and its values as PostgreSQL's text or as JSON.
// Views are valid only while their chunk is.

import duckdb from '@duckdb/node-bindings'
import type { Vector } from '@duckdb/node-bindings'
import type { ColumnType } from './types.ts'

/** A column of one chunk. `data` is the engine's memory; what is in it depends on `type`. */
export interface OpenVector {
  readonly type: ColumnType
  readonly size: number
  readonly data: DataView
  readonly bytes: Uint8Array
  readonly validity: Uint8Array | undefined
  readonly children: readonly OpenVector[]
}

const WIDTHS: Readonly<Record<string, number>> = {
  null: 4, boolean: 1, tinyint: 1, utinyint: 1, smallint: 2, usmallint: 2, integer: 4, uinteger: 4, float: 4, date: 4,
  bigint: 8, ubigint: 8, double: 8, time: 8, time_ns: 8, timetz: 8, timestamp: 8, timestamp_s: 8, timestamp_ms: 8, timestamp_ns: 8, timestamptz: 8,
  hugeint: 16, uhugeint: 16, uuid: 16, interval: 16, text: 16, json: 16, blob: 16, bit: 16, list: 16, map: 16,
}

/** Bytes of one value in a vector. */
export function widthOf(type: ColumnType): number {
  if (type.kind === 'decimal') return type.width <= 4 ? 2 : type.width <= 9 ? 4 : type.width <= 18 ? 8 : 16
  if (type.kind === 'enum') return type.labels.length <= 0xff ? 1 : type.labels.length <= 0xffff ? 2 : 4
  return WIDTHS[type.kind] ?? 0
}

export function openVector(vector: Vector, type: ColumnType, size: number): OpenVector {
  if (type.kind === 'other') throw new Error(`Not implemented Error: values of type ${type.name} cannot leave the engine`)
  const bytes = duckdb.vector_get_data(vector, size * widthOf(type))
  const validity = duckdb.vector_get_validity(vector, Math.ceil(size / 64) * 8) as Uint8Array | null
  return {
    type,
    size,
    bytes,
    data: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    validity: validity ?? undefined,
    children: childrenOf(vector, type, size),
  }
}

function childrenOf(vector: Vector, type: ColumnType, size: number): readonly OpenVector[] {
  switch (type.kind) {
    case 'list':
      return [openVector(duckdb.list_vector_get_child(vector), type.element, duckdb.list_vector_get_size(vector))]
    case 'map': {
      const entry: ColumnType = { kind: 'struct', fields: [{ name: 'key', type: type.key }, { name: 'value', type: type.value }] }
      return [openVector(duckdb.list_vector_get_child(vector), entry, duckdb.list_vector_get_size(vector))]
    }
    case 'array':
      return [openVector(duckdb.array_vector_get_child(vector), type.element, size * type.size)]
    case 'struct':
      return type.fields.map((field, i) => openVector(duckdb.struct_vector_get_child(vector, i), field.type, size))
    case 'union':
      return [{ name: '', type: { kind: 'utinyint' } as ColumnType }, ...type.members].map((member, i) =>
        openVector(duckdb.struct_vector_get_child(vector, i), member.type, size))
    default:
      return []
  }
}

/** True where the row has no value. A set bit is a value. */
export const isNull = ({ validity, type }: OpenVector, row: number): boolean =>
  type.kind === 'null' || (validity !== undefined && ((validity[row >> 3] as number) & (1 << (row & 7))) === 0)

/** A bit for each row, set where it has a value; undefined where all have. */
export const validityOf = ({ validity, type, size }: OpenVector): Uint8Array | undefined => (type.kind === 'null' ? new Uint8Array(Math.ceil(size / 8)) : validity)

const INLINE = 12

/** The bytes of a text or blob: up to twelve lie in the vector, more behind a pointer. */
export function bytesAt({ bytes, data }: OpenVector, row: number): Uint8Array {
  const at = row * 16
  const length = data.getUint32(at, true)
  if (length <= INLINE) return bytes.subarray(at + 4, at + 4 + length)
  return duckdb.get_data_from_pointer(bytes.buffer as ArrayBuffer, bytes.byteOffset + at + 8, length)
}

/** Where a list's items are in its child. */
export const rangeAt = ({ data }: OpenVector, row: number): { from: number; to: number } => {
  const from = Number(data.getBigUint64(row * 16, true))
  return { from, to: from + Number(data.getBigUint64(row * 16 + 8, true)) }
}

/** An integer of any width, signed or not, as DuckDB stores it. */
export function integerAt(vector: OpenVector, row: number): bigint {
  const { type, data } = vector
  const unsigned = type.kind === 'utinyint' || type.kind === 'usmallint' || type.kind === 'uinteger' || type.kind === 'ubigint' || type.kind === 'uhugeint'
  switch (widthOf(type)) {
    case 1:
      return BigInt(unsigned ? data.getUint8(row) : data.getInt8(row))
    case 2:
      return BigInt(unsigned ? data.getUint16(row * 2, true) : data.getInt16(row * 2, true))
    case 4:
      return BigInt(unsigned ? data.getUint32(row * 4, true) : data.getInt32(row * 4, true))
    case 8:
      return unsigned ? data.getBigUint64(row * 8, true) : data.getBigInt64(row * 8, true)
    default:
      return ((unsigned ? data.getBigUint64(row * 16 + 8, true) : data.getBigInt64(row * 16 + 8, true)) << 64n) | data.getBigUint64(row * 16, true)
  }
}
