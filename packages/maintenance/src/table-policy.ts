// What mesh, product and data set say of a table, filled up with what holds where nobody says anything.

import type { MaintenanceRules } from '@tulle/model'
import type { TablePolicy } from './types.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const MEGABYTE = 1024 * 1024

/** How long ended runs and events are kept. */
export const keepRunsOf = ({ keepRuns = 90 * DAY }: MaintenanceRules): number => keepRuns

/** How long alerts are kept. */
export const keepAlertsOf = ({ keepAlerts = 90 * DAY }: MaintenanceRules): number => keepAlerts

/** How long entries of the audit are kept; undefined: for ever. */
export const keepAuditOf = ({ keepAudit = 'forever' }: MaintenanceRules): number | undefined => (keepAudit === 'forever' ? undefined : keepAudit)

export function tablePolicy({ expireAfter = 30 * DAY, keepLast = 100, keepAtMost, keepTags = 'forever', keepStream = 30 * DAY, orphanAge = 3 * DAY, compactTo = 128 * MEGABYTE }: MaintenanceRules): TablePolicy {
  return {
    expiry: {
      maxAge: expireAfter,
      minToKeep: keepLast,
      ...(keepAtMost !== undefined && { maxToKeep: keepAtMost }),
      ...(keepTags !== 'forever' && { maxTagAge: keepTags }),
      // A run or a query that began on a snapshot has this long to open its files.
      grace: HOUR,
    },
    keepStream,
    orphanAge,
    compactTo,
  }
}
