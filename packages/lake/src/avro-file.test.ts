// Our Avro files as another library reads them, another library's as we read them, and damaged ones.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { deflateRawSync, zstdCompressSync } from 'node:zlib'
import avsc from 'avsc'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AvroRecord, AvroSchema, AvroValue } from './avro-types.ts'
import { MANIFEST_LIST_SCHEMA, manifestSchema } from './manifest-schema.ts'
import { readAvroFile, writeAvroFile } from './avro-file.ts'
import { Sink } from './avro-codec.ts'

const SCHEMA: AvroSchema = {
  type: 'record', name: 'r',
  fields: [
    { name: 'a', type: 'long', 'field-id': 1 },
    { name: 'b', type: ['null', 'string'], default: null, 'field-id': 2 },
    { name: 'c', type: { type: 'array', items: 'bytes' }, 'field-id': 3 },
    { name: 'd', type: 'boolean' },
  ],
}
const record = (a: number | bigint, b: string | null, c: readonly Uint8Array[], d: boolean): AvroRecord => new Map<number | string, AvroValue>([[1, a], [2, b], [3, c], ['d', d]])

const anyRecord = fc.tuple(
  fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => (n >= -(2n ** 53n) && n <= 2n ** 53n ? Number(n) : n))),
  fc.option(fc.string({ unit: 'grapheme' })), fc.array(fc.uint8Array({ maxLength: 20 })), fc.boolean(),
).map(([a, b, c, d]) => record(a, b, c, d))

describe('an Avro file of ours', () => {
  it('reads back equal', () => {
    fc.assert(fc.property(fc.array(anyRecord, { maxLength: 20 }), (records) => {
      const read = readAvroFile(writeAvroFile(SCHEMA, records, { x: 'y' }), 'f')
      expect(read.ok && read.value.records).toEqual(records)
      expect(read.ok && Buffer.from(read.value.header.get('x') ?? []).toString()).toBe('y')
    }), { numRuns: 200 })
  })

  it('has as many blocks as it needs', () => {
    const records = Array.from({ length: 4500 }, (_, i) => record(i, null, [], false))
    const read = readAvroFile(writeAvroFile(SCHEMA, records, {}), 'f')
    expect(read.ok && read.value.records.map((r) => r.get(1))).toEqual(records.map((r) => r.get(1)))
  })

  it('is read by avsc, value by value', async () => {
    const bytes = writeAvroFile(SCHEMA, [record(5, 'x', [Uint8Array.of(1, 2)], true), record(-1, null, [], false)], {})
    const decoder = new avsc.streams.BlockDecoder()
    const rows: { a: number }[] = []
    decoder.on('data', (row: { a: number }) => rows.push(row))
    decoder.end(Buffer.from(bytes))
    await once(decoder, 'end')
    expect(rows.map((row) => ({ ...row }))).toEqual([{ a: 5, b: 'x', c: [Buffer.of(1, 2)], d: true }, { a: -1, b: null, c: [], d: false }])
  })

  it('keeps the field ids in its header', () => {
    const read = readAvroFile(writeAvroFile(SCHEMA, [], {}), 'f')
    expect(read.ok && JSON.parse(Buffer.from(read.value.header.get('avro.schema') ?? []).toString())).toEqual(SCHEMA)
  })

  it.each([['manifest', manifestSchema({ type: 'record', name: 'r102', fields: [] })], ['manifest list', MANIFEST_LIST_SCHEMA]])('has, as a %s, a schema that avsc takes', (_, schema) => {
    expect(() => avsc.Type.forSchema(schema as avsc.Schema)).not.toThrow()
  })
})

describe('an Avro file of another writer', () => {
  const encode = async (codec: 'null' | 'deflate', schema: AvroSchema, rows: readonly unknown[]): Promise<Uint8Array> => {
    const encoder = new avsc.streams.BlockEncoder(avsc.Type.forSchema(schema as avsc.Schema), { codec, blockSize: 64 })
    const chunks: Buffer[] = []
    encoder.on('data', (chunk: Buffer) => chunks.push(chunk))
    for (const row of rows) encoder.write(row)
    encoder.end()
    await once(encoder, 'end')
    return Buffer.concat(chunks)
  }

  it.each(['null', 'deflate'] as const)('packed with %s is read', async (codec) => {
    const schema: AvroSchema = {
      type: 'record', name: 'r', fields: [
        { name: 'i', type: 'int' }, { name: 'f', type: 'float' }, { name: 'd', type: 'double' }, { name: 'e', type: { type: 'enum', name: 'e', symbols: ['A', 'B'] } },
        { name: 'x', type: { type: 'fixed', name: 'x', size: 2 } }, { name: 'm', type: { type: 'map', values: 'long' } },
        { name: 'again', type: ['null', 'x'] }, { name: 'date', type: { type: 'int', logicalType: 'date' } },
      ],
    }
    const rows = Array.from({ length: 30 }, (_, i) => ({ i, f: 1.5, d: -2.25, e: 'B', x: Buffer.of(1, 2), m: { k: i }, again: Buffer.of(3, 4), date: 9 }))
    const read = readAvroFile(await encode(codec, schema, rows), 'f')
    expect(read.ok && read.value.records).toHaveLength(30)
    expect(read.ok && read.value.records[7]).toEqual(new Map<string, AvroValue>([
      ['i', 7], ['f', 1.5], ['d', -2.25], ['e', 'B'], ['x', Uint8Array.of(1, 2)], ['m', new Map([['k', 7]])], ['again', Uint8Array.of(3, 4)], ['date', 9],
    ]))
  })

  it('packed with zstandard is read', () => {
    const read = readAvroFile(container(SCHEMA, 'zstandard', zstdCompressSync(Buffer.of(2, 0, 0, 1)), 1), 'f')
    expect(read.ok && read.value.records).toEqual([record(1, null, [], true)])
  })
})

