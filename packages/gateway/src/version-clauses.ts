// FOR VERSION AS OF … behind a table, as Trino and Spark spell it, which DuckDB does not parse: each such clause is made
// blank, so that every position stays what it was, and told apart, so that the gate's reader can give it back to its table.

import type { Diagnostic, Place, Result } from '@tulle/kernel'
import type { VersionLiteral } from '@tulle/sql'
import { fail, ok } from '@tulle/kernel'
import type { Token } from './types.ts'
import { messages } from './messages.ts'
import { readTokens } from './statement-text.ts'

/** `start` is where its first word was. */
export interface VersionClause { readonly start: number; readonly literal: VersionLiteral; readonly place: Place }

/** The text with blanks for clauses; `tokens` are those that are left, by position. */
export interface BlankedText { readonly text: string; readonly clauses: readonly VersionClause[]; readonly tokens: readonly Token[] }

const UNITS: Readonly<Record<string, VersionLiteral['unit']>> = { version: 'version', system_version: 'version', timestamp: 'time', system_time: 'time' }

export function blankVersionClauses(text: string): Result<BlankedText> {
  const read = readTokens(text)
  // The engine says what is wrong with a text that has no tokens.
  if (!read.ok) return ok({ text, clauses: [], tokens: [] })
  const tokens = read.value
  const clauses: VersionClause[] = []
  const left: Token[] = []
  let blanked = text
  for (let i = 0; i < tokens.length; i += 1) {
    const found = clauseAt(tokens, i)
    if (found === undefined) {
      left.push(tokens[i] as Token)
      continue
    }
    const start = (tokens[i] as Token).start
    if (found === 'not-literal') return fail(notLiteral(placeAt(text, start)))
    const end = (tokens[found.last] as Token).end
    clauses.push({ start, literal: found.literal, place: placeAt(text, start) })
    blanked = blanked.slice(0, start) + blanked.slice(start, end).replaceAll(/[^\r\n]/gu, (c) => ' '.repeat(c.length)) + blanked.slice(end)
    i = found.last
  }
  return ok({ text: blanked, clauses, tokens: left })
}

/** Where a position of the text is, as line and column. */
export function placeAt(text: string, at: number): Place {
  const before = text.slice(0, at)
  const line = before.split('\n').length
  return { file: 'statement', line, column: at - before.lastIndexOf('\n'), source: text.split('\n')[line - 1] ?? '' }
}

const notLiteral = (place: Place): Diagnostic => messages['version-not-literal']({}, { place })

interface Found { readonly literal: VersionLiteral; readonly last: number }

// Without FOR the words may also be a column called "version" under the name "of", which no literal can follow.
function clauseAt(tokens: readonly Token[], i: number): Found | 'not-literal' | undefined {
  const word = (at: number): string => (tokens[at]?.kind === 'word' ? (tokens[at] as Token).value : '')
  const led = word(i) === 'for'
  const at = led ? i + 1 : i
  const unit = Object.hasOwn(UNITS, word(at)) ? UNITS[word(at)] : undefined
  if (unit === undefined || word(at + 1) !== 'as' || word(at + 2) !== 'of') return undefined
  const found = literalAt(tokens, at + 3, unit)
  if (found !== undefined) return found
  return led || tokens[at + 3]?.kind === 'parameter' ? 'not-literal' : undefined
}

function literalAt(tokens: readonly Token[], i: number, unit: VersionLiteral['unit']): Found | undefined {
  const token = tokens[i]
  if (token?.kind === 'number' && /^\d+$/u.test(token.value)) return { literal: { unit, kind: 'number', text: token.value }, last: i }
  if (token?.kind === 'string') return { literal: { unit, kind: 'text', text: token.value }, last: i }
  const sign = tokens[i + 1]
  if (token?.kind === 'symbol' && token.value === '-' && sign?.kind === 'number' && /^\d+$/u.test(sign.value)) return { literal: { unit, kind: 'number', text: `-${sign.value}` }, last: i + 1 }
  if (unit === 'version' || token?.kind !== 'word') return undefined
  const words = ['timestamptz', 'date'].includes(token.value) ? 1 : token.value !== 'timestamp' ? 0 : tokens[i + 1]?.value === 'with' ? 4 : 1
  const typed = words === 4 ? ['with', 'time', 'zone'].every((expected, k) => tokens[i + 1 + k]?.value === expected) : words === 1
  const text = tokens[i + words]
  return typed && text?.kind === 'string' ? { literal: { unit, kind: 'text', text: text.value }, last: i + words } : undefined
}
