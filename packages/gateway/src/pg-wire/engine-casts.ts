// Rewrites the casts that the engine reads otherwise than PostgreSQL: bytes in hexadecimal, lists in braces, and
// `numeric` without a precision, which keeps every digit there and three behind the point here. What is rewritten passes
// the gate like any text.

import { quoteLiteral } from '@tulle/sql'
import type { StatementText, Token } from '../types.ts'
import { splitStatements } from '../statement-text.ts'
import { readArray } from './parameters.ts'
import { withSiblingLists } from './typed-parameters.ts'

/** The very same statement where nothing is to be rewritten. */
export function withEngineCasts(statement: StatementText): StatementText {
  const { tokens } = statement
  let { text } = statement
  for (let i = tokens.length - 1; i > 0; i -= 1) {
    const type = tokens[i] as Token
    const cast = type.kind === 'word' ? castTo(tokens, i) : undefined
    if (cast === undefined) continue
    const bytes = type.value === 'bytea' ? hexOf(cast) : undefined
    if (bytes !== undefined) text = `${text.slice(0, bytes.from)}unhex('${bytes.hex}')${text.slice(type.end)}`
    const list = tokens[i + 1]?.value === '[' && cast.colons && cast.operand?.kind === 'string' ? readArray(cast.operand.value) : undefined
    if (list !== undefined && cast.operand !== undefined) text = `${text.slice(0, cast.operand.start)}${quoteLiteral(list)}${text.slice(cast.operand.end)}`
    else if (NUMERICS.has(type.value) && tokens[i + 1]?.value !== '(') text = `${text.slice(0, type.start)}DECIMAL(38, ${scaleOf(cast)})${text.slice(type.end)}`
  }
  if (text === statement.text) text = withSiblingLists(statement)
  if (text === statement.text) return statement
  const again = splitStatements(text)
  const [rewritten] = again.ok ? again.value : []
  return rewritten === undefined ? statement : { ...rewritten, offset: statement.offset }
}

const NUMERICS: ReadonlySet<string> = new Set(['numeric', 'decimal', 'dec'])
/** Digits behind the point where nobody knows them before the value comes; there are 29 before it. */
const OPEN_SCALE = 9

/** A cast by `::` or `CAST(… AS …)`; the operand is what stands before it, where that may be all of it. */
interface Cast { readonly operand: Token | undefined; readonly colons: boolean }

function castTo(tokens: readonly Token[], i: number): Cast | undefined {
  const [before, last] = [tokens[i - 2], tokens[i - 1]]
  if (last?.value === ':' && before?.value === ':' && last.start === before.end) return { operand: tokens[i - 3], colons: true }
  return last?.kind === 'word' && last.value === 'as' && tokens[i + 1]?.value === ')' ? { operand: before, colons: false } : undefined
}

function hexOf({ operand, colons }: Cast): { readonly hex: string; readonly from: number } | undefined {
  const hex = colons && operand?.kind === 'string' ? /^\\x((?:[0-9a-f]{2})*)$/iu.exec(operand.value)?.[1] : undefined
  return hex === undefined || operand === undefined ? undefined : { hex, from: operand.start }
}

function scaleOf({ operand }: Cast): number {
  const literal = operand?.kind === 'string' || operand?.kind === 'number' ? /^\s*[+-]?\d*(?:\.(\d*))?\s*$/u.exec(operand.value) : null
  return literal === null ? OPEN_SCALE : Math.min(literal[1]?.length ?? 0, 37)
}
