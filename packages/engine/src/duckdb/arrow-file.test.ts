// The contract: rows of Arrow files arrive as they are, of every type a data set can have, and a file that is not what it
// says is one sentence that names it.

import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { zstdCompressSync } from 'node:zlib'
import * as arrow from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engineRig, rowsOf } from '../testing.ts'
import type { EngineRig } from '../testing.ts'
import type { EngineProcess, IngestedColumn } from '../types.ts'

let rig: EngineRig
let engine: EngineProcess
beforeAll(async () => {
  rig = engineRig()
  engine = await rig.process()
})
afterAll(() => rig.close())

let files = 0
function put(bytes: Uint8Array, name = `file-${files += 1}.arrow`): string {
  const path = join(rig.data, name)
  writeFileSync(path, bytes)
  return path
}

const ingest = (paths: readonly string[], columns?: readonly IngestedColumn[], on = engine) => on.ingest({ port: 'p', format: 'arrow', paths, ...(columns !== undefined && { columns }) })

async function faultOf(bytes: Uint8Array, columns?: readonly IngestedColumn[]): Promise<readonly string[]> {
  return (await ingest([put(bytes, 'x.arrow')], columns)).diagnostics.map(({ code, message }) => `${code} ${message}`)
}

async function rows(bytes: Uint8Array, select = '*', columns?: readonly IngestedColumn[]): Promise<unknown> {
  expect(await ingest([put(bytes)], columns)).toMatchObject({ ok: true })
  return rowsOf(engine, `select ${select} from source.p`)
}

const FORMATS = ['file', 'stream'] as const

const table = (columns: Readonly<Record<string, arrow.Vector>>): arrow.Table => new arrow.Table(columns as Record<string, arrow.Vector>)
const vector = (values: readonly unknown[], type: arrow.DataType): arrow.Vector => arrow.vectorFromArray(values as unknown[], type)
const one = (type: arrow.DataType, values: readonly unknown[]): Uint8Array => arrow.tableToIPC(table({ v: vector(values, type) }), 'file')

/** A column made of its bytes, where the library's builders would change them. */
const raw = (type: arrow.DataType, data: ArrayBufferView, length: number): Uint8Array =>
  arrow.tableToIPC(table({ v: new arrow.Vector([arrow.makeData({ type, length, data } as never)]) }), 'file')

const simple = (format: 'file' | 'stream' = 'file'): Uint8Array =>
  arrow.tableToIPC(table({ id: vector([1, 2, 3], new arrow.Int32()), name: vector(['Ana', null, '🦆'], new arrow.Utf8()) }), format)

