// What was measured to verdicts, each with a sentence that a person can act on. Pure. What was not measured is never a pass.

import type { Diagnostic } from '@tulle/kernel'
import { unreachable } from '@tulle/kernel'
import { duckdbTypeOf } from '@tulle/engine'
import type { Bound, Check, CheckPlan, Measure, Measurements, Verdict } from './types.ts'
import { measureKey } from './compile-checks.ts'
import { messages } from './messages.ts'

/** One verdict per check, in the order of the plan. */
export function judge(plan: CheckPlan, found: Measurements): readonly Verdict[] {
  const rows = found.numbers.get(measureKey({ kind: 'rows' }))
  return plan.checks.map((check) => verdictOf(check, found, rows))
}

function verdictOf(check: Check, found: Measurements, rows: number | undefined): Verdict {
  const { measure, bound, unit, place, name } = check
  const notRun = (why: string): Verdict => ({ check: name, status: 'not-run', sentence: `Not run: ${why}.`, place })
  if (measure.kind === 'unmeasured') return notRun(measure.why)
  if (measure.kind === 'type') return typeVerdict(check, measure, found)
  const count = found.numbers.get(measureKey(measure))
  if (count === undefined || rows === undefined) return notRun('it was not measured')
  const measured = unit === 'percent' ? (rows === 0 ? 0 : (count / rows) * 100) : count
  const pass = holds(measured, bound)
  const shown = unit === 'percent' ? `${count} (${round(measured)} %)` : String(count)
  return {
    check: name,
    status: pass ? 'pass' : 'fail',
    measured: round(measured),
    ...(measure.kind !== 'rows' && { failing: pass ? 0 : count }),
    sentence: sentenceOf(measure, count, shown, rows, bound, unit),
    place,
  }
}

function typeVerdict({ name, place }: Check, measure: Extract<Measure, { kind: 'type' }>, { types }: Measurements): Verdict {
  const type = types.get(measure.column)
  const pass = type !== undefined && isSameType(type, duckdbTypeOf(measure.type))
  const sentence = type === undefined
    ? `there is no column "${measure.column}".`
    : `"${measure.column}" is ${type}${pass ? '.' : `; the contract says ${measure.type}.`}`
  return { check: name, status: pass ? 'pass' : 'fail', sentence, place }
}

function holds(value: number, bound: Bound): boolean {
  switch (bound.operator) {
    case '=': return value === bound.value
    case '≠': return value !== bound.value
    case '>': return value > bound.value
    case '≥': return value >= bound.value
    case '<': return value < bound.value
    case '≤': return value <= bound.value
    case 'between': return value >= bound.low && value <= bound.high
    case 'not between': return value < bound.low || value > bound.high
    default: return unreachable(bound)
  }
}

function sentenceOf(measure: Exclude<Measure, { kind: 'type' | 'unmeasured' }>, count: number, shown: string, rows: number, bound: Bound, unit: Check['unit']): string {
  const allowed = bound.operator === '=' && bound.value === 0 ? '' : ` Allowed: ${boundText(bound)}${unit === 'percent' ? ' %' : ''}.`
  switch (measure.kind) {
    case 'rows': return `it has ${count} ${plural(count, 'row')}.${allowed}`
    case 'nulls': return `"${measure.column}" is null in ${shown} of ${rows} ${plural(rows, 'row')}.${allowed}`
    case 'among': return `"${measure.column}" is missing in ${shown} of ${rows} ${plural(rows, 'row')}.${allowed}`
    case 'outside': return `"${measure.column}" holds none of the ${measure.values.length} valid values in ${shown} of ${rows} ${plural(rows, 'row')}.${allowed}`
    case 'mismatches': return `"${measure.column}" does not match its pattern in ${shown} of ${rows} ${plural(rows, 'row')}.${allowed}`
    case 'surplus': return `${shown} of ${rows} ${plural(rows, 'row')} ${count === 1 ? 'repeats' : 'repeat'} a value of ${measure.columns.map((c) => `"${c}"`).join(', ')}.${allowed}`
    default: return unreachable(measure)
  }
}

const boundText = (bound: Bound): string => ('value' in bound ? `${bound.operator} ${bound.value}` : `${bound.operator} ${bound.low} and ${bound.high}`)
// The engine quotes a field's name only where it must.
const isSameType = (a: string, b: string): boolean => spelling(a) === spelling(b)
const spelling = (type: string): string => type.replaceAll(/"([A-Za-z_][A-Za-z0-9_]*)"/gu, '$1').replaceAll(/\s*([(),])\s*/gu, '$1').toUpperCase()

const plural = (count: number, noun: string): string => (count === 1 ? noun : `${noun}s`)
const round = (value: number): number => Math.round(value * 10_000) / 10_000

/** A failed verdict as a finding at its place in the contract. */
export const diagnosticOf = (dataSet: string, verdict: Verdict): Diagnostic =>
  messages['check-failed']({ dataSet, check: verdict.check, sentence: verdict.sentence }, { place: verdict.place })
