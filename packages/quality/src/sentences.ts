// What was measured, in one sentence. No value of a row is in it, only numbers.

import { unreachable } from '@tulle/kernel'
import type { Aggregate, Bound, Check, Limit, Measure, RowRule } from './types.ts'

interface Told { readonly count: number; readonly value: number; readonly changed: number; readonly total: number }

export function sentenceOf(check: Check, { count, value, changed, total }: Told, allowed: string): string {
  const { measure, unit } = check
  const shown = unit === 'percent' ? `${count} (${round(value)} %)` : String(Number.isInteger(count) ? count : round(count))
  const ofRows = `${shown} of ${total} ${plural(total, 'row')}`
  const change = check.change === undefined ? '' : ` That is ${round(changed)}${check.change.percent ? ' %' : ''} from ${BASES[check.change.from](check.change.of)}.`
  return `${fact(measure, { shown, ofRows, count, value })}${change}${allowed}`
}

const BASES = {
  last: () => 'the last time', 'same-weekday': () => 'the same day of the week', average: (n: number) => `the average of the last ${n}`, least: (n: number) => `the least of the last ${n}`, most: (n: number) => `the most of the last ${n}`,
}

function fact(measure: Measure, { shown, ofRows, count, value }: { shown: string; ofRows: string; count: number; value: number }): string {
  switch (measure.kind) {
    case 'rows': return `it has ${count} ${plural(count, 'row')}${measure.where === undefined ? '' : ' that the filter lets through'}.`
    case 'filled': return `${listed(measure.columns)} ${measure.columns.length === 1 ? 'has' : 'have'} a value in ${ofRows}.`
    case 'bad': return `${atFault(measure.of)} in ${ofRows}.`
    case 'aggregate': return `${AGGREGATES[measure.of]} "${measure.column}" is ${round(value)}.`
    case 'quantile': return `the ${round(measure.at * 100)} % quantile of "${measure.column}" is ${round(value)}.`
    case 'age': return `the newest "${measure.column}" is ${spanText(value)} old.`
    case 'distinct-among': return measure.counts === 'others' ? `"${measure.column}" has ${shown} distinct ${plural(count, 'value')} that ${count === 1 ? 'is' : 'are'} none of the ${measure.values.length}.` : `"${measure.column}" lacks ${shown} of the ${measure.values.length} values.`
    case 'repeats': return repeated(measure, shown, ofRows, count)
    case 'modes-outside': return `${shown} of the most common values of "${measure.column}" ${count === 1 ? 'is' : 'are'} none of the ${measure.values.length}.`
    case 'spread': return Number.isFinite(value) ? `${METHODS[measure.method]} of "${measure.column}" is ${round(value)}.` : `"${measure.column}" has values that its reference has not.`
    case 'row-difference': return `it has ${Math.abs(count)} ${plural(Math.abs(count), 'row')} ${count < 0 ? 'fewer' : 'more'} than ${measure.other.schema}.${measure.other.name}.`
    case 'query': return measure.answers === 'rows' ? `the query finds ${shown} ${plural(count, 'row')}.` : `the query answers ${round(value)}.`
    // Judged elsewhere.
    case 'type': case 'columns': case 'unmeasured': return ''
    default: return unreachable(measure)
  }
}

const AGGREGATES: Readonly<Record<Aggregate, string>> = {
  avg: 'the mean of', median: 'the median of', stddev: 'the standard deviation of', 'stddev-pop': 'the standard deviation of', variance: 'the variance of', 'variance-pop': 'the variance of', min: 'the least', max: 'the greatest', sum: 'the sum of',
  distinct: 'the number of distinct values of', 'avg-length': 'the mean length of', 'min-length': 'the least length of', 'max-length': 'the greatest length of',
}
const METHODS = { 'kl-divergence': 'the Kullback–Leibler divergence', 'chi-square': 'the p-value of the chi-square test', psi: 'the population stability index' } as const

