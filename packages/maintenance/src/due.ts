// When a table is looked after again: once a day at its own time of day, so that not all come at once, and after many
// publishes. What says so is the journal; nothing else is kept.

import { sql } from 'kysely'
import type { MaintainedTable } from '@tulle/providers'
import type { Store } from '@tulle/store'

/** The event of a table that was looked after. */
export const MAINTAINED = 'tulle.table.maintained'

const DAY = 86_400_000
/** So many publishes of a product since its tables were looked after are worth another look. */
const MANY_PUBLISHES = 200

/** The tables that are due, those first that have waited longest. */
export async function dueTables({ db }: Store, tables: readonly MaintainedTable[], now: number): Promise<readonly MaintainedTable[]> {
  const { rows } = await sql<{ uuid: string; last: Date; published: string }>`
    select m.uuid, m.last, count(p.id) as published
    from (select data->>'uuid' as uuid, data->>'product' as product, max(time) as last from outbox where type = ${MAINTAINED} group by 1, 2) m
    left join outbox p on p.type = 'tulle.product.published' and p.subject = m.product and p.time > m.last
    group by m.uuid, m.last`.execute(db)
  const seen = new Map(rows.map((row) => [row.uuid, { last: row.last.getTime(), published: Number(row.published) }]))
  const lastOf = ({ uuid }: MaintainedTable): number => seen.get(uuid)?.last ?? 0
  return tables.filter((table) => isDue({ uuid: table.uuid, last: lastOf(table), published: seen.get(table.uuid)?.published ?? 0, now })).toSorted((a, b) => lastOf(a) - lastOf(b))
}

/** Whether a table's time of day has passed since it was last looked after. */
export function isDue({ uuid, last, published, now }: { readonly uuid: string; readonly last: number; readonly published: number; readonly now: number }): boolean {
  if (published >= MANY_PUBLISHES) return true
  const ownTime = Number.parseInt(uuid.replaceAll(/[^0-9a-f]/giu, '').slice(0, 8), 16) % DAY
  const today = now - (now % DAY) + ownTime
  return last < (today <= now ? today : today - DAY)
}
