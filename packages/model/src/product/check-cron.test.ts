// Which texts are schedules.

import { describe, expect, it } from 'vitest'
import { checkCron } from './check-cron.ts'

describe('a schedule', () => {
  it.each(['* * * * *', '0 5 * * *', '*/15 0-6,18-23 1,15 * 1-5', '0 0 1 jan sun', '59 23 31 12 7', '  5  4 * * MON-fri  '])('may be "%s"', (text) => {
    expect(checkCron(text)).toBeUndefined()
  })
  it.each([
    ['', 'it has 1 field instead of five'],
    ['0 5 * *', 'it has 4 fields instead of five'],
    ['0 5 * * * *', 'it has 6 fields instead of five'],
    ['60 * * * *', 'the minute "60" is not within 0-59'],
    ['* 24 * * *', 'the hour "24" is not within 0-23'],
    ['* * 0 * *', 'the day of month "0" is not within 1-31'],
    ['* * * foo *', 'the month "foo" is not within 1-12'],
    ['* * * * 8', 'the day of week "8" is not within 0-7'],
    ['30-10 * * * *', 'the minute "30-10" runs backwards'],
    ['*/0 * * * *', 'the step 0 of the minute is out of range'],
    ['*-3 * * * *', '"*-3" is no minute'],
    ['1,,2 * * * *', '"" is no minute'],
    ['@daily', 'it has 1 field instead of five'],
  ])('may not be "%s": %s', (text, reason) => {
    expect(checkCron(text)).toBe(reason)
  })
})
