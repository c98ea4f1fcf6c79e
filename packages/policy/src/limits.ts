// Several limits → one: of each kind the least.

import type { RuleLimits } from '@tulle/model'
import type { DecisionLimits } from './types.ts'

/** Undefined where nothing is limited. */
export function leastOf(limits: readonly RuleLimits[]): DecisionLimits | undefined {
  const least = (of: (one: RuleLimits) => number | undefined): number | undefined => {
    const said = limits.map(of).filter((count) => count !== undefined)
    return said.length === 0 ? undefined : Math.min(...said)
  }
  const [rows, rowsPerHour, statementsPerMinute] = [least((one) => one.rows), least((one) => one.rowsPerHour), least((one) => one.statementsPerMinute)]
  if (rows === undefined && rowsPerHour === undefined && statementsPerMinute === undefined) return undefined
  return { ...(rows !== undefined && { rows }), ...(rowsPerHour !== undefined && { rowsPerHour }), ...(statementsPerMinute !== undefined && { statementsPerMinute }) }
}
