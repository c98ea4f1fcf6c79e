// How PostgreSQL (ISO date style, UTC, shortest floats) spells values that DuckDB keeps as numbers.

import type { OpenVector } from './vector.ts'

/** Beyond these powers of ten PostgreSQL writes an exponent (the decimal digits that its float types promise). */
const DOUBLE_DIGITS = 15
const FLOAT_DIGITS = 6

export const doubleText = (value: number): string => shortest(value, value.toExponential(), DOUBLE_DIGITS)

export function floatText(value: number): string {
  for (let digits = 0; digits < 9; digits += 1) {
    const text = value.toExponential(digits)
    if (Math.fround(Number(text)) === value) return shortest(value, text, FLOAT_DIGITS)
  }
  return shortest(value, value.toExponential(), FLOAT_DIGITS)
}

function shortest(value: number, exponential: string, digits: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const [mantissa, power] = exponential.split('e') as [string, string]
  const exponent = Number(power)
  if (exponent < -4 || exponent >= digits) return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
  const sign = mantissa.startsWith('-') ? '-' : ''
  const figures = mantissa.replace('-', '').replace('.', '')
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${figures}`
  if (figures.length <= exponent + 1) return sign + figures.padEnd(exponent + 1, '0')
  return `${sign}${figures.slice(0, exponent + 1)}.${figures.slice(exponent + 1)}`
}

export function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return unscaled.toString()
  const negative = unscaled < 0n
  const figures = (negative ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  return `${negative ? '-' : ''}${figures.slice(0, -scale)}.${figures.slice(-scale)}`
}

// DuckDB's infinite dates are the ends of the integer range.
const INFINITE_DAYS = 2_147_483_647

/** Days since 1970 as a proleptic Gregorian date; years before 1 as PostgreSQL writes them. */
export function dateText(days: number): string {
  if (days === INFINITE_DAYS) return 'infinity'
  if (days === -INFINITE_DAYS) return '-infinity'
  const { year, month, day } = civilOf(days)
  return year > 0 ? `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}` : `${pad(1 - year, 4)}-${pad(month, 2)}-${pad(day, 2)} BC`
}

/** Year, month and day of a count of days since 1970-01-01, for all of DuckDB's range (JavaScript's Date ends before it). */
export function civilOf(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365)
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1 }
}

/** A time of day counted in units of 10^-digits seconds; trailing zeros of the fraction are dropped. */
export function timeText(value: bigint, digits: 0 | 3 | 6 | 9): string {
  const unit = 10n ** BigInt(digits)
  const seconds = Number(value / unit)
  const fraction = digits === 0 ? '' : (value % unit).toString().padStart(digits, '0').replace(/0+$/u, '')
  const clock = `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`
  return fraction === '' ? clock : `${clock}.${fraction}`
}

// 40 bits of microseconds, then the offset in seconds, inverted and shifted to be unsigned.
const LARGEST_OFFSET = 57_599

export function timetzText(bits: bigint): string {
  const offset = LARGEST_OFFSET - Number(bits & 0xff_ffffn)
  return timeText(bits >> 24n, 6) + offsetText(offset)
}

function offsetText(offset: number): string {
  const size = Math.abs(offset)
  const parts = [pad(Math.floor(size / 3600), 2), pad(Math.floor(size / 60) % 60, 2), pad(size % 60, 2)]
  const shown = size % 60 !== 0 ? parts : size % 3600 !== 0 ? parts.slice(0, 2) : parts.slice(0, 1)
  return (offset < 0 ? '-' : '+') + shown.join(':')
}

export type TimestampKind = 'timestamp' | 'timestamptz' | 'timestamp_s' | 'timestamp_ms' | 'timestamp_ns'

const DIGITS: Readonly<Record<TimestampKind, 0 | 3 | 6 | 9>> = { timestamp: 6, timestamptz: 6, timestamp_s: 0, timestamp_ms: 3, timestamp_ns: 9 }
const INFINITE = 9_223_372_036_854_775_807n

export function timestampText(value: bigint, kind: TimestampKind): string {
  const parts = timestampParts(value, kind)
  if (typeof parts === 'string') return parts
  const zone = kind === 'timestamptz' ? '+00' : ''
  return parts.date.endsWith(' BC') ? `${parts.date.slice(0, -3)} ${parts.time}${zone} BC` : `${parts.date} ${parts.time}${zone}`
}

/** ISO 8601 with `T`, and `Z` where the instant is known. */
export function isoTimestampText(value: bigint, kind: TimestampKind): string {
  const parts = timestampParts(value, kind)
  if (typeof parts === 'string') return parts
  return `${parts.date.replace(' BC', '')}T${parts.time}${kind === 'timestamptz' ? 'Z' : ''}${parts.date.endsWith(' BC') ? ' BC' : ''}`
}

function timestampParts(value: bigint, kind: TimestampKind): { date: string; time: string } | 'infinity' | '-infinity' {
  if (value === INFINITE) return 'infinity'
  if (value === -INFINITE) return '-infinity'
  const digits = DIGITS[kind]
  const day = 86_400n * 10n ** BigInt(digits)
  const time = ((value % day) + day) % day
  return { date: dateText(Number((value - time) / day)), time: timeText(time, digits) }
}

/** PostgreSQL's `interval` in its own style: `1 year 2 mons 3 days 04:05:06.5`. */
export function intervalText(months: number, days: number, micros: bigint): string {
  const years = Math.trunc(months / 12)
  const rest = months % 12
  const parts: string[] = []
  let afterNegative = false
  for (const [amount, unit] of [[years, 'year'], [rest, 'mon'], [days, 'day']] as const) {
    if (amount === 0) continue
    parts.push(`${afterNegative && amount > 0 ? '+' : ''}${amount} ${unit}${amount === 1 ? '' : 's'}`)
    afterNegative = amount < 0
  }
  if (micros !== 0n || parts.length === 0) {
    const sign = micros < 0n ? '-' : afterNegative ? '+' : ''
    parts.push(sign + timeText(micros < 0n ? -micros : micros, 6))
  }
  return parts.join(' ')
}

/** DuckDB keeps a uuid as a signed 128-bit number whose top bit is flipped, so that it sorts. */
export function uuidText(upper: bigint, lower: bigint): string {
  const hex = (upper ^ (1n << 63n)).toString(16).padStart(16, '0') + lower.toString(16).padStart(16, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** A bit string: its first byte counts the padding bits at the head of the second. */
export function bitText(bytes: Uint8Array): string {
  const padding = bytes[0] ?? 0
  return Array.from(bytes.subarray(1), (byte) => byte.toString(2).padStart(8, '0')).join('').slice(padding)
}

export function enumText({ data }: OpenVector, labels: readonly string[], row: number): string {
  const index = labels.length <= 0xff ? data.getUint8(row) : labels.length <= 0xffff ? data.getUint16(row * 2, true) : data.getUint32(row * 4, true)
  return labels[index] ?? ''
}

const pad = (value: number, width: number): string => String(value).padStart(width, '0')
