// A template's text to tokens. Whitespace beside `{%-` and `-%}` goes here, as does the single line end at the end.

import { messages } from '../messages.ts'
import { JinjaError, placeOf } from './limits.ts'
import type { Token, TokenKind } from './types.ts'

const RAW_END = /\{%([-+]?)\s*endraw\s*([-+]?)%\}/gu
const RAW_START = /\{%[-+]?\s*raw\s*([-+]?)%\}/uy
const INSIDE = /\s+|([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)|(\d[\d_]*\.\d[\d_]*(?:[eE][+-]?\d+)?|\d[\d_]*[eE][+-]?\d+)|(\d[\d_]*)|("(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*')|([-+]?[%}]\})|(\*\*|\/\/|==|!=|<=|>=|[-+*/%~|.,:;=<>()[\]{}])/uy

export function lex(text: string, file: string): readonly Token[] {
  const tokens: Token[] = []
  let trimNext = false
  const data = (from: number, to: number, trimEnd: boolean): void => {
    let piece = text.slice(from, to)
    if (trimNext) piece = piece.trimStart()
    if (trimEnd) piece = piece.trimEnd()
    trimNext = false
    if (piece !== '') tokens.push({ kind: 'data', value: piece, at: from })
  }
  const last = text.endsWith('\n') ? text.length - (text.endsWith('\r\n') ? 2 : 1) : text.length
  let at = 0
  while (at < last) {
    const open = nextOpening(text, at)
    if (open === -1 || open >= last) break
    const mark = text[open + 1]
    const sign = text[open + 2]
    data(at, open, sign === '-')
    if (mark === '#') {
      const end = text.indexOf('#}', open + 2)
      if (end === -1) throw wrong('This comment has no end.', file, text, open)
      trimNext = text[end - 1] === '-' && end - 1 > open + 1
      at = end + 2
      continue
    }
    RAW_START.lastIndex = open
    const raw = mark === '%' ? RAW_START.exec(text) : null
    if (raw !== null) {
      RAW_END.lastIndex = RAW_START.lastIndex
      const end = RAW_END.exec(text)
      if (end === null) throw wrong('This raw block has no end.', file, text, open)
      trimNext = raw[1] === '-'
      data(RAW_START.lastIndex, end.index, end[1] === '-')
      trimNext = end[2] === '-'
      at = RAW_END.lastIndex
      continue
    }
    tokens.push({ kind: mark === '%' ? 'open-block' : 'open-variable', value: '', at: open })
    const start = open + (sign === '-' || sign === '+' ? 3 : 2)
    const inside = lexInside(text, file, start, mark === '%', tokens, open)
    trimNext = inside.trims
    at = inside.end
  }
  if (at < last) data(at, last, false)
  tokens.push({ kind: 'end', value: '', at: text.length })
  return tokens
}

function nextOpening(text: string, from: number): number {
  for (let at = text.indexOf('{', from); at !== -1; at = text.indexOf('{', at + 1)) {
    const next = text[at + 1]
    if (next === '{' || next === '%' || next === '#') return at
  }
  return -1
}

function lexInside(text: string, file: string, from: number, block: boolean, tokens: Token[], open: number): { readonly end: number; readonly trims: boolean } {
  let at = from
  let braces = 0
  for (;;) {
    INSIDE.lastIndex = at
    const found = INSIDE.exec(text)
    if (found === null) throw wrong(at >= text.length ? `This ${block ? 'tag' : 'expression'} has no end.` : `The character "${text[at] ?? ''}" means nothing here.`, file, text, at >= text.length ? open : at)
    const [whole, name, float, integer, string, close, operator] = found
    const push = (kind: TokenKind, value: string): void => void tokens.push({ kind, value, at })
    if (name !== undefined) push('name', name)
    else if (float !== undefined) push('float', float.replaceAll('_', ''))
    else if (integer !== undefined) push('integer', integer.replaceAll('_', ''))
    else if (string !== undefined) push('text', unescape(string.slice(1, -1)))
    else if (close !== undefined) {
      const ends = block ? close.endsWith('%}') : close.endsWith('}}') && braces === 0
      if (ends) {
        push(block ? 'close-block' : 'close-variable', close)
        return { end: at + close.length, trims: close.startsWith('-') }
      }
      // `{{ {'a': {}} }}`: braces of a map, read one at a time.
      const one = close[0] as string
      push('operator', one)
      if (one === '}') braces -= 1
      at += 1
      continue
    } else if (operator !== undefined) {
      push('operator', operator)
      if (operator === '{') braces += 1
      else if (operator === '}') braces -= 1
    }
    at += whole.length
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', a: '\x07', '0': '\0', '\n': '' }

const unescape = (text: string): string =>
  text.includes('\\')
    ? text.replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[\s\S])/gu, (whole, code: string) => (code.length > 1 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (ESCAPES[code] ?? (code === '\\' || code === '"' || code === "'" ? code : whole))))
    : text

export const wrong = (detail: string, file: string, text: string, at: number): JinjaError => new JinjaError(messages['dbt-template']({ detail }, { place: placeOf(file, text, at) }))
