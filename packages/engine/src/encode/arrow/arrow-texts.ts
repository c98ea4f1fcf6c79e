// Texts and bytes: where each ends, and all of them one behind the other.

import type { PutValue } from '../column-writer.ts'
import { Sink } from '../sink.ts'
import { openTexts } from '../text-column.ts'
import type { TextColumn } from '../text-column.ts'
import { validityOf } from '../vector.ts'
import type { OpenVector } from '../vector.ts'
import { both, isSet, Presence } from './arrow-column.ts'
import type { ArrowColumn } from './arrow-column.ts'

/** Offsets of a column with values of any length, from 0. */
export class Offsets {
  private readonly sink = new Sink()
  private count = 0

  begin(): void {
    this.sink.rewind()
    this.sink.room(4)
    this.sink.view.setInt32(0, 0, true)
    this.count = 1
  }

  /** Makes room for so many more, and answers where they go. */
  room(count: number): DataView {
    this.sink.at = this.count * 4
    this.sink.room(count * 4)
    return this.sink.view
  }

  /** The next one goes to this byte. */
  get at(): number {
    return this.count * 4
  }

  added(count: number): void {
    this.count += count
  }

  get last(): number {
    return this.sink.view.getInt32((this.count - 1) * 4, true)
  }

  buffer(): Uint8Array {
    return this.sink.bytes.subarray(0, this.count * 4)
  }
}

/** Texts and blobs, copied from the engine's memory as they are. */
export function texts(): ArrowColumn {
  const [presence, offsets, data] = [new Presence(), new Offsets(), new Sink()]
  let column: TextColumn | undefined
  let validity: Uint8Array | undefined
  return {
    begin() {
      presence.begin()
      offsets.begin()
      data.rewind()
    },
    look(vector, shown) {
      column = openTexts(vector, vector.size, column)
      validity = both(validityOf(vector), shown)
      if (shown !== undefined) hide(column, shown, vector.size)
    },
    cost(from, to) {
      const { length } = column as TextColumn
      let bytes = (to - from) * 4
      for (let row = from; row < to; row += 1) bytes += length[row] as number
      return bytes
    },
    append(from, to) {
      const { views, run, from: start, length } = column as TextColumn
      presence.append(validity, from, to)
      let total = 0
      for (let row = from; row < to; row += 1) total += length[row] as number
      // Short ones are copied in whole words.
      data.room(total + SLACK)
      const { view, bytes } = data
      const ends = offsets.room(to - from)
      let [at, place] = [data.at, offsets.at]
      let current = -1
      let source = views[0] as DataView
      for (let row = from; row < to; row += 1) {
        const size = length[row] as number
        const own = run[row] as number
        if (own !== current) {
          current = own
          source = views[own] as DataView
        }
        if (own === 0) {
          // In the vector itself, where twelve bytes always follow.
          const here = start[row] as number
          if (size > 0) view.setInt32(at, source.getInt32(here))
          if (size > 4) view.setInt32(at + 4, source.getInt32(here + 4))
          if (size > 8) view.setInt32(at + 8, source.getInt32(here + 8))
        } else copyFar(source, start[row] as number, view, bytes, at, size)
        at += size
        ends.setInt32(place, at, true)
        place += 4
      }
      data.at = at
      offsets.added(to - from)
    },
    give(nodes, buffers) {
      nodes.push(presence.node())
      buffers.push(presence.buffer(), offsets.buffer(), data.bytes.subarray(0, data.at))
    },
  }
}

const SLACK = 16

/** A native call costs more than to copy so much here. */
const SHORT = 128

function copyFar(source: DataView, from: number, view: DataView, bytes: Uint8Array, at: number, size: number): void {
  if (size > SHORT) {
    bytes.set(new Uint8Array(source.buffer, source.byteOffset + from, size), at)
    return
  }
  let i = 0
  for (; i + 8 <= size; i += 8) view.setFloat64(at + i, source.getFloat64(from + i))
  for (; i < size; i += 1) view.setUint8(at + i, source.getUint8(from + i))
}

function hide({ length, run }: TextColumn, shown: Uint8Array, size: number): void {
  for (let row = 0; row < size; row += 1) {
    if (isSet(shown, row)) continue
    length[row] = 0
    run[row] = 0
  }
}

/** About as long as such a text is. */
const SPELLED = 40
/** What is put aside at a time to see how much it is. */
const ASIDE = 1 << 22

/** Values that a writer spells. `isBounded` where no text of them is long. */
export function spelled(writerOf: (vector: OpenVector, size: number) => PutValue, isBounded: boolean): ArrowColumn {
  const [presence, offsets, data, aside] = [new Presence(), new Offsets(), new Sink(), new Sink()]
  let validity: Uint8Array | undefined
  let write: PutValue
  return {
    begin() {
      presence.begin()
      offsets.begin()
      data.rewind()
    },
    look(vector, shown) {
      validity = both(validityOf(vector), shown)
      write = writerOf(vector, vector.size)
    },
    cost(from, to) {
      if (isBounded) return (to - from) * SPELLED
      aside.rewind()
      for (let row = from; row < to && aside.at < ASIDE; row += 1) if (validity === undefined || isSet(validity, row)) write(aside, row)
      return aside.at
    },
    append(from, to) {
      presence.append(validity, from, to)
      const ends = offsets.room(to - from)
      let place = offsets.at
      for (let row = from; row < to; row += 1, place += 4) {
        if (validity === undefined || isSet(validity, row)) write(data, row)
        ends.setInt32(place, data.at, true)
      }
      offsets.added(to - from)
    },
    give(nodes, buffers) {
      nodes.push(presence.node())
      buffers.push(presence.buffer(), offsets.buffer(), data.bytes.subarray(0, data.at))
    },
  }
}
