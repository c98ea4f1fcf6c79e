// Grants and products → a policy that answers. Pure: the answer depends on the question and on what was compiled, and on no clock.

import { decideDuty } from './decide-duty.ts'
import type { ReadQuestion } from './decide-read.ts'
import { decideRead, isExpired, purposesOf } from './decide-read.ts'
import type { GrantIndex } from './grant-index.ts'
import { indexGrants } from './grant-index.ts'
import { allows, denials } from './rules.ts'
import type { Action, Decision, GovernedProduct, Policy, PolicyInput, Resource, Subject } from './types.ts'

/** Compiles the rights in force. Denies by default. Of which team a product is, the compiled products say, not the question. */
export function compilePolicy({ grants, products }: PolicyInput): Policy {
  const known = new Map(products.map((product) => [product.id, product]))
  const index = indexGrants(grants.filter((grant) => known.has(grant.productId)))
  const recall = rememberReads(index)
  const settled = new WeakMap<Resource, Resource>()
  const settledOf = (resource: Resource): Resource => {
    let found = settled.get(resource)
    if (found === undefined) settled.set(resource, (found = settle(resource, known)))
    return found
  }
  return Object.freeze<Policy>({
    openPurposes: (subject, productId, context) => purposesOf(index.grantsFor(subject, productId).filter((grant) => !isExpired(grant, context))),
    decide: (subject, action, asked, purpose, context) => {
      const resource = settledOf(asked)
      if (action !== 'read') return decideOther(subject, action, resource)
      // A product that was never compiled has no data to give, whatever the question says of its team.
      return resource.product === undefined || known.has(resource.product.id) ? recall({ subject, resource, purpose, context }) : UNKNOWN
    },
  })
}

const UNKNOWN: Decision = Object.freeze({ effect: 'deny', reasons: [denials.unknownProduct()] })

// Duties also concern products that are only about to exist; those are judged by what the question says of them.
function settle(resource: Resource, known: ReadonlyMap<string, GovernedProduct>): Resource {
  const product = known.get(resource.product?.id ?? '')
  return product === undefined ? resource : { ...resource, product }
}

function decideOther(subject: Subject, action: Exclude<Action, 'read'>, resource: Resource): Decision {
  if (action !== 'describe') return decideDuty(subject, action, resource)
  const columns = resource.dataSet?.columns.map((column) => column.name) ?? []
  return { effect: 'allow', columns, masks: {}, obligations: [], reasons: [allows.describe(resource)] }
}

interface Remembered { readonly from: number; readonly until: number; readonly decision: Decision }

// An answer holds from the moment it was asked for until the next expiry among the subject's grants. Earlier moments
// are answered anew: a clock that was set back may bring a grant to life.
function rememberReads(index: GrantIndex): (question: ReadQuestion) => Decision {
  const memory = new WeakMap<Subject, WeakMap<Resource, Map<string | undefined, Remembered>>>()
  return (question) => {
    const { subject, resource, purpose, context } = question
    let bySubject = memory.get(subject)
    if (bySubject === undefined) memory.set(subject, (bySubject = new WeakMap()))
    let byPurpose = bySubject.get(resource)
    if (byPurpose === undefined) bySubject.set(resource, (byPurpose = new Map()))
    const last = byPurpose.get(purpose)
    if (last !== undefined && context.now >= last.from && context.now < last.until) return last.decision
    const decision = Object.freeze(decideRead(index, question))
    // A purpose is free text from the wire: remembering every one would let a client fill the memory.
    if (byPurpose.size < 64) byPurpose.set(purpose, { from: context.now, until: nextExpiry(index, question), decision })
    return decision
  }
}

function nextExpiry(index: GrantIndex, { subject, resource, context }: ReadQuestion): number {
  if (resource.product === undefined) return Infinity
  return Math.min(Infinity, ...index.grantsFor(subject, resource.product.id).flatMap((g) => (g.expiresAt !== undefined && context.now < g.expiresAt ? [g.expiresAt] : [])))
}
