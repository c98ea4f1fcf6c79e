import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partitionsOf } from './partitions.ts'

const shown = (from: string, to: string, by: 'day' | 'month'): readonly string[] => {
  const parts = partitionsOf({ from, to, by })
  return parts.ok ? parts.value.map((part) => `${part.name}: ${part.from} to ${part.to}`) : parts.diagnostics.map(({ message }) => message)
}

describe('a range', () => {
  it.each<[string, string, string, 'day' | 'month', readonly string[]]>([
    ['of days, the last one in it', '2024-02-28', '2024-03-01', 'day', ['2024-02-28: 2024-02-28 to 2024-02-29', '2024-02-29: 2024-02-29 to 2024-03-01', '2024-03-01: 2024-03-01 to 2024-03-02']],
    ['of one day', '2026-01-01', '2026-01-01', 'day', ['2026-01-01: 2026-01-01 to 2026-01-02']],
    ['of months, cut where it begins and ends', '2025-12-15', '2026-02-03', 'month', ['2025-12: 2025-12-15 to 2026-01-01', '2026-01: 2026-01-01 to 2026-02-01', '2026-02: 2026-02-01 to 2026-02-04']],
    ['that runs backwards', '2026-01-02', '2026-01-01', 'day', ['This range cannot be run by its parts: 2026-01-02 is after 2026-01-01.']],
    ['with a day that is none', '2026-02-30', '2026-03-01', 'day', ['This range cannot be run by its parts: "2026-02-30" is no day such as 2026-01-31.']],
    ['of too many', '2000-01-01', '2026-01-01', 'day', ['This range cannot be run by its parts: it has more than 1000 parts (limit "MOST_PARTITIONS").']],
  ])('%s', (_, from, to, by, expected) => {
    expect(shown(from, to, by)).toEqual(expected)
  })

  it('has each of its days in exactly one part (property)', () => {
    const day = fc.integer({ min: 0, max: 900 }).map((n) => new Date(Date.UTC(2023, 0, 1) + n * 86_400_000).toISOString().slice(0, 10))
    fc.assert(fc.property(day, day, fc.constantFrom('day' as const, 'month' as const), (one, other, by) => {
      const [from = '', to = ''] = [one, other].toSorted()
      const parts = partitionsOf({ from, to, by })
      if (!parts.ok) throw new Error(parts.diagnostics[0]?.message)
      expect(parts.value[0]?.from).toBe(from)
      expect(parts.value.slice(1).map((part) => part.from)).toEqual(parts.value.slice(0, -1).map((part) => part.to))
      expect(parts.value.at(-1)?.to).toBe(new Date(Date.parse(to) + 86_400_000).toISOString().slice(0, 10))
      expect(parts.value.every((part) => part.from < part.to)).toBe(true)
    }))
  })
})
