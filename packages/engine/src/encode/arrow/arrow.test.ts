// The contract: what leaves as an Arrow stream is, value by value, what the query answered; Apache Arrow's own reader is the
// oracle. Nothing of what lies under a null leaves.

import { tableFromIPC } from 'apache-arrow'
import type { Table } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bytesOf, engineRig, openQuery } from '../../testing.ts'
import type { EngineRig } from '../../testing.ts'
import type { EngineProcess } from '../../types.ts'
import { END_OF_STREAM } from './arrow-message.ts'

let rig: EngineRig
let worker: EngineProcess
beforeAll(async () => {
  rig = engineRig()
  worker = await rig.process()
})
afterAll(async () => rig.close())

const streamOf = async (sql: string): Promise<Buffer> => Buffer.concat([await bytesOf(worker, sql, { encoding: { kind: 'arrow' } }), END_OF_STREAM])
const tableOf = async (sql: string): Promise<Table> => tableFromIPC(await streamOf(sql))

describe('a value of each type', () => {
  it.each([
    ['null', 'null', 'Null', null],
    ['true', 'false', 'Bool', 'true,false'],
    ['-7::tinyint', '250::utinyint::utinyint', 'Int8', null],
    ['-30000::smallint', '12::smallint', 'Int16', '-30000,12'],
    ['2147483647::int', '-1::int', 'Int32', '2147483647,-1'],
    ['9223372036854775807', '(-9223372036854775807 - 1)', 'Int64', '9223372036854775807,-9223372036854775808'],
    ['255::utinyint', '0::utinyint', 'Uint8', '255,0'],
    ['65535::usmallint', '0::usmallint', 'Uint16', '65535,0'],
    ['4294967295::uinteger', '0::uinteger', 'Uint32', '4294967295,0'],
    ['18446744073709551615::ubigint', '0::ubigint', 'Uint64', '18446744073709551615,0'],
    ['1.5::float', '-0.25::float', 'Float32', '1.5,-0.25'],
    ['1e300', '-0.1::double', 'Float64', '1e+300,-0.1'],
    [`'Łódź'`, `'a text that is longer than twelve bytes'`, 'Utf8', 'Łódź,a text that is longer than twelve bytes'],
    [`'{"a":1}'::json`, `'[]'::json`, 'Utf8', '{"a":1},[]'],
    [`'6f2c4c3e-1d1c-4a7e-8a3e-0d7a3c2b1a00'::uuid`, `'00000000-0000-0000-0000-000000000000'::uuid`, 'Utf8', '6f2c4c3e-1d1c-4a7e-8a3e-0d7a3c2b1a00,00000000-0000-0000-0000-000000000000'],
    [`'a'::enum('b', 'a')`, `'b'::enum('b', 'a')`, 'Utf8', 'a,b'],
    [`'101'::bit`, `'0'::bit`, 'Utf8', '101,0'],
    [`time with time zone '10:00:00+02'`, `time with time zone '00:00:00+00'`, 'Utf8', '10:00:00+02,00:00:00+00'],
    ['union_value(n := 1)', 'union_value(n := 2)', 'Utf8', null],
  ])('%s, null and %s is %s', async (first, second, type, expected) => {
    const column = (await tableOf(`select * from (values (1, ${first}), (2, null), (3, ${second})) t(i, v) order by i`)).getChild('v')
    expect(column?.length).toBe(3)
    expect(column?.get(1)).toBeNull()
    if (expected !== null) {
      expect(String(column?.type)).toBe(type)
      expect(`${String(column?.get(0))},${String(column?.get(2))}`).toBe(expected)
    }
  })
  it.each([
    ['12.34::decimal(4, 2)', 'Decimal[4e+2]', '1234'],
    ['-1234567.89::decimal(9, 2)', 'Decimal[9e+2]', '-123456789'],
    ['-0.000000000000000001::decimal(18, 18)', 'Decimal[18e+18]', '-1'],
    ['-12345678901234567890123456789.5::decimal(38, 1)', 'Decimal[38e+1]', '-123456789012345678901234567895'],
    ['99999999999999999999999999999999999999::hugeint', 'Decimal[38e0]', '99999999999999999999999999999999999999'],
    ['sum(-5::bigint)', 'Decimal[38e0]', '-5'],
  ])('%s is %s', async (value, type, unscaled) => {
    const column = (await tableOf(`select ${value} as v`)).getChild('v')
    expect(String(column?.type)).toBe(type)
    const words = column?.get(0) as Uint32Array
    expect(BigInt.asIntN(128, [...words].reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n)).toString()).toBe(unscaled)
  })
  it.each([
    [`date '2001-02-03'`, 'Date32<DAY>', 11_356],
    [`time '10:00:00.000001'`, 'Time64<MICROSECOND>', 36_000_000_001n],
    [`timestamp '2001-02-03 04:05:06.789012'`, 'Timestamp<MICROSECOND>', 981_173_106_789_012n],
    [`timestamp_s '2001-02-03 04:05:06'`, 'Timestamp<SECOND>', 981_173_106n],
    [`timestamp_ms '2001-02-03 04:05:06.789'`, 'Timestamp<MILLISECOND>', 981_173_106_789n],
    [`timestamp_ns '2001-02-03 04:05:06.789012345'`, 'Timestamp<NANOSECOND>', 981_173_106_789_012_345n],
    [`timestamptz '2001-02-03 04:05:06+02'`, 'Timestamp<MICROSECOND, UTC>', 981_165_906_000_000n],
  ])('%s is %s', async (value, type, stored) => {
    const column = (await tableOf(`select ${value} as v`)).getChild('v')
    expect(String(column?.type)).toBe(type)
    expect(column?.data[0]?.values[0]).toBe(stored)
  })
  it('an interval is months, days and nanoseconds', async () => {
    const column = (await tableOf(`select interval '14 months 3 days' + interval '1 second' as v`)).getChild('v')
    expect(Array.from((column?.data[0]?.values ?? []) as Int32Array)).toEqual([14, 3, 1_000_000_000, 0])
  })
  it('bytes are bytes', async () => {
    expect((await tableOf(`select '\\x00\\xFF'::blob as v`)).getChild('v')?.get(0)).toEqual(Uint8Array.of(0, 255))
  })
  it('lists, structs, maps and arrays are themselves, at any depth', async () => {
    const [row] = (await tableOf(`select [1, null, 3] as l, {a: 1, b: 'x', c: [{d: 2.5::double}]} as s, map {'k': [1, 2], 'm': null} as m, [[1, 2], null]::int[2][] as r, []::int[] as e, null::int[] as n`)).toArray()
    expect(JSON.parse(JSON.stringify(row))).toEqual({ l: [1, null, 3], s: { a: 1, b: 'x', c: [{ d: 2.5 }] }, m: { k: [1, 2], m: null }, r: [[1, 2], null], e: [], n: null })
  })
  it('what Arrow has no place for ends the result, and says what to do', async () => {
    const cursor = await openQuery(worker, 'select 170141183460469231731687303715884105727::hugeint as v', { encoding: { kind: 'arrow' } })
    expect((await cursor.fetch(10)).diagnostics.map(({ code }) => code)).toEqual(['engine-out-of-range'])
  })
})

