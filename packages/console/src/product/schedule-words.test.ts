import { expect, it } from 'vitest'
import { scheduleWords } from './schedule-words.ts'

it.each([
  ['0 5 * * *', 'every day at 05:00'],
  ['30 23 * * 1-5', 'Monday to Friday at 23:30'],
  ['15 6 * * 1', 'every Monday at 06:15'],
  ['*/10 * * * *', 'every 10 minutes'],
  ['* * * * *', 'every minute'],
  ['0 * * * *', 'every hour'],
  ['0 */6 * * *', 'every 6 hours'],
  ['*/7 * * * *', undefined],
  ['0 5 1 * *', undefined],
  ['0 5,17 * * *', undefined],
  ['0 25 * * *', undefined],
  ['61 5 * * *', undefined],
  ['30 0 5 * * *', undefined],
  ['0 5 * * 1,3', undefined],
  ['', undefined],
])('the schedule "%s" is told as %s', (schedule, words) => {
  expect(scheduleWords(schedule)).toBe(words)
})
