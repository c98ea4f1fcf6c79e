// Rows of a result as bytes, in the form their reader asked for.

import duckdb from '@duckdb/node-bindings'
import type { DataChunk } from '@duckdb/node-bindings'
import type { RowEncoding } from '../types.ts'
import { copyRows } from './copy.ts'
import { csvRows } from './csv.ts'
import { jsonLines, jsonRows } from './json-rows.ts'
import { pgwireRows } from './pgwire.ts'
import { Sink } from './sink.ts'
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

/** Writes a row of the chunk that it was made for. */
export type PutRow = (sink: Sink, row: number) => void

/** A form of rows: what stands before, between and after them, and how the rows of a chunk are written. */
export interface RowForm {
  readonly open: string
  readonly between: string
  readonly close: string
  readonly rows: (vectors: readonly OpenVector[], size: number) => PutRow
}

export function encoderOf(encoding: RowEncoding, columns: readonly EncodedColumn[]): Encoder {
  const sink = new Sink()
  const { open, between, close, rows } = formOf(encoding, columns)
  let put: PutRow = () => undefined
  let first = true
  return {
    begin: () => {
      first = true
      sink.ascii(open)
    },
    look: (chunk) => {
      const size = duckdb.data_chunk_get_size(chunk)
      put = rows(columns.map(({ type }, i) => openVector(duckdb.data_chunk_get_vector(chunk, i), type, size)), size)
    },
    encode: (from, to, limit) => {
      for (let row = from; row < to; row += 1) {
        if (sink.at >= limit) return row - from
        if (!first && between !== '') sink.ascii(between)
        first = false
        put(sink, row)
      }
      return to - from
    },
    size: () => sink.at,
    end: () => {
      sink.ascii(close)
      return sink.take()
    },
  }
}

function formOf(encoding: RowEncoding, columns: readonly EncodedColumn[]): RowForm {
  switch (encoding.kind) {
    case 'pgwire':
      return { open: '', between: '', close: '', rows: pgwireRows(encoding.formats) }
    case 'copy':
      return { open: '', between: '', close: '', rows: copyRows(encoding.form) }
    case 'csv':
      return { open: '', between: '', close: '', rows: csvRows }
    case 'ndjson':
      return { open: '', between: '', close: '', rows: jsonLines(columns) }
    case 'rows':
      return { open: '[', between: ',', close: ']', rows: jsonRows }
  }
}
