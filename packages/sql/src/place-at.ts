// Where in a text something is, as line and column.

import type { Place } from '@tulle/kernel'

/** DuckDB counts bytes of UTF-8 in its tree; people count lines and characters. An offset beyond the text is its end. */
export const placeAt = (text: string, byteOffset: number, file = 'statement'): Place =>
  placeAfter(Buffer.from(text, 'utf8').subarray(0, byteOffset).toString('utf8'), text, file)

/** In syntax errors DuckDB counts characters: a pair of surrogates is one. */
export const placeAtCharacter = (text: string, characters: number, file = 'statement'): Place =>
  placeAfter(Array.from(text).slice(0, characters).join(''), text, file)

function placeAfter(before: string, text: string, file: string): Place {
  const line = before.split('\n').length
  return { file, line, column: before.length - before.lastIndexOf('\n'), source: text.split('\n')[line - 1] ?? '' }
}
