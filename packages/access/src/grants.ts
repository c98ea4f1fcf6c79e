// Gives and takes rights: checked against what exists and against who may give them, written with their event, in force before the call returns.

import { randomUUID } from 'node:crypto'
import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok, systemClock } from '@tulle/kernel'
import type { Action, GovernedProduct, Subject } from '@tulle/policy'
import { checkTerms, obligationsOf, personsNeeded, wouldShow } from './check-request.ts'
import { findSubject } from './find-subject.ts'
import type { GrantRow } from './grant-rows.ts'
import { EMPTY_GRANT, insertGrant, tellGrant, toRecord } from './grant-rows.ts'
import { toGrant } from './load-policy.ts'
import { messages } from './messages.ts'
import { readProductFacts, readPurposes } from './product-facts.ts'
import type { AccessControl, GrantRecord, NewGrant } from './types.ts'

/** The platform itself, for rights that the mesh's own files give. */
export const SYSTEM: Subject = Object.freeze({ id: 'system', name: 'system', kind: 'service', role: 'administrator', teams: [] })

/** Lets a subject read a product, a data set or some columns, without being asked. In force here at once, elsewhere within a second. */
export async function grant(access: AccessControl, request: NewGrant): Promise<Result<GrantRecord>> {
  const { store } = access
  const facts = await readProductFacts(store, request.product)
  if (!facts.ok) return facts
  const { product } = facts.value
  const refusal = refuse(access, request.by, 'grant', product)
  if (refusal !== undefined) return fail(refusal)
  const subject = await findSubject(store, request.subjectKind, request.subject)
  const wrong = [
    ...(subject.ok ? [] : subject.diagnostics),
    ...checkTerms(facts.value, request),
    ...await checkPurposes(access, request.purposes),
    ...checkExpiry(request.expiresAt),
  ]
  if (wrong.length > 0 || !subject.ok) return fail(...wrong)
  const row: GrantRow = {
    ...EMPTY_GRANT,
    id: randomUUID(),
    subject_kind: request.subjectKind,
    subject: subject.value.id,
    product_id: product.id,
    data_set: request.dataSet ?? null,
    columns: request.columns === undefined ? null : [...new Set(request.columns)],
    purposes: [...new Set(request.purposes)],
    granted_by: request.by.name,
    granted_at: new Date(systemClock.now()),
    expires_at: request.expiresAt ?? null,
  }
  // What two persons have to agree on is asked for and approved, never given by one; the ports say so, or the policy does.
  if (request.by !== SYSTEM) {
    const { shows } = await wouldShow(access, facts.value, { grant: toGrant(row), subject: subject.value.subject, purpose: request.purposes[0] ?? '', now: systemClock.now() })
    if (personsNeeded(facts.value, request.dataSet, obligationsOf(shows)) === 2) return fail(messages['two-persons-needed']({ product: product.name }))
  }
  await store.db.transaction().execute(async (tx) => {
    await insertGrant(tx, row)
    await tellGrant(tx, row, { change: 'granted', by: request.by.name })
  })
  await access.caughtUp()
  return ok(toRecord(row, request.subject, product.name))
}

/** Why somebody may not do this to a product's access; undefined where the policy allows it. */
export function refuse(access: AccessControl, by: Subject, action: Extract<Action, 'grant' | 'approve'>, product: GovernedProduct): Diagnostic | undefined {
  const decision = access.policy().decide(by, action, { product }, undefined, { now: systemClock.now(), environment: access.environment })
  if (decision.effect === 'allow') return undefined
  const deed = action === 'grant' ? `give or take rights to ${product.name}` : `decide requests for ${product.name}`
  return messages['not-allowed']({ name: by.name, action: deed, why: decision.reasons.map((r) => r.text).join(' ') })
}

async function checkPurposes({ store }: AccessControl, purposes: readonly string[]): Promise<readonly Diagnostic[]> {
  if (purposes.length === 0) return [messages['purpose-needed']({})]
  const known = await readPurposes(store)
  return purposes.filter((purpose) => !known.includes(purpose)).map((purpose) => messages['unknown-purpose']({ purpose: purpose.slice(0, 100), known }))
}

const checkExpiry = (expiresAt: Date | undefined): readonly Diagnostic[] =>
  expiresAt === undefined || expiresAt.getTime() > systemClock.now() ? [] : [messages['expiry-passed']({ expiresAt: expiresAt.toISOString() })]
