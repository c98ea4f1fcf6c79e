// Five-field cron in UTC, `every <n> s`, or `after <n> s`: text to the moments that it names.

import { Cron } from 'croner'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from './messages.ts'

export interface Schedule {
  readonly text: string
  /** The first moment after `time`, or undefined where none is left. Both in milliseconds since 1970. */
  next(time: number): number | undefined
  /** It counts from when the last run ended, not from when the last one was due. */
  readonly isAfterEnd?: boolean
}

const FIELD = /^[\dA-Za-z*,/\-?#L]+$/

/** Reads a schedule. Nicknames (`@daily`), seconds and time zones are refused: `cron-invalid`. */
export function parseSchedule(text: string): Result<Schedule> {
  const [, kind, seconds] = /^(every|after) (\d{1,9}) s$/u.exec(text.trim()) ?? []
  if (Number(seconds) > 0) return ok({ text: text.trim(), next: (time) => time + Number(seconds) * 1_000, ...(kind === 'after' && { isAfterEnd: true }) })
  const fields = text.trim().split(/\s+/u)
  const shown = text.slice(0, 100)
  if (fields.length !== 5) return fail(messages['cron-invalid']({ schedule: shown, why: `it has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'}, not five` }))
  const odd = fields.find((field) => !FIELD.test(field))
  if (odd !== undefined) return fail(messages['cron-invalid']({ schedule: shown, why: `"${odd.slice(0, 40)}" cannot be read` }))
  try {
    const cron = new Cron(fields.join(' '), { paused: true, timezone: 'UTC', mode: '5-part' })
    if (cron.nextRun(new Date(0)) === null) return fail(messages['cron-invalid']({ schedule: shown, why: 'no day ever matches it' }))
    return ok({ text: fields.join(' '), next: (time) => cron.nextRun(new Date(time))?.getTime() })
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).replace(/^CronPattern: /u, '').replace(/\.$/u, '')
    return fail(messages['cron-invalid']({ schedule: shown, why: lowerFirst(why) }))
  }
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)
