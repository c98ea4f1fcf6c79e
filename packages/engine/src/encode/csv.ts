// RFC 4180 with lines that end in LF: a field stands in quotes where it needs them; null is an empty field, and an empty
// text is "" so that the two differ.

import { textWriter } from './column-writer.ts'
import { isScalar } from './is-scalar.ts'
import type { Sink } from './sink.ts'
import { isNull } from './vector.ts'
import type { OpenVector } from './vector.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

export function csvRows(vectors: readonly OpenVector[], size: number) {
  const writers = vectors.map((vector) => fieldWriter(vector, size))
  return (sink: Sink, row: number): void => {
    for (let i = 0; i < writers.length; i += 1) {
      if (i > 0) sink.byte(COMMA)
      if (!isNull(vectors[i] as OpenVector, row)) (writers[i] as (sink: Sink, row: number) => void)(sink, row)
    }
    sink.byte(LINE_FEED)
  }
}

// Numbers, dates and the like never need quotes.
function fieldWriter(vector: OpenVector, size: number): (sink: Sink, row: number) => void {
  const { kind } = vector.type
  if (kind === 'boolean') return (sink, row) => sink.ascii(vector.bytes[row] === 0 ? 'false' : 'true')
  const write = textWriter(vector, size)
  if (isScalar(vector.type) && kind !== 'text' && kind !== 'json' && kind !== 'enum') return write
  return (sink, row) => {
    const from = sink.at
    write(sink, row)
    quoteFrom(sink, from)
  }
}

function quoteFrom(sink: Sink, from: number): void {
  const { bytes, at } = sink
  let needed = at === from
  for (let i = from; i < at && !needed; i += 1) {
    const byte = bytes[i]
    needed = byte === QUOTE || byte === COMMA || byte === LINE_FEED || byte === CARRIAGE_RETURN
  }
  if (!needed) return
  const text = Buffer.from(bytes.subarray(from, at))
  sink.at = from
  sink.byte(QUOTE)
  for (const byte of text) {
    if (byte === QUOTE) sink.byte(QUOTE)
    sink.byte(byte)
  }
  sink.byte(QUOTE)
}
