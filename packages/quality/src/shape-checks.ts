// What a contract says of a column beside its rules: its type, whether it is filled, unique, and what its values are narrowed to by
// `logicalTypeOptions` and `enum`. Pure.

import type { Diagnostic, Json } from '@tulle/kernel'
import type { ContractColumn } from '@tulle/model'
import type { Check, Measure, RowRule } from './types.ts'
import { isFault, isNumeric, isObj, isTemporal, patternFault, valuesFor } from './read-values.ts'
import type { Fault } from './read-values.ts'
import { NONE } from './reading.ts'
import { messages } from './messages.ts'

/** A narrowing that does not fit the column's type is kept as a check that is not run, with a warning. */
export function shapeChecks(column: ContractColumn): { readonly checks: readonly Check[]; readonly diagnostics: readonly Diagnostic[] } {
  const { name, type, required, unique, primaryKey, place } = column
  const check = (rule: string, measure: Measure): Check => ({ name: `${rule}(${name})`, measure, bound: NONE, unit: 'rows', action: 'block', place })
  const diagnostics: Diagnostic[] = []
  const narrowings = narrowingsOf(column).map(([word, rule]): Check => {
    if (!isFault(rule)) return check(word, { kind: 'bad', of: rule })
    diagnostics.push(messages['check-not-run']({ rule: `${word}(${name})`, why: rule.fault }, { place }))
    return check(word, { kind: 'unmeasured', why: rule.fault })
  })
  const checks = [
    check('type', { kind: 'type', column: name, type }),
    ...(required || primaryKey !== undefined ? [check('required', { kind: 'bad', of: { rule: 'null', column: name } })] : []),
    ...(unique ? [check('unique', { kind: 'repeats', columns: [name], counts: 'surplus' })] : []),
    ...narrowings,
  ]
  return { checks, diagnostics }
}

/** In the order in which the contract writes them; words that narrow nothing (`format`, `timezone`) are none. */
function narrowingsOf({ name, type, narrowed: { options = {}, values } = {} }: ContractColumn): readonly (readonly [string, RowRule | Fault])[] {
  const found = Object.entries(options).flatMap(([word, value]) => {
    const read = Object.hasOwn(OPTIONS, word) ? OPTIONS[word] : undefined
    const rule = read?.({ column: name, type, value, options })
    return rule === undefined ? [] : [[word, rule] as const]
  })
  return [...found, ...(values === undefined ? [] : [['enum', enumOf(name, type, values)] as const])]
}

interface Written { readonly column: string; readonly type: string; readonly value: Json; readonly options: Readonly<Record<string, Json>> }
type ReadOption = (written: Written) => RowRule | Fault | undefined

/** Version 3.0 of the standard has `exclusiveMinimum: true` beside a minimum, later ones have the bound itself. */
const bound = (end: 'low' | 'high', open: boolean): ReadOption => ({ column, type, value, options }) => {
  if (typeof value === 'boolean') return undefined
  const flag = options[end === 'low' ? 'exclusiveMinimum' : 'exclusiveMaximum']
  if (isNumeric(type) ? typeof value !== 'number' : !isTemporal(type) || typeof value !== 'string' || !MOMENT.test(value)) return { fault: `its value does not fit the column, which is ${type}` }
  return { rule: 'outside', column, [end]: { value: value as number | string, ...((open || flag === true) && { open: true }) } }
}

const MOMENT = /^(?:\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?|\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)$/u

const length = (end: 'low' | 'high'): ReadOption => ({ column, type, value }) =>
  (typeof value !== 'number' || type !== 'string' ? { fault: `the column is ${type}; only texts have a length` } : { rule: 'length', column, [end]: { value } })

const items = (end: 'low' | 'high'): ReadOption => ({ column, type, value }) =>
  (typeof value !== 'number' || !type.startsWith('list<') ? { fault: `the column is ${type}; only lists have items` } : { rule: 'items', column, [end]: { value } })

const OPTIONS: Readonly<Record<string, ReadOption>> = {
  minimum: bound('low', false), maximum: bound('high', false), exclusiveMinimum: bound('low', true), exclusiveMaximum: bound('high', true),
  minLength: length('low'), maxLength: length('high'), minItems: items('low'), maxItems: items('high'),
  multipleOf: ({ column, type, value }) => (typeof value !== 'number' || !(value > 0) || !isNumeric(type) ? { fault: `the column is ${type}; only numbers have multiples` } : { rule: 'no-multiple', column, of: value }),
  // As JSON Schema reads it: some part of the value.
  pattern: ({ column, type, value }) => (typeof value !== 'string' || type !== 'string' ? { fault: `the column is ${type}; only texts have a pattern` } : (patternFault(value) ?? { rule: 'mismatch', column, pattern: value, whole: false })),
  uniqueItems: ({ column, type, value }) => (value !== true ? undefined : type.startsWith('list<') ? { rule: 'repeated-items', column } : { fault: `the column is ${type}; only lists have items` }),
}

/** Each value by itself, or as `{value, label}`. */
function enumOf(column: string, type: string, written: readonly Json[]): RowRule | Fault {
  const values = valuesFor(type, written.map((one) => (isObj(one) ? (one['value'] ?? null) : one)))
  return values === undefined ? { fault: 'its enum is no list of plain values' } : { rule: 'not-among', column, values }
}