describe('an Arrow file', () => {
  it.each(FORMATS)('is read as an IPC %s', async (format) => {
    expect(await rows(simple(format))).toEqual([[1, 'Ana'], [2, null], [3, '🦆']])
  })

  it.each<readonly [string, arrow.DataType, readonly unknown[], string, unknown]>([
    ['bool', new arrow.Bool(), [true, null, false], 'BOOLEAN', [true, null, false]],
    ['int8', new arrow.Int8(), [-128, null, 127], 'TINYINT', [-128, null, 127]],
    ['int16', new arrow.Int16(), [-32768, null, 32767], 'SMALLINT', [-32768, null, 32767]],
    ['int32', new arrow.Int32(), [-2147483648, null, 2147483647], 'INTEGER', [-2147483648, null, 2147483647]],
    ['int64', new arrow.Int64(), [-9223372036854775808n, null, 9223372036854775807n], 'BIGINT', ['-9223372036854775808', null, '9223372036854775807']],
    ['uint8', new arrow.Uint8(), [0, null, 255], 'UTINYINT', [0, null, 255]],
    ['uint16', new arrow.Uint16(), [0, null, 65535], 'USMALLINT', [0, null, 65535]],
    ['uint32', new arrow.Uint32(), [0, null, 4294967295], 'UINTEGER', [0, null, 4294967295]],
    ['uint64', new arrow.Uint64(), [0n, null, 18446744073709551615n], 'UBIGINT', ['0', null, '18446744073709551615']],
    ['float32', new arrow.Float32(), [1.5, null, -0.25], 'FLOAT', [1.5, null, -0.25]],
    ['float64', new arrow.Float64(), [0.1, null, -1e300], 'DOUBLE', [0.1, null, -1e300]],
    ['utf8', new arrow.Utf8(), ['', null, 'Zürich'], 'VARCHAR', ['', null, 'Zürich']],
    ['large utf8', new arrow.LargeUtf8(), ['', null, 'Zürich'], 'VARCHAR', ['', null, 'Zürich']],
    ['utf8 view', new arrow.Utf8View(), ['', null, 'short', 'longer than twelve bytes'], 'VARCHAR', ['', null, 'short', 'longer than twelve bytes']],
    ['dictionary', new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8()), ['a', null, 'b', 'a'], 'VARCHAR', ['a', null, 'b', 'a']],
    ['dictionary of numbers', new arrow.Dictionary(new arrow.Int32(), new arrow.Uint16()), [7, null, 9, 7], 'INTEGER', [7, null, 9, 7]],
    ['null', new arrow.Null(), [null, null], 'VARCHAR', [null, null]],
    ['list', new arrow.List(new arrow.Field('item', new arrow.Int32())), [[1, 2], null, [], [3]], 'INTEGER[]', [[1, 2], null, [], [3]]],
    ['list of texts', new arrow.List(new arrow.Field('item', new arrow.Utf8())), [['a', null], null, ['b']], 'VARCHAR[]', [['a', null], null, ['b']]],
    ['struct', new arrow.Struct([new arrow.Field('a', new arrow.Int32()), new arrow.Field('b', new arrow.Utf8())]), [{ a: 1, b: 'x' }, null, { a: null, b: 'y' }], 'STRUCT(a INTEGER, b VARCHAR)', [{ a: 1, b: 'x' }, null, { a: null, b: 'y' }]],
  ])('keeps %s', async (_, type, values, sql, expected) => {
    const bytes = one(type, values)
    const text = /BIGINT/u.test(sql) ? 'v::varchar' : 'v'
    expect(await rows(bytes, text)).toEqual((expected as readonly unknown[]).map((value) => [value]))
    expect(await rowsOf(engine, 'select distinct typeof(v) from source.p')).toEqual([[sql]])
  })

  const time = (unit: arrow.TimeUnit, bits: 32 | 64) => new arrow.Time(unit, bits)
  it.each<readonly [string, arrow.DataType, ArrayBufferView, string, readonly string[]]>([
    ['date in days', new arrow.DateDay(), Int32Array.of(-1, 19_000), 'DATE', ['1969-12-31', '2022-01-08']],
    ['date in milliseconds', new arrow.DateMillisecond(), BigInt64Array.of(-1n, 86_400_000n), 'DATE', ['1969-12-31', '1970-01-02']],
    ['time in seconds', time(0, 32), Int32Array.of(0, 86_399), 'TIME', ['00:00:00', '23:59:59']],
    ['time in milliseconds', time(1, 32), Int32Array.of(1, 2000), 'TIME', ['00:00:00.001', '00:00:02']],
    ['time in microseconds', time(2, 64), BigInt64Array.of(1n, 2n), 'TIME', ['00:00:00.000001', '00:00:00.000002']],
    ['time in nanoseconds', time(3, 64), BigInt64Array.of(1000n, 2999n), 'TIME', ['00:00:00.000001', '00:00:00.000002']],
    ['timestamp in seconds', new arrow.TimestampSecond(), BigInt64Array.of(-1n, 1n), 'TIMESTAMP', ['1969-12-31 23:59:59', '1970-01-01 00:00:01']],
    ['timestamp in milliseconds', new arrow.TimestampMillisecond(), BigInt64Array.of(-1n, 1n), 'TIMESTAMP', ['1969-12-31 23:59:59.999', '1970-01-01 00:00:00.001']],
    ['timestamp in microseconds', new arrow.TimestampMicrosecond(), BigInt64Array.of(-1n, 1n), 'TIMESTAMP', ['1969-12-31 23:59:59.999999', '1970-01-01 00:00:00.000001']],
    ['timestamp in nanoseconds', new arrow.TimestampNanosecond(), BigInt64Array.of(-1n, 1n), 'TIMESTAMP_NS', ['1969-12-31 23:59:59.999999999', '1970-01-01 00:00:00.000000001']],
    ['timestamp of a zone', new arrow.TimestampMicrosecond('Europe/Zurich'), BigInt64Array.of(-1n, 1n), 'TIMESTAMP WITH TIME ZONE', ['1969-12-31 23:59:59.999999+00', '1970-01-01 00:00:00.000001+00']],
    ['nanoseconds of a zone, whole microseconds of them', new arrow.TimestampNanosecond('UTC'), BigInt64Array.of(-1n, 1999n), 'TIMESTAMP WITH TIME ZONE', ['1969-12-31 23:59:59.999999+00', '1970-01-01 00:00:00.000001+00']],
    ['half floats', new arrow.Float16(), Uint16Array.of(0x3c00, 0xc400, 0x0001), 'FLOAT', ['1.0', '-4.0', '5.9604645e-08']],
    ['small decimals', new arrow.Decimal(2, 4), BigInt64Array.of(-9999n, -1n, 1n, 0n), 'DECIMAL(4,2)', ['-99.99', '0.01']],
    ['nine digits', new arrow.Decimal(0, 9), BigInt64Array.of(-999999999n, -1n, 1n, 0n), 'DECIMAL(9,0)', ['-999999999', '1']],
    ['eighteen digits', new arrow.Decimal(9, 18), BigInt64Array.of(-999999999999999999n, -1n, 1n, 0n), 'DECIMAL(18,9)', ['-999999999.999999999', '0.000000001']],
    ['38 digits', new arrow.Decimal(2, 38), BigInt64Array.of(-1n, -1n, 0n, 1n), 'DECIMAL(38,2)', ['-0.01', '184467440737095516.16']],
    ['fixed bytes', new arrow.FixedSizeBinary(2), Uint8Array.of(0, 255, 65, 66), 'BLOB', ['\\x00\\xFF', 'AB']],
  ])('keeps %s', async (_, type, data, sql, expected) => {
    const length = expected.length
    expect(await rows(raw(type, data, length), 'v::varchar')).toEqual(expected.map((text) => [text]))
    expect(await rowsOf(engine, 'select distinct typeof(v) from source.p')).toEqual([[sql]])
  })

  it('keeps bytes that are no text', async () => {
    expect(await rows(one(new arrow.Binary(), [Uint8Array.of(0, 200), null, Uint8Array.of()]), 'hex(v)')).toEqual([['00C8'], [null], ['']])
  })

  it('keeps a column of many chunks, nulls where they are', async () => {
    const values = Array.from({ length: 10_000 }, (_, i) => (i % 7 === 0 ? null : i))
    expect(await rows(one(new arrow.Int32(), values), 'count(*)::int, count(v)::int, sum(v)::int')).toEqual([[10_000, 8571, values.reduce<number>((sum, v) => sum + (v ?? 0), 0)]])
  })

  it.each(FORMATS)('of many batches is read to its end: %s', async (format) => {
    const schema = new arrow.Schema([new arrow.Field('v', new arrow.Int32(), true)])
    const batches = Array.from({ length: 50 }, (_, i) => new arrow.RecordBatch(schema, arrow.makeData({ type: new arrow.Struct(schema.fields), length: 10, children: [vector(Array.from({ length: 10 }, () => i), new arrow.Int32()).data[0] as arrow.Data] })))
    expect(await rows(arrow.tableToIPC(new arrow.Table(batches), format), 'count(*)::int, sum(v)::int')).toEqual([[500, 12_250]])
  })

  it('without rows is a relation without rows', async () => {
    expect(await rows(one(new arrow.Int32(), []), 'count(*)::int')).toEqual([[0]])
  })

  it('is read as the contract says: type, name and choice of columns', async () => {
    const columns = [{ name: 'number', source: 'id', type: 'decimal(9, 2)' }]
    expect(await rows(simple(), 'number::varchar, typeof(number)', columns)).toEqual([['1.00', 'DECIMAL(9,2)'], ['2.00', 'DECIMAL(9,2)'], ['3.00', 'DECIMAL(9,2)']])
  })

  it('may have a column that cannot be read, if nobody asks for it', async () => {
    const bytes = arrow.tableToIPC(table({ id: vector([1], new arrow.Int32()), span: vector([5n], new arrow.DurationSecond()) }), 'file')
    expect(await rows(bytes, '*', [{ name: 'id', type: 'long' }])).toEqual([[1]])
    expect(await faultOf(bytes)).toEqual(['engine-file x.arrow: the column "span" has Arrow\'s type Duration<SECOND>, which cannot be read; leave it out of the contract, or write it as another type.'])
  })

  it('joins others by the names of columns', async () => {
    const other = arrow.tableToIPC(table({ name: vector(['Bo'], new arrow.Utf8()), id: vector([4n], new arrow.Int64()) }), 'stream')
    expect(await ingest([put(simple()), put(other)])).toMatchObject({ ok: true })
    expect(await rowsOf(engine, 'select id::int, name from source.p')).toEqual([[1, 'Ana'], [2, null], [3, '🦆'], [4, 'Bo']])
  })
})

