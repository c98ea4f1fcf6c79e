// The transforms against the specification's own examples (its appendix B and the table of transforms).

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Value } from './types.ts'
import { bytesOfValue } from './value-bytes.ts'
import { mayTransform, parseTransform, printTransform, transformedType, transformValue } from './transform.ts'
import type { Transform } from './transform.ts'
import { murmur3 } from './murmur3.ts'

const DAY = 86_400_000_000n
const days = (iso: string): number => Date.parse(`${iso}T00:00:00Z`) / 86_400_000
const micros = (iso: string): bigint => BigInt(Date.parse(iso)) * 1000n
const transform = (text: string): Transform => {
  const parsed = parseTransform(text)
  if (!parsed.ok) throw new Error(text)
  return parsed.value
}
const apply = (text: string, type: string, value: Value | null): Value | null => transformValue(transform(text), type, value)

describe('the hash of buckets', () => {
  it.each([
    ['', 0], ['hello', 0x248bfa47], ['hello, world', 0x149bbb7f], ['The quick brown fox jumps over the lazy dog', 0x2e4ff723],
  ])('of %j is what every Murmur3 gives', (text, hash) => {
    expect(murmur3(Buffer.from(text))).toBe(hash | 0)
  })

  const hashes: readonly (readonly [type: string, value: Value, hash: number])[] = [
    ['int', 34, 2017239379], ['long', 34n, 2017239379], ['decimal(4, 2)', 1420n, -500754589], ['date', days('2017-11-16'), -653330422],
    ['time', 81_068_000_000n, -662762989], ['timestamp', micros('2017-11-16T22:31:08Z'), -2047944441], ['timestamp', micros('2017-11-16T22:31:08Z') + 1n, -1207196810],
    ['timestamptz', micros('2017-11-16T14:31:08-08:00'), -2047944441], ['timestamptz', micros('2017-11-16T14:31:08-08:00') + 1n, -1207196810],
    ['timestamp_ns', micros('2017-11-16T22:31:08Z') * 1000n, -2047944441], ['timestamptz_ns', micros('2017-11-16T14:31:08-08:00') * 1000n + 1001n, -1207196810],
    ['string', 'iceberg', 1210000089], ['uuid', Buffer.from('f79c3e09677c4bbda4793f349cb785e7', 'hex'), 1488055340],
    ['fixed[4]', Uint8Array.of(0, 1, 2, 3), -188683207], ['binary', Uint8Array.of(0, 1, 2, 3), -188683207],
  ]

  it.each(hashes)('of %s %s gives the bucket that the specification’s example gives', (type, value, hash) => {
    // Counts that are no powers of two tell a cleared sign bit from an absolute value and from an unsigned modulo.
    for (const count of [100, 16, 7, 2_147_483_647]) expect(apply(`bucket[${count}]`, type, value)).toBe((hash & 0x7fff_ffff) % count)
  })

  it('keeps a date with a negative hash in bucket 26 of 100', () => {
    expect(apply('bucket[100]', 'date', days('2017-11-16'))).toBe(26)
  })

  it('of an int stays when its column becomes long', () => {
    fc.assert(fc.property(fc.integer(), (value) => {
      expect(apply('bucket[97]', 'int', value)).toBe(apply('bucket[97]', 'long', BigInt(value)))
    }))
  })
})

