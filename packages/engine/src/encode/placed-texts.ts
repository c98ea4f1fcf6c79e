// Texts, whose bytes are copied from the engine's memory as they are, and all that has no faster way: values that a
// writer of single ones puts aside first.

import type { PutValue } from './column-writer.ts'
import type { Placing } from './placed.ts'
import { Sink } from './sink.ts'
import { openTexts } from './text-column.ts'
import type { TextColumn } from './text-column.ts'
import type { OpenVector } from './vector.ts'

export function texts(): Placing {
  let column: TextColumn | undefined
  return {
    look: (vector) => { column = openTexts(vector, vector.size, column) },
    measure(lengths, from, to) {
      const { length } = column as TextColumn
      for (let row = from; row < to; row += 1) lengths[row] = length[row] as number
      return to
    },
    put(sink, at, lengths, from, to) {
      const { views, run, from: start } = column as TextColumn
      const { view } = sink
      let current = -1
      let source = views[0] as DataView
      for (let row = from; row < to; row += 1) {
        const length = lengths[row] as number
        const place = (at[row] as number) + 4
        view.setInt32(place - 4, length)
        if (length < 0) {
          at[row] = place
          continue
        }
        at[row] = place + length
        const own = run[row] as number
        if (own !== current) {
          current = own
          source = views[own] as DataView
        }
        if (length <= SHORT) copyShort(source, start[row] as number, view, place, length)
        else sink.bytes.set(new Uint8Array(source.buffer, source.byteOffset + (start[row] as number), length), place)
      }
    },
  }
}

/** A native call costs more than to copy so much here. */
const SHORT = 128

function copyShort(source: DataView, from: number, target: DataView, to: number, length: number): void {
  let i = 0
  for (; i + 8 <= length; i += 8) target.setBigUint64(to + i, source.getBigUint64(from + i))
  if (i + 4 <= length) {
    target.setUint32(to + i, source.getUint32(from + i))
    i += 4
  }
  for (; i < length; i += 1) target.setUint8(to + i, source.getUint8(from + i))
}

/** What is put aside at a time; a single value may be larger. */
const ASIDE = 1 << 22

export function anything(writerOf: (vector: OpenVector, size: number) => PutValue): Placing {
  const aside = new Sink()
  let starts = new Int32Array(0)
  let write: PutValue
  let opened: OpenVector
  return {
    look(vector) {
      opened = vector
      write = writerOf(vector, vector.size)
      if (starts.length < vector.size) starts = new Int32Array(vector.size)
    },
    measure(lengths, from, to) {
      const { validity } = opened
      aside.rewind()
      for (let row = from; row < to; row += 1) {
        if (aside.at > ASIDE) return row
        starts[row] = aside.at
        // What lies under no value is nothing that may be read.
        if (opened.type.kind === 'null' || (validity !== undefined && ((validity[row >> 3] as number) & (1 << (row & 7))) === 0)) continue
        write(aside, row)
        lengths[row] = aside.at - (starts[row] as number)
      }
      return to
    },
    put({ view, bytes }, at, lengths, from, to) {
      const source = aside.view
      for (let row = from; row < to; row += 1) {
        const length = lengths[row] as number
        const place = (at[row] as number) + 4
        view.setInt32(place - 4, length)
        if (length < 0) {
          at[row] = place
          continue
        }
        at[row] = place + length
        const start = starts[row] as number
        if (length <= SHORT) copyShort(source, start, view, place, length)
        else bytes.set(aside.bytes.subarray(start, start + length), place)
      }
    },
  }
}
