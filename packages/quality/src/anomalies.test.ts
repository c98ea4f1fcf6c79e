import { describe, expect, it } from 'vitest'
import { bandAt, changeOf } from './history.ts'
import type { HistoryPoint } from './types.ts'

const DAY = 86_400_000
const START = Date.UTC(2024, 0, 1, 3)

/** Numbers that a seed gives, even and normal. */
function chance(seed: number): { readonly even: () => number; readonly normal: () => number } {
  let state = seed * 2_654_435_761 + 1
  const even = (): number => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) | 0
    const mixed = Math.imul(state ^ (state >>> 13), 3_266_489_917)
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 4_294_967_296
  }
  return { even, normal: () => Math.sqrt(-2 * Math.log(1 - even())) * Math.cos(2 * Math.PI * even()) }
}

const WEEK = [0.55, 1, 1.05, 1.1, 1.05, 1.2, 0.7]

interface Days { readonly points: readonly HistoryPoint[]; readonly planted: ReadonlySet<number> }

/** Two years of days: growth, a week, a year, and 5 % of chance; 40 of them are wrong by a third or more. With `breaks`, the last ten days of each 52 weeks are a holiday. */
function twoYears(seed: number, { wrong = 40, noise = 0.05, breaks = false } = {}): Days {
  const { even, normal } = chance(seed)
  const planted = new Set<number>()
  while (planted.size < wrong) planted.add(60 + Math.floor(even() * 670))
  const points = Array.from({ length: 730 }, (_day, day): HistoryPoint => {
    const at = START + day * DAY
    const season = 1 + 0.3 * Math.sin((2 * Math.PI * day) / 365.25) - (breaks && day % 364 >= 354 ? 0.4 : 0)
    const usual = 10_000 * (1 + day / 1_500) * (WEEK[new Date(at).getUTCDay()] ?? 1) * season * Math.exp(noise * normal())
    const factor = planted.has(day) ? (even() < 0.5 ? 0.1 + 0.57 * even() : 1.4 + even()) : 1
    return { at: at + Math.floor(even() * 3_600_000), value: Math.round(usual * factor) }
  })
  return { points, planted }
}

/** Each day from the 60th is held against the days before it. */
function caught({ points, planted }: Days, isOdd: (past: readonly HistoryPoint[], point: HistoryPoint) => boolean): { readonly found: number; readonly wrongly: number } {
  let [found, wrongly] = [0, 0]
  for (const [day, point] of points.entries()) {
    if (day < 60 || !isOdd(points.slice(0, day), point)) continue
    if (planted.has(day)) found += 1
    else wrongly += 1
  }
  return { found: found / Math.max(planted.size, 1), wrongly: wrongly / (points.length - 60 - planted.size) }
}

const outsideBand = (past: readonly HistoryPoint[], { at, value }: HistoryPoint): boolean => {
  const band = bandAt(past, at)
  return band !== undefined && (value < band.low || value > band.high)
}

describe('an anomaly', () => {
  it.each([1, 2, 3])('is found in two years of days, 95 of 100, and one of 100 other days at most is taken for one (seed %d)', (seed) => {
    const { found, wrongly } = caught(twoYears(seed), outsideBand)
    expect(found).toBeGreaterThanOrEqual(0.95)
    expect(wrongly).toBeLessThanOrEqual(0.01)
  }, 60_000)

  it('is not found by a band that knows no season, which is why there is one', () => {
    const plain = (past: readonly HistoryPoint[], { value }: HistoryPoint): boolean => {
      const last = past.slice(-84).map((point) => point.value)
      const mean = last.reduce((sum, one) => sum + one, 0) / last.length
      const sigma = Math.sqrt(last.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (last.length - 1))
      return Math.abs(value - mean) > 3.5 * sigma
    }
    expect(caught(twoYears(1), plain).found).toBeLessThan(0.5)
  })

  it('is none in the second year where the first had the same holiday', () => {
    const { points } = twoYears(7, { wrong: 0, breaks: true })
    const odd = points.map((point, day) => day >= 60 && outsideBand(points.slice(0, day), point))
    const holiday = (year: number): number => odd.filter((one, day) => one && Math.floor(day / 364) === year && day % 364 >= 354).length
    expect(holiday(0)).toBeGreaterThanOrEqual(5)
    expect(holiday(1)).toBeLessThanOrEqual(2)
  }, 60_000)

  it('is none where nothing was planted', () => {
    expect(caught(twoYears(6, { wrong: 0 }), outsideBand).wrongly).toBeLessThanOrEqual(0.01)
  }, 60_000)
})

describe('a band', () => {
  const days = (values: readonly number[]): readonly HistoryPoint[] => values.map((value, i) => ({ at: START + i * DAY, value }))
  const after = (values: readonly number[]): number => START + values.length * DAY

  it('is not known from less than eight measurements', () => {
    expect(bandAt(days([1, 2, 3, 4, 5, 6, 7]), after([1, 2, 3, 4, 5, 6, 7]))).toBeUndefined()
  })

  it('of what never moves lets it move a little', () => {
    const band = bandAt(days(Array.from({ length: 30 }, () => 1_000)), START + 30 * DAY)
    expect(band?.expected).toBeCloseTo(1_000, 6)
    expect(band?.low).toBeGreaterThan(980)
    expect(band?.high).toBeLessThan(1_020)
  })

  it('follows a trend, and knows the day of the week', () => {
    const values = Array.from({ length: 70 }, (_one, i) => (1_000 + 10 * i) * (new Date(START + i * DAY).getUTCDay() === 0 ? 0.5 : 1) + (i % 3))
    const sunday = values.length + ((7 - new Date(START + values.length * DAY).getUTCDay()) % 7)
    const more = Array.from({ length: sunday - values.length }, (_one, i) => 1_000 + 10 * (values.length + i))
    const band = bandAt(days([...values, ...more]), START + sunday * DAY)
    expect(Math.abs((band?.expected ?? 0) - 0.5 * (1_000 + 10 * sunday))).toBeLessThan(25)
  })

  it('goes by what was measured before its time alone', () => {
    const past = days(Array.from({ length: 30 }, (_one, i) => 100 + (i % 2)))
    expect(bandAt([...past, { at: START + 31 * DAY, value: 9_999 }], START + 30 * DAY)).toEqual(bandAt(past, START + 30 * DAY))
  })

  it('of numbers around nothing is symmetrical', () => {
    const band = bandAt(days(Array.from({ length: 30 }, (_one, i) => Math.sin(i * 12.9898))), START + 30 * DAY)
    expect(band?.low).toBeLessThan(-0.5)
    expect(band?.high).toBeGreaterThan(0.5)
  })
})

describe('a change', () => {
  const past: readonly HistoryPoint[] = [10, 20, 30, 40].map((value, i) => ({ at: START + i * DAY, value }))
  const now = START + 4 * DAY
  it.each([
    [{ from: 'last', of: 1, percent: false }, 50, 10],
    [{ from: 'last', of: 1, percent: true }, 50, 25],
    [{ from: 'average', of: 2, percent: false }, 50, 15],
    [{ from: 'least', of: 3, percent: false }, 50, 30],
    [{ from: 'most', of: 4, percent: true }, 20, -50],
    [{ from: 'same-weekday', of: 1, percent: false }, 50, undefined],
  ] as const)('%j of %d is %s', (change, value, expected) => {
    expect(changeOf(change, value, past, now)).toBe(expected)
  })

  it('from the same day of the week is from seven days ago', () => {
    expect(changeOf({ from: 'same-weekday', of: 1, percent: false }, 50, past, START + 8 * DAY)).toBe(30)
  })
})
