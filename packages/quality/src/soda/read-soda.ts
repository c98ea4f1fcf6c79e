// One check of SodaCL (version 3) to the checks that it means. What is misspelt is a fault with the nearest name.

import type { Json } from '@tulle/kernel'
import { didYouMean } from '@tulle/kernel'
import type { Bound, Change, ColumnsRule, Measure } from '../types.ts'
import type { Fault, Obj } from '../read-values.ts'
import { isFault, isObj, isTexts, textOf } from '../read-values.ts'
import type { Draft, Subject } from '../reading.ts'
import { columnFault, NONE, noBadRows } from '../reading.ts'
import { METRICS, readMetric } from './metrics.ts'
import { opposite, readThreshold } from './thresholds.ts'

/** What a check is, without place. `mild`: it only has an alert that warns. */
export interface SodaCheck { readonly name: string; readonly drafts: readonly SodaDraft[]; readonly mild: boolean }
export type SodaDraft = Draft & { readonly change?: Change }

const COMMON = ['name', 'filter', 'warn', 'fail', 'attributes', 'identity', 'samples limit', 'samples columns', 'title', 'description']

/** `written` is a text (`row_count > 0`), a map of one to its configuration, or a map with `type` and `must_be…`. */
export function readSoda(written: Json, subject: Subject): SodaCheck | Fault {
  if (typeof written === 'string') return readCheck(written, {}, subject)
  if (!isObj(written)) return { fault: 'a check is a text, or a text with what stands below it' }
  if (typeof written['type'] === 'string') return readTyped(written, subject)
  const [[text = '', below = null] = [], ...others] = Object.entries(written)
  if (others.length > 0) return { fault: `"${(others[0]?.[0] ?? '').slice(0, 60)}" stands beside the check, not below it` }
  if (below !== null && !isObj(below)) return { fault: `what stands below "${text.slice(0, 60)}" is no map` }
  return readCheck(text, below ?? {}, subject)
}

function readCheck(text: string, config: Obj, subject: Subject): SodaCheck | Fault {
  const line = text.trim().replace(/\s+/gu, ' ')
  if (line.length > 2_000) return { fault: 'it is longer than 2000 characters' }
  const reader = READERS.find(({ form }) => form.test(line))
  const found = reader === undefined ? readMetricCheck(line, config, subject) : reader.read(line, config, subject)
  if (isFault(found)) return found
  const known = [...COMMON, ...found.keys]
  const misspelt = Object.keys(config).find((key) => !known.includes(key))
  if (misspelt !== undefined) return { fault: `it has no "${misspelt.slice(0, 60)}"`, hint: didYouMean(misspelt, known) }
  return { name: textOf(config['name']) ?? found.called, drafts: found.drafts, mild: found.mild === true || (config['warn'] !== undefined && config['fail'] === undefined) }
}

interface Found { readonly called: string; readonly drafts: readonly SodaDraft[]; readonly keys: readonly string[]; readonly mild?: boolean }
type Read = (line: string, config: Obj, subject: Subject) => Found | Fault

const filterOf = (config: Obj): string | undefined | Fault => {
  const filter = config['filter']
  return filter === undefined ? undefined : (textOf(filter) ?? { fault: 'its filter is a text of SQL' })
}

/** `metric`, `metric > 5`, or a metric with `warn: when …` and `fail: when …` below. */
const readMetricCheck: Read = (line, config, subject) => {
  const [, text = '', threshold = ''] = /^([a-z_A-Z][\w]*\s*(?:\([^()]*\))?)\s*(.*)$/u.exec(line) ?? []
  if (text === '') return { fault: `"${line.slice(0, 60)}" is no check`, hint: didYouMean(line, METRICS) }
  const where = filterOf(config)
  if (isFault(where)) return where
  const taken = readMetric(text, config, subject, where)
  if (isFault(taken)) return taken
  const bounds = boundsOf(threshold, config)
  if (isFault(bounds)) return bounds
  return { called: taken.called, drafts: [{ measure: taken.measure, unit: taken.unit, ...bounds }], keys: taken.keys }
}

