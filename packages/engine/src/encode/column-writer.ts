// Per column: a function that writes a row's value as text. The common types are written from typed arrays; the others
// through `textOf` and `jsonOf`, which say the same.

import { jsonOf } from './json-of.ts'
import { putDate, putDecimal, putDouble, putInteger, putTime } from './put.ts'
import type { Sink } from './sink.ts'
import { openTexts } from './text-column.ts'
import { textOf } from './text-of.ts'
import { widthOf } from './vector.ts'
import type { OpenVector } from './vector.ts'

export type PutValue = (sink: Sink, row: number) => void

/** PostgreSQL's text of a value that is not null. */
export function textWriter(vector: OpenVector, size: number): PutValue {
  const { type } = vector
  switch (type.kind) {
    case 'timestamp': case 'timestamptz':
      return timestampWriter(vector, size, 0x20, type.kind === 'timestamptz' ? '+00' : '')
    case 'boolean': {
      const { bytes } = vector
      return (sink, row) => sink.byte(bytes[row] === 0 ? 0x66 : 0x74)
    }
    case 'text': case 'json': {
      const { bytes, run, from, length } = openTexts(vector, size)
      return (sink, row) => sink.part(bytes[run[row] as number] as Uint8Array, from[row] as number, length[row] as number)
    }
    default:
      return plainWriter(vector, size) ?? ((sink, row) => sink.text(textOf(vector, row)))
  }
}

/** The JSON of a value that is not null. */
export function jsonWriter(vector: OpenVector, size: number): PutValue {
  const { type } = vector
  switch (type.kind) {
    case 'timestamp': case 'timestamptz': {
      const put = timestampWriter(vector, size, 0x54, type.kind === 'timestamptz' ? 'Z' : '')
      return quoted(put)
    }
    case 'date': case 'time':
      return quoted(plainWriter(vector, size) as PutValue)
    case 'double': {
      const values = new Float64Array(vector.bytes.buffer, vector.bytes.byteOffset, size)
      return (sink, row) => (Number.isFinite(values[row] as number) ? putDouble(sink, values[row] as number) : sink.ascii(jsonOf(vector, row)))
    }
    case 'boolean': {
      const { bytes } = vector
      return (sink, row) => sink.ascii(bytes[row] === 0 ? 'false' : 'true')
    }
    case 'json': {
      const { bytes, run, from, length } = openTexts(vector, size)
      return (sink, row) => sink.part(bytes[run[row] as number] as Uint8Array, from[row] as number, length[row] as number)
    }
    case 'text': {
      const { bytes, run, from, length } = openTexts(vector, size)
      return (sink, row) => putJsonText(sink, bytes[run[row] as number] as Uint8Array, from[row] as number, length[row] as number)
    }
    default:
      return plainWriter(vector, size) ?? ((sink, row) => sink.text(jsonOf(vector, row)))
  }
}

const QUOTE = 0x22

const quoted = (put: PutValue): PutValue => (sink, row) => {
  sink.byte(QUOTE)
  put(sink, row)
  sink.byte(QUOTE)
}

// Types whose text is the same everywhere.
function plainWriter(vector: OpenVector, size: number): PutValue | undefined {
  const { type, bytes } = vector
  const { buffer, byteOffset } = bytes
  switch (type.kind) {
    case 'tinyint': {
      const values = new Int8Array(buffer, byteOffset, size)
      return (sink, row) => putInteger(sink, values[row] as number)
    }
    case 'utinyint':
      return (sink, row) => putInteger(sink, bytes[row] as number)
    case 'smallint': {
      const values = new Int16Array(buffer, byteOffset, size)
      return (sink, row) => putInteger(sink, values[row] as number)
    }
    case 'usmallint': {
      const values = new Uint16Array(buffer, byteOffset, size)
      return (sink, row) => putInteger(sink, values[row] as number)
    }
    case 'integer': {
      const values = new Int32Array(buffer, byteOffset, size)
      return (sink, row) => putInteger(sink, values[row] as number)
    }
    case 'uinteger': {
      const values = new Uint32Array(buffer, byteOffset, size)
      return (sink, row) => putInteger(sink, values[row] as number)
    }
    case 'bigint': {
      const number = smallLongs(vector, size)
      return (sink, row) => {
        const value = number(row)
        if (value === undefined) sink.ascii(textOf(vector, row))
        else putInteger(sink, value)
      }
    }
    case 'double': {
      const values = new Float64Array(buffer, byteOffset, size)
      return (sink, row) => putDouble(sink, values[row] as number)
    }
    case 'decimal':
      return decimalWriter(vector, type.scale, size)
    case 'date': {
      const values = new Int32Array(buffer, byteOffset, size)
      return (sink, row) => putDate(sink, values[row] as number)
    }
    case 'time': {
      const number = smallLongs(vector, size)
      return (sink, row) => putTime(sink, number(row) ?? 0)
    }
    default:
      return undefined
  }
}

