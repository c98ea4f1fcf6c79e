// Whether any row of a group may meet a predicate, by what is known of the group's columns. It may say yes in vain, and
// never no where a row matches: SQL's own rules hold for null, and NaN may be the greatest number, as engines differ on it.

import type { Predicate, Value } from './types.ts'
import { compareValues } from './value-bytes.ts'

/** A predicate on one column. */
export type Leaf = Exclude<Predicate, { readonly kind: 'and' | 'or' }>

/** What is known of the values of a column. All bounds are inclusive and say nothing of null and NaN. */
export interface ColumnFacts {
  readonly mayBeNull: boolean
  readonly mayBeValue: boolean
  readonly mayBeNan: boolean
  readonly lower?: Value
  readonly upper?: Value
}

/** True where `leafMayMatch` does not rule the predicate out. */
export function mayMatch(predicate: Predicate, leafMayMatch: (leaf: Leaf) => boolean): boolean {
  switch (predicate.kind) {
    case 'and':
      return predicate.of.every((part) => mayMatch(part, leafMayMatch))
    case 'or':
      return predicate.of.some((part) => mayMatch(part, leafMayMatch))
    default:
      return leafMayMatch(predicate)
  }
}

/** True where a value of the column may meet the predicate. */
export function valueMayMatch(leaf: Leaf, facts: ColumnFacts): boolean {
  if (leaf.kind === 'is-null') return facts.mayBeNull
  if (!facts.mayBeValue) return false
  switch (leaf.kind) {
    case 'is-not-null':
      return true
    case 'in':
      return leaf.values.some((value) => compares('=', value, facts))
    case 'starts-with':
      return startsWith(leaf.prefix, facts)
    case 'compare':
      return compares(leaf.operator, leaf.value, facts)
  }
}

function compares(operator: '=' | '!=' | '<' | '<=' | '>' | '>=', value: Value, { mayBeNan, lower, upper }: ColumnFacts): boolean {
  if (Number.isNaN(value)) return true
  const [fromLower, fromUpper] = [lower, upper].map((bound) => (bound === undefined ? undefined : compareValues(value, bound)))
  switch (operator) {
    case '=':
      return !(fromLower !== undefined && fromLower < 0) && !(fromUpper !== undefined && fromUpper > 0)
    case '!=':
      return mayBeNan || fromLower !== 0 || fromUpper !== 0
    case '<':
      return fromLower === undefined || fromLower > 0
    case '<=':
      return fromLower === undefined || fromLower >= 0
    case '>':
      return mayBeNan || fromUpper === undefined || fromUpper < 0
    case '>=':
      return mayBeNan || fromUpper === undefined || fromUpper <= 0
  }
}

function startsWith(prefix: string, { lower, upper }: ColumnFacts): boolean {
  if (typeof upper === 'string' && compareValues(upper, prefix) < 0) return false
  // Whatever begins with the prefix is at most as great as the lower bound's own beginning of that length.
  return typeof lower !== 'string' || compareValues(Array.from(lower).slice(0, Array.from(prefix).length).join(''), prefix) <= 0
}