/** What must hold, and what must hold not to warn. */
function boundsOf(threshold: string, config: Obj): { readonly bound: Bound; readonly warn?: Bound } | Fault {
  const alert = (key: 'warn' | 'fail'): Bound | Fault | undefined => {
    const written = config[key]
    if (written === undefined) return undefined
    const [, when] = /^when\s+(.+)$/u.exec(textOf(written)?.trim() ?? '') ?? []
    const read = when === undefined ? { fault: `its ${key} is "when" and a threshold` } : readThreshold(when)
    return isFault(read) ? read : opposite(read)
  }
  const [own, warn, fail] = [threshold === '' ? undefined : readThreshold(threshold), alert('warn'), alert('fail')]
  for (const one of [own, warn, fail]) if (isFault(one)) return one
  const [holds, warns, fails] = [own, warn, fail] as readonly (Bound | undefined)[]
  if (holds !== undefined && (warns ?? fails) !== undefined) return { fault: 'it says a threshold and alerts; one of them is allowed' }
  const bound = holds ?? fails ?? warns
  if (bound === undefined) return { fault: 'it says no threshold (> 5, between 1 and 10, or warn: when …, fail: when … below it)' }
  return { bound, ...(fails !== undefined && warns !== undefined && { warn: warns }) }
}

/** `anomaly detection for row_count`, and the older `anomaly score for row_count < default`. */
const readAnomaly: Read = (line, config, subject) => {
  const [, text = ''] = /^anomaly (?:detection|score) for (.+?)(?: < (?:default|[\d.]+))?$/u.exec(line) ?? []
  const where = filterOf(config)
  if (isFault(where)) return where
  const taken = readMetric(text, config, subject, where)
  if (isFault(taken)) return taken
  return { called: `anomaly(${taken.called})`, drafts: [{ measure: taken.measure, unit: taken.unit, bound: { operator: 'usual' } }], keys: [...taken.keys, 'severity_level_parameters', 'training_dataset_parameters', 'model'] }
}

const CHANGE = /^change (?:(avg|min|max) last (\d{1,3}) |(same day last week) )?(percent )?for (.+)$/u
const FROM = { avg: 'average', min: 'least', max: 'most' } as const

const readChange: Read = (line, config, subject) => {
  const [, kind, count, weekday, percent, rest = ''] = CHANGE.exec(line) ?? []
  if (rest === '') return { fault: 'a change is "change for row_count < 5", "change avg last 7 for …", "change same day last week percent for …"' }
  const found = readMetricCheck(rest, config, subject)
  if (isFault(found)) return found
  const change: Change = { from: weekday !== undefined ? 'same-weekday' : kind === undefined ? 'last' : FROM[kind as keyof typeof FROM], of: Number(count ?? 1), percent: percent !== undefined }
  return { ...found, called: `change(${found.called})`, drafts: found.drafts.map((draft) => ({ ...draft, change })) }
}

const readSame: Read = (line, _config, subject) => {
  const [, name = ''] = /^row_count same as (\S+)$/u.exec(line) ?? []
  const other = otherOf(name, subject)
  return isFault(other) ? other : { called: `row_count same as ${name}`, drafts: [{ measure: typeof other === 'string' ? { kind: 'unmeasured', why: other } : { kind: 'row-difference', other }, bound: NONE, unit: 'rows' }], keys: [] }
}

const REFERENCE = /^values in \(([^()]+)\) must (not )?exist in (\S+) \(([^()]+)\)$/u

const readReference: Read = (line, config, subject) => {
  const [, left = '', not, name = '', right = ''] = REFERENCE.exec(line) ?? []
  const [columns, otherColumns] = [left, right].map((list) => list.split(',').map((one) => one.trim())) as [string[], string[]]
  if (left === '' || columns.length !== otherColumns.length) return { fault: 'a reference is "values in (a, b) must exist in data_set (c, d)", with as many columns on both sides' }
  const unknown = columns.map((column) => columnFault(column, subject.columns)).find((one) => one !== undefined)
  if (unknown !== undefined) return unknown
  const other = otherOf(name, subject)
  const where = filterOf(config)
  if (isFault(other)) return other
  if (isFault(where)) return where
  const measure: Measure = typeof other === 'string' ? { kind: 'unmeasured', why: other } : { kind: 'bad', of: { rule: 'orphan', columns, other, otherColumns, ...(not !== undefined && { inverted: true as const }) }, ...(where !== undefined && { where }) }
  return { called: `reference(${columns.join(', ')})`, drafts: [noBadRows(measure)], keys: [] }
}

/** A text says why it cannot be looked at here. */
function otherOf(name: string, subject: Subject): NonNullable<ReturnType<NonNullable<Subject['other']>>> | string | Fault {
  if (subject.other === undefined) return `"${name.slice(0, 100)}" is not at hand here`
  return subject.other(name) ?? { fault: `the product has and reads no data set "${name.slice(0, 100)}"` }
}

