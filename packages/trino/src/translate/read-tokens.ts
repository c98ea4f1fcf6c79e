// An expression of the engine's SQL → tokens.

import { cannot } from './types.ts'

/** Words are in lower case. */
export interface Token { readonly kind: 'word' | 'identifier' | 'string' | 'number' | 'symbol' | 'end'; readonly text: string }

const LONGEST = 100_000
const TOKEN = /\s+|"(?<identifier>(?:[^"]|"")*)"|'(?<string>(?:[^']|'')*)'|(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<word>[A-Za-z_][A-Za-z0-9_]*)|(?<symbol>::|<=|>=|<>|!=|\|\||[(),.+\-*/%=<>[\]])/uy

export function readTokens(sql: string): readonly Token[] {
  if (sql.length > LONGEST) cannot('it is too long')
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < sql.length) {
    const at = TOKEN.lastIndex
    // To the engine a comment, and to Trino.
    if (sql.startsWith('--', at) || sql.startsWith('/*', at)) cannot('a comment')
    const groups = TOKEN.exec(sql)?.groups
    if (groups === undefined) return cannot(`${JSON.stringify(sql.slice(at, at + 10))} in it`)
    const { identifier, string, number, word, symbol } = groups
    if (identifier !== undefined) tokens.push({ kind: 'identifier', text: identifier.replaceAll('""', '"') })
    else if (string !== undefined) tokens.push({ kind: 'string', text: string.replaceAll("''", "'") })
    else if (number !== undefined) tokens.push({ kind: 'number', text: number })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word.toLowerCase() })
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol })
  }
  return tokens
}
