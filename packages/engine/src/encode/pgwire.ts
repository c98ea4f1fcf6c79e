// DataRow messages of PostgreSQL's protocol 3.0, each column as text or binary.

import { isScalar } from './is-scalar.ts'
import { pgTypeOf } from '../pg-type.ts'
import { textWriter } from './column-writer.ts'
import type { PutValue } from './column-writer.ts'
import type { Sink } from './sink.ts'
import { textOf } from './text-of.ts'
import type { ColumnType } from './types.ts'
import { bytesAt, integerAt, isNull, rangeAt } from './vector.ts'
import type { OpenVector } from './vector.ts'
import type { TimestampKind } from './spelling.ts'

const DATA_ROW = 0x44
const TEXT = 0

/** A single format stands for all columns, as in Bind; none means text. */
export function pgwireRows(formats: readonly (0 | 1)[]) {
  return (vectors: readonly OpenVector[], size: number) => {
    const writers = vectors.map((vector, i) => {
      if (((formats.length === 1 ? formats[0] : formats[i]) ?? TEXT) === TEXT) return textWriter(vector, size)
      return binaryColumn(vector, size)
    })
    return (sink: Sink, row: number): void => {
      sink.byte(DATA_ROW)
      const message = sink.hole()
      sink.int16(writers.length)
      for (let i = 0; i < writers.length; i += 1) {
        if (isNull(vectors[i] as OpenVector, row)) {
          sink.int32(-1)
          continue
        }
        const value = sink.hole()
        ;(writers[i] as PutValue)(sink, row)
        sink.patch(value)
      }
      // The message's length counts itself.
      sink.patch(message, 4)
    }
  }
}

// Texts and what has no binary form of its own are the same in both formats.
function binaryColumn(vector: OpenVector, size: number): PutValue {
  const { kind } = vector.type
  if (kind === 'text' || kind === 'json') return textWriter(vector, size)
  const write = binaryWriter(vector.type)
  return (sink, row) => write(sink, vector, row)
}

type ValueWriter = (sink: Sink, vector: OpenVector, row: number) => void

const writeText: ValueWriter = (sink, vector, row) => {
  if (vector.type.kind === 'text' || vector.type.kind === 'json') {
    const bytes = bytesAt(vector, row)
    sink.part(bytes, 0, bytes.length)
  } else sink.text(textOf(vector, row))
}

// PostgreSQL counts days and microseconds from 2000-01-01.
const EPOCH_DAYS = 10_957
const EPOCH_MICROS = 946_684_800_000_000n
const INFINITE = 9_223_372_036_854_775_807n

function binaryWriter(type: ColumnType): ValueWriter {
  switch (type.kind) {
    case 'boolean':
      return (sink, { data }, row) => sink.byte(data.getUint8(row))
    case 'tinyint': case 'utinyint': case 'smallint':
      return (sink, vector, row) => sink.int16(Number(integerAt(vector, row)))
    case 'usmallint': case 'integer':
      return (sink, vector, row) => sink.int32(Number(integerAt(vector, row)))
    case 'uinteger': case 'bigint':
      return (sink, vector, row) => sink.int64(integerAt(vector, row))
    case 'ubigint': case 'hugeint': case 'uhugeint':
      return (sink, vector, row) => writeNumeric(sink, integerAt(vector, row), 0)
    case 'decimal':
      return (sink, vector, row) => writeNumeric(sink, integerAt(vector, row), type.scale)
    case 'float':
      return (sink, { data }, row) => sink.float32(data.getFloat32(row * 4, true))
    case 'double':
      return (sink, { data }, row) => sink.float64(data.getFloat64(row * 8, true))
    case 'date':
      return (sink, { data }, row) => sink.int32(postgresDays(data.getInt32(row * 4, true)))
    case 'time':
      return (sink, { data }, row) => sink.int64(data.getBigInt64(row * 8, true))
    case 'time_ns':
      return (sink, { data }, row) => sink.int64(data.getBigInt64(row * 8, true) / 1000n)
    case 'timetz':
      return (sink, { data }, row) => {
        const bits = data.getBigUint64(row * 8, true)
        sink.int64(bits >> 24n)
        // PostgreSQL's zone is seconds west of Greenwich.
        sink.int32(Number(bits & 0xff_ffffn) - 57_599)
      }
    case 'timestamp': case 'timestamptz': case 'timestamp_s': case 'timestamp_ms': case 'timestamp_ns':
      {
      const kind: TimestampKind = type.kind
      return (sink, { data }, row) => sink.int64(postgresMicros(data.getBigInt64(row * 8, true), kind))
    }
    case 'interval':
      return (sink, { data }, row) => {
        sink.int64(data.getBigInt64(row * 16 + 8, true))
        sink.int32(data.getInt32(row * 16 + 4, true))
        sink.int32(data.getInt32(row * 16, true))
      }
    case 'uuid':
      return (sink, { data }, row) => {
        sink.int64(data.getBigInt64(row * 16 + 8, true) ^ -(1n << 63n))
        sink.int64(data.getBigInt64(row * 16, true))
      }
    case 'blob':
      return writeBytes
    case 'list':
      return isScalar(type.element) ? (sink, vector, row) => writeArray(sink, vector, type.element, rangeAt(vector, row)) : writeText
    case 'array':
      return isScalar(type.element)
        ? (sink, vector, row) => writeArray(sink, vector, type.element, { from: row * type.size, to: (row + 1) * type.size })
        : writeText
    default:
      return writeText
  }
}

