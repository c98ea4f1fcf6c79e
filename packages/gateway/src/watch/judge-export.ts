// What left within the hour, and what is usual → whether it is too much. Pure.

import type { Amount, Baseline, ExportBudget, Verdict } from './types.ts'

const MEASURES = ['rows', 'bytes', 'statements'] as const

export function judgeExport(hour: Amount, budget: ExportBudget, baseline: Baseline): Verdict {
  for (const what of MEASURES) {
    const allowed = allowedOf(what, budget, baseline)
    if (hour[what] > allowed.amount) return { kind: 'suspicious', what, amount: hour[what], allowed: allowed.amount, rule: allowed.rule }
  }
  return { kind: 'fine' }
}

/** How many more rows may leave within this hour. */
export const rowsLeft = (hour: Amount, budget: ExportBudget, baseline: Baseline): number => Math.max(0, allowedOf('rows', budget, baseline).amount - hour.rows)

// Somebody without a past has no baseline to leave; the budget holds for everybody.
function allowedOf(what: keyof Amount, { most, usual, factor, hours }: ExportBudget, baseline: Baseline): { readonly amount: number; readonly rule: 'budget' | 'baseline' } {
  const own = baseline.hours < hours ? Infinity : Math.max(usual[what], factor * baseline.fullest[what])
  return own < most[what] ? { amount: own, rule: 'baseline' } : { amount: most[what], rule: 'budget' }
}
