// A right that the mesh folder gives. Its row and the grant that it declares are one transaction: while the file is there, the
// grant is; when the file goes, it is revoked. A grant that was revoked by hand is drift.

import type { Kysely } from 'kysely'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { DeclaredGrant } from '@tulle/model'
import { appendEvent } from '@tulle/store'
import type { Database } from '@tulle/store'
import { messages } from './messages.ts'
import { recordProvider } from './record.ts'
import { resourceOf } from './resource.ts'
import { archiveRow, inTransaction, isAsDesired, lockRow, putRow, removeRow } from './rows.ts'
import type { Tx } from './rows.ts'
import type { Action, Effect, Observed, ObserveContext, Provider, ProviderContext, Resource, Spec } from './types.ts'

const factsOf = ({ name, subjectKind, subject, product, dataSet, columns, rows, purposes, expiresAt }: DeclaredGrant): Spec =>
  ({ name, subjectKind, subject, product, dataSet, columns, rows, purposes, expiresAt })

const record = recordProvider({
  kind: 'access-grant',
  outlivesDeclaration: false,
  desire: {
    of: 'mesh',
    list: (mesh) => [...mesh.grants.values()].map((grant) => resourceOf({ kind: 'access-grant', name: grant.name, product: grant.product, declaredBy: grant, facts: factsOf(grant) })),
  },
})

export const accessGrantProvider: Provider = {
  ...record,
  observe: findRevoked,
  create: put('create'),
  update: put('update'),
  move: put('move'),
  restore: put('restore'),
  heal: put('heal'),
  archive: (context, ref) => leave(context, ref, (tx, row) => (row.archived ? undefined : archiveRow(tx, context, row))),
  destroy: (context, ref) => leave(context, ref, (tx, row) => removeRow(tx, row)),
}

function put(action: Action): (context: ProviderContext, desired: Resource) => Promise<Result<Effect>> {
  return async (context, desired) => {
    const named = await resolve(context.db, desired.spec)
    if (!named.ok) return named
    return ok(await inTransaction(context, async (tx) => {
      const row = await lockRow(tx, desired.ref)
      const same = row !== undefined && isAsDesired(row, desired)
      const given = await tx.selectFrom('access_grant').selectAll().where('declared_by', '=', desired.ref).where('revoked_at', 'is', null).forUpdate().executeTakeFirst()
      if (same && given !== undefined) return { id: row.id, changed: false }
      await revoke(tx, context, desired.ref)
      const id = context.newId()
      const { spec } = desired
      const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value))
      await tx.insertInto('access_grant').values({
        id, subject_kind: String(spec['subjectKind']), subject: named.value.subject, product_id: named.value.product, data_set: typeof spec['dataSet'] === 'string' ? spec['dataSet'] : null,
        columns: json(spec['columns']), row_condition: typeof spec['rows'] === 'string' ? spec['rows'] : null, purposes: JSON.stringify(spec['purposes']), granted_by: 'the mesh folder',
        granted_at: new Date(context.clock.now()), expires_at: typeof spec['expiresAt'] === 'string' ? new Date(spec['expiresAt']) : null, declared_by: desired.ref, revoked_at: null, revoked_by: null,
      }).execute()
      await tell(tx, context, { id, subject_kind: String(spec['subjectKind']), subject: named.value.subject, product_id: named.value.product }, 'granted')
      return same ? { id: row.id, changed: true } : putRow(tx, context, { desired, made: row?.made, action, row })
    }))
  }
}

async function leave(context: ProviderContext, ref: string, end: (tx: Tx, row: NonNullable<Awaited<ReturnType<typeof lockRow>>>) => Promise<Effect> | undefined): Promise<Result<Effect>> {
  return ok(await inTransaction(context, async (tx) => {
    const row = await lockRow(tx, ref)
    if (row === undefined) return { changed: false }
    await revoke(tx, context, ref)
    return (await end(tx, row)) ?? { id: row.id, changed: false }
  }))
}

async function revoke(tx: Tx, context: ProviderContext, ref: string): Promise<void> {
  const ended = await tx.updateTable('access_grant').set({ revoked_at: new Date(context.clock.now()), revoked_by: 'the mesh folder' })
    .where('declared_by', '=', ref).where('revoked_at', 'is', null).returning(['id', 'subject_kind', 'subject', 'product_id']).execute()
  for (const grant of ended) await tell(tx, context, grant, 'revoked')
}

interface Told { readonly id: string; readonly subject_kind: string; readonly subject: string; readonly product_id: string }

/** As every change of a grant is told: what holds the policy of each process in step, and the grant's own history. */
async function tell(tx: Tx, context: ProviderContext, { id, subject_kind: subjectKind, subject, product_id: product }: Told, change: string): Promise<void> {
  await tx.insertInto('access_history').values({ grant_id: id, request_id: null, change, by_name: 'the mesh folder', at: new Date(context.clock.now()), note: null }).execute()
  await appendEvent(tx, { type: 'tulle.grant.changed', source: '/access', subject: product, data: { grant: id, change, product, subjectKind, subject } })
}

const RESOURCES: Readonly<Record<string, string>> = { product: 'data-product', application: 'process-domain' }

/** What a grant holds by ids that never change; teams and domains are their names. */
async function resolve(db: Kysely<Database>, spec: Spec): Promise<Result<{ subject: string; product: string }>> {
  const [kind, name, product] = [String(spec['subjectKind']), String(spec['subject']), String(spec['product'])]
  const idOf = async (ref: string): Promise<string | undefined> => (await db.selectFrom('resource').select('id').where('ref', '=', ref).where('archived_at', 'is', null).executeTakeFirst())?.id
  const productId = await idOf(`data-product:${product}`)
  if (productId === undefined) return fail(messages['unknown-product']({ name: product, suggestion: '' }))
  const resource = RESOURCES[kind]
  const subject = kind === 'user'
    ? (await db.selectFrom('account').select('id').where('name', '=', name).where('disabled_at', 'is', null).executeTakeFirst())?.id
    : resource === undefined ? name : await idOf(`${resource}:${name}`)
  return subject === undefined ? fail(messages['grant-subject-missing']({ kind, name })) : ok({ subject, product: productId })
}

/** Those whose grant somebody ended by hand. */
async function findRevoked({ db }: ObserveContext, rows: readonly Observed[]): Promise<readonly Observed[]> {
  const live = rows.filter((row) => !row.archived)
  if (live.length === 0) return []
  const given = await db.selectFrom('access_grant').select('declared_by').where('revoked_at', 'is', null).where('declared_by', 'in', live.map((row) => row.ref)).execute()
  const refs = new Set(given.map((grant) => grant.declared_by))
  return live.filter((row) => !refs.has(row.ref)).map((row) => ({
    ...row,
    drift: { reason: 'row-changed', message: 'The grant was revoked by hand, but its file is still there.', remedy: 'It is given again; remove the file to end it.' },
  }))
}
