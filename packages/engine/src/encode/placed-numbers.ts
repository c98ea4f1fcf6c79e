// Numbers as PostgreSQL's text.

import { digitsOf, integersFor, numbersFor, Others, putDigits } from './placed.ts'
import type { Placing } from './placed.ts'
import { textOf } from './text-of.ts'
import type { ColumnType } from './types.ts'
import { widthOf } from './vector.ts'
import type { OpenVector } from './vector.ts'

const MINUS = 0x2d
const DOT = 0x2e

/** Whole numbers of up to 32 bits, and of 64 bits where they are within 2^53. */
export function wholeNumbers(): Placing {
  let values: Float64Array<ArrayBuffer> = new Float64Array(0)
  let opened: OpenVector
  const others = new Others()
  return {
    look(vector) {
      opened = vector
      values = numbersFor(values, vector.size)
      readWholes(vector, values)
    },
    measure(lengths, from, to) {
      others.clear()
      for (let row = from; row < to; row += 1) {
        const value = values[row] as number
        if (value !== value) lengths[row] = others.keep(row, textOf(opened, row))
        else lengths[row] = value < 0 ? 1 + digitsOf(-value) : digitsOf(value)
      }
      return to
    },
    put({ view }, at, lengths, from, to) {
      for (let row = from; row < to; row += 1) {
        const length = lengths[row] as number
        let place = at[row] as number
        view.setInt32(place, length)
        place += 4
        if (length < 0) {
          at[row] = place
          continue
        }
        at[row] = place + length
        const value = values[row] as number
        if (value !== value) others.put(view, place, row)
        else if (value >= 0) putDigits(view, place + length, value, length)
        else {
          view.setUint8(place, MINUS)
          putDigits(view, place + length, -value, length - 1)
        }
      }
    },
  }
}

/** Numbers with as many digits behind the point as the type says. */
export function decimals({ scale }: { readonly scale: number }): Placing {
  const power = 10 ** scale
  const points = scale === 0 ? 0 : 1
  let values: Float64Array<ArrayBuffer> = new Float64Array(0)
  let opened: OpenVector
  const others = new Others()
  return {
    look(vector) {
      opened = vector
      values = numbersFor(values, vector.size)
      readWholes(vector, values)
    },
    measure(lengths, from, to) {
      others.clear()
      for (let row = from; row < to; row += 1) {
        const value = values[row] as number
        if (value !== value) lengths[row] = others.keep(row, textOf(opened, row))
        else lengths[row] = (value < 0 ? 1 : 0) + Math.max(digitsOf(Math.abs(value)), scale + 1) + points
      }
      return to
    },
    put({ view }, at, lengths, from, to) {
      for (let row = from; row < to; row += 1) {
        const length = lengths[row] as number
        const place = (at[row] as number) + 4
        view.setInt32(place - 4, length)
        if (length < 0) {
          at[row] = place
          continue
        }
        at[row] = place + length
        const value = values[row] as number
        if (value !== value) others.put(view, place, row)
        else putScaled(view, place, length, value, scale, power)
      }
    },
  }
}

/** A number that is a whole one divided by a power of ten, in a room of exactly its length. */
function putScaled(view: DataView, place: number, length: number, value: number, scale: number, power: number): void {
  const size = Math.abs(value)
  if (value < 0) view.setUint8(place, MINUS)
  const sign = value < 0 ? 1 : 0
  if (scale === 0) return putDigits(view, place + length, size, length - sign)
  const whole = Math.floor(size / power)
  const end = place + length
  putDigits(view, end, size - whole * power, scale)
  view.setUint8(end - scale - 1, DOT)
  putDigits(view, end - scale - 1, whole, length - sign - scale - 1)
}

/** Most doubles in tables are short decimals: these are tried for. */
const MOST_SCALE = 4
const POWERS = [1, 10, 100, 1000, 10_000] as const

