// PostgreSQL's binary numeric: digits in base 10,000, most significant first; the weight is the power of 10,000 of the
// first; zero digits at either end are left out.

import type { Sink } from './sink.ts'

export const BASE = 10_000
export const NEGATIVE = 0x4000

export function putNumeric(sink: Sink, unscaled: bigint, scale: number): void {
  const size = unscaled < 0n ? -unscaled : unscaled
  if (size <= BigInt(SMALL)) return putSmallNumeric(sink, Number(unscaled), scale)
  const digits: number[] = []
  for (let left = size * 10n ** BigInt(padding(scale)); left > 0n; left /= BigInt(BASE)) digits.push(Number(left % BigInt(BASE)))
  putParts(sink, digits, unscaled < 0n, scale)
}

/** As much as still is exact after the padding of the fraction to whole digits. */
export const SMALL = 9_000_000_000_000

/** The same for numbers within ±9·10^12. */
export function putSmallNumeric(sink: Sink, unscaled: number, scale: number): void {
  const digits: number[] = []
  for (let left = Math.abs(unscaled) * 10 ** padding(scale); left > 0; left = Math.floor(left / BASE)) digits.push(left % BASE)
  putParts(sink, digits, unscaled < 0, scale)
}

// Decimal digits that the fraction lacks to fill its last digit of base 10,000.
export const padding = (scale: number): number => (4 - (scale % 4)) % 4

// `digits` are least significant first.
function putParts(sink: Sink, digits: readonly number[], negative: boolean, scale: number): void {
  let last = 0
  while (last < digits.length && digits[last] === 0) last += 1
  const fraction = Math.ceil(scale / 4)
  sink.int16(digits.length - last)
  sink.int16(digits.length === 0 ? 0 : digits.length - 1 - fraction)
  sink.int16(negative ? NEGATIVE : 0)
  sink.int16(scale)
  for (let i = digits.length - 1; i >= last; i -= 1) sink.int16(digits[i] as number)
}