const MIXED = `select i, case when i % 3 = 0 then null else i * 0.5::double end as x, case when i % 7 = 0 then null else 'text number ' || i end as t, i % 2 = 0 as b,
  case when i % 5 = 0 then null else [i, i + 1] end as l, case when i % 4 = 0 then null else {v: i, s: repeat('y', (i % 40)::int)} end as s from range(30000) r(i)`

describe('batches', () => {
  it.each([1, 7, 1000, 2048, 100_000])('of %d rows hold the same rows, each once', async (size) => {
    const limit = size === 1 ? 40 : size === 7 ? 2500 : 30_000
    const sql = `select * from (${MIXED}) order by i limit ${limit}`
    const cursor = await openQuery(worker, sql, { encoding: { kind: 'arrow' } })
    const pieces: Uint8Array[] = []
    for (let done = false; !done;) {
      const batch = await cursor.fetch(size)
      if (!batch.ok) throw new Error(JSON.stringify(batch.diagnostics))
      pieces.push(Uint8Array.from(batch.value.bytes))
      ;({ done } = batch.value)
    }
    await cursor.close()
    const table = tableFromIPC(Buffer.concat([...pieces, END_OF_STREAM]))
    expect(table.numRows).toBe(limit)
    const expected = (await bytesOf(worker, sql, { encoding: { kind: 'ndjson' } })).toString('utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as unknown)
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_, held: unknown) => (typeof held === 'bigint' ? Number(held) : held)) ?? 'null')
    for (let row = 0; row < limit; row += limit > 100 ? 97 : 1) expect(plain(table.get(row)?.toJSON()), String(row)).toEqual(expected[row])
    // The sum tells of every row, the comparison of some.
    expect([...(table.getChild('i') ?? [])].reduce((sum: bigint, value) => sum + (value as bigint), 0n)).toBe(BigInt((limit * (limit - 1)) / 2))
  })
  it('are bounded by their bytes, however long texts are', async () => {
    const cursor = await openQuery(worker, `select repeat('x', 1000000) || i as t from range(20) r(i)`, { encoding: { kind: 'arrow' } })
    const sizes: number[] = []
    for (let done = false; !done;) {
      const batch = await cursor.fetch(100_000)
      if (!batch.ok) throw new Error(JSON.stringify(batch.diagnostics))
      sizes.push(batch.value.bytes.length)
      ;({ done } = batch.value)
    }
    expect(sizes.length).toBeGreaterThan(4)
    expect(Math.max(...sizes)).toBeLessThan(5_500_000)
  })
  it('a result without rows still says its columns', async () => {
    const table = await tableOf('select 1 as a, 2::bigint as b where false')
    expect([table.numRows, ...table.schema.fields.map(({ name }) => name)]).toEqual([0, 'a', 'b'])
  })
  it('a stream without its end is not taken for a whole one by its bytes', async () => {
    const whole = await streamOf('select 1 as a')
    expect(whole.subarray(-8).equals(END_OF_STREAM)).toBe(true)
    expect((await bytesOf(worker, 'select 1 as a', { encoding: { kind: 'arrow' } })).subarray(-8).equals(END_OF_STREAM)).toBe(false)
  })
})

describe('what lies under a null', () => {
  // The engine leaves the value in a vector's memory when a condition takes it away.
  const HIDDEN = `select case when i % 2 = 0 then v end as v, case when i % 2 = 0 then w end as w, case when i % 2 = 0 then s end as s
    from (select i, 1234567890123 as v, 'secret of somebody ' || i as w, {n: 'planted ' || i, k: 987654321} as s from range(4000) r(i)) where i % 2 = 1`
  it('does not leave', async () => {
    const bytes = await streamOf(HIDDEN)
    for (const secret of ['secret of somebody', 'planted']) expect(bytes.includes(secret)).toBe(false)
    const number = Buffer.alloc(8)
    number.writeBigInt64LE(1_234_567_890_123n)
    expect(bytes.includes(number)).toBe(false)
    number.writeInt32LE(987_654_321)
    expect(bytes.includes(number.subarray(0, 4))).toBe(false)
    // The same search finds what is shown.
    expect((await streamOf(HIDDEN.replaceAll('i % 2 = 0 then', 'i % 2 = 1 then'))).includes('planted')).toBe(true)
  })
})
