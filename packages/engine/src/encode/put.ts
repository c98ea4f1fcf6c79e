// Numbers, dates and times as PostgreSQL's text, written as digits straight into the sink.

import type { Sink } from './sink.ts'
import { civilOf, dateText, doubleText } from './spelling.ts'

const ZERO = 0x30
const MINUS = 0x2d
const COLON = 0x3a
const DOT = 0x2e

/** A whole number within ±2^53. */
export function putInteger(sink: Sink, value: number): void {
  sink.room(20)
  let left = value
  if (left < 0) {
    sink.bytes[sink.at] = MINUS
    sink.at += 1
    left = -left
  }
  putDigits(sink, left, digitsOf(left))
}

/** A decimal whose digits are a whole number within ±2^53. */
export function putDecimal(sink: Sink, unscaled: number, scale: number, power: number): void {
  sink.room(48)
  let left = unscaled
  if (left < 0) {
    sink.bytes[sink.at] = MINUS
    sink.at += 1
    left = -left
  }
  const whole = Math.floor(left / power)
  putDigits(sink, whole, digitsOf(whole))
  if (scale === 0) return
  sink.bytes[sink.at] = DOT
  sink.at += 1
  putDigits(sink, left - whole * power, scale)
}

export function putDouble(sink: Sink, value: number): void {
  const size = Math.abs(value)
  if (size >= 1e-3 && size < 1e9) {
    // Most doubles in tables are short decimals. With at most 15 digits a decimal has a double of its own, so the first
    // power that gives the value back gives the shortest text.
    for (let scale = 0, power = 1; scale <= 4; scale += 1, power *= 10) {
      const unscaled = Math.round(value * power)
      if (unscaled / power === value) return putDecimal(sink, unscaled, scale, power)
    }
  }
  // Between these bounds JavaScript and PostgreSQL write the same shortest digits without an exponent.
  sink.ascii((size >= 1e-4 && size < 1e15) || Object.is(value, 0) ? String(value) : doubleText(value))
}

/** Days since 1970. */
export function putDate(sink: Sink, days: number): void {
  // 0001-01-01 and 9999-12-31: outside, the text has other forms.
  if (days < -719_162 || days > 2_932_896) {
    sink.ascii(dateText(days))
    return
  }
  sink.room(10)
  const at = days & (CACHED - 1)
  if (cachedDays[at] !== days) rememberDate(at, days)
  const { bytes } = sink
  for (let i = 0; i < 10; i += 1) bytes[sink.at + i] = cachedTexts[at * 10 + i] as number
  sink.at += 10
}

// Dates repeat: the last text of each slot is kept (a power of two of them).
const CACHED = 4096
const cachedDays = new Int32Array(CACHED).fill(-0x8000_0000)
const cachedTexts = new Uint8Array(CACHED * 10)

function rememberDate(at: number, days: number): void {
  const { year, month, day } = civilOf(days)
  const text = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
  for (let i = 0; i < 10; i += 1) cachedTexts[at * 10 + i] = text.charCodeAt(i)
  cachedDays[at] = days
}

/** Microseconds since midnight; trailing zeros of the fraction are dropped. */
export function putTime(sink: Sink, micros: number): void {
  sink.room(16)
  const seconds = Math.floor(micros / 1_000_000)
  putDigits(sink, Math.floor(seconds / 3600), 2)
  put(sink, COLON)
  putDigits(sink, Math.floor(seconds / 60) % 60, 2)
  put(sink, COLON)
  putDigits(sink, seconds % 60, 2)
  let fraction = micros - seconds * 1_000_000
  if (fraction === 0) return
  let digits = 6
  while (fraction % 10 === 0) {
    fraction /= 10
    digits -= 1
  }
  put(sink, DOT)
  putDigits(sink, fraction, digits)
}

const put = (sink: Sink, byte: number): void => {
  sink.bytes[sink.at] = byte
  sink.at += 1
}

// Room has been made by the caller.
function putDigits(sink: Sink, value: number, count: number): void {
  const { bytes, at } = sink
  let left = value
  for (let i = at + count - 1; i >= at; i -= 1) {
    // Within 31 bits the engine divides whole numbers.
    if (left < 0x7fff_ffff) {
      const small = left | 0
      const next = (small / 10) | 0
      bytes[i] = ZERO + small - next * 10
      left = next
    } else {
      const next = Math.floor(left / 10)
      bytes[i] = ZERO + (left - next * 10)
      left = next
    }
  }
  sink.at = at + count
}

function digitsOf(value: number): number {
  if (value < 10) return 1
  if (value < 100) return 2
  if (value < 1000) return 3
  if (value < 10_000) return 4
  if (value < 100_000) return 5
  if (value < 1_000_000) return 6
  let digits = 7
  for (let bound = 10_000_000; value >= bound; bound *= 10) digits += 1
  return digits
}
