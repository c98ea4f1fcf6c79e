// Grants the badge and takes it away, with a line of history and an event for each change, in one transaction.

import type { Clock, Json } from '@tulle/kernel'
import type { CertificationRule } from '@tulle/model'
import type { ProductDefinition } from '@tulle/providers'
import type { Database, Store } from '@tulle/store'
import { appendEvent } from '@tulle/store'
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { readCheckScores } from '../measure/check-scores.ts'
import { readLevels } from '../reconcile.ts'
import type { MeasuredLevel } from '../types.ts'
import { failingRules } from './certify.ts'
import type { Failing } from './certify.ts'

const KEPT_LINES = 500

export interface CertificationLine { readonly certified: boolean; readonly at: Date; readonly failing: readonly Failing[] }

/** The rules that are applied; undefined where products are certified by their own word. */
export async function readRules(db: Kysely<Database>): Promise<readonly CertificationRule[] | undefined> {
  const row = await db.selectFrom('mesh_state').select(sql<readonly CertificationRule[] | null>`mesh->'certification'`.as('rules')).executeTakeFirst()
  return row?.rules ?? undefined
}

export async function settleBadge(store: Store, clock: Clock, rules: readonly CertificationRule[], definition: ProductDefinition, known?: readonly MeasuredLevel[]): Promise<void> {
  const { id, product } = definition
  const now = clock.now()
  const longest = Math.max(0, ...rules.map(({ over = 0 }) => over))
  const [levels, checks, open] = await Promise.all([
    known ?? readLevels(store, definition, now),
    readCheckScores(store.db, product.name, new Date(now - longest)),
    store.db.selectFrom('incident').select((e) => e.fn.countAll<string>().as('open')).where('product_id', '=', id).where('resolved_at', 'is', null).executeTakeFirstOrThrow(),
  ])
  const failing = failingRules(rules, { product, checks, levels, openIncidents: Number(open.open), now })
  const certified = failing.length === 0
  await store.db.transaction().execute(async (tx) => {
    // Two processes that judge at once would tell it twice.
    await sql`select pg_advisory_xact_lock(hashtext(${`certification ${id}`}))`.execute(tx)
    const last = await tx.selectFrom('certification').select(['certified', 'failing', 'seq']).where('product_id', '=', id).orderBy('seq', 'desc').limit(1).executeTakeFirst()
    if (last !== undefined && last.certified === certified && namesOf(last.failing as unknown as readonly Failing[]) === namesOf(failing)) {
      if (JSON.stringify(last.failing) !== JSON.stringify(failing)) await tx.updateTable('certification').set({ failing: JSON.stringify(failing) }).where('seq', '=', last.seq).execute()
      return
    }
    await tx.insertInto('certification').values({ product_id: id, certified, at: new Date(now), failing: JSON.stringify(failing) }).execute()
    await sql`delete from certification where product_id = ${id} and seq <= (select seq from certification where product_id = ${id} order by seq desc offset ${KEPT_LINES} limit 1)`.execute(tx)
    if (last?.certified === certified || (last === undefined && !certified)) return
    await appendEvent(tx, {
      type: certified ? 'tulle.certification.granted' : 'tulle.certification.withdrawn', source: '/tulle/service-levels', subject: product.name,
      data: { product: product.name, productId: id, rules: failing.map(({ rule }) => rule) as Json },
    })
  })
}

const namesOf = (failing: readonly Failing[]): string => failing.map(({ rule }) => rule).join('\n')

/** Newest first. */
export async function readCertification(db: Kysely<Database>, productId: string, limit: number): Promise<readonly CertificationLine[]> {
  const rows = await db.selectFrom('certification').select(['certified', 'at', 'failing']).where('product_id', '=', productId).orderBy('seq', 'desc').limit(limit).execute()
  return rows.map(({ certified, at, failing }) => ({ certified, at, failing: failing as unknown as readonly Failing[] }))
}
