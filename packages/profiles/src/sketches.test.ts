import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { binsOf, joinDistributions, quantileOf } from './distribution.ts'
import { countOf, joinRegisters } from './registers.ts'
import type { Distribution } from './types.ts'

const distributionOf = (values: readonly number[]): Distribution => {
  const points = [...new Set(values)].toSorted((a, b) => a - b)
  return { values: points, counts: points.map((point) => values.filter((value) => value <= point).length) }
}
const numbers = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 60 })

describe('distributions', () => {
  it('join to that of all values, in any order', () => {
    fc.assert(fc.property(numbers, numbers, (a, b) => {
      const joined = joinDistributions(distributionOf(a), distributionOf(b))
      expect(joined).toEqual(distributionOf([...a, ...b]))
      expect(joinDistributions(distributionOf(b), distributionOf(a))).toEqual(joined)
    }))
  })

  it('answer a value that so many do not exceed', () => {
    fc.assert(fc.property(numbers, fc.double({ min: 0.01, max: 1, noNaN: true }), (values, share) => {
      const sorted = values.toSorted((a, b) => a - b)
      expect(quantileOf(distributionOf(values), share)).toBe(sorted[Math.ceil(share * sorted.length - 1e-9) - 1])
    }))
  })

  it('count every value in one bin', () => {
    fc.assert(fc.property(numbers, (values) => {
      const bins = binsOf(distributionOf(values), 7)
      expect(bins?.counts.reduce((sum, n) => sum + n, 0)).toBe(values.length)
      expect(bins?.counts.every((n) => n >= 0)).toBe(true)
    }))
  })

  it('keep 2,000 points, each rank within a 2,000th', () => {
    const many = (from: number): Distribution => ({ values: Array.from({ length: 5_000 }, (_, i) => from + 2 * i), counts: Array.from({ length: 5_000 }, (_, i) => i + 1) })
    const joined = joinDistributions(many(0), many(1))
    expect(joined.values.length).toBeLessThanOrEqual(2_001)
    for (const share of [0, 0.1, 0.25, 0.5, 0.999, 1]) expect(Math.abs((quantileOf(joined, share) ?? 0) - share * 10_000)).toBeLessThanOrEqual(6)
    expect([joined.values[0], joined.values.at(-1)]).toEqual([0, 9_999])
  })
})

/** Registers of so many different hashes, from a generator with a seed. */
function registersOf(count: number, seed: number): string {
  const registers = Array.from({ length: 65_536 }, () => 0)
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
  for (let i = 0; i < count; i += 1) {
    const at = next() & 0xffff
    const rank = Math.min(Math.clz32(next()) + 1, 33)
    registers[at] = Math.max(registers[at] as number, rank)
  }
  return registers.map((rank) => String.fromCharCode(48 + rank)).join('')
}

describe('registers', () => {
  it.each([0, 1, 100, 5_000, 60_000, 500_000, 3_000_000])('count %i within 1.3 %', (count) => {
    expect(Math.abs(countOf(registersOf(count, 7)) - count)).toBeLessThanOrEqual(0.013 * count)
  })

  it('count what two have together once', () => {
    const [a, b] = [registersOf(40_000, 1), registersOf(40_000, 2)]
    expect(joinRegisters(a, a)).toBe(a)
    expect(joinRegisters(a, b)).toBe(joinRegisters(b, a))
    expect(Math.abs(countOf(joinRegisters(a, b)) / 80_000 - 1)).toBeLessThan(0.013)
  })
})
