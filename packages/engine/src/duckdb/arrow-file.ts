// An Arrow file (IPC file, IPC stream, Feather 2) as a table of the engine, batch by batch. The file's own claims are
// checked before memory is given to them; what is wrong is one sentence, never an exception of a library.

import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { zstdDecompressSync } from 'node:zlib'
import duckdb from '@duckdb/node-bindings'
import type { Appender, Connection } from '@duckdb/node-bindings'
import { compressionRegistry, CompressionType, Message, RecordBatchReader } from 'apache-arrow'
import type { Data, RecordBatch, Schema } from 'apache-arrow'
import { Footer } from 'apache-arrow/ipc/metadata/file'
import { ArrowFault, fillerOf, quoted } from './arrow-vector.ts'
import type { Filler } from './arrow-vector.ts'
import { readLz4Frame } from './lz4-frame.ts'
import type { ArrowLoad, ArrowLoaded } from './protocol.ts'

const MEGABYTE = 1024 * 1024

/** A batch is held in memory as a whole, so this much of it must fit beside the engine's own memory. */
const BATCH_BYTES = 384 * MEGABYTE
const BATCH_ROWS = 64 * MEGABYTE
const METADATA_BYTES = 16 * MEGABYTE

/** Rows that a batch may have without any byte behind them: columns of nulls need none. */
const BARE_ROWS = 65_536

/** What the appender may hold back before it hands rows over to the engine. */
const FLUSH_BYTES = 16 * MEGABYTE

/** Fills `schema`.`tables[i]` from `paths[i]`. Only `columns` are read where they are given. */
export async function loadArrow(connection: Connection, { schema, tables, paths, columns }: ArrowLoad): Promise<ArrowLoaded> {
  const wanted = columns === undefined ? undefined : new Set(columns.map((name) => name.toLowerCase()))
  const found = new Set<string>()
  await duckdb.query(connection, `CREATE SCHEMA IF NOT EXISTS ${quoted(schema)}`)
  for (const [i, path] of paths.entries()) {
    try {
      for (const name of await loadFile(connection, path, { schema, table: tables[i] as string, wanted })) found.add(name)
    } catch (error) {
      if (error instanceof ArrowFault) return { fault: { path, what: error.message } }
      // What is not the engine's own complaint comes of data that its reader did not expect.
      if (error instanceof Error && OUT_OF_MEANS.test(error.message)) throw error
      return { fault: { path, what: BEYOND_READING } }
    }
  }
  const missing = columns?.find((name) => !found.has(name.toLowerCase()))
  return missing === undefined ? {} : { fault: { path: paths[0] as string, what: noColumn(missing) } }
}

const BEYOND_READING = 'the Arrow data is damaged, or of a kind that cannot be read.'

/** The engine's own words where nothing is wrong with the file. */
const OUT_OF_MEANS = /^(?:Out of Memory|IO|INTERRUPT|Interrupt|Permission|FATAL|INTERNAL) Error/u

const noColumn = (name: string): string => `the file has no column "${name}".`

interface Target { readonly schema: string; readonly table: string; readonly wanted: ReadonlySet<string> | undefined }
interface Column { readonly name: string; readonly index: number; readonly filler: Filler }

async function loadFile(connection: Connection, path: string, { schema, table, wanted }: Target): Promise<readonly string[]> {
  const file = await open(path, 'r').catch(() => {
    throw new ArrowFault('the file cannot be read.')
  })
  let appender: Appender | undefined
  try {
    const reader = await reading(async () => {
      const opened = await RecordBatchReader.from(piecesOf(file))
      return opened.open()
    })
    if ((reader.schema as Schema | undefined) === undefined) throw new ArrowFault('this is not an Arrow file.')
    const columns = columnsOf(reader.schema as Schema, wanted)
    if (columns[0] === undefined) throw new ArrowFault(wanted === undefined ? 'the file has no columns.' : noColumn([...wanted][0] ?? ''))
    await duckdb.query(connection, `CREATE OR REPLACE TABLE ${quoted(schema)}.${quoted(table)} (${columns.map(({ name, filler }) => `${quoted(name)} ${filler.sql}`).join(', ')})`)
    appender = duckdb.appender_create(connection, schema, table)
    for (;;) {
      const next = await reading(() => Promise.resolve(reader.next()) as Promise<IteratorResult<RecordBatch, unknown>>)
      if (next.done === true) break
      await appendBatch(appender, columns, next.value)
    }
    duckdb.appender_close_sync(appender)
    return columns.map(({ name }) => name.toLowerCase())
  } catch (error) {
    // Closing would write what is not whole.
    if (appender !== undefined) duckdb.appender_clear(appender)
    throw error
  } finally {
    await file.close()
  }
}

