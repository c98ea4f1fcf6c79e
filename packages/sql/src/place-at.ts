// A byte offset in a text as line and column.

import type { Place } from '@tulle/kernel'

/** DuckDB counts bytes of UTF-8; people count lines and characters. An offset beyond the text is its end. */
export function placeAt(text: string, byteOffset: number, file = 'statement'): Place {
  const before = Buffer.from(text, 'utf8').subarray(0, byteOffset).toString('utf8')
  const line = before.split('\n').length
  return { file, line, column: before.length - before.lastIndexOf('\n'), source: text.split('\n')[line - 1] ?? '' }
}
