// Writes down what became of requests. A position moves only here, and only after the target took what lies before it; where a
// replay came between, it stays where the replay set it.

import type { Database } from '@tulle/store'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Delivery, FeedEvent, Webhook } from './types.ts'

type Db = Kysely<Database>
type Kept = Pick<Webhook, 'id' | 'epoch'>

const rowsOf = (id: string, deliveries: readonly Delivery[]): string => JSON.stringify(deliveries.map((one) => ({
  webhook_id: id, kind: one.kind, at: one.at.toISOString(), message: one.message, events: one.events, first_event: one.firstEvent ?? null, last_event: one.lastEvent ?? null,
  bytes: one.bytes, status: one.status ?? null, milliseconds: one.milliseconds, outcome: one.outcome, trouble: one.trouble?.slice(0, 300) ?? null,
})))

const inserted = (id: string, deliveries: readonly Delivery[]) => sql`
  insert into webhook_delivery (webhook_id, kind, at, message, events, first_event, last_event, bytes, status, milliseconds, outcome, trouble)
  select d.* from jsonb_to_recordset(${rowsOf(id, deliveries)}::jsonb) as d (webhook_id text, kind text, at timestamptz, message text, events integer, first_event text, last_event text, bytes integer, status integer, milliseconds real, outcome text, trouble text)
  where exists (select 1 from webhook w where w.id = d.webhook_id)`

/** Deliveries alone, such as tests and failures. */
export const keepDelivery = async (db: Db, id: string, delivery: Delivery): Promise<void> => void (await inserted(id, [delivery]).execute(db))

/** Everything up to `position` was taken, in one statement with the requests that brought it there. */
export async function keepProgress(db: Db, { id, epoch }: Kept, { position, deliveries, at }: { readonly position: string; readonly deliveries: readonly Delivery[]; readonly at: Date }): Promise<void> {
  const events = deliveries.reduce((sum, one) => sum + one.events, 0)
  if (events === 0) {
    await sql`update webhook set position = ${position} where id = ${id} and epoch = ${epoch}`.execute(db)
    return
  }
  await sql`
    with moved as (
      update webhook set position = case when epoch = ${epoch} then ${position} else position end, failures = 0, failing_since = null, next_at = null, trouble = null,
        delivered = delivered + ${events}, last_delivered_at = ${at} where id = ${id})
    ${inserted(id, deliveries)}`.execute(db)
}

export interface Failure { readonly at: Date; readonly nextAt: Date; readonly trouble: string; readonly delivery: Delivery }

/** Resolves with since when it fails without one success. */
export async function keepFailure(db: Db, { id }: Kept, { at, nextAt, trouble, delivery }: Failure): Promise<Date> {
  const { rows } = await sql<{ failing_since: Date }>`
    with told as (${inserted(id, [delivery])})
    update webhook set failures = failures + 1, failing_since = coalesce(failing_since, ${at}), next_at = ${nextAt}, trouble = ${trouble.slice(0, 300)} where id = ${id} returning failing_since`.execute(db)
  return rows[0]?.failing_since ?? at
}

/** Sets an event aside and goes on behind it, in one transaction: it is found there, or it is still to come. */
export async function keepDeadLetter(db: Db, webhook: Kept, { event, before, reason, at }: { readonly event: FeedEvent; readonly before: string; readonly reason: string; readonly at: Date }): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { id, epoch } = webhook
    const moved = await tx.updateTable('webhook').set({ position: event.position, failures: 0, next_at: null }).where('id', '=', id).where('epoch', '=', epoch).returning('id').executeTakeFirst()
    if (moved === undefined) return
    await tx.insertInto('webhook_dead_letter').values({ webhook_id: id, event: event.id, type: event.type, before, reason: reason.slice(0, 300), at, state: 'dead' })
      .onConflict((c) => c.columns(['webhook_id', 'event']).doUpdateSet({ before, reason: reason.slice(0, 300), at, state: 'dead' })).execute()
  })
}

/** So many requests of one webhook are remembered. */
export const KEPT_DELIVERIES = 2_000

export async function forgetDeliveries(db: Db, id: string): Promise<void> {
  await sql`delete from webhook_delivery where webhook_id = ${id} and seq < (select seq from webhook_delivery where webhook_id = ${id} order by seq desc offset ${KEPT_DELIVERIES - 1} limit 1)`.execute(db)
}
