import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Sample, SampleState } from '../types.ts'
import { bucketOf, middleOf, percentileOf } from './latency.ts'
import { pointAt, pointsBetween, pointsIn } from './grid.ts'
import { attainedOf, burnsOf, countsOf, historyOf, inWindow, standingOf } from './standing.ts'

const DAY = 86_400_000
const DAILY = { objective: 80, window: 20 * DAY, every: DAY }
const NOW = Date.UTC(2026, 0, 31, 12)

/** One sample a day, the last one of today: `g` good, `b` bad, `u` unknown, `i` idle. */
const days = (text: string, every = DAY): readonly Sample[] =>
  [...text].map((letter, i) => ({ at: pointAt(NOW, every) - (text.length - 1 - i) * every, state: ({ g: 'good', b: 'bad', u: 'unknown', i: 'idle' } as Record<string, SampleState>)[letter] as SampleState }))

describe('a daily refresh over 20 days above 80 %', () => {
  it.each([
    ['is kept while everything is good', 'g'.repeat(20), 'kept', 100, 4],
    ['is kept with four bad days of twenty', `${'g'.repeat(10)}bbbb${'g'.repeat(6)}`, 'kept', 80, 0],
    ['is missed with the fifth', `${'g'.repeat(9)}bbbbb${'g'.repeat(6)}`, 'missed', 75, -1],
    ['counts a day on which nobody looked as not good', `${'g'.repeat(9)}uuuuu${'g'.repeat(6)}`, 'missed', 75, -1],
    ['does not count a day on which there was nothing to measure', `${'g'.repeat(9)}iiiii${'g'.repeat(6)}`, 'kept', 100, 3],
    ['is not missed by the first bad day of a young product', 'gb', 'burning', 50, 3],
    ['waits until something is measured', 'iii', 'waiting', undefined, 3.4],
    ['forgets what is older than the window', `${'b'.repeat(30)}${'g'.repeat(20)}`, 'kept', 100, 4],
  ] as const)('%s', (_case, text, state, attained, left) => {
    const standing = standingOf(days(text), DAILY, NOW)
    expect(standing.state).toBe(state)
    expect(standing.attained).toBe(attained)
    expect(standing.budget.left).toBeCloseTo(left, 9)
  })
})

describe('a budget that goes fast', () => {
  const minutes = { objective: 99, window: 30 * DAY, every: 300_000 }
  it.each([
    ['a fifth of the last hour bad', `${'g'.repeat(600)}${'g'.repeat(9)}bbb`, ['fast']],
    ['every twelfth bad, for hours', 'gggggggggggb'.repeat(80), ['slow']],
    ['all of it bad', 'b'.repeat(80), ['fast', 'slow']],
    ['what was bad this morning and is good now', `${'b'.repeat(12)}${'g'.repeat(80)}`, []],
    ['all good', 'g'.repeat(200), []],
    ['nothing measured', '', []],
  ] as const)('%s', (_case, text, rules) => {
    expect(burnsOf(days(text, 300_000), minutes, NOW).map(({ rule }) => rule)).toEqual(rules)
  })
})

const samples = fc.array(fc.record({ at: fc.integer({ min: -60, max: 5 }).map((i) => pointAt(NOW, DAY) + i * DAY), state: fc.constantFrom<SampleState>('good', 'bad', 'unknown', 'idle') }), { maxLength: 60 })
  .map((all) => [...new Map(all.map((one) => [one.at, one])).values()])
const promised = fc.record({ objective: fc.integer({ min: 1, max: 100 }), window: fc.integer({ min: 1, max: 40 }).map((n) => n * DAY), every: fc.constant(DAY) })

