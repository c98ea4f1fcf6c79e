// Gives and takes rights: checked against what exists and against who may give them, written with their event, in force before the call returns.

import { randomUUID } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { fail, isName, ok, systemClock } from '@tulle/kernel'
import type { GovernedProduct, Subject } from '@tulle/policy'
import type { AccessGrantTable, Store } from '@tulle/store'
import { appendEvent } from '@tulle/store'
import { findAccount } from './find-accounts.ts'
import { toGrant } from './load-policy.ts'
import { messages } from './messages.ts'
import type { AccessControl, GrantRecord, NewGrant } from './types.ts'

/** The platform itself, for rights that the mesh's own files give. */
export const SYSTEM: Subject = Object.freeze({ id: 'system', name: 'system', kind: 'service', role: 'administrator', teams: [] })

/** Lets a user or a team read a product, a data set or some columns. In force here at once, elsewhere within a second. */
export async function grant(access: AccessControl, request: NewGrant): Promise<Result<GrantRecord>> {
  const { store } = access
  const product = await findProduct(store, request.product)
  if (!product.ok) return product
  const refusal = mayGrant(access, request.by, product.value)
  if (refusal !== undefined) return fail(refusal)
  const subject = await findSubject(store, request)
  const wrong = [
    ...(subject.ok ? [] : subject.diagnostics),
    ...await checkColumns(store, request),
    ...await checkPurposes(store, request.purposes),
    ...checkExpiry(request.expiresAt),
  ]
  if (wrong.length > 0 || !subject.ok) return fail(...wrong)
  const row: Selectable<AccessGrantTable> = {
    id: randomUUID(),
    subject_kind: request.subjectKind,
    subject: subject.value,
    product_id: product.value.id,
    data_set: request.dataSet ?? null,
    columns: request.columns === undefined ? null : [...new Set(request.columns)],
    purposes: [...new Set(request.purposes)],
    granted_by: request.by.name,
    granted_at: new Date(systemClock.now()),
    expires_at: request.expiresAt ?? null,
    revoked_at: null,
    revoked_by: null,
  }
  await store.db.transaction().execute(async (tx) => {
    await tx.insertInto('access_grant').values({ ...row, columns: row.columns === null ? null : JSON.stringify(row.columns), purposes: JSON.stringify(row.purposes) }).execute()
    await tellChange(tx, row, 'granted')
  })
  await access.caughtUp()
  return ok(toRecord(row, request.subject, product.value.name))
}

/** Ends a grant. It stays in the history; revoking it again is refused as unknown. */
export async function revoke(access: AccessControl, { grantId, by }: { grantId: string; by: Subject }): Promise<Result<GrantRecord>> {
  const { store } = access
  const record = (await listGrants(store, { id: grantId })).find((found) => found.revokedAt === undefined)
  if (record === undefined) return fail(messages['unknown-grant']({ grant: grantId.slice(0, 100) }))
  const { id, name, domain, team } = await productById(store, record.grant.productId)
  const refusal = mayGrant(access, by, { id, name, domain, team })
  if (refusal !== undefined) return fail(refusal)
  const row = await store.db.transaction().execute(async (tx) => {
    const revoked = await tx.updateTable('access_grant').set({ revoked_at: new Date(systemClock.now()), revoked_by: by.name })
      .where('id', '=', grantId).where('revoked_at', 'is', null).returningAll().executeTakeFirst()
    if (revoked !== undefined) await tellChange(tx, revoked, 'revoked')
    return revoked
  })
  await access.caughtUp()
  return row === undefined ? fail(messages['unknown-grant']({ grant: grantId })) : ok(toRecord(row, record.subject, record.product))
}

export interface GrantFilter {
  readonly id?: string
  /** The name of a live product. */
  readonly product?: string
  /** Those that name this subject, or a team of it. */
  readonly subject?: Subject
}

/** Grants, newest first, revoked and expired ones too. */
export async function listGrants(store: Store, { id, product, subject }: GrantFilter = {}): Promise<readonly GrantRecord[]> {
  let query = store.db.selectFrom('access_grant as g')
    .leftJoin('account as a', (join) => join.onRef('a.id', '=', 'g.subject').on('g.subject_kind', '=', 'user'))
    .leftJoin('resource as r', 'r.id', 'g.product_id')
    .selectAll('g').select(['a.name as account_name', 'r.spec as product_spec'])
    .orderBy('g.granted_at', 'desc').orderBy('g.id')
  if (id !== undefined) query = query.where('g.id', '=', id)
  if (product !== undefined) query = query.where('r.ref', '=', `data-product:${product}`).where('r.archived_at', 'is', null)
  if (subject !== undefined) {
    query = query.where((e) => e.or([
      e.and([e('g.subject_kind', '=', 'user'), e('g.subject', '=', subject.id)]),
      ...(subject.teams.length > 0 ? [e.and([e('g.subject_kind', '=', 'team'), e('g.subject', 'in', [...subject.teams])])] : []),
    ]))
  }
  const rows = await query.execute()
  return rows.map((row) => toRecord(row, row.account_name ?? row.subject, textAt(row.product_spec, 'name') || row.product_id))
}