/** A container of one block, with whatever is asked for inside. */
function container(schema: unknown, codec: string, body: Uint8Array, count: number): Uint8Array {
  const sink = new Sink()
  sink.put(Buffer.from('Obj\x01', 'latin1'))
  sink.long(2)
  for (const text of ['avro.schema', typeof schema === 'string' ? schema : JSON.stringify(schema), 'avro.codec', codec]) sink.sized(Buffer.from(text))
  sink.long(0)
  sink.put(Buffer.alloc(16, 7))
  sink.long(count)
  sink.sized(body)
  sink.put(Buffer.alloc(16, 7))
  return Uint8Array.from(sink.bytes)
}

const nested = (depth: number): unknown => (depth === 0 ? 'int' : { type: 'array', items: nested(depth - 1) })
const long = (value: number | bigint): Uint8Array => {
  const sink = new Sink()
  sink.long(value)
  return Uint8Array.from(sink.bytes)
}

describe('a damaged Avro file', () => {
  it.each([
    ['empty', new Uint8Array(), 'it does not begin as one'],
    ['JSON', Buffer.from('{"manifests":[]}'), 'it does not begin as one'],
    ['without a schema', container('', 'null', Buffer.of(), 0), 'its header has no schema'],
    ['with a schema that is no schema', container('7', 'null', Buffer.of(), 0), 'its header has no schema'],
    ['with an unknown type', container({ type: 'record', name: 'r', fields: [{ name: 'a', type: 'uint8' }] }, 'null', Buffer.of(0), 1), 'its schema names the unknown type "uint8"'],
    ['with a schema nested too deeply', container(nested(100), 'null', Buffer.of(0), 1), 'its schema is nested too deeply'],
    ['with values that are no records', container('"long"', 'null', Buffer.of(2), 1), 'its values are no records'],
    ['with a text longer than the file', container(SCHEMA, 'null', Buffer.concat([Buffer.of(2, 2), long(1e9)]), 1), 'a length of 1000000000 runs past the end'],
    ['with a list of 2^40 items', container(SCHEMA, 'null', Buffer.concat([Buffer.of(2, 0), long(2 ** 40)]), 1), 'an array claims 1099511627776 items in 0 bytes'],
    ['with a list of items without bytes', container({ type: 'record', name: 'r', fields: [{ name: 'a', type: { type: 'array', items: 'null' } }] }, 'null', Buffer.of(4, 0, 0, 0), 1), 'an array has items without bytes'],
    ['with a union branch that is not there', container(SCHEMA, 'null', Buffer.of(2, 8, 0, 1), 1), 'a union names a branch that it does not have'],
    ['with an integer of 80 bits', container(SCHEMA, 'null', Buffer.alloc(12, 0xff), 1), 'an integer is longer than 64 bits'],
    ['with more records than bytes', container(SCHEMA, 'null', Buffer.of(2, 0, 0, 1), 1000), 'a block claims 1000 records in 4 bytes'],
    ['with bytes left over', container(SCHEMA, 'null', Buffer.of(2, 0, 0, 1, 9), 1), 'a block has bytes behind its last record'],
    ['with a block cut short before it was packed', container(SCHEMA, 'deflate', deflateRawSync(Buffer.alloc(100)).subarray(0, 3), 1), 'a block cannot be unpacked (unexpected end of file)'],
  ])('%s is refused', (_, bytes, problem) => {
    const read = readAvroFile(bytes, 'f')
    expect(read.diagnostics).toMatchObject([{ code: 'avro-invalid', message: `f is not a readable Avro file: ${problem}.` }])
  })

  it('packed in a way that we do not read says which ways we do', () => {
    expect(readAvroFile(container(SCHEMA, 'snappy', Buffer.of(), 0), 'f').diagnostics[0]).toMatchObject({
      code: 'avro-codec', message: 'f is compressed with "snappy"; null, deflate and zstandard can be read.',
    })
  })

  it('cut or changed anywhere is refused or read, never more', () => {
    const whole = writeAvroFile(SCHEMA, Array.from({ length: 50 }, (_, i) => record(i, 'text', [randomBytes(3)], true)), {})
    for (let at = 0; at < whole.length; at += 1) {
      const cut = readAvroFile(whole.slice(0, at), 'f')
      // Between two blocks a file may end; everywhere else the cut shows.
      expect(cut.ok ? cut.value.records : []).toEqual([])
      const changed = Uint8Array.from(whole)
      changed[at] = (changed[at] ?? 0) ^ 0x41
      readAvroFile(changed, 'f')
    }
  })
})
