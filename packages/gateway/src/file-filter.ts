// What a statement demands of a table's rows → the filter by which the lake leaves files out. Only where the comparison
// surely means the same there and in the engine, and only over columns that the asker sees unmasked: a file's statistics
// are of the true values. docs/decisions/011-pruning-by-statement.md says why this tells nobody anything.

import type { Parameter } from '@tulle/engine'
import type { Predicate, Value } from '@tulle/lake'
import type { Condition, FoundConditions, Literal } from '@tulle/sql'
import { unreachable } from '@tulle/kernel'

export interface FilteredColumn { readonly name: string; readonly type: unknown; readonly fieldId: number; readonly masked: boolean }

/** Undefined where nothing can be concluded. `parameters` are those of this run. */
export function fileFilter({ conditions, all }: FoundConditions, columns: readonly FilteredColumn[], parameters: readonly Parameter[]): Predicate | undefined {
  const byName = new Map(columns.filter(({ masked }) => !masked).map((column) => [lowerAscii(column.name), column]))
  const read = conditions.map((condition) => predicateOf(condition, byName, parameters))
  // The engine tests comparisons while it reads, before anything that can fail; the rest in an order of its own. So that
  // what fails still meets its rows, the rest is used only where nothing can fail.
  const calm = all && !read.includes(undefined)
  const used = read.filter((predicate, i): predicate is Predicate => predicate !== undefined && (calm || isExact(conditions[i] as Condition)))
  return used.length === 0 ? undefined : used.length === 1 ? used[0] : { kind: 'and', of: used }
}

const lowerAscii = (name: string): string => name.replaceAll(/[A-Z]/gu, (letter) => letter.toLowerCase())

type JoinedCondition = Condition & { readonly kind: 'and' | 'or' }
const isOf = (condition: Condition): condition is JoinedCondition => condition.kind === 'and' || condition.kind === 'or'

function isExact(condition: Condition): boolean {
  if (condition.kind === 'and') return condition.of.every(isExact)
  return condition.kind === 'compare' ? condition.day !== true : condition.kind === 'is-null' || condition.kind === 'is-not-null'
}

function predicateOf(condition: Condition, columns: ReadonlyMap<string, FilteredColumn>, parameters: readonly Parameter[]): Predicate | undefined {
  if (isOf(condition)) {
    const of = condition.of.map((inner) => predicateOf(inner, columns, parameters))
    return of.includes(undefined) ? undefined : { kind: condition.kind, of: of as readonly Predicate[] }
  }
  const column = columns.get(condition.column)
  const type = column?.type
  if (column === undefined || typeof type !== 'string') return undefined
  const { fieldId } = column
  switch (condition.kind) {
    case 'is-null': case 'is-not-null':
      return { kind: condition.kind, fieldId }
    case 'starts-with':
      return type === 'string' ? { kind: 'starts-with', fieldId, prefix: condition.prefix } : undefined
    case 'in': {
      const values = condition.literals.map((literal) => valueOf(type, literal, parameters))
      return values.includes(undefined) ? undefined : { kind: 'in', fieldId, values: values as readonly Value[] }
    }
    case 'compare':
      return condition.day === true ? dayPredicate(condition, column, parameters) : comparison(fieldId, condition.operator, valueOf(type, condition.literal, parameters))
    default:
      return unreachable(condition)
  }
}

type Compare = Extract<Predicate, { readonly kind: 'compare' }>
const comparison = (fieldId: number, operator: Compare['operator'], value: Value | undefined): Predicate | undefined => (value === undefined ? undefined : { kind: 'compare', fieldId, operator, value })

const MICROS_PER_DAY = 86_400_000_000n

// The date of a time is a day when the time is from its midnight on and before the next one.
function dayPredicate({ operator, literal }: Extract<Condition, { readonly kind: 'compare' }>, { fieldId, type }: FilteredColumn, parameters: readonly Parameter[]): Predicate | undefined {
  const day = valueOf('date', literal, parameters)
  if (type !== 'timestamp' || typeof day !== 'number') return undefined
  const [begin, end] = [BigInt(day) * MICROS_PER_DAY, BigInt(day + 1) * MICROS_PER_DAY]
  const from: Predicate = { kind: 'compare', fieldId, operator: '>=', value: operator === '>' ? end : begin }
  const to: Predicate = { kind: 'compare', fieldId, operator: '<', value: operator === '<' ? begin : end }
  return operator === '=' ? { kind: 'and', of: [from, to] } : operator === '>' || operator === '>=' ? from : to
}

/** A literal as a value of a column's type, where no conversion of the column comes into it. */
function valueOf(type: string, literal: Literal, parameters: readonly Parameter[]): Value | undefined {
  switch (literal.kind) {
    case 'parameter': {
      const value = parameters[Number(literal.name) - 1]
      if (typeof value === 'string') return valueOf(type, { kind: 'text', text: value }, [])
      return typeof value === 'bigint' || Number.isSafeInteger(value) ? valueOf(type, { kind: 'number', digits: String(value), scale: 0 }, []) : undefined
    }
    case 'number':
      return numberOf(type, literal.digits, literal.scale)
    case 'text':
      return type === 'string' ? literal.text : textAs(type, literal.text)
    case 'date':
      return type === 'date' ? daysOf(literal.text) : type === 'timestamp' ? microsOf(literal.text) : undefined
    case 'timestamp':
      return type === 'timestamp' ? microsOf(literal.text) : undefined
    default:
      return unreachable(literal)
  }
}

function numberOf(type: string, digits: string, scale: number): Value | undefined {
  const decimal = /^decimal\((\d+), ?(\d+)\)$/u.exec(type)
  if (decimal !== null) {
    const more = Number(decimal[2]) - scale
    // A value that needs more digits than the column has is converted together with the column.
    const unscaled = more < 0 ? undefined : BigInt(digits) * 10n ** BigInt(more)
    return unscaled !== undefined && String(unscaled).replace('-', '').length <= Number(decimal[1]) ? unscaled : undefined
  }
  if (scale !== 0) return undefined
  const value = BigInt(digits)
  if (type === 'int') return BigInt.asIntN(32, value) === value ? Number(value) : undefined
  return type === 'long' && BigInt.asIntN(64, value) === value ? value : undefined
}

// Texts between quotes become the column's type; only spellings of which there is no doubt are taken.
function textAs(type: string, text: string): Value | undefined {
  if (type === 'date') return daysOf(text)
  if (type === 'timestamp') return microsOf(text)
  return /^-?\d{1,19}$/u.test(text) && (type === 'int' || type === 'long') ? numberOf(type, text, 0) : undefined
}

const DAY = 86_400_000
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/u

function daysOf(text: string): number | undefined {
  const found = DATE.exec(text)
  if (found === null || Number(found[1]) < 1000) return undefined
  const at = new Date(Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3])))
  return at.toISOString().startsWith(text) ? at.getTime() / DAY : undefined
}

function microsOf(text: string): bigint | undefined {
  const found = /^(\S{10})(?:[T ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?)?$/u.exec(text)
  const days = daysOf(found?.[1] ?? '')
  const [hour, minute, second] = [Number(found?.[2] ?? 0), Number(found?.[3] ?? 0), Number(found?.[4] ?? 0)]
  if (days === undefined || hour > 23 || minute > 59 || second > 59) return undefined
  return BigInt(days) * MICROS_PER_DAY + BigInt((hour * 60 + minute) * 60 + second) * 1_000_000n + BigInt((found?.[5] ?? '').padEnd(6, '0'))
}
