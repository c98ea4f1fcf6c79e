// Reads what a client asks: frame → request. A frame that does not read to its last byte is a violation.

import type { Frame } from './frames.ts'
import type { Format } from './types.ts'

export type Request =
  | { readonly kind: 'query'; readonly text: string }
  | { readonly kind: 'parse'; readonly name: string; readonly text: string; readonly parameterTypes: readonly number[] }
  | { readonly kind: 'bind'; readonly portal: string; readonly statement: string; readonly formats: readonly Format[]; readonly values: readonly (Buffer | null)[]; readonly resultFormats: readonly Format[] }
  | { readonly kind: 'describe'; readonly what: Described; readonly name: string }
  | { readonly kind: 'execute'; readonly portal: string; readonly maxRows: number }
  | { readonly kind: 'close'; readonly what: Described; readonly name: string }
  | { readonly kind: 'sync' }
  | { readonly kind: 'flush' }
  | { readonly kind: 'terminate' }
  | { readonly kind: 'copy' }

export type Described = 'statement' | 'portal'

/** The first frame of a connection. */
export type Opening =
  | { readonly kind: 'startup'; readonly major: number; readonly minor: number; readonly parameters: ReadonlyMap<string, string> }
  | { readonly kind: 'ssl' }
  | { readonly kind: 'gssenc' }
  | { readonly kind: 'cancel'; readonly processId: number; readonly secret: number }

/** Why a frame was not understood. `text` means that its bytes are no UTF-8, which ends a statement but no connection. */
export type Unreadable = { readonly kind: 'unreadable'; readonly why: 'frame' | 'text' }

/** Reads a frame of an established session. */
export function readRequest(frame: Frame): Request | Unreadable {
  const read = reader(frame.body)
  try {
    const request = READERS[String.fromCharCode(frame.type)]?.(read)
    return request !== undefined && read.done() ? request : { kind: 'unreadable', why: 'frame' }
  } catch (error) {
    if (error === SHORT) return { kind: 'unreadable', why: 'frame' }
    if (error === NOT_TEXT) return { kind: 'unreadable', why: 'text' }
    throw error
  }
}

/** Reads the first frame of a connection. */
export function readOpening(body: Buffer): Opening | Unreadable {
  const read = reader(body)
  try {
    const code = read.int32()
    if (code === 80877103) return read.done() ? { kind: 'ssl' } : UNREADABLE
    if (code === 80877104) return read.done() ? { kind: 'gssenc' } : UNREADABLE
    if (code === 80877102) {
      const request: Opening = { kind: 'cancel', processId: read.int32(), secret: read.int32() }
      return read.done() ? request : UNREADABLE
    }
    const parameters = new Map<string, string>()
    for (let name = read.text(); name !== ''; name = read.text()) parameters.set(name, read.text())
    return read.done() ? { kind: 'startup', major: code >>> 16, minor: code & 0xffff, parameters } : UNREADABLE
  } catch (error) {
    if (error === SHORT || error === NOT_TEXT) return UNREADABLE
    throw error
  }
}

/** Reads the two messages with which a client signs in by SCRAM. */
export function readSaslInitial(body: Buffer): { readonly mechanism: string; readonly data: Buffer } | undefined {
  const read = reader(body)
  try {
    const mechanism = read.text()
    const length = read.int32()
    return { mechanism, data: length < 0 ? Buffer.alloc(0) : read.bytes(length) }
  } catch (error) {
    if (error === SHORT || error === NOT_TEXT) return undefined
    throw error
  }
}

type Reader = ReturnType<typeof reader>

const READERS: Readonly<Record<string, (read: Reader) => Request | undefined>> = {
  Q: (read) => ({ kind: 'query', text: read.text() }),
  P: (read) => ({ kind: 'parse', name: read.text(), text: read.text(), parameterTypes: read.list(() => read.int32() >>> 0) }),
  B: (read) => ({
    kind: 'bind',
    portal: read.text(),
    statement: read.text(),
    formats: read.list(() => read.format()),
    values: read.list(() => read.value()),
    resultFormats: read.list(() => read.format()),
  }),
  D: (read) => {
    const what = described(read.byte())
    return what && { kind: 'describe', what, name: read.text() }
  },
  E: (read) => ({ kind: 'execute', portal: read.text(), maxRows: Math.max(0, read.int32()) }),
  C: (read) => {
    const what = described(read.byte())
    return what && { kind: 'close', what, name: read.text() }
  },
  S: () => ({ kind: 'sync' }),
  H: () => ({ kind: 'flush' }),
  X: () => ({ kind: 'terminate' }),
  d: (read) => (read.rest(), { kind: 'copy' }),
  c: () => ({ kind: 'copy' }),
  f: (read) => (read.text(), { kind: 'copy' }),
}

const described = (byte: number): Described | undefined => (byte === 0x53 ? 'statement' : byte === 0x50 ? 'portal' : undefined)

const UNREADABLE: Unreadable = { kind: 'unreadable', why: 'frame' }
const SHORT = Symbol('the frame ends too early')
const NOT_TEXT = Symbol('the bytes are not UTF-8')
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

// The two symbols never leave this file: they end a reading without the cost of a Result per field.
function reader(body: Buffer) {
  let at = 0
  const take = (count: number): number => {
    if (count < 0 || at + count > body.length) throw SHORT
    at += count
    return at - count
  }
  const read = {
    byte: () => body.readUInt8(take(1)),
    int16: () => body.readInt16BE(take(2)),
    int32: () => body.readInt32BE(take(4)),
    bytes: (count: number) => {
      const start = take(count)
      return body.subarray(start, start + count)
    },
    rest: () => read.bytes(body.length - at),
    text: () => {
      const end = body.indexOf(0, at)
      if (end < 0) throw SHORT
      const bytes = read.bytes(end - at)
      at += 1
      try {
        return utf8.decode(bytes)
      } catch {
        throw NOT_TEXT
      }
    },
    format: (): Format => {
      const format = read.int16()
      if (format !== 0 && format !== 1) throw SHORT
      return format
    },
    value: () => {
      const length = read.int32()
      return length === -1 ? null : read.bytes(length)
    },
    list: <T>(item: () => T): T[] => {
      const count = read.int16() & 0xffff
      return Array.from({ length: count }, item)
    },
    done: () => at === body.length,
  }
  return read
}
