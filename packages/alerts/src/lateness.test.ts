import { describe, expect, it } from 'vitest'
import { lateSince } from './lateness.ts'

const at = (text: string): number => Date.parse(`2026-03-0${text}:00Z`)
const HOUR = 3_600_000

describe('a product is late', () => {
  it.each([
    ['half an hour after its schedule, not before', { schedule: '0 5 * * *', since: at('1T05:00') + 1, now: at('2T05:30') }, undefined],
    ['when half an hour has passed', { schedule: '0 5 * * *', since: at('1T05:00') + 1, now: at('2T05:31') }, at('2T05:00')],
    ['since the first time that it missed, not the last', { schedule: '0 5 * * *', since: at('1T05:00') + 1, now: at('4T12:00') }, at('2T05:00')],
    ['later where it may be late longer', { schedule: '0 5 * * *', lateAfter: 2 * HOUR, since: at('1T05:00') + 1, now: at('2T06:59') }, undefined],
    ['when what is expected of it has passed, without any schedule', { expectEvery: 24 * HOUR, since: at('1T05:00'), now: at('2T05:31') }, at('2T05:00')],
    ['by the earlier of both', { schedule: '0 5 * * *', expectEvery: HOUR, since: at('1T05:00') + 1, now: at('1T06:31') }, at('1T06:00') + 1],
    ['never where nothing is expected', { since: at('1T05:00'), now: at('9T05:00') }, undefined],
    ['never by a schedule that cannot be read', { schedule: 'daily', since: at('1T05:00'), now: at('9T05:00') }, undefined],
  ])('%s', (_case, expectation, due) => {
    expect(lateSince(expectation)).toBe(due)
  })
})
