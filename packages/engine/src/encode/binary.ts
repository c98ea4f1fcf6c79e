// Values in PostgreSQL's binary form. What has none of its own (structs, maps, enums as text) is text in both formats.

import { pgTypeOf } from '../pg-type.ts'
import { smallLongs, textWriter } from './column-writer.ts'
import type { PutValue } from './column-writer.ts'
import { isScalar } from './is-scalar.ts'
import { putNumeric, putSmallNumeric } from './numeric.ts'
import type { Sink } from './sink.ts'
import type { TimestampKind } from './spelling.ts'
import { openTexts } from './text-column.ts'
import type { ColumnType } from './types.ts'
import { integerAt, isNull, rangeAt, widthOf } from './vector.ts'
import type { OpenVector } from './vector.ts'

// PostgreSQL counts days and microseconds from 2000-01-01.
const EPOCH_DAYS = 10_957
export const EPOCH_MICROS = 946_684_800_000_000
const INFINITE = 9_223_372_036_854_775_807n
const INFINITE_DAYS = 2_147_483_647

/** Writes a value that is not null. */
export function binaryWriter(vector: OpenVector, size: number): PutValue {
  const { type, bytes, data } = vector
  switch (type.kind) {
    case 'boolean':
      return (sink, row) => sink.byte(bytes[row] as number)
    case 'smallint': case 'integer': case 'bigint': case 'float': case 'double': case 'time':
      return turned(bytes, widthOf(type))
    case 'tinyint': case 'utinyint':
      return (sink, row) => sink.int16(Number(integerAt(vector, row)))
    case 'usmallint':
      return (sink, row) => sink.int32(data.getUint16(row * 2, true))
    case 'uinteger':
      return (sink, row) => sink.int64(integerAt(vector, row))
    case 'ubigint': case 'hugeint': case 'uhugeint':
      return (sink, row) => putNumeric(sink, integerAt(vector, row), 0)
    case 'decimal':
      return decimalWriter(vector, type.scale, size)
    case 'date': {
      const values = new Int32Array(bytes.buffer, bytes.byteOffset, size)
      return (sink, row) => sink.int32(postgresDays(values[row] as number))
    }
    case 'time_ns':
      return (sink, row) => sink.int64(data.getBigInt64(row * 8, true) / 1000n)
    case 'timetz':
      return (sink, row) => {
        const bits = data.getBigUint64(row * 8, true)
        sink.int64(bits >> 24n)
        // PostgreSQL's zone is seconds west of Greenwich; DuckDB's is stored as the largest offset minus the offset.
        sink.int32(Number(bits & 0xff_ffffn) - 57_599)
      }
    case 'timestamp': case 'timestamptz': {
      const number = smallLongs(vector, size)
      return (sink, row) => {
        const value = number(row)
        if (value === undefined) sink.int64(postgresMicros(data.getBigInt64(row * 8, true), type.kind as TimestampKind))
        else putLong(sink, value - EPOCH_MICROS)
      }
    }
    case 'timestamp_s': case 'timestamp_ms': case 'timestamp_ns':
      return (sink, row) => sink.int64(postgresMicros(data.getBigInt64(row * 8, true), type.kind as TimestampKind))
    case 'interval':
      return (sink, row) => {
        sink.int64(data.getBigInt64(row * 16 + 8, true))
        sink.int32(data.getInt32(row * 16 + 4, true))
        sink.int32(data.getInt32(row * 16, true))
      }
    case 'uuid':
      // DuckDB flips the top bit of the upper half, so that uuids sort.
      return (sink, row) => {
        sink.int64(data.getBigInt64(row * 16 + 8, true) ^ -(1n << 63n))
        sink.int64(data.getBigInt64(row * 16, true))
      }
    case 'blob': {
      const texts = openTexts(vector, size)
      return (sink, row) => sink.part(texts.bytes[texts.run[row] as number] as Uint8Array, texts.from[row] as number, texts.length[row] as number)
    }
    case 'list':
      return isScalar(type.element) ? arrayWriter(vector, type.element, (row) => rangeAt(vector, row)) : textWriter(vector, size)
    case 'array':
      return isScalar(type.element) ? arrayWriter(vector, type.element, (row) => ({ from: row * type.size, to: (row + 1) * type.size })) : textWriter(vector, size)
    default:
      return textWriter(vector, size)
  }
}

// The engine's memory is little-endian, the wire is big-endian.
function turned(bytes: Uint8Array, width: number): PutValue {
  return (sink, row) => {
    sink.room(width)
    const last = row * width + width - 1
    const { bytes: out, at } = sink
    for (let i = 0; i < width; i += 1) out[at + i] = bytes[last - i] as number
    sink.at = at + width
  }
}

function putLong(sink: Sink, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000)
  sink.int32(high)
  sink.int32(value - high * 0x1_0000_0000)
}

export const postgresDays = (days: number): number =>
  days === INFINITE_DAYS ? INFINITE_DAYS : days === -INFINITE_DAYS ? -INFINITE_DAYS - 1 : days - EPOCH_DAYS

export function postgresMicros(value: bigint, kind: TimestampKind): bigint {
  if (value === INFINITE) return value
  if (value === -INFINITE) return -INFINITE - 1n
  const micros = kind === 'timestamp_s' ? value * 1_000_000n : kind === 'timestamp_ms' ? value * 1000n : kind === 'timestamp_ns' ? floorDivide(value, 1000n) : value
  return micros - BigInt(EPOCH_MICROS)
}

const floorDivide = (a: bigint, b: bigint): bigint => (a - (((a % b) + b) % b)) / b

function decimalWriter(vector: OpenVector, scale: number, size: number): PutValue {
  const { buffer, byteOffset } = vector.bytes
  switch (widthOf(vector.type)) {
    case 2: {
      const values = new Int16Array(buffer, byteOffset, size)
      return (sink, row) => putSmallNumeric(sink, values[row] as number, scale)
    }
    case 4: {
      const values = new Int32Array(buffer, byteOffset, size)
      return (sink, row) => putSmallNumeric(sink, values[row] as number, scale)
    }
    default:
      return (sink, row) => putNumeric(sink, integerAt(vector, row), scale)
  }
}

function arrayWriter({ children }: OpenVector, element: ColumnType, rangeOf: (row: number) => { readonly from: number; readonly to: number }): PutValue {
  const child = children[0] as OpenVector
  const write = binaryWriter(child, child.size)
  const { oid } = pgTypeOf(element)
  return (sink, row) => {
    const { from, to } = rangeOf(row)
    let nulls = 0
    for (let at = from; at < to; at += 1) if (isNull(child, at)) nulls = 1
    // Dimensions, whether there are nulls, the items' type; then length and lower bound of the one dimension.
    sink.int32(from === to ? 0 : 1)
    sink.int32(nulls)
    sink.int32(oid)
    if (from === to) return
    sink.int32(to - from)
    sink.int32(1)
    for (let at = from; at < to; at += 1) {
      if (isNull(child, at)) {
        sink.int32(-1)
        continue
      }
      const value = sink.hole()
      write(sink, at)
      sink.patch(value)
    }
  }
}