describe('a transform', () => {
  it.each<readonly [text: string, type: string, value: Value, expected: Value]>([
    ['identity', 'string', 'x', 'x'],
    ['truncate[10]', 'int', 1, 0], ['truncate[10]', 'int', -1, -10], ['truncate[10]', 'long', -11n, -20n], ['truncate[50]', 'decimal(4, 2)', 1065n, 1050n],
    ['truncate[50]', 'decimal(4, 2)', -1n, -50n], ['truncate[3]', 'string', 'iceberg', 'ice'], ['truncate[2]', 'string', '𝕏𝕐𝕫', '𝕏𝕐'], ['truncate[9]', 'string', 'ab', 'ab'],
    ['truncate[2]', 'binary', Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2)], ['truncate[10]', 'int', -2_147_483_648, 2_147_483_646],
    ['year', 'date', days('2017-11-16'), 47], ['month', 'date', days('2017-11-16'), 574], ['day', 'date', days('2017-11-16'), 17_486],
    ['year', 'timestamp', micros('2017-11-16T22:31:08Z'), 47], ['month', 'timestamp', micros('2017-11-16T22:31:08Z'), 574],
    ['day', 'timestamptz', micros('2017-11-16T22:31:08Z'), 17_486], ['hour', 'timestamp', micros('2017-11-16T22:31:08Z'), 419_686],
    ['hour', 'timestamp_ns', micros('2017-11-16T22:31:08Z') * 1000n, 419_686], ['day', 'timestamp_ns', -1n, -1],
    ['year', 'date', -1, -1], ['month', 'date', -1, -1], ['day', 'date', -1, -1], ['year', 'timestamp', -1n, -1], ['month', 'timestamp', -1n, -1], ['day', 'timestamp', -1n, -1], ['hour', 'timestamp', -1n, -1],
  ])('%s of %s %s is %s', (text, type, value, expected) => {
    expect(apply(text, type, value)).toEqual(expected)
  })

  it('of null is null, and void is null of everything', () => {
    for (const text of ['identity', 'bucket[4]', 'truncate[4]', 'void']) expect(apply(text, 'string', null)).toBeNull()
    expect(apply('void', 'int', 5)).toBeNull()
  })

  it('agrees with the calendar, before 1970 too', () => {
    fc.assert(fc.property(fc.date({ min: new Date('-009999-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true }), (date) => {
      const value = BigInt(date.getTime()) * 1000n
      const months = (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth()
      expect(apply('month', 'timestamp', value)).toBe(months)
      expect(apply('year', 'timestamp', value)).toBe(date.getUTCFullYear() - 1970)
      expect(apply('month', 'date', Number(apply('day', 'timestamp', value)))).toBe(months)
      expect(BigInt(Number(apply('day', 'timestamp', value))) * DAY <= value).toBe(true)
    }))
  })

  it.each([['bucket[3]', 'int'], ['truncate[3]', 'decimal(9, 2)'], ['day', 'date'], ['hour', 'int'], ['identity', 'uuid'], ['void', 'long']])('%s has results of its type', (text, type) => {
    expect(transformedType(transform(text), text === 'truncate[3]' ? 'decimal(9, 2)' : text === 'identity' ? 'uuid' : text === 'void' ? 'long' : 'timestamp')).toBe(type)
  })

  it.each([
    ['bucket[4]', 'double', false], ['bucket[4]', 'boolean', false], ['bucket[4]', 'decimal(9, 2)', true], ['truncate[4]', 'date', false], ['truncate[4]', 'fixed[4]', false],
    ['hour', 'date', false], ['hour', 'timestamptz', true], ['year', 'time', false], ['year', 'date', true], ['identity', 'variant', false], ['identity', 'double', true], ['void', 'variant', true],
  ])('%s of %s: %s', (text, type, allowed) => {
    expect(mayTransform(transform(text), type)).toBe(allowed)
  })

  it.each(['identity', 'bucket[16]', 'truncate[1]', 'year', 'month', 'day', 'hour', 'void'])('%s is printed as it is read, in any case', (text) => {
    expect(printTransform(transform(text.toUpperCase()))).toBe(text)
  })

  it.each(['', 'bucket', 'bucket[0]', 'bucket[-1]', 'bucket[99999999999]', 'bucket[2147483648]', 'truncate[x]', 'days', 'bucket[1', 'zorder'])('%j is unknown', (text) => {
    expect(parseTransform(text)).toMatchObject({ ok: false, diagnostics: [{ code: 'unknown-transform' }] })
  })
})

it('a value that is none of its type is our own bug', () => {
  expect(() => bytesOfValue('int', 2 ** 31)).toThrow('a number was to be kept as int')
})
