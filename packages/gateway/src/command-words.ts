// Walks the tokens of a statement, word by word, for whoever reads commands.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Command } from './command.ts'
import type { StatementText, Token } from './types.ts'
import { messages } from './messages.ts'

export type Words = ReturnType<typeof wordsOf>
export type ReadCommand = (words: Words, statement: StatementText) => Result<Command | undefined>

export function wordsOf(tokens: readonly Token[]) {
  let at = 0
  const peek = (): Token | undefined => tokens[at]
  const take = (fits: (token: Token) => boolean): Token | undefined => {
    const token = peek()
    if (token === undefined || !fits(token)) return undefined
    at += 1
    return token
  }
  const words = {
    left: () => tokens.length - at,
    position: () => peek()?.start,
    peek,
    word: (): string | undefined => take((token) => token.kind === 'word')?.value,
    skip: (word: string): boolean => take((token) => token.kind === 'word' && token.value === word) !== undefined,
    symbol: (symbol: string): boolean => take((token) => token.kind === 'symbol' && token.value === symbol) !== undefined,
    string: (): string | undefined => take((token) => token.kind === 'string')?.value,
    number: (): number | undefined => {
      const token = take(({ kind, value }) => kind === 'number' && /^\d{1,9}$/.test(value))
      return token && Number(token.value)
    },
    name: (dotted = false): string | undefined => {
      const token = take(({ kind }) => kind === 'word' || kind === 'identifier')
      if (token === undefined || !dotted || !words.symbol('.')) return token?.value
      const rest = words.name(true)
      return rest === undefined ? undefined : `${token.value}.${rest}`
    },
    /** What stands in the parentheses that begin here: where it begins, and where the closing one is. */
    inner: (): { readonly start: number; readonly end: number; readonly tokens: readonly Token[] } | undefined => {
      const open = peek()
      if (open?.kind !== 'symbol' || open.value !== '(') return undefined
      const first = at + 1
      for (let depth = 0; at < tokens.length; at += 1) {
        const { kind, value, start } = tokens[at] as Token
        if (kind !== 'symbol') continue
        depth += value === '(' ? 1 : value === ')' ? -1 : 0
        if (depth > 0) continue
        at += 1
        return { start: open.end, end: start, tokens: tokens.slice(first, at - 1) }
      }
      return undefined
    },
    // The rest of a SET: one value, or several between commas as SHOW prints them.
    values: (): string | undefined => {
      const rest = tokens.slice(at)
      at = tokens.length
      if (rest.length === 1 && rest[0]?.kind === 'word' && rest[0].value === 'default') return undefined
      return rest.map((token) => (token.kind === 'symbol' && token.value === ',' ? ', ' : token.value)).join('')
    },
    named: (make: (name: string) => Command, dotted = false): Result<Command | undefined> => {
      const name = words.name(dotted)
      return name === undefined ? words.error() : ok(make(name))
    },
    error: (): Result<never> => {
      const token = peek()
      return fail(messages['statement-syntax']({ what: token === undefined ? 'at end of input' : `at or near "${token.value.slice(0, 60)}"` }))
    },
  }
  return words
}
