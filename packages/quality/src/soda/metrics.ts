// The metrics of SodaCL: what is measured, by name and arguments. Pure.

import type { Json } from '@tulle/kernel'
import { didYouMean } from '@tulle/kernel'
import { parseYaml } from '@tulle/model'
import { quoteIdentifier } from '@tulle/sql'
import type { Aggregate, Check, Measure, Reference } from '../types.ts'
import type { Fault, Obj } from '../read-values.ts'
import { isFault, isNumeric, isObj, isTemporal, textOf, valuesFor } from '../read-values.ts'
import type { Subject } from '../reading.ts'
import { columnFault } from '../reading.ts'
import { invalidRule, missingRule, VALIDITY_KEYS } from './validity.ts'

/** What a metric is taken of. */
export interface Taken { readonly measure: Measure; readonly unit: Check['unit']; readonly called: string; readonly keys: readonly string[] }

const AGGREGATES: Readonly<Record<string, Aggregate>> = {
  avg: 'avg', min: 'min', max: 'max', sum: 'sum', stddev: 'stddev', stddev_samp: 'stddev', stddev_pop: 'stddev-pop', variance: 'variance', var_samp: 'variance', var_pop: 'variance-pop',
  avg_length: 'avg-length', min_length: 'min-length', max_length: 'max-length', distinct_count: 'distinct',
}
const OTHERS = ['row_count', 'missing_count', 'missing_percent', 'invalid_count', 'invalid_percent', 'duplicate_count', 'duplicate_percent', 'percentile', 'freshness', 'distribution_difference']
export const METRICS: readonly string[] = [...OTHERS, ...Object.keys(AGGREGATES)]

const CALL = /^([a-z_]{1,40})\s*(?:\(([^()]{0,2000})\))?$/u

