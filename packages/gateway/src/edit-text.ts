// A text with pieces replaced, and the way back: what an engine says of a place in the new text is told of the old one.

import type { Diagnostic, Place, Result } from '@tulle/kernel'
import { placeAt } from './version-clauses.ts'

/** Positions are UTF-16 units of the old text. */
export interface TextEdit { readonly start: number; readonly end: number; readonly text: string }

export interface EditedText {
  readonly text: string
  /** The same answer, its places in the text that `written` is: the old one, position for position. */
  back<T>(result: Result<T>): Result<T>
}

/** Edits do not overlap. `written` is what a person wrote where the old text stands. */
export function editText(old: string, edits: readonly TextEdit[], written = old): EditedText {
  const sorted = edits.toSorted((a, b) => a.start - b.start)
  let text = ''
  let from = 0
  for (const edit of sorted) {
    text += old.slice(from, edit.start) + edit.text
    from = edit.end
  }
  text += old.slice(from)
  if (text === written) return { text, back: (result) => result }
  const backTo = (place: Place): Place => ({ ...placeAt(written, oldPosition(sorted, positionOf(text, place))), file: place.file, ...(place.length !== undefined && { length: place.length }) })
  const backOf = (diagnostic: Diagnostic): Diagnostic => (diagnostic.place === undefined ? diagnostic : { ...diagnostic, place: backTo(diagnostic.place) })
  return { text, back: (result) => (result.ok ? result : { ...result, diagnostics: result.diagnostics.map(backOf) }) }
}

const positionOf = (text: string, { line, column }: Place): number => text.split('\n').slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1

// A place inside of what was put in is where the replaced piece began.
function oldPosition(edits: readonly TextEdit[], position: number): number {
  let grown = 0
  for (const { start, end, text } of edits) {
    const at = position - grown
    if (at < start) return at
    if (at < start + text.length) return start
    grown += text.length - (end - start)
  }
  return position - grown
}
