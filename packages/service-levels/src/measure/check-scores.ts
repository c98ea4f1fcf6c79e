// What the checks of a product's runs came to, from what is kept of every check. Only a pass is a pass.

import type { Database } from '@tulle/store'
import type { Kysely } from 'kysely'
import { sql } from 'kysely'

export interface CheckScore { readonly at: number; readonly runId: string; readonly passed: number; readonly total: number }

/** By run, oldest first: those since a moment, and the last one before it. */
export async function readCheckScores(db: Kysely<Database>, product: string, since: Date): Promise<readonly CheckScore[]> {
  const { rows } = await sql<{ run_id: string; at: Date; passed: string; total: string }>`
    select run_id, max(at) as at, count(*) filter (where status = 'pass') as passed, count(*) as total
    from check_verdict
    where product = ${product} and at >= coalesce((select max(at) - interval '1 hour' from check_verdict where product = ${product} and at < ${since}), ${since})
    group by run_id order by max(at)`.execute(db)
  return rows.map(({ run_id: runId, at, passed, total }) => ({ at: at.getTime(), runId, passed: Number(passed), total: Number(total) }))
}
