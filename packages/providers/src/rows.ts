// Rows of the table `resource`: read, put, archived, removed, each with its outbox event, inside the caller's transaction.
// INVARIANT: an id is given once. It outlives updates, moves and the archive.

import { sql } from 'kysely'
import type { Kysely, Transaction } from 'kysely'
import { fingerprintOf } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import { appendEvent } from '@tulle/store'
import type { Database } from '@tulle/store'
import type { Action, Effect, Made, ProviderContext, Resource, ResourceKind, ResourceRow, Spec } from './types.ts'

export type Tx = Transaction<Database>

/** One transaction of an effect: it changes nothing where the caller has lost the right to. */
export const inTransaction = <T>(context: ProviderContext, work: (tx: Tx) => Promise<T>): Promise<T> =>
  context.db.transaction().execute(async (tx) => {
    await context.fence?.(tx)
    return work(tx)
  })

/** The row at an address: the one in use, else the one archived last. */
export async function findRow(db: Kysely<Database>, ref: string): Promise<ResourceRow | undefined> {
  const row = await rowAt(db, ref).executeTakeFirst()
  return row === undefined ? undefined : toResourceRow(row)
}

/** The same, locked until the transaction ends. */
export async function lockRow(tx: Tx, ref: string): Promise<ResourceRow | undefined> {
  const row = await rowAt(tx, ref).forUpdate().executeTakeFirst()
  return row === undefined ? undefined : toResourceRow(row)
}

const rowAt = (db: Kysely<Database>, ref: string) =>
  db.selectFrom('resource').selectAll().where('ref', '=', ref).orderBy('archived_at', (order) => order.desc().nullsFirst()).limit(1)

interface StoredRow { id: string; kind: string; ref: string; product: string | null; spec: Json; fingerprint: string; archived_at: Date | null }

/** Splits what the row holds into what was declared and what was made of it. */
export function toResourceRow(row: StoredRow): ResourceRow {
  const { made, ...spec } = (isObject(row.spec) ? row.spec : {}) as Spec
  return {
    id: row.id,
    kind: row.kind as ResourceKind,
    ref: row.ref,
    ...(row.product !== null && { product: row.product }),
    spec,
    ...(made !== undefined && isObject(made) && { made }),
    recorded: row.fingerprint,
    archived: row.archived_at !== null,
  }
}

const isObject = (value: Json): value is { readonly [key: string]: Json | undefined } =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

interface Put {
  readonly desired: Resource
  readonly made?: Made | undefined
  readonly action: Action
  /** The row as `lockRow` found it in this transaction. */
  readonly row: ResourceRow | undefined
}

/** Makes the row say what is desired, under the id that it has or a new one. */
export async function putRow(tx: Tx, context: ProviderContext, { desired, made, action, row }: Put): Promise<Effect> {
  const now = new Date(context.clock.now())
  const spec = JSON.stringify(made === undefined ? desired.spec : { ...desired.spec, made })
  const id = row?.id ?? context.newId()
  if (row === undefined) {
    await tx.insertInto('resource').values({
      id, kind: desired.kind, ref: desired.ref, product: desired.product ?? null, spec, fingerprint: desired.fingerprint, archived_at: null, updated_at: now,
    }).execute()
  } else {
    await tx.updateTable('resource')
      .set({ spec, product: desired.product ?? null, fingerprint: desired.fingerprint, archived_at: null, updated_at: now })
      .where('id', '=', id).execute()
  }
  await tellChange(tx, { action, id, ref: desired.ref, kind: desired.kind, product: desired.product, fingerprint: desired.fingerprint })
  return { id, changed: true }
}

/** Puts the row out of use; it keeps its id and everything it says. */
export async function archiveRow(tx: Tx, context: ProviderContext, row: ResourceRow): Promise<Effect> {
  const now = new Date(context.clock.now())
  await tx.updateTable('resource').set({ archived_at: now, updated_at: now }).where('id', '=', row.id).execute()
  await tellChange(tx, { action: 'archive', id: row.id, ref: row.ref, kind: row.kind, product: row.product })
  return { id: row.id, changed: true }
}

/** Removes the row for good. */
export async function removeRow(tx: Tx, row: ResourceRow): Promise<Effect> {
  await tx.deleteFrom('resource').where('id', '=', row.id).execute()
  await tellChange(tx, { action: 'destroy', id: row.id, ref: row.ref, kind: row.kind, product: row.product })
  return { id: row.id, changed: true }
}

/** True where the row already says exactly what is desired and is in use. */
export const isAsDesired = (row: ResourceRow, desired: Resource): boolean =>
  !row.archived && row.recorded === desired.fingerprint && fingerprintOf(row.spec) === desired.fingerprint && row.product === desired.product

interface Change {
  readonly action: Action
  readonly id: string
  readonly ref: string
  readonly kind: string
  readonly product: string | undefined
  readonly fingerprint?: string
}

async function tellChange(tx: Tx, change: Change): Promise<void> {
  await sql`insert into mesh_state (one, generation) values (true, 1)
            on conflict (one) do update set generation = mesh_state.generation + 1`.execute(tx)
  await appendEvent(tx, { type: 'tulle.resource.changed', source: '/resources', subject: change.ref, data: { ...change } })
}
