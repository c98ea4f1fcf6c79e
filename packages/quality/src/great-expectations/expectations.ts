// The expectations that are known, and the checks that each of them means.

import type { Json } from '@tulle/kernel'
import type { Limit, Measure, RowRule } from '../types.ts'
import type { Fault, Obj } from '../read-values.ts'
import { isFault, isNumeric, isTemporal, isTexts, patternFault, textOf, valuesFor } from '../read-values.ts'
import type { Draft, Subject } from '../reading.ts'
import { columnFault, noBadRows, NONE, rangeOf } from '../reading.ts'

/** What an expectation is given: its arguments, and the rows it looks at. */
export interface Given { readonly kwargs: Obj; readonly subject: Subject; readonly where?: string }

export interface Expectation {
  /** Names of its own arguments. */
  readonly args: readonly string[]
  readonly says: string
  readonly read: (given: Given) => readonly Draft[] | Fault
}

const filteredBy = ({ where }: Given): { readonly where?: string } => (where === undefined ? {} : { where })

function columnOf({ kwargs, subject }: Given, key = 'column'): { readonly column: string; readonly type: string | undefined } | Fault {
  const column = textOf(kwargs[key])
  if (column === undefined) return { fault: `it needs ${key}, the name of a column` }
  return columnFault(column, subject.columns) ?? { column, type: subject.columns.get(column) }
}

/** Bad rows, of which `mostly` allows a part of those that have a value. */
function mostly(given: Given, measure: Measure, total: Measure): readonly Draft[] | Fault {
  const part = given.kwargs['mostly'] ?? 1
  if (typeof part !== 'number' || part < 0 || part > 1) return { fault: 'mostly is a number that is at least 0 and less than or equal to 1' }
  if (part === 1) return [noBadRows(measure)]
  return [{ measure, total, unit: 'percent', bound: { operator: '≤', value: Number(((1 - part) * 100).toFixed(9)) } }]
}

/** An expectation about every value of a column. */
const values = (args: readonly string[], says: string, rule: (column: string, type: string | undefined, kwargs: Obj) => RowRule | Fault): Expectation => ({
  args: ['column', 'mostly', ...args], says,
  read: (given) => {
    const of = columnOf(given)
    if (isFault(of)) return of
    const found = rule(of.column, of.type, given.kwargs)
    if (isFault(found)) return found
    const total: Measure = found.rule === 'null' ? { kind: 'rows', ...filteredBy(given) } : { kind: 'filled', columns: [of.column], ...filteredBy(given) }
    return mostly(given, { kind: 'bad', of: found, ...filteredBy(given) }, total)
  },
})

/** Ends of a range of numbers. */
function numbers(kwargs: Obj, { whole = false } = {}): { readonly low?: number; readonly high?: number } | Fault {
  const [low, high] = [kwargs['min_value'] ?? undefined, kwargs['max_value'] ?? undefined]
  const isGood = (value: Json | undefined): value is number | undefined => value === undefined || (typeof value === 'number' && Number.isFinite(value) && (!whole || Number.isInteger(value)))
  if (!isGood(low) || !isGood(high)) return { fault: `min_value and max_value must be ${whole ? 'integers' : 'numbers'}` }
  if (low !== undefined && high !== undefined && low > high) return { fault: 'min_value cannot be greater than max_value' }
  return { ...(low !== undefined && { low }), ...(high !== undefined && { high }) }
}

const strictness = (kwargs: Obj): { readonly lowOpen: boolean; readonly highOpen: boolean } => ({ lowOpen: kwargs['strict_min'] === true, highOpen: kwargs['strict_max'] === true })

/** An expectation about one number of a column. */
const number = (says: string, measure: (column: string) => Measure, { of = 'numbers', percent = false }: { readonly of?: 'numbers' | 'any'; readonly percent?: boolean } = {}): Expectation => ({
  args: ['column', 'min_value', 'max_value', 'strict_min', 'strict_max'], says,
  read: (given) => {
    const found = columnOf(given)
    if (isFault(found)) return found
    if (of === 'numbers' && !isNumeric(found.type) && found.type !== 'boolean') return { fault: `"${found.column}" is ${found.type ?? 'unknown'}; it must be numeric` }
    const range = numbers(given.kwargs)
    if (isFault(range)) return range
    const scale = (value: number | undefined): number | undefined => (value === undefined ? undefined : percent ? value * 100 : value)
    const bound = rangeOf(scale(range.low), scale(range.high), strictness(given.kwargs))
    const taken: Measure = { ...measure(found.column), ...filteredBy(given) }
    return [percent ? { measure: taken, bound, unit: 'percent', total: { kind: 'filled', columns: [found.column], ...filteredBy(given) } } : { measure: taken, bound, unit: 'number' }]
  },
})

