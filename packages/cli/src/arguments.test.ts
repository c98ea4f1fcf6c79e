import { describe, expect, it } from 'vitest'
import { countOf, expiryOf, listOf, productOf, rangeOf, secondsOf, subjectOf } from './arguments.ts'

const NOW = Date.UTC(2026, 0, 1)

describe('--expires', () => {
  it.each([
    ['12h', '2026-01-01T12:00:00.000Z'],
    ['30d', '2026-01-31T00:00:00.000Z'],
    ['2w', '2026-01-15T00:00:00.000Z'],
    ['2027-01-31', '2027-01-31T00:00:00.000Z'],
    ['2027-01-31T10:00:00+02:00', '2027-01-31T08:00:00.000Z'],
  ])('%s is %s', (text, instant) => expect(expiryOf(text, NOW)).toMatchObject({ ok: true, value: instant }))

  it.each(['2025-12-31', '0d', 'soon', '30', '-1d', '', '2027-13-01'])('refuses "%s"', (text) => {
    expect(expiryOf(text, NOW).diagnostics.map((d) => d.message)).toEqual([`--expires: "${text}" is not a time to come, such as 30d, 12h, 2w or 2027-01-31.`])
  })
})

describe('the words of a command', () => {
  it.each([
    ['flights', { product: 'flights' }],
    ['flights.flights', { product: 'flights', dataSet: 'flights' }],
  ])('"%s" is a product or a data set', (text, value) => expect(productOf(text)).toMatchObject({ ok: true, value }))

  it.each(['Flights', 'flights.flights.delay', 'data-set:flights', 'flights@2', '../x', ''])('"%s" is neither', (text) => expect(productOf(text).ok).toBe(false))

  it('"team:ops" is a team, everything else a user', () => {
    expect([subjectOf('team:ops'), subjectOf('ana')]).toEqual([{ subjectKind: 'team', subject: 'ops' }, { subjectKind: 'user', subject: 'ana' }])
  })

  it('a list has commas between its parts', () => expect(listOf(' a, b,,c ')).toEqual(['a', 'b', 'c']))

  it.each(['x', '', '-1', '1e9', 'NaN'])('"%s" is no number of seconds', (text) => expect(secondsOf('--wait', text).ok).toBe(false))
  it.each(['0', '1.5', '501', 'x'])('"%s" is no count up to 500', (text) => expect(countOf('--limit', text, 500).ok).toBe(false))
})

describe('--backfill', () => {
  it.each([['2024-01-01..2024-02-01', { from: '2024-01-01', to: '2024-02-01' }], ['1..2', { from: '1', to: '2' }], [undefined, undefined]])('%s is read', (text, range) => {
    const read = rangeOf(text)
    expect(read.ok && read.value).toEqual(range)
  })
  it.each(['2024-01-01', '..2', '1..', '...'])('"%s" is no range', (text) => expect(rangeOf(text).ok).toBe(false))
})
