// One quality rule of an ODCS contract to the checks that it means, or what is wrong with it. A text for people is kept as a check
// that cannot be run, never as one that passes.

import type { Diagnostic, Json, Place, Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import type { QualityRule } from '@tulle/model'
import { quoteIdentifier } from '@tulle/sql'
import type { Action, Check, Measure } from './types.ts'
import type { Fault, Obj, RuleContext } from './read-values.ts'
import { readBound } from './read-bound.ts'
import { isFault, isObj, isTexts, patternFault, textOf, valuesFor } from './read-values.ts'
import { messages } from './messages.ts'
import { readCustom } from './read-custom.ts'

/** ODCS 3.1's library, and the names that 3.0 gave the same metrics. */
const METRICS = ['rowCount', 'nullValues', 'missingValues', 'invalidValues', 'duplicateValues'] as const
type Metric = (typeof METRICS)[number]
const OLD_NAMES: Readonly<Record<string, Metric>> = { nullCheck: 'nullValues', duplicateCount: 'duplicateValues', validValues: 'invalidValues' }

/** Reads a rule of `column`, or of the whole data set where that is undefined. */
export function readRule(written: QualityRule, context: RuleContext): Result<readonly Check[]> {
  const { place } = written
  const rule: Obj = isObj(written.rule) ? written.rule : {}
  const named = written.metric ?? textOf(rule['metric']) ?? (rule['type'] === 'library' ? textOf(rule['rule']) : undefined)
  const type = textOf(rule['type'])
  const called = named ?? textOf(rule['name']) ?? type ?? 'text'
  const malformed = ({ fault, hint = '' }: Fault): Result<never> => fail(messages['check-malformed']({ metric: called.slice(0, 100), why: fault, hint }, { place }))
  const action = readAction(rule)
  if (isFault(action)) return malformed(action)
  if (named === undefined && type === 'sql') {
    const check = readQuery(rule, context, { action, place })
    return isFault(check) ? malformed(check) : ok([check])
  }
  if (named === undefined && type === 'custom') return readCustom(rule, context, { action, place })
  if (named === undefined) return ok(...unmeasured(rule, context.column, { action, place }))
  const metric = METRICS.find((known) => known === named) ?? (Object.hasOwn(OLD_NAMES, named) ? OLD_NAMES[named] : undefined)
  if (metric === undefined) {
    return fail(messages['check-unknown-metric']({ metric: named.slice(0, 100), hint: didYouMean(named, METRICS), known: METRICS }, { place }))
  }
  const measure = readMeasure(metric, rule, context)
  if (isFault(measure)) return malformed(measure)
  const bound = readBound(rule)
  if (isFault(bound)) return malformed(bound)
  const unit = rule['unit'] ?? 'rows'
  if (unit !== 'rows' && unit !== 'percent') return malformed({ fault: `its unit ${JSON.stringify(unit).slice(0, 60)} is neither rows nor percent` })
  if (unit === 'percent' && metric === 'rowCount') return malformed({ fault: 'a row count has no percentage' })
  return ok([{ name: nameOf(metric, measure), measure, bound, unit, action, place }])
}

function readMeasure(metric: Metric, rule: Obj, { column, columns }: RuleContext): Measure | Fault {
  const given: Obj = isObj(rule['arguments']) ? rule['arguments'] : {}
  if (metric === 'rowCount') return { kind: 'rows' }
  if (metric === 'duplicateValues') {
    const keys = column === undefined ? given['properties'] : [column]
    if (!isTexts(keys) || keys.length === 0) return { fault: 'a rule of the whole data set names its columns in arguments.properties' }
    const unknown = keys.find((key) => !columns.has(key))
    return unknown === undefined ? { kind: 'repeats', columns: keys, counts: 'surplus' } : { fault: `there is no column "${unknown.slice(0, 100)}"`, hint: didYouMean(unknown, columns.keys()) }
  }
  if (column === undefined) return { fault: 'it belongs to a column, not to the whole data set' }
  if (metric === 'nullValues') return { kind: 'bad', of: { rule: 'null', column } }
  const type = columns.get(column)
  if (metric === 'missingValues') {
    const values = valuesFor(type, given['missingValues'])
    return values === undefined ? { fault: 'it needs arguments.missingValues, a list' } : { kind: 'bad', of: { rule: 'missing', column, values } }
  }
  const values = valuesFor(type, given['validValues'] ?? rule['validValues'])
  if (values !== undefined) return { kind: 'bad', of: { rule: 'not-among', column, values } }
  const pattern = given['pattern']
  if (typeof pattern !== 'string') return { fault: 'it needs arguments.validValues, a list, or arguments.pattern, a text' }
  return patternFault(pattern) ?? { kind: 'bad', of: { rule: 'mismatch', column, pattern, whole: true } }
}

const ACTIONS: readonly Action[] = ['block', 'quarantine', 'warn']
const MILD: ReadonlySet<string> = new Set(['warning', 'warn', 'info', 'information', 'low', 'minor', 'trivial'])

/** From `customProperties: [{property: onFailure, value: quarantine}]`, else by the severity, which the standard leaves to its users. */
function readAction(rule: Obj): Action | Fault {
  const custom = Array.isArray(rule['customProperties']) ? (rule['customProperties'] as readonly Json[]).find((one) => isObj(one) && one['property'] === 'onFailure') : undefined
  if (isObj(custom)) {
    const action = ACTIONS.find((one) => one === custom['value'])
    const said = String(textOf(custom['value'])).slice(0, 60)
    return action ?? { fault: `its onFailure "${said}" is none of ${ACTIONS.join(', ')}`, hint: didYouMean(said, ACTIONS) }
  }
  return MILD.has((textOf(rule['severity']) ?? '').toLowerCase()) ? 'warn' : 'block'
}

interface Kept { readonly action: Action; readonly place: Place }

const LONGEST_QUERY = 20_000
const PLACEHOLDER = /\$?\{\s*([A-Za-z_.]{1,40})\s*\}/gu

/** The standard's placeholders stand for names, which are quoted, so that a name cannot become a statement. */
function readQuery(rule: Obj, { column, relation }: RuleContext, kept: Kept): Check | Fault {
  const query = textOf(rule['query'])
  if (query === undefined || query.trim() === '') return { fault: 'it needs a query' }
  if (query.length > LONGEST_QUERY) return { fault: `its query is longer than ${LONGEST_QUERY} characters` }
  let unknown: string | undefined
  const sql = query.replaceAll(PLACEHOLDER, (whole, name: string) => {
    if (['object', 'table', 'model'].includes(name)) return `${quoteIdentifier(relation.schema)}.${quoteIdentifier(relation.name)}`
    if (['property', 'column', 'field'].includes(name) && column !== undefined) return quoteIdentifier(column)
    unknown ??= whole
    return whole
  })
  if (unknown !== undefined) return { fault: `its query has ${unknown}, which stands for nothing here` }
  const bound = readBound(rule)
  if (isFault(bound)) return bound
  const name = textOf(rule['name']) ?? `sql${column === undefined ? '' : `(${column})`}`
  return { name: name.slice(0, 100), measure: { kind: 'query', sql, answers: 'number' }, bound, unit: 'number', ...kept }
}

function unmeasured(rule: Obj, column: string | undefined, kept: Kept): [readonly Check[], Diagnostic[]] {
  const type = textOf(rule['type']) ?? 'text'
  const name = `${textOf(rule['name']) ?? type}${column === undefined ? '' : `(${column})`}`.slice(0, 100)
  const why = type === 'text' ? 'it is a text for people' : `rules of type ${JSON.stringify(type.slice(0, 40))} are not run by this version`
  return [[unmeasuredCheck(name, why, kept)], [messages['check-not-run']({ rule: name, why }, { place: kept.place })]]
}

export const unmeasuredCheck = (name: string, why: string, kept: Kept): Check => ({ name, measure: { kind: 'unmeasured', why }, bound: { operator: '=', value: 0 }, unit: 'rows', ...kept })

function nameOf(metric: Metric, measure: Measure): string {
  if (measure.kind === 'repeats') return `${metric}(${measure.columns.join(', ')})`
  return measure.kind === 'bad' && 'column' in measure.of ? `${metric}(${measure.of.column})` : metric
}
