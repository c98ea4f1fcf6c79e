// Values in PostgreSQL's binary form: the engine's memory is little-endian, the wire is big-endian, and PostgreSQL counts
// days and microseconds from 2000-01-01.

import { EPOCH_MICROS, postgresDays, postgresMicros } from './binary.ts'
import { BASE, NEGATIVE, padding, putNumeric, SMALL } from './numeric.ts'
import { integersFor, numbersFor } from './placed.ts'
import type { Placing } from './placed.ts'
import { readWholes } from './placed-numbers.ts'
import { Sink } from './sink.ts'
import type { TimestampKind } from './spelling.ts'
import { integerAt } from './vector.ts'
import type { OpenVector } from './vector.ts'

/** Values of two, four or eight bytes as they are, turned. */
export function turned(width: 2 | 4 | 8): Placing {
  let data: DataView
  return {
    look: (vector) => { data = vector.data },
    measure: allOf(width),
    put({ view }, at, lengths, from, to) {
      for (let row = from; row < to; row += 1) {
        const length = lengths[row] as number
        const place = (at[row] as number) + 4
        view.setInt32(place - 4, length)
        if (length < 0) {
          at[row] = place
          continue
        }
        at[row] = place + width
        if (width === 2) view.setUint16(place, data.getUint16(row * 2, true))
        else if (width === 4) view.setUint32(place, data.getUint32(row * 4, true))
        else {
          view.setUint32(place, data.getUint32(row * 8 + 4, true))
          view.setUint32(place + 4, data.getUint32(row * 8, true))
        }
      }
    },
  }
}

export function binaryBooleans(): Placing {
  let bytes: Uint8Array
  return {
    look: (vector) => { bytes = vector.bytes },
    measure: allOf(1),
    put({ view }, at, lengths, from, to) {
      for (let row = from; row < to; row += 1) {
        const length = lengths[row] as number
        const place = (at[row] as number) + 4
        view.setInt32(place - 4, length)
        if (length > 0) view.setUint8(place, bytes[row] as number)
        at[row] = length > 0 ? place + 1 : place
      }
    },
  }
}

export function binaryDates(): Placing {
  let data: DataView
  return {
    look: (vector) => { data = vector.data },
    measure: allOf(4),
    put({ view }, at, lengths, from, to) {
      for (let row = from; row < to; row += 1) {
        const length = lengths[row] as number
        const place = (at[row] as number) + 4
        view.setInt32(place - 4, length)
        if (length > 0) view.setInt32(place, postgresDays(data.getInt32(row * 4, true)))
        at[row] = length > 0 ? place + 4 : place
      }
    },
  }
}

/** Of microseconds, whether or not the instant is known. */
export function binaryTimestamps(kind: TimestampKind): Placing {
  let values: Float64Array<ArrayBuffer> = new Float64Array(0)
  let data: DataView
  return {
    look(vector) {
      data = vector.data
      values = numbersFor(values, vector.size)
      readWholes(vector, values)
    },
    measure: allOf(8),
    put({ view }, at, lengths, from, to) {
      for (let row = from; row < to; row += 1) {
        const length = lengths[row] as number
        const place = (at[row] as number) + 4
        view.setInt32(place - 4, length)
        if (length < 0) {
          at[row] = place
          continue
        }
        at[row] = place + 8
        const value = (values[row] as number) - EPOCH_MICROS
        if (value !== value) view.setBigInt64(place, postgresMicros(data.getBigInt64(row * 8, true), kind))
        else {
          const high = Math.floor(value / 0x1_0000_0000)
          view.setInt32(place, high)
          view.setUint32(place + 4, value - high * 0x1_0000_0000)
        }
      }
    },
  }
}

/** Groups of four decimal digits behind eight bytes of head. */
export function numerics({ scale }: { readonly scale: number }): Placing {
  const raised = 10 ** padding(scale)
  const fraction = Math.ceil(scale / 4)
  let values: Float64Array<ArrayBuffer> = new Float64Array(0)
  /** How many groups each has before those at its end that are zero are left out; -1 where it was put aside. */
  let groups: Int32Array<ArrayBuffer> = new Int32Array(0)
  let starts: Int32Array<ArrayBuffer> = new Int32Array(0)
  const aside = new Sink()
  let opened: OpenVector
  return {
    look(vector) {
      opened = vector
      values = numbersFor(values, vector.size)
      groups = integersFor(groups, vector.size)
      starts = integersFor(starts, vector.size)
      readWholes(vector, values)
    },
    measure(lengths, from, to) {
      aside.rewind()
      for (let row = from; row < to; row += 1) {
        const size = Math.abs(values[row] as number)
        if (!(size <= SMALL)) {
          groups[row] = -1
          starts[row] = aside.at
          putNumeric(aside, integerAt(opened, row), scale)
          lengths[row] = aside.at - (starts[row] as number)
          continue
        }
        let left = size * raised
        let count = 0
        let zeros = 0
        while (left > 0) {
          const next = Math.floor(left / BASE)
          if (count === zeros && left === next * BASE) zeros += 1
          count += 1
          left = next
        }
        groups[row] = count
        lengths[row] = 8 + (count - zeros) * 2
      }
      return to
    },
    put({ view, bytes }, at, lengths, from, to) {
      for (let row = from; row < to; row += 1) {
        const length = lengths[row] as number
        const place = (at[row] as number) + 4
        view.setInt32(place - 4, length)
        if (length < 0) {
          at[row] = place
          continue
        }
        at[row] = place + length
        const count = groups[row] as number
        if (count < 0) {
          bytes.set(aside.bytes.subarray(starts[row] as number, (starts[row] as number) + length), place)
          continue
        }
        const value = values[row] as number
        const kept = (length - 8) >> 1
        view.setInt16(place, kept)
        view.setInt16(place + 2, count === 0 ? 0 : count - 1 - fraction)
        view.setInt16(place + 4, value < 0 ? NEGATIVE : 0)
        view.setInt16(place + 6, scale)
        let left = Math.abs(value) * raised
        for (let i = count - 1; i >= 0; i -= 1) {
          const next = Math.floor(left / BASE)
          if (i < kept) view.setInt16(place + 8 + i * 2, left - next * BASE)
          left = next
        }
      }
    },
  }
}

const allOf = (width: number): Placing['measure'] => (lengths, from, to) => {
  lengths.fill(width, from, to)
  return to
}