describe('for all samples', () => {
  it('what was spent and what is left make the budget, and a missed promise has overdrawn it', () => {
    fc.assert(fc.property(samples, promised, (all, how) => {
      const { budget, counts, state, attained } = standingOf(all, how, NOW)
      expect(budget.spent + budget.left).toBeCloseTo(budget.allowed, 6)
      expect(budget.spent).toBe(counts.bad + counts.unknown)
      expect(state === 'missed').toBe(attained !== undefined && budget.left < -1e-9)
      expect(budget.leftShare).toBeGreaterThanOrEqual(0)
      expect(budget.leftShare).toBeLessThanOrEqual(1)
    }))
  })

  it('does not burn because its first minutes were bad: a window is whole from the first day on', () => {
    const MINUTES = { objective: 99, window: 30 * 86_400_000, every: 5 * 60_000 }
    const bad = (n: number) => Array.from({ length: n }, (_, i) => ({ at: pointAt(NOW, MINUTES.every) - i * MINUTES.every, state: 'bad' as const }))
    expect(burnsOf(bad(1), MINUTES, NOW)).toEqual([])
    expect(burnsOf(bad(4), MINUTES, NOW).map(({ rule }) => rule)).toEqual(['fast'])
    expect(burnsOf(bad(10), MINUTES, NOW).map(({ rule }) => rule)).toEqual(['fast', 'slow'])
  })

  it('over a full window, a promise is missed exactly where less was attained than promised', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('g', 'b', 'u', 'i'), { minLength: 20, maxLength: 20 }), fc.integer({ min: 1, max: 100 }), (letters, objective) => {
      const { state, attained } = standingOf(days(letters.join('')), { ...DAILY, objective }, NOW)
      expect(state === 'missed').toBe(attained !== undefined && attained < objective - 1e-6)
    }))
  })

  it('the order of samples makes no difference, and one that turns good never makes it worse', () => {
    fc.assert(fc.property(samples, promised, fc.nat(), (all, how, which) => {
      expect(standingOf(all.toReversed(), how, NOW)).toEqual(standingOf(all, how, NOW))
      const better = all.map((one, i) => (i === which % Math.max(1, all.length) && one.state !== 'idle' ? { ...one, state: 'good' as const } : one))
      expect(standingOf(better, how, NOW).attained ?? 0).toBeGreaterThanOrEqual(standingOf(all, how, NOW).attained ?? 0)
    }))
  })

  it('the bars of a history hold each sample of the window once', () => {
    fc.assert(fc.property(samples, promised, fc.integer({ min: 1, max: 70 }), (all, how, most) => {
      const bars = historyOf(all, how, NOW, most)
      const sum = (state: SampleState): number => bars.reduce((total, { counts }) => total + counts[state], 0)
      expect({ good: sum('good'), bad: sum('bad'), unknown: sum('unknown'), idle: sum('idle') }).toEqual(countsOf(inWindow(all, how, NOW)))
      expect(bars.length).toBeLessThanOrEqual(most)
      for (const [i, { from, counts, attained }] of bars.entries()) {
        if (i > 0) expect(from).toBe(bars[i - 1]?.to)
        expect(attained).toBe(attainedOf(counts))
      }
    }))
  })

  it('points lie on one grid, whoever counts them from where', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 1e12 }), fc.integer({ min: 0, max: 1e7 }), fc.integer({ min: 60_000, max: 1e6 }), fc.nat(), (from, length, every, part) => {
      const middle = from + (part % (length + 1))
      expect([...pointsBetween(from, middle, every), ...pointsBetween(middle, from + length, every)]).toEqual(pointsBetween(from, from + length, every))
      expect(pointsBetween(from, from + length, every).every((at) => at % every === 0 && at > from && at <= from + length)).toBe(true)
      expect(pointsIn(every * 7, every)).toBe(7)
    }))
  })
})

describe('times of statements', () => {
  it('come out of their buckets within five percent', () => {
    fc.assert(fc.property(fc.integer({ min: 2, max: 800_000 }), (time) => {
      expect(Math.abs(middleOf(bucketOf(time)) - time) / time).toBeLessThan(0.05)
    }))
  })

  it('give the percentile that sorting them all would give, within five percent', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 2, max: 100_000 }), { minLength: 1, maxLength: 200 }), fc.constantFrom(50, 95, 99), (times, percent) => {
      const buckets = new Map([...Map.groupBy(times, bucketOf)].map(([bucket, all]) => [bucket, all.length]))
      const exact = times.toSorted((a, b) => a - b)[Math.ceil((percent / 100) * times.length) - 1] as number
      expect(Math.abs((percentileOf(buckets, percent) as number) - exact) / exact).toBeLessThan(0.05)
    }))
  })

  it('have no percentile where nobody asked', () => expect(percentileOf(new Map(), 95)).toBeUndefined())
})
