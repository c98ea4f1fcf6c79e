// Avro container files: a header, then blocks of records. Written by hand, because Iceberg needs the header to carry the
// schema with its field ids, which Avro libraries drop.

import { deflateRawSync, inflateRawSync, zstdDecompressSync } from 'node:zlib'
import { createHash } from 'node:crypto'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { AvroFile, AvroRecord, AvroSchema, AvroValue } from './avro-types.ts'
import { BadAvro, readerOf, Sink, Source, writeValue } from './avro-codec.ts'
import { messages } from './messages.ts'

const MAGIC = Buffer.from('Obj\x01', 'latin1')
const RECORDS_PER_BLOCK = 2000
/** A small file must not unpack into all the memory there is. */
const MAX_UNPACKED = 1 << 30

/** Writes records as a container whose header holds `metadata` beside the schema. Equal input gives equal bytes. */
export const writeAvroFile = (schema: AvroSchema, records: readonly AvroRecord[], metadata: Readonly<Record<string, string>>): Uint8Array =>
  writeContainer(schema, records, metadata, (body, record) => writeValue(body, schema, record))

/** The same for records of which the caller knows how they are written. */
export function writeContainer<T>(schema: AvroSchema, records: readonly T[], metadata: Readonly<Record<string, string>>, write: (body: Sink, record: T) => void): Uint8Array {
  const sink = new Sink()
  const header = Object.entries({ ...metadata, 'avro.schema': JSON.stringify(schema), 'avro.codec': 'deflate' })
  sink.put(MAGIC)
  sink.long(header.length)
  for (const [key, value] of header) {
    sink.sized(Buffer.from(key, 'utf8'))
    sink.sized(Buffer.from(value, 'utf8'))
  }
  sink.long(0)
  const sync = createHash('md5').update(sink.bytes).digest()
  sink.put(sync)
  for (let start = 0; start < records.length; start += RECORDS_PER_BLOCK) {
    const block = records.slice(start, start + RECORDS_PER_BLOCK)
    const body = new Sink()
    for (const record of block) write(body, record)
    sink.long(block.length)
    sink.sized(deflateRawSync(body.bytes))
    sink.put(sync)
  }
  return Uint8Array.from(sink.bytes)
}

/** Reads a container of any writer. Damage is `avro-invalid`, an unknown compression `avro-codec`. */
export function readAvroFile(bytes: Uint8Array, file: string): Result<AvroFile> {
  try {
    const source = new Source(bytes)
    if (!source.take(Math.min(4, source.left)).equals(MAGIC)) throw new BadAvro('it does not begin as one')
    const header = readHeader(source)
    const codec = text(header, 'avro.codec') ?? 'null'
    if (!CODECS.has(codec)) return fail(messages['avro-codec']({ file, codec }))
    const read = readerOf(schemaOf(header))
    return ok({ header, records: readBlocks(source, codec, read) })
  } catch (error) {
    if (error instanceof BadAvro) return fail(messages['avro-invalid']({ file, problem: error.message }))
    throw error
  }
}

function readHeader(source: Source): Map<string, Uint8Array> {
  const readEntries = readerOf({ type: 'map', values: 'bytes' })
  return readEntries(source) as Map<string, Uint8Array>
}

const text = (header: ReadonlyMap<string, Uint8Array>, key: string): string | undefined => {
  const bytes = header.get(key)
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8')
}

function schemaOf(header: ReadonlyMap<string, Uint8Array>): AvroSchema {
  try {
    const schema = JSON.parse(text(header, 'avro.schema') ?? '') as unknown
    if (typeof schema === 'string' || (typeof schema === 'object' && schema !== null)) return schema as AvroSchema
  } catch {
    // Told below, like a schema that is no schema.
  }
  throw new BadAvro('its header has no schema')
}

function readBlocks(source: Source, codec: string, read: (source: Source) => AvroValue): readonly AvroRecord[] {
  const sync = source.take(16)
  const records: AvroRecord[] = []
  let unpacked = 0
  while (source.left > 0) {
    const count = source.long()
    const body = unpack(source.take(source.count()), codec)
    unpacked += body.length
    if (unpacked > MAX_UNPACKED) throw new BadAvro('it unpacks to more than 1 GiB')
    const block = new Source(body)
    if (count < 0 || count > block.left) throw new BadAvro(`a block claims ${count} records in ${block.left} bytes`)
    for (let i = 0; i < count; i += 1) {
      const record = read(block)
      if (!(record instanceof Map)) throw new BadAvro('its values are no records')
      records.push(record)
    }
    if (block.left > 0) throw new BadAvro('a block has bytes behind its last record')
    if (!source.take(16).equals(sync)) throw new BadAvro('the mark between two blocks is damaged')
  }
  return records
}

const CODECS: ReadonlySet<string> = new Set(['null', 'deflate', 'zstandard'])

function unpack(bytes: Uint8Array, codec: string): Uint8Array {
  try {
    if (codec === 'deflate') return inflateRawSync(bytes, { maxOutputLength: MAX_UNPACKED })
    if (codec === 'zstandard') return zstdDecompressSync(bytes, { maxOutputLength: MAX_UNPACKED })
    return bytes
  } catch (error) {
    throw new BadAvro(`a block cannot be unpacked (${(error as Error).message})`)
  }
}