// Whatever the library throws at bytes that it does not understand means that they are not what they should be.
async function reading<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    throw error instanceof ArrowFault ? error : new ArrowFault(BEYOND_READING)
  }
}

function columnsOf({ fields }: Schema, wanted: ReadonlySet<string> | undefined): readonly Column[] {
  const chosen = fields.flatMap(({ name, type }, index) => (wanted === undefined || wanted.has(name.toLowerCase()) ? [{ name, type, index }] : []))
  const names = new Set<string>()
  return chosen.map(({ name, type, index }) => {
    if (name === '' || name.includes('\0')) throw new ArrowFault('a column has no name.')
    if (names.has(name.toLowerCase())) throw new ArrowFault(`the file has the column "${name}" twice.`)
    names.add(name.toLowerCase())
    return { name, index, filler: fillerOf(name, type) }
  })
}

async function appendBatch(appender: Appender, columns: readonly Column[], batch: RecordBatch): Promise<void> {
  const rows = batch.numRows
  if (rows === 0) return
  const bytes = columns.reduce((sum, { index }) => sum + (batch.data.children[index]?.byteLength ?? 0), 0)
  if (rows > BARE_ROWS && rows > batch.data.byteLength * 8) throw tooManyRows(rows)
  const size = duckdb.vector_size()
  const chunk = duckdb.create_data_chunk(columns.map((_, i) => duckdb.appender_column_type(appender, i)))
  let held = 0
  for (let from = 0; from < rows; from += size) {
    const count = Math.min(size, rows - from)
    const picks = Int32Array.from({ length: count }, (_, i) => from + i)
    duckdb.data_chunk_reset(chunk)
    columns.forEach(({ index, filler }, i) => {
      const data = batch.data.children[index]
      if (data === undefined) throw new ArrowFault('the Arrow data is damaged: a column is missing.')
      filler.fill(duckdb.data_chunk_get_vector(chunk, i), data as Data, picks)
    })
    duckdb.data_chunk_set_size(chunk, count)
    duckdb.append_data_chunk(appender, chunk)
    held += (bytes / rows) * count
    if (held < FLUSH_BYTES) continue
    duckdb.appender_flush_sync(appender)
    held = 0
    // Lets an interrupt in.
    await new Promise(setImmediate)
  }
  duckdb.appender_flush_sync(appender)
}

const tooManyRows = (rows: number): ArrowFault => new ArrowFault(`a record batch claims ${rows} rows, more than its bytes can hold or than can be read at once.`)

/**
 * The file's messages, each whole: the reader of the library believes lengths, and ends quietly where a stream breaks
 * off. The file format is the stream format between two magic words, with an index at the end that is not needed here.
 */
async function* piecesOf(file: FileHandle): AsyncGenerator<Uint8Array> {
  const { size } = await file.stat()
  const { from, to, isStream } = await boundsOf(file, size)
  let at = from
  let isFirst = true
  for (;;) {
    if (at + 8 > to) {
      // The index of a file says that it is whole, the end mark of a stream says it.
      if (isStream || at > to) throw cutShort()
      if (isFirst) yield await schemaAtEnd(file, to, size)
      return
    }
    const prefix = await read(file, at, 8)
    if (prefix.readInt32LE(0) !== -1) throw new ArrowFault('this is not an Arrow file, or one from before Arrow 0.15; write it again with a current Arrow.')
    const length = prefix.readInt32LE(4)
    if (length === 0) {
      if (isStream && at + 8 < to) throw new ArrowFault('there is more behind the end of the Arrow stream; a file holds one stream.')
      if (isFirst && !isStream) yield await schemaAtEnd(file, to, size)
      yield prefix
      return
    }
    if (length < 0 || length > METADATA_BYTES) throw damaged()
    if (at + 8 + length > to) throw cutShort()
    const metadata = await read(file, at + 8, length)
    const { body, isSchema } = describe(metadata)
    at += 8 + length
    if (at + body > to) throw cutShort()
    if (isFirst && !isSchema && !isStream) yield await schemaAtEnd(file, to, size)
    isFirst = false
    yield Buffer.concat([prefix, metadata])
    decompressed.left = BATCH_BYTES
    if (body > 0) yield await read(file, at, body)
    at += body
  }
}

