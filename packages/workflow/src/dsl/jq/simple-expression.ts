// The part of jq that most expressions are made of, without jq: paths from the input or a variable, literals, equality, and
// combinations of these by "and" and "or". What is not surely of that part, or could fail, is left to jq itself.

import type { Json } from '@tulle/kernel'

export interface Surroundings { readonly input: Json; readonly variables: Readonly<Record<string, Json | undefined>> }

/** Undefined where jq has to be asked: also for errors, since their words are jq's. */
export type SimpleExpression = (surroundings: Surroundings) => Json | undefined

type Token = { readonly kind: 'path' | 'variable' | 'literal' | 'operator' | 'word'; readonly text: string }

// Paths of names and whole numbers; texts without escapes; whole numbers that are exact in any reading.
const TOKEN = /\s*(?:(\.(?![\w"[.]))|(\.[A-Za-z_]\w*)|(\.?\["[^"\\]*"\]|\."[^"\\]*")|(\.?\[\d{1,9}\])|\$([A-Za-z_]\w*)|("[^"\\]*")|(-?\d{1,15}(?![\w.]))|(==|!=)|([A-Za-z_]\w*)|(\S))/uy

/** Undefined where the text is more than this part. */
export function readSimple(text: string): SimpleExpression | undefined {
  const tokens = tokensOf(text)
  if (tokens === undefined || tokens.length === 0) return undefined
  let at = 0
  const peek = (): Token | undefined => tokens[at]
  const isWord = (word: string): boolean => peek()?.kind === 'word' && peek()?.text === word

  const operand = (): SimpleExpression | undefined => {
    const token = tokens[at]
    if (token === undefined) return undefined
    at += 1
    if (token.kind === 'literal') {
      const value = JSON.parse(token.text) as Json
      return () => value
    }
    if (token.kind === 'word' && (token.text === 'true' || token.text === 'false' || token.text === 'null')) {
      const value = JSON.parse(token.text) as Json
      return () => value
    }
    let keys: (string | number)[] = []
    let start: SimpleExpression
    if (token.kind === 'variable') start = ({ variables }) => variables[token.text]
    else if (token.kind === 'path' && token.text.startsWith('.')) {
      start = ({ input }) => input
      if (token.text !== '.') keys = [keyOf(token.text)]
    } else return undefined
    while (peek()?.kind === 'path' && peek()?.text !== '.') {
      keys.push(keyOf(tokens[at]?.text ?? ''))
      at += 1
    }
    return (surroundings) => follow(start(surroundings), keys)
  }
  const comparison = (): SimpleExpression | undefined => {
    const left = operand()
    if (left === undefined || peek()?.kind !== 'operator') return left
    const isEqual = tokens[at]?.text === '=='
    at += 1
    const right = operand()
    if (right === undefined) return undefined
    return (surroundings) => {
      const a = left(surroundings)
      const b = right(surroundings)
      if (a === undefined || b === undefined || isCompound(a) || isCompound(b)) return undefined
      return (a === b) === isEqual
    }
  }
  const combination = (word: 'and' | 'or', part: () => SimpleExpression | undefined): SimpleExpression | undefined => {
    let left = part()
    while (left !== undefined && isWord(word)) {
      at += 1
      const first = left
      const second = part()
      if (second === undefined) return undefined
      left = (surroundings) => {
        const a = first(surroundings)
        if (a === undefined) return undefined
        if (isTrue(a) === (word === 'or')) return word === 'or'
        const b = second(surroundings)
        return b === undefined ? undefined : isTrue(b)
      }
    }
    return left
  }
  const whole = combination('or', () => combination('and', comparison))
  return at === tokens.length ? whole : undefined
}

function tokensOf(text: string): readonly Token[] | undefined {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  const end = text.trimEnd().length
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text)
    if (match === null) return undefined
    const [, dot, name, quoted, index, variable, string, number, operator, word] = match
    const path = dot ?? name ?? quoted ?? index
    if (path !== undefined) tokens.push({ kind: 'path', text: path })
    else if (variable !== undefined) tokens.push({ kind: 'variable', text: variable })
    else if (string !== undefined || number !== undefined) tokens.push({ kind: 'literal', text: string ?? number ?? '' })
    else if (operator !== undefined) tokens.push({ kind: 'operator', text: operator })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word })
    else return undefined
  }
  return tokens
}

function keyOf(token: string): string | number {
  const bare = token.replace(/^\./u, '')
  if (/^\[\d/u.test(bare)) return Number(bare.slice(1, -1))
  if (bare.startsWith('[')) return bare.slice(2, -2)
  return bare.startsWith('"') ? bare.slice(1, -1) : bare
}

function follow(start: Json | undefined, keys: readonly (string | number)[]): Json | undefined {
  let value = start
  for (const key of keys) {
    if (value === undefined) return undefined
    if (value === null) continue
    if (typeof key === 'number') {
      if (!Array.isArray(value)) return undefined
      value = (value[key] as Json | undefined) ?? null
    } else {
      if (typeof value !== 'object' || Array.isArray(value)) return undefined
      value = Object.hasOwn(value, key) ? ((value as Readonly<Record<string, Json>>)[key] ?? null) : null
    }
  }
  return value
}

const isCompound = (value: Json): boolean => typeof value === 'object' && value !== null
const isTrue = (value: Json): boolean => value !== false && value !== null
