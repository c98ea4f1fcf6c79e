// A predicate on a column to what it means for the values that a transform makes of the column. Inclusive: a row that
// matches the predicate has a transformed value that matches one of the projected ones.

import type { Value } from './types.ts'
import type { Leaf } from './may-match.ts'
import type { Transform } from './transform.ts'
import { isOfType } from './value-bytes.ts'
import { transformValue } from './transform.ts'

type Comparison = Extract<Leaf, { readonly kind: 'compare' }>

/** The alternatives of which one must hold, or undefined where the transform says nothing about the predicate. */
export function projectPredicate(leaf: Leaf, transform: Transform, sourceType: string): readonly Leaf[] | undefined {
  if (transform.kind === 'void') return undefined
  if (leaf.kind === 'is-null' || leaf.kind === 'is-not-null' || transform.kind === 'identity') return [leaf]
  const apply = (value: Value): Value | undefined => transformValue(transform, sourceType, value) ?? undefined
  // What compares with anything is not null, and neither is what becomes of it.
  const present: readonly Leaf[] = [{ kind: 'is-not-null', fieldId: leaf.fieldId }]
  switch (leaf.kind) {
    case 'in':
      return leaf.values.flatMap((value) => equal(leaf.fieldId, transform, apply(value)))
    case 'starts-with':
      return transform.kind === 'truncate' ? [prefixed(leaf, transform.width)] : present
    case 'compare':
      if (leaf.operator === '=') return equal(leaf.fieldId, transform, apply(leaf.value))
      return transform.kind === 'bucket' || leaf.operator === '!=' ? present : ordered(inclusive(leaf, sourceType), transform, sourceType)
  }
}

const equal = (fieldId: number, transform: Transform, value: Value | undefined): readonly Leaf[] =>
  (value === undefined ? [] : isBlurred(transform, value) ? [value, value + 1] : [value]).map((v) => ({ kind: 'compare', fieldId, operator: '=', value: v }))

/** Java once rounded times before 1970 up in place of down, and tables that it partitioned so are still about. */
const isBlurred = ({ kind }: Transform, value: Value): value is number =>
  typeof value === 'number' && value < 0 && (kind === 'year' || kind === 'month' || kind === 'day' || kind === 'hour')

const prefixed = (leaf: Extract<Leaf, { readonly kind: 'starts-with' }>, width: number): Leaf => {
  const points = Array.from(leaf.prefix)
  return points.length <= width ? leaf : { kind: 'compare', fieldId: leaf.fieldId, operator: '=', value: points.slice(0, width).join('') }
}

/** `< 5` is `<= 4` where values have neighbours, which leaves out the partition that begins with 5. */
function inclusive(leaf: Comparison, sourceType: string): Comparison {
  if (leaf.operator !== '<' && leaf.operator !== '>') return leaf
  const { value } = leaf
  const step = leaf.operator === '<' ? -1 : 1
  const neighbour = typeof value === 'bigint' ? value + BigInt(step) : typeof value === 'number' ? value + step : undefined
  const operator = leaf.operator === '<' ? '<=' : '>='
  return { ...leaf, operator, value: neighbour !== undefined && isOfType(sourceType, neighbour) ? neighbour : value }
}

function ordered(leaf: Comparison, transform: Transform, sourceType: string): readonly Leaf[] {
  const value = transformValue(transform, sourceType, leaf.value)
  if (value === null) return []
  const wrapped = transform.kind === 'truncate' ? leastWraps(transform, sourceType) : undefined
  // Where the bound itself wraps, all that is not null lies above it.
  if (leaf.operator === '>=') return [wrapped !== undefined && value === wrapped ? { kind: 'is-not-null', fieldId: leaf.fieldId } : { ...leaf, value }]
  return [
    { ...leaf, value: isBlurred(transform, value) ? value + 1 : value },
    ...(wrapped === undefined ? [] : [{ ...leaf, operator: '=' as const, value: wrapped }]),
  ]
}

/** The least integers, truncated, wrap around to a great one, which a bound from above must let through. */
function leastWraps(transform: Transform, sourceType: string): Value | undefined {
  const least = sourceType === 'int' ? -(2 ** 31) : sourceType === 'long' ? -(2n ** 63n) : undefined
  const truncated = least === undefined ? null : transformValue(transform, sourceType, least)
  return truncated !== null && Number(truncated) > 0 ? truncated : undefined
}
