// When reading is possible, by UTC's clock. A span whose end lies before its beginning goes over midnight.

import type { RuleLimits } from '@tulle/model'

type Hours = NonNullable<RuleLimits['hours']>

const MINUTE = 60_000
const DAY = 24 * 60

export function isOpen({ from, to, days }: Hours, now: number): boolean {
  const time = new Date(now)
  const minute = time.getUTCHours() * 60 + time.getUTCMinutes()
  const [today, yesterday] = [days.includes(time.getUTCDay()), days.includes((time.getUTCDay() + 6) % 7)]
  if (from < to) return today && minute >= from && minute < to
  return (today && minute >= from) || (yesterday && minute < to)
}

/** The next moment at which `isOpen` may answer otherwise. */
export function nextTurn({ from, to }: Hours, now: number): number {
  const midnight = Math.floor(now / (DAY * MINUTE)) * DAY * MINUTE
  const turns = [from, to, DAY].map((minute) => midnight + minute * MINUTE).filter((turn) => turn > now)
  return Math.min(...turns)
}

/** `08:00–18:00 UTC`. */
export function hoursText({ from, to }: Hours): string {
  const text = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
  return `${text(from)}–${text(to)} UTC`
}
