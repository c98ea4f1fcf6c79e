// How long versions of data are kept and how files are looked after: said for the mesh, a product or a data set, the
// narrower word coming first.

import { z } from 'zod'
import { withoutUndefined } from '../capabilities/without-undefined.ts'
import type { MaintenanceRules } from '../types.ts'

const MINUTE = 60_000
const UNITS: Readonly<Record<string, number>> = { m: MINUTE, h: 60 * MINUTE, d: 24 * 60 * MINUTE, w: 7 * 24 * 60 * MINUTE }
const SIZES: Readonly<Record<string, number>> = { KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 }

const duration = z.string().regex(/^[1-9]\d{0,5}[mhdw]$/u, 'must be a number with m, h, d or w for minutes, hours, days or weeks, like 30d')
/** What could take away what is still on its way is measured in days. */
const days = z.string().regex(/^[1-9]\d{0,5}[dw]$/u, 'must be a number with d or w for days or weeks, like 3d')
const size = z.string().regex(/^[1-9]\d{0,5}(KB|MB|GB)$/u, 'must be a number with KB, MB or GB, like 128MB')

const rules = {
  'expire-after': duration.optional().describe('Versions older than this go, unless another rule keeps them. Without it: 30d.'),
  'keep-last': z.int().min(1).max(1_000_000).optional().describe('So many of the newest versions stay, however old. Without it: 100.'),
  'keep-at-most': z.int().min(1).max(1_000_000).optional().describe('No more of the newest versions stay, however young. Without it: all that are young enough.'),
  'keep-tags': z.union([z.literal('forever'), duration]).optional().describe('How long a tagged version stays with its tag. Without it: forever.'),
  'orphan-age': days.optional().describe('Files that no version needs go when they are older than this. Without it: 3d.'),
  'compact-to': size.optional().describe('Small data files are brought together to about this size. Without it: 128MB.'),
}

/** Of a product or a data set. */
export const maintenanceShape = z.strictObject(rules).optional().describe('How long versions are kept, and how files are looked after. What is left out is as the product, then the mesh, says.')

/** Of the mesh. */
export const meshMaintenanceShape = z.strictObject({
  ...rules,
  'keep-runs': days.optional().describe('Ended runs, their logs and events go when they are older than this, unless a version that is kept came from them. Without it: 90d.'),
}).optional().describe('How long versions, runs and events are kept, and how files are looked after.')

/** The rules in milliseconds and bytes. */
export function maintenanceOf(written: z.output<typeof meshMaintenanceShape>): MaintenanceRules | undefined {
  if (written === undefined) return undefined
  const { 'expire-after': expireAfter, 'keep-last': keepLast, 'keep-at-most': keepAtMost, 'keep-tags': keepTags, 'orphan-age': orphanAge, 'compact-to': compactTo, 'keep-runs': keepRuns } = written
  const time = (text: string | undefined): number | undefined => (text === undefined ? undefined : millisecondsOf(text))
  return withoutUndefined({
    expireAfter: time(expireAfter),
    keepLast,
    keepAtMost,
    keepTags: keepTags === 'forever' ? ('forever' as const) : time(keepTags),
    orphanAge: time(orphanAge),
    compactTo: compactTo === undefined ? undefined : Number.parseInt(compactTo, 10) * (SIZES[compactTo.replace(/\d+/u, '')] ?? 0),
    keepRuns: time(keepRuns),
  })
}

const millisecondsOf = (text: string): number => Number.parseInt(text, 10) * (UNITS[text.at(-1) ?? ''] ?? 0)
