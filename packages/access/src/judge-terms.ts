// A request and what would be given of it → what that would show, by the product, the columns and the policy of now: days
// may have passed since it was asked. Both the word on a request and the look before it are judged here.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Policy } from '@tulle/policy'
import type { WouldShow } from './check-request.ts'
import { checkConditionOf, checkTerms, forbidden, obligationsOf, personsNeeded, wouldShow } from './check-request.ts'
import type { FoundSubject } from './find-subject.ts'
import { subjectById } from './find-subject.ts'
import { grantOf } from './make-grant.ts'
import { messages } from './messages.ts'
import { narrowTerms } from './narrow-terms.ts'
import { productById, readProductFacts } from './product-facts.ts'
import { grantAfter, grantStateOf } from './request-states.ts'
import type { Narrowing, ProductFacts, RequestDesk, RequestRecord, Terms } from './types.ts'

export interface JudgedTerms {
  readonly facts: ProductFacts
  readonly subject: FoundSubject
  /** Those of the person before, narrowed. */
  readonly terms: Terms
  readonly narrower: boolean
  readonly shows: readonly WouldShow[]
  /** With the grant. */
  readonly policy: Policy
  readonly conditionReads: readonly string[]
  readonly persons: 0 | 1 | 2
}

export async function judgeTerms({ access, conditions, clock }: RequestDesk, request: RequestRecord, narrowing: Narrowing): Promise<Result<JudgedTerms>> {
  const { store } = access
  const { subjectKind, subjectId, productId, purpose, renews } = request
  const narrower = Object.values(narrowing).some((value) => value !== undefined)
  if (request.kind === 'renew' && (narrowing.columns ?? narrowing.rowCondition ?? narrowing.dataSet) !== undefined) return fail(messages['renewal-only-time']({}))
  const before = request.verdicts.findLast(({ terms }) => terms !== undefined)?.terms ?? request.terms
  const terms = narrower ? narrowTerms(before, narrowing) : ok(before)
  if (!terms.ok) return terms
  const subject = await subjectById(store, subjectKind, subjectId)
  if (subject === undefined) return fail(messages['subject-gone']({ kind: subjectKind, subject: request.subject }))
  const facts = await readProductFacts(store, (await productById(store, productId)).name)
  if (!facts.ok) return facts
  const wrong = checkTerms(facts.value, terms.value)
  if (wrong.length > 0) return fail(...wrong)
  // Each condition by itself: joined ones would hide in brackets what one of them does to the other.
  if (narrowing.rowCondition !== undefined) {
    const added = await checkConditionOf(facts.value, { ...terms.value, rowCondition: narrowing.rowCondition }, conditions)
    if (!added.ok) return added
  }
  const reads = await checkConditionOf(facts.value, terms.value, conditions)
  if (!reads.ok) return reads
  if (renews !== undefined) {
    const renewed = await store.db.selectFrom('access_grant').selectAll().where('id', '=', renews).executeTakeFirst()
    const state = renewed === undefined ? 'revoked' : grantStateOf({ revokedAt: renewed.revoked_at, frozenAt: renewed.frozen_at, expiresAt: renewed.expires_at }, clock.now())
    if (grantAfter(state, 'renew') === undefined) return fail(messages['grant-ended']({ grant: renews, state }))
  }
  const grant = grantOf({ id: 'would-be', subjectKind, subject: subjectId, productId, purpose, terms: terms.value })
  const { policy, shows } = await wouldShow(access, facts.value, { grant, subject: subject.subject, purpose, now: clock.now() })
  const why = forbidden(shows)
  if (why !== undefined) return fail(messages['request-forbidden']({ subject: subject.name, product: facts.value.product.name, purpose, why: why.join(' ') }))
  return ok({
    facts: facts.value, subject, terms: terms.value, narrower, shows, policy, conditionReads: reads.value,
    persons: personsNeeded(facts.value, terms.value.dataSet, obligationsOf(shows)),
  })
}
