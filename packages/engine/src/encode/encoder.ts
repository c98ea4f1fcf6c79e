// Rows of a result as bytes, in the form their reader asked for.

import duckdb from '@duckdb/node-bindings'
import type { RowEncoding } from '../types.ts'
import { arrowEncoder } from './arrow/arrow.ts'
import { copyRows } from './copy.ts'
import { csvRows } from './csv.ts'
import type { Encoder } from './encoder-type.ts'
import { jsonLines, jsonRows } from './json-rows.ts'
import { pgwireRows } from './pgwire.ts'
import { rowByRow } from './row-form.ts'
import type { PutRows, RowForm } from './row-form.ts'
import { Sink } from './sink.ts'
import type { EncodedColumn } from './types.ts'
import { openVector } from './vector.ts'

export function encoderOf(encoding: RowEncoding, columns: readonly EncodedColumn[]): Encoder {
  if (encoding.kind === 'arrow') return arrowEncoder(columns)
  const sink = new Sink()
  const form = formOf(encoding, columns)
  let put: PutRows = () => 0
  return {
    begin: () => {
      sink.rewind()
      form.begin?.()
      sink.ascii(form.open)
    },
    look: (chunk) => {
      const size = duckdb.data_chunk_get_size(chunk)
      put = form.rows(columns.map(({ type }, i) => openVector(duckdb.data_chunk_get_vector(chunk, i), type, size)), size)
    },
    encode: (from, to, limit) => put(sink, from, to, limit),
    size: () => sink.at,
    end: () => {
      sink.ascii(form.close)
      return sink.bytes.subarray(0, sink.at)
    },
  }
}

function formOf(encoding: Exclude<RowEncoding, { kind: 'arrow' }>, columns: readonly EncodedColumn[]): RowForm {
  switch (encoding.kind) {
    case 'pgwire':
      return { open: '', close: '', rows: pgwireRows(encoding.formats, columns) }
    case 'copy':
      return rowByRow({ rows: copyRows(encoding.form) })
    case 'csv':
      return rowByRow({ rows: csvRows })
    case 'ndjson':
      return rowByRow({ rows: jsonLines(columns) })
    case 'rows':
      return rowByRow({ open: '[', between: ',', close: ']', rows: jsonRows })
  }
}
