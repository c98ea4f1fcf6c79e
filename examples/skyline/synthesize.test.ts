import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { synthesize } from './synthesize.ts'

it('the synthetic persons and their bookings are exactly what the seeded generator writes', () => {
  const { passengers, bookings } = synthesize()
  expect(readFileSync(join(import.meta.dirname, 'data/passengers.csv'), 'utf8')).toBe(passengers)
  expect(readFileSync(join(import.meta.dirname, 'data/bookings.csv'), 'utf8')).toBe(bookings)
})
