// The bytes of bounds. The specification's own forms first, then the law: bounds keep the order of values and never exclude one.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { boundOf } from './bound-of.ts'

const hex = (type: string, text: string, side: 'lower' | 'upper' = 'lower'): string | undefined => {
  const bytes = boundOf(type, text, side)
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('hex')
}

describe('a bound', () => {
  it.each([
    ['boolean', 'true', '01'], ['boolean', '0', '00'],
    ['int', '1', '01000000'], ['int', '-2147483648', '00000080'], ['long', '-1', 'ffffffffffffffff'], ['long', '9223372036854775807', 'ffffffffffffff7f'],
    ['float', '1.5', '0000c03f'], ['double', '1e+300', '9c7500883ce4377e'], ['double', '-inf', '000000000000f0ff'],
    ['date', '1970-01-01', '00000000'], ['date', '1969-12-31', 'ffffffff'], ['date', '2017-11-16', '4e440000'], ['date', '0045-03-15 (BC)', Buffer.from(new Int32Array([-735_525]).buffer).toString('hex')],
    ['time', '22:31:08.000001', Buffer.from(new BigInt64Array([81_068_000_001n]).buffer).toString('hex')],
    ['timestamp', '0045-03-15 (BC) 00:00:00', Buffer.from(new BigInt64Array([-735_525n * 86_400_000_000n]).buffer).toString('hex')],
    ['timestamp', '1970-01-01 00:00:00.000001', '0100000000000000'], ['timestamp', '1969-12-31 23:59:59.999999', 'ffffffffffffffff'],
    ['timestamptz', '1970-01-01 02:00:00+02', '0000000000000000'], ['timestamptz', '1969-12-31 18:30:00-05:30', '0000000000000000'],
    ['string', 'iceberg', '69636562657267'], ['uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7', 'f79c3e09677c4bbda4793f349cb785e7'],
    ['binary', '00FF6162', '00ff6162'], ['binary', '', ''],
    ['decimal(4, 2)', '14.20', '058c'], ['decimal(9, 2)', '-12.30', 'fb32'], ['decimal(9, 2)', '0.00', '00'], ['decimal(9, 2)', '1.28', '0080'], ['decimal(9, 2)', '-1.28', '80'],
    ['decimal(9, 0)', '7', '07'],
  ])('of %s %j is %s', (type, text, bytes) => {
    expect(hex(type, text)).toBe(bytes)
  })

  it.each([
    ['double', 'nan'], ['double', ''], ['float', 'x'], ['int', '2147483648'], ['long', '9223372036854775808'], ['int', '1.5'], ['date', 'infinity'],
    ['timestamp', '2001-01-02'], ['timestamptz', '2001-01-02 10:00:00 Europe/Berlin'], ['decimal(4, 2)', '1.234'], ['decimal(4, 2)', 'x'], ['uuid', 'x'],
    ['binary', '\\x00ab'], ['boolean', 'maybe'], ['string', 'a\ud800'], ['fixed[4]', '00'],
  ])('of %s %j is not stated, rather than guessed', (type, text) => {
    expect(boundOf(type, text, 'lower')).toBeUndefined()
    expect(boundOf(type, text, 'upper')).toBeUndefined()
  })

  it('of zero covers both zeros', () => {
    expect([hex('double', '0.0', 'lower'), hex('double', '-0.0', 'upper')]).toEqual(['0000000000000080', '0000000000000000'])
  })

  it.each([
    ['abcdefghijklmnopq', 'abcdefghijklmnop', 'abcdefghijklmnoq'],
    [`${'é'.repeat(15)}\ud7ffz`, `${'é'.repeat(15)}\ud7ff`, `${'é'.repeat(15)}\ue000`],
    [`abcdefghijklmn${'\u{10ffff}'.repeat(5)}`, `abcdefghijklmn${'\u{10ffff}'.repeat(2)}`, 'abcdefghijklmo'],
    ['\u{10ffff}'.repeat(20), '\u{10ffff}'.repeat(16), undefined],
  ])('of the long text %j is cut below and rounded up above', (text, lower, upper) => {
    const read = (side: 'lower' | 'upper'): string | undefined => {
      const bytes = boundOf('string', text, side)
      return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8')
    }
    expect([read('lower'), read('upper')]).toEqual([lower, upper])
  })

  it('of long bytes is cut below and rounded up above', () => {
    expect(hex('binary', `${'00'.repeat(15)}FFAA`, 'lower')).toBe(`${'00'.repeat(15)}ff`)
    expect(hex('binary', `${'00'.repeat(15)}FFAA`, 'upper')).toBe(`${'00'.repeat(14)}01`)
    expect(hex('binary', 'FF'.repeat(17), 'upper')).toBeUndefined()
  })

  it('never excludes a text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      const [lower, upper] = [boundOf('string', text, 'lower'), boundOf('string', text, 'upper')]
      const bytes = Buffer.from(text, 'utf8')
      expect(lower !== undefined && Buffer.compare(lower, bytes) <= 0).toBe(true)
      expect(upper === undefined || Buffer.compare(upper, bytes) >= 0).toBe(true)
    }), { numRuns: 500 })
  })

  it('keeps the order of decimals', () => {
    const value = fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n })
    fc.assert(fc.property(value, (unscaled) => {
      const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(3, '0')
      const bytes = boundOf('decimal(38, 2)', `${unscaled < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`, 'lower')
      expect(bytes === undefined ? undefined : BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`))).toBe(unscaled)
    }), { numRuns: 300 })
  })

  it('counts days and microseconds as the platform does', () => {
    fc.assert(fc.property(fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }), (date) => {
      const text = date.toISOString()
      const micros = boundOf('timestamp', text.slice(0, -1).replace('T', ' '), 'lower')
      expect(micros === undefined ? undefined : Buffer.from(micros).readBigInt64LE()).toBe(BigInt(date.getTime()) * 1000n)
      const days = boundOf('date', text.slice(0, 10), 'lower')
      expect(days === undefined ? undefined : Buffer.from(days).readInt32LE()).toBe(Math.floor(date.getTime() / 86_400_000))
    }), { numRuns: 300 })
  })
})

describe('what DuckDB prints', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tulle-bounds-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const CASES = [
    ['boolean', 'true', '01'], ['int', '-5::INTEGER', 'fbffffff'], ['long', '-5::BIGINT', 'fbffffffffffffff'], ['float', '0.1::FLOAT', 'cdcccc3d'],
    ['double', '0.1::DOUBLE + 0.2::DOUBLE', '343333333333d33f'], ['double', '1e300::DOUBLE', '9c7500883ce4377e'], ['decimal(9, 2)', '-12.30::DECIMAL(9,2)', 'fb32'],
    ['decimal(38, 1)', '-123456789012345678901.5::DECIMAL(38,1)', 'bd12edc4f427dfc5e9'], ['date', "DATE '2017-11-16'", '4e440000'],
    ['time', "TIME '22:31:08.5'", '20240fe012000000'], ['timestamp', "TIMESTAMP '1969-12-31 23:59:59.999999'", 'ffffffffffffffff'],
    ['timestamptz', "TIMESTAMPTZ '1970-01-01 02:00:00+02'", '0000000000000000'], ['string', "'héllo' || chr(0) || '\"'", '68c3a96c6c6f0022'],
    ['uuid', "'f79c3e09-677c-4bbd-a479-3f349cb785e7'::UUID", 'f79c3e09677c4bbda4793f349cb785e7'], ['binary', "'\\x00\\xFFab'::BLOB", '00ff6162'],
  ] as const

  it.each(CASES)('for a minimum of %s %s is understood', async (type, sql, bytes) => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    await connection.run("SET TimeZone = 'America/New_York'")
    const path = join(folder, `${CASES.findIndex((c) => c[1] === sql)}.parquet`)
    const result = await connection.run(`COPY (SELECT ${sql} AS c) TO '${path}' (FORMAT parquet, RETURN_STATS)`)
    const [row] = await result.getRowObjectsJson()
    const statistics = (row?.['column_statistics'] ?? []) as unknown as { key: string; value: { key: string; value: string }[] }[]
    const text = statistics[0]?.value.find((s) => s.key === 'min')?.value ?? ''
    expect(boundOf(type, text, 'lower')).toBeDefined()
    expect(hex(type, text)).toBe(bytes)
    connection.closeSync()
  })
})
