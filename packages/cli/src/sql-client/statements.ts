// A typed text to the statements in it. Knows just enough of PostgreSQL's lexical rules to tell a semicolon that ends a
// statement from one inside quotes, dollar quotes or comments.

import { endOfComment } from '@tulle/sql'

export interface Split {
  /** Complete statements, without their semicolon. */
  readonly statements: readonly string[]
  /** What follows the last semicolon: a statement still being typed, or nothing. */
  readonly rest: string
}

/** Splits a text at its ending semicolons. Empty statements vanish. */
export function splitStatements(text: string): Split {
  const statements: string[] = []
  let start = 0
  let at = 0
  while (at < text.length) {
    const skipped = skip(text, at)
    if (skipped === undefined) return { statements, rest: text.slice(start) }
    if (skipped > at) {
      at = skipped
    } else if (text[at] === ';') {
      const statement = text.slice(start, at).trim()
      if (statement !== '') statements.push(statement)
      start = at += 1
    } else {
      at += 1
    }
  }
  const rest = text.slice(start)
  return { statements, rest: rest.trim() === '' ? '' : rest }
}

/** Where the quoted or commented part that starts here ends; `at` itself where none starts; undefined where it is open. */
function skip(text: string, at: number): number | undefined {
  if (text.startsWith('--', at)) return endOf(text, '\n', at + 2) ?? text.length
  if (text.startsWith('/*', at)) return endOfComment(text, at)
  if (text[at] === '"') return endOfQuoted(text, at, '"', false)
  if (text[at] === "'") return endOfQuoted(text, at, "'", /(^|[^A-Za-z0-9_])[eE]$/.test(text.slice(Math.max(0, at - 2), at)))
  const dollar = /^\$(?:[A-Za-z_][A-Za-z0-9_]*)?\$/.exec(text.slice(at, at + 70))?.[0]
  if (dollar !== undefined && !/[A-Za-z0-9_$]/.test(text[at - 1] ?? '')) return endOf(text, dollar, at + dollar.length)
  return at
}

function endOf(text: string, end: string, from: number): number | undefined {
  const found = text.indexOf(end, from)
  return found < 0 ? undefined : found + end.length
}

function endOfQuoted(text: string, start: number, quote: string, backslashes: boolean): number | undefined {
  for (let at = start + 1; at < text.length; at += 1) {
    if (backslashes && text[at] === '\\') at += 1
    else if (text[at] === quote && text[at + 1] === quote) at += 1
    else if (text[at] === quote) return at + 1
  }
  return undefined
}