const unorderedFault = (column: string, type: string | undefined): Fault | undefined => (isNumeric(type) || isTemporal(type) || type === 'string' || type === 'uuid' ? undefined : { fault: `"${column}" is ${type ?? 'unknown'}, which has no order` })

function between(column: string, type: string | undefined, kwargs: Obj): RowRule | Fault {
  const ends = [kwargs['min_value'] ?? undefined, kwargs['max_value'] ?? undefined]
  if (ends.every((end) => end === undefined)) return { fault: 'min_value and max_value cannot both be None' }
  const unordered = unorderedFault(column, type)
  if (unordered !== undefined) return unordered
  const fits = (end: Json | undefined): end is number | string | undefined => end === undefined || (isNumeric(type) ? typeof end === 'number' && Number.isFinite(end) : typeof end === 'string')
  const [low, high] = ends
  if (!fits(low) || !fits(high)) return { fault: `values of "${column}" are ${type ?? 'unknown'}, and min_value and max_value must be of the same type` }
  if (low !== undefined && high !== undefined && low > high) return { fault: 'min_value cannot be greater than max_value' }
  const { lowOpen, highOpen } = strictness(kwargs)
  return { rule: 'outside', column, ...(low !== undefined && { low: limit(low, lowOpen) }), ...(high !== undefined && { high: limit(high, highOpen) }) }
}
const limit = (value: number | string, open: boolean): Limit => ({ value, ...(open && { open }) })

function lengths(column: string, type: string | undefined, kwargs: Obj): RowRule | Fault {
  const range = numbers({ ...kwargs, min_value: kwargs['value'] ?? kwargs['min_value'], max_value: kwargs['value'] ?? kwargs['max_value'] }, { whole: true })
  // A range that nothing lies in is one that nothing lies in.
  if (isFault(range) && !/greater/u.test(range.fault)) return range
  if (type !== 'string') return { fault: `"${column}" is ${type ?? 'unknown'}; only texts have a length` }
  const { low, high } = isFault(range) ? { low: kwargs['min_value'] as number, high: kwargs['max_value'] as number } : range
  if (low === undefined && high === undefined) return { fault: 'min_value and max_value cannot both be None' }
  const { lowOpen, highOpen } = strictness(kwargs)
  return { rule: 'length', column, ...(low !== undefined && { low: limit(low, lowOpen) }), ...(high !== undefined && { high: limit(high, highOpen) }) }
}

const setOf = (rule: 'among' | 'not-among') => (column: string, type: string | undefined, kwargs: Obj): RowRule | Fault => {
  const list = valuesFor(type, kwargs['value_set'])
  return list === undefined ? { fault: 'it needs value_set, a list of values' } : { rule, column, values: type?.startsWith('timestamp') === true ? list.map((value) => (/^\d{4}-\d\d-\d\d$/u.test(String(value)) ? `${String(value)} 00:00:00` : value)) : list }
}

const regex = (rule: 'match' | 'mismatch') => (column: string, _type: string | undefined, kwargs: Obj): RowRule | Fault => {
  const pattern = textOf(kwargs['regex'])
  if (pattern === undefined) return { fault: 'it needs regex, a text' }
  return (pattern === '' ? undefined : patternFault(pattern)) ?? { rule, column, pattern, whole: false }
}

const pair = (operator: '>' | '≥' | '='): ((given: Given) => readonly Draft[] | Fault) => (given) => {
  const [left, right] = [columnOf(given, 'column_A'), columnOf(given, 'column_B')]
  if (isFault(left)) return left
  if (isFault(right)) return right
  const ignored = textOf(given.kwargs['ignore_row_if']) ?? 'both_values_are_missing'
  if (ignored !== 'both_values_are_missing' && ignored !== 'either_value_is_missing') return { fault: `its ignore_row_if "${ignored.slice(0, 60)}" is neither both_values_are_missing nor either_value_is_missing` }
  const strict = ignored === 'both_values_are_missing'
  const columns = [left.column, right.column]
  const compared = operator === '>' && given.kwargs['or_equal'] === true ? '≥' : operator
  return mostly(given, { kind: 'bad', of: { rule: 'pair', left: left.column, operator: compared, right: right.column, ...(strict && { strict }) }, ...filteredBy(given) }, { kind: 'filled', columns, ...(strict && { some: true as const }), ...filteredBy(given) })
}

