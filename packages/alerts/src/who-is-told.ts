// Who is told: what mesh, team and product say, put together. Nobody is told twice of one alert.

import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { sha256 } from '@tulle/kernel'
import type { AlertRule } from '@tulle/model'
import type { Database } from '@tulle/store'
import type { Reason, Way } from './types.ts'

/** Every way out for an alert of this product, each once. */
export async function waysFor(db: Kysely<Database>, product: string, reason: Reason): Promise<readonly Way[]> {
  const { rows } = await sql<{ alerts: readonly AlertRule[] | null }>`
    select r.spec->'alerts' as alerts from resource r
    where r.archived_at is null and (
      r.kind = 'mesh' or (r.kind = 'data-product' and r.product = ${product})
      or (r.kind = 'technical-team' and r.spec->>'name' = (select p.spec->>'team' from resource p where p.kind = 'data-product' and p.product = ${product} and p.archived_at is null)))
    order by r.kind desc, r.ref`.execute(db)
  return waysOf(rows.flatMap(({ alerts }) => alerts ?? []), reason)
}

/** Pure. */
export function waysOf(rules: readonly AlertRule[], reason: Reason): readonly Way[] {
  const ways = rules.filter(({ on }) => on.includes(reason)).flatMap(({ webhook, mail }): readonly Way[] => [
    ...(webhook === undefined ? [] : [{ by: 'webhook' as const, ...webhook }]),
    ...(mail ?? []).map((to) => ({ by: 'mail' as const, to })),
  ])
  return [...new Map(ways.map((way) => [placeOf(way), way])).values()]
}

/** The same for the same receiver. */
export const placeOf = (way: Way): string => (way.by === 'webhook' ? way.url : `mailto:${way.to.toLowerCase()}`)

/** Of one message to one receiver: a receiver that knows it has it already. */
export const messageId = (alert: string, way: Way): string => `alert_${sha256(`${alert}\n${placeOf(way)}`).slice(0, 32)}`
