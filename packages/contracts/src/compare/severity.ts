// Severities as an order: none < minor < breaking.

import type { ChangeSeverity, Direction, Effect } from './types.ts'

const ORDER: readonly ChangeSeverity[] = ['none', 'minor', 'breaking']

export const worst = (severities: Iterable<ChangeSeverity>): ChangeSeverity => {
  let found = 0
  for (const severity of severities) found = Math.max(found, ORDER.indexOf(severity))
  return ORDER[found] ?? 'none'
}

export const severityIn = ({ forward, backward }: Effect, direction: Direction): ChangeSeverity =>
  direction === 'forward' ? forward : direction === 'backward' ? backward : worst([forward, backward])

export const both = (severity: ChangeSeverity, reason: string): Effect => ({ forward: severity, backward: severity, reason })