function columnsOf({ kwargs, subject }: Given, key: string): readonly string[] | Fault {
  const names = kwargs[key]
  if (!isTexts(names) || names.length < 2) return { fault: `it needs ${key}, a list of at least two columns` }
  return names.map((name) => columnFault(name, subject.columns)).find((one) => one !== undefined) ?? names
}

function compoundUnique(given: Given): readonly Draft[] | Fault {
  const columns = columnsOf(given, 'column_list')
  if (isFault(columns)) return columns
  const ignored = textOf(given.kwargs['ignore_row_if']) ?? 'all_values_are_missing'
  if (ignored !== 'all_values_are_missing' && ignored !== 'any_value_is_missing') return { fault: `its ignore_row_if "${ignored.slice(0, 60)}" is neither all_values_are_missing nor any_value_is_missing` }
  const all = ignored === 'all_values_are_missing'
  return mostly(given, { kind: 'repeats', columns, counts: 'rows', ...(all && { nulls: true as const }), ...filteredBy(given) }, { kind: 'filled', columns, ...(all && { some: true as const }), ...filteredBy(given) })
}

function quantiles(given: Given): readonly Draft[] | Fault {
  const of = columnOf(given)
  if (isFault(of)) return of
  const ranges = given.kwargs['quantile_ranges'] as Obj | undefined
  const [at, spans] = [ranges?.['quantiles'], ranges?.['value_ranges']]
  if (!Array.isArray(at) || !Array.isArray(spans) || at.length !== spans.length || at.length === 0) return { fault: 'it needs quantile_ranges with quantiles and as many value_ranges' }
  const drafts: Draft[] = []
  for (const [i, quantile] of at.entries()) {
    const [low, high] = Array.isArray(spans[i]) ? (spans[i] as readonly Json[]) : []
    if (typeof quantile !== 'number' || quantile < 0 || quantile > 1) return { fault: 'quantiles are numbers from 0 to 1' }
    if ([low, high].some((end) => end !== null && typeof end !== 'number') || (typeof low === 'number' && typeof high === 'number' && low > high)) return { fault: 'quantile_ranges must consist of ordered pairs' }
    drafts.push({ measure: { kind: 'quantile', column: of.column, at: quantile, ...filteredBy(given) }, bound: rangeOf(low as number | undefined ?? undefined, high as number | undefined ?? undefined), unit: 'number' })
  }
  return drafts
}

const distinct = (which: 'in' | 'contain' | 'equal') => (given: Given): readonly Draft[] | Fault => {
  const of = columnOf(given)
  if (isFault(of)) return of
  if (given.kwargs['value_set'] === null) return [{ measure: { kind: 'rows' }, bound: rangeOf(0, undefined), unit: 'number' }]
  const list = valuesFor(of.type, given.kwargs['value_set'])
  if (list === undefined) return { fault: 'it needs value_set, a list of values' }
  const draft = (counts: 'others' | 'lacking'): Draft => ({ measure: { kind: 'distinct-among', column: of.column, values: list, counts, ...filteredBy(given) }, bound: NONE, unit: 'rows' })
  return [...(which === 'contain' ? [] : [draft('others')]), ...(which === 'in' ? [] : [draft('lacking')])]
}

function tableColumns(rule: 'exactly' | 'count', given: Given): readonly Draft[] | Fault {
  const { kwargs } = given
  if (rule === 'count') {
    const range = numbers({ min_value: kwargs['value'] ?? kwargs['min_value'], max_value: kwargs['value'] ?? kwargs['max_value'] }, { whole: true })
    return isFault(range) ? range : [{ measure: { kind: 'columns', rule: { rule: 'count', ...range } }, bound: NONE, unit: 'rows' }]
  }
  const names = kwargs['column_list'] ?? kwargs['column_set']
  if (!isTexts(names)) return { fault: 'it needs column_list or column_set, a list of columns' }
  if (kwargs['exact_match'] === false) return [{ measure: { kind: 'columns', rule: { rule: 'required', names } }, bound: NONE, unit: 'rows' }]
  return [{ measure: { kind: 'columns', rule: { rule: 'exactly', names, ordered: kwargs['column_list'] !== undefined } }, bound: NONE, unit: 'rows' }]
}

function ofType(given: Given): readonly Draft[] | Fault {
  const of = columnOf(given)
  const type = textOf(given.kwargs['type_'])
  if (isFault(of)) return of
  return type === undefined ? { fault: 'it needs type_, the name of a type' } : [{ measure: { kind: 'columns', rule: { rule: 'types', types: { [of.column]: type } } }, bound: NONE, unit: 'rows' }]
}

