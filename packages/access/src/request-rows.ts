// Requests as rows: moved from state to state only as the table allows, each time with history and an event in the same
// transaction; read back with names and verdicts.

import type { Selectable, Transaction } from 'kysely'
import type { SubjectKind } from '@tulle/policy'
import type { AccessRequestTable, AccessVerdictTable, Database, Store } from '@tulle/store'
import { appendEvent } from '@tulle/store'
import { textAt } from './product-facts.ts'
import type { RequestChange } from './request-states.ts'
import { requestAfter } from './request-states.ts'
import type { HistoryEntry, RequestKind, RequestRecord, RequestState, Terms, Verdict } from './types.ts'

export type RequestRow = Selectable<AccessRequestTable>

/** Locks the request for the rest of the transaction: of two who decide at once, the second sees what the first did. */
export async function lockRequest(tx: Transaction<Database>, id: string): Promise<RequestRow | undefined> {
  return tx.selectFrom('access_request').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
}

/** Moves a locked request. Answers undefined, and writes nothing, where its state does not let it. */
export async function changeRequest(tx: Transaction<Database>, row: RequestRow, { change, by, at, note, grantId }: { readonly change: RequestChange; readonly by: string; readonly at: Date; readonly note?: string | undefined; readonly grantId?: string }): Promise<RequestState | undefined> {
  const state = requestAfter(row.state as RequestState, change)
  if (state === undefined) return undefined
  const ends = state !== 'submitted'
  await tx.updateTable('access_request').set({ state, decided_at: ends ? at : null, grant_id: grantId ?? null }).where('id', '=', row.id).execute()
  await tellRequest(tx, row, { change: ends ? state : change, by, at, note, ...(grantId !== undefined && { grantId }) })
  return state
}

export async function tellRequest(tx: Transaction<Database>, row: Pick<RequestRow, 'id' | 'product_id' | 'requested_by'>, { change, by, at, note, grantId }: { readonly change: string; readonly by: string; readonly at: Date; readonly note?: string | undefined; readonly grantId?: string }): Promise<void> {
  await tx.insertInto('access_history').values({ request_id: row.id, grant_id: grantId ?? null, change, by_name: by, at, note: note ?? null }).execute()
  await appendEvent(tx, {
    type: 'tulle.request.changed',
    source: '/access',
    subject: row.product_id,
    data: { request: row.id, change, product: row.product_id, requestedBy: row.requested_by, ...(grantId !== undefined && { grant: grantId }) },
  })
}

export interface RequestFilter {
  readonly id?: string
  /** The id of a product. */
  readonly productId?: string
  readonly state?: RequestState
  readonly requestedBy?: string
  readonly limit?: number
}

/** Requests, newest first. */
export async function listRequests(store: Store, { id, productId, state, requestedBy, limit = 500 }: RequestFilter = {}): Promise<readonly RequestRecord[]> {
  let query = store.db.selectFrom('access_request as q')
    .leftJoin('account as a', (join) => join.onRef('a.id', '=', 'q.subject').on('q.subject_kind', '=', 'user'))
    .leftJoin('resource as s', (join) => join.onRef('s.id', '=', 'q.subject').on('q.subject_kind', 'in', ['product', 'application']))
    .leftJoin('resource as r', 'r.id', 'q.product_id')
    .selectAll('q').select(['a.name as account_name', 's.spec as subject_spec', 'r.spec as product_spec'])
    .orderBy('q.requested_at', 'desc').orderBy('q.id').limit(limit)
  if (id !== undefined) query = query.where('q.id', '=', id)
  if (productId !== undefined) query = query.where('q.product_id', '=', productId)
  if (state !== undefined) query = query.where('q.state', '=', state)
  if (requestedBy !== undefined) query = query.where('q.requested_by', '=', requestedBy)
  const rows = await query.execute()
  if (rows.length === 0) return []
  const verdicts = await store.db.selectFrom('access_verdict').selectAll().where('request_id', 'in', rows.map((row) => row.id)).orderBy('ordinal').execute()
  const byRequest = Map.groupBy(verdicts, (row) => row.request_id)
  return rows.map((row) => toRequest(row, {
    subject: row.account_name ?? (textAt(row.subject_spec ?? undefined, 'name') || row.subject),
    product: textAt(row.product_spec ?? undefined, 'name') || row.product_id,
    verdicts: (byRequest.get(row.id) ?? []).map(toVerdict),
  }))
}

/** What happened to a request and to the grant that it made, or to a grant and its requests; oldest first. */
export async function readHistory(store: Store, { requestId, grantId }: { readonly requestId?: string | undefined; readonly grantId?: string | undefined }): Promise<readonly HistoryEntry[]> {
  const rows = await store.db.selectFrom('access_history').selectAll()
    .where((e) => e.or([...(requestId === undefined ? [] : [e('request_id', '=', requestId)]), ...(grantId === undefined ? [] : [e('grant_id', '=', grantId)])]))
    .orderBy('seq').execute()
  return rows.map(({ change, by_name, at, note, request_id, grant_id }) => ({
    change, by: by_name, at, ...(note !== null && { note }), ...(request_id !== null && { requestId: request_id }), ...(grant_id !== null && { grantId: grant_id }),
  }))
}

function toRequest(row: RequestRow, { subject, product, verdicts }: Pick<RequestRecord, 'subject' | 'product' | 'verdicts'>): RequestRecord {
  return {
    id: row.id,
    kind: row.kind as RequestKind,
    state: row.state as RequestState,
    subjectKind: row.subject_kind as SubjectKind,
    subjectId: row.subject,
    subject,
    productId: row.product_id,
    product,
    purpose: row.purpose,
    terms: row.terms as Terms,
    justification: row.justification,
    agreements: row.agreements as readonly string[],
    persons: row.persons,
    requestedById: row.requested_by,
    requestedBy: row.requested_by_name,
    requestedAt: row.requested_at,
    lapsesAt: row.lapses_at,
    ...(row.decided_at !== null && { decidedAt: row.decided_at }),
    ...(row.renews_grant !== null && { renews: row.renews_grant }),
    ...(row.grant_id !== null && { grantId: row.grant_id }),
    verdicts,
  }
}

function toVerdict(row: Selectable<AccessVerdictTable>): Verdict {
  return {
    verdict: row.verdict as Verdict['verdict'],
    byId: row.given_by,
    by: row.given_by_name,
    at: row.given_at,
    ...(row.terms !== null && { terms: row.terms as Terms }),
    ...(row.note !== null && { note: row.note }),
  }
}
