// Words of the command line to values, or a diagnostic that says what was wanted.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok, parseRef } from '@tulle/kernel'
import { messages } from './messages.ts'

/** Seconds from 0 to a day. */
export function secondsOf(argument: string, value: string): Result<number> {
  const seconds = Number(value)
  return value.trim() !== '' && seconds >= 0 && seconds <= 86_400 ? ok(seconds) : fail(messages['bad-argument']({ argument, value, want: 'a number of seconds' }))
}

/** A whole number from 1 to `most`. */
export function countOf(argument: string, value: string, most: number): Result<number> {
  const count = Number(value)
  return Number.isInteger(count) && count >= 1 && count <= most ? ok(count) : fail(messages['bad-argument']({ argument, value, want: `a whole number from 1 to ${most}` }))
}

/** What parts of a range of days are. */
export function byOf(value: string): Result<'day' | 'month'> {
  return value === 'day' || value === 'month' ? ok(value) : fail(messages['bad-argument']({ argument: '--by', value, want: 'day or month' }))
}

/** `2024-01-01..2024-02-01`: from the first up to, and not at, the second. */
export function rangeOf(value: string | undefined): Result<{ readonly from: string; readonly to: string } | undefined> {
  if (value === undefined) return ok(undefined)
  const { from, to } = /^(?<from>[^.].*?)\.\.(?<to>[^.].*)$/u.exec(value)?.groups ?? {}
  return from === undefined || to === undefined ? fail(messages['bad-argument']({ argument: '--backfill', value, want: 'a range such as 2024-01-01..2024-02-01' })) : ok({ from, to })
}

/** `name=value`: a value that reads as JSON is that, another one is a text. */
export function parametersOf(words: readonly string[] | undefined): Result<Readonly<Record<string, Json>> | undefined> {
  if (words === undefined) return ok(undefined)
  const parameters = new Map<string, Json>()
  for (const word of words) {
    const { name, value } = /^(?<name>[^=]{1,100})=(?<value>.*)$/su.exec(word)?.groups ?? {}
    if (name === undefined || value === undefined) return fail(messages['bad-argument']({ argument: '--with', value: word.slice(0, 100), want: 'a parameter such as day=2026-01-31 or full=true' }))
    parameters.set(name, jsonOr(value))
  }
  return ok(Object.fromEntries(parameters))
}

function jsonOr(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}

type SubjectKind = 'user' | 'team' | 'domain' | 'product' | 'application'

/** `user`, or `team:name`, `domain:name`, `product:name`, `application:name`. */
export function subjectOf(value: string): { readonly subjectKind: SubjectKind; readonly subject: string } {
  const [, kind, name] = /^(user|team|domain|product|application):(.+)$/s.exec(value) ?? []
  return kind === undefined || name === undefined ? { subjectKind: 'user', subject: value } : { subjectKind: kind as SubjectKind, subject: name }
}

/** `product` or `product.data_set`. */
export function productOf(value: string): Result<{ readonly product: string; readonly dataSet?: string }> {
  const ref = parseRef(value)
  if (!ref.ok) return ref
  const { product, dataSet, kind, column, major } = ref.value
  if (kind !== undefined || column !== undefined || major !== undefined) return fail(messages['bad-argument']({ argument: 'product', value, want: 'a product or a data set, such as flights or flights.flights' }))
  return ok({ product, ...(dataSet !== undefined && { dataSet }) })
}

/** A data set; a product that has one of its name may be named alone. */
export function dataSetOf(value: string): Result<{ readonly product: string; readonly dataSet: string }> {
  const ref = productOf(value)
  return ref.ok ? ok({ product: ref.value.product, dataSet: ref.value.dataSet ?? ref.value.product }) : ref
}

/** `product`, `product.data_set`, or a column of it. */
export function columnOf(argument: string, value: string): Result<{ readonly product: string; readonly dataSet?: string; readonly column?: string }> {
  const ref = parseRef(value)
  if (!ref.ok) return ref
  const { kind, major, ...place } = ref.value
  return kind === undefined && major === undefined ? ok(place) : fail(messages['bad-argument']({ argument, value, want: 'a product, a data set or a column, such as flights, flights.flights or flights.flights.delay' }))
}

/** A snapshot's id: a 63-bit number, kept as text. */
export const snapshotOf = (argument: string, value: string): Result<string> =>
  (/^[0-9]{1,19}$/.test(value) ? ok(value) : fail(messages['bad-argument']({ argument, value, want: 'a snapshot id as "tulle history" prints it' })))

/** A list with commas between its parts; undefined stays so. */
export const listOf = (value: string | undefined): string[] | undefined =>
  value?.split(',').map((part) => part.trim()).filter((part) => part !== '')

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** A time such as `12h`, `1d`, `2w`, or `0`, in milliseconds. */
export function spanOf(argument: string, value: string): Result<number> {
  const span = /^([1-9][0-9]{0,3})([hdw])$/.exec(value)
  if (value === '0') return ok(0)
  return span === null ? fail(messages['bad-argument']({ argument, value, want: 'a time such as 12h, 1d, 2w, or 0' })) : ok(Number(span[1]) * (UNITS[span[2] ?? ''] ?? 0))
}

/** A time such as `90s`, `12h`, `30d`, `2w`, in seconds. */
export function durationOf(argument: string, value: string): Result<number> {
  const [, count, unit] = /^([1-9][0-9]{0,3})([smhdw])$/.exec(value) ?? []
  const seconds = Number(count) * ({ s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }[unit ?? ''] ?? Number.NaN)
  return Number.isFinite(seconds) ? ok(seconds) : fail(messages['bad-argument']({ argument, value, want: 'a time, such as 30d, 12h or 2w' }))
}

/** A date, an instant, or a time from now such as `12h`, `30d`, `2w`, as an ISO instant in the future. */
export function expiryOf(value: string, now: number): Result<string> {
  const span = /^([1-9][0-9]{0,3})([hdw])$/.exec(value)
  const time = span === null ? (/^\d{4}-\d{2}-\d{2}/.test(value) ? Date.parse(value) : Number.NaN) : now + Number(span[1]) * (UNITS[span[2] ?? ''] ?? 0)
  return time > now ? ok(new Date(time).toISOString()) : fail(messages['bad-argument']({ argument: '--expires', value, want: 'a time to come, such as 30d, 12h, 2w or 2027-01-31' }))
}
