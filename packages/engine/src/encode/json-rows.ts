// Rows as JSON: an object per line, or arrays.

import { jsonWriter } from './column-writer.ts'
import type { Sink } from './sink.ts'
import type { EncodedColumn } from './types.ts'
import { isNull } from './vector.ts'
import type { OpenVector } from './vector.ts'

type PutRow = (sink: Sink, row: number) => void

/** `{"a":1,"b":"x"}` and a line feed. */
export function jsonLines(columns: readonly EncodedColumn[]) {
  const heads = columns.map(({ name }, i) => Buffer.from(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`))
  return (vectors: readonly OpenVector[], size: number): PutRow => valuesWriter(vectors, size, heads, columns.length === 0 ? '{}\n' : '}\n')
}

/** `[1,"x"]`. */
export function jsonRows(vectors: readonly OpenVector[], size: number): PutRow {
  return valuesWriter(vectors, size, vectors.map((_, i) => Buffer.from(i === 0 ? '[' : ',')), vectors.length === 0 ? '[]' : ']')
}

function valuesWriter(vectors: readonly OpenVector[], size: number, heads: readonly Uint8Array[], tail: string): PutRow {
  const writers = vectors.map((vector) => jsonWriter(vector, size))
  return (sink, row) => {
    for (let i = 0; i < writers.length; i += 1) {
      const head = heads[i] as Uint8Array
      sink.part(head, 0, head.length)
      if (isNull(vectors[i] as OpenVector, row)) sink.ascii('null')
      else (writers[i] as PutRow)(sink, row)
    }
    sink.ascii(tail)
  }
}
