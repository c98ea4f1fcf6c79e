// Arrow's columns as DuckDB's vectors, value by value and without a text between them. The columns come from a file that
// may lie: every index and offset is checked before it is followed.

import { isUtf8 } from 'node:buffer'
import duckdb from '@duckdb/node-bindings'
import type { Vector } from '@duckdb/node-bindings'
import { DataType, DateUnit, Precision, TimeUnit } from 'apache-arrow'
import type { Data } from 'apache-arrow'

/** What is wrong with a file, as a sentence for people: no value, no path. */
export class ArrowFault extends Error {}

/** `picks` are rows of the Arrow column, one for each row of the vector from its start; `NULL` picks none. */
export interface Filler {
  /** The column's type as DuckDB spells it. */
  readonly sql: string
  fill(vector: Vector, data: Data, picks: Int32Array): void
}

const NULL = -1

/** Values of lists in one chunk of 2,048 rows. */
const LIST_LIMIT = 32 * 1024 * 1024

type Put = (vector: Vector, data: Data, rows: Int32Array) => void
type Numbers = ArrayLike<number> | ArrayLike<bigint>

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Throws `ArrowFault` for a type that no column of a data set can have. */
export function fillerOf(column: string, type: DataType): Filler {
  if (DataType.isDictionary(type)) return dictionary(column, type.dictionary as DataType)
  if (DataType.isNull(type)) return filler('VARCHAR', () => undefined, () => true)
  if (DataType.isBool(type)) return filler('BOOLEAN', putBools)
  if (DataType.isInt(type)) return filler(`${type.isSigned ? '' : 'U'}${INTEGERS[type.bitWidth]}`, copied(type.bitWidth / 8))
  if (DataType.isFloat(type)) {
    if (type.precision === Precision.HALF) return filler('FLOAT', putHalves)
    return type.precision === Precision.SINGLE ? filler('FLOAT', copied(4)) : filler('DOUBLE', copied(8))
  }
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type)) return filler('VARCHAR', putTexts(column))
  if (DataType.isBinary(type) || DataType.isLargeBinary(type) || DataType.isBinaryView(type) || DataType.isFixedSizeBinary(type)) return filler('BLOB', putBytes)
  if (DataType.isDate(type)) return filler('DATE', type.unit === DateUnit.DAY ? copied(4) : putDates(column))
  if (DataType.isTime(type)) return filler('TIME', scaled(column, type.unit, { from: 0n, to: 86_400_000_000n }))
  if (DataType.isTimestamp(type)) {
    if (typeof type.timezone === 'string' && type.timezone !== '') return filler('TIMESTAMP WITH TIME ZONE', scaled(column, type.unit))
    return type.unit === TimeUnit.NANOSECOND ? filler('TIMESTAMP_NS', copied(8)) : filler('TIMESTAMP', scaled(column, type.unit))
  }
  if (DataType.isDecimal(type)) return decimal(column, type)
  if (DataType.isList(type) || DataType.isLargeList(type) || DataType.isFixedSizeList(type)) return list(column, type.children[0]?.type as DataType)
  if (DataType.isStruct(type) && type.children.length > 0) {
    return struct(type.children.map((child) => ({ name: child.name, filler: fillerOf(`${column}.${child.name}`, child.type as DataType) })))
  }
  throw new ArrowFault(`the column "${column}" has Arrow's type ${String(type).slice(0, 60)}, which cannot be read; leave it out of the contract, or write it as another type.`)
}

const INTEGERS = { 8: 'TINYINT', 16: 'SMALLINT', 32: 'INTEGER', 64: 'BIGINT' } as const

function filler(sql: string, put: Put, allNull = (): boolean => false): Filler {
  return {
    sql,
    fill: (vector, data, picks) => {
      const rows = allNull() ? new Int32Array(picks.length).fill(NULL) : present(data, picks)
      put(vector, data, rows)
      markNulls(vector, rows)
    },
  }
}

// The picked rows that are there and not null.
function present(data: Data, picks: Int32Array): Int32Array {
  const { nullBitmap, length } = data
  const nullable = nullBitmap !== undefined && nullBitmap !== null && nullBitmap.length > 0
  if (nullable && nullBitmap.length * 8 < length) throw damaged()
  const rows = new Int32Array(picks.length)
  for (let i = 0; i < picks.length; i += 1) {
    const row = picks[i] as number
    if (row >= length) throw damaged()
    rows[i] = row >= 0 && nullable && ((nullBitmap[row >> 3] as number) & (1 << (row & 7))) === 0 ? NULL : row
  }
  return rows
}

