// Times and spans that are written out, in microseconds; digits of BIGINT. Pure.

import { cannot } from './sorts.ts'

const UNITS = { microsecond: 1n, millisecond: 1_000n, second: 1_000_000n, minute: 60_000_000n, hour: 3_600_000_000n, day: 86_400_000_000n, week: 604_800_000_000n } as const
const MOST = 9_223_372_036_854_775_807n

const unitOf = (text: string): bigint | undefined => {
  const name = text.toLowerCase().replace(/s$/u, '')
  return Object.hasOwn(UNITS, name) ? UNITS[name as keyof typeof UNITS] : undefined
}

/** Such as `15 minutes`. */
export function spanOf(text: string): bigint {
  const { count = '', unit = '' } = /^(?<count>\d{1,9}) (?<unit>[a-z]+)$/iu.exec(text.trim())?.groups ?? {}
  const size = unitOf(unit)
  if (size === undefined) return cannot(`the interval '${text.slice(0, 40)}'`, "write it as a count of weeks, days, hours, minutes or seconds, such as interval '15 minutes'; months have no fixed length")
  const span = BigInt(count) * size
  return span > MOST / 4n ? cannot(`the interval '${text.slice(0, 40)}'`, 'write a shorter one') : span
}

/** 1970-01-05 and 2000-01-03, both Mondays: where weeks and buckets begin to the engine. */
const MONDAY = 4n * UNITS.day
const BUCKETS = 946_857_600_000_000n

/** Floor of the time in `sql` to multiples of the span, before 1970 too. */
export function flooredTo(sql: string, span: bigint, origin: bigint): string {
  const width = `CAST(${span} AS BIGINT)`
  const offset = origin % span
  const time = offset === 0n ? sql : `(${sql} - CAST(${offset} AS BIGINT))`
  return `(${sql} - MOD(MOD(${time}, ${width}) + ${width}, ${width}))`
}

export const bucketed = (sql: string, span: string): string => {
  const width = spanOf(span)
  return width === 0n ? cannot('time_bucket of no width', 'give it a width') : flooredTo(sql, width, BUCKETS)
}

export function truncated(sql: string, unit: string): string {
  const size = unitOf(unit)
  return size === undefined ? cannot(`date_trunc to ${unit.slice(0, 30)}`, 'truncate to week, day, hour, minute or second: longer ones have no fixed length') : flooredTo(sql, size, size === UNITS.week ? MONDAY : 0n)
}

/** `2026-01-01` or `2026-01-01 10:00:00.5`, as the day has it. */
export function microsOf(text: string): bigint {
  const { day = '', time = '00:00:00', fraction = '' } = /^(?<day>\d{4}-\d\d-\d\d)(?:[ T](?<time>\d\d:\d\d:\d\d)(?:\.(?<fraction>\d{1,6}))?)?$/u.exec(text)?.groups ?? {}
  const at = new Date(`${day}T${time}Z`)
  if (Number.isNaN(at.getTime()) || at.toISOString() !== `${day}T${time}.000Z`) return cannot(`the time '${text.slice(0, 40)}'`, "write it as '2026-01-01 10:00:00'")
  return BigInt(at.getTime()) * 1_000n + BigInt(fraction.padEnd(6, '0'))
}

export function dayOf(text: string): string {
  return /^\d{4}-\d\d-\d\d$/u.test(text) && microsOf(text) !== undefined ? text : cannot(`the date '${text.slice(0, 40)}'`, "write it as '2026-01-01'")
}