function toRecord(row: Selectable<AccessGrantTable>, subject: string, product: string): GrantRecord {
  return {
    grant: toGrant(row),
    subject,
    product,
    grantedBy: row.granted_by,
    grantedAt: row.granted_at,
    ...(row.expires_at !== null && { expiresAt: row.expires_at }),
    ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
    ...(row.revoked_by !== null && { revokedBy: row.revoked_by }),
  }
}

const tellChange = (tx: Parameters<typeof appendEvent>[0], row: Selectable<AccessGrantTable>, change: string): Promise<string> =>
  appendEvent(tx, {
    type: 'tulle.grant.changed',
    source: '/access',
    subject: row.product_id,
    data: { grant: row.id, change, product: row.product_id, subjectKind: row.subject_kind, subject: row.subject },
  })

function mayGrant(access: AccessControl, by: Subject, product: GovernedProduct): Diagnostic | undefined {
  const decision = access.policy().decide(by, 'grant', { product }, undefined, { now: systemClock.now(), environment: 'prod' })
  if (decision.effect === 'allow') return undefined
  return messages['not-allowed']({ name: by.name, action: `give or take rights to ${product.name}`, why: decision.reasons.map((r) => r.text).join(' ') })
}

async function findProduct(store: Store, name: string): Promise<Result<GovernedProduct>> {
  const live = store.db.selectFrom('resource').where('kind', '=', 'data-product').where('archived_at', 'is', null)
  const row = isName(name) ? await live.select(['id', 'spec']).where('ref', '=', `data-product:${name}`).executeTakeFirst() : undefined
  if (row !== undefined) return ok(governed(row.id, row.spec))
  const known = (await live.select('ref').execute()).map((other) => nameIn(other.ref))
  return fail(messages['unknown-product']({ product: name.slice(0, 100), known }))
}

async function productById(store: Store, id: string): Promise<GovernedProduct> {
  const row = await store.db.selectFrom('resource').select('spec').where('id', '=', id).executeTakeFirst()
  return governed(id, row?.spec ?? null)
}

const governed = (id: string, spec: Json): GovernedProduct => ({ id, name: textAt(spec, 'name') || id, domain: textAt(spec, 'domain'), team: textAt(spec, 'team') })

/** The id that a grant holds: an account's, or a team's name. */
async function findSubject(store: Store, { subjectKind, subject }: NewGrant): Promise<Result<string>> {
  if (subjectKind === 'user') {
    const accounts = store.db.selectFrom('account').where('disabled_at', 'is', null)
    const account = await findAccount(store, subject)
    if (account !== undefined) return ok(account.subject.id)
    const known = (await accounts.select('name').execute()).map((row) => row.name)
    return fail(messages['unknown-subject']({ kind: 'user', subject: subject.slice(0, 100), known }))
  }
  const declared = await store.db.selectFrom('resource').select('ref').where('kind', '=', 'technical-team').where('archived_at', 'is', null).execute()
  const known = declared.map((row) => nameIn(row.ref))
  return known.includes(subject) ? ok(subject) : fail(messages['unknown-subject']({ kind: 'team', subject: subject.slice(0, 100), known }))
}

const nameIn = (ref: string): string => ref.slice(ref.indexOf(':') + 1)

async function checkColumns(store: Store, { product, dataSet, columns }: NewGrant): Promise<readonly Diagnostic[]> {
  if (dataSet === undefined) return columns === undefined ? [] : [messages['columns-need-data-set']({ product })]
  const rows = await store.db.selectFrom('resource').select(['ref', 'spec'])
    .where('kind', '=', 'data-set').where('archived_at', 'is', null).where('ref', 'like', `data-set:${product.replaceAll('_', '\\_')}.%`).execute()
  const found = rows.find((row) => row.ref === `data-set:${product}.${dataSet}`)
  if (found === undefined) {
    const known = rows.map((row) => row.ref.slice(row.ref.indexOf('.') + 1))
    return [messages['unknown-data-set']({ product, dataSet: dataSet.slice(0, 100), known })]
  }
  const known = namesAt(memberOf(found.spec, 'contract'), 'columns')
  return (columns ?? []).filter((column) => !known.includes(column))
    .map((column) => messages['unknown-column']({ where: `${product}.${dataSet}`, column: column.slice(0, 100), known }))
}

async function checkPurposes(store: Store, purposes: readonly string[]): Promise<readonly Diagnostic[]> {
  if (purposes.length === 0) return [messages['purpose-needed']({})]
  const state = await store.db.selectFrom('mesh_state').select('mesh').executeTakeFirst()
  const known = namesAt(state?.mesh ?? null, 'purposes')
  return purposes.filter((purpose) => !known.includes(purpose)).map((purpose) => messages['unknown-purpose']({ purpose: purpose.slice(0, 100), known }))
}

const checkExpiry = (expiresAt: Date | undefined): readonly Diagnostic[] =>
  expiresAt === undefined || expiresAt.getTime() > systemClock.now() ? [] : [messages['expiry-passed']({ expiresAt: expiresAt.toISOString() })]

function memberOf(value: Json | undefined, name: string): Json | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, Json | undefined>)[name] : undefined
}

const textAt = (value: Json | undefined, name: string): string => {
  const found = memberOf(value, name)
  return typeof found === 'string' ? found : ''
}

function namesAt(value: Json | undefined, name: string): readonly string[] {
  const found = memberOf(value, name)
  return Array.isArray(found) ? found.map((item) => textAt(item as Json, 'name')).filter((text) => text !== '') : []
}
