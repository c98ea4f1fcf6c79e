// What it means that a value's type changes, in Iceberg's words for types.

import type { Effect, PortKind } from './types.ts'
import { both } from './severity.ts'

const DECIMAL = /^decimal\((\d+), ?(\d+)\)$/u

/** True where every value of the one type is a value of the other: Iceberg's promotions. */
export function widens(before: string, after: string): boolean {
  if ((before === 'int' && after === 'long') || (before === 'float' && after === 'double')) return true
  const [was, is] = [DECIMAL.exec(before), DECIMAL.exec(after)]
  return was !== null && is !== null && was[2] === is[2] && Number(is[1]) >= Number(was[1])
}

/** SQL converts a wider number on the way; whoever decodes bytes by the narrower type does not. */
export function compareTypes(before: string, after: string, port: PortKind): Effect {
  if (before === after) return both('none', '')
  const change = `changes from ${before} to ${after}`
  if (widens(before, after)) {
    return port === 'sql'
      ? both('minor', `widens from ${before} to ${after}; every value stays readable`)
      : { forward: 'breaking', backward: 'minor', reason: `widens from ${before} to ${after}, which readers of the narrower type cannot decode` }
  }
  if (widens(after, before)) return { forward: port === 'sql' ? 'breaking' : 'minor', backward: 'breaking', reason: `narrows from ${before} to ${after}: values that were allowed no longer fit` }
  return both('breaking', change)
}
