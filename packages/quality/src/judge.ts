// What was measured to verdicts, each with a sentence that a person can act on. Pure. What was not measured is never a pass.

import type { Diagnostic } from '@tulle/kernel'
import { unreachable } from '@tulle/kernel'
import type { Band, Bound, Check, CheckPlan, Measurements, Verdict } from './types.ts'
import { bandAt, changeOf } from './history.ts'
import { columnsVerdict, typeVerdict } from './judge-columns.ts'
import { boundText, sentenceOf, spanText } from './sentences.ts'
import { measureKey, totalOf } from './plan-scans.ts'
import { messages } from './messages.ts'

/** One verdict per check, in the order of the plan. */
export function judge(plan: CheckPlan, found: Measurements): readonly Verdict[] {
  const rows = found.numbers.get(measureKey({ kind: 'rows' })) ?? undefined
  return plan.checks.map((check) => ({ ...verdictOf(check, found, rows), action: check.action, ...(rows !== undefined && { rows }) }))
}

type Judged = Omit<Verdict, 'action' | 'rows'>

function verdictOf(check: Check, found: Measurements, rows: number | undefined): Judged {
  const { measure, unit, place, name } = check
  const told = (status: 'fail' | 'not-run', sentence: string): Judged => ({ check: name, status, sentence, place })
  if (measure.kind === 'unmeasured') return told('not-run', `Not run: ${measure.why}.`)
  if (measure.kind === 'type') return typeVerdict(check, measure, found.types)
  if (measure.kind === 'columns') return columnsVerdict(check, measure.rule, found.types)
  const key = measureKey(measure)
  const trouble = found.troubles?.get(key) ?? (unit === 'percent' ? found.troubles?.get(measureKey(totalOf(check))) : undefined)
  if (trouble !== undefined) return told('fail', `it could not be measured: ${trouble}`)
  const count = found.numbers.get(key)
  if (count === null) return told('not-run', 'Not run: there is no value to measure.')
  const total = unit === 'percent' ? found.numbers.get(measureKey(totalOf(check))) : rows
  if (count === undefined || total === undefined || total === null || rows === undefined) return told('not-run', 'Not run: it was not measured.')
  const value = unit === 'percent' ? (total === 0 ? 0 : (count / total) * 100) : unit === 'seconds' ? (found.now ?? NaN) / 1_000 - count : count
  if (Number.isNaN(value)) return told('not-run', 'Not run: it was not measured.')
  const changed = check.change === undefined ? value : changeOf(check.change, value, found.history?.get(name) ?? [], found.now)
  if (changed === undefined) return told('not-run', 'Not run: nothing like it was measured before.')
  return numberVerdict(check, { value, changed, count, total }, found)
}

interface Measured { readonly value: number; readonly changed: number; readonly count: number; readonly total: number }

function numberVerdict(check: Check, { value, changed, count, total }: Measured, found: Measurements): Judged {
  const { measure, bound, warn, unit, name, place } = check
  const history = found.history?.get(name) ?? []
  const wants = [bound, ...(warn === undefined ? [] : [warn])]
  const band = wants.some(({ operator }) => operator === 'usual') ? bandAt(history, found.now ?? 0) : undefined
  if (band === undefined && bound.operator === 'usual') {
    return { check: name, status: 'not-run', measured: round(value), sentence: `Not run: ${history.length} earlier measurements are too few to know what is usual.`, place }
  }
  const failed = !holds(changed, bound, band)
  const warned = !failed && warn !== undefined && !holds(changed, warn, band)
  // Whatever failed is told with what was allowed; a mere warning with what would have been silent.
  const shownBound = warned ? warn : bound
  const bad = measure.kind === 'bad' || (measure.kind === 'repeats' && measure.counts !== 'values')
  return {
    check: name,
    status: failed ? 'fail' : warned ? 'warn' : 'pass',
    ...(Number.isFinite(value) && { measured: round(value) }),
    ...(bad && { failing: failed || warned ? count : 0 }),
    ...(band !== undefined && { band: { low: round(band.low), high: round(band.high), expected: round(band.expected) } }),
    sentence: sentenceOf(check, { count, value, changed, total }, allowedText(shownBound, unit, band)),
    place,
  }
}

function allowedText(bound: Bound, unit: Check['unit'], band: Band | undefined): string {
  if (bound.operator === '=' && bound.value === 0 && unit !== 'number') return ''
  if (bound.operator === 'usual') return band === undefined ? '' : ` Usual: between ${round(band.low)} and ${round(band.high)}.`
  return ` Allowed: ${unit === 'seconds' ? boundText(bound, spanText) : `${boundText(bound, String)}${unit === 'percent' ? ' %' : ''}`}.`
}

function holds(value: number, bound: Bound, band: Band | undefined): boolean {
  switch (bound.operator) {
    case '=': return value === bound.value
    case '≠': return value !== bound.value
    case '>': return value > bound.value
    case '≥': return value >= bound.value
    case '<': return value < bound.value
    case '≤': return value <= bound.value
    case 'between': return isWithin(value, bound)
    case 'not between': return !isWithin(value, bound)
    case 'usual': return band === undefined || ((bound.side === 'above' || value >= band.low) && (bound.side === 'below' || value <= band.high))
    default: return unreachable(bound)
  }
}

const isWithin = (value: number, { low, high, lowOpen, highOpen }: Extract<Bound, { low: number }>): boolean =>
  (lowOpen === true ? value > low : value >= low) && (highOpen === true ? value < high : value <= high)

const round = (value: number): number => Math.round(value * 10_000) / 10_000

/** A verdict that is no pass as a finding at its place in the contract; what only warns by its action is a warning. */
export function diagnosticOf(dataSet: string, verdict: Verdict): Diagnostic {
  const code = verdict.status === 'warn' || verdict.action === 'warn' ? 'check-warns' : 'check-failed'
  return messages[code]({ dataSet, check: verdict.check, sentence: verdict.sentence }, { place: verdict.place })
}
