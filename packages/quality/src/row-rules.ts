// What is wrong with a row, as SQL over the row. Pure. Every name is quoted as a name and every value as a value.

import { unreachable } from '@tulle/kernel'
import { duckdbTypeOf } from '@tulle/engine'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import type { Check, CheckedRelation, Comparison, Limit, Measure, RowRule, Scalar } from './types.ts'

/**
 * The condition that is true for the bad rows of a check and false for all others, never null; undefined where no single row is at
 * fault. `relation` is the table itself: with it, rows that share a value which must be unique are bad, all of them.
 */
export function badRows({ measure }: Pick<Check, 'measure'>, relation?: CheckedRelation): string | undefined {
  if (measure.kind === 'bad') return filtered(measure, conditionOf(measure.of))
  if (measure.kind === 'repeats' && relation !== undefined) return filtered(measure, sharedKey(measure, relation))
  return undefined
}

const filtered = ({ where }: { readonly where?: string }, condition: string): string =>
  `coalesce(${where === undefined ? '' : `(${where}) AND `}(${condition}), false)`

function sharedKey({ columns, where, nulls }: Extract<Measure, { kind: 'repeats' }>, relation: CheckedRelation): string {
  const from = `${quoteIdentifier(relation.schema)}.${quoteIdentifier(relation.name)}`
  const key = tuple(columns)
  const whole = nulls === true ? undefined : allFilled(columns)
  const inner = [whole, where === undefined ? undefined : `(${where})`].filter((part) => part !== undefined).join(' AND ')
  return `${whole === undefined ? '' : `${whole} AND `}${key} IN (SELECT ${key} FROM ${from}${inner === '' ? '' : ` WHERE ${inner}`} GROUP BY ${columns.map(quoteIdentifier).join(', ')} HAVING count(*) > 1)`
}

/** True or null or false: where it is null, the row is not at fault. */
export function conditionOf(rule: RowRule): string {
  switch (rule.rule) {
    case 'null':
      return `${quoteIdentifier(rule.column)} IS NULL`
    case 'missing':
      return missing(rule.column, rule.values)
    case 'not-among':
      return besides(rule, rule.values.length === 0 ? `${quoteIdentifier(rule.column)} IS NOT NULL` : `${compared(rule.column, rule.values)} NOT IN (${listed(rule.values)})`)
    case 'among':
      return besides(rule, rule.values.length === 0 ? 'false' : `${compared(rule.column, rule.values)} IN (${listed(rule.values)})`)
    case 'mismatch':
      return besides(rule, `NOT ${matches(rule)}`)
    case 'match':
      return besides(rule, matches(rule))
    case 'outside':
      return besides(rule, outside(quoteIdentifier(rule.column), rule))
    case 'length':
      return besides(rule, outside(`length(CAST(${quoteIdentifier(rule.column)} AS VARCHAR))`, rule))
    case 'no-multiple':
      return noMultiple(quoteIdentifier(rule.column), rule.of)
    case 'items':
      return outside(`len(${quoteIdentifier(rule.column)})`, rule)
    case 'repeated-items':
      return `list_unique(${quoteIdentifier(rule.column)}) < list_aggregate(${quoteIdentifier(rule.column)}, 'count')`
    case 'uncastable':
      return `${quoteIdentifier(rule.column)} IS NOT NULL AND TRY_CAST(${quoteIdentifier(rule.column)} AS ${duckdbTypeOf(rule.type)}) IS NULL`
    case 'pair': {
      const [left, right] = [quoteIdentifier(rule.left), quoteIdentifier(rule.right)]
      const broken = `NOT (${left} ${COMPARISONS[rule.operator]} ${right})`
      return rule.strict === true ? `(${left} IS NULL) <> (${right} IS NULL) OR ${broken}` : broken
    }
    case 'sum':
      return `${rule.columns.map(quoteIdentifier).join(' + ')} <> ${typeof rule.total === 'number' ? number(rule.total) : quoteIdentifier(rule.total.column)}`
    case 'orphan': {
      const other = `${quoteIdentifier(rule.other.schema)}.${quoteIdentifier(rule.other.name)}`
      // An empty key refers to nothing; one of the other table would make every NOT IN unknown.
      return `${allFilled(rule.columns)} AND ${tuple(rule.columns)} ${rule.inverted === true ? '' : 'NOT '}IN (SELECT ${tuple(rule.otherColumns)} FROM ${other} WHERE ${allFilled(rule.otherColumns)})`
    }
    case 'any':
      return rule.of.map((one) => `(${conditionOf(one)})`).join(' OR ')
    case 'condition':
      return rule.holds ? `(${rule.sql})` : `NOT coalesce((${rule.sql}), false)`
    default:
      return unreachable(rule)
  }
}

