// One quality rule of an ODCS contract to the check that it means, or what is wrong with it. A rule that is no library
// metric (SQL, custom, text) is kept as a check that cannot be run, never as one that passes.

import type { Json, Place, Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import type { QualityRule } from '@tulle/model'
import type { Bound, Check, Measure } from './types.ts'
import { messages } from './messages.ts'

/** ODCS 3.1's library, and the names that 3.0 gave the same metrics. */
const METRICS = ['rowCount', 'nullValues', 'missingValues', 'invalidValues', 'duplicateValues'] as const
type Metric = (typeof METRICS)[number]
const OLD_NAMES: Readonly<Record<string, Metric>> = { nullCheck: 'nullValues', duplicateCount: 'duplicateValues', validValues: 'invalidValues' }
const LARGEST_LIST = 10_000
const LONGEST_PATTERN = 1_000

/** What a rule does not say, or says wrongly; as the end of a sentence. */
interface Fault { readonly fault: string; readonly hint?: string }

type Rule = Readonly<Record<string, Json | undefined>>

/** Reads a rule of `column`, or of the whole data set where that is undefined. */
export function readRule(written: QualityRule, column: string | undefined, columns: ReadonlySet<string>): Result<Check> {
  const { place } = written
  const rule = isRule(written.rule) ? written.rule : {}
  const named = written.metric ?? textOf(rule['metric']) ?? (rule['type'] === 'library' ? textOf(rule['rule']) : undefined)
  if (named === undefined) return ok(...unmeasured(rule, column, place))
  const metric = METRICS.find((known) => known === named) ?? OLD_NAMES[named]
  if (metric === undefined) {
    return fail(messages['check-unknown-metric']({ metric: named.slice(0, 100), hint: didYouMean(named, METRICS), known: METRICS }, { place }))
  }
  const malformed = ({ fault, hint = '' }: Fault): Result<never> => fail(messages['check-malformed']({ metric, why: fault, hint }, { place }))
  const measure = readMeasure(metric, rule, column, columns)
  if ('fault' in measure) return malformed(measure)
  const bound = readBound(rule)
  if ('fault' in bound) return malformed(bound)
  const unit = rule['unit'] ?? 'rows'
  if (unit !== 'rows' && unit !== 'percent') return malformed({ fault: `its unit ${JSON.stringify(unit).slice(0, 60)} is neither rows nor percent` })
  if (unit === 'percent' && metric === 'rowCount') return malformed({ fault: 'a row count has no percentage' })
  return ok({ name: nameOf(metric, measure), measure, bound, unit, place })
}

function readMeasure(metric: Metric, rule: Rule, column: string | undefined, columns: ReadonlySet<string>): Measure | Fault {
  const given = isRule(rule['arguments']) ? rule['arguments'] : {}
  if (metric === 'rowCount') return { kind: 'rows' }
  if (metric === 'duplicateValues') {
    const keys = column === undefined ? given['properties'] : [column]
    if (!isTexts(keys) || keys.length === 0) return { fault: 'a rule of the whole data set names its columns in arguments.properties' }
    const unknown = keys.find((key) => !columns.has(key))
    return unknown === undefined ? { kind: 'surplus', columns: keys } : { fault: `there is no column "${unknown.slice(0, 100)}"`, hint: didYouMean(unknown, columns) }
  }
  if (column === undefined) return { fault: 'it belongs to a column, not to the whole data set' }
  if (metric === 'nullValues') return { kind: 'nulls', column }
  if (metric === 'missingValues') {
    const values = listOf(given['missingValues'])
    return values === undefined ? { fault: 'it needs arguments.missingValues, a list' } : { kind: 'among', column, values }
  }
  const values = listOf(given['validValues'] ?? rule['validValues'])
  if (values !== undefined) return { kind: 'outside', column, values }
  const pattern = given['pattern']
  if (typeof pattern !== 'string' || pattern.length > LONGEST_PATTERN) return { fault: 'it needs arguments.validValues, a list, or arguments.pattern, a text' }
  return { kind: 'mismatches', column, pattern }
}

const OPERATORS = {
  mustBe: '=', mustNotBe: '≠', mustBeGreaterThan: '>', mustBeGreaterOrEqualTo: '≥', mustBeGreaterThanOrEqualTo: '≥',
  mustBeLessThan: '<', mustBeLessOrEqualTo: '≤', mustBeLessThanOrEqualTo: '≤', mustBeBetween: 'between', mustNotBeBetween: 'not between',
} as const

function readBound(rule: Rule): Bound | Fault {
  const misspelt = Object.keys(rule).find((key) => /^must/iu.test(key) && !Object.hasOwn(OPERATORS, key))
  if (misspelt !== undefined) return { fault: `it has no "${misspelt.slice(0, 60)}"`, hint: didYouMean(misspelt, Object.keys(OPERATORS)) }
  const used = Object.entries(OPERATORS).filter(([key]) => rule[key] !== undefined)
  const [first, ...others] = used
  if (first === undefined) return { fault: `it says no bound (${Object.keys(OPERATORS).slice(0, 3).join(', ')} …)` }
  if (others.length > 0) return { fault: `it says ${used.map(([key]) => key).join(' and ')}; one is allowed` }
  const [key, operator] = first
  const value = rule[key]
  if (operator === 'between' || operator === 'not between') {
    const [low, high] = Array.isArray(value) ? value : []
    if (typeof low !== 'number' || typeof high !== 'number' || low > high) return { fault: `${key} needs two numbers, the smaller one first` }
    return { operator, low, high }
  }
  return typeof value === 'number' && Number.isFinite(value) ? { operator, value } : { fault: `${key} needs a number` }
}

function unmeasured(rule: Rule, column: string | undefined, place: Place): [Check, ReturnType<(typeof messages)['check-not-run']>[]] {
  const type = textOf(rule['type']) ?? 'text'
  const name = `${textOf(rule['name']) ?? type}${column === undefined ? '' : `(${column})`}`.slice(0, 100)
  const why = type === 'text' ? 'it is a text for people' : `rules of type ${JSON.stringify(type.slice(0, 40))} are not run by this version`
  const check: Check = { name, measure: { kind: 'unmeasured', why }, bound: { operator: '=', value: 0 }, unit: 'rows', place }
  return [check, [messages['check-not-run']({ rule: name, why }, { place })]]
}

function nameOf(metric: Metric, measure: Measure): string {
  if (measure.kind === 'surplus') return `${metric}(${measure.columns.join(', ')})`
  return 'column' in measure ? `${metric}(${measure.column})` : metric
}

const isRule = (value: Json | undefined): value is Rule => value !== null && typeof value === 'object' && !Array.isArray(value)
const textOf = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined)
const isTexts = (value: Json | undefined): value is readonly string[] => Array.isArray(value) && value.every((item) => typeof item === 'string')

/** A short list of plain values, as texts; null is the empty cell of YAML and means no text. */
function listOf(value: Json | undefined): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length > LARGEST_LIST) return undefined
  const plain = value.filter((item) => item !== null)
  return plain.every((item) => typeof item !== 'object') ? plain.map(String) : undefined
}
