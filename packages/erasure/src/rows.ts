// Erasures as the control database keeps them. What they are about stands there sealed, and only while they are at work.

import type { Selectable } from 'kysely'
import { sql } from 'kysely'
import type { Database, ErasureTable, Store } from '@tulle/store'
import type { Kysely } from 'kysely'
import type { DerivedDataSet, Erasure, ErasureReport, ErasureStep, Person, Subject } from './types.ts'
import type { Seals } from './seal.ts'

/** What only we know while an erasure is at work. Found once: rows that are gone cannot be asked again. */
export interface Secret {
  readonly subject: Subject
  readonly found?: {
    readonly person: readonly (readonly [string, readonly string[]])[]
    readonly texts: readonly string[]
    readonly tables: readonly { readonly product: string; readonly dataSet: string; readonly isAside: boolean; readonly archived?: string | undefined }[]
    readonly derived: readonly DerivedDataSet[]
  }
}

export const personOf = (found: NonNullable<Secret['found']>): Person => new Map(found.person.map(([key, values]) => [key, new Set(values)]))

export const NOTHING_YET: ErasureReport = { tables: [], shredded: [], rebuilt: [], held: [], inputs: { removed: 0, recipes: 0 }, profiles: 0, auditValues: 0, database: { changed: {}, compacted: [], log: 'left' }, streams: 0, backups: [], left: [] }

export async function readErasure(db: Kysely<Database>, id: string): Promise<Erasure | undefined> {
  const row = await db.selectFrom('erasure').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) return undefined
  const consumers = await db.selectFrom('erasure_consumer').selectAll().where('erasure_id', '=', id).orderBy('kind').orderBy('name').execute()
  return toErasure(row, consumers)
}

export async function listErasures(db: Kysely<Database>, most = 200): Promise<readonly Erasure[]> {
  const rows = await db.selectFrom('erasure').selectAll().orderBy('requested_at', 'desc').limit(most).execute()
  const consumers = await db.selectFrom('erasure_consumer').selectAll().orderBy('kind').orderBy('name').execute()
  return rows.map((row) => toErasure(row, consumers.filter(({ erasure_id: of }) => of === row.id)))
}

type Consumers = readonly { readonly kind: string; readonly name: string; readonly acknowledged_at: Date | null; readonly acknowledged_by: string | null }[]

function toErasure(row: Selectable<ErasureTable>, consumers: Consumers): Erasure {
  const state = row.state as Erasure['state']
  return {
    id: row.id, state, subject: { key: row.key_name, digest: row.digest }, requestedBy: row.requested_by, requestedById: row.requested_by_id, requestedAt: row.requested_at.toISOString(),
    ...(row.approved_by !== null && { approvedBy: row.approved_by }),
    ...(row.finished_at !== null && { finishedAt: row.finished_at.toISOString() }),
    steps: row.steps as unknown as readonly ErasureStep[],
    ...(row.problem !== null && { problem: row.problem }),
    ...(row.report !== null && state === 'done' && { report: { ...NOTHING_YET, ...row.report as unknown as ErasureReport } }),
    consumers: consumers.map(({ kind, name, acknowledged_at: at, acknowledged_by: by }) => ({ kind, name, ...(at !== null && { acknowledgedAt: at.toISOString() }), ...(by !== null && { acknowledgedBy: by }) })),
  }
}

export const readSecret = (seals: Seals, id: string, sealed: string | null): Secret | undefined => {
  const text = sealed === null ? undefined : seals.open(id, sealed)
  return text === undefined ? undefined : JSON.parse(text) as Secret
}

export async function keepSecret({ db }: Pick<Store, 'db'>, seals: Seals, id: string, secret: Secret): Promise<void> {
  await db.updateTable('erasure').set({ sealed: seals.seal(id, JSON.stringify(secret)) }).where('id', '=', id).execute()
}

export async function tellStep({ db }: Pick<Store, 'db'>, id: string, step: ErasureStep): Promise<void> {
  await sql`update erasure set steps = steps || ${JSON.stringify([step])}::jsonb where id = ${id}`.execute(db)
}

export async function readReport({ db }: Pick<Store, 'db'>, id: string): Promise<ErasureReport> {
  const row = await db.selectFrom('erasure').select('report').where('id', '=', id).executeTakeFirst()
  return { ...NOTHING_YET, ...row?.report as Partial<ErasureReport> | null | undefined }
}

export async function addToReport(store: Pick<Store, 'db'>, id: string, more: Partial<ErasureReport>): Promise<void> {
  const report = JSON.stringify({ ...(await readReport(store, id)), ...more })
  await store.db.updateTable('erasure').set({ report }).where('id', '=', id).execute()
}
