// Batches of Arrow as rows of plain values, for programs that want no more: numbers, texts, truths, lists and objects. A number
// that would lose digits is refused rather than rounded.

import { DataType, TimeUnit } from 'apache-arrow'
import type { RecordBatch, Vector } from 'apache-arrow'
import { Refused } from './refused.ts'

type Read = (vector: Vector, row: number) => unknown

export function* rowsOf(batch: RecordBatch): Generator<Record<string, unknown>> {
  const columns = batch.schema.fields.map(({ name, type }, i) => ({ name, read: readerOf(type, name), vector: batch.getChildAt(i) }))
  for (let row = 0; row < batch.numRows; row += 1) {
    yield Object.fromEntries(columns.map(({ name, read, vector }) => [name, vector === null ? null : read(vector, row)]))
  }
}

function readerOf(type: DataType, column: string): Read {
  const plain = plainOf(type, column)
  return (vector, row) => {
    const value: unknown = vector.get(row)
    return value === null || value === undefined ? null : plain(value)
  }
}

/** A value of Arrow's reader as JSON would have it. */
function plainOf(type: DataType, column: string): (value: unknown) => unknown {
  if (DataType.isInt(type)) return (value) => (typeof value === 'bigint' ? exact(value, column) : value)
  if (DataType.isDate(type)) return (value) => new Date(Number(value)).toISOString().slice(0, 10)
  if (DataType.isDecimal(type)) return (value) => decimalText(value as Uint32Array, type.scale)
  if (DataType.isList(type) || DataType.isFixedSizeList(type)) {
    const element = plainOf(type.children[0]?.type as DataType, column)
    return (value) => Array.from(value as Iterable<unknown>, (one) => (one === null ? null : element(one)))
  }
  if (DataType.isStruct(type)) {
    const members = type.children.map(({ name, type: of }) => [name, plainOf(of as DataType, column)] as const)
    return (value) => Object.fromEntries(members.map(([name, plain]) => {
      const member = (value as Record<string, unknown>)[name]
      return [name, member === null || member === undefined ? null : plain(member)]
    }))
  }
  // Arrow's reader gives milliseconds; digits below them are in the column itself.
  if (DataType.isTimestamp(type)) return (value) => timestampText(Number(value), type.timezone != null)
  if (DataType.isTime(type)) return (value) => timeText(BigInt(value as number | bigint), type.unit)
  if (DataType.isMap(type)) return (value) => Object.fromEntries(Array.from(value as Iterable<readonly [unknown, unknown]>, ([key, one]) => [String(key), one]))
  return (value) => value
}

function exact(value: bigint, column: string): number {
  if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) throw new Refused(`The column "${column}" has a number of more digits than JavaScript's numbers keep; read it as Arrow.`)
  return Number(value)
}

/** 128 bits, lowest word first, two's complement. */
function decimalText(words: Uint32Array, scale: number): string {
  const bits = words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n)
  const value = BigInt.asIntN(words.length * 32, bits)
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0')
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  return value < 0n ? `-${text}` : text
}

/** Milliseconds, with microseconds as their fraction. */
function timestampText(milliseconds: number, isZoned: boolean): string {
  const whole = Math.floor(milliseconds)
  const micros = Math.round((milliseconds - whole) * 1000)
  const text = new Date(whole).toISOString()
  return `${text.slice(0, 19)}.${text.slice(20, 23)}${String(micros).padStart(3, '0')}`.replace(/\.?0+$/u, '') + (isZoned ? 'Z' : '')
}

const MICROS: Readonly<Record<number, (value: bigint) => bigint>> = {
  [TimeUnit.SECOND]: (value) => value * 1_000_000n, [TimeUnit.MILLISECOND]: (value) => value * 1000n, [TimeUnit.MICROSECOND]: (value) => value, [TimeUnit.NANOSECOND]: (value) => value / 1000n,
}

function timeText(value: bigint, unit: TimeUnit): string {
  const micros = (MICROS[unit] as (value: bigint) => bigint)(value)
  const two = (count: bigint): string => String(count).padStart(2, '0')
  const text = `${two(micros / 3_600_000_000n)}:${two((micros / 60_000_000n) % 60n)}:${two((micros / 1_000_000n) % 60n)}`
  const rest = micros % 1_000_000n
  return rest === 0n ? text : `${text}.${String(rest).padStart(6, '0').replace(/0+$/u, '')}`
}
