// One person's word on a request: approve in full, narrow, decline; or the asker takes it back. Two persons may have to
// agree: the first one's terms are what the second one may only narrow. The last word and the grant are one transaction.

import type { Transaction } from 'kysely'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Subject } from '@tulle/policy'
import type { Database } from '@tulle/store'
import { refuse } from './grants.ts'
import { judgeTerms } from './judge-terms.ts'
import { makeGrant } from './make-grant.ts'
import { messages } from './messages.ts'
import { productById } from './product-facts.ts'
import type { RequestRow } from './request-rows.ts'
import { changeRequest, listRequests, lockRequest } from './request-rows.ts'
import type { Narrowing, RequestDesk, RequestRecord, Terms, Verdict } from './types.ts'

export interface Word { readonly requestId: string; readonly by: Subject; readonly note?: string | undefined }

/** Approves, on narrower terms where `narrowing` says so. */
export async function approveRequest(desk: RequestDesk, { requestId, by, note, narrowing }: Word & { readonly narrowing?: Narrowing }): Promise<Result<RequestRecord>> {
  return decide(desk, { requestId, by, note }, async (request) => {
    const { verdicts } = request
    const judged = await judgeTerms(desk, request, narrowing ?? {})
    if (!judged.ok) return judged
    const { terms, narrower } = judged.value
    const enough = verdicts.length + 1 >= Math.max(request.persons, judged.value.persons)
    const narrowed = narrower || verdicts.some(({ verdict }) => verdict === 'narrow')
    return ok(async (tx, row, at) => {
      await say(tx, request, { verdict: narrower ? 'narrow' : 'approve', by, at, note, terms })
      if (!enough) await changeRequest(tx, row, { change: 'agree', by: by.name, at, note })
      else {
        const grantId = await makeGrant(tx, row, { terms, by: by.name, at })
        await changeRequest(tx, row, { change: narrowed ? 'narrow' : 'approve', by: by.name, at, note, grantId })
      }
    })
  })
}

/** Ends a request without a grant; the note says why. */
export async function declineRequest(desk: RequestDesk, word: Word): Promise<Result<RequestRecord>> {
  if ((word.note ?? '').trim() === '') return fail(messages['note-needed']({}))
  return decide(desk, word, async (request) => ok(async (tx, row, at) => {
    await say(tx, request, { verdict: 'decline', by: word.by, at, note: word.note })
    await changeRequest(tx, row, { change: 'decline', by: word.by.name, at, note: word.note })
  }))
}

/** The asker takes a request back. */
export async function withdrawRequest({ access, clock }: RequestDesk, { requestId, by, note }: Word): Promise<Result<RequestRecord>> {
  const done = await access.store.db.transaction().execute(async (tx): Promise<Result<undefined>> => {
    const row = await lockRequest(tx, requestId)
    if (row === undefined || row.requested_by !== by.id) return fail(messages['unknown-request']({ request: requestId.slice(0, 100) }))
    const state = await changeRequest(tx, row, { change: 'withdraw', by: by.name, at: new Date(clock.now()), note })
    return state === undefined ? fail(messages['request-decided']({ request: row.id, state: row.state })) : ok(undefined)
  })
  return answered({ access }, requestId, done)
}

/** Judges a request outside of any transaction, and answers what to write into it. */
type Deciding = (request: RequestRecord) => Promise<Result<(tx: Transaction<Database>, row: RequestRow, at: Date) => Promise<void>>>

async function decide({ access, clock }: RequestDesk, { requestId, by }: Word, deciding: Deciding): Promise<Result<RequestRecord>> {
  const unknown = messages['unknown-request']({ request: requestId.slice(0, 100) })
  for (;;) {
    const [request] = await listRequests(access.store, { id: requestId })
    if (request === undefined) return fail(unknown)
    const refusal = refuse(access, by, 'approve', await productById(access.store, request.productId))
    // Whoever may neither decide nor made it is not told that it is there.
    if (refusal !== undefined) return fail(request.requestedById === by.id ? refusal : unknown)
    if (request.requestedById === by.id || (request.subjectKind === 'user' && request.subjectId === by.id)) return fail(messages['own-request']({ name: by.name }))
    if (request.state !== 'submitted') return fail(messages['request-decided']({ request: request.id, state: request.state }))
    if (request.verdicts.some(({ byId }) => byId === by.id)) return fail(messages['already-agreed']({ name: by.name }))
    const decided = await deciding(request)
    if (!decided.ok) return decided
    const done = await access.store.db.transaction().execute(async (tx): Promise<Result<undefined> | 'overtaken'> => {
      const row = await lockRequest(tx, requestId)
      const at = new Date(clock.now())
      const { said } = await tx.selectFrom('access_verdict').select((e) => e.fn.countAll<string>().as('said')).where('request_id', '=', requestId).executeTakeFirstOrThrow()
      // Judged by what was there before: with another person's word it has to be judged again.
      if (row === undefined || row.state !== 'submitted' || Number(said) !== request.verdicts.length) return 'overtaken'
      if (row.lapses_at > at) await decided.value(tx, row, at)
      else await changeRequest(tx, row, { change: 'lapse', by: 'system', at })
      return row.lapses_at > at ? ok(undefined) : fail(messages['request-decided']({ request: requestId, state: 'expired' }))
    })
    if (done !== 'overtaken') return answered({ access }, requestId, done)
  }
}

async function answered({ access }: Pick<RequestDesk, 'access'>, requestId: string, done: Result<undefined>): Promise<Result<RequestRecord>> {
  if (!done.ok) return done
  await access.caughtUp()
  const [record] = await listRequests(access.store, { id: requestId })
  return record === undefined ? fail(messages['unknown-request']({ request: requestId })) : ok(record)
}

async function say(tx: Transaction<Database>, { id, verdicts }: RequestRecord, { verdict, by, at, note, terms }: { readonly verdict: Verdict['verdict']; readonly by: Subject; readonly at: Date; readonly note: string | undefined; readonly terms?: Terms }): Promise<void> {
  await tx.insertInto('access_verdict').values({
    request_id: id, ordinal: verdicts.length, verdict, given_by: by.id, given_by_name: by.name, given_at: at,
    terms: terms === undefined ? null : JSON.stringify(terms), note: note ?? null,
  }).execute()
}
