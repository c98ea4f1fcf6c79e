// The `dbt.…` macros that spell an expression in the engine's SQL: here DuckDB's.

import { raise } from '../jinja/errors.ts'
import { isList, itemsOf, print, truthy } from '../jinja/values.ts'
import type { Keywords, Value } from '../jinja/values.ts'

/** Parameters by their names in dbt's documentation, and what they make. */
type Spelling = readonly [parameters: readonly string[], make: (given: (name: string, fallback?: string) => string, raw: (name: string) => Value) => string]

const type = (name: string): Spelling => [[], () => name]

const SPELLINGS: Readonly<Record<string, Spelling>> = {
  type_string: type('TEXT'), type_timestamp: type('TIMESTAMP'), type_float: type('FLOAT'), type_numeric: type('NUMERIC(28, 6)'), type_bigint: type('BIGINT'), type_int: type('INT'), type_boolean: type('BOOLEAN'),
  dateadd: [['datepart', 'interval', 'from_date_or_timestamp'], (g) => dateAdd(g('datepart'), g('interval'), g('from_date_or_timestamp'))],
  datediff: [['first_date', 'second_date', 'datepart'], (g) => dateDiff(g('datepart'), g('first_date'), g('second_date'))],
  date_trunc: [['datepart', 'date'], (g) => `date_trunc('${g('datepart')}', ${g('date')})`],
  last_day: [['date', 'datepart'], (g) => `cast(date_trunc('${g('datepart')}', ${g('date')}) + interval 1 ${g('datepart')} - interval 1 day as date)`],
  date: [['year', 'month', 'day'], (g) => `make_date(${g('year')}, ${g('month')}, ${g('day')})`],
  concat: [['fields'], (_g, raw) => (itemsOf(raw('fields')) ?? raise('concat needs a list')).map(print).join(' || ')],
  hash: [['field'], (g) => `md5(cast(${g('field')} as TEXT))`],
  length: [['expression'], (g) => `length(${g('expression')})`],
  position: [['substring_text', 'string_text'], (g) => `position(${g('substring_text')} in ${g('string_text')})`],
  replace: [['field', 'old_chars', 'new_chars'], (g) => `replace(${g('field')}, ${g('old_chars')}, ${g('new_chars')})`],
  right: [['string_text', 'length_expression'], (g) => `right(${g('string_text')}, ${g('length_expression')})`],
  split_part: [['string_text', 'delimiter_text', 'part_number'], (g) => `string_split(${g('string_text')}, ${g('delimiter_text')})[${g('part_number')}]`],
  listagg: [['measure', 'delimiter_text', 'order_by_clause', 'limit_num'], (g, raw) => {
    if (!truthy(raw('limit_num'))) return `string_agg(${g('measure')}, ${g('delimiter_text', "','")}${truthy(raw('order_by_clause')) ? ` ${g('order_by_clause')}` : ''})`
    const joined = `array_agg(${g('measure')}${truthy(raw('order_by_clause')) ? ` ${g('order_by_clause')}` : ''})`
    return `array_to_string(list_slice(${joined}, 1, ${g('limit_num')}), ${g('delimiter_text', "','")})`
  }],
  any_value: [['expression'], (g) => `any_value(${g('expression')})`],
  bool_or: [['expression'], (g) => `bool_or(${g('expression')})`],
  cast_bool_to_text: [['expression'], (g) => `cast(${g('expression')} as TEXT)`],
  cast: [['field', 'type'], (g) => `cast(${g('field')} as ${g('type')})`],
  safe_cast: [['field', 'type'], (g) => `try_cast(${g('field')} as ${g('type')})`],
  string_literal: [['value'], (g) => `'${g('value')}'`],
  escape_single_quotes: [['expression'], (g) => g('expression').replaceAll("'", "''")],
  except: [[], () => 'except'],
  intersect: [[], () => 'intersect'],
  equals: [['expr1', 'expr2'], (g) => `(${g('expr1')} is not distinct from ${g('expr2')})`],
  array_construct: [['inputs', 'data_type'], (_g, raw) => `[${(isList(raw('inputs')) ? (raw('inputs') as readonly Value[]) : []).map(print).join(', ')}]`],
  array_append: [['array', 'new_element'], (g) => `list_append(${g('array')}, ${g('new_element')})`],
  array_concat: [['array_1', 'array_2'], (g) => `list_concat(${g('array_1')}, ${g('array_2')})`],
  current_timestamp: [[], () => 'now()'],
  current_timestamp_backcompat: [[], () => 'now()'],
  current_timestamp_in_utc_backcompat: [[], () => 'now()'],
  snapshot_get_time: [[], () => 'now()'],
  generate_series: [['upper_bound'], (g) => `select i as generated_number from generate_series(1, cast(${g('upper_bound')} as bigint)) as t(i)`],
  date_spine: [['datepart', 'start_date', 'end_date'], (g) => `select unnest(generate_series(cast(${g('start_date')} as timestamp), cast(${g('end_date')} as timestamp) - interval 1 microsecond, interval 1 ${g('datepart')})) as date_${g('datepart')}`],
  get_intervals_between: [['start_date', 'end_date', 'datepart'], (g) => `date_diff('${g('datepart')}', ${g('start_date')}, ${g('end_date')})`],
}

function dateAdd(part: string, count: string, from: string): string {
  const [factor, unit] = part.toLowerCase() === 'quarter' ? [3, 'month'] : part.toLowerCase() === 'week' ? [7, 'day'] : [1, part.toLowerCase()]
  return `(${from} + cast((${count}) as bigint)${factor === 1 ? '' : ` * ${factor}`} * interval 1 ${unit})`
}

/** Boundaries between the two. A week begins on Sunday, as dbt counts; the engine's begins a day later. */
function dateDiff(part: string, from: string, to: string): string {
  const [a, b] = [from, to].map((time) => (part.toLowerCase() === 'week' ? `(${time})::timestamp + interval 1 day` : `(${time})::timestamp`))
  return `date_diff('${part}', ${a}, ${b})`
}

export const isSpelling = (name: string): boolean => Object.hasOwn(SPELLINGS, name)

export function spell(name: string, args: readonly Value[], keywords: Keywords): string {
  const [parameters, make] = SPELLINGS[name] as Spelling
  const raw = (parameter: string): Value => args[parameters.indexOf(parameter)] ?? keywords.get(parameter)
  return make((parameter, fallback = '') => ((value) => (value === undefined || value === null ? fallback : print(value)))(raw(parameter)), raw)
}
