// Products whose triggers start nothing for a while. What comes meanwhile is counted, and made up for once.

import { sql } from 'kysely'
import type { Store } from '@tulle/store'
import { appendEvent } from '@tulle/store'
import type { TriggerPause } from './types.ts'

/** True where the product is paused; what came is counted as missed then. */
export async function missWhilePaused({ db }: Pick<Store, 'db'>, product: string): Promise<boolean> {
  const [row] = await db.updateTable('trigger_pause').set({ missed: sql<number>`missed + 1` }).where('product', '=', product).returning('product').execute()
  return row !== undefined
}

export const findPause = ({ db }: Pick<Store, 'db'>, product: string): Promise<TriggerPause | undefined> =>
  db.selectFrom('trigger_pause').select(['by', 'at', 'missed']).where('product', '=', product).executeTakeFirst()

/** Pausing what is paused changes nothing. */
export async function pauseTriggers({ db }: Pick<Store, 'db'>, product: string, by: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const [row] = await tx.insertInto('trigger_pause').values({ product, by, at: sql<Date>`clock_timestamp()` }).onConflict((c) => c.doNothing()).returning('product').execute()
    if (row !== undefined) await appendEvent(tx, { type: 'tulle.triggers.paused', source: '/tulle/pipeline', subject: product, data: { by } })
  })
}

/** Resolves with the pause that is over; undefined where there was none. */
export const resumeTriggers = ({ db }: Pick<Store, 'db'>, product: string, by: string): Promise<TriggerPause | undefined> =>
  db.transaction().execute(async (tx) => {
    const [row] = await tx.deleteFrom('trigger_pause').where('product', '=', product).returning(['by', 'at', 'missed']).execute()
    if (row !== undefined) await appendEvent(tx, { type: 'tulle.triggers.resumed', source: '/tulle/pipeline', subject: product, data: { by, missed: row.missed } })
    return row
  })