const readFailedRows: Read = (_line, config) => {
  const [condition, query] = [config['fail condition'], config['fail query']].map(textOf)
  const where = filterOf(config)
  if (isFault(where)) return where
  if ((condition === undefined) === (query === undefined)) return { fault: 'it needs a fail condition or a fail query, one of them' }
  const measure: Measure = condition !== undefined ? { kind: 'bad', of: { rule: 'condition', sql: condition, holds: true }, ...(where !== undefined && { where }) } : { kind: 'query', sql: (query ?? '').trim().replace(/;$/u, ''), answers: 'rows' }
  const bounds = config['warn'] === undefined && config['fail'] === undefined ? { bound: NONE } : boundsOf('', config)
  return isFault(bounds) ? bounds : { called: 'failed rows', drafts: [{ measure, unit: 'rows', ...bounds }], keys: ['fail condition', 'fail query'] }
}

/** One check per `when …`; those below `warn` alone only warn. */
const readSchema: Read = (_line, config) => {
  const below = (key: 'warn' | 'fail'): readonly (readonly [string, Json])[] => (isObj(config[key]) ? Object.entries(config[key]) : [])
  const rules = [...below('fail'), ...below('warn')].map(([when, value]) => ruleOf(when, value))
  const fault = rules.find(isFault)
  if (fault !== undefined) return fault
  if (rules.length === 0) return { fault: 'it needs warn or fail with "when required column missing" …' }
  return { called: 'schema', drafts: rules.map((rule) => ({ measure: { kind: 'columns', rule: rule as ColumnsRule }, bound: NONE, unit: 'rows' })), keys: [], mild: below('fail').length === 0 }
}

const SCHEMA_RULES = ['when required column missing', 'when forbidden column present', 'when wrong column type', 'when wrong column index']

function ruleOf(when: string, value: Json): ColumnsRule | Fault {
  const names = isTexts(value) ? value : undefined
  if (when === 'when required column missing' && names !== undefined) return { rule: 'required', names }
  if (when === 'when forbidden column present' && names !== undefined) return { rule: 'forbidden', names: names.map((name) => name.replaceAll('%', '*')) }
  const entries = isObj(value) ? Object.entries(value) : []
  if (when === 'when wrong column type' && entries.length > 0 && entries.every(([, type]) => typeof type === 'string')) return { rule: 'types', types: Object.fromEntries(entries) as Record<string, string> }
  if (when === 'when wrong column index' && entries.length > 0 && entries.every(([, index]) => Number.isInteger(index))) return { rule: 'places', places: Object.fromEntries(entries) as Record<string, number> }
  return SCHEMA_RULES.includes(when) ? { fault: `what stands below "${when}" does not fit it` } : { fault: `it has no "${when.slice(0, 60)}"`, hint: didYouMean(when, SCHEMA_RULES) }
}

const READERS: readonly { readonly form: RegExp; readonly read: Read }[] = [
  { form: /^anomaly (?:detection|score) for /u, read: readAnomaly },
  { form: /^change /u, read: readChange },
  { form: /^row_count same as /u, read: readSame },
  { form: /^values in /u, read: readReference },
  { form: /^failed rows$/u, read: readFailedRows },
  { form: /^schema$/u, read: readSchema },
]

const MUST: Readonly<Record<string, string>> = { must_be: '=', must_not_be: '!=', must_be_greater_than: '>', must_be_greater_than_or_equal_to: '>=', must_be_less_than: '<', must_be_less_than_or_equal_to: '<=' }

/** The form of Soda's contracts: `{type: duplicate_percent, columns: [a, b], must_be_less_than: 1.0}`. */
function readTyped({ type, column, columns, name, filter_sql: filter, ...rest }: Obj, subject: Subject): SodaCheck | Fault {
  const list = isTexts(columns) ? columns : typeof column === 'string' ? [column] : []
  const used = Object.entries(rest).filter(([key]) => key.startsWith('must_'))
  const [[key, value] = ['', null]] = used
  const ends = Array.isArray(value) ? (value as readonly Json[]) : []
  if (used.length !== 1) return { fault: 'it needs one must_be…' }
  const range = /^must_(not_)?be_between$/u.exec(key)
  const sign = MUST[key]
  if (range === null && sign === undefined) return { fault: `it has no "${key.slice(0, 60)}"`, hint: didYouMean(key, [...Object.keys(MUST), 'must_be_between', 'must_not_be_between']) }
  const threshold = range === null ? `${sign} ${String(value)}` : `${range[1] === undefined ? '' : 'not '}between ${String(ends[0])} and ${String(ends[1])}`
  const below = Object.fromEntries(Object.entries(rest).filter(([one]) => one !== key).map(([one, given]) => [one.replaceAll('_', ' '), given]))
  return readCheck(`${String(type)}${list.length === 0 ? '' : `(${list.join(', ')})`} ${threshold}`, { ...below, ...(name !== undefined && { name }), ...(filter !== undefined && { filter }) }, subject)
}