/** `text` is `avg(price)`; `config` is what stands below the check. */
export function readMetric(text: string, config: Obj, subject: Subject, where: string | undefined): Taken | Fault {
  const [, name = '', list] = CALL.exec(text.trim()) ?? []
  if (!METRICS.includes(name)) return ownMetric(text.trim(), config, subject) ?? { fault: `"${text.trim().slice(0, 60)}" is no metric`, hint: didYouMean(name, METRICS) }
  const args = list === undefined ? [] : list.split(',').map((one) => one.trim().replace(/^(["`])(.*)\1$/u, '$2')).filter((one) => one !== '')
  const filtered = where === undefined ? {} : { where }
  const called = list === undefined ? name : `${name}(${args.join(', ')})`
  const taken = (measure: Measure, unit: Check['unit'], keys: readonly string[] = []): Taken => ({ measure, unit, called, keys })
  if (name === 'row_count') return args.length === 0 ? taken({ kind: 'rows', ...filtered }, 'number') : { fault: 'row_count counts all rows; it has no column' }
  const names = name === 'percentile' ? args.slice(0, 1) : name === 'freshness' ? args.slice(0, 1) : args
  const unknown = names.map((column) => columnFault(column, subject.columns)).find((one) => one !== undefined)
  const [column = ''] = names
  if (names.length === 0) return { fault: `${name} needs a column: ${name}(column)` }
  if (unknown !== undefined) return unknown
  const unit = name.endsWith('_percent') ? 'percent' : 'rows'
  if (name.startsWith('duplicate_')) return taken({ kind: 'repeats', columns: names, counts: 'values', ...filtered }, unit)
  if (names.length > 1) return { fault: `${name} is of one column` }
  const type = subject.columns.get(column)
  if (name.startsWith('missing_') || name.startsWith('invalid_')) {
    const rule = (name.startsWith('missing_') ? missingRule : invalidRule)(column, type, config)
    return isFault(rule) ? rule : taken({ kind: 'bad', of: rule, ...filtered }, unit, VALIDITY_KEYS)
  }
  if (name === 'freshness') return isTemporal(type) && type !== 'time' ? taken({ kind: 'age', column, ...filtered }, 'seconds') : { fault: `"${column}" is ${type ?? 'unknown'}; freshness is of a time` }
  if (name === 'distribution_difference') return distribution(column, type, config, filtered, taken)
  if (name === 'percentile') {
    const at = Number(args[1])
    return args.length === 2 && at >= 0 && at <= 1 ? taken({ kind: 'quantile', column, at, ...filtered }, 'number') : { fault: 'percentile is of a column and a number from 0 to 1: percentile(price, 0.95)' }
  }
  const of = AGGREGATES[name] as Aggregate
  if (!of.endsWith('length') && of !== 'distinct' && !isNumeric(type)) return { fault: `"${column}" is ${type ?? 'unknown'}; ${name} is of numbers` }
  return taken({ kind: 'aggregate', of, column, ...filtered }, 'number')
}

/** `my_metric query: SELECT …` or `my_metric expression: …` below the check defines it. */
function ownMetric(name: string, config: Obj, { relation }: Subject): Taken | Fault | undefined {
  const query = config[`${name} query`]
  const expression = config[`${name} expression`]
  if (!/^[a-z_][a-z0-9_]{0,60}$/iu.test(name) || (query === undefined && expression === undefined)) return undefined
  const sql = textOf(query) ?? textOf(expression)
  if (sql === undefined || sql.length > 20_000) return { fault: `${name} ${query === undefined ? 'expression' : 'query'} is a text of at most 20000 characters` }
  const keys = [`${name} query`, `${name} expression`]
  return { measure: { kind: 'query', sql: query === undefined ? `SELECT ${sql} FROM ${quoteIdentifier(relation.schema)}.${quoteIdentifier(relation.name)}` : sql.trim().replace(/;$/u, ''), answers: 'number' }, unit: 'number', called: name, keys }
}

const METHODS: Readonly<Record<string, Extract<Measure, { kind: 'spread' }>['method']>> = { chi_square: 'chi-square', psi: 'psi', kl_divergence: 'kl-divergence' }
const DISTRIBUTION_KEYS = ['method', 'weights', 'bins', 'distribution reference', 'distribution reference file']

/** `weights` with `bins`: values, or edges of ranges of numbers, which are one more. Also as one text or map, as Soda's files have them. */
function distribution(column: string, type: string | undefined, config: Obj, filtered: { readonly where?: string }, taken: (measure: Measure, unit: Check['unit'], keys: readonly string[]) => Taken): Taken | Fault {
  const method = METHODS[textOf(config['method']) ?? '']
  if (config['distribution reference file'] !== undefined) return { fault: 'a check opens no file; write its weights and bins below method' }
  if (method === undefined) return { fault: `its method is none of ${Object.keys(METHODS).join(', ')}`, hint: didYouMean(textOf(config['method']) ?? '', Object.keys(METHODS)) }
  const { bins, weights } = referenceOf(config['distribution reference']) ?? config
  if (!Array.isArray(weights) || weights.length > 1_000 || !weights.every((weight) => typeof weight === 'number' && weight >= 0)) return { fault: 'it needs weights, at most 1000 numbers' }
  const edges = Array.isArray(bins) && bins.length === weights.length + 1 && bins.every((bin, i) => typeof bin === 'number' && (i === 0 || bin > (bins[i - 1] as number))) ? (bins as readonly number[]) : undefined
  const values = valuesFor(type, bins)
  const reference: Reference | undefined = edges !== undefined && isNumeric(type) ? { edges, weights: weights as readonly number[] } : values?.length === weights.length ? { values, weights: weights as readonly number[] } : undefined
  return reference === undefined ? { fault: 'it needs as many bins as weights, or one more of rising numbers' } : taken({ kind: 'spread', column, method, reference, ...filtered }, 'number', DISTRIBUTION_KEYS)
}

function referenceOf(written: Json | undefined): Obj | undefined {
  const parsed = typeof written === 'string' ? parseYaml(written, 'reference') : undefined
  const value = parsed?.ok === true ? parsed.value.value : written
  return isObj(value) ? (isObj(value['distribution_reference']) ? value['distribution_reference'] : value) : undefined
}