async function boundsOf(file: FileHandle, size: number): Promise<{ readonly from: number; readonly to: number; readonly isStream: boolean }> {
  if (size === 0) throw new ArrowFault('the file is empty.')
  const head = await read(file, 0, Math.min(8, size))
  const word = head.toString('latin1')
  if (word.startsWith('FEA1')) throw new ArrowFault('this is Feather version 1; write it as version 2.')
  if (head[0] === 0x1f && head[1] === 0x8b) throw new ArrowFault('the file is compressed by gzip; unpack it, or use the compression of Arrow itself.')
  if (!word.startsWith('ARROW1')) {
    if (size < 8 || head.readInt32LE(0) !== -1) throw new ArrowFault('this is not an Arrow file.')
    return { from: 0, to: size, isStream: true }
  }
  if (size < 18) throw cutShort()
  const tail = await read(file, size - 10, 10)
  const to = size - 10 - tail.readInt32LE(0)
  if (tail.toString('latin1', 4) !== 'ARROW1' || to < 8 || to > size - 10) throw cutShort()
  return { from: 8, to, isStream: false }
}

const cutShort = (): ArrowFault => new ArrowFault('this is not a whole Arrow file; it may have been cut short.')

// Arrow's own JavaScript writes the schema of a file into the index only.
async function schemaAtEnd(file: FileHandle, from: number, size: number): Promise<Uint8Array> {
  const length = size - 10 - from
  if (length > METADATA_BYTES) throw damaged()
  const index = await read(file, from, length)
  let metadata: Uint8Array
  try {
    metadata = Message.encode(Message.from(Footer.decode(index).schema))
  } catch {
    throw damaged()
  }
  const piece = Buffer.alloc(8 + Math.ceil(metadata.length / 8) * 8)
  piece.writeInt32LE(-1, 0)
  piece.writeInt32LE(piece.length - 8, 4)
  piece.set(metadata, 8)
  return piece
}

const damaged = (): ArrowFault => new ArrowFault('the Arrow data is damaged: the description of its columns or batches cannot be read.')

// How many bytes follow the description of a message.
function describe(metadata: Uint8Array): { readonly body: number; readonly isSchema: boolean } {
  let message: Message
  let rows = 0
  try {
    message = Message.decode(metadata)
    if (message.isRecordBatch()) rows = message.header().length
    else if (message.isDictionaryBatch()) rows = message.header().data.length
  } catch {
    throw damaged()
  }
  const body = message.bodyLength
  if (!Number.isSafeInteger(body) || body < 0 || !(rows >= 0)) throw damaged()
  if (rows > BATCH_ROWS) throw tooManyRows(rows)
  if (body > BATCH_BYTES) throw tooLarge()
  return { body, isSchema: message.isSchema() }
}

const tooLarge = (): ArrowFault => new ArrowFault(`a record batch is larger than ${BATCH_BYTES / MEGABYTE} MB; write the file in batches of fewer rows.`)

async function read(file: FileHandle, from: number, length: number): Promise<Buffer<ArrayBuffer>> {
  const bytes = Buffer.allocUnsafeSlow(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, from + done)
    if (bytesRead === 0) throw cutShort()
    done += bytesRead
  }
  return bytes
}

/** What the buffers of one batch may still unpack to. The library knows one decoder for all of a process. */
const decompressed = { left: BATCH_BYTES }

const unpacking = (unpack: (bytes: Uint8Array, limit: number) => Uint8Array) => ({
  decode: (bytes: Uint8Array): Uint8Array => {
    const unpacked = unpack(bytes, decompressed.left)
    decompressed.left -= unpacked.length
    if (decompressed.left <= 0) throw tooLarge()
    return unpacked
  },
})

compressionRegistry.set(CompressionType.LZ4_FRAME, unpacking(readLz4Frame))
compressionRegistry.set(CompressionType.ZSTD, unpacking((bytes, limit) => Uint8Array.from(zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, limit) }))))
