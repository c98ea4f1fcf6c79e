// Single values to and from the bytes that bounds are kept in (the specification's appendix D), and their order. Bytes are
// of other writers: what they do not state plainly is undefined, and whoever asked must then assume nothing.

import { Bug } from '@tulle/kernel'
import type { Value } from './types.ts'

const DECIMAL = /^decimal\((\d+), ?(-?\d+)\)$/u
const FIXED = /^fixed\[(\d+)\]$/u

/** Precision and scale of a decimal type. */
export function decimalOf(type: string): { readonly precision: number; readonly scale: number } | undefined {
  const found = DECIMAL.exec(type)
  return found === null ? undefined : { precision: Number(found[1]), scale: Number(found[2]) }
}

/** The length of a fixed type; a uuid is one of sixteen bytes. */
export function fixedLengthOf(type: string): number | undefined {
  const found = FIXED.exec(type)
  return type === 'uuid' ? 16 : found === null ? undefined : Number(found[1])
}

/** The bytes of a value. A value that is none of the type is our own bug: `isOfType` tells. */
export function bytesOfValue(type: string, value: Value): Uint8Array {
  if (!isOfType(type, value)) throw new Bug(`a ${typeof value} was to be kept as ${type}.`)
  if (typeof value === 'string') return Buffer.from(value, 'utf8')
  if (typeof value === 'boolean') return Uint8Array.of(value ? 1 : 0)
  if (value instanceof Uint8Array) return value
  if (typeof value === 'bigint' && decimalOf(type) !== undefined) return unscaledBytes(value)
  const bytes = Buffer.alloc(typeof value === 'bigint' || type === 'double' ? 8 : 4)
  if (typeof value === 'bigint') bytes.writeBigInt64LE(value)
  else if (type === 'float') bytes.writeFloatLE(value)
  else if (type === 'double') bytes.writeDoubleLE(value)
  else bytes.writeInt32LE(value)
  return bytes
}

/** The value of a bound; undefined where the bytes are none of the type, and for NaN, which bounds nothing. */
export function valueOfBytes(type: string, bytes: Uint8Array): Value | undefined {
  const { length } = bytes
  const view = new DataView(bytes.buffer, bytes.byteOffset, length)
  switch (type) {
    case 'boolean':
      return length === 1 ? bytes[0] !== 0 : undefined
    case 'int':
    case 'date':
      return length === 4 ? view.getInt32(0, true) : undefined
    case 'long':
      // Bounds keep the width that they were written with when their column is widened.
      return length === 4 ? BigInt(view.getInt32(0, true)) : int64(view)
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return int64(view)
    case 'float':
    case 'double':
      return numeric(length === 4 ? view.getFloat32(0, true) : length === 8 && type === 'double' ? view.getFloat64(0, true) : Number.NaN)
    case 'string':
      return text(bytes)
    case 'uuid':
      return length === 16 ? bytes : undefined
    case 'binary':
      return bytes
    default:
      return FIXED.test(type) ? bytes : DECIMAL.test(type) && length > 0 && length <= 17 ? unscaledOf(bytes) : undefined
  }
}

const int64 = (view: DataView): bigint | undefined => (view.byteLength === 8 ? view.getBigInt64(0, true) : undefined)
const numeric = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value)

function text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** True where a value is one that a column of the type can hold. */
export function isOfType(type: string, value: Value): boolean {
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean'
    case 'int':
    case 'date':
      return typeof value === 'number' && (value | 0) === value
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return typeof value === 'bigint' && BigInt.asIntN(64, value) === value
    case 'float':
    case 'double':
      return typeof value === 'number'
    case 'string':
      return typeof value === 'string'
    case 'binary':
      return value instanceof Uint8Array
    default: {
      const [decimal, length] = [decimalOf(type), fixedLengthOf(type)]
      if (decimal !== undefined) return typeof value === 'bigint' && (value < 0n ? -value : value) < 10n ** BigInt(decimal.precision)
      return length !== undefined && value instanceof Uint8Array && value.length === length
    }
  }
}

/** An unscaled decimal in as few bytes as hold it, big-endian two's complement. */
export function unscaledBytes(value: bigint, atLeast = 1): Uint8Array {
  let length = atLeast
  while (BigInt.asIntN(length * 8, value) !== value) length += 1
  return Buffer.from(BigInt.asUintN(length * 8, value).toString(16).padStart(length * 2, '0'), 'hex')
}

/** The reverse, of any length. */
export function unscaledOf(bytes: Uint8Array): bigint {
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x0${Buffer.from(bytes).toString('hex')}`))
}

/**
 * Negative where a comes before b, in the order of the format: numbers by size with NaN last, bytes unsigned, texts by their
 * UTF-8 bytes (which is not the order of JavaScript's own comparison beyond the basic plane).
 */
export function compareValues(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return a === b ? 0 : Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'))
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return a < b ? -1 : a > b ? 1 : 0
}
