// A search that decodes: whatever Tulle keeps on disk is opened by what it is (Parquet, Avro, gzip, zstd, and PostgreSQL's own
// files as bytes), and texts are looked for in what is inside. For tests that something is, or is not, anywhere.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, inflateRawSync, zstdDecompressSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'

/** Where each text was found, by file paths below the folder. */
type Sightings = ReadonlyMap<string, ReadonlySet<string>>

export async function searchEverything(home: string, texts: readonly string[], skip: (path: string) => boolean = () => false): Promise<Sightings> {
  const found = new Map(texts.map((text) => [text, new Set<string>()]))
  const look = (bytes: Uint8Array, where: string): void => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (const [text, places] of found) if (buffer.includes(text, 0, 'utf8') || buffer.includes(Buffer.from(text, 'utf16le'))) places.add(where)
  }
  await using engine = await openDuckdb()
  for (const path of filesBelow(home)) {
    const where = path.slice(home.length + 1)
    if (skip(where)) continue
    let bytes: Buffer
    try {
      bytes = readFileSync(path)
    } catch {
      continue
    }
    look(bytes, where)
    for (const inner of opened(bytes)) look(inner, where)
    if (bytes.subarray(0, 4).toString() !== 'PAR1') continue
    const rows = await engine.parquet(path).catch((error: unknown) => {
      // An engine that ends takes its files along; whatever stays has to be readable.
      if (existsSync(path)) throw error
      return ''
    })
    look(Buffer.from(rows, 'utf8'), where)
  }
  return found
}

function* filesBelow(folder: string): Generator<string> {
  let entries
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch {
    return
  }
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path)
    else if (entry.isFile()) yield path
  }
}

/** What is packed inside, if anything is. */
function opened(bytes: Buffer): readonly Uint8Array[] {
  try {
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) return [gunzipSync(bytes)]
    if (bytes.readUInt32LE(0) === 0xfd2fb528) return [zstdDecompressSync(bytes)]
    if (bytes.subarray(0, 4).toString('latin1') === 'Obj\u0001') return avroBlocks(bytes)
  } catch {
    return []
  }
  return []
}

/** The blocks of an Avro container, inflated where its codec is deflate. */
function avroBlocks(bytes: Buffer): readonly Uint8Array[] {
  let at = 4
  const long = (): number => {
    let [value, shift] = [0, 1]
    for (;;) {
      const byte = bytes[at++] ?? 0
      value += (byte & 0x7f) * shift
      shift *= 128
      if ((byte & 0x80) === 0) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
  }
  const taken = (): Buffer => {
    const size = long()
    at += size
    return bytes.subarray(at - size, at)
  }
  const header = new Map<string, Buffer>()
  for (let count = long(); count !== 0; count = long()) {
    if (count < 0) long()
    for (let i = 0; i < Math.abs(count); i += 1) header.set(taken().toString(), taken())
  }
  at += 16
  const isDeflated = header.get('avro.codec')?.toString() === 'deflate'
  const blocks: Uint8Array[] = []
  while (at < bytes.length) {
    long()
    const block = taken()
    blocks.push(isDeflated ? inflateRawSync(block) : block)
    at += 16
  }
  return blocks
}

async function openDuckdb(): Promise<AsyncDisposable & { parquet(path: string): Promise<string> }> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  return {
    async parquet(path) {
      const quoted = `'${path.replaceAll("'", "''")}'`
      const rows = await connection.runAndReadAll(`select * from read_parquet(${quoted})`)
      const facts = await connection.runAndReadAll(`select stats_min, stats_max, stats_min_value, stats_max_value from parquet_metadata(${quoted})`)
      return `${JSON.stringify(rows.getRowsJson())} ${JSON.stringify(facts.getRowsJson())}`
    },
    [Symbol.asyncDispose]: async () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}
