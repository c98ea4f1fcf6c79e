// What happens to a grant after it was given: revoked, given back, frozen, thawed, renewed by a request, run out. Each is
// one transaction with its history and its event, and in force here when the call returns.

import type { Transaction } from 'kysely'
import type { Result } from '@tulle/kernel'
import { fail, ok, systemClock } from '@tulle/kernel'
import type { Subject, SubjectKind } from '@tulle/policy'
import type { Database } from '@tulle/store'
import { obligationsOf, personsNeeded, wouldShow } from './check-request.ts'
import { subjectById } from './find-subject.ts'
import { refuse } from './grants.ts'
import type { GrantRow } from './grant-rows.ts'
import { listGrants, tellGrant } from './grant-rows.ts'
import { toGrant } from './load-policy.ts'
import { messages } from './messages.ts'
import { productById, readProductFacts } from './product-facts.ts'
import type { GrantChange } from './request-states.ts'
import { grantAfter, grantStateOf } from './request-states.ts'
import { changeRequest } from './request-rows.ts'
import { writeRequest } from './submit-request.ts'
import type { AccessControl, GrantRecord, GrantState, RequestDesk, RequestRecord, Terms } from './types.ts'

interface Change { readonly grantId: string; readonly by: Subject; readonly note?: string | undefined }

/** Ends a grant. It stays in the history; revoking it again is refused as unknown. */
export async function revoke(access: AccessControl, { grantId, by, note }: Change): Promise<Result<GrantRecord>> {
  const found = await findGrant(access, grantId)
  if (!found.ok) return found
  const refusal = refuse(access, by, 'grant', await productById(access.store, found.value.grant.productId))
  if (refusal !== undefined) return fail(refusal)
  return change(access, { grantId, by: by.name, note, change: 'revoke', told: 'revoked' })
}

/** Whoever it is for, or asked for it, needs it no more. */
export async function giveBack(access: AccessControl, { grantId, by, note }: Change): Promise<Result<GrantRecord>> {
  const found = await findGrant(access, grantId)
  if (!found.ok) return found
  const { grant, requestId } = found.value
  const asked = requestId === undefined ? undefined : await access.store.db.selectFrom('access_request').select('requested_by').where('id', '=', requestId).executeTakeFirst()
  const own = (grant.subjectKind === 'user' && grant.subject === by.id) || asked?.requested_by === by.id
  if (!own) return fail(messages['unknown-grant']({ grant: grantId.slice(0, 100) }))
  return change(access, { grantId, by: by.name, note, change: 'give-back', told: 'given-back' })
}

/** Stops a grant until somebody has looked into it. By the platform itself, or by whoever may revoke it. */
export async function freezeGrant(access: AccessControl, { grantId, by, note }: Change & { readonly note: string }): Promise<Result<GrantRecord>> {
  return halt(access, { grantId, by, note }, 'freeze', 'frozen')
}

export async function thawGrant(access: AccessControl, word: Change): Promise<Result<GrantRecord>> {
  return halt(access, word, 'thaw', 'thawed')
}

/** Asks for more time of a grant that has not ended. It keeps its terms, and its id where this is approved. */
export async function renewGrant(desk: RequestDesk, { grantId, by, seconds, justification }: { readonly grantId: string; readonly by: Subject; readonly seconds?: number | undefined; readonly justification: string }): Promise<Result<RequestRecord>> {
  const { access, clock } = desk
  const row = await access.store.db.selectFrom('access_grant').selectAll().where('id', '=', grantId).executeTakeFirst()
  const asked = row?.request_id === undefined || row.request_id === null ? undefined : await access.store.db.selectFrom('access_request').selectAll().where('id', '=', row.request_id).executeTakeFirst()
  if (row === undefined || !((row.subject_kind === 'user' && row.subject === by.id) || asked?.requested_by === by.id)) return fail(messages['unknown-grant']({ grant: grantId.slice(0, 100) }))
  const state = stateOf(row, clock.now())
  if (grantAfter(state, 'renew') === undefined) return fail(messages['grant-ended']({ grant: grantId, state }))
  if (seconds !== undefined && !(Number.isSafeInteger(seconds) && seconds > 0)) return fail(messages['bad-duration']({}))
  if (justification.trim().length < 3 || justification.length > 4_000) return fail(messages['justification-needed']({}))
  const facts = await readProductFacts(access.store, (await productById(access.store, row.product_id)).name)
  if (!facts.ok) return facts
  const terms: Terms = {
    ...(row.data_set !== null && { dataSet: row.data_set }),
    ...(row.columns !== null && { columns: row.columns as readonly string[] }),
    ...(row.row_condition !== null && { rowCondition: row.row_condition }),
    ...(row.unmasked !== null && { unmasked: row.unmasked as readonly string[] }),
    ...(seconds !== undefined && { seconds }),
  }
  const subject = await subjectById(access.store, row.subject_kind as SubjectKind, row.subject)
  if (subject === undefined) return fail(messages['unknown-grant']({ grant: grantId.slice(0, 100) }))
  const { shows } = await wouldShow(access, facts.value, { grant: toGrant(row), subject: subject.subject, purpose: (row.purposes as readonly string[])[0] ?? '', now: clock.now() })
  const persons = personsNeeded(facts.value, terms.dataSet, obligationsOf(shows))
  return writeRequest(desk, {
    by, productId: row.product_id, persons, terms, kind: 'renew', subject_kind: row.subject_kind, subject: row.subject,
    purpose: (row.purposes as readonly string[])[0] ?? '', justification: justification.trim(), agreements: asked === undefined ? [] : (asked.agreements as readonly string[]), renews: row.id,
  })
}

