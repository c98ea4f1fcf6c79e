// What its owner does with a webhook: stops it, lets it go on, turns its secret, sends it back to an earlier place, ends it.

import type { Clock, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Store } from '@tulle/store'
import type { Feed, From, Seen, Webhook } from './types.ts'
import { messages } from './messages.ts'
import { tellChange, toWebhook } from './rows.ts'
import type { Database } from '@tulle/store'
import type { Updateable } from 'kysely'
import { sql } from 'kysely'

type Room = { readonly store: Store; readonly clock: Clock }

const set = async ({ store: { db } }: Room, id: string, values: Updateable<Database['webhook']>): Promise<Result<Webhook>> => {
  const row = await db.updateTable('webhook').set(values).where('id', '=', id).returningAll().executeTakeFirst()
  if (row === undefined) return fail(messages['unknown-webhook']({ id }))
  await tellChange(db, id)
  return ok(toWebhook(row))
}

/** Nothing leaves until it is resumed; nothing is lost meanwhile but what the events themselves outlive. */
export const pauseWebhook = (room: Room, webhook: Webhook, by: string, why: string): Promise<Result<Webhook>> =>
  webhook.state === 'paused' ? Promise.resolve(fail(messages['webhook-state']({ id: webhook.id, state: 'paused' }))) : set(room, webhook.id, { state: 'paused', paused_by: by, paused_why: why })

const FRESH = { failures: 0, failing_since: null, next_at: null, trouble: null } as const

export const resumeWebhook = (room: Room, webhook: Webhook): Promise<Result<Webhook>> =>
  webhook.state === 'active' && webhook.failures === 0 ? Promise.resolve(fail(messages['webhook-state']({ id: webhook.id, state: 'active' }))) : set(room, webhook.id, { state: 'active', paused_by: null, paused_why: null, ...FRESH })

/** Another secret; the one before signs too, for as long as the receiver needs to learn it. */
export const rotateSecret = (room: Room, webhook: Webhook, overlapMilliseconds: number): Promise<Result<Webhook>> =>
  set(room, webhook.id, { generation: webhook.generation + 1, previous_until: new Date(room.clock.now() + overlapMilliseconds) })

/** Everything after a place once more, under the same ids. */
export async function replayFrom(room: Room & { readonly feed: Feed }, webhook: Webhook, from: From, seen?: Seen): Promise<Result<Webhook>> {
  const place = await room.feed.placeOf(webhook, from, seen)
  return place.ok ? set(room, webhook.id, { position: place.value, epoch: webhook.epoch + 1, ...FRESH }) : place
}

/** Dead letters once more, before anything else; all of them, or those named. */
export async function askAgain({ store: { db } }: Room, webhook: Webhook, ids?: readonly string[]): Promise<number> {
  const asked = await db.updateTable('webhook_dead_letter').set({ state: 'asked again' }).where('webhook_id', '=', webhook.id).where('state', '=', 'dead')
    .$if(ids !== undefined, (query) => query.where(sql<boolean>`seq::text = any(${[...(ids ?? [])]})`)).returning('seq').execute()
  if (asked.length > 0) await db.updateTable('webhook').set({ next_at: null }).where('id', '=', webhook.id).execute()
  if (asked.length > 0) await tellChange(db, webhook.id)
  return asked.length
}

export async function deleteWebhook({ store: { db } }: Room, id: string): Promise<void> {
  await db.deleteFrom('webhook').where('id', '=', id).execute()
  await tellChange(db, id)
}
