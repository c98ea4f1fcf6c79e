// The contract: what leaves as PostgreSQL's text or binary is, byte for byte, what PostgreSQL itself would send. The
// oracle is a real one.

import { testPostgres, withClient } from '@tulle/store/testing'
import type { TestPostgres } from '@tulle/store/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bytesOf, engineRig, openQuery } from '../testing.ts'
import type { EngineRig } from '../testing.ts'
import { pgTypeOf } from '../pg-type.ts'
import type { EngineProcess, RowEncoding } from '../types.ts'

let rig: EngineRig
let worker: EngineProcess
let oracle: TestPostgres
beforeAll(async () => {
  rig = engineRig()
  worker = await rig.process()
  oracle = await testPostgres()
})
afterAll(async () => {
  await rig.close()
  await oracle.close()
})

/** The values of DataRow messages; undefined is null. */
function valuesOf(bytes: Buffer): readonly (readonly (Buffer | undefined)[])[] {
  const rows: (Buffer | undefined)[][] = []
  for (let at = 0; at < bytes.length;) {
    expect(bytes[at]).toBe(0x44)
    const end = at + 1 + bytes.readInt32BE(at + 1)
    const count = bytes.readInt16BE(at + 5)
    at += 7
    const row: (Buffer | undefined)[] = []
    for (let i = 0; i < count; i += 1) {
      const length = bytes.readInt32BE(at)
      at += 4
      row.push(length < 0 ? undefined : bytes.subarray(at, at + length))
      at += Math.max(0, length)
    }
    expect(at).toBe(end)
    rows.push(row)
  }
  return rows
}

const ours = async (sql: string, format: 0 | 1): Promise<readonly (Buffer | undefined)[]> =>
  valuesOf(await bytesOf(worker, sql, { encoding: { kind: 'pgwire', formats: [format] } }))[0] ?? []

async function theirs(expressions: readonly string[], binary: boolean): Promise<readonly (string | null)[]> {
  const values: (string | null)[] = []
  await withClient(oracle.postgres.connection, async (client) => {
    const one = async (sql: string): Promise<string | null> => ((await client.query<{ v: string | null }>(sql)).rows[0]?.v ?? null)
    await client.query("set time zone 'UTC'")
    for (const expression of expressions) {
      // The function with which PostgreSQL itself makes the binary form.
      const send = binary ? await one(`select typsend::text as v from pg_type where oid = pg_typeof(${expression})`) : undefined
      const text = `case when (${expression}) is null then null else format('%s', ${expression}) end`
      values.push(await one(`select ${send === undefined ? text : `encode(${send}(${expression}), 'hex')`} as v`))
    }
  })
  return values
}

