// What mesh, teams and products say of how runs wait, as it was applied, for the queue of runs.

import { sql } from 'kysely'
import type { CatchUp, RunRules } from '@tulle/model'
import type { Store } from '@tulle/store'
import type { FindQueueRules, RunTrigger, SubjectRules } from '@tulle/workflow'

const USUAL_AT_ONCE = 2
const USUAL_TRIGGERS_PER_HOUR = 60
/** Somebody waits for it; a trigger comes again; nobody waits for what is long past. */
const BY_HAND = 700
const BY_TRIGGER = 500
const OF_BACKFILL = 300

interface Row { readonly kind: string; readonly name: string; readonly team: string | null; readonly runs: RunRules | null }

export const queueRules = ({ db }: Pick<Store, 'db'>): FindQueueRules => async (subjects) => {
  const { rows } = await sql<Row>`
    select kind, spec->>'name' as name, spec->>'team' as team, spec->'runs' as runs from resource
    where archived_at is null and (kind = 'mesh' or kind = 'technical-team' or (kind = 'data-product' and product = any(${[...subjects]})))`.execute(db)
  const mesh = rows.find(({ kind }) => kind === 'mesh')?.runs ?? {}
  const teams = new Map(rows.filter(({ kind }) => kind === 'technical-team').map(({ name, runs }) => [name, runs?.atOnce]))
  const rulesOf = ({ team, runs }: Row): SubjectRules => {
    const atOnce = (team === null ? undefined : teams.get(team)) ?? mesh.atOncePerTeam
    return {
      triggersPerHour: runs?.triggersPerHour ?? mesh.triggersPerHour ?? USUAL_TRIGGERS_PER_HOUR,
      ...(team !== null && team !== '' && atOnce !== undefined && { group: { name: team, atOnce } }),
    }
  }
  return { atOnce: mesh.atOnce ?? USUAL_AT_ONCE, subjects: new Map(rows.filter(({ kind }) => kind === 'data-product').map((row) => [row.name, rulesOf(row)])) }
}

/** What goes first, by why it runs; what triggers start, by what the product says. */
export async function priorityOf({ db }: Pick<Store, 'db'>, product: string, trigger: RunTrigger): Promise<number> {
  if (trigger['backfill'] !== undefined) return OF_BACKFILL
  if (trigger.kind === 'manual') return BY_HAND
  const row = await db.selectFrom('resource').select(sql<RunRules | null>`spec->'runs'`.as('runs')).where('kind', '=', 'data-product').where('product', '=', product).where('archived_at', 'is', null).executeTakeFirst()
  return row?.runs?.priority ?? BY_TRIGGER
}

/** What becomes of missed times of schedules, by product. */
export async function catchUps({ db }: Pick<Store, 'db'>): Promise<(product: string) => CatchUp> {
  const rows = await db.selectFrom('resource').select(['kind', 'product', sql<RunRules | null>`spec->'runs'`.as('runs')]).where('kind', 'in', ['mesh', 'data-product']).where('archived_at', 'is', null).execute()
  const mesh = rows.find(({ kind }) => kind === 'mesh')?.runs?.catchUp
  const products = new Map(rows.map(({ product, runs }) => [product, runs?.catchUp]))
  return (product) => products.get(product) ?? mesh ?? 'last'
}
