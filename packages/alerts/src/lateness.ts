// Which products are late: what was due, by schedule or by what is expected of it, has passed, and nothing good came since.

import { sql } from 'kysely'
import type { Clock } from '@tulle/kernel'
import type { RunRules } from '@tulle/model'
import type { Store } from '@tulle/store'
import { parseSchedule } from '@tulle/workflow'
import { raiseAlert } from './raise-alert.ts'

const MINUTE = 60_000
export const USUAL_LATE_AFTER = 30 * MINUTE

export interface Expectation {
  /** Five-field cron in UTC. */
  readonly schedule?: string | undefined
  readonly expectEvery?: number | undefined
  readonly lateAfter?: number | undefined
  /** When the last good run was asked for, or the product came to be. */
  readonly since: number
  readonly now: number
}

/** What was due first and is late now, in milliseconds since 1970; undefined where nothing is. Pure. */
export function lateSince({ schedule, expectEvery, lateAfter = USUAL_LATE_AFTER, since, now }: Expectation): number | undefined {
  const read = schedule === undefined ? undefined : parseSchedule(schedule)
  const due = [read?.ok === true ? read.value.next(since) : undefined, expectEvery === undefined ? undefined : since + expectEvery]
  const first = Math.min(...due.filter((one) => one !== undefined))
  return Number.isFinite(first) && first + lateAfter < now ? first : undefined
}

interface Row { readonly product: string; readonly rules: RunRules | null; readonly schedule: string | null; readonly made: Date; readonly good: Date | null }

/** Raises an alert for each product that is late, once for each time that it was due. */
export async function tellLateness(store: Store, clock: Clock): Promise<void> {
  const mesh = await store.db.selectFrom('resource').select(sql<RunRules | null>`spec->'runs'`.as('rules')).where('kind', '=', 'mesh').where('archived_at', 'is', null).executeTakeFirst()
  const { rows } = await sql<Row>`
    select p.product, p.spec->'runs' as rules, w.spec->>'schedule' as schedule, greatest(p.updated_at, w.updated_at) as made,
           (select max(requested_at) from run where run.product = p.product and status = 'succeeded' and parameters->>'workflow' = 'run-product') as good
    from resource p left join resource w on w.kind = 'workflow' and w.product = p.product and w.archived_at is null
    where p.kind = 'data-product' and p.archived_at is null and (w.spec->>'schedule' is not null or p.spec->'runs'->>'expectEvery' is not null)`.execute(store.db)
  for (const { product, rules, schedule, made, good } of rows) {
    const due = lateSince({ schedule: schedule ?? undefined, expectEvery: rules?.expectEvery, lateAfter: rules?.lateAfter ?? mesh?.rules?.lateAfter, since: (good ?? made).getTime(), now: clock.now() })
    if (due === undefined) continue
    const at = new Date(due).toISOString()
    await raiseAlert(store, clock, {
      id: `lateness:${product}:${at}`, reason: 'lateness', product,
      sentence: `${product} is late: it was due at ${at.slice(0, 16).replace('T', ' ')} UTC, and ${good === null ? 'no run of it has succeeded yet' : `its last good run is of ${good.toISOString().slice(0, 16).replace('T', ' ')} UTC`}.`,
      facts: { due: at, ...(good !== null && { lastGood: good.toISOString() }) },
    })
  }
}
