// What tools of others tell of their jobs, kept bounded: of each job what its last good run read and wrote, by names of data sets and
// columns. What else an event carries is let go.

import type { Clock, Json, Result } from '@tulle/kernel'
import { fail, ok, sha256 } from '@tulle/kernel'
import { readEvent } from '@tulle/lineage'
import type { ForeignEvent, ForeignFlow } from '@tulle/lineage'
import type { Store } from '@tulle/store'
import { sql } from 'kysely'
import { messages } from './messages.ts'

export interface ForeignLineage {
  take(event: unknown, by: { readonly token: string; readonly accountId: string }): Promise<Result<void>>
  /** Another one whenever something was taken. */
  place(): Promise<string>
  flows(): Promise<readonly ForeignFlow[]>
}

const MOST_JOBS = 10_000
const MOST_OF_ACCOUNT = 5_000
const LONGEST_SILENCE = 180 * 86_400_000

export function openForeignLineage(store: Store, clock: Clock): ForeignLineage {
  const { db } = store
  return {
    take: async (value, { token, accountId }) => {
      const read = readEvent(value)
      if (!read.ok) return read
      const event = read.value
      const key = sha256(`${event.job.namespace}\u0000${event.job.name}`)
      const now = new Date(clock.now())
      return db.transaction().execute(async (tx): Promise<Result<void>> => {
        await sql`select pg_advisory_xact_lock(hashtextextended('foreign lineage', 0))`.execute(tx)
        const before = await tx.selectFrom('foreign_job').selectAll().where('key', '=', key).executeTakeFirst()
        // Whoever told of a job first goes on telling of it.
        if (before !== undefined && before.account_id !== accountId) return fail(messages['lineage-told-by-another']({ job: event.job.name.slice(0, 100) }))
        if (before === undefined) {
          await tx.deleteFrom('foreign_job').where('updated_at', '<', new Date(now.getTime() - LONGEST_SILENCE)).execute()
          const { all, own } = await tx.selectFrom('foreign_job').select((e) => [e.fn.countAll<string>().as('all'), e.fn.count<string>('key').filterWhere('account_id', '=', accountId).as('own')]).executeTakeFirstOrThrow()
          if (Number(all) >= MOST_JOBS || Number(own) >= MOST_OF_ACCOUNT) return fail(messages['lineage-full']({ most: Number(all) >= MOST_JOBS ? MOST_JOBS : MOST_OF_ACCOUNT }))
        }
        const flow = merged(before === undefined ? undefined : { at: before.at, runId: before.run_id, state: before.state, flow: before.flow as unknown as ForeignFlow }, event)
        if (flow === undefined) return ok(undefined)
        const row = {
          namespace: event.job.namespace, name: event.job.name, producer: event.producer.slice(0, 500), run_id: event.runId ?? null, state: event.state ?? event.kind, at: new Date(event.time),
          flow: JSON.stringify(flow) as unknown as Json, token, account_id: accountId, updated_at: now,
        }
        await tx.insertInto('foreign_job').values({ key, ...row } as never).onConflict((conflict) => conflict.column('key').doUpdateSet({ ...row, seq: sql`nextval('foreign_job_seq')` } as never)).execute()
        return ok(undefined)
      })
    },
    place: async () => {
      const { rows: [row] } = await sql<{ at: string }>`select count(*) || '.' || coalesce(max(seq), 0) as at from foreign_job`.execute(db)
      return row?.at ?? ''
    },
    flows: async () => (await db.selectFrom('foreign_job').select('flow').orderBy('key').execute()).map(({ flow }) => flow as unknown as ForeignFlow),
  }
}

interface Before { readonly at: Date; readonly runId: string | null; readonly state: string; readonly flow: ForeignFlow }

/** Exported for its test. What a job does is what its last good run did; events of one run add up. Undefined: nothing new is known. */
export function merged(before: Before | undefined, { kind, runId, state, time, inputs, outputs }: ForeignEvent): ForeignFlow | undefined {
  const told: ForeignFlow = { inputs, outputs }
  if (before === undefined) return told
  if (kind === 'run' && runId === before.runId) return { inputs: union(before.flow.inputs, inputs), outputs: union(before.flow.outputs, outputs) }
  // A run that only began, or failed, says less than the one before it that ended well; one that came late says nothing any more.
  const isLess = kind === 'run' && state !== 'COMPLETE' && before.flow.inputs.length + before.flow.outputs.length > 0
  return isLess || new Date(time) < before.at || inputs.length + outputs.length === 0 ? undefined : told
}

/** The later of two tellings of one data set, where it tells more. */
function union<T extends { readonly namespace: string; readonly name: string; readonly columns: readonly string[] }>(before: readonly T[], after: readonly T[]): readonly T[] {
  const all = new Map(before.map((one) => [JSON.stringify([one.namespace, one.name]), one]))
  for (const one of after) {
    const key = JSON.stringify([one.namespace, one.name])
    const known = all.get(key)
    if (known === undefined || one.columns.length >= known.columns.length) all.set(key, one)
  }
  return [...all.values()].slice(0, 500)
}
