// A range of days as the parts that it is run by. Pure.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from './messages.ts'

export type PartitionBy = 'day' | 'month'

/** `from` is in it, `to` is the first day after it. Days are `2026-01-31`. */
export interface Partition { readonly name: string; readonly from: string; readonly to: string }

/** Of one backfill. */
const MOST_PARTITIONS = 1_000

const DAY_MILLISECONDS = 86_400_000
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10)

/** Oldest first; both days are in the range. Months are cut where the range begins and ends. */
export function partitionsOf({ from, to, by }: { readonly from: string; readonly to: string; readonly by: PartitionBy }): Result<readonly Partition[]> {
  const [first, last] = [timeOf(from), timeOf(to)]
  const odd = first === undefined ? from : last === undefined ? to : undefined
  if (odd !== undefined || first === undefined || last === undefined) return fail(messages['backfill-range']({ why: `"${(odd ?? '').slice(0, 40)}" is no day such as 2026-01-31` }))
  if (first > last) return fail(messages['backfill-range']({ why: `${from} is after ${to}` }))
  const partitions: Partition[] = []
  for (let at = first; at <= last;) {
    if (partitions.length === MOST_PARTITIONS) return fail(messages['backfill-range']({ why: `it has more than ${MOST_PARTITIONS} parts (limit "MOST_PARTITIONS")` }))
    const next = Math.min(by === 'day' ? at + DAY_MILLISECONDS : monthAfter(at), last + DAY_MILLISECONDS)
    partitions.push({ name: by === 'day' ? dayOf(at) : dayOf(at).slice(0, 7), from: dayOf(at), to: dayOf(next) })
    at = next
  }
  return ok(partitions)
}

/** Midnight in UTC; undefined for what is no day of the calendar. */
function timeOf(day: string): number | undefined {
  const time = /^\d{4}-\d{2}-\d{2}$/u.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN
  return Number.isNaN(time) || dayOf(time) !== day ? undefined : time
}

function monthAfter(time: number): number {
  const date = new Date(time)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
}
