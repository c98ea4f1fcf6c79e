// Cuts a text into statements and a statement into tokens, by PostgreSQL's lexical rules. It finds where a statement
// ends and which command it is; what a query means, and whether it may run, is never decided here.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { endOfComment } from '@tulle/sql'
import type { StatementText, Token } from './types.ts'
import { messages } from './messages.ts'

/** The non-empty statements of a text, each with its tokens; their positions count from the statement's own start. */
export function splitStatements(text: string): Result<readonly StatementText[]> {
  const statements: StatementText[] = []
  let tokens: Token[] = []
  const finish = (end: number): void => {
    const first = tokens[0]
    if (first === undefined) return
    const offset = first.start
    statements.push({ text: text.slice(offset, end), offset, tokens: tokens.map((t) => ({ ...t, start: t.start - offset, end: t.end - offset })) })
    tokens = []
  }
  let depth = 0
  for (let at = 0; at < text.length; ) {
    const token = readToken(text, at)
    if (typeof token === 'string') return fail(messages['statement-syntax']({ what: token }))
    if (token === undefined) break
    at = token.end
    if (token.kind === 'symbol') depth += token.value === '(' || token.value === '[' ? 1 : token.value === ')' || token.value === ']' ? -1 : 0
    if (token.kind === 'symbol' && token.value === ';' && depth <= 0) finish(token.start)
    else tokens.push(token)
  }
  finish(text.length)
  return ok(statements)
}

/** The tokens of a whole text; their positions count from its start. */
export function readTokens(text: string): Result<readonly Token[]> {
  const tokens: Token[] = []
  for (let at = 0; ; at = tokens.at(-1)?.end ?? text.length) {
    const token = readToken(text, at)
    if (typeof token === 'string') return fail(messages['statement-syntax']({ what: token }))
    if (token === undefined) return ok(tokens)
    tokens.push(token)
  }
}

const BLANK = /[ \t\r\n\f\v]+|--[^\r\n]*/y
const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y
const NUMBER = /(?:0[xX][0-9a-fA-F_]+|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)/y
const PARAMETER = /\$[0-9]+/y
const DOLLAR = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y

const match = (pattern: RegExp, text: string, at: number): string | undefined => {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

function readToken(text: string, from: number): Token | string | undefined {
  let at = from
  for (;;) {
    const blank = match(BLANK, text, at)
    if (blank !== undefined) at += blank.length
    else if (text.startsWith('/*', at)) {
      const end = endOfComment(text, at)
      if (end === undefined) return 'at an unterminated comment'
      at = end
    } else break
  }
  if (at >= text.length) return undefined
  const first = text[at] as string
  const take = (kind: Token['kind'], value: string, end: number): Token => ({ kind, value, start: at, end })

  if (first === "'") return readQuoted(text, at, at, "'", false) ?? 'at an unterminated string'
  if (first === '"') return readQuoted(text, at, at, '"', false) ?? 'at an unterminated identifier'
  if (/[eEbBxXnN]/.test(first) && text[at + 1] === "'") return readQuoted(text, at, at + 1, "'", first === 'e' || first === 'E') ?? 'at an unterminated string'
  if (/[uU]/.test(first) && text[at + 1] === '&' && (text[at + 2] === "'" || text[at + 2] === '"')) {
    return readQuoted(text, at, at + 2, text[at + 2] as string, false) ?? 'at an unterminated string'
  }
  const parameter = match(PARAMETER, text, at)
  if (parameter !== undefined) return take('parameter', parameter.slice(1), at + parameter.length)
  const dollar = match(DOLLAR, text, at)
  if (dollar !== undefined) {
    const end = text.indexOf(dollar, at + dollar.length)
    return end < 0 ? 'at an unterminated string' : take('string', text.slice(at + dollar.length, end), end + dollar.length)
  }
  const word = match(WORD, text, at)
  if (word !== undefined) return take('word', word.toLowerCase(), at + word.length)
  const number = match(NUMBER, text, at)
  if (number !== undefined) return take('number', number, at + number.length)
  return take('symbol', first, at + 1)
}

const ESCAPE = /[0-7]{1,3}|x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[^]/y
const LETTERS: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

// What a backslash in E'…' makes of what follows it. Bytes beyond ASCII are for whoever parses the whole text.
function unescaped(escape: string): string {
  const [first = ''] = escape
  const code = /^[0-7]/u.test(first) ? Number.parseInt(escape, 8) : escape.length > 1 ? Number.parseInt(escape.slice(1), 16) : undefined
  return code === undefined || code > 0x10ffff ? (LETTERS[escape] ?? escape) : String.fromCodePoint(code)
}

function readQuoted(text: string, start: number, open: number, quote: string, escapes: boolean): Token | undefined {
  let value = ''
  for (let at = open + 1; at < text.length; at += 1) {
    const char = text[at] as string
    if (escapes && char === '\\') {
      const escape = match(ESCAPE, text, at + 1) ?? ''
      value += unescaped(escape)
      at += escape.length
    } else if (char !== quote) value += char
    else if (text[at + 1] === quote) {
      value += quote
      at += 1
    } else return { kind: quote === '"' ? 'identifier' : 'string', value, start, end: at + 1 }
  }
  return undefined
}