/** The engine's spelling, and PostgreSQL's where it differs. */
const CASES: readonly (readonly [string, string?])[] = [
  ['true'], ['false'], ['null::integer'], ['null::varchar', 'null::text'],
  ['1::smallint'], ['(-32768)::smallint'], ['2147483647::integer'], ['(-2147483648)::integer'], ['9223372036854775807::bigint'], ['(-9223372036854775808)::bigint'], ['9007199254740993::bigint'],
  ['5::tinyint', '5::smallint'], ['200::utinyint', '200::smallint'], ['60000::usmallint', '60000::integer'], ['4000000000::uinteger', '4000000000::bigint'],
  ['18446744073709551615::ubigint', '18446744073709551615::numeric'], ['(-170141183460469231731687303715884105727)::hugeint', '(-170141183460469231731687303715884105727)::numeric'], ['0::hugeint', '0::numeric'], ['10000::hugeint', '10000::numeric'], ['100000000::hugeint', '100000000::numeric'],
  ...['0', '1', '-1', '0.5', '1.10', '123456789.12', '-0.0001', '10000.0001', '99999999999999.9999', '0.10', '100', '-9999.99'].map((n) => [`${n}::decimal(18,4)`, `${n}::numeric(18,4)`] as const),
  ...['0', '12.34', '-12.34', '99.99'].map((n) => [`${n}::decimal(4,2)`, `${n}::numeric(4,2)`] as const),
  ...['0', '-1234567.89', '0.01'].map((n) => [`${n}::decimal(9,2)`, `${n}::numeric(9,2)`] as const),
  ...['12345678901234567890123456.789012345678', '-0.000000000001', '0'].map((n) => [`${n}::decimal(38,12)`, `${n}::numeric(38,12)`] as const),
  ...['7', '123456789'].map((n) => [`${n}::decimal(9,0)`, `${n}::numeric(9,0)`] as const),
  ...['0', '-0.0', '1', '0.1', '1e-5', '0.0001', '123456789012345', '1e15', '1e21', '1.5e300', '-1e-300', '5e-324', '1.7976931348623157e308', '0.3333333333333333', '100000', '1234567.125'].map((n) => [`'${n}'::double`, `'${n}'::float8`] as const),
  ["'nan'::double", "'nan'::float8"], ["'inf'::double", "'inf'::float8"], ["'-inf'::double", "'-inf'::float8"],
  ...['0', '1', '0.1', '16777216', '1e6', '999999', '1e-5', '0.0001', '3.4028235e38', '1e-45', '123456.7', '-2.5'].map((n) => [`'${n}'::float`, `'${n}'::float4`] as const),
  ["'nan'::float", "'nan'::float4"], ["'-inf'::float", "'-inf'::float4"],
  ...['1970-01-01', '2000-01-01', '1999-12-31', '2024-02-29', '0001-01-01', '9999-12-31', '0099-03-01', 'infinity', '-infinity'].map((d) => [`date '${d}'`] as const), ["date '0044-03-15 (BC)'", "date '0044-03-15 BC'"], ["date '12024-01-01'"],
  ...['2020-01-02 03:04:05', '2020-01-02 03:04:05.6', '1969-12-31 23:59:59.999999', '0001-01-01 00:00:00', '9999-12-31 23:59:59.123456', 'infinity', '-infinity'].map((t) => [`timestamp '${t}'`] as const),
  ["timestamp '0044-03-15 (BC) 01:00:00'", "timestamp '0044-03-15 01:00:00 BC'"], ["timestamp '290000-01-01 00:00:00'", "timestamp '290000-01-01 00:00:00'"],
  ["timestamptz '2020-01-02 03:04:05.006+02'"], ["timestamptz '1969-07-20 20:17:40Z'"], ["timestamptz 'infinity'"],
  ["'2020-01-02 03:04:05'::timestamp_s", "timestamp '2020-01-02 03:04:05'"], ["'2020-01-02 03:04:05.678'::timestamp_ms", "timestamp '2020-01-02 03:04:05.678'"], ["'1969-01-02 03:04:05.678912'::timestamp_ns", "timestamp '1969-01-02 03:04:05.678912'"],
  ["time '00:00:00'"], ["time '23:59:59.999999'"], ["time '12:30:00.5'"], ["timetz '12:30:00+02'"], ["timetz '01:02:03.4-05:30'"],
  ["interval '0 days'"], ["interval '1 year 2 months 3 days 4 hours 5 minutes 6.5 seconds'"], ["interval '-1 days'"], ["interval '1 month' - interval '3 days' + interval '1 second'"], ["interval '-14 months'"], ["interval '100 hours'"], ["interval '-0.5 seconds'"],
  ["'a'"], ["''"], ["'twelve bytes'"], ["'thirteen bytes'"], ["'äöü € 😀'"], ["'a long text that lies behind a pointer and not in the vector'"],
  ["'\\x00\\xFFab'::blob", "'\\x00ff6162'::bytea"], ["''::blob", "''::bytea"],
  ["'6f1a2c3d-0000-4000-8000-000000000001'::uuid"], ["'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid"], ["'00000000-0000-0000-0000-000000000000'::uuid"],
  ['[1, 2, null]::integer[]', "'{1,2,null}'::int4[]"], ['[]::integer[]', "'{}'::int4[]"], ["['a', '', null, 'null', 'with,comma', 'q\"uote', 'back\\slash', '{x}', 'a b']::varchar[]", `ARRAY['a', '', null, 'null', 'with,comma', 'q"uote', 'back\\slash', '{x}', 'a b']::text[]`],
  ['[1.5, -2.25]::decimal(9,2)[]', "'{1.50,-2.25}'::numeric[]"], ["[date '2020-01-01', null]", "ARRAY['2020-01-01'::date, null]"], ['[true, false]', "'{t,f}'::bool[]"], ["[timestamp '2020-01-01 00:00:00']", "ARRAY[timestamp '2020-01-01 00:00:00']"], ['[0.5, 2]::double[]', "'{0.5,2}'::float8[]"],
  ['[1, 2, 3]::integer[3]', "'{1,2,3}'::int4[]"],
]

const eachOf = async (format: 0 | 1): Promise<readonly (Buffer | undefined)[]> => {
  const values: (Buffer | undefined)[] = []
  for (const [own] of CASES) values.push((await ours(`select ${own}`, format).catch((error: Error) => [Buffer.from(error.message)]))[0])
  return values
}

