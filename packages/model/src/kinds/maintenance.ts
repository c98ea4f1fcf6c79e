// How long versions of data are kept and how files are looked after: said for the mesh, a product or a data set, the
// narrower word coming first.

import { z } from 'zod'
import { withoutUndefined } from '../capabilities/without-undefined.ts'
import type { MaintenanceRules } from '../types.ts'
import { bytesOf, duration, millisecondsOf, size } from './written-units.ts'

/** What could take away what is still on its way is measured in days. */
const days = z.string().regex(/^[1-9]\d{0,5}[dw]$/u, 'must be a number with d or w for days or weeks, like 3d')

const rules = {
  'expire-after': duration.optional().describe('Versions older than this go, unless another rule keeps them. Without it: 30d.'),
  'keep-last': z.int().min(1).max(1_000_000).optional().describe('So many of the newest versions stay, however old. Without it: 100.'),
  'keep-at-most': z.int().min(1).max(1_000_000).optional().describe('No more of the newest versions stay, however young. Without it: all that are young enough.'),
  'keep-tags': z.union([z.literal('forever'), duration]).optional().describe('How long a tagged version stays with its tag. Without it: forever.'),
  'keep-stream': days.optional().describe('How far back a change stream can be replayed: consumers that have not read by then begin anew. Without it: 30d.'),
  'keep-runs': days.optional().describe('Ended runs with their logs and events, and verdicts of checks, go when they are older than this, unless a version that is kept came from them; a run stays as long as any data set of its product wants. Without it: 90d.'),
  'orphan-age': days.optional().describe('Files that no version needs go when they are older than this. Without it: 3d.'),
  'compact-to': size.optional().describe('Small data files are brought together to about this size. Without it: 128MB.'),
}

/** Of a product or a data set. */
export const maintenanceShape = z.strictObject(rules).optional().describe('How long versions are kept, and how files are looked after. What is left out is as the product, then the mesh, says.')

/** Of the mesh. */
export const meshMaintenanceShape = z.strictObject({
  ...rules,
  'keep-alerts': days.optional().describe('Alerts go when they are older than this and nobody waits for them. Without it: 90d.'),
  'keep-audit': z.union([z.literal('forever'), days]).optional().describe('Entries of the audit go when they are older than this, whole files of them at a time; the chain says what went, and still proves itself. Without it: forever.'),
}).optional().describe('How long versions, runs and events are kept, and how files are looked after.')

/** The rules in milliseconds and bytes. */
export function maintenanceOf(written: z.output<typeof meshMaintenanceShape>): MaintenanceRules | undefined {
  if (written === undefined) return undefined
  const { 'expire-after': expireAfter, 'keep-last': keepLast, 'keep-at-most': keepAtMost, 'keep-tags': keepTags, 'keep-stream': keepStream, 'orphan-age': orphanAge, 'compact-to': compactTo, 'keep-runs': keepRuns, 'keep-alerts': keepAlerts, 'keep-audit': keepAudit } = written
  const time = (text: string | undefined): number | undefined => (text === undefined ? undefined : millisecondsOf(text))
  return withoutUndefined({
    expireAfter: time(expireAfter),
    keepLast,
    keepAtMost,
    keepTags: keepTags === 'forever' ? ('forever' as const) : time(keepTags),
    keepStream: time(keepStream),
    orphanAge: time(orphanAge),
    compactTo: compactTo === undefined ? undefined : bytesOf(compactTo),
    keepRuns: time(keepRuns),
    keepAlerts: time(keepAlerts),
    keepAudit: keepAudit === 'forever' ? ('forever' as const) : time(keepAudit),
  })
}