function decimalWriter(vector: OpenVector, scale: number, size: number): PutValue | undefined {
  const { buffer, byteOffset } = vector.bytes
  const power = 10 ** scale
  switch (widthOf(vector.type)) {
    case 2: {
      const values = new Int16Array(buffer, byteOffset, size)
      return (sink, row) => putDecimal(sink, values[row] as number, scale, power)
    }
    case 4: {
      const values = new Int32Array(buffer, byteOffset, size)
      return (sink, row) => putDecimal(sink, values[row] as number, scale, power)
    }
    case 8: {
      const number = smallLongs(vector, size)
      return (sink, row) => {
        const value = number(row)
        if (value === undefined) sink.ascii(textOf(vector, row))
        else putDecimal(sink, value, scale, power)
      }
    }
    default:
      return undefined
  }
}

const DAY = 86_400_000_000

function timestampWriter(vector: OpenVector, size: number, separator: number, zone: string): PutValue {
  const number = smallLongs(vector, size)
  const slow = separator === 0x20 ? (row: number) => textOf(vector, row) : (row: number) => jsonOf(vector, row).slice(1, -1)
  return (sink, row) => {
    const value = number(row)
    const days = value === undefined ? NaN : Math.floor(value / DAY)
    // Years before 1 put their era last.
    if (value === undefined || days < -719_162) {
      sink.ascii(slow(row))
      return
    }
    putDate(sink, days)
    sink.byte(separator)
    putTime(sink, value - days * DAY)
    sink.ascii(zone)
  }
}

// 64-bit values as numbers where a number holds them exactly: a BigInt per value would cost more than its text.
export function smallLongs({ bytes }: OpenVector, size: number): (row: number) => number | undefined {
  const low = new Uint32Array(bytes.buffer, bytes.byteOffset, size * 2)
  const high = new Int32Array(bytes.buffer, bytes.byteOffset, size * 2)
  return (row) => {
    const top = high[row * 2 + 1] as number
    return top >= -0x20_0000 && top < 0x20_0000 ? top * 0x1_0000_0000 + (low[row * 2] as number) : undefined
  }
}

const ESCAPES: ReadonlyMap<number, string> = new Map([[0x08, '\\b'], [0x09, '\\t'], [0x0a, '\\n'], [0x0c, '\\f'], [0x0d, '\\r'], [QUOTE, '\\"'], [0x5c, '\\\\']])

// JSON asks to escape quotes, backslashes and control characters; all else passes as UTF-8.
function putJsonText(sink: Sink, source: Uint8Array, from: number, length: number): void {
  sink.room(length * 6 + 2)
  sink.byte(QUOTE)
  let clean = from
  for (let i = from; i < from + length; i += 1) {
    const byte = source[i] as number
    if (byte >= 0x20 && byte !== QUOTE && byte !== 0x5c) continue
    sink.part(source, clean, i - clean)
    sink.ascii(ESCAPES.get(byte) ?? `\\u${byte.toString(16).padStart(4, '0')}`)
    clean = i + 1
  }
  sink.part(source, clean, from + length - clean)
  sink.byte(QUOTE)
}
