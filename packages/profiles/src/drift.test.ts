import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { driftOf } from './drift.ts'
import type { ColumnProfile, Profile } from './types.ts'

const quantilesOf = (values: readonly number[]): number[] => {
  const sorted = values.toSorted((a, b) => a - b)
  return Array.from({ length: 201 }, (_, i) => sorted[Math.max(0, Math.ceil((i / 200) * sorted.length) - 1)] as number)
}
const numbers = (values: readonly number[], more: Partial<ColumnProfile> = {}): ColumnProfile =>
  ({ fieldId: 1, name: 'delay', type: 'int', kind: 'number', nulls: 0, distinct: 100, quantiles: quantilesOf(values), top: [], ...more })
const texts = (counts: Readonly<Record<string, number>>, more: Partial<ColumnProfile> = {}): ColumnProfile =>
  ({ fieldId: 1, name: 'phase', type: 'string', kind: 'text', nulls: 0, distinct: Object.keys(counts).length, top: Object.entries(counts).map(([value, count]) => ({ value, count })), isComplete: true, ...more })
const profile = (column: ColumnProfile, rows = 1_000): Profile => ({ rows, columns: [column] })
const between = (before: ColumnProfile, after: ColumnProfile, rows = 1_000) => driftOf(profile(before, rows), profile(after, rows)).columns[0]
const uniform = Array.from({ length: 1_000 }, (_, i) => i)

describe('drift', () => {
  it('is none of what is the same, whatever it is', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 300 }), (values) => {
      const drift = between(numbers(values), numbers(values))
      expect([drift?.psi, drift?.kl, drift?.level]).toEqual([0, 0, 'none'])
    }))
  })

  it('is far from nothing where numbers moved, and small where they hardly did', () => {
    expect(between(numbers(uniform), numbers(uniform.map((one) => one + 20)))).toMatchObject({ level: 'none' })
    expect(between(numbers(uniform), numbers(uniform.map((one) => one + 500)))).toMatchObject({ level: 'much', why: [expect.stringContaining('PSI')] })
  })

  it('has the index of a textbook', () => {
    const drift = between(texts({ a: 500, b: 500 }), texts({ a: 600, b: 400 }))
    expect(drift?.psi).toBeCloseTo(0.1 * Math.log(1.2) + -0.1 * Math.log(0.8), 10)
    expect(drift?.kl).toBeCloseTo(0.6 * Math.log(1.2) + 0.4 * Math.log(0.8), 10)
    expect(drift).toMatchObject({ level: 'none', appeared: [], vanished: [] })
  })

  it('names values that are new and values that are gone, where all are known', () => {
    expect(between(texts({ climb: 990, taxi: 10 }), texts({ climb: 995, hover: 5 }))).toMatchObject({ appeared: ['hover'], vanished: ['taxi'], level: 'some', why: ['A value is new.', 'A value is gone.'] })
    const { isComplete: _, ...open } = texts({ climb: 990 })
    expect(between(open, texts({ hover: 5 }))).not.toHaveProperty('appeared')
  })

  it('sees a value become common where not all values are known, and none in values that never repeat', () => {
    const many = (more: Readonly<Record<string, number>>): ColumnProfile => {
      const { isComplete: _, ...open } = texts({ ...more, ...Object.fromEntries(Array.from({ length: 18 }, (_one, i) => [`s${i}`, 12])) }, { distinct: 400, shapes: [{ value: 'a9', count: 1_000 }] })
      return open
    }
    expect(between(many({ q: 14 }), many({ XX: 350 }))).toMatchObject({ level: 'much', why: [expect.stringContaining('PSI')] })
    expect(between(many({ q: 14 }), many({ r: 14 }))?.level).toBe('none')
    expect(between(texts({}, { distinct: 900, isComplete: false as never }), texts({}, { distinct: 900, isComplete: false as never }))?.level).toBe('none')
  })

  it('tells of empty cells', () => {
    expect(between(numbers(uniform), numbers(uniform, { nulls: 200 }))).toMatchObject({ nulls: { before: 0, after: 0.2 }, level: 'much', why: ['Empty cells went from 0.0 % to 20.0 %.'] })
    expect(between(numbers(uniform), numbers(uniform, { nulls: 5 }))?.level).toBe('none')
  })

  it('is none of what goes on: times, and keys', () => {
    const later = uniform.map((one) => one + 10_000)
    expect(between(numbers(uniform, { kind: 'time' }), numbers(later, { kind: 'time' }))).toMatchObject({ level: 'none' })
    expect(between(numbers(uniform, { distinct: 1_000 }), numbers(later, { distinct: 1_000 }))).toMatchObject({ level: 'none' })
    expect(between(numbers(uniform, { distinct: 100 }), numbers(later, { distinct: 100 }))).toMatchObject({ level: 'much' })
  })

  it('knows columns by their ids: one that was renamed is the same, one that was made anew is not', () => {
    expect(between(numbers(uniform), numbers(uniform, { name: 'late_by' }))).toMatchObject({ name: 'late_by', change: 'same', level: 'none' })
    expect(driftOf(profile(numbers(uniform)), profile(numbers(uniform, { fieldId: 2 }))).columns.map(({ fieldId, change }) => [fieldId, change])).toEqual([[2, 'added'], [1, 'removed']])
  })

  it('compares nothing with no rows', () => {
    expect(between(numbers(uniform), numbers([0], { distinct: 0 }), 0)?.level).toBe('none')
  })
})
