// What a number must be, in the words of ODCS. Pure.

import type { Json } from '@tulle/kernel'
import { didYouMean } from '@tulle/kernel'
import type { Bound } from './types.ts'
import type { Fault, Obj } from './read-values.ts'

const OPERATORS = {
  mustBe: '=', mustNotBe: '≠', mustBeGreaterThan: '>', mustBeGreaterOrEqualTo: '≥', mustBeGreaterThanOrEqualTo: '≥',
  mustBeLessThan: '<', mustBeLessOrEqualTo: '≤', mustBeLessThanOrEqualTo: '≤', mustBeBetween: 'between', mustNotBeBetween: 'not between',
} as const

export function readBound(rule: Obj): Bound | Fault {
  const misspelt = Object.keys(rule).find((key) => /^must/iu.test(key) && !Object.hasOwn(OPERATORS, key))
  if (misspelt !== undefined) return { fault: `it has no "${misspelt.slice(0, 60)}"`, hint: didYouMean(misspelt, Object.keys(OPERATORS)) }
  const used = Object.entries(OPERATORS).filter(([key]) => rule[key] !== undefined)
  const [first, ...others] = used
  if (first === undefined) return { fault: `it says no bound (${Object.keys(OPERATORS).slice(0, 3).join(', ')} …)` }
  if (others.length > 0) return { fault: `it says ${used.map(([key]) => key).join(' and ')}; one is allowed` }
  const [key, operator] = first
  const value = rule[key]
  if (operator === 'between' || operator === 'not between') {
    const [low, high] = Array.isArray(value) ? (value as readonly Json[]) : []
    if (typeof low !== 'number' || typeof high !== 'number' || low > high) return { fault: `${key} needs two numbers, the smaller one first` }
    return { operator, low, high }
  }
  return typeof value === 'number' && Number.isFinite(value) ? { operator, value } : { fault: `${key} needs a number` }
}
