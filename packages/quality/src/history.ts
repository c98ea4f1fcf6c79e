// What a number usually is at a time, from what it was before: level and trend of the last weeks, the day of the week, and
// what the same days of earlier years did beyond that. Robust: what was odd before does not make the next odd thing usual.
// Pure.

import type { Band, Change, HistoryPoint } from './types.ts'
import { fitRobustly, medianOf, spreadOf } from './fit-robustly.ts'

const DAY = 86_400_000
const WINDOW_DAYS = 84
const MOST_POINTS = 400
const FEWEST_POINTS = 8
/** Half the width of the band, in standard deviations of what is left over. One day in about a thousand is outside by chance. */
const WIDTH = 3.5
/** Numbers that hardly ever move may move by this part of themselves. */
const STILL = 0.0025
/** 52 weeks: the same day of the week. */
const YEAR_DAYS = 364

/** The band at `now`; undefined where too little is known. `history` is oldest first. */
export function bandAt(history: readonly HistoryPoint[], now: number): Band | undefined {
  const past = history.filter(({ at, value }) => at < now && Number.isFinite(value))
  const scale = scaleOf(windowBefore(past, now))
  const usual = usualFrom(past, now, scale)
  if (usual === undefined) return undefined
  const middle = usual.expectedAt(now) + yearly(past, now, scale, usual.sigma)
  const half = WIDTH * usual.sigma
  return { low: scale.back(middle - half), expected: scale.back(middle), high: scale.back(middle + half) }
}

interface Scale { readonly to: (value: number) => number; readonly back: (value: number) => number; readonly least: (expected: number) => number }

/** Amounts grow and shrink by parts of themselves: they are looked at by their logarithms. */
function scaleOf(points: readonly HistoryPoint[]): Scale {
  const values = points.map(({ value }) => value).toSorted((a, b) => a - b)
  const at = (part: number): number => values[Math.floor(part * (values.length - 1))] ?? 0
  const [low, middle, high] = [at(0.1), at(0.5), at(0.9)]
  if (low <= 0 || high / low < 1.05) return { to: (value) => value, back: (value) => value, least: (expected) => Math.max(Math.abs(expected) * STILL, 1e-9) }
  // What is nearly nothing beside the rest is as odd as nothing.
  return { to: (value) => Math.log(Math.max(value, middle * 1e-3)), back: Math.exp, least: () => STILL }
}

const windowBefore = (history: readonly HistoryPoint[], now: number): readonly HistoryPoint[] => {
  const recent = history.filter(({ at }) => at < now && at >= now - WINDOW_DAYS * DAY)
  // What is measured once a week or once a month has no 84 days; then the last ones have to do.
  return recent.length >= 2 * FEWEST_POINTS ? recent.slice(-MOST_POINTS) : history.filter(({ at }) => at < now).slice(-3 * FEWEST_POINTS)
}

/** What is usual from some moment on. */
interface Usual { readonly expectedAt: (at: number) => number; readonly sigma: number }

/** By the weeks before `now`, on the scale. */
function usualFrom(history: readonly HistoryPoint[], now: number, scale: Scale): Usual | undefined {
  const points = windowBefore(history, now)
  if (points.length < FEWEST_POINTS) return undefined
  const first = points[0]?.at ?? now
  const span = now - first
  const weekly = points.length >= 21 && span >= 20 * DAY
  const degree = points.length >= 42 ? 2 : points.length >= 20 ? 1 : 0
  const row = (at: number): readonly number[] => {
    const x = span === 0 ? 0 : (at - first) / span
    return [1, ...Array.from({ length: degree }, (_one, i) => x ** (i + 1)), ...(weekly ? weekdayOf(at) : [])]
  }
  const values = points.map(({ value }) => scale.to(value))
  const rows = points.map(({ at }) => row(at))
  const fit = fitRobustly(rows, values, 1 + degree)
  const left = values.map((value, i) => value - fit.at(rows[i] ?? []))
  const used = 1 + degree + (weekly ? 6 : 0)
  // Left over within the weeks that were fitted is less than what the next day will leave.
  const widened = Math.sqrt((points.length + used) / Math.max(points.length - used, 1))
  return { expectedAt: (at) => fit.at(row(at)), sigma: Math.max(spreadOf(left) * widened, scale.least(fit.at(row(now)))) }
}

function weekdayOf(at: number): readonly number[] {
  const day = new Date(at).getUTCDay()
  // Six numbers for seven days, that add up to nothing over a week.
  return Array.from({ length: 6 }, (_one, i) => (day === i ? 1 : day === 6 ? -1 : 0))
}

/** What the days around this one were beyond the usual in earlier years, where most of them were; on the scale. */
function yearly(history: readonly HistoryPoint[], now: number, scale: Scale, sigma: number): number {
  const beyond = [1, 2].flatMap((years) => {
    const then = now - years * YEAR_DAYS * DAY
    // Held against what was usual before the days around it began.
    const usual = usualFrom(history, then - 2.5 * DAY, scale)
    return usual === undefined ? [] : history.filter(({ at }) => Math.abs(at - then) < 2.5 * DAY).map(({ at, value }) => scale.to(value) - usual.expectedAt(at))
  })
  if (beyond.length < 4) return 0
  const middle = medianOf(beyond)
  // Less than this is chance.
  return Math.abs(middle) > 2.5 * sigma ? middle : 0
}

/** How much `value` is away from what was measured before: in its own unit, or in percent of that. Undefined where there is nothing. */
export function changeOf(change: Change, value: number, history: readonly HistoryPoint[], now = 0): number | undefined {
  const past = history.filter(({ at }) => at < now)
  const base = baseOf(change, past, now)
  if (base === undefined) return undefined
  if (!change.percent) return value - base
  return base === 0 ? (value === 0 ? 0 : Infinity) : ((value - base) / Math.abs(base)) * 100
}

function baseOf({ from, of }: Change, past: readonly HistoryPoint[], now: number): number | undefined {
  const values = past.slice(-of).map(({ value }) => value)
  if (from === 'same-weekday') return past.findLast(({ at }) => Math.abs(now - 7 * DAY - at) < DAY / 2)?.value
  if (values.length === 0) return undefined
  if (from === 'last') return values.at(-1)
  if (from === 'average') return values.reduce((sum, value) => sum + value, 0) / values.length
  return from === 'least' ? Math.min(...values) : Math.max(...values)
}