/** Writes down which grants and requests have run out since it was last asked. What has run out gave nothing any more before this. */
export async function tellExpired({ access, clock }: Pick<RequestDesk, 'access' | 'clock'>): Promise<{ readonly grants: number; readonly requests: number }> {
  const at = new Date(clock.now())
  return access.store.db.transaction().execute(async (tx) => {
    const grants = await tx.updateTable('access_grant').set({ expiry_told_at: at })
      .where('expires_at', '<=', at).where('expiry_told_at', 'is', null).where('revoked_at', 'is', null).returningAll().execute()
    for (const row of grants) await tellGrant(tx, row, { change: 'expired', by: 'system' })
    const requests = await tx.selectFrom('access_request').selectAll().where('state', '=', 'submitted').where('lapses_at', '<=', at).forUpdate().skipLocked().execute()
    for (const row of requests) await changeRequest(tx, row, { change: 'lapse', by: 'system', at })
    return { grants: grants.length, requests: requests.length }
  })
}

async function findGrant(access: AccessControl, grantId: string): Promise<Result<GrantRecord>> {
  const record = (await listGrants(access.store, { id: grantId })).find((found) => found.revokedAt === undefined)
  return record === undefined ? fail(messages['unknown-grant']({ grant: grantId.slice(0, 100) })) : ok(record)
}

async function halt(access: AccessControl, { grantId, by, note }: Change, kind: 'freeze' | 'thaw', told: string): Promise<Result<GrantRecord>> {
  const found = await findGrant(access, grantId)
  if (!found.ok) return found
  const refusal = by.id === 'system' ? undefined : refuse(access, by, 'grant', await productById(access.store, found.value.grant.productId))
  if (refusal !== undefined) return fail(refusal)
  return change(access, { grantId, by: by.name, note, change: kind, told })
}

const stateOf = (row: GrantRow, now: number): GrantState => grantStateOf({ revokedAt: row.revoked_at, frozenAt: row.frozen_at, expiresAt: row.expires_at }, now)

async function change(access: AccessControl, { grantId, by, note, change: kind, told }: { readonly grantId: string; readonly by: string; readonly note: string | undefined; readonly change: Exclude<GrantChange, 'renew' | 'expire'>; readonly told: string }): Promise<Result<GrantRecord>> {
  const at = new Date(systemClock.now())
  const outcome = await access.store.db.transaction().execute(async (tx): Promise<GrantState | 'gone' | 'done'> => {
    const row = await tx.selectFrom('access_grant').selectAll().where('id', '=', grantId).forUpdate().executeTakeFirst()
    if (row === undefined) return 'gone'
    const state = stateOf(row, at.getTime())
    if (grantAfter(state, kind) === undefined) return state
    await write(tx, row, { kind, by, at })
    await tellGrant(tx, row, { change: told, by, ...(note !== undefined && { note }) })
    return 'done'
  })
  await access.caughtUp()
  if (outcome === 'gone' || outcome === 'revoked') return fail(messages['unknown-grant']({ grant: grantId.slice(0, 100) }))
  if (outcome !== 'done') return fail(messages['grant-ended']({ grant: grantId, state: outcome }))
  const [record] = await listGrants(access.store, { id: grantId })
  return record === undefined ? fail(messages['unknown-grant']({ grant: grantId })) : ok(record)
}

async function write(tx: Transaction<Database>, row: GrantRow, { kind, by, at }: { readonly kind: Exclude<GrantChange, 'renew' | 'expire'>; readonly by: string; readonly at: Date }): Promise<void> {
  const update = tx.updateTable('access_grant').where('id', '=', row.id)
  if (kind === 'freeze') await update.set({ frozen_at: at, frozen_by: by }).execute()
  else if (kind === 'thaw') await update.set({ frozen_at: null, frozen_by: null }).execute()
  else await update.set({ revoked_at: at, revoked_by: by }).execute()
}
