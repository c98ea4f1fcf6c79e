// Values of a column, gathered from chunks of the engine until a record batch is full. Arrow and the engine keep most kinds
// alike, so they are copied in runs.

import { Sink } from '../sink.ts'
import { validityOf } from '../vector.ts'
import type { OpenVector } from '../vector.ts'
import type { FieldNode } from './arrow-message.ts'

export interface ArrowColumn {
  /** Begins a batch. */
  begin(): void
  /** Lays its vector of the next chunk open. Rows whose bit in `shown` is not set have no value, whatever the vector has. */
  look(vector: OpenVector, shown?: Uint8Array): void
  /** About how many bytes rows of the vector take. */
  cost(from: number, to: number): number
  append(from: number, to: number): void
  /** Adds what the batch is made of. */
  give(nodes: FieldNode[], buffers: Uint8Array[]): void
}

/** Which values there are: a bit each, the lowest first, as in the engine. */
export class Presence {
  length = 0
  nulls = 0
  private bits = new Uint8Array(1024)

  begin(): void {
    this.length = 0
    this.nulls = 0
  }

  append(validity: Uint8Array | undefined, from: number, to: number): void {
    const count = to - from
    const end = this.length + count
    if (end > this.bits.length * 8) this.grow(Math.ceil(end / 8))
    const { bits } = this
    let at = this.length
    let row = from
    // Whole bytes at once; every bit is set or cleared, since older batches left theirs.
    if ((at & 7) === (row & 7)) {
      for (; row < to && (at & 7) !== 0; row += 1, at += 1) this.put(at, validity === undefined || isSet(validity, row))
      const bytes = (to - row) >> 3
      if (validity === undefined) bits.fill(0xff, at >> 3, (at >> 3) + bytes)
      else bits.set(validity.subarray(row >> 3, (row >> 3) + bytes), at >> 3)
      row += bytes * 8
      at += bytes * 8
    }
    for (; row < to; row += 1, at += 1) this.put(at, validity === undefined || isSet(validity, row))
    if (validity !== undefined) this.nulls += count - countSet(bits, this.length, end)
    this.length = end
  }

  node(): FieldNode {
    return { length: this.length, nulls: this.nulls }
  }

  /** Empty where all are there. */
  buffer(): Uint8Array {
    if (this.nulls === 0) return NOTHING
    const bytes = this.bits.subarray(0, Math.ceil(this.length / 8))
    const last = this.length & 7
    if (last !== 0) bytes[bytes.length - 1] = (bytes.at(-1) as number) & ((1 << last) - 1)
    return bytes
  }

  private put(at: number, there: boolean): void {
    const byte = this.bits[at >> 3] as number
    this.bits[at >> 3] = there ? byte | (1 << (at & 7)) : byte & ~(1 << (at & 7))
  }

  private grow(bytes: number): void {
    const larger = new Uint8Array(Math.max(bytes, this.bits.length * 2))
    larger.set(this.bits)
    this.bits = larger
  }
}

export const NOTHING = new Uint8Array(0)

export const isSet = (bits: Uint8Array, row: number): boolean => ((bits[row >> 3] as number) & (1 << (row & 7))) !== 0

/** The rows that both show. */
export function both(own: Uint8Array | undefined, shown: Uint8Array | undefined): Uint8Array | undefined {
  if (own === undefined || shown === undefined) return own ?? shown
  return own.map((bits, i) => bits & (shown[i] ?? 0))
}

const SET_BITS = Uint8Array.from({ length: 256 }, (_, byte) => [1, 2, 4, 8, 16, 32, 64, 128].filter((bit) => (byte & bit) !== 0).length)

function countSet(bits: Uint8Array, from: number, to: number): number {
  let count = 0
  let at = from
  for (; at < to && (at & 7) !== 0; at += 1) if (isSet(bits, at)) count += 1
  for (; at + 8 <= to; at += 8) count += SET_BITS[bits[at >> 3] as number] as number
  for (; at < to; at += 1) if (isSet(bits, at)) count += 1
  return count
}

/** A column of nothing but nulls has no memory at all. */
export function nulls(): ArrowColumn {
  let length = 0
  return {
    begin: () => { length = 0 },
    look: () => undefined,
    cost: () => 0,
    append: (from, to) => { length += to - from },
    give: (nodes) => void nodes.push({ length, nulls: length }),
  }
}

/** Writes the values of rows where the sink stands; room is made. What it writes of a row without a value is wiped. */
type PutFixed = (sink: Sink, vector: OpenVector, from: number, to: number, validity: Uint8Array | undefined) => void