function klDivergence(given: Given): readonly Draft[] | Fault {
  const of = columnOf(given)
  if (isFault(of)) return of
  const partition = given.kwargs['partition_object'] as Obj | undefined
  const threshold = given.kwargs['threshold']
  const weights = partition?.['weights']
  if (typeof threshold !== 'number' || !Array.isArray(weights) || !weights.every((weight) => typeof weight === 'number' && weight >= 0) || weights.length > 1_000) return { fault: 'it needs threshold, a number, and partition_object with at most 1000 weights' }
  const [bins, list] = [partition?.['bins'], valuesFor(of.type, partition?.['values'])]
  const edges = Array.isArray(bins) && bins.every((bin, i) => typeof bin === 'number' && (i === 0 || bin > (bins[i - 1] as number))) ? (bins as readonly number[]) : undefined
  const reference = edges?.length === weights.length + 1 ? { edges, weights } : list?.length === weights.length ? { values: list, weights } : undefined
  return reference === undefined ? { fault: 'its partition_object needs as many values as weights, or one more of rising bins' } : [{ measure: { kind: 'spread', column: of.column, method: 'kl-divergence', reference: reference as never, ...filteredBy(given) }, bound: { operator: '≤', value: threshold }, unit: 'number' }]
}

function rowCount(given: Given): readonly Draft[] | Fault {
  const range = numbers({ min_value: given.kwargs['value'] ?? given.kwargs['min_value'], max_value: given.kwargs['value'] ?? given.kwargs['max_value'] }, { whole: true })
  return isFault(range) ? range : [{ measure: { kind: 'rows', ...filteredBy(given) }, bound: rangeOf(range.low, range.high, strictness(given.kwargs)), unit: 'rows' }]
}

const aggregate = (of: Extract<Measure, { kind: 'aggregate' }>['of']) => (column: string): Measure => ({ kind: 'aggregate', of, column })

