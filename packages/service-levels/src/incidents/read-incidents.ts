// Incidents as they are asked for, newest first, and the timeline of one.

import type { Database, Store } from '@tulle/store'
import type { Selectable } from 'kysely'
import type { Affected, Cause, Incident, IncidentEntry } from './types.ts'

export interface IncidentFilter {
  readonly product?: string | undefined
  readonly state?: 'open' | 'acknowledged' | 'resolved' | 'unresolved' | undefined
  readonly limit: number
}

export async function listIncidents({ db }: Pick<Store, 'db'>, { product, state, limit }: IncidentFilter): Promise<readonly Incident[]> {
  let query = db.selectFrom('incident').selectAll().orderBy('opened_at', 'desc').orderBy('id').limit(limit)
  if (product !== undefined) query = query.where('product', '=', product)
  if (state === 'resolved') query = query.where('resolved_at', 'is not', null)
  else if (state !== undefined) query = query.where('resolved_at', 'is', null)
  if (state === 'open') query = query.where('acknowledged_at', 'is', null)
  if (state === 'acknowledged') query = query.where('acknowledged_at', 'is not', null)
  return (await query.execute()).map(toIncident)
}

export async function findIncident({ db }: Pick<Store, 'db'>, id: string): Promise<{ readonly incident: Incident; readonly timeline: readonly IncidentEntry[] } | undefined> {
  const row = await db.selectFrom('incident').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) return undefined
  const entries = await db.selectFrom('incident_entry').selectAll().where('incident_id', '=', id).orderBy('seq').limit(1000).execute()
  return {
    incident: toIncident(row),
    timeline: entries.map(({ at, what, by_name: by, note }) => ({ at, what: what as IncidentEntry['what'], ...(by !== null && { by }), ...(note !== null && { note }) })),
  }
}

function toIncident(row: Selectable<Database['incident']>): Incident {
  return {
    id: row.id,
    product: row.product,
    productId: row.product_id,
    cause: row.cause as Cause,
    sentence: row.sentence,
    state: row.resolved_at !== null ? 'resolved' : row.acknowledged_at !== null ? 'acknowledged' : 'open',
    affected: row.affected as unknown as Affected,
    openedAt: row.opened_at,
    repeats: row.repeats,
    ...(row.run_id !== null && { runId: row.run_id }),
    ...(row.acknowledged_at !== null && { acknowledged: { at: row.acknowledged_at, by: row.acknowledged_by ?? '' } }),
    ...(row.resolved_at !== null && { resolved: { at: row.resolved_at, by: row.resolved_by ?? '' } }),
  }
}