/** Values of `width` bytes each. INVARIANT: under a null there are zeros: what the engine left there may be a hidden value. */
export function fixed(width: number, put: PutFixed = copied(width)): ArrowColumn {
  const presence = new Presence()
  const data = new Sink()
  let opened: OpenVector
  let validity: Uint8Array | undefined
  return {
    begin() {
      presence.begin()
      data.rewind()
    },
    look(vector, shown) {
      opened = vector
      validity = both(validityOf(vector), shown)
    },
    cost: (from, to) => (to - from) * width,
    append(from, to) {
      presence.append(validity, from, to)
      data.room((to - from) * width)
      const at = data.at
      put(data, opened, from, to, validity)
      data.at = at + (to - from) * width
      if (validity !== undefined) wipe(data, validity, at, width, from, to)
    },
    give(nodes, buffers) {
      nodes.push(presence.node())
      buffers.push(presence.buffer(), data.bytes.subarray(0, data.at))
    },
  }
}

function wipe({ bytes }: Sink, validity: Uint8Array, at: number, width: number, from: number, to: number): void {
  for (let row = from; row < to; row += 1) {
    if (isSet(validity, row)) continue
    const place = at + (row - from) * width
    for (let i = 0; i < width; i += 1) bytes[place + i] = 0
  }
}

const copied = (width: number): PutFixed => (sink, { bytes }, from, to) => {
  sink.bytes.set(bytes.subarray(from * width, to * width), sink.at)
}

/** A bit each, the lowest first. */
export function booleans(): ArrowColumn {
  const [presence, values] = [new Presence(), new Presence()]
  let validity: Uint8Array | undefined
  let packed: Uint8Array = NOTHING
  return {
    begin() {
      presence.begin()
      values.begin()
    },
    look(vector, shown) {
      const { size, bytes } = vector
      validity = both(validityOf(vector), shown)
      packed = new Uint8Array(Math.ceil(size / 8))
      for (let row = 0; row < size; row += 1) {
        if (bytes[row] !== 0 && (validity === undefined || isSet(validity, row))) packed[row >> 3] = (packed[row >> 3] as number) | (1 << (row & 7))
      }
    },
    cost: (from, to) => Math.ceil((to - from) / 8),
    append(from, to) {
      presence.append(validity, from, to)
      values.append(packed, from, to)
    },
    give(nodes, buffers) {
      nodes.push(presence.node())
      // Where every bit is set, `buffer` leaves them out.
      buffers.push(presence.buffer(), values.nulls === 0 ? new Uint8Array(Math.ceil(values.length / 8)).fill(0xff) : values.buffer())
    },
  }
}

/** Whole numbers of any width as Arrow's 128 bits. */
export function widened(bytes: 2 | 4 | 8): PutFixed {
  return ({ view, at }, { data }, from, to) => {
    for (let row = from, place = at; row < to; row += 1, place += 16) {
      const low = bytes === 2 ? data.getInt16(row * 2, true) : data.getInt32(row * bytes, true)
      const high = bytes === 8 ? data.getInt32(row * 8 + 4, true) : low >> 31
      view.setInt32(place, low, true)
      view.setInt32(place + 4, high, true)
      view.setInt32(place + 8, high >> 31, true)
      view.setInt32(place + 12, high >> 31, true)
    }
  }
}

const LARGEST_DECIMAL = 10n ** 38n

/** Numbers of 128 bits, of which Arrow's decimal has 38 digits. */
export const hugeNumbers = (isSigned: boolean): PutFixed => ({ view, at }, { data }, from, to, validity) => {
  for (let row = from, place = at; row < to; row += 1, place += 16) {
    const [low, high] = [data.getBigUint64(row * 16, true), isSigned ? data.getBigInt64(row * 16 + 8, true) : data.getBigUint64(row * 16 + 8, true)]
    view.setBigUint64(place, low, true)
    view.setBigInt64(place + 8, BigInt.asIntN(64, high), true)
    const value = (high << 64n) | low
    if ((value >= LARGEST_DECIMAL || value <= -LARGEST_DECIMAL) && (validity === undefined || isSet(validity, row))) throw new Error('Out of Range Error: a number of 39 digits has no place in Arrow; cast it to DOUBLE or VARCHAR')
  }
}

const MOST_MICROSECONDS = 9_223_372_036_854_775n

/** Months, days and microseconds as months, days and nanoseconds. */
export const intervals: PutFixed = ({ view, at }, { data }, from, to, validity) => {
  for (let row = from, place = at; row < to; row += 1, place += 16) {
    const micros = data.getBigInt64(row * 16 + 8, true)
    view.setInt32(place, data.getInt32(row * 16, true), true)
    view.setInt32(place + 4, data.getInt32(row * 16 + 4, true), true)
    view.setBigInt64(place + 8, BigInt.asIntN(64, micros * 1000n), true)
    if ((micros > MOST_MICROSECONDS || micros < -MOST_MICROSECONDS) && (validity === undefined || isSet(validity, row))) throw new Error('Out of Range Error: an interval of more than 292 years in microseconds has no place in Arrow; cast it to VARCHAR')
  }
}