function markNulls(vector: Vector, rows: Int32Array): void {
  if (!rows.includes(NULL)) return
  const mask = new Uint8Array(Math.ceil(rows.length / 64) * 8).fill(0xff)
  for (let i = 0; i < rows.length; i += 1) if (rows[i] === NULL) mask[i >> 3] = (mask[i >> 3] as number) & ~(1 << (i & 7))
  duckdb.vector_ensure_validity_writable(vector)
  duckdb.copy_data_to_vector_validity(vector, 0, mask.buffer, 0, mask.length)
}

const give = (vector: Vector, values: { readonly buffer: ArrayBuffer; readonly byteLength: number }): void => {
  if (values.byteLength > 0) duckdb.copy_data_to_vector(vector, 0, values.buffer, 0, values.byteLength)
}

const copied = (width: number): Put => (vector, data, rows) => {
  const unit = Math.min(width, 4)
  const from = unitsOf(bytesOf(data.values as ArrayBufferView | undefined, data.length * width), unit)
  const to = unitsOf(new Uint8Array(rows.length * width), unit)
  const step = width / unit
  for (let i = 0; i < rows.length; i += 1) {
    const row = rows[i] as number
    if (row < 0) continue
    for (let k = 0; k < step; k += 1) to[i * step + k] = from[row * step + k] as number
  }
  give(vector, to)
}

// As unsigned integers, because a float that passes through JavaScript may come out as another NaN.
const unitsOf = (bytes: Uint8Array<ArrayBuffer>, unit: number): Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer> => {
  if (unit === 1) return bytes
  const { buffer, byteOffset, byteLength } = aligned(bytes, unit)
  return unit === 2 ? new Uint16Array(buffer, byteOffset, byteLength / 2) : new Uint32Array(buffer, byteOffset, byteLength / 4)
}

const bigsOf = (bytes: Uint8Array<ArrayBuffer>): BigInt64Array<ArrayBuffer> => {
  const { buffer, byteOffset, byteLength } = aligned(bytes, 8)
  return new BigInt64Array(buffer, byteOffset, byteLength / 8)
}

const aligned = (bytes: Uint8Array<ArrayBuffer>, unit: number): Uint8Array<ArrayBuffer> => (bytes.byteOffset % unit === 0 ? bytes : bytes.slice())

// A buffer that is too short for the rows it claims is damage, not zeros.
function bytesOf(values: ArrayBufferView | undefined | null, needed: number): Uint8Array<ArrayBuffer> {
  if (values === undefined || values === null || values.byteLength < needed) throw damaged()
  return new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, needed)
}

const damaged = (): ArrowFault => new ArrowFault('the Arrow data is damaged: a column is shorter than it says.')

const putBools: Put = (vector, data, rows) => {
  const bits = bytesOf(data.values as Uint8Array, Math.ceil(data.length / 8))
  const to = new Uint8Array(rows.length)
  for (let i = 0; i < rows.length; i += 1) {
    const row = rows[i] as number
    if (row >= 0) to[i] = ((bits[row >> 3] as number) >> (row & 7)) & 1
  }
  give(vector, to)
}

const putHalves: Put = (vector, data, rows) => {
  const from = unitsOf(bytesOf(data.values as Uint16Array, data.length * 2), 2)
  const to = new Float32Array(rows.length)
  for (let i = 0; i < rows.length; i += 1) if ((rows[i] as number) >= 0) to[i] = halfFloat(from[rows[i] as number] as number)
  give(vector, to)
}

function halfFloat(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 === 0 ? 1 : -1, (bits >> 10) & 0x1f, bits & 0x3ff]
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

const putDates = (column: string): Put => (vector, data, rows) => {
  const from = bigsOf(bytesOf(data.values as ArrayBufferView, data.length * 8))
  const to = new Int32Array(rows.length)
  for (let i = 0; i < rows.length; i += 1) {
    const row = rows[i] as number
    if (row < 0) continue
    const day = Math.floor(Number(from[row]) / 86_400_000)
    if (Math.abs(day) > 2_000_000_000) throw outOfRange(column)
    to[i] = day
  }
  give(vector, to)
}

const MICROSECONDS = { [TimeUnit.SECOND]: 1_000_000n, [TimeUnit.MILLISECOND]: 1_000n, [TimeUnit.MICROSECOND]: 1n, [TimeUnit.NANOSECOND]: 1n } as const
const ANY_INT64 = { from: -(2n ** 63n), to: 2n ** 63n - 1n }

