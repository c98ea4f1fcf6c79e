// What a number must be, in the words of SodaCL: `> 5`, `between 1 and 10`, `< 5 %`, `< 1d6h`. Pure.

import type { Bound } from '../types.ts'
import type { Fault } from '../read-values.ts'

const NUMBER = String.raw`-?\d{1,18}(?:\.\d{1,12})?`
const ONE = new RegExp(String.raw`^(>=|<=|!=|<>|=|>|<)\s*(${NUMBER})\s*%?$`, 'u')
const RANGE = new RegExp(String.raw`^(not\s+)?between\s*([([]?)\s*(${NUMBER})\s*%?\s+and\s+(${NUMBER})\s*%?\s*([)\]]?)$`, 'u')
const SPAN = /^(?:\d{1,9}(?:d|h|m|s))+$/u
const SECONDS: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, m: 60, s: 1 }
const OPERATORS: Readonly<Record<string, Extract<Bound, { value: number }>['operator']>> = { '>': '>', '<': '<', '>=': '≥', '<=': '≤', '=': '=', '!=': '≠', '<>': '≠' }

/** What must hold. Spans of time (`1d6h`) are seconds. */
export function readThreshold(text: string): Bound | Fault {
  const plain = text.trim().replace(/\s+/gu, ' ').replaceAll(/(?:\d{1,9}[dhms])+/gu, (span) => (SPAN.test(span) ? String(secondsOf(span)) : span))
  const [, sign, value] = ONE.exec(plain) ?? []
  if (sign !== undefined) return { operator: OPERATORS[sign] ?? '=', value: Number(value) }
  const range = RANGE.exec(plain)
  if (range === null) return { fault: `"${text.trim().slice(0, 60)}" is no threshold (> 5, between 1 and 10, < 5 %)` }
  const [, not, open = '', low, high, close = ''] = range
  if (Number(low) > Number(high)) return { fault: 'its range begins above its end' }
  return { operator: not === undefined ? 'between' : 'not between', low: Number(low), high: Number(high), ...(open === '(' && { lowOpen: true as const }), ...(close === ')' && { highOpen: true as const }) }
}

const secondsOf = (span: string): number => [...span.matchAll(/(\d+)([dhms])/gu)].reduce((sum, [, count, unit]) => sum + Number(count) * (SECONDS[unit ?? ''] ?? 0), 0)

/** Of an alert (`warn: when > 5`), what must hold so that there is none. */
export function opposite(bound: Bound): Bound {
  switch (bound.operator) {
    case '=': return { ...bound, operator: '≠' }
    case '≠': return { ...bound, operator: '=' }
    case '>': return { ...bound, operator: '≤' }
    case '≥': return { ...bound, operator: '<' }
    case '<': return { ...bound, operator: '≥' }
    case '≤': return { ...bound, operator: '>' }
    case 'between': return { ...bound, operator: 'not between' }
    case 'not between': return { ...bound, operator: 'between' }
    case 'usual': return bound
  }
}
