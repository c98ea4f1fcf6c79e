// Rows ↔ webhooks, deliveries and dead letters.

import type { Store, Database } from '@tulle/store'
import { sql } from 'kysely'
import type { Kysely, Selectable } from 'kysely'
import type { DeadLetter, Delivery, Webhook } from './types.ts'

type Row = Selectable<Database['webhook']>

export function toWebhook(row: Row): Webhook {
  return {
    id: row.id, accountId: row.account_id, productId: row.product_id, url: row.url,
    ...(row.data_set !== null && { dataSet: row.data_set }),
    ...(row.purpose !== null && { purpose: row.purpose }),
    kinds: row.kinds as unknown as Webhook['kinds'],
    filter: row.filter as unknown as Webhook['filter'],
    batch: row.batch as unknown as Webhook['batch'],
    ...(row.note !== null && { note: row.note }),
    createdAt: row.created_at,
    state: row.state,
    ...(row.paused_by !== null && { paused: { by: row.paused_by, why: row.paused_why ?? '' } }),
    salt: row.salt, generation: row.generation,
    ...(row.previous_until !== null && { previousUntil: row.previous_until }),
    position: row.position, epoch: row.epoch, failures: row.failures,
    ...(row.failing_since !== null && { failingSince: row.failing_since }),
    ...(row.next_at !== null && { nextAt: row.next_at }),
    ...(row.trouble !== null && { trouble: row.trouble }),
    delivered: row.delivered,
    ...(row.last_delivered_at !== null && { lastDeliveredAt: row.last_delivered_at }),
  }
}

export const toRow = (webhook: Webhook): Omit<Row, 'kinds' | 'filter' | 'batch'> & { kinds: string; filter: string; batch: string } => ({
  id: webhook.id, account_id: webhook.accountId, product_id: webhook.productId, data_set: webhook.dataSet ?? null, url: webhook.url, purpose: webhook.purpose ?? null,
  kinds: JSON.stringify(webhook.kinds), filter: JSON.stringify(webhook.filter), batch: JSON.stringify(webhook.batch), note: webhook.note ?? null, created_at: webhook.createdAt,
  state: webhook.state, paused_by: webhook.paused?.by ?? null, paused_why: webhook.paused?.why ?? null,
  salt: webhook.salt, generation: webhook.generation, previous_until: webhook.previousUntil ?? null,
  position: webhook.position, epoch: webhook.epoch, failures: webhook.failures, failing_since: webhook.failingSince ?? null, next_at: webhook.nextAt ?? null, trouble: webhook.trouble ?? null,
  delivered: webhook.delivered, last_delivered_at: webhook.lastDeliveredAt ?? null,
})

/** Other processes, and this one, look again at which webhooks there are. */
export const CHANGED = 'tulle_webhook'

export const tellChange = async (db: Kysely<Database>, id: string): Promise<void> => {
  await sql`select pg_notify(${CHANGED}, ${id})`.execute(db)
}

export interface WebhooksAsked { readonly accountId?: string; readonly productId?: string; readonly state?: Webhook['state'] }

export async function listWebhooks({ db }: Pick<Store, 'db'>, { accountId, productId, state }: WebhooksAsked): Promise<readonly Webhook[]> {
  const rows = await db.selectFrom('webhook').selectAll().orderBy('created_at').orderBy('id')
    .$if(accountId !== undefined, (query) => query.where('account_id', '=', accountId as string))
    .$if(productId !== undefined, (query) => query.where('product_id', '=', productId as string))
    .$if(state !== undefined, (query) => query.where('state', '=', state as Webhook['state'])).execute()
  return rows.map(toWebhook)
}

export async function findWebhook({ db }: Pick<Store, 'db'>, id: string): Promise<Webhook | undefined> {
  const row = await db.selectFrom('webhook').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : toWebhook(row)
}

/** Newest first. */
export async function listDeliveries({ db }: Pick<Store, 'db'>, id: string, { limit, before, outcome }: { readonly limit: number; readonly before?: string | undefined; readonly outcome?: Delivery['outcome'] | undefined }): Promise<readonly (Delivery & { readonly seq: string })[]> {
  const rows = await db.selectFrom('webhook_delivery').selectAll().where('webhook_id', '=', id).orderBy('seq', 'desc').limit(limit)
    .$if(before !== undefined, (query) => query.where('seq', '<', before as string))
    .$if(outcome !== undefined, (query) => query.where('outcome', '=', outcome as string)).execute()
  return rows.map((row) => ({
    seq: row.seq, kind: row.kind as Delivery['kind'], at: row.at, message: row.message, events: row.events,
    ...(row.first_event !== null && { firstEvent: row.first_event }), ...(row.last_event !== null && { lastEvent: row.last_event }),
    bytes: row.bytes, ...(row.status !== null && { status: row.status }), milliseconds: row.milliseconds,
    outcome: row.outcome as Delivery['outcome'], ...(row.trouble !== null && { trouble: row.trouble }),
  }))
}

/** Oldest first: the order in which they are delivered again. */
export async function listDeadLetters({ db }: Pick<Store, 'db'>, id: string, { limit, state }: { readonly limit: number; readonly state?: DeadLetter['state'] | undefined }): Promise<readonly DeadLetter[]> {
  const rows = await db.selectFrom('webhook_dead_letter').selectAll().where('webhook_id', '=', id).orderBy('seq').limit(limit)
    .$if(state !== undefined, (query) => query.where('state', '=', state as DeadLetter['state'])).execute()
  return rows.map((row) => ({ id: row.seq, event: row.event, type: row.type, reason: row.reason, at: row.at, state: row.state }))
}
