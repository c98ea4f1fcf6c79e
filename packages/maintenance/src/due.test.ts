import { describe, expect, it } from 'vitest'
import { isDue } from './due.ts'

const DAY = 86_400_000
const HOUR = 3_600_000
/** A quarter of an hour before six, by its first eight digits. */
const UUID = `${(5.75 * HOUR).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`
const MIDNIGHT = 20_000 * DAY

describe('a table', () => {
  it.each<[string, { last: number; published?: number; now: number }, boolean]>([
    ['that was never looked after is due', { last: 0, now: MIDNIGHT }, true],
    ['is due once its own time of day has come', { last: MIDNIGHT - DAY + 6 * HOUR, now: MIDNIGHT + 5.75 * HOUR }, true],
    ['is not due before', { last: MIDNIGHT - DAY + 6 * HOUR, now: MIDNIGHT + 5.7 * HOUR }, false],
    ['is not due again the same day', { last: MIDNIGHT + 5.8 * HOUR, now: MIDNIGHT + 23 * HOUR }, false],
    ['that was missed yesterday is due at once', { last: MIDNIGHT - DAY, now: MIDNIGHT + HOUR }, true],
    ['is due at once after many publishes', { last: MIDNIGHT + 5.8 * HOUR, published: 200, now: MIDNIGHT + 6 * HOUR }, true],
    ['is not due after few', { last: MIDNIGHT + 5.8 * HOUR, published: 199, now: MIDNIGHT + 6 * HOUR }, false],
  ])('%s', (_, { last, published = 0, now }, due) => {
    expect(isDue({ uuid: UUID, last, published, now })).toBe(due)
  })
})
