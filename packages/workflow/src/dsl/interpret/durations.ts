// How long a duration is, in milliseconds. Months and years are those of a calendar's average, since nothing says from when.

import { fault } from '../errors.ts'
import { unwrap } from '../expression-text.ts'
import type { DurationDefinition, JsonObject } from '../types.ts'
import type { Json } from '@tulle/kernel'
import type { Run } from './run.ts'
import { evaluate } from './run.ts'

const UNITS = { days: 86_400_000, hours: 3_600_000, minutes: 60_000, seconds: 1_000, milliseconds: 1 } as const
const DAY = UNITS.days
const ISO = /^P(?:([\d.]+)Y)?(?:([\d.]+)M)?(?:([\d.]+)W)?(?:([\d.]+)D)?(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?$/u
const ISO_UNITS = [365.25 * DAY, 30.4375 * DAY, 7 * DAY, DAY, UNITS.hours, UNITS.minutes, UNITS.seconds]

/** Undefined where it is no duration. */
export function millisecondsOf(duration: Json): number | undefined {
  if (typeof duration === 'string') {
    const match = ISO.exec(duration)
    return match === null || duration === 'P' || duration.endsWith('T') ? undefined : Math.round(ISO_UNITS.reduce((sum, unit, i) => sum + unit * Number(match[i + 1] ?? 0), 0))
  }
  if (typeof duration !== 'object' || duration === null || Array.isArray(duration)) return undefined
  return Object.entries(UNITS).reduce((sum, [unit, each]) => sum + each * Number((duration as JsonObject)[unit] ?? 0), 0)
}

export async function durationOf(run: Run, duration: DurationDefinition, input: Json, variables: JsonObject): Promise<number> {
  const value = typeof duration === 'string' && unwrap(duration) !== undefined ? await evaluate(run, duration, input, variables) : (duration as Json)
  const milliseconds = millisecondsOf(value)
  if (milliseconds === undefined || !Number.isFinite(milliseconds) || milliseconds < 0) throw fault('expression', `${JSON.stringify(value).slice(0, 100)} is not a duration.`)
  return milliseconds
}
