// Casts for parameters whose type the engine cannot tell, in the order in which they are tried. PostgreSQL gives such a
// parameter the type of what it is compared or computed with, else text. What is made here passes the gate like any text.

import type { StatementText, Token } from '../types.ts'
import { engineTypeOf, readArray } from './parameters.ts'

/** Texts to try, one after the other, where the parameters of these numbers are untyped. `declared` are object ids, 0 where there is none. */
export function typedTexts(statement: StatementText, unknown: ReadonlySet<string>, declared: readonly number[]): readonly string[] {
  const texts = GUESSES.map((guess) => {
    let { text } = statement
    statement.tokens.forEach((_, i) => {
      const at = statement.tokens.length - 1 - i
      const token = statement.tokens[at] as Token
      if (token.kind !== 'parameter' || !unknown.has(token.value)) return
      const type = declared[Number(token.value) - 1] ?? 0
      const cast = `${text.slice(token.start, token.end)}::${type === 0 ? guess : engineTypeOf(type)}`
      text = `${text.slice(0, token.start)}${type === 0 ? (likeSibling(statement, at) ?? cast) : cast}${text.slice(token.end)}`
    })
    return text
  })
  return [...new Set(texts)]
}

/** The text where each of these parameters is cast to its type, as the engine spells it. */
export function withCasts({ text, tokens }: StatementText, numbers: ReadonlySet<string>, typeOf: (number: number) => string): string {
  return tokens.toReversed().reduce((cast, { kind, value, end }) => (kind === 'parameter' && numbers.has(value) ? `${cast.slice(0, end)}::${typeOf(Number(value))}${cast.slice(end)}` : cast), text)
}

// `round(price, $1)` takes a number and no text; nothing else is worth a try.
const GUESSES = ['VARCHAR', 'INTEGER', 'DOUBLE', 'INTERVAL']

/** `any('{5,9}')` → a list of the type of what stands before it. The very same statement where nothing is to be rewritten. */
export function withSiblingLists({ text, tokens }: StatementText): string {
  let rewritten = text
  for (let at = tokens.length - 1; at > 0; at -= 1) {
    const token = tokens[at] as Token
    const list = token.kind === 'string' && text[token.start] === "'" ? readArray(token.value) : undefined
    const like = list === undefined ? undefined : listOf(text, tokens, at)
    if (list !== undefined && like !== undefined) rewritten = `${rewritten.slice(0, token.start)}CASE WHEN true THEN '${list.replaceAll("'", "''")}' ELSE [${like}] END${rewritten.slice(token.end)}`
  }
  return rewritten
}

/** An expression of the parameter's value that has the type of its neighbour; undefined where it has none of a plain name. */
function likeSibling({ text, tokens }: StatementText, at: number): string | undefined {
  const { start, end } = tokens[at] as Token
  const value = text.slice(start, end)
  const list = listOf(text, tokens, at)
  if (list !== undefined) return `CASE WHEN true THEN ${value} ELSE [${list}] END`
  const operator = tokens[at - 1]
  const before = operator?.kind === 'symbol' && '+-*/%'.includes(operator.value) ? pathBefore(text, tokens, at - 2) : undefined
  return before === undefined ? undefined : `CASE WHEN true THEN ${value} ELSE ${before} END`
}

/** What stands before `= any(` or `<> all(`, where the token at this place is all that is in the parentheses. */
function listOf(text: string, tokens: readonly Token[], at: number): string | undefined {
  const [word, open, close] = [tokens[at - 2], tokens[at - 1], tokens[at + 1]]
  if (open?.value !== '(' || close?.value !== ')' || word?.kind !== 'word' || !['any', 'all', 'some'].includes(word.value)) return undefined
  let operator = at - 3
  while (tokens[operator]?.kind === 'symbol' && '<>=!'.includes((tokens[operator] as Token).value)) operator -= 1
  return operator === at - 3 ? undefined : pathBefore(text, tokens, operator)
}

/** A column's name that ends here, with the names before it: `price`, `t."Price"`. */
function pathBefore(text: string, tokens: readonly Token[], end: number): string | undefined {
  const isName = (token: Token | undefined): boolean => token?.kind === 'identifier' || (token?.kind === 'word' && !NO_NAMES.has(token.value))
  if (!isName(tokens[end])) return undefined
  let first = end
  while (tokens[first - 1]?.value === '.' && isName(tokens[first - 2])) first -= 2
  return text.slice((tokens[first] as Token).start, (tokens[end] as Token).end)
}

const NO_NAMES: ReadonlySet<string> = new Set(['select', 'where', 'and', 'or', 'not', 'on', 'when', 'then', 'else', 'end', 'case', 'in', 'is', 'null', 'true', 'false', 'between', 'like', 'ilike', 'by', 'having', 'limit', 'offset', 'from', 'as'])
