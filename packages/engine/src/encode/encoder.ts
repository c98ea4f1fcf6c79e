// Rows of a result as bytes, in the form their reader asked for.

import duckdb from '@duckdb/node-bindings'
import type { DataChunk } from '@duckdb/node-bindings'
import type { RowEncoding } from '../types.ts'
import { jsonOf } from './json-of.ts'
import { pgwireWriter } from './pgwire.ts'
import { createSink } from './sink.ts'
import type { Sink } from './sink.ts'
import { csvWriter } from './csv.ts'
import type { EncodedColumn } from './types.ts'
import { openVector } from './vector.ts'
import type { OpenVector } from './vector.ts'

export interface Encoder {
  /** Begins a batch. */
  begin(): void
  /** Lays the next chunk open. */
  look(chunk: DataChunk): void
  /** Encodes rows of the chunk until `to` or until the batch has `limit` bytes; answers how many. */
  encode(from: number, to: number, limit: number): number
  size(): number
  end(): Uint8Array
}

/** Writes one row of the vectors. */
export type RowWriter = (sink: Sink, vectors: readonly OpenVector[], row: number) => void

export function encoderOf(encoding: RowEncoding, columns: readonly EncodedColumn[]): Encoder {
  const sink = createSink()
  const write = writerOf(encoding, columns)
  const list = encoding.kind === 'rows'
  let vectors: readonly OpenVector[] = []
  let first = true
  return {
    begin: () => {
      first = true
      if (list) sink.byte(0x5b)
    },
    look: (chunk) => {
      const size = duckdb.data_chunk_get_size(chunk)
      vectors = columns.map(({ type }, i) => openVector(duckdb.data_chunk_get_vector(chunk, i), type, size))
    },
    encode: (from, to, limit) => {
      for (let row = from; row < to; row += 1) {
        if (sink.length() >= limit) return row - from
        if (list && !first) sink.byte(0x2c)
        first = false
        write(sink, vectors, row)
      }
      return to - from
    },
    size: sink.length,
    end: () => {
      if (list) sink.byte(0x5d)
      return sink.take()
    },
  }
}

function writerOf(encoding: RowEncoding, columns: readonly EncodedColumn[]): RowWriter {
  switch (encoding.kind) {
    case 'pgwire':
      return pgwireWriter(columns, encoding.formats)
    case 'csv':
      return csvWriter
    case 'rows':
      return (sink, vectors, row) => sink.text(`[${vectors.map((vector) => jsonOf(vector, row)).join(',')}]`)
    case 'ndjson': {
      const names = columns.map(({ name }) => JSON.stringify(name))
      return (sink, vectors, row) => sink.text(`{${vectors.map((vector, i) => `${names[i]}:${jsonOf(vector, row)}`).join(',')}}\n`)
    }
  }
}
