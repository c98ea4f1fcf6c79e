// What people say about a product, in threads. It is text: nothing in it is ever run or shown as anything else. What is withdrawn leaves its
// place, so that answers to it stay readable, and no word of it.

import { randomUUID } from 'node:crypto'
import type { Clock, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Store } from '@tulle/store'
import { appendEvent } from '@tulle/store'
import { messages } from './messages.ts'
import type { Entry } from './types.ts'

type Db = Pick<Store, 'db'>

/** So many of a product are shown, the last ones, and so many somebody may say within an hour. */
const MOST_SHOWN = 1_000
const MOST_AN_HOUR = 60
const HOUR = 3_600_000

/** Oldest first. */
export async function listEntries({ db }: Db, productIds: readonly string[], since: Date | undefined = undefined): Promise<readonly Entry[]> {
  if (productIds.length === 0) return []
  let query = db.selectFrom('discussion_entry').selectAll().where('product_id', 'in', [...productIds]).orderBy('seq', 'desc').limit(MOST_SHOWN)
  if (since !== undefined) query = query.where('at', '>', since)
  return (await query.execute()).toReversed().map(({ id, product_id: productId, thread, body, by_id: byId, by_name: byName, at }) => ({ id, productId, thread, by: { id: byId, name: byName }, at, ...(body !== null && { text: body }) }))
}

interface Said { readonly productId: string; readonly product: string; readonly thread?: string | undefined; readonly text: string; readonly by: { readonly id: string; readonly name: string } }

export const say = ({ db }: Db, clock: Clock, { productId, product, thread, text, by }: Said): Promise<Result<string>> => db.transaction().execute(async (tx): Promise<Result<string>> => {
  const at = new Date(clock.now())
  const { said } = await tx.selectFrom('discussion_entry').select((e) => e.fn.countAll<string>().as('said')).where('by_id', '=', by.id).where('at', '>', new Date(clock.now() - HOUR)).executeTakeFirstOrThrow()
  if (Number(said) >= MOST_AN_HOUR) return fail(messages['said-much']({ most: MOST_AN_HOUR }))
  const first = thread === undefined ? undefined : await tx.selectFrom('discussion_entry').select('id').where('id', '=', thread).where('thread', '=', thread).where('product_id', '=', productId).executeTakeFirst()
  if (thread !== undefined && first === undefined) return fail(messages['unknown-thread']({ thread }))
  const id = randomUUID()
  await tx.insertInto('discussion_entry').values({ id, product_id: productId, thread: thread ?? id, body: text, by_id: by.id, by_name: by.name, at }).execute()
  await appendEvent(tx, { type: 'tulle.discussion.said', source: '/tulle/workbench', subject: product, data: { product, productId, entry: id, thread: thread ?? id, by: by.name } })
  return ok(id)
})

export const withdraw = ({ db }: Db, { id, product, productId, by }: { readonly id: string; readonly product: string; readonly productId: string; readonly by: string }): Promise<boolean> => db.transaction().execute(async (tx) => {
  const gone = await tx.updateTable('discussion_entry').set({ body: null, gone_by: by }).where('id', '=', id).where('product_id', '=', productId).where('body', 'is not', null).executeTakeFirst()
  if (gone.numUpdatedRows === 0n) return false
  await appendEvent(tx, { type: 'tulle.discussion.withdrawn', source: '/tulle/workbench', subject: product, data: { product, productId, entry: id, by } })
  return true
})