describe('a value of every type', () => {
  it('is PostgreSQL’s own text', async () => {
    const expected = await theirs(CASES.map(([own, other]) => other ?? own), false)
    const actual = await eachOf(0)
    expect(CASES.map(([own], i) => [own, actual[i]?.toString('utf8')])).toEqual(CASES.map(([own], i) => [own, expected[i] ?? undefined]))
  })

  it('is PostgreSQL’s own binary form', async () => {
    const expected = await theirs(CASES.map(([own, other]) => other ?? own), true)
    const actual = await eachOf(1)
    expect(CASES.map(([own], i) => [own, actual[i]?.toString('hex')])).toEqual(CASES.map(([own], i) => [own, expected[i] ?? undefined]))
  })

  it('is announced as the type whose bytes it has', async () => {
    const types: string[] = []
    for (const [own] of CASES) {
      const cursor = await openQuery(worker, `select ${own}`).catch(() => undefined)
      if (cursor === undefined) { types.push(''); continue }
      types.push(cursor.columns[0]?.type ?? '')
      await cursor.close()
    }
    const oids = await withClient(oracle.postgres.connection, async (client) => {
      const found: number[] = []
      for (const [own, other] of CASES) found.push((await client.query(`select ${other ?? own} as v`)).fields[0]?.dataTypeID as number)
      return found
    })
    expect(CASES.map(([own], i) => [own, pgTypeOf(types[i] ?? '').oid])).toEqual(CASES.map(([own], i) => [own, oids[i]]))
  })

  it('is JSON where PostgreSQL has no type of its own', async () => {
    const sql = `select {'a': 1, 'b': [1.50::decimal(9,2), null], 'c': date '2020-01-01', 'd': 'q"'}, map {'k': true}, [[1], [2]], [{'x': 1}], '{"j": 1}'::json, 'b'::enum('a', 'b'), '101'::bit, union_value(n := 1)`
    const expected = ['{"a":1,"b":[1.50,null],"c":"2020-01-01","d":"q\\""}', '{"k":true}', '[[1],[2]]', '[{"x":1}]', '{"j": 1}', 'b', '101', '{"n":1}']
    for (const format of [0, 1] as const) expect((await ours(sql, format)).map((value) => value?.toString('utf8'))).toEqual(expected)
    const cursor = await openQuery(worker, sql)
    expect(cursor.columns.map(({ type }) => pgTypeOf(type).name)).toEqual(['json', 'json', 'json', 'json', 'json', 'text', 'text', 'json'])
    await cursor.close()
  })

  it('keeps width and scale in the type modifier', () => {
    expect(pgTypeOf('DECIMAL(9,2)')).toEqual({ name: 'numeric', oid: 1700, arrayOid: 1231, size: -1, typmod: 589_830 })
    expect(pgTypeOf('DECIMAL(9,2)[]')).toEqual({ name: '_numeric', oid: 1231, arrayOid: 0, size: -1, typmod: 589_830 })
    expect(pgTypeOf('STRUCT(a INTEGER)[]').name).toBe('json')
    expect(pgTypeOf('VARIANT').name).toBe('text')
  })
})

describe('many rows', () => {
  const rowsOfTexts = async (texts: readonly (string | null)[], format: 0 | 1): Promise<readonly (string | undefined)[]> => {
    const values = texts.map((text) => (text === null ? 'null' : `'${text.replaceAll("'", "''")}'`))
    const bytes = await bytesOf(worker, `select v from (values ${values.map((value, i) => `(${i}, ${value}::varchar)`).join(', ')}) t(i, v) order by i`, { encoding: { kind: 'pgwire', formats: [format] } })
    return valuesOf(bytes).map((row) => row[0]?.toString('utf8'))
  }

  it('keep each text, short or long, null or not, in its place', async () => {
    const text = fc.oneof(fc.constant(null), fc.string({ maxLength: 60, unit: 'grapheme' }).filter((value) => !value.includes('\0')))
    await fc.assert(fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 200 }), fc.constantFrom(0 as const, 1 as const), async (texts, format) => {
      expect(await rowsOfTexts(texts, format)).toEqual(texts.map((value) => (value === null ? undefined : Buffer.from(value, 'utf8').toString('utf8'))))
    }), { numRuns: 40 })
  })

  it('keep texts whose pointers lie in no order', async () => {
    const bytes = await bytesOf(worker, `select 'a text that is long enough ' || (i * 7919 % 5000) from range(5000) t(i) order by hash(i)`, { encoding: { kind: 'pgwire', formats: [0] } })
    const values = valuesOf(bytes).map((row) => row[0]?.toString('utf8'))
    expect(new Set(values).size).toBe(5000)
    expect(values.every((value) => /^a text that is long enough \d+$/u.test(value ?? ''))).toBe(true)
  })

  it('give the same numbers as the engine prints itself', async () => {
    const sql = `select (hash(i)::hugeint - 9223372036854775808)::bigint as v from range(4000) t(i)`
    const text = valuesOf(await bytesOf(worker, sql, { encoding: { kind: 'pgwire', formats: [0] } })).map((row) => row[0]?.toString('utf8'))
    const printed = valuesOf(await bytesOf(worker, `select v::varchar from (${sql})`, { encoding: { kind: 'pgwire', formats: [0] } })).map((row) => row[0]?.toString('utf8'))
    const binary = valuesOf(await bytesOf(worker, sql, { encoding: { kind: 'pgwire', formats: [1] } })).map((row) => row[0]?.readBigInt64BE().toString())
    expect(text).toEqual(printed)
    expect(binary).toEqual(printed)
  })
})

