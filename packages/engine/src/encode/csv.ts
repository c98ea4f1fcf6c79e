// RFC 4180: commas, CRLF left to nobody (lines end in LF), quotes where a field needs them; null is an empty field, and
// an empty text is "" so that the two differ.

import type { Sink } from './sink.ts'
import { textOf } from './text-of.ts'
import { isNull } from './vector.ts'
import type { OpenVector } from './vector.ts'

export function csvWriter(sink: Sink, vectors: readonly OpenVector[], row: number): void {
  sink.text(`${vectors.map((vector) => (isNull(vector, row) ? '' : field(fieldText(vector, row)))).join(',')}\n`)
}

const fieldText = (vector: OpenVector, row: number): string => {
  const text = textOf(vector, row)
  if (vector.type.kind === 'boolean') return text === 't' ? 'true' : 'false'
  return text
}

const field = (text: string): string => (text === '' || /[",\n\r]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
