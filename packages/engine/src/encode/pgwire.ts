// DataRow messages of PostgreSQL's protocol 3.0, each column as text or binary.

import { binaryWriter } from './binary.ts'
import { textWriter } from './column-writer.ts'
import { placedColumn } from './placed.ts'
import type { PlacedColumn, Placing } from './placed.ts'
import { binaryBooleans, binaryDates, binaryTimestamps, numerics, turned } from './placed-binary.ts'
import { decimals, floats, wholeNumbers } from './placed-numbers.ts'
import { anything, texts } from './placed-texts.ts'
import { booleans, dates, timestamps } from './placed-times.ts'
import type { PutRows } from './row-form.ts'
import type { ColumnType, EncodedColumn } from './types.ts'
import { widthOf } from './vector.ts'
import type { OpenVector } from './vector.ts'

const DATA_ROW = 0x44
const TEXT = 0
/** Tag, length of the message, number of columns. */
const HEAD = 7

/** A single format stands for all columns, as in Bind; none means text. */
export function pgwireRows(formats: readonly (0 | 1)[], types: readonly EncodedColumn[]): (vectors: readonly OpenVector[], size: number) => PutRows {
  const columns: readonly PlacedColumn[] = types.map(({ type }, i) => {
    const format = (formats.length === 1 ? formats[0] : formats[i]) ?? TEXT
    return placedColumn(format === TEXT ? textPlacing(type) : binaryPlacing(type))
  })
  let starts = new Int32Array(0)
  let at = new Int32Array(0)
  return (vectors, size) => {
    if (starts.length < size) {
      starts = new Int32Array(size)
      at = new Int32Array(size)
    }
    for (const [i, column] of columns.entries()) column.look(vectors[i] as OpenVector)
    return (sink, from, to, limit) => {
      let end = to
      for (const column of columns) end = column.measure(from, end)
      starts.fill(HEAD + columns.length * 4, from, end)
      for (const column of columns) addLengths(starts, column.lengths(), from, end)
      const fitting = placeRows(starts, at, from, end, sink.at, limit)
      if (fitting === from) return 0
      const before = sink.at
      const after = (starts[fitting - 1] as number) + (at[fitting - 1] as number)
      sink.room(after - before)
      putHeads(sink.view, starts, at, from, fitting, columns.length)
      for (const column of columns) column.put(sink, at, from, fitting)
      sink.at = after
      return fitting - from
    }
  }
}

function addLengths(sums: Int32Array, lengths: Int32Array, from: number, to: number): void {
  for (let row = from; row < to; row += 1) {
    const length = lengths[row] as number
    if (length > 0) sums[row] = (sums[row] as number) + length
  }
}

/** Turns sizes into places: `starts` says where each row begins, `at` how long it is. Answers where the limit was reached. */
function placeRows(starts: Int32Array, at: Int32Array, from: number, to: number, first: number, limit: number): number {
  let place = first
  let row = from
  for (; row < to && place < limit; row += 1) {
    const size = starts[row] as number
    at[row] = size
    starts[row] = place
    place += size
  }
  return row
}

// The message's length does not count its tag. `at` becomes the place of the first value.
function putHeads(view: DataView, starts: Int32Array, at: Int32Array, from: number, to: number, columns: number): void {
  for (let row = from; row < to; row += 1) {
    const place = starts[row] as number
    view.setUint8(place, DATA_ROW)
    view.setInt32(place + 1, (at[row] as number) - 1)
    view.setInt16(place + 5, columns)
    at[row] = place + HEAD
  }
}

function textPlacing(type: ColumnType): Placing {
  switch (type.kind) {
    case 'boolean':
      return booleans()
    case 'tinyint': case 'smallint': case 'integer': case 'bigint': case 'utinyint': case 'usmallint': case 'uinteger':
      return wholeNumbers()
    case 'decimal':
      return widthOf(type) <= 8 ? decimals(type) : anything(textWriter)
    case 'double':
      return floats(64)
    case 'float':
      return floats(32)
    case 'date':
      return dates()
    case 'timestamp':
      return timestamps('')
    case 'timestamptz':
      return timestamps('+00')
    case 'text': case 'json':
      return texts()
    default:
      return anything(textWriter)
  }
}

function binaryPlacing(type: ColumnType): Placing {
  switch (type.kind) {
    case 'boolean':
      return binaryBooleans()
    case 'smallint': case 'integer': case 'bigint': case 'float': case 'double': case 'time':
      return turned(widthOf(type) as 2 | 4 | 8)
    case 'decimal':
      return widthOf(type) <= 8 ? numerics(type) : anything(binaryWriter)
    case 'date':
      return binaryDates()
    case 'timestamp': case 'timestamptz':
      return binaryTimestamps(type.kind)
    case 'text': case 'json': case 'blob':
      return texts()
    default:
      return anything(binaryWriter)
  }
}
