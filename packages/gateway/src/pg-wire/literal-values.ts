// The values of an EXECUTE, where each is a plain literal: text → values as a client would send them.

import { readTokens } from '../statement-text.ts'

/** Undefined where something else than plain literals between commas stands there. */
export function literalValues(text: string): readonly (Buffer | null)[] | undefined {
  const read = readTokens(text)
  if (!read.ok) return undefined
  const values: (Buffer | null)[] = []
  const tokens = [...read.value]
  while (tokens.length > 0) {
    if (values.length > 0 && tokens.shift()?.value !== ',') return undefined
    const isNegative = tokens[0]?.kind === 'symbol' && tokens[0].value === '-'
    if (isNegative) tokens.shift()
    const token = tokens.shift()
    if (token?.kind === 'number' && /^[\d.eE+-]+$/u.test(token.value)) values.push(Buffer.from(`${isNegative ? '-' : ''}${token.value}`))
    // Only where the first quote is the string's own are its escapes just doubled quotes.
    else if (!isNegative && token?.kind === 'string' && text[token.start] === "'") values.push(Buffer.from(token.value))
    else if (!isNegative && token?.kind === 'word' && ['true', 'false', 'null'].includes(token.value)) values.push(token.value === 'null' ? null : Buffer.from(token.value))
    else return undefined
  }
  return values
}