const writeBytes: ValueWriter = (sink, vector, row) => {
  const bytes = bytesAt(vector, row)
  sink.part(bytes, 0, bytes.length)
}

const postgresDays = (days: number): number => (days === 2_147_483_647 ? days : days === -2_147_483_647 ? -2_147_483_648 : days - EPOCH_DAYS)

function postgresMicros(value: bigint, kind: TimestampKind): bigint {
  if (value === INFINITE) return value
  if (value === -INFINITE) return -INFINITE - 1n
  const micros = kind === 'timestamp_s' ? value * 1_000_000n : kind === 'timestamp_ms' ? value * 1000n : kind === 'timestamp_ns' ? floorDivide(value, 1000n) : value
  return micros - EPOCH_MICROS
}

const floorDivide = (a: bigint, b: bigint): bigint => (a - (((a % b) + b) % b)) / b

// Base 10,000, most significant digit first; the weight is the power of 10,000 of the first digit.
function writeNumeric(sink: Sink, unscaled: bigint, scale: number): void {
  const negative = unscaled < 0n
  const figures = (negative ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const whole = figures.slice(0, figures.length - scale)
  const fraction = figures.slice(figures.length - scale)
  const text = whole.padStart(Math.ceil(whole.length / 4) * 4, '0') + fraction.padEnd(Math.ceil(scale / 4) * 4, '0')
  const digits = Array.from({ length: text.length / 4 }, (_, i) => Number(text.slice(i * 4, i * 4 + 4)))
  let weight = Math.ceil(whole.length / 4) - 1
  while (digits.length > 0 && digits[0] === 0) {
    digits.shift()
    weight -= 1
  }
  while (digits.length > 0 && digits.at(-1) === 0) digits.pop()
  sink.int16(digits.length)
  sink.int16(digits.length === 0 ? 0 : weight)
  sink.int16(negative ? 0x4000 : 0)
  sink.int16(scale)
  for (const digit of digits) sink.int16(digit)
}

function writeArray(sink: Sink, { children }: OpenVector, element: ColumnType, { from, to }: { from: number; to: number }): void {
  const child = children[0] as OpenVector
  const write = binaryWriter(element)
  sink.int32(from === to ? 0 : 1)
  let nulls = 0
  for (let row = from; row < to; row += 1) if (isNull(child, row)) nulls = 1
  sink.int32(nulls)
  sink.int32(pgTypeOf(element).oid)
  if (from === to) return
  sink.int32(to - from)
  sink.int32(1)
  for (let row = from; row < to; row += 1) {
    if (isNull(child, row)) {
      sink.int32(-1)
      continue
    }
    const value = sink.hole()
    write(sink, child, row)
    sink.patch(value)
  }
}
