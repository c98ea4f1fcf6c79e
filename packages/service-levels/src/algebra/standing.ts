// Samples → where a promise stands. Pure.
//
// A sample that is `unknown` was not good: who promises 99 % promises that somebody can tell. `idle` ones do not count at all. The
// budget is that of the whole window from the first day on, so one bad morning does not break the promise of a month.

import type { Burn, Counts, HistoryBar, Sample, Standing } from '../types.ts'
import { pointAt, pointsIn } from './grid.ts'

export interface Promised {
  /** Percent. */
  readonly objective: number
  readonly window: number
  readonly every: number
}

const NONE: Counts = { good: 0, bad: 0, unknown: 0, idle: 0 }
/** Sums of shares are not exact. */
const EPSILON = 1e-9

export const countsOf = (samples: readonly Sample[]): Counts => samples.reduce((counts, { state }) => ({ ...counts, [state]: counts[state] + 1 }), NONE)

/** Percent of what was measured; undefined where nothing was. */
export function attainedOf({ good, bad, unknown }: Counts): number | undefined {
  const measured = good + bad + unknown
  return measured === 0 ? undefined : (good / measured) * 100
}

/** Those of the window that ends now, oldest first; `samples` in any order. */
export function inWindow(samples: readonly Sample[], { window, every }: Promised, now: number): readonly Sample[] {
  const end = pointAt(now, every)
  const first = end - (pointsIn(window, every) - 1) * every
  return samples.filter(({ at }) => at >= first && at <= end).toSorted((a, b) => a.at - b.at)
}

export function standingOf(all: readonly Sample[], promised: Promised, now: number): Standing {
  const samples = inWindow(all, promised, now)
  const counts = countsOf(samples)
  const attained = attainedOf(counts)
  const allowed = (1 - promised.objective / 100) * Math.max(0, pointsIn(promised.window, promised.every) - counts.idle)
  const spent = counts.bad + counts.unknown
  const burns = burnsOf(samples, promised, now)
  const isMissed = spent > allowed + EPSILON
  const last = samples.at(-1)
  return {
    state: attained === undefined ? 'waiting' : isMissed ? 'missed' : burns.length > 0 ? 'burning' : 'kept',
    counts,
    ...(attained !== undefined && { attained }),
    budget: { allowed, spent, left: allowed - spent, leftShare: allowed <= EPSILON ? (spent > 0 ? 0 : 1) : Math.max(0, (allowed - spent) / allowed) },
    burns,
    ...(last !== undefined && { last }),
  }
}

/** Fast: a fiftieth of a month's budget within an hour; slow: a twentieth within six. For other windows, in proportion. */
const RULES = [{ rule: 'fast', part: 720, rate: 14.4 }, { rule: 'slow', part: 120, rate: 6 }] as const

/** Both the long and a short window must burn, so that it ends soon after its cause. No window is shorter than one period. */
export function burnsOf(samples: readonly Sample[], { objective, window, every }: Promised, now: number): readonly Burn[] {
  const share = 1 - objective / 100
  const rateOver = (over: number): number => {
    const counts = countsOf(samples.filter(({ at }) => at > pointAt(now, every) - over))
    const spent = counts.bad + counts.unknown
    if (spent === 0) return 0
    // Of the whole window, like the budget: the first bad minute of a new product is one minute, not all that it ever was.
    return share <= EPSILON ? Infinity : spent / Math.max(1, pointsIn(over, every) - counts.idle) / share
  }
  return RULES.flatMap(({ rule, part, rate: design }) => {
    const over = Math.max(every, Math.ceil(window / part / every) * every)
    const short = Math.max(every, Math.ceil(over / 12 / every) * every)
    const rate = rateOver(over)
    // Where periods are long, a rate can be no higher than that of all being bad.
    const enough = Math.min(design, share <= EPSILON ? design : 1 / share)
    return rate + EPSILON >= enough && rateOver(short) + EPSILON >= enough ? [{ rule, rate, over }] : []
  })
}

/** The window in at most so many bars of whole periods, oldest first; bars in which nothing was measured are there too. */
export function historyOf(all: readonly Sample[], promised: Promised, now: number, most = 60): readonly HistoryBar[] {
  const { window, every } = promised
  const points = pointsIn(window, every)
  const each = Math.ceil(points / most) * every
  const end = pointAt(now, every) + every
  const samples = inWindow(all, promised, now)
  const bars = Math.ceil((points * every) / each)
  return Array.from({ length: bars }, (_, i) => {
    const to = end - (bars - 1 - i) * each
    const own = samples.filter(({ at }) => at >= to - each && at < to)
    const counts = countsOf(own)
    const attained = attainedOf(counts)
    const value = own.findLast((sample) => sample.value !== undefined)?.value
    return { from: to - each, to, counts, ...(attained !== undefined && { attained }), ...(value !== undefined && { value }) }
  })
}
