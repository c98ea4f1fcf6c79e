// Booleans, dates and timestamps as PostgreSQL's text.

import { integersFor, numbersFor, Others, pairOf, putDigits } from './placed.ts'
import type { Placing } from './placed.ts'
import { readWholes } from './placed-numbers.ts'
import { civilOf } from './spelling.ts'
import { textOf } from './text-of.ts'
import type { OpenVector } from './vector.ts'

export function booleans(): Placing {
  let bytes: Uint8Array
  return {
    look: (vector) => { bytes = vector.bytes },
    measure(lengths, from, to) {
      lengths.fill(1, from, to)
      return to
    },
    put({ view }, at, lengths, from, to) {
      for (let row = from; row < to; row += 1) {
        const place = at[row] as number
        const length = lengths[row] as number
        view.setInt32(place, length)
        if (length > 0) view.setUint8(place + 4, bytes[row] === 0 ? 0x66 : 0x74)
        at[row] = place + 4 + (length > 0 ? 1 : 0)
      }
    },
  }
}

/** 0001-01-01 and 9999-12-31: outside, the text has other forms. */
const FIRST = -719_162
const LAST = 2_932_896

export function dates(): Placing {
  let days: Int32Array<ArrayBuffer> = new Int32Array(0)
  let opened: OpenVector
  const others = new Others()
  return {
    look(vector) {
      opened = vector
      days = integersFor(days, vector.size)
      days.set(new Int32Array(vector.bytes.buffer, vector.bytes.byteOffset, vector.size))
    },
    measure(lengths, from, to) {
      others.clear()
      for (let row = from; row < to; row += 1) {
        const day = days[row] as number
        lengths[row] = day >= FIRST && day <= LAST ? DATE : others.keep(row, textOf(opened, row))
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
        const day = days[row] as number
        if (day >= FIRST && day <= LAST) putDate(view, place, day)
        else others.put(view, place, row)
      }
    },
  }
}

const DATE = 10
const DAY = 86_400_000_000
const SECOND = 1_000_000

export function timestamps(zone: '' | '+00'): Placing {
  let values: Float64Array<ArrayBuffer> = new Float64Array(0)
  let days: Int32Array<ArrayBuffer> = new Int32Array(0)
  /** Seconds of the day, and what of a second is left: digits of it without the zeros at its end, and how many there are. */
  let seconds: Int32Array<ArrayBuffer> = new Int32Array(0)
  let fractions: Int32Array<ArrayBuffer> = new Int32Array(0)
  let digits: Int32Array<ArrayBuffer> = new Int32Array(0)
  let opened: OpenVector
  const others = new Others()
  const zoneLength = zone.length
  return {
    look(vector) {
      opened = vector
      values = numbersFor(values, vector.size)
      days = integersFor(days, vector.size)
      seconds = integersFor(seconds, vector.size)
      fractions = integersFor(fractions, vector.size)
      digits = integersFor(digits, vector.size)
      readWholes(vector, values)
    },
    measure(lengths, from, to) {
      others.clear()
      for (let row = from; row < to; row += 1) {
        const value = values[row] as number
        const day = Math.floor(value / DAY)
        if (!(day >= FIRST && day <= LAST)) {
          days[row] = NOT_A_DAY
          lengths[row] = others.keep(row, textOf(opened, row))
          continue
        }
        const time = value - day * DAY
        const second = Math.floor(time / SECOND)
        let fraction = (time - second * SECOND) | 0
        let count = fraction === 0 ? 0 : 6
        while (count > 0 && fraction % 10 === 0) {
          fraction = (fraction / 10) | 0
          count -= 1
        }
        days[row] = day
        seconds[row] = second
        fractions[row] = fraction
        digits[row] = count
        lengths[row] = DATE + 9 + (count === 0 ? 0 : count + 1) + zoneLength
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
        const day = days[row] as number
        if (day === NOT_A_DAY) {
          others.put(view, place, row)
          continue
        }
        putDate(view, place, day)
        view.setUint8(place + DATE, 0x20)
        putClock(view, place + DATE + 1, seconds[row] as number)
        const count = digits[row] as number
        if (count > 0) {
          view.setUint8(place + DATE + 9, 0x2e)
          putDigits(view, place + DATE + 10 + count, fractions[row] as number, count)
        }
        for (let i = 0; i < zoneLength; i += 1) view.setUint8(place + length - zoneLength + i, zone.charCodeAt(i))
      }
    },
  }
}

const NOT_A_DAY = -0x8000_0000
const COLON = 0x3a

function putClock(view: DataView, at: number, second: number): void {
  const minute = (second / 60) | 0
  const hour = (minute / 60) | 0
  view.setUint16(at, pairOf(hour))
  view.setUint8(at + 2, COLON)
  view.setUint16(at + 3, pairOf(minute - hour * 60))
  view.setUint8(at + 5, COLON)
  view.setUint16(at + 6, pairOf(second - minute * 60))
}

// Dates repeat: the last text of each slot is kept (a power of two of them).
const CACHED = 4096
const SLOT = 12
const cachedDays = new Int32Array(CACHED).fill(NOT_A_DAY)
const cachedTexts = new DataView(new ArrayBuffer(CACHED * SLOT))

function putDate(view: DataView, at: number, day: number): void {
  const slot = day & (CACHED - 1)
  if (cachedDays[slot] !== day) rememberDate(slot, day)
  const from = slot * SLOT
  view.setUint32(at, cachedTexts.getUint32(from))
  view.setUint32(at + 4, cachedTexts.getUint32(from + 4))
  view.setUint16(at + 8, cachedTexts.getUint16(from + 8))
}

function rememberDate(slot: number, day: number): void {
  const { year, month, day: ofMonth } = civilOf(day)
  const from = slot * SLOT
  const century = Math.floor(year / 100)
  cachedTexts.setUint16(from, pairOf(century))
  cachedTexts.setUint16(from + 2, pairOf(year - century * 100))
  cachedTexts.setUint8(from + 4, 0x2d)
  cachedTexts.setUint16(from + 5, pairOf(month))
  cachedTexts.setUint8(from + 7, 0x2d)
  cachedTexts.setUint16(from + 8, pairOf(ofMonth))
  cachedDays[slot] = day
}
