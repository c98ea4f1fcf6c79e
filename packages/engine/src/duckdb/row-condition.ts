// The condition of a row filter as it is computed: where it could fail for a row, the row is not there. What cannot fail is
// left as it is, so that the engine can test it while it reads and leave out what no row of can match.

import type { SourceColumn } from '../types.ts'

/** INVARIANT: true for no row for which the condition is not true. */
export function rowCondition(condition: string, source: readonly SourceColumn[]): string {
  if (isCalm(condition, source)) return condition
  // The engine tries nothing that has a query in it; there the statement fails, whatever it is.
  return /\bselect\b/iu.test(condition) ? condition : `TRY(${condition}\n)`
}

const COLUMN = String.raw`"((?:[^"]|"")+)"`
const TEXT = String.raw`'(?:[^'\\]|'')*'`
const NUMBER = String.raw`-?\d{1,18}(?:\.\d{1,18})?`
const VALUE = `(?:${TEXT}|${NUMBER}|(?:DATE|TIMESTAMP) ?${TEXT})`
const COMPARISON = new RegExp(String.raw`${COLUMN}\s*(?:(?:=|<>|!=|<=|>=|<|>)\s*(${VALUE})|(?:NOT\s+)?IN\s*\(\s*(${VALUE}(?:\s*,\s*${VALUE})*)\s*\)|BETWEEN\s+(${VALUE}\s+AND\s+${VALUE})|IS(?:\s+NOT)?\s+NULL)`, 'giu')

// Comparisons of columns with values of their own kind, under AND, OR and NOT. A text compared with something else is converted.
function isCalm(condition: string, source: readonly SourceColumn[]): boolean {
  const texts = new Set(source.filter(({ type }) => type === 'string').map(({ name }) => name.toLowerCase()))
  let calm = true
  const rest = condition.replaceAll(COMPARISON, (_, name: string, ...values: readonly (string | undefined)[]) => {
    const given = values.slice(0, 3).filter((value) => value !== undefined).join(',')
    if (texts.has(name.replaceAll('""', '"').toLowerCase()) && given.replaceAll(new RegExp(TEXT, 'gu'), '').replaceAll(/,|\s|AND/giu, '') !== '') calm = false
    return '?'
  })
  return calm && /^(?:[\s()?]|AND\b|OR\b|NOT\b|TRUE\b|FALSE\b)*$/iu.test(rest)
}
