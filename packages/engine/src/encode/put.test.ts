// The contract: the quick ways to digits say the same as the slow ones.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { putDate, putDecimal, putDouble, putInteger, putTime } from './put.ts'
import { Sink } from './sink.ts'
import { dateText, decimalText, doubleText, timeText } from './spelling.ts'

const textOf = (put: (sink: Sink) => void): string => {
  const sink = new Sink()
  put(sink)
  return Buffer.from(sink.take()).toString('latin1')
}

describe('digits', () => {
  it('of doubles', () => {
    const short = fc.tuple(fc.integer(), fc.integer({ min: 0, max: 6 })).map(([unscaled, scale]) => unscaled / 10 ** scale)
    fc.assert(fc.property(fc.oneof(short, fc.double(), fc.constantFrom(0, -0, 1e15, 999_999_999_999_999, 1e-4, 0.00099, 1e9, 123_456_789.1234)), (value) => {
      expect(textOf((sink) => putDouble(sink, value))).toBe(doubleText(value))
    }), { numRuns: 20_000 })
  })

  it('of whole numbers and decimals', () => {
    fc.assert(fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 18 }), (value, scale) => {
      expect(textOf((sink) => putInteger(sink, value))).toBe(String(value))
      if (scale <= 15) expect(textOf((sink) => putDecimal(sink, value, scale, 10 ** scale))).toBe(decimalText(BigInt(value), scale))
    }), { numRuns: 5000 })
  })

  it('of dates and times', () => {
    fc.assert(fc.property(fc.integer({ min: -3_000_000, max: 4_000_000 }), fc.integer({ min: 0, max: 86_399_999_999 }), (days, micros) => {
      expect(textOf((sink) => putDate(sink, days))).toBe(dateText(days))
      expect(textOf((sink) => putTime(sink, micros))).toBe(timeText(BigInt(micros), 6))
    }), { numRuns: 10_000 })
    for (let days = -1000; days < 1000; days += 1) expect(dateText(days)).toBe(new Date(days * 86_400_000).toISOString().slice(0, 10))
  })
})
