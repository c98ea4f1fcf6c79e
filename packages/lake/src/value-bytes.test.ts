// Values and their bytes: there and back for every type, and nothing made of bytes that say nothing.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Value } from './types.ts'
import { bytesOfValue, compareValues, isOfType, valueOfBytes } from './value-bytes.ts'
import { typedValue } from './testing/arbitraries.ts'

describe('a single value', () => {
  it('reads back from its bytes, whatever its type', () => {
    fc.assert(fc.property(typedValue, ({ type, value }) => {
      expect(isOfType(type, value)).toBe(true)
      expect(valueOfBytes(type, bytesOfValue(type, value))).toEqual(Number.isNaN(value) ? undefined : value)
    }), { numRuns: 1000 })
  })

  it.each<readonly [type: string, value: Value, hex: string]>([
    ['boolean', true, '01'], ['int', 34, '22000000'], ['int', -1, 'ffffffff'], ['long', 34n, '2200000000000000'], ['date', 17_486, '4e440000'],
    ['timestamp', -1n, 'ffffffffffffffff'], ['float', -4.5, '000090c0'], ['double', 6, '0000000000001840'], ['string', 'ŁÓ', 'c581c393'],
    ['decimal(4, 2)', 1420n, '058c'], ['decimal(38, 0)', -1n, 'ff'], ['decimal(3, 0)', 128n, '0080'],
  ])('%s %s is %s', (type, value, hex) => {
    expect(Buffer.from(bytesOfValue(type, value)).toString('hex')).toBe(hex)
  })

  it.each([
    ['int', '22'], ['int', '2200000000000000'], ['long', '220000'], ['double', '00'], ['float', '0000000000001840'], ['double', '000000000000f87f'], ['string', 'c3'], ['uuid', '00'],
    ['decimal(4, 2)', ''], ['variant', '00'], ['boolean', '0000'], ['timestamp', '00000000'],
  ])('of %s is nothing in the bytes %s', (type, hex) => {
    expect(valueOfBytes(type, Buffer.from(hex, 'hex'))).toBeUndefined()
  })

  it('of a widened column is read from the bytes of the narrower one', () => {
    expect(valueOfBytes('long', bytesOfValue('int', -7))).toBe(-7n)
    expect(valueOfBytes('double', bytesOfValue('float', 0.5))).toBe(0.5)
  })

  it('has a place in the order of the format', () => {
    expect(['\uffff', '𝕏', 'a', ''].toSorted(compareValues)).toEqual(['', 'a', '\uffff', '𝕏'])
    expect([Number.NaN, Infinity, -1, -0].toSorted(compareValues)).toEqual([-1, -0, Infinity, Number.NaN])
    expect(compareValues(Uint8Array.of(0xff), Uint8Array.of(1, 2))).toBe(1)
    expect(compareValues(2n, 10n)).toBe(-1)
  })
})
