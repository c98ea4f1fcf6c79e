// What happens to an incident after it is open: somebody takes it, says something, or it is over. Row, timeline and event are one
// transaction; what was already so stays so.

import type { Clock } from '@tulle/kernel'
import type { Database, Store } from '@tulle/store'
import { appendEvent } from '@tulle/store'
import type { Selectable, Transaction } from 'kysely'

type Row = Selectable<Database['incident']>
export type Changed = 'done' | 'already' | 'unknown'

export interface ByHand { readonly id: string; readonly by: string; readonly note?: string | undefined }

export const acknowledgeIncident = ({ db }: Pick<Store, 'db'>, clock: Clock, { id, by, note }: ByHand): Promise<Changed> => db.transaction().execute(async (tx) => {
  const row = await take(tx, id)
  if (row === undefined) return 'unknown'
  if (row.acknowledged_at !== null || row.resolved_at !== null) return 'already'
  const at = new Date(clock.now())
  await tx.updateTable('incident').set({ acknowledged_at: at, acknowledged_by: by }).where('id', '=', id).execute()
  await tell(tx, row, 'acknowledged', at, by, note)
  return 'done'
})

export const resolveIncident = ({ db }: Pick<Store, 'db'>, clock: Clock, { id, by, note }: ByHand): Promise<Changed> => db.transaction().execute(async (tx) => {
  const row = await take(tx, id)
  if (row === undefined) return 'unknown'
  return (await end(tx, row, new Date(clock.now()), by, note)) ? 'done' : 'already'
})

/** By recovery, or because the cause is no longer there: whatever is open of these causes. */
export async function resolveCause({ db }: Pick<Store, 'db'>, clock: Clock, { productId, keys, note }: { readonly productId: string; readonly keys: readonly string[]; readonly note: string }): Promise<number> {
  if (keys.length === 0) return 0
  const open = await db.selectFrom('incident').select('id').where('product_id', '=', productId).where('cause_key', 'in', [...keys]).where('resolved_at', 'is', null).execute()
  let ended = 0
  for (const { id } of open) {
    ended += await db.transaction().execute(async (tx) => {
      const row = await take(tx, id)
      return row !== undefined && (await end(tx, row, new Date(clock.now()), RECOVERY, note)) ? 1 : 0
    })
  }
  return ended
}

/** Who resolved what nobody resolved by hand. */
export const RECOVERY = 'recovery'

const take = (tx: Transaction<Database>, id: string): Promise<Row | undefined> => tx.selectFrom('incident').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()

async function end(tx: Transaction<Database>, row: Row, at: Date, by: string, note: string | undefined): Promise<boolean> {
  if (row.resolved_at !== null) return false
  await tx.updateTable('incident').set({ resolved_at: at, resolved_by: by }).where('id', '=', row.id).execute()
  await tell(tx, row, 'resolved', at, by, note)
  return true
}

async function tell(tx: Transaction<Database>, row: Row, what: 'acknowledged' | 'resolved', at: Date, by: string, note: string | undefined): Promise<void> {
  await tx.insertInto('incident_entry').values({ incident_id: row.id, at, what, by_name: by, note: note ?? null }).execute()
  await appendEvent(tx, { type: `tulle.incident.${what}`, source: '/tulle/service-levels', subject: row.product, data: { incident: row.id, product: row.product, productId: row.product_id, cause: row.cause, by, sentence: row.sentence } })
}