describe('a compressed Arrow file', () => {
  // A frame whose only block is stored as it is: enough to write with; the decoder's own test has matches.
  const lz4 = (bytes: Uint8Array): Uint8Array => {
    const size = Buffer.alloc(4)
    size.writeUInt32LE((bytes.length | 0x80000000) >>> 0)
    return Buffer.concat([Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]), size, bytes, Buffer.alloc(4)])
  }
  it.each([
    ['LZ4', arrow.CompressionType.LZ4_FRAME, lz4],
    ['Zstandard', arrow.CompressionType.ZSTD, (bytes: Uint8Array): Uint8Array => zstdCompressSync(bytes)],
  ] as const)('is read: %s', async (_, compressionType, encode) => {
    arrow.compressionRegistry.set(compressionType, { encode })
    const values = Array.from({ length: 5000 }, (_unused, i) => i % 3)
    const writer = new arrow.RecordBatchFileWriter({ compressionType })
    writer.writeAll(table({ v: vector(values, new arrow.Int32()), t: vector(values.map(String), new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32())) }))
    const bytes = await writer.toUint8Array()
    expect(await rows(bytes, "count(*)::int, sum(v)::int, sum(t::int)::int")).toEqual([[5000, 4999, 4999]])
  })
})

describe('a file that is not what it should be', () => {
  it.each<readonly [string, () => Uint8Array, string]>([
    ['no Arrow', () => Buffer.from('id,name\n1,Ana\n'), 'this is not an Arrow file.'],
    ['nothing', () => Buffer.alloc(0), 'the file is empty.'],
    ['one byte', () => Buffer.from('A'), 'this is not an Arrow file.'],
    ['Parquet', () => Buffer.from('PAR1............PAR1'), 'this is not an Arrow file.'],
    ['Feather 1', () => Buffer.from('FEA1............FEA1'), 'this is Feather version 1; write it as version 2.'],
    ['gzip', () => Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0]), 'the file is compressed by gzip; unpack it, or use the compression of Arrow itself.'],
    ['a stream that goes on behind its end', () => Buffer.concat([simple('stream'), simple('stream')]), 'there is more behind the end of the Arrow stream; a file holds one stream.'],
  ])('is said to be so: %s', async (_, bytes, what) => {
    expect(await faultOf(bytes())).toEqual([`engine-file x.arrow: ${what}`])
  })

  it('says which column has text that is not UTF-8', async () => {
    const data = arrow.makeData({ type: new arrow.Utf8(), length: 1, valueOffsets: Int32Array.of(0, 1), data: Uint8Array.of(0xff) })
    expect(await faultOf(arrow.tableToIPC(table({ v: new arrow.Vector([data]) }), 'file'))).toEqual(['engine-file x.arrow: a value of the column "v" is not UTF-8 text.'])
  })

  it('says which column of the contract it lacks', async () => {
    expect(await faultOf(simple(), [{ name: 'id', type: 'int' }, { name: 'price', type: 'int' }])).toEqual(['engine-file x.arrow: the file has no column "price".'])
  })

  it.each(FORMATS)('is found out wherever it was cut short: %s', async (format) => {
    const whole = simple(format)
    for (let end = 1; end < whole.length; end += 5) {
      const [fault, ...others] = await faultOf(whole.subarray(0, end))
      expect([end, fault, others]).toEqual([end, expect.stringMatching(/^engine-file x\.arrow: this is not (?:an Arrow file\.|a whole Arrow file; it may have been cut short\.)$/u), []])
    }
  })

  it('is never more than a sentence, whichever byte is wrong', async () => {
    const whole = Buffer.from(simple('file'))
    for (let at = 8; at < whole.length; at += 7) {
      const bytes = Buffer.from(whole)
      bytes[at] = (bytes[at] as number) ^ 0xff
      const reader = await usable()
      const answer = await ingest([put(bytes, 'x.arrow')], undefined, reader)
      for (const { code, message } of answer.diagnostics) expect([at, code, message]).toEqual([at, 'engine-file', expect.stringMatching(/^x\.arrow: /u)])
    }
  })

  // A damaged file may end the process that reads it, and only that.
  const usable = async (): Promise<EngineProcess> => {
    if (!(await engine.prepare('select 1')).ok) engine = await rig.process()
    return engine
  }

  it.each([['rows', 0x7fff_ffff_ffffn], ['rows of a size that fits', 50_000_000n]])('gets no memory for what it only claims: %s', async (_, claimed) => {
    const whole = Buffer.from(one(new arrow.Int32(), Array.from({ length: 12_345 }, (_unused, i) => i)))
    const length = Buffer.alloc(8)
    length.writeBigInt64LE(12_345n)
    const patched = Buffer.from(whole)
    for (let at = patched.indexOf(length); at >= 0; at = patched.indexOf(length, at + 8)) patched.writeBigInt64LE(claimed, at)
    expect(patched.equals(whole)).toBe(false)
    await usable()
    expect(await faultOf(patched)).toEqual([expect.stringMatching(/^engine-file x\.arrow: (?:a record batch claims \d+ rows, more than its bytes can hold or than can be read at once\.|the Arrow data is damaged)/u)])
  })
})

describe('a real file', () => {
  beforeAll(async () => {
    engine = await rig.process()
  })

  const real = fileURLToPath(new URL('../../../../node_modules/vega-datasets/data', import.meta.url))
  it.skipIf(!existsSync(join(real, 'flights-200k.arrow')))('has the same 200,000 rows as its JSON', async () => {
    const flights = JSON.parse(readFileSync(join(real, 'flights-200k.json'), 'utf8')) as readonly { delay: number; distance: number; time: number }[]
    const path = join(rig.data, 'flights.arrow')
    copyFileSync(join(real, 'flights-200k.arrow'), path)
    expect(await ingest([path])).toMatchObject({ ok: true })
    const sum = (of: 'delay' | 'distance'): number => flights.reduce((total, flight) => total + flight[of], 0)
    expect(await rowsOf(engine, 'select count(*)::int, sum(delay)::int, sum(distance)::int from source.p')).toEqual([[flights.length, sum('delay'), sum('distance')]])
  })
})
