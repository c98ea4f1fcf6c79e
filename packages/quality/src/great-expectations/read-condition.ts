// A condition on rows as Great Expectations has them (pandas' query, or its own) in SQL: names, values, comparisons, and, or.

import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import type { Fault } from '../read-values.ts'
import { isFault } from '../read-values.ts'
import type { Subject } from '../reading.ts'
import { columnFault } from '../reading.ts'

const PARSERS: ReadonlySet<string> = new Set(['pandas', 'spark', 'great_expectations', 'great_expectations__experimental__'])
const TOKEN = /\s*(?:(?<text>"[^"]*"|'[^']*')|(?<number>-?\d+(?:\.\d+)?)|(?<sign>==|!=|<=|>=|<|>|&|\||\(|\)|~)|(?<call>\.(?:notNull|isNull|is_not_null|is_null|notna|isna)\(\))|`(?<quoted>[^`]+)`|(?<word>[\p{L}_][\p{L}\p{N}_]*))/uy

type Token = { readonly kind: 'sign' | 'value' | 'column'; readonly sql: string; readonly name?: string; readonly number?: boolean }

export function readCondition(condition: string, parser: string | undefined, { columns }: Pick<Subject, 'columns'>): string | Fault {
  if (parser !== undefined && !PARSERS.has(parser)) return { fault: `its condition_parser "${parser.slice(0, 60)}" is none of ${[...PARSERS].slice(0, 3).join(', ')}` }
  const tokens = tokensOf(condition.replaceAll(/\bcol\(\s*(["'])([^"']+)\1\s*\)/gu, '`$2`'))
  if (isFault(tokens)) return tokens
  const unknown = tokens.map(({ name }) => (name === undefined ? undefined : columnFault(name, columns))).find((one) => one !== undefined)
  if (unknown !== undefined) return unknown
  // A column of texts is compared with texts: the engine would read the column as numbers, and stumble.
  const isText = (at: number): boolean => [at - 2, at + 2].some((i) => columns.get(tokens[i]?.name ?? '') === 'string')
  return tokens.map((token, i) => (token.number === true && isText(i) ? quoteLiteral(token.sql) : token.sql)).join(' ')
}

const SIGNS: Readonly<Record<string, string>> = { '==': '=', '!=': '<>', '&': 'AND', '|': 'OR', '~': 'NOT' }
const WORDS: Readonly<Record<string, string>> = { and: 'AND', or: 'OR', not: 'NOT', in: 'IN', true: 'true', false: 'false', is: 'IS', null: 'NULL' }

function tokensOf(text: string): readonly Token[] | Fault {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  for (let at = 0; at < text.trimEnd().length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at
    const found = TOKEN.exec(text)?.groups
    if (found === undefined || tokens.length > 500) return { fault: `its row_condition cannot be read at "${text.slice(at, at + 20)}"` }
    const { text: literal, number, sign, call, quoted, word } = found
    if (literal !== undefined) tokens.push({ kind: 'value', sql: quoteLiteral(literal.slice(1, -1)) })
    else if (number !== undefined) tokens.push({ kind: 'value', sql: number, number: true })
    else if (sign !== undefined) tokens.push({ kind: 'sign', sql: SIGNS[sign] ?? sign })
    else if (call !== undefined) tokens.push({ kind: 'sign', sql: /not/iu.test(call) ? 'IS NOT NULL' : 'IS NULL' })
    else if (word !== undefined && Object.hasOwn(WORDS, word.toLowerCase())) tokens.push({ kind: 'sign', sql: WORDS[word.toLowerCase()] ?? '' })
    else tokens.push({ kind: 'column', sql: quoteIdentifier(quoted ?? word ?? ''), name: quoted ?? word ?? '' })
  }
  return tokens
}