export const EXPECTATIONS: Readonly<Record<string, Expectation>> = {
  expect_column_to_exist: { args: ['column', 'column_index'], says: 'The column is there.', read: ({ kwargs }) => (textOf(kwargs['column']) === undefined ? { fault: 'it needs column, the name of a column' } : [{ measure: { kind: 'columns', rule: { rule: 'required', names: [String(kwargs['column'])] } }, bound: NONE, unit: 'rows' }]) },
  expect_column_values_to_not_be_null: values([], 'No cell is empty.', (column) => ({ rule: 'null', column })),
  expect_column_values_to_be_null: values([], 'Every cell is empty.', (column) => ({ rule: 'not-among', column, values: [] })),
  expect_column_values_to_be_in_set: values(['value_set'], 'Every value is one of the set.', setOf('not-among')),
  expect_column_values_to_not_be_in_set: values(['value_set'], 'No value is one of the set.', setOf('among')),
  expect_column_values_to_be_between: values(['min_value', 'max_value', 'strict_min', 'strict_max'], 'Every value lies in the range.', between),
  expect_column_value_lengths_to_be_between: values(['min_value', 'max_value', 'strict_min', 'strict_max'], 'The length of every text lies in the range.', lengths),
  expect_column_value_lengths_to_equal: values(['value'], 'Every text has this length.', lengths),
  expect_column_values_to_match_regex: values(['regex'], 'Some part of every value matches.', regex('mismatch')),
  expect_column_values_to_not_match_regex: values(['regex'], 'No part of any value matches.', regex('match')),
  expect_column_values_to_be_unique: {
    args: ['column', 'mostly'], says: 'No value is there twice.',
    read: (given) => {
      const of = columnOf(given)
      return isFault(of) ? of : mostly(given, { kind: 'repeats', columns: [of.column], counts: 'rows', ...filteredBy(given) }, { kind: 'filled', columns: [of.column], ...filteredBy(given) })
    },
  },
  expect_compound_columns_to_be_unique: { args: ['column_list', 'ignore_row_if', 'mostly'], says: 'No row has the values of another in all of the columns.', read: compoundUnique },
  expect_column_pair_values_a_to_be_greater_than_b: { args: ['column_A', 'column_B', 'or_equal', 'ignore_row_if', 'mostly'], says: 'The first is greater than the second, in every row.', read: pair('>') },
  expect_column_pair_values_to_be_equal: { args: ['column_A', 'column_B', 'ignore_row_if', 'mostly'], says: 'Both are equal, in every row.', read: pair('=') },
  expect_multicolumn_sum_to_equal: {
    args: ['column_list', 'sum_total', 'mostly'], says: 'The columns add up to the number, in every row.',
    read: (given) => {
      const columns = columnsOf(given, 'column_list')
      const total = given.kwargs['sum_total']
      if (isFault(columns)) return columns
      return typeof total === 'number' ? mostly(given, { kind: 'bad', of: { rule: 'sum', columns, total }, ...filteredBy(given) }, { kind: 'filled', columns, ...filteredBy(given) }) : { fault: 'it needs sum_total, a number' }
    },
  },
  expect_column_distinct_values_to_be_in_set: { args: ['column', 'value_set'], says: 'Every distinct value is one of the set.', read: distinct('in') },
  expect_column_distinct_values_to_contain_set: { args: ['column', 'value_set'], says: 'Every value of the set is there.', read: distinct('contain') },
  expect_column_distinct_values_to_equal_set: { args: ['column', 'value_set'], says: 'The distinct values are the set.', read: distinct('equal') },
  expect_column_most_common_value_to_be_in_set: {
    args: ['column', 'value_set', 'ties_okay'], says: 'The most common value is one of the set.',
    read: (given) => {
      const of = columnOf(given)
      if (isFault(of)) return of
      const list = valuesFor(of.type, given.kwargs['value_set'])
      return list === undefined ? { fault: 'it needs value_set, a list of values' } : [{ measure: { kind: 'modes-outside', column: of.column, values: list, ...filteredBy(given) }, bound: NONE, unit: 'rows' }]
    },
  },
  expect_column_mean_to_be_between: number('The mean lies in the range.', aggregate('avg')),
  expect_column_median_to_be_between: number('The median lies in the range.', aggregate('median')),
  expect_column_stdev_to_be_between: number('The standard deviation of the sample lies in the range.', aggregate('stddev')),
  expect_column_sum_to_be_between: number('The sum lies in the range.', aggregate('sum')),
  expect_column_min_to_be_between: number('The least value lies in the range.', aggregate('min')),
  expect_column_max_to_be_between: number('The greatest value lies in the range.', aggregate('max')),
  expect_column_quantile_values_to_be_between: { args: ['column', 'quantile_ranges', 'allow_relative_error'], says: 'Every quantile lies in its range.', read: quantiles },
  expect_column_unique_value_count_to_be_between: number('The number of distinct values lies in the range.', aggregate('distinct'), { of: 'any' }),
  expect_column_proportion_of_unique_values_to_be_between: number('Distinct values, as a part of all, lie in the range.', aggregate('distinct'), { of: 'any', percent: true }),
  expect_column_kl_divergence_to_be_less_than: { args: ['column', 'partition_object', 'threshold'], says: 'The values lie no farther from a reference.', read: klDivergence },
  expect_column_values_to_be_of_type: { args: ['column', 'type_', 'mostly'], says: 'The column has this type.', read: ofType },
  expect_table_row_count_to_be_between: { args: ['min_value', 'max_value', 'strict_min', 'strict_max'], says: 'The number of rows lies in the range.', read: rowCount },
  expect_table_row_count_to_equal: { args: ['value'], says: 'There are so many rows.', read: rowCount },
  expect_table_row_count_to_equal_other_table: {
    args: ['other_table_name'], says: 'There are as many rows as in another data set.',
    read: ({ kwargs, subject }) => {
      const other = subject.other?.(textOf(kwargs['other_table_name']) ?? '')
      return other === undefined ? { fault: 'it needs other_table_name, a data set that the product has or reads' } : [{ measure: { kind: 'row-difference', other }, bound: NONE, unit: 'rows' }]
    },
  },
  expect_table_column_count_to_be_between: { args: ['min_value', 'max_value'], says: 'The number of columns lies in the range.', read: (given) => tableColumns('count', given) },
  expect_table_column_count_to_equal: { args: ['value'], says: 'There are so many columns.', read: (given) => tableColumns('count', given) },
  expect_table_columns_to_match_ordered_list: { args: ['column_list'], says: 'These are the columns, in this order.', read: (given) => tableColumns('exactly', given) },
  expect_table_columns_to_match_set: { args: ['column_set', 'exact_match'], says: 'These are the columns.', read: (given) => tableColumns('exactly', given) },
  unexpected_rows_expectation: {
    args: ['unexpected_rows_query'], says: 'The query finds no row.',
    read: ({ kwargs, subject: { relation } }) => {
      const query = textOf(kwargs['unexpected_rows_query'])
      return query === undefined ? { fault: 'it needs unexpected_rows_query' } : [{ measure: { kind: 'query', sql: query.replaceAll('{batch}', `"${relation.schema.replaceAll('"', '""')}"."${relation.name.replaceAll('"', '""')}"`), answers: 'rows' }, bound: NONE, unit: 'rows' }]
    },
  },
}