// COPY writes value by value; columns of DataRows are written at once. Both say the same.
describe('columns that are written at once', () => {
  const odd = '(hash(i) % 7 = 3)'
  const long = '(hash(i * 31)::hugeint - 9223372036854775808)::bigint'
  const EXPRESSIONS = [
    'i % 3 = 0', '(i % 256 - 128)::tinyint', '(i % 256)::utinyint', '(hash(i) % 65536)::integer - 32768', '((hash(i) % 65536)::integer - 32768)::smallint', '(hash(i) % 65536)::usmallint',
    '((hash(i) % 4294967296)::bigint - 2147483648)::integer', '(hash(i) % 4294967296)::uinteger', '(i * i - 500)::integer', long, `(${long} // pow(10, i % 19)::bigint)`, 'hash(i)::hugeint',
    `(${long} // pow(10, i % 15)::bigint % 100)::decimal(4, 2)`, `((${long} % 1000000000) / 100)::decimal(9, 2)`, `((${long} % 1000000000000000000 // pow(10, i % 17)::bigint)::decimal(18, 0) / 10000)::decimal(18, 4)`, `(${long} // pow(10, i % 17)::bigint % 1000000000)::decimal(9, 0)`, `${long}::decimal(38, 10)`,
    'i / 4.0', `${long} / 1e18`, `${long}::double`, `(${long} % 100000)::double / 1000`, "case i % 5 when 0 then 'nan' when 1 then 'inf' when 2 then '-0' when 3 then '0' else '-inf' end::double", `(${long} / 1e15)::float`, `((${long} % 2000000) / 100.0)::float`, '(i % 50 - 25)::float',
    "date '1970-01-01' + ((hash(i) % 4000000)::integer - 1000000)", "date '2020-01-01' + (i % 400)::integer", "case when i % 2 = 0 then 'infinity' else '-infinity' end::date",
    `make_timestamp((${long} // 40))`, `make_timestamp((${long} // 40) // 1000000 * 1000000)`, `make_timestamp(i * 86400000000 - 1)`, "case when i % 2 = 0 then 'infinity' else '-infinity' end::timestamp", `make_timestamp((${long} // 40))::timestamptz`,
    "time '00:00:00' + to_microseconds((hash(i) % 86400000000)::bigint)", "to_days((i % 9)::integer) - to_seconds(i)", 'md5(i::varchar)::uuid',
    "repeat('ab', (i % 70)::integer)", "'ä' || i", "repeat('x', (hash(i) % 400)::integer)", "''", 'null::varchar', 'null::integer', "('x' || i)::blob", '[i, null]', "{'a': i}",
  ]
  // The nulls of neighbours lie elsewhere.
  const SQL = `select ${EXPRESSIONS.map((expression, i) => `case when (i + ${i}) % 11 = 0 or (${i} % 2 = 0 and ${odd}) then null else ${expression} end`).join(', ')} from range(3000) t(i)`

  const inPieces = async (sql: string, encoding: RowEncoding, sizes: readonly number[]): Promise<Buffer> => {
    const cursor = await openQuery(worker, sql, { encoding })
    const pieces: Uint8Array[] = []
    for (let i = 0; ; i += 1) {
      const batch = await cursor.fetch(sizes[i % sizes.length] as number)
      if (!batch.ok) throw new Error(JSON.stringify(batch.diagnostics))
      pieces.push(batch.value.bytes)
      if (batch.value.done) break
    }
    await cursor.close()
    return Buffer.concat(pieces)
  }

  it('have the same binary form', async () => {
    const copied = await inPieces(SQL, { kind: 'copy', form: { format: 'binary' } }, [10_000])
    for (let at = 0; at < copied.length; at += 1 + copied.readInt32BE(at + 1)) copied[at] = 0x44
    for (const sizes of [[10_000], [7, 1000, 1]]) expect((await inPieces(SQL, { kind: 'pgwire', formats: [1] }, sizes)).equals(copied), String(sizes)).toBe(true)
  })

  it('have the same text', async () => {
    const copied = await inPieces(SQL, { kind: 'copy', form: { format: 'text', delimiter: '\t', null: '\\N' } }, [10_000])
    const lines: (string | undefined)[][] = []
    for (let at = 0; at < copied.length;) {
      const end = at + 1 + copied.readInt32BE(at + 1)
      lines.push(copied.subarray(at + 5, end - 1).toString('utf8').split('\t').map((text) => (text === '\\N' ? undefined : text.replaceAll('\\\\', '\\'))))
      at = end
    }
    expect(lines).toHaveLength(3000)
    for (const sizes of [[10_000], [64, 3, 2048]]) {
      const rows = valuesOf(await inPieces(SQL, { kind: 'pgwire', formats: [0] }, sizes)).map((row) => row.map((value) => value?.toString('utf8')))
      expect(rows).toHaveLength(3000)
      const different = rows.findIndex((row, i) => JSON.stringify(row) !== JSON.stringify(lines[i]))
      expect(rows[different]).toEqual(lines[different])
    }
  })

  it('bound what is put aside: large values of the slow kinds end a batch as others do', async () => {
    const cursor = await openQuery(worker, "select [repeat('x', 1000000)] from range(20)", { encoding: { kind: 'pgwire', formats: [0] } })
    const rows: number[] = []
    for (;;) {
      const batch = await cursor.fetch(100)
      if (!batch.ok) throw new Error(JSON.stringify(batch.diagnostics))
      rows.push(batch.value.rows)
      if (batch.value.done) break
    }
    await cursor.close()
    expect(rows.reduce((a, b) => a + b)).toBe(20)
    expect(Math.max(...rows)).toBeLessThan(8)
  })
})