const COMPARISONS: Readonly<Record<Comparison, string>> = { '=': '=', '≠': '<>', '>': '>', '≥': '>=', '<': '<', '≤': '<=' }

const allFilled = (columns: readonly string[]): string => columns.map((name) => `${quoteIdentifier(name)} IS NOT NULL`).join(' AND ')
const tuple = (columns: readonly string[]): string => (columns.length === 1 ? quoteIdentifier(columns[0] ?? '') : `row(${columns.map(quoteIdentifier).join(', ')})`)

/** Numbers and truths are compared with columns of their kind as such: `1.0` is 1. Everything else is compared as the text it is printed as. */
export const compared = (column: string, values: readonly Scalar[]): string =>
  (isPlain(values) ? quoteIdentifier(column) : `CAST(${quoteIdentifier(column)} AS VARCHAR)`)
export const listed = (values: readonly Scalar[]): string => values.map((value) => (isPlain(values) ? number(value as number) : quoteLiteral(String(value)))).join(', ')
const isPlain = (values: readonly Scalar[]): boolean => values.length > 0 && values.every((value) => typeof value === 'number' && Number.isFinite(value))

const missing = (column: string, values: readonly Scalar[]): string =>
  (values.length === 0 ? `${quoteIdentifier(column)} IS NULL` : `${quoteIdentifier(column)} IS NULL OR ${compared(column, values)} IN (${listed(values)})`)

/** Values that count as missing are not at fault. */
function besides({ column, besides: others = [] }: { readonly column: string; readonly besides?: readonly Scalar[] }, condition: string): string {
  return others.length === 0 ? condition : `${compared(column, others)} NOT IN (${listed(others)}) AND (${condition})`
}

const matches = ({ column, pattern, whole }: Extract<RowRule, { rule: 'mismatch' | 'match' }>): string =>
  `${whole ? 'regexp_full_match' : 'regexp_matches'}(CAST(${quoteIdentifier(column)} AS VARCHAR), ${quoteLiteral(pattern)})`

function outside(value: string, { low, high }: { readonly low?: Limit; readonly high?: Limit }): string {
  const parts = [
    ...(low === undefined ? [] : [`${value} ${low.open === true ? '<=' : '<'} ${limit(low)}`]),
    ...(high === undefined ? [] : [`${value} ${high.open === true ? '>=' : '>'} ${limit(high)}`]),
  ]
  return parts.length === 0 ? 'false' : parts.join(' OR ')
}

/** Within a billionth of the step, because 0.3 is no exact multiple of 0.1. */
const noMultiple = (value: string, of: number): string => `abs(CAST(${value} AS DOUBLE) / ${number(of)} - round(CAST(${value} AS DOUBLE) / ${number(of)})) > 1e-9`

const limit = ({ value }: Limit): string => (typeof value === 'number' ? number(value) : quoteLiteral(value))

/** A double in a form that the engine reads as the same one; small ones stay exact decimals. */
export const number = (value: number): string => (Number.isInteger(value) && Math.abs(value) < 1e15 ? String(value) : Number.isFinite(value) ? `CAST('${value}' AS DOUBLE)` : value > 0 ? "CAST('inf' AS DOUBLE)" : "CAST('-inf' AS DOUBLE)")
