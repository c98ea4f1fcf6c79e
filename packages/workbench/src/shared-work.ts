// Keeps shared work: row and event are one transaction. Nobody overwrites what another wrote meanwhile: whoever changes a piece says
// which version they saw, and whoever says none makes a new one.

import type { Clock, Json, Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import type { Database, Store } from '@tulle/store'
import { appendEvent } from '@tulle/store'
import type { Selectable } from 'kysely'
import { messages } from './messages.ts'
import type { Work, WorkKind } from './types.ts'

type Db = Pick<Store, 'db'>

/** So many pieces of a kind a product has at most. */
const MOST = 500

export interface Place { readonly kind: WorkKind; readonly productId: string; readonly name: string }

/** Everything of a kind, or of some products, by product and title. */
export async function listWork({ db }: Db, kind: WorkKind, productIds: readonly string[]): Promise<readonly Work[]> {
  if (productIds.length === 0) return []
  return (await db.selectFrom('shared_work').selectAll().where('kind', '=', kind).where('product_id', 'in', [...productIds]).orderBy('product_id').orderBy('title').orderBy('name').execute()).map(toWork)
}

export async function findWork({ db }: Db, { kind, productId, name }: Place): Promise<Result<Work>> {
  const rows = await db.selectFrom('shared_work').selectAll().where('kind', '=', kind).where('product_id', '=', productId).execute()
  const found = rows.find((row) => row.name === name)
  return found !== undefined ? ok(toWork(found)) : fail(messages['unknown-work']({ kind, name, hint: didYouMean(name, rows.map((row) => row.name)) }))
}

export interface Wish extends Place {
  /** Its name now, for the event. */
  readonly product: string
  readonly title: string
  readonly description?: string | undefined
  readonly body: Json
  readonly by: { readonly id: string; readonly name: string }
  /** The version that is changed; none: a new piece. */
  readonly version?: number | undefined
}

export const keepWork = ({ db }: Db, clock: Clock, { kind, productId, name, product, title, description, body, by, version }: Wish): Promise<Result<Work>> => db.transaction().execute(async (tx): Promise<Result<Work>> => {
  const at = new Date(clock.now())
  const before = await tx.selectFrom('shared_work').select(['version', 'changed_by']).where('kind', '=', kind).where('product_id', '=', productId).where('name', '=', name).forUpdate().executeTakeFirst()
  if (before === undefined && version !== undefined) return fail(messages['unknown-work']({ kind, name, hint: '' }))
  if (before !== undefined && version === undefined) return fail(messages['work-exists']({ kind, name }))
  if (before !== undefined && before.version !== version) return fail(messages['work-changed']({ kind, name, by: before.changed_by, version: before.version }))
  const said = { title, description: description ?? null, body: JSON.stringify(body), changed_by: by.name, changed_at: at }
  if (before === undefined) {
    const { pieces } = await tx.selectFrom('shared_work').select((e) => e.fn.countAll<string>().as('pieces')).where('kind', '=', kind).where('product_id', '=', productId).executeTakeFirstOrThrow()
    if (Number(pieces) >= MOST) return fail(messages['work-full']({ kind, most: MOST }))
    const made = await tx.insertInto('shared_work').values({ kind, product_id: productId, name, ...said, version: 1, created_by_id: by.id, created_by: by.name, created_at: at })
      .onConflict((c) => c.doNothing()).returningAll().executeTakeFirst()
    if (made === undefined) return fail(messages['work-exists']({ kind, name }))
    await tell('saved')
    return ok(toWork(made))
  }
  const changed = await tx.updateTable('shared_work').set({ ...said, version: before.version + 1 }).where('kind', '=', kind).where('product_id', '=', productId).where('name', '=', name).returningAll().executeTakeFirstOrThrow()
  await tell('saved')
  return ok(toWork(changed))

  async function tell(what: 'saved'): Promise<void> {
    await appendEvent(tx, { type: `tulle.${kind}.${what}`, source: '/tulle/workbench', subject: product, data: { product, productId, name, by: by.name } })
  }
})

/** Takes it away; whether it was there. */
export const dropWork = ({ db }: Db, { kind, productId, name, product, by }: Place & { readonly product: string; readonly by: string }): Promise<boolean> => db.transaction().execute(async (tx) => {
  const gone = await tx.deleteFrom('shared_work').where('kind', '=', kind).where('product_id', '=', productId).where('name', '=', name).executeTakeFirst()
  if (gone.numDeletedRows === 0n) return false
  await appendEvent(tx, { type: `tulle.${kind}.deleted`, source: '/tulle/workbench', subject: product, data: { product, productId, name, by } })
  return true
})

function toWork(row: Selectable<Database['shared_work']>): Work {
  return {
    kind: row.kind as WorkKind, productId: row.product_id, name: row.name, title: row.title, body: row.body, version: row.version,
    ...(row.description !== null && { description: row.description }),
    createdBy: { id: row.created_by_id, name: row.created_by }, createdAt: row.created_at, changedBy: row.changed_by, changedAt: row.changed_at,
  }
}
