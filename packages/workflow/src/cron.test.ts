import { describe, expect, it } from 'vitest'
import { parseSchedule } from './cron.ts'

const next = (schedule: string, from: string): string | undefined => {
  const parsed = parseSchedule(schedule)
  if (!parsed.ok) throw new Error(parsed.diagnostics[0]?.message)
  const time = parsed.value.next(Date.parse(from))
  return time === undefined ? undefined : new Date(time).toISOString()
}

describe('a schedule', () => {
  it.each([
    ['*/15 * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:15:00.000Z'],
    ['30 4 * * 1-5', '2026-01-02T05:00:00Z', '2026-01-05T04:30:00.000Z'],
    ['0 0 29 2 *', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['0 0 * * 7', '2026-01-01T00:00:00Z', '2026-01-04T00:00:00.000Z'],
    ['5  3\t* * *', '2026-01-01T00:00:00Z', '2026-01-01T03:05:00.000Z'],
    ['0 0 1 JAN *', '2026-01-01T00:00:00Z', '2027-01-01T00:00:00.000Z'],
  ])('%s after %s is %s', (schedule, from, expected) => {
    expect(next(schedule, from)).toBe(expected)
  })

  it('is in UTC, also on the night when clocks change', () => {
    expect(next('30 2 * * *', '2026-03-29T00:00:00Z')).toBe('2026-03-29T02:30:00.000Z')
  })

  it.each([
    ['@daily', '"@daily" is not a schedule: it has 1 field, not five.'],
    ['0 0 0 * * *', '"0 0 0 * * *" is not a schedule: it has 6 fields, not five.'],
    ['61 * * * *', '"61 * * * *" is not a schedule: invalid value for minute: 61.'],
    ['*/0 * * * *', '"*/0 * * * *" is not a schedule: syntax error, illegal stepping: 0.'],
    ['0 0 31 2 *', '"0 0 31 2 *" is not a schedule: no day ever matches it.'],
    ['0 0 * * $(id)', '"0 0 * * $(id)" is not a schedule: "$(id)" cannot be read.'],
    ['', '"" is not a schedule: it has 1 field, not five.'],
  ])('%j is refused with its reason', (schedule, message) => {
    expect(parseSchedule(schedule)).toMatchObject({ ok: false, diagnostics: [{ code: 'cron-invalid', message }] })
  })
})
