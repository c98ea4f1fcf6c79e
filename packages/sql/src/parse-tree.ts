// The JSON of DuckDB's json_serialize_sql as a tree. Numbers are kept as text: query positions reach 2^64-1, and a plain
// JSON.parse would change literals.

import type { Diagnostic, Place, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { LosslessNumber, parse, stringify } from 'lossless-json'
import { messages } from './messages.ts'
import { placeAtCharacter } from './place-at.ts'
import type { Tree, TreeNode, TreeValue } from './types.ts'

/** `json` is what the engine printed for `text`. A syntax error is a diagnostic with its place; so is a statement that is not a SELECT. */
export function parseTree(json: string, text: string): Result<Tree> {
  const root = read(json)
  if (root === undefined) return fail(messages['sql-too-complex']({ what: 'nested expressions', limit: 100 }))
  if (root['error'] === false && Array.isArray(root['statements'])) return ok({ text, statements: root['statements'] as readonly TreeNode[] })
  return fail(refusal(root, text))
}

/** A statement's tree as the JSON that the engine prints a statement from. */
export const printTree = (statement: TreeNode): string => stringify({ error: false, statements: [statement] }) ?? ''

function read(json: string): TreeNode | undefined {
  try {
    const value = parse(json, undefined, { parseNumber: (digits) => new LosslessNumber(digits) }) as TreeValue
    return isNode(value) ? value : undefined
  } catch {
    // Deeper than the stack: no statement that a person wrote.
    return undefined
  }
}

export const isNode = (value: TreeValue | undefined): value is TreeNode =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LosslessNumber)

// The engine's message is not passed on: it may suggest names from its catalogue.
function refusal(root: TreeNode, text: string): Diagnostic {
  const said = typeof root['error_message'] === 'string' ? root['error_message'] : ''
  const position = Number(root['position'] ?? NaN)
  const where: { place?: Place } = Number.isSafeInteger(position) ? { place: placeAtCharacter(text, position) } : {}
  if (/Only SELECT statements|A CTE needs a SELECT/u.test(said)) return messages['sql-not-select']({}, where)
  if (/expression depth/u.test(said) || /memory exhausted/u.test(said)) return messages['sql-too-complex']({ what: 'nested expressions', limit: 100 }, where)
  if (root['error_type'] === 'parser') return messages['sql-syntax']({ detail: syntaxDetail(said, text) }, where)
  return messages['sql-not-allowed']({ what: 'This form of statement' }, where)
}

function syntaxDetail(said: string, text: string): string {
  const token = /at or near "(?<token>.{1,100}?)"$/su.exec(said)?.groups?.['token']
  if (/end of input/u.test(said)) return 'Syntax error at the end of the statement.'
  return token !== undefined && text.includes(token) ? `Syntax error at or near "${token}".` : 'Syntax error.'
}
