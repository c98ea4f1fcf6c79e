// Writes data/passengers.csv and data/bookings.csv: synthetic persons, the same ones every time. No line of them is
// about anybody real. Run `node examples/skyline/synthesize.ts` after changing it; a test holds the files to this code.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { base, en, en_US, Faker } from '@faker-js/faker'

const PASSENGERS = 2_000
const BOOKINGS = 6_000
const AIRPORTS = ['ATL', 'BNA', 'BOS', 'BWI', 'CLT', 'DCA', 'DEN', 'DFW', 'DTW', 'EWR', 'IAH', 'LAS', 'LAX', 'LGA', 'MCO', 'MDW', 'MIA', 'MSP', 'OAK', 'ORD', 'PDX', 'PHL', 'PHX', 'SAN', 'SEA', 'SFO', 'SLC', 'SMF', 'STL', 'TPA']
const FIRST_DAY = Date.UTC(2001, 0, 1)
const DAY = 86_400_000

/** The two files as text, by name. */
export function synthesize(): { readonly passengers: string; readonly bookings: string } {
  const faker = new Faker({ locale: [en_US, en, base], seed: 2001 })
  faker.setDefaultRefDate('2001-01-01T00:00:00Z')
  const people = Array.from({ length: PASSENGERS }, (_, i) => {
    const first = faker.person.firstName()
    const last = faker.person.lastName()
    return {
      passenger_id: `P${String(i + 1).padStart(6, '0')}`,
      name: `${first} ${last}`,
      email: `${first}.${last}.${i + 1}@example.org`.toLowerCase().replaceAll(/[^a-z0-9.@]/gu, ''),
      phone: `+1-555-${faker.string.numeric(3)}-${faker.string.numeric(4)}`,
      passport: `X${faker.string.numeric(8)}`,
      birth_date: isoDay(faker.date.birthdate({ min: 18, max: 90, mode: 'age' }).getTime()),
      home_state: faker.location.state({ abbreviated: true }),
    }
  })
  const trips = Array.from({ length: BOOKINGS }, (_, i) => {
    const origin = faker.helpers.arrayElement(AIRPORTS)
    return {
      booking_id: `B${String(i + 1).padStart(7, '0')}`,
      passenger_id: faker.helpers.arrayElement(people).passenger_id,
      flight_date: isoDay(FIRST_DAY + faker.number.int({ min: 0, max: 180 }) * DAY),
      origin,
      destination: faker.helpers.arrayElement(AIRPORTS.filter((airport) => airport !== origin)),
      fare: faker.number.float({ min: 49, max: 899, fractionDigits: 2 }).toFixed(2),
      cabin: faker.helpers.weightedArrayElement([{ weight: 8, value: 'economy' }, { weight: 2, value: 'business' }, { weight: 1, value: 'first' }]),
    }
  })
  return { passengers: csv(people), bookings: csv(trips) }
}

const isoDay = (time: number): string => new Date(time).toISOString().slice(0, 10)

function csv(rows: readonly Readonly<Record<string, string>>[]): string {
  const header = Object.keys(rows[0] ?? {})
  return `${[header, ...rows.map((row) => header.map((column) => row[column] ?? ''))].map((fields) => fields.join(',')).join('\n')}\n`
}

if (import.meta.main) {
  const { passengers, bookings } = synthesize()
  writeFileSync(join(import.meta.dirname, 'data/passengers.csv'), passengers)
  writeFileSync(join(import.meta.dirname, 'data/bookings.csv'), bookings)
}