function repeated({ columns, counts }: Extract<Measure, { kind: 'repeats' }>, shown: string, ofRows: string, count: number): string {
  if (counts === 'values') return `${shown} ${plural(count, 'value')} of ${listed(columns)} ${count === 1 ? 'is' : 'are'} there more than once.`
  return counts === 'surplus' ? `${ofRows} ${count === 1 ? 'repeats' : 'repeat'} a value of ${listed(columns)}.` : `${ofRows} share a value of ${listed(columns)} with another.`
}

function atFault(rule: RowRule): string {
  switch (rule.rule) {
    case 'null': return `"${rule.column}" is null`
    case 'missing': return `"${rule.column}" is missing`
    case 'not-among': return `"${rule.column}" holds none of the ${rule.values.length} valid values`
    case 'among': return `"${rule.column}" holds one of the ${rule.values.length} invalid values`
    case 'mismatch': return `"${rule.column}" does not match its ${rule.called === undefined ? 'pattern' : `format "${rule.called}"`}`
    case 'match': return `"${rule.column}" matches the forbidden pattern`
    case 'outside': return `"${rule.column}" is not ${rangeText(rule)}`
    case 'length': return `the length of "${rule.column}" is not ${rangeText(rule)}`
    case 'no-multiple': return `"${rule.column}" is no multiple of ${rule.of}`
    case 'items': return `the number of items of "${rule.column}" is not ${rangeText(rule)}`
    case 'repeated-items': return `"${rule.column}" has an item twice`
    case 'uncastable': return `"${rule.column}" cannot be read as ${rule.type}`
    case 'pair': return `"${rule.left}" ${rule.operator} "${rule.right}" does not hold`
    case 'sum': return `${rule.columns.map((name) => `"${name}"`).join(' + ')} is not ${typeof rule.total === 'number' ? rule.total : `"${rule.total.column}"`}`
    case 'orphan': return `${listed(rule.columns)} ${rule.columns.length === 1 ? 'is' : 'are'} ${rule.inverted === true ? '' : 'not '}in ${rule.other.schema}.${rule.other.name}`
    case 'any': return rule.of.map(atFault).join(', or ')
    case 'condition': return rule.holds ? 'the fail condition holds' : 'the condition does not hold'
    default: return unreachable(rule)
  }
}

function rangeText({ low, high }: { readonly low?: Limit; readonly high?: Limit }): string {
  const parts = [...(low === undefined ? [] : [`${low.open === true ? '>' : '≥'} ${low.value}`]), ...(high === undefined ? [] : [`${high.open === true ? '<' : '≤'} ${high.value}`])]
  return parts.join(' and ')
}

export function boundText(bound: Exclude<Bound, { operator: 'usual' }>, show: (value: number) => string): string {
  if ('value' in bound) return `${bound.operator} ${show(bound.value)}`
  if (bound.operator === 'between' && bound.low === -Infinity && bound.high === Infinity) return 'any'
  if (bound.operator === 'between' && bound.low === -Infinity) return `${bound.highOpen === true ? '<' : '≤'} ${show(bound.high)}`
  if (bound.operator === 'between' && bound.high === Infinity) return `${bound.lowOpen === true ? '>' : '≥'} ${show(bound.low)}`
  const [after, before] = [bound.lowOpen === true, bound.highOpen === true]
  return after || before ? `${bound.operator} ${after ? '(' : '['}${show(bound.low)}, ${show(bound.high)}${before ? ')' : ']'}` : `${bound.operator} ${show(bound.low)} and ${show(bound.high)}`
}

/** Seconds in the largest unit that says enough. */
export function spanText(seconds: number): string {
  const [unit, size] = ([['day', 86_400], ['hour', 3_600], ['minute', 60], ['second', 1]] as const).find(([, length]) => Math.abs(seconds) >= length * 2) ?? ['second', 1]
  const count = Math.round((seconds / size) * 10) / 10
  return `${count} ${count === 1 ? unit : `${unit}s`}`
}

const listed = (columns: readonly string[]): string => columns.map((name) => `"${name}"`).join(', ')
const plural = (count: number, noun: string): string => (count === 1 ? noun : `${noun}s`)
const round = (value: number): number => (Math.abs(value) < 0.001 && value !== 0 ? Number(value.toPrecision(4)) : Math.round(value * 10_000) / 10_000)
