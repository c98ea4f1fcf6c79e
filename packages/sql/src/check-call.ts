// May this function be called with these arguments? A function is allowed by name; a few also need their arguments
// looked at, because one argument makes them show statistics, call another function, or fill the memory.

import type { Diagnostic, Place } from '@tulle/kernel'
import { didYouMean } from '@tulle/kernel'
import { LosslessNumber } from 'lossless-json'
import { messages } from './messages.ts'
import { isNode } from './parse-tree.ts'
import type { TreeNode, TreeValue } from './types.ts'

/** Makes the diagnostic once the caller knows the place. */
export type Refused = (where: { readonly place?: Place }) => Diagnostic

/** Elements or characters that one call may make. `repeat(…, 2e9)` ignores an interrupt for most of a minute. */
const SIZE_LIMIT = 10_000

/** Functions whose second argument is the size of their result. */
const SIZING: ReadonlySet<string> = new Set(['repeat', 'lpad', 'rpad', 'list_resize', 'array_resize', 'bitstring'])

/** Functions whose second argument is the name of an aggregate. */
const DISPATCHING: ReadonlySet<string> = new Set(['aggregate', 'array_aggr', 'array_aggregate', 'list_aggr', 'list_aggregate'])

/** Functions whose first argument is a pattern with widths. */
const FORMATTING: ReadonlySet<string> = new Set(['format', 'printf'])

export const isSizing = (name: string): boolean => SIZING.has(lowerName(name)) || FORMATTING.has(lowerName(name))

/** SQL compares names by ASCII case only. */
export const lowerName = (name: string): string => name.replaceAll(/[A-Z]/gu, (letter) => letter.toLowerCase())

/** Why the call is refused, or undefined. `sized` says that it stands inside another sizing call. */
export function checkCall(node: TreeNode, functions: ReadonlySet<string>, sized: boolean): Refused | undefined {
  const name = textOf(node['function_name'])
  const schema = textOf(node['schema'])
  const lower = lowerName(name)
  if (textOf(node['catalog']) !== '') return (where) => messages['sql-not-allowed']({ what: 'A function with a catalogue' }, where)
  // The parser itself writes "main" for what is spelt as syntax, such as EXTRACT and [1, 2].
  if (schema !== '' && schema !== 'main') return (where) => messages['sql-method-call']({ name, schema }, where)
  if (node['export_state'] === true) return (where) => messages['sql-not-allowed']({ what: 'EXPORT_STATE' }, where)
  if (!functions.has(lower)) return (where) => messages['sql-function-not-allowed']({ name, suggestion: didYouMean(lower, functions) }, where)
  const children = (Array.isArray(node['children']) ? node['children'] : []) as readonly TreeValue[]
  if (lower === 'bitstring_agg' && children.length !== 3) {
    return (where) => messages['sql-not-allowed']({ what: 'bitstring_agg without its least and greatest value' }, where)
  }
  if (DISPATCHING.has(lower) && !isAllowedAggregate(children[1], functions)) {
    return (where) => messages['sql-not-allowed']({ what: `${name} with another function than an allowed one, written out` }, where)
  }
  const unbounded = (SIZING.has(lower) && !isSmall(children[1])) || (FORMATTING.has(lower) && !isNarrow(children[0]))
  if ((unbounded && isCall(lower, children)) || (sized && isSizing(lower))) {
    return (where) => messages['sql-unbounded-size']({ name, limit: SIZE_LIMIT }, where)
  }
  return undefined
}

// bitstring(text) has no size.
const isCall = (name: string, children: readonly TreeValue[]): boolean => name !== 'bitstring' || children.length > 1

const textOf = (value: TreeValue | undefined): string => (typeof value === 'string' ? value : '')

function isAllowedAggregate(value: TreeValue | undefined, functions: ReadonlySet<string>): boolean {
  const name = constantOf(value)
  return typeof name === 'string' && functions.has(lowerName(name)) && lowerName(name) !== 'bitstring_agg'
}

function isSmall(value: TreeValue | undefined): boolean {
  const size = constantOf(value)
  return size instanceof LosslessNumber && Math.abs(Number(size.value)) <= SIZE_LIMIT
}

function isNarrow(value: TreeValue | undefined): boolean {
  const pattern = constantOf(value)
  return typeof pattern === 'string' && !/\d{5}|\*|\{[^}]*\{/u.test(pattern)
}

function constantOf(value: TreeValue | undefined): TreeValue | undefined {
  if (value === undefined || !isNode(value) || value['class'] !== 'CONSTANT') return undefined
  const constant = value['value']
  // A decimal's digits stand without their point, so only whole numbers are read.
  if (constant === undefined || !isNode(constant) || constant['is_null'] !== false || !isNode(constant['type'] ?? null)) return undefined
  const { type } = constant
  return isNode(type) && type['type_info'] === null ? constant['value'] : undefined
}
