// Grants as rows: written with their history and their event in one transaction, read back with the names of what they name.

import type { Insertable, Selectable, Transaction } from 'kysely'
import { systemClock } from '@tulle/kernel'
import type { Subject } from '@tulle/policy'
import type { AccessGrantTable, Database, Store } from '@tulle/store'
import { appendEvent } from '@tulle/store'
import { toGrant } from './load-policy.ts'
import { textAt } from './product-facts.ts'
import { grantStateOf } from './request-states.ts'
import type { GrantRecord } from './types.ts'

export type GrantRow = Selectable<AccessGrantTable>

/** A row with nothing said but what has to be; JSON columns as values. */
export const EMPTY_GRANT = {
  data_set: null, columns: null, expires_at: null, revoked_at: null, revoked_by: null, row_condition: null, unmasked: null, request_id: null, declared_by: null,
  frozen_at: null, frozen_by: null, expiry_told_at: null,
} as const satisfies Partial<GrantRow>

export async function insertGrant(tx: Transaction<Database>, row: GrantRow): Promise<void> {
  const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value))
  const values: Insertable<AccessGrantTable> = { ...row, columns: json(row.columns), unmasked: json(row.unmasked), purposes: JSON.stringify(row.purposes) }
  await tx.insertInto('access_grant').values(values).execute()
}

/** Says what happened to a grant, in the transaction in which it does. */
export async function tellGrant(tx: Transaction<Database>, row: GrantRow, { change, by, note }: { readonly change: string; readonly by: string; readonly note?: string }): Promise<void> {
  await tx.insertInto('access_history').values({ grant_id: row.id, request_id: null, change, by_name: by, at: new Date(systemClock.now()), note: note ?? null }).execute()
  await appendEvent(tx, {
    type: 'tulle.grant.changed',
    source: '/access',
    subject: row.product_id,
    data: { grant: row.id, change, product: row.product_id, subjectKind: row.subject_kind, subject: row.subject },
  })
}

export interface GrantFilter {
  readonly id?: string
  /** The name of a live product. */
  readonly product?: string
  /** Those that name this subject, or a team or domain of it, or what it represents. */
  readonly subject?: Subject
}

/** Grants, newest first, revoked and expired ones too. */
export async function listGrants(store: Store, { id, product, subject }: GrantFilter = {}): Promise<readonly GrantRecord[]> {
  let query = store.db.selectFrom('access_grant as g')
    .leftJoin('account as a', (join) => join.onRef('a.id', '=', 'g.subject').on('g.subject_kind', '=', 'user'))
    .leftJoin('resource as s', (join) => join.onRef('s.id', '=', 'g.subject').on('g.subject_kind', 'in', ['product', 'application']))
    .leftJoin('resource as r', 'r.id', 'g.product_id')
    .selectAll('g').select(['a.name as account_name', 's.spec as subject_spec', 'r.spec as product_spec'])
    .orderBy('g.granted_at', 'desc').orderBy('g.id')
  if (id !== undefined) query = query.where('g.id', '=', id)
  if (product !== undefined) query = query.where('r.ref', '=', `data-product:${product}`).where('r.archived_at', 'is', null)
  if (subject !== undefined) {
    const { teams, domains = [], represents } = subject
    query = query.where((e) => e.or([
      e.and([e('g.subject_kind', '=', 'user'), e('g.subject', '=', subject.id)]),
      ...(teams.length > 0 ? [e.and([e('g.subject_kind', '=', 'team'), e('g.subject', 'in', [...teams])])] : []),
      ...(domains.length > 0 ? [e.and([e('g.subject_kind', '=', 'domain'), e('g.subject', 'in', [...domains])])] : []),
      ...(represents !== undefined ? [e.and([e('g.subject_kind', '=', represents.kind), e('g.subject', '=', represents.id)])] : []),
    ]))
  }
  const rows = await query.execute()
  return rows.map((row) => toRecord(row, row.account_name ?? (textAt(row.subject_spec ?? undefined, 'name') || row.subject), textAt(row.product_spec ?? undefined, 'name') || row.product_id))
}

export function toRecord(row: GrantRow, subject: string, product: string): GrantRecord {
  return {
    grant: toGrant(row),
    state: grantStateOf({ revokedAt: row.revoked_at, frozenAt: row.frozen_at, expiresAt: row.expires_at }, systemClock.now()),
    subject,
    product,
    grantedBy: row.granted_by,
    grantedAt: row.granted_at,
    ...(row.request_id !== null && { requestId: row.request_id }),
    ...(row.declared_by !== null && { declaredBy: row.declared_by }),
    ...(row.expires_at !== null && { expiresAt: row.expires_at }),
    ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
    ...(row.revoked_by !== null && { revokedBy: row.revoked_by }),
    ...(row.frozen_at !== null && { frozenAt: row.frozen_at }),
    ...(row.frozen_by !== null && { frozenBy: row.frozen_by }),
  }
}