describe('the other forms', () => {
  const SQL = `select * from (values (1, 1.50::decimal(9,2), true, 'a"b,c' || chr(10), timestamp '2020-01-02 03:04:05.5', date '2020-01-02', 0.1::double, [1, null], {'x': 'y'}, 9007199254740993, 'inf'::double, timestamptz '2020-01-01 00:00:00Z', '\\xFF'::blob),
    (null, null, null, '', null, null, null, null, null, null, null, null, null)) t(i, d, b, t, ts, dt, f, l, s, n, inf, tz, bl)`

  it('ndjson has an object per line, exact numbers, ISO times', async () => {
    expect((await bytesOf(worker, SQL, { encoding: { kind: 'ndjson' } })).toString('utf8').split('\n')).toEqual([
      '{"i":1,"d":1.50,"b":true,"t":"a\\"b,c\\n","ts":"2020-01-02T03:04:05.5","dt":"2020-01-02","f":0.1,"l":[1,null],"s":{"x":"y"},"n":9007199254740993,"inf":"Infinity","tz":"2020-01-01T00:00:00Z","bl":"/w=="}',
      '{"i":null,"d":null,"b":null,"t":"","ts":null,"dt":null,"f":null,"l":null,"s":null,"n":null,"inf":null,"tz":null,"bl":null}',
      '',
    ])
  })

  it('csv quotes what needs it, and tells null from an empty text', async () => {
    expect((await bytesOf(worker, SQL, { encoding: { kind: 'csv' } })).toString('utf8')).toBe(
      '1,1.50,true,"a""b,c\n",2020-01-02 03:04:05.5,2020-01-02,0.1,"{1,NULL}","{""x"":""y""}",9007199254740993,Infinity,2020-01-01 00:00:00+00,\\xff\n,,,"",,,,,,,,,\n',
    )
  })

  it('rows are arrays, and every text comes back through JSON', async () => {
    const text = fc.string({ maxLength: 40, unit: 'binary' }).filter((value) => !value.includes('\0') && Buffer.from(value, 'utf8').toString('utf8') === value)
    await fc.assert(fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 50 }), async (texts) => {
      const sql = `select v from (values ${texts.map((value, i) => `(${i}, '${value.replaceAll("'", "''")}'::varchar)`).join(', ')}) t(i, v) order by i`
      expect(JSON.parse((await bytesOf(worker, sql)).toString('utf8'))).toEqual(texts.map((value) => [value]))
    }), { numRuns: 60 })
  })
})
