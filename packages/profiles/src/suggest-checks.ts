// Quality rules that a profile bears out and a contract does not have yet. Each says what it rests on; nobody's word is taken for
// it but the owner's, who accepts them one by one. Pure.

import type { Json } from '@tulle/kernel'
import type { ColumnProfile, Profile } from './types.ts'

/** `rule` as ODCS has it under `quality`. */
export interface Suggestion { readonly column?: string; readonly name: string; readonly rule: Json; readonly evidence: string }

/** As far as a contract says what it promises already. */
export interface PromisedColumns {
  readonly columns: readonly { readonly name: string; readonly required: boolean; readonly unique: boolean; readonly primaryKey?: number; readonly quality: readonly { readonly rule: Json }[] }[]
  readonly quality: readonly { readonly rule: Json }[]
}

/** Fewer rows say nothing of those to come. */
const LEAST_ROWS = 20
const MOST_VALUES = 20
/** So often each value is there, on average, before the list of them counts as all that there are. */
const REPEATS = 10

export function suggestChecks({ rows, columns }: Profile, contract: PromisedColumns | undefined): readonly Suggestion[] {
  if (rows < LEAST_ROWS) return []
  const promised = new Map(contract?.columns.map((column) => [column.name, column]))
  const found = columns.flatMap((column) => {
    const known = promised.get(column.name)
    const has = texts(known?.quality)
    return column.trouble === undefined ? ofColumn(column, rows).filter(({ name }) => !isPromised(name, known, has)) : []
  })
  const counts = texts(contract?.quality).some((text) => text.includes('"rowCount"') || text.includes('row_count'))
  const least = Math.floor(rows / 2)
  return [...found, ...(counts ? [] : [{ name: 'rowCount', rule: { metric: 'rowCount', mustBeGreaterOrEqualTo: least }, evidence: `There are ${rows} rows; fewer than half of them would be news.` }])]
}

const texts = (rules: readonly { readonly rule: Json }[] | undefined): readonly string[] => (rules ?? []).map(({ rule }) => JSON.stringify(rule))

function isPromised(name: string, column: PromisedColumns['columns'][number] | undefined, has: readonly string[]): boolean {
  const any = (...words: readonly string[]): boolean => has.some((text) => words.some((word) => text.includes(word)))
  switch (name) {
    case 'nullValues': return column?.required === true || any('"nullValues"', '"missingValues"', 'not_be_null')
    case 'duplicateValues': return column?.unique === true || column?.primaryKey !== undefined || any('"duplicateValues"', 'be_unique')
    case 'range': return any('be_between', '"range"')
    default: return any('"invalidValues"', '"validValues"', 'be_in_set', 'match_regex')
  }
}

function ofColumn(column: ColumnProfile, rows: number): readonly Suggestion[] {
  const { name, kind, nulls, distinct, isEstimate, isComplete, top = [], min, max, shapes = [] } = column
  const filled = rows - nulls
  if (kind === 'other' || filled === 0) return nulls === 0 ? [notNull(name, rows)] : []
  const isKey = isEstimate !== true && distinct === filled && (kind === 'text' || (kind === 'number' && typeof column.type === 'string' && ['int', 'long'].includes(column.type)))
  const listed = isComplete === true && kind === 'text' && top.length <= MOST_VALUES && filled >= REPEATS * top.length
  const shape = kind === 'text' && !listed && shapes.length === 1 && shapes[0]?.count === filled ? shapes[0].value : undefined
  const pattern = shape === undefined ? undefined : patternOf(shape)
  return [
    nulls === 0 ? notNull(name, rows) : mostlyFilled(name, nulls, rows),
    ...(isKey && filled >= LEAST_ROWS ? [{ column: name, name: 'duplicateValues', rule: { metric: 'duplicateValues', mustBe: 0 }, evidence: `All ${filled} values are different.` }] : []),
    ...(listed ? [{ column: name, name: 'invalidValues', rule: { metric: 'invalidValues', arguments: { validValues: top.map(({ value }) => value).toSorted() }, mustBe: 0 }, evidence: `${filled} rows have ${top.length === 1 ? 'one value' : `${top.length} values`} between them: ${top.slice(0, 5).map(({ value, count }) => `${JSON.stringify(value)} in ${count}`).join(', ')}${top.length > 5 ? ' …' : ''}.` }] : []),
    ...(pattern === undefined ? [] : [{ column: name, name: 'invalidValues', rule: { metric: 'invalidValues', arguments: { pattern }, mustBe: 0 }, evidence: `All ${filled} values have the shape ${shape}${isEstimate === true ? ', as far as a sample shows' : ''}.` }]),
    ...(kind === 'number' && !isKey && min !== undefined && max !== undefined ? rangeOf(name, Number(min), Number(max), filled) : []),
  ]
}

const notNull = (column: string, rows: number): Suggestion => ({ column, name: 'nullValues', rule: { metric: 'nullValues', mustBe: 0 }, evidence: `None of ${rows} rows is empty.` })

function mostlyFilled(column: string, nulls: number, rows: number): Suggestion {
  const share = (nulls / rows) * 100
  const most = Math.min(99, Math.ceil(share * 1.5 + 1))
  return { column, name: 'nullValues', rule: { metric: 'nullValues', unit: 'percent', mustBeLessOrEqualTo: most }, evidence: `${nulls} of ${rows} rows are empty, ${share.toFixed(1)} %; half as many again are let pass.` }
}

/** Room of a tenth on each side; what was never negative stays so. */
function rangeOf(column: string, min: number, max: number, filled: number): readonly Suggestion[] {
  if (!Number.isFinite(min) || !Number.isFinite(max) || min === max) return []
  const room = (max - min) / 10
  const [low, high] = [min >= 0 ? Math.max(0, rounded(min - room, Math.floor)) : rounded(min - room, Math.floor), rounded(max + room, Math.ceil)]
  const rule = { type: 'custom', engine: 'greatExpectations', implementation: { type: 'expect_column_values_to_be_between', kwargs: { min_value: low, max_value: high } } }
  return [{ column, name: 'range', rule, evidence: `${filled} values lie between ${min} and ${max}; a tenth of that is room on each side.` }]
}

/** To two digits. */
function rounded(value: number, to: (value: number) => number): number {
  if (value === 0) return 0
  const step = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 1)
  return Number((to(Number((value / step).toPrecision(12))) * step).toPrecision(12))
}

/** RE2 of a shape; undefined where it says too little: no letter or digit, or something that a shape does not stand for. */
function patternOf(shape: string): string | undefined {
  if (shape.length === 0 || shape.length >= 60 || !/[Aa9]/u.test(shape) || !/^[\u0020-\u007e]+$/u.test(shape)) return undefined
  const classes: Readonly<Record<string, string>> = { A: '[A-Z]', a: '[a-z]', 9: '[0-9]' }
  return [...shape.matchAll(/A+|a+|9+|[^Aa9]/gu)].map(([run]) => {
    const known = classes[run[0] as string]
    return known === undefined ? run.replace(/[\\^$.*+?()[\]{}|/]/u, String.raw`\$&`) : `${known}${run.length > 1 ? `{${run.length}}` : ''}`
  }).join('')
}
