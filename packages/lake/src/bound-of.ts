// A minimum or maximum, as an engine prints it, to the bytes that manifests keep (the format's single-value form).
// A bound may be wider than the truth and never narrower: what cannot be stated safely is left out.

import type { FieldType } from './types.ts'
import { unscaledBytes } from './value-bytes.ts'

/** Longer strings and byte arrays are cut here, as other writers do; an upper bound is then rounded up. */
const TRUNCATE = 16

/** The bytes of a bound, or undefined where the text states none (NaN, an unknown spelling, no greater prefix). */
export function boundOf(type: FieldType, text: string, side: 'lower' | 'upper'): Uint8Array | undefined {
  if (typeof type !== 'string') return undefined
  switch (type) {
    case 'boolean':
      return text === 'true' || text === '1' ? Uint8Array.of(1) : text === 'false' || text === '0' ? Uint8Array.of(0) : undefined
    case 'int':
      return fitted(integer(text), 32)
    case 'long':
      return fitted(integer(text), 64)
    case 'float':
    case 'double':
      return floating(text, type, side)
    case 'date':
      return fitted(dateDays(text), 32)
    case 'time':
      return fitted(timeMicros(text), 64)
    case 'timestamp':
    case 'timestamptz':
      return fitted(timestampMicros(text), 64)
    case 'string':
      return string(text, side)
    case 'uuid':
      return /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/iu.test(text) ? Buffer.from(text.replaceAll('-', ''), 'hex') : undefined
    case 'binary':
      return binary(text, side)
    default:
      return type.startsWith('decimal') ? decimal(type, text) : undefined
  }
}

const integer = (text: string): bigint | undefined => (/^-?[0-9]{1,40}$/u.test(text) ? BigInt(text) : undefined)

function fitted(value: bigint | undefined, bits: 32 | 64): Uint8Array | undefined {
  if (value === undefined || BigInt.asIntN(bits, value) !== value) return undefined
  const bytes = Buffer.alloc(bits / 8)
  if (bits === 32) bytes.writeInt32LE(Number(value))
  else bytes.writeBigInt64LE(value)
  return bytes
}

function floating(text: string, type: 'float' | 'double', side: 'lower' | 'upper'): Uint8Array | undefined {
  const infinity = /^([+-]?)inf(?:inity)?$/iu.exec(text)
  const parsed = infinity !== null ? (infinity[1] === '-' ? -Infinity : Infinity) : text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isNaN(parsed)) return undefined
  // The format orders -0 before +0, while engines take the two for equal and may print either.
  const value = parsed === 0 ? (side === 'lower' ? -0 : 0) : parsed
  const bytes = Buffer.alloc(type === 'float' ? 4 : 8)
  if (type === 'float') bytes.writeFloatLE(value)
  else bytes.writeDoubleLE(value)
  return bytes
}

const DATE = /^(\d{1,7})-(\d{2})-(\d{2})( \(BC\))?/u
const TIME = /^(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?/u
const OFFSET = /^([+-])(\d{2})(?::?(\d{2}))?(?::?(\d{2}))?$/u

function dateDays(text: string): bigint | undefined {
  const found = DATE.exec(text)
  return found !== null && found[0].length === text.length ? daysOf(found) : undefined
}

function timeMicros(text: string): bigint | undefined {
  const found = TIME.exec(text)
  return found !== null && found[0].length === text.length ? microsOf(found) : undefined
}

function timestampMicros(text: string): bigint | undefined {
  const date = DATE.exec(text)
  if (date === null || !/[ T]/u.test(text[date[0].length] ?? '')) return undefined
  const rest = text.slice(date[0].length + 1)
  const time = TIME.exec(rest)
  if (time === null) return undefined
  const zone = rest.slice(time[0].length).trim()
  const offset = zone === '' || zone === 'Z' ? 0n : offsetMicros(zone)
  return offset === undefined ? undefined : daysOf(date) * 86_400_000_000n + microsOf(time) - offset
}

function offsetMicros(zone: string): bigint | undefined {
  const found = OFFSET.exec(zone)
  if (found === null) return undefined
  const seconds = BigInt(Number(found[2]) * 3600 + Number(found[3] ?? 0) * 60 + Number(found[4] ?? 0))
  return (found[1] === '-' ? -seconds : seconds) * 1_000_000n
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar, counted from March so that leap days come last. */
function daysOf(found: RegExpExecArray): bigint {
  const written = Number(found[1])
  const month = Number(found[2])
  const year = (found[4] === undefined ? written : 1 - written) - (month <= 2 ? 1 : 0)
  const era = Math.floor(year / 400)
  const yearOfEra = year - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + Number(found[3]) - 1
  return BigInt(era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468)
}

const microsOf = (found: RegExpExecArray): bigint =>
  BigInt((Number(found[1]) * 60 + Number(found[2])) * 60 + Number(found[3])) * 1_000_000n + BigInt((found[4] ?? '').padEnd(6, '0'))

function string(text: string, side: 'lower' | 'upper'): Uint8Array | undefined {
  // A lone surrogate has no UTF-8 form, so its place in the order is unknown.
  if (!text.isWellFormed()) return undefined
  const points = Array.from(text.slice(0, 2 * TRUNCATE + 2))
  if (points.length <= TRUNCATE) return Buffer.from(text, 'utf8')
  const kept = points.slice(0, TRUNCATE)
  if (side === 'lower') return Buffer.from(kept.join(''), 'utf8')
  for (let i = kept.length - 1; i >= 0; i -= 1) {
    const next = (kept[i]?.codePointAt(0) ?? 0) + 1
    if (next > 0x10ffff) continue
    const safe = next === 0xd800 ? 0xe000 : next
    return Buffer.from(kept.slice(0, i).join('') + String.fromCodePoint(safe), 'utf8')
  }
  return undefined
}

/** Bytes as upper-case hex digits, which is how DuckDB's RETURN_STATS prints them; any other spelling is ambiguous. */
function binary(text: string, side: 'lower' | 'upper'): Uint8Array | undefined {
  const bytes = /^(?:[0-9A-F]{2})*$/u.test(text) ? Buffer.from(text, 'hex') : undefined
  if (bytes === undefined || bytes.length <= TRUNCATE) return bytes
  const kept = Uint8Array.prototype.slice.call(bytes, 0, TRUNCATE)
  if (side === 'lower') return kept
  for (let i = kept.length - 1; i >= 0; i -= 1) {
    if (kept[i] === 0xff) continue
    return Uint8Array.from([...kept.slice(0, i), (kept[i] ?? 0) + 1])
  }
  return undefined
}

/** The unscaled value, big-endian two's complement, in as few bytes as hold it. */
function decimal(type: string, text: string): Uint8Array | undefined {
  const scale = Number(/, ?(\d+)\)$/u.exec(type)?.[1])
  const found = /^(-?)(\d{1,40})(?:\.(\d{1,40}))?$/u.exec(text)
  const fraction = found?.[3] ?? ''
  if (found === null || Number.isNaN(scale) || fraction.slice(scale).replaceAll('0', '') !== '') return undefined
  const digits = BigInt(`${found[2] ?? ''}${fraction.slice(0, scale).padEnd(scale, '0')}`)
  return unscaledBytes(found[1] === '-' ? -digits : digits)
}
