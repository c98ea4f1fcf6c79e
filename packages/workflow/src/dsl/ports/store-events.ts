// Events between workflows in PostgreSQL, in one order, each key once.

import { sql } from 'kysely'
import type { Clock } from '@tulle/kernel'
import type { Store } from '@tulle/store'
import type { EventLog } from '../host.ts'
import type { JsonObject } from '../types.ts'

const PAGE = 100
const POLL_MILLISECONDS = 100

export function storeEvents({ db }: Pick<Store, 'db'>, clock: Clock): EventLog {
  return {
    append: (key, event) => db.transaction().execute(async (tx) => {
      // Positions are given in the order in which events become visible: whoever reads on after one has missed none before it.
      await sql`select pg_advisory_xact_lock(hashtextextended('workflow-event', 0))`.execute(tx)
      await tx.insertInto('workflow_event').values({ key, event: JSON.stringify(event), kept_at: sql<Date>`clock_timestamp()` }).onConflict((c) => c.column('key').doNothing()).execute()
    }),
    async positionAt(milliseconds) {
      const row = await db.selectFrom('workflow_event').select('position').where('kept_at', '<', new Date(milliseconds)).orderBy('position', 'desc').limit(1).executeTakeFirst()
      return row === undefined ? 0 : Number(row.position)
    },
    async read(after) {
      const rows = await db.selectFrom('workflow_event').select(['position', 'event']).where('position', '>', String(after)).orderBy('position').limit(PAGE).execute()
      return rows.map((row) => ({ position: Number(row.position), event: row.event as JsonObject }))
    },
    // It is asked again after this, so it need not know.
    beyond: (_position, signal) => clock.sleep(POLL_MILLISECONDS, signal),
  }
}