/**
 * Floats of 64 or 32 bits. With at most 15 digits (6 of a float) a decimal has a number of its own, so the first power that
 * gives the value back gives the shortest text, which is what PostgreSQL writes.
 */
export function floats(bits: 32 | 64): Placing {
  let values: Float64Array<ArrayBuffer> = new Float64Array(0)
  /** Each as a whole number by a power of ten; NaN where it is none. */
  let unscaled: Float64Array<ArrayBuffer> = new Float64Array(0)
  let scales: Int32Array<ArrayBuffer> = new Int32Array(0)
  let opened: OpenVector
  const others = new Others()
  const most = bits === 64 ? 1e15 : 1e6
  return {
    look(vector) {
      opened = vector
      const { size, bytes: { buffer, byteOffset } } = vector
      values = numbersFor(values, size)
      unscaled = numbersFor(unscaled, size)
      scales = integersFor(scales, size)
      values.set(bits === 64 ? new Float64Array(buffer, byteOffset, size) : new Float32Array(buffer, byteOffset, size))
    },
    measure(lengths, from, to) {
      others.clear()
      for (let row = from; row < to; row += 1) {
        const value = values[row] as number
        const size = Math.abs(value)
        let found = NaN
        let scale = 0
        if ((size >= 1e-3 && size < 1e9) || value === 0) {
          for (; scale <= MOST_SCALE; scale += 1) {
            const power = POWERS[scale] as number
            const rounded = Math.round(size * power)
            if (rounded >= most) break
            const back = rounded / power
            if ((bits === 64 ? back : Math.fround(back)) !== size) continue
            found = rounded
            break
          }
        }
        if (found !== found || (value === 0 && Object.is(value, -0))) {
          unscaled[row] = NaN
          lengths[row] = others.keep(row, textOf(opened, row))
          continue
        }
        unscaled[row] = value < 0 ? -found : found
        scales[row] = scale
        const digits = digitsOf(found)
        lengths[row] = (value < 0 ? 1 : 0) + (scale === 0 ? digits : (digits > scale ? digits : scale + 1) + 1)
      }
      return to
    },
    put({ view }, at, lengths, from, to) {
      for (let row = from; row < to; row += 1) {
        const length = lengths[row] as number
        const place = (at[row] as number) + 4
        view.setInt32(place - 4, length)
        if (length < 0) {
          at[row] = place
          continue
        }
        at[row] = place + length
        const value = unscaled[row] as number
        const scale = scales[row] as number
        if (value !== value) others.put(view, place, row)
        else putScaled(view, place, length, value, scale, POWERS[scale] as number)
      }
    },
  }
}

/** Fills `values` with the vector's whole numbers; NaN for those that a number does not hold exactly. */
export function readWholes({ type, size, bytes: { buffer, byteOffset } }: OpenVector, values: Float64Array): void {
  const signed = isSigned(type)
  switch (widthOf(type)) {
    case 1:
      return values.set(signed ? new Int8Array(buffer, byteOffset, size) : new Uint8Array(buffer, byteOffset, size))
    case 2:
      return values.set(signed ? new Int16Array(buffer, byteOffset, size) : new Uint16Array(buffer, byteOffset, size))
    case 4:
      return values.set(signed ? new Int32Array(buffer, byteOffset, size) : new Uint32Array(buffer, byteOffset, size))
    default:
      readLongs(new Int32Array(buffer, byteOffset, size * 2), values, size)
  }
}

const isSigned = ({ kind }: ColumnType): boolean => kind !== 'utinyint' && kind !== 'usmallint' && kind !== 'uinteger'

// A BigInt for each would cost more than its text.
function readLongs(words: Int32Array, values: Float64Array, size: number): void {
  for (let row = 0; row < size; row += 1) {
    const top = words[row * 2 + 1] as number
    values[row] = top >= -0x20_0000 && top < 0x20_0000 ? top * 0x1_0000_0000 + ((words[row * 2] as number) >>> 0) : NaN
  }
}
