// A statement → what may be written down of it: its own text with each literal, and each name that means nothing here, replaced by
// a typed placeholder; and what was replaced, apart. INVARIANT: nothing of a text is kept but words and names that are known
// and ASCII punctuation, so whatever an engine takes for a literal, none survives.

import type { Json } from '@tulle/kernel'
import type { Parameter } from '@tulle/engine'
import type { Token } from './types.ts'
import { readTokens } from './statement-text.ts'
import { isCommonWord } from './statement-words.ts'

export interface RedactedStatement { readonly text: string; readonly values: readonly Json[] }

const LONGEST_TEXT = 10_000
const LONGEST_VALUE = 4000
const MOST_VALUES = 500

/** `isKnown` is asked in lower case. */
export function redactStatement(sql: string, isKnown: (name: string) => boolean): RedactedStatement {
  const tokens = readTokens(sql)
  if (!tokens.ok) return { text: '?:unreadable', values: [cut(sql)] }
  const values: string[] = []
  let text = ''
  let end = 0
  // The same name has the same number, so that a text without its names can still be read as a statement.
  const names = new Map<string, number>()
  let before: Token | undefined
  for (const token of tokens.value) {
    const kept = keptOf(token, isKnown)
    if (kept === undefined) values.push(cut(sql.slice(token.start, token.end)))
    if (before !== undefined && token.start > end) text += ' '
    text += kept ?? numbered(placeholderOf(token, before, sql), token.value.toLowerCase(), names)
    end = token.end
    before = token
  }
  return { text: text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text, values: values.slice(0, MOST_VALUES) }
}

function numbered(placeholder: string, name: string, names: Map<string, number>): string {
  if (placeholder !== '?:name') return placeholder
  const number = names.get(name) ?? names.size + 1
  names.set(name, number)
  return number === 1 ? placeholder : `${placeholder}${number}`
}

/** The values that were bound, behind those that were written out. */
export const withParameters = ({ text, values }: RedactedStatement, parameters: readonly Parameter[]): RedactedStatement => ({
  text,
  values: parameters.length === 0 ? values : [...values, ...parameters.slice(0, MOST_VALUES).map((value, at) => ({ [`$${at + 1}`]: cut(String(value)) }))],
})

const cut = (text: string): string => (text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text)

/** What stands for itself; undefined for what is replaced. */
function keptOf(token: Token, isKnown: (name: string) => boolean): string | undefined {
  switch (token.kind) {
    case 'word':
      return isCommonWord(token.value) || isKnown(token.value) ? token.value : undefined
    case 'identifier':
      return isKnown(token.value.toLowerCase()) ? `"${token.value.replaceAll('"', '""')}"` : undefined
    case 'symbol':
      return /^[!-/:-@[-`{-~]$/u.test(token.value) ? token.value : undefined
    case 'parameter':
      return /^[0-9]{1,5}$/u.test(token.value) ? `$${token.value}` : undefined
    case 'string':
    case 'number':
      return undefined
  }
}

const TYPED: ReadonlySet<string> = new Set(['date', 'time', 'timestamp', 'timestamptz', 'interval', 'uuid', 'json'])

function placeholderOf({ kind, value, start }: Token, before: Token | undefined, sql: string): string {
  switch (kind) {
    case 'number':
      return /^(?:0[xX][0-9a-fA-F_]+|[0-9_]+)$/u.test(value) ? '?:int' : '?:decimal'
    case 'string':
      if (/[xX]/u.test(sql[start] ?? '')) return '?:blob'
      if (/[bB]/u.test(sql[start] ?? '')) return '?:bits'
      return before?.kind === 'word' && TYPED.has(before.value) ? `?:${before.value}` : '?:text'
    case 'word':
      return /^(?:true|false)$/u.test(value) ? '?:bool' : '?:name'
    case 'identifier':
      return '?:name'
    case 'parameter':
      return '?:parameter'
    case 'symbol':
      return '?:symbol'
  }
}
