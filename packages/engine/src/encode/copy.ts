// Rows as COPY sends them: a CopyData message for each, in PostgreSQL's text, CSV or binary format, byte for byte what
// PostgreSQL itself would send.

import type { CopyForm } from '../types.ts'
import { binaryWriter } from './binary.ts'
import { textWriter } from './column-writer.ts'
import type { PutValue } from './column-writer.ts'
import { Sink } from './sink.ts'
import { isNull } from './vector.ts'
import type { OpenVector } from './vector.ts'

const COPY_DATA = 0x64
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const BACKSLASH = 0x5c
const DOT = 0x2e

/** Writes what stands in the sink from `from` on as the format wants a value of that column. */
type Guard = (sink: Sink, from: number, column: number) => void

export function copyRows(form: CopyForm) {
  return (vectors: readonly OpenVector[], size: number): PutValue => (form.format === 'binary' ? binaryRows(vectors, size) : lineRows(form, vectors, size))
}

/** One row whose values are at hand as text, or as their binary form where that is the format. */
export function copyRow(values: readonly (Uint8Array | null)[], form: CopyForm): Uint8Array {
  const sink = new Sink()
  sink.byte(COPY_DATA)
  const message = sink.hole()
  if (form.format === 'binary') {
    sink.int16(values.length)
    for (const value of values) {
      sink.int32(value?.length ?? -1)
      if (value !== null) sink.part(value, 0, value.length)
    }
  } else {
    const guard = guardOf(form, values.length)
    values.forEach((value, i) => {
      if (i > 0) sink.ascii(form.delimiter)
      const from = sink.at
      if (value === null) sink.text(form.null)
      else {
        sink.part(value, 0, value.length)
        guard(sink, from, i)
      }
    })
    sink.byte(LINE_FEED)
  }
  sink.patch(message, 4)
  return sink.take()
}

function binaryRows(vectors: readonly OpenVector[], size: number): PutValue {
  const writers = vectors.map((vector) => binaryWriter(vector, size))
  return (sink, row) => {
    sink.byte(COPY_DATA)
    const message = sink.hole()
    sink.int16(writers.length)
    for (const [i, write] of writers.entries()) {
      if (isNull(vectors[i] as OpenVector, row)) sink.int32(-1)
      else {
        const value = sink.hole()
        write(sink, row)
        sink.patch(value)
      }
    }
    sink.patch(message, 4)
  }
}

function lineRows(form: CopyLines, vectors: readonly OpenVector[], size: number): PutValue {
  const guard = guardOf(form, vectors.length)
  const writers = vectors.map((vector) => textWriter(vector, size))
  const guarded = vectors.map((vector, i) => !isPlain(vector, form) || isForced(form, i))
  const delimiter = byteOf(form.delimiter)
  return (sink, row) => {
    sink.byte(COPY_DATA)
    const message = sink.hole()
    for (let i = 0; i < writers.length; i += 1) {
      if (i > 0) sink.byte(delimiter)
      if (isNull(vectors[i] as OpenVector, row)) {
        sink.text(form.null)
        continue
      }
      const from = sink.at
      ;(writers[i] as PutValue)(sink, row)
      if (guarded[i] === true) guard(sink, from, i)
    }
    sink.byte(LINE_FEED)
    sink.patch(message, 4)
  }
}

type CopyLines = Exclude<CopyForm, { format: 'binary' }>

const byteOf = (character: string): number => character.charCodeAt(0)
const isForced = (form: CopyLines, column: number): boolean => form.format === 'csv' && (form.forceQuote === 'all' || form.forceQuote.includes(column))

const guardOf = (form: CopyLines, columns: number): Guard => (form.format === 'text' ? textGuard(form) : csvGuard(form, columns))

// Whose text is made of these characters alone needs a look only where the form gives one of them a meaning.
const PLAIN_KINDS: ReadonlySet<string> = new Set([
  'boolean', 'tinyint', 'smallint', 'integer', 'bigint', 'utinyint', 'usmallint', 'uinteger', 'ubigint', 'hugeint', 'uhugeint', 'float', 'double', 'decimal', 'uuid', 'bit',
  'date', 'time', 'time_ns', 'timetz', 'timestamp', 'timestamp_s', 'timestamp_ms', 'timestamp_ns', 'timestamptz', 'interval',
])
const PLAIN = /^[0-9A-Za-z+\-:. ]$/u
const NOT_PLAIN = /[^0-9A-Za-z+\-:. ]/u

function isPlain({ type }: OpenVector, form: CopyLines): boolean {
  if (!PLAIN_KINDS.has(type.kind) || PLAIN.test(form.delimiter)) return false
  return form.format === 'text' || (!PLAIN.test(form.quote) && (form.null === '' || NOT_PLAIN.test(form.null)))
}

const LETTERS: ReadonlyMap<number, number> = new Map([[0x08, 0x62], [0x09, 0x74], [0x0a, 0x6e], [0x0b, 0x76], [0x0c, 0x66], [0x0d, 0x72]])

function textGuard({ delimiter }: { readonly delimiter: string }): Guard {
  const special = new Uint8Array(256)
  for (const byte of [...LETTERS.keys(), BACKSLASH, byteOf(delimiter)]) special[byte] = 1
  return (sink, from) => {
    const first = find(sink, from, special)
    if (first < 0) return
    const text = Buffer.from(sink.bytes.subarray(first, sink.at))
    sink.at = first
    sink.room(text.length * 2)
    for (const byte of text) {
      if (special[byte] === 1) sink.byte(BACKSLASH)
      sink.byte(LETTERS.get(byte) ?? byte)
    }
  }
}

function csvGuard(form: CopyLines & { format: 'csv' }, columns: number): Guard {
  const [quote, escape] = [byteOf(form.quote), byteOf(form.escape)]
  const special = new Uint8Array(256)
  for (const byte of [LINE_FEED, CARRIAGE_RETURN, quote, byteOf(form.delimiter)]) special[byte] = 1
  const empty = Buffer.from(form.null)
  return (sink, from, column) => {
    const { bytes, at } = sink
    const looksNull = at - from === empty.length && empty.compare(bytes, from, at) === 0
    // By itself on a line it would end the data.
    const looksLast = columns === 1 && at - from === 2 && bytes[from] === BACKSLASH && bytes[from + 1] === DOT
    if (!looksNull && !looksLast && !isForced(form, column) && find(sink, from, special) < 0) return
    const text = Buffer.from(bytes.subarray(from, at))
    sink.at = from
    sink.room(text.length * 2 + 2)
    sink.byte(quote)
    for (const byte of text) {
      if (byte === quote || byte === escape) sink.byte(escape)
      sink.byte(byte)
    }
    sink.byte(quote)
  }
}

function find({ bytes, at }: Sink, from: number, special: Uint8Array): number {
  for (let i = from; i < at; i += 1) if (special[bytes[i] as number] === 1) return i
  return -1
}
