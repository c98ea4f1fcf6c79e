// The first record of a CSV file as names.

import type { IngestionOptions } from '../types.ts'

const DECODERS = { 'utf-8': 'utf-8', 'latin-1': 'latin1', 'utf-16': 'utf-16le' } as const

/** Undefined where the bytes are not text of the encoding. A byte order mark is no part of the first name. */
export function parseHeader(bytes: Uint8Array, { delimiter = ',', quote = '"', encoding = 'utf-8' }: IngestionOptions): readonly string[] | undefined {
  const text = decoded(firstLines(bytes, encoding), DECODERS[encoding])
  return text === undefined ? undefined : firstRecord(text, delimiter, quote)
}

// Only so much as holds the first record: what follows may be cut in the middle of a character.
function firstLines(bytes: Uint8Array, encoding: string): Uint8Array {
  const end = bytes.lastIndexOf(0x0a)
  return end < 0 ? bytes : bytes.subarray(0, end + (encoding === 'utf-16' ? 2 : 1))
}

function decoded(bytes: Uint8Array, encoding: string): string | undefined {
  const line = encoding === 'utf-16le' ? bytes : untilLineEnd(bytes)
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(line)
  } catch {
    return undefined
  }
}

// A wrong byte further down is reported by the engine, with its line.
function untilLineEnd(bytes: Uint8Array): Uint8Array {
  let quotes = 0
  for (let i = 0; i < bytes.length; i += 1) {
    if (bytes[i] === 0x22) quotes += 1
    if (bytes[i] === 0x0a && quotes % 2 === 0) return bytes.subarray(0, i)
  }
  return bytes
}

function firstRecord(text: string, delimiter: string, quote: string): readonly string[] {
  const names: string[] = []
  let name = ''
  let quoted = false
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i] as string
    if (quoted) {
      if (c !== quote) name += c
      else if (text[i + 1] === quote) {
        name += c
        i += 1
      } else quoted = false
    } else if (c === quote) quoted = true
    else if (text.startsWith(delimiter, i)) {
      names.push(name)
      name = ''
      i += delimiter.length - 1
    } else if (c === '\n' || c === '\r') break
    else name += c
  }
  return [...names, name]
}
