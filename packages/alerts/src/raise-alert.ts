// Writes an alert and every way out of it in one transaction: from then on it is told, whatever dies.

import type { Clock } from '@tulle/kernel'
import type { Store } from '@tulle/store'
import { appendEvent } from '@tulle/store'
import { sql } from 'kysely'
import type { NewAlert } from './types.ts'
import { messageId, placeOf, waysFor } from './who-is-told.ts'

/** So many messages about one product go to one receiver within an hour; further ones stand in the console alone. */
export const MESSAGES_AN_HOUR = 20
const HOUR = 3_600_000

/** False where it was raised before. */
export async function raiseAlert({ db }: Pick<Store, 'db'>, clock: Clock, alert: NewAlert): Promise<boolean> {
  const ways = await waysFor(db, alert.product, alert.reason)
  return db.transaction().execute(async (tx) => {
    const at = new Date(clock.now())
    const { id, reason, product, runId, sentence, facts } = alert
    const written = await tx.insertInto('alert').values({ id, reason, product, run_id: runId ?? null, sentence, facts: JSON.stringify(facts), at })
      .onConflict((c) => c.doNothing()).returning('id').executeTakeFirst()
    if (written === undefined) return false
    for (const way of ways) {
      const { told } = await tx.selectFrom('alert_delivery').innerJoin('alert', 'alert.id', 'alert_delivery.alert_id')
        .select((e) => e.fn.countAll<string>().as('told'))
        .where('alert.product', '=', product).where('alert.at', '>', new Date(clock.now() - HOUR)).where('alert_delivery.status', '!=', 'held back')
        .where(sql<string>`coalesce(way->>'url', 'mailto:' || lower(way->>'to'))`, '=', placeOf(way)).executeTakeFirstOrThrow()
      const isMuch = Number(told) >= MESSAGES_AN_HOUR
      await tx.insertInto('alert_delivery').values({
        id: messageId(id, way), alert_id: id, way: JSON.stringify(way), next_at: at,
        status: isMuch ? 'held back' : 'waiting', trouble: isMuch ? `messages-an-hour: ${MESSAGES_AN_HOUR} went there within the hour` : null,
      }).execute()
    }
    await appendEvent(tx, { type: `tulle.alert.${reason}`, source: '/tulle/alerts', subject: product, data: { alert: id, ...(runId !== undefined && { runId }) } })
    return true
  })
}
