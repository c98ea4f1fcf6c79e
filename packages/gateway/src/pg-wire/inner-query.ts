// Places of a query within a statement: they are told as places of the whole, so that a client's cursor jumps to the word.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail } from '@tulle/kernel'
import type { InnerQuery } from '../command.ts'

/** What was said of an inner query, said of the text that holds it; without a place where it stands nowhere in it. */
export function saidOfWhole<T>(result: Result<T>, query: InnerQuery, whole: string): Result<T> {
  if (result.ok) return result
  const [first, ...rest] = result.diagnostics.map((diagnostic) => moved(diagnostic, query, whole))
  return first === undefined ? result : fail(first, ...rest)
}

function moved({ place, ...diagnostic }: Diagnostic, { start }: InnerQuery, whole: string): Diagnostic {
  if (place === undefined || start === undefined) return diagnostic
  const before = whole.slice(0, start).split('\n')
  const column = place.line === 1 ? place.column + (before.at(-1) ?? '').length : place.column
  return { ...diagnostic, place: { ...place, line: place.line + before.length - 1, column } }
}
