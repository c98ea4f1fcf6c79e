// Columns whose values are put where they belong in rows that are being made: first each column says how long its values
// are, so that every row's place is known, then each writes all of its values. A loop over one column of one kind is
// several times as fast as a call per value.

import type { Sink } from './sink.ts'
import { validityOf } from './vector.ts'
import type { OpenVector } from './vector.ts'

export interface PlacedColumn {
  /** By row of the chunk: bytes of its value, -1 where there is none. Good for rows that were measured. */
  lengths(): Int32Array
  /** Lays its vector of the next chunk open. */
  look(vector: OpenVector): void
  /** Measures rows from `from` on; answers before which it stopped, which is `to` unless they are very large. */
  measure(from: number, to: number): number
  /** Writes length and value of each row where `at` says, and moves `at` behind them. Room has been made. */
  put(sink: Sink, at: Int32Array, from: number, to: number): void
}

/** How long the values of a kind are, and how they are written. */
export interface Placing {
  look(vector: OpenVector): void
  /** Of rows without a value it may say anything. */
  measure(lengths: Int32Array, from: number, to: number): number
  put(sink: Sink, at: Int32Array, lengths: Int32Array, from: number, to: number): void
}

export function placedColumn(placing: Placing): PlacedColumn {
  let lengths = new Int32Array(0)
  let validity: Uint8Array | undefined
  return {
    lengths: () => lengths,
    look(vector) {
      if (lengths.length < vector.size) lengths = new Int32Array(vector.size)
      validity = validityOf(vector)
      placing.look(vector)
    },
    measure(from, to) {
      const end = placing.measure(lengths, from, to)
      if (validity !== undefined) markNulls(lengths, validity, from, end)
      return end
    },
    put: (sink, at, from, to) => placing.put(sink, at, lengths, from, to),
  }
}

function markNulls(lengths: Int32Array, validity: Uint8Array, from: number, to: number): void {
  for (let row = from; row < to; row += 1) if (((validity[row >> 3] as number) & (1 << (row & 7))) === 0) lengths[row] = -1
}

/** Room for a number of each row, used anew for every chunk. */
export const numbersFor = (kept: Float64Array<ArrayBuffer>, size: number): Float64Array<ArrayBuffer> => (kept.length >= size ? kept : new Float64Array(size))
export const integersFor = (kept: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> => (kept.length >= size ? kept : new Int32Array(size))

const ZERO = 0x30

/** `00` to `99` as two characters. */
const PAIRS = Uint16Array.from({ length: 100 }, (_, i) => ((ZERO + Math.floor(i / 10)) << 8) | (ZERO + (i % 10)))

export const pairOf = (value: number): number => PAIRS[value] as number

/** Writes the last `count` digits of a whole number within 2^53, so that they end before `end`. It must have no more. */
export function putDigits(view: DataView, end: number, value: number, count: number): void {
  let at = end
  let left = count
  let small = value
  if (small > 0x7fff_ffff) {
    const high = Math.floor(small / 100_000_000)
    let low = (small - high * 100_000_000) | 0
    for (let i = 0; i < 4; i += 1) {
      const next = (low / 100) | 0
      at -= 2
      view.setUint16(at, PAIRS[low - next * 100] as number)
      low = next
    }
    left -= 8
    small = high
  }
  let whole = small | 0
  while (left >= 2) {
    const next = (whole / 100) | 0
    at -= 2
    view.setUint16(at, PAIRS[whole - next * 100] as number)
    whole = next
    left -= 2
  }
  if (left === 1) view.setUint8(at - 1, ZERO + whole)
}

/** How many digits a whole number from 0 to 2^53 has. */
export function digitsOf(value: number): number {
  if (value > 0x7fff_ffff) return 8 + digitsOf(Math.floor(value / 100_000_000))
  const small = value | 0
  if (small < 10_000) return small < 100 ? (small < 10 ? 1 : 2) : small < 1000 ? 3 : 4
  if (small < 100_000_000) return small < 1_000_000 ? (small < 100_000 ? 5 : 6) : small < 10_000_000 ? 7 : 8
  return small < 1_000_000_000 ? 9 : 10
}

/** Texts of values that the fast way does not know, by row. */
export class Others {
  readonly texts = new Map<number, string>()

  /** Keeps an ASCII text, and answers its length. */
  keep(row: number, text: string): number {
    this.texts.set(row, text)
    return text.length
  }

  put(view: DataView, at: number, row: number): void {
    const text = this.texts.get(row) as string
    for (let i = 0; i < text.length; i += 1) view.setUint8(at + i, text.charCodeAt(i))
  }

  clear(): void {
    if (this.texts.size > 0) this.texts.clear()
  }
}
