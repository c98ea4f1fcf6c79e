// How many runs go at once, which first, and when a product is late: said for the mesh, a team or a product.

import { z } from 'zod'
import { withoutUndefined } from '../capabilities/without-undefined.ts'
import type { RunRules } from '../types.ts'
import { bytesOf, duration, millisecondsOf, size } from './written-units.ts'

const atOnce = z.int().min(1, 'must be a whole number from 1').max(1_000, 'may be at most 1000')
const lateAfter = duration.optional().describe('How long after a publish was due it counts as late. Without it: 30m.')

const catchUp = z.enum(['none', 'last', 'all']).optional()
/** Of the processes that a step works with. */
const limits = z.partialRecord(z.enum(['ingest', 'sql', 'dbt', 'check']), z.strictObject({
  time: duration.optional().describe('Of one try of the step. At most what the operator allows.'),
  memory: size.optional().describe('Of its engine. At most what the operator allows.'),
})).optional()

/** Of the mesh. */
export const meshRunShape = z.strictObject({
  'at-once': atOnce.optional().describe('Runs at once in the whole mesh; others wait. Without it: 2.'),
  'at-once-per-team': atOnce.optional().describe('Runs at once of the products of one team, where the team says nothing itself. Without it: as many as the mesh.'),
  'triggers-per-hour': atOnce.optional().describe('Runs that triggers start of one product within an hour, where the product says nothing itself; later ones wait as one. Without it: 60.'),
  'late-after': lateAfter,
  'catch-up': catchUp.describe('What becomes of times of a schedule that passed while no server was up, where the product says nothing itself: none of them is made up for, one run makes up for all (last, without it), or each has its run (all).'),
}).optional().describe('How many runs go at once, and when a product is late.')

/** Of a technical team. */
export const teamRunShape = z.strictObject({
  'at-once': atOnce.optional().describe('Runs at once of the products of this team; others wait.'),
}).optional().describe("How many of the team's runs go at once.")

/** Of a product. */
export const productRunShape = z.strictObject({
  priority: z.int().min(0, 'must be from 0 to 1000').max(1_000, 'must be from 0 to 1000').optional().describe('Of runs that triggers start: higher ones go first among those that wait. Without it: 500; by hand it is 700, of a backfill 300.'),
  'triggers-per-hour': atOnce.optional().describe('Runs that triggers start within an hour; later ones wait as one. Without it: as the mesh says, else 60.'),
  'expect-every': duration.optional().describe('It is late when nothing good came for so long. Without it only its schedule says when something is due.'),
  'late-after': lateAfter,
  'catch-up': catchUp.describe('What becomes of times of its schedule that passed while no server was up: none of them is made up for, one run makes up for all (last), or each has its run, oldest first, which is given its time as due (all). Without it: as the mesh says, else last.'),
  limits: limits.describe('Time and memory of steps, by the function that the workflow calls.'),
}).optional().describe('Which of its runs go first, and when it is late.')

type Written = Partial<NonNullable<z.output<typeof meshRunShape>> & NonNullable<z.output<typeof productRunShape>>>

/** The rules, times in milliseconds. */
export function runRulesOf(written: Written | undefined): RunRules | undefined {
  if (written === undefined) return undefined
  const time = (text: string | undefined): number | undefined => (text === undefined ? undefined : millisecondsOf(text))
  return withoutUndefined({
    atOnce: written['at-once'],
    atOncePerTeam: written['at-once-per-team'],
    triggersPerHour: written['triggers-per-hour'],
    priority: written.priority,
    expectEvery: time(written['expect-every']),
    lateAfter: time(written['late-after']),
    catchUp: written['catch-up'],
    limits: written.limits === undefined ? undefined : Object.fromEntries(Object.entries(written.limits).map(([name, one]) => [name, withoutUndefined({ milliseconds: time(one?.time), megabytes: one?.memory === undefined ? undefined : Math.max(1, Math.floor(bytesOf(one.memory) / 1024 ** 2)) })])),
  })
}