// To microseconds, as the engine reads Parquet: of nanoseconds it keeps the whole ones, rounded down.
const scaled = (column: string, unit: TimeUnit, range = ANY_INT64): Put => (vector, data, rows) => {
  const width = (data.values as ArrayBufferView & { readonly BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT === 4 && DataType.isTime(data.type) && data.type.bitWidth === 32 ? 4 : 8
  const bytes = bytesOf(data.values as ArrayBufferView, data.length * width)
  const from: ArrayLike<bigint | number> = width === 8 ? bigsOf(bytes) : new Int32Array(aligned(bytes, 4).buffer, aligned(bytes, 4).byteOffset, data.length)
  const to = new BigInt64Array(rows.length)
  for (let i = 0; i < rows.length; i += 1) {
    const row = rows[i] as number
    if (row < 0) continue
    const value = BigInt(from[row] as bigint | number)
    const micros = unit === TimeUnit.NANOSECOND ? (value - (((value % 1000n) + 1000n) % 1000n)) / 1000n : value * MICROSECONDS[unit]
    if (micros < range.from || micros > range.to) throw outOfRange(column)
    to[i] = micros
  }
  give(vector, to)
}

const outOfRange = (column: string): ArrowFault => new ArrowFault(`a value of the column "${column}" is out of range for its type.`)

function decimal(column: string, { precision, scale, bitWidth }: { readonly precision: number; readonly scale: number; readonly bitWidth: number }): Filler {
  if (precision < 1 || precision > 38 || scale < 0 || scale > precision || ![32, 64, 128, 256].includes(bitWidth)) {
    throw new ArrowFault(`the column "${column}" is a decimal of ${precision} digits with ${scale} behind the point; at most 38 digits, and no negative scale, can be read.`)
  }
  const limit = 10n ** BigInt(precision)
  const width = bitWidth / 8
  return filler(`DECIMAL(${precision},${scale})`, (vector, data, rows) => {
    const bytes = bytesOf(data.values as ArrayBufferView, data.length * width)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const size = precision <= 4 ? 2 : precision <= 9 ? 4 : precision <= 18 ? 8 : 16
    const to = new DataView(new ArrayBuffer(rows.length * size))
    for (let i = 0; i < rows.length; i += 1) {
      const row = rows[i] as number
      if (row < 0) continue
      const value = integerAt(view, row * width, width)
      if (value >= limit || value <= -limit) throw outOfRange(column)
      if (size === 2) to.setInt16(i * 2, Number(value), true)
      else if (size === 4) to.setInt32(i * 4, Number(value), true)
      else {
        to.setBigInt64(i * size, BigInt.asIntN(64, value), true)
        if (size === 16) to.setBigInt64(i * size + 8, value >> 64n, true)
      }
    }
    give(vector, to as { readonly buffer: ArrayBuffer; readonly byteLength: number })
  })
}

function integerAt(view: DataView, at: number, width: number): bigint {
  if (width === 4) return BigInt(view.getInt32(at, true))
  let value = view.getBigInt64(at + width - 8, true)
  for (let k = width - 16; k >= 0; k -= 8) value = (value << 64n) | view.getBigUint64(at + k, true)
  return value
}

const putBytes: Put = (vector, data, rows) => {
  const read = bytesReader(data)
  for (let i = 0; i < rows.length; i += 1) if ((rows[i] as number) >= 0) duckdb.vector_assign_string_element_len(vector, i, read(rows[i] as number))
}

const putTexts = (column: string): Put => (vector, data, rows) => {
  const read = bytesReader(data)
  for (let i = 0; i < rows.length; i += 1) {
    if ((rows[i] as number) < 0) continue
    const text = read(rows[i] as number)
    if (!isUtf8(text)) throw new ArrowFault(`a value of the column "${column}" is not UTF-8 text.`)
    duckdb.vector_assign_string_element_len(vector, i, text)
  }
}

function bytesReader(data: Data): (row: number) => Uint8Array {
  const { type, length } = data
  if (DataType.isFixedSizeBinary(type)) {
    const { byteWidth } = type
    const bytes = bytesOf(data.values as ArrayBufferView, length * byteWidth)
    return (row) => bytes.subarray(row * byteWidth, (row + 1) * byteWidth)
  }
  if (DataType.isUtf8View(type) || DataType.isBinaryView(type)) return viewsReader(data)
  const bytes = data.values as Uint8Array
  const range = rangesOf(data, bytes.length)
  return (row) => {
    const [from, to] = range(row)
    return bytes.subarray(from, to)
  }
}

// 16 bytes a row: the length, then the bytes themselves (up to 12), or four of them, a buffer and an offset in it.
function viewsReader(data: Data): (row: number) => Uint8Array {
  const views = bytesOf(data.values as ArrayBufferView, data.length * 16)
  const view = new DataView(views.buffer, views.byteOffset, views.byteLength)
  return (row) => {
    const at = row * 16
    const size = view.getInt32(at, true)
    if (size < 0) throw damaged()
    if (size <= 12) return views.subarray(at + 4, at + 4 + size)
    const buffer = data.variadicBuffers[view.getInt32(at + 8, true)]
    const from = view.getInt32(at + 12, true)
    if (buffer === undefined || from < 0 || from + size > buffer.length) throw damaged()
    return buffer.subarray(from, from + size)
  }
}

// A column without rows may leave its offsets out.
function rangesOf({ length, valueOffsets }: Data, end: number): (row: number) => readonly [number, number] {
  const offsets = valueOffsets as Numbers | undefined
  if (length > 0 && (offsets === undefined || offsets.length < length + 1)) throw damaged()
  return (row) => {
    const [from, to] = [Number(offsets?.[row]), Number(offsets?.[row + 1])]
    if (!(from >= 0 && from <= to && to <= end)) throw damaged()
    return [from, to]
  }
}

function dictionary(column: string, type: DataType): Filler {
  if (DataType.isDictionary(type) || (type.children?.length ?? 0) > 0) throw new ArrowFault(`the column "${column}" is a dictionary of nested values, which cannot be read.`)
  const values = fillerOf(column, type)
  return {
    sql: values.sql,
    fill: (vector, data, picks) => {
      const rows = present(data, picks)
      const indices = data.values as Numbers
      if (indices.length < data.length) throw damaged()
      const entries = rows.map((row) => {
        if (row < 0) return NULL
        const entry = Number(indices[row])
        if (entry < 0 || entry > 0x7fffffff) throw damaged()
        return entry
      })
      const chunks = data.dictionary?.data ?? []
      if (chunks.length > 1) throw new ArrowFault(`the dictionary of the column "${column}" grows between batches, which cannot be read; write the file with whole dictionaries.`)
      const chunk = chunks[0] as Data | undefined
      if (chunk !== undefined) values.fill(vector, chunk, entries)
      else if (entries.every((entry) => entry === NULL)) markNulls(vector, entries)
      else throw damaged()
    },
  }
}

function struct(members: readonly { readonly name: string; readonly filler: Filler }[]): Filler {
  const lower = members.map(({ name }) => name.toLowerCase())
  if (lower.some((name, i) => name === '' || name.includes('\0') || lower.indexOf(name) !== i)) throw new ArrowFault('a struct has a member without a name of its own.')
  return filler(`STRUCT(${members.map(({ name, filler: member }) => `${quoted(name)} ${member.sql}`).join(', ')})`, (vector, data, rows) => {
    members.forEach(({ filler: member }, i) => {
      const child = data.children[i]
      if (child === undefined) throw damaged()
      member.fill(duckdb.struct_vector_get_child(vector, i), child as Data, rows)
    })
  })
}

function list(column: string, type: DataType): Filler {
  const values = fillerOf(`${column}[]`, type)
  return filler(`${values.sql}[]`, (vector, data, rows) => {
    const child = data.children[0] as Data | undefined
    if (child === undefined) throw damaged()
    const range = DataType.isFixedSizeList(data.type) ? fixedRanges(data.type.listSize) : rangesOf(data, child.length)
    const entries = new BigUint64Array(rows.length * 2)
    let total = 0
    for (let i = 0; i < rows.length; i += 1) {
      if ((rows[i] as number) < 0) continue
      const [from, to] = range(rows[i] as number)
      entries[i * 2] = BigInt(total)
      entries[i * 2 + 1] = BigInt(to - from)
      total += to - from
    }
    if (total > LIST_LIMIT) throw new ArrowFault(`the lists of the column "${column}" are too long.`)
    const picks = new Int32Array(total)
    let at = 0
    for (const row of rows) {
      if (row < 0) continue
      const [from, to] = range(row)
      for (let k = from; k < to; k += 1, at += 1) picks[at] = k
    }
    give(vector, entries)
    duckdb.list_vector_reserve(vector, total)
    duckdb.list_vector_set_size(vector, total)
    values.fill(duckdb.list_vector_get_child(vector), child, picks)
  })
}

const fixedRanges = (size: number) => (row: number): readonly [number, number] => [row * size, (row + 1) * size]
