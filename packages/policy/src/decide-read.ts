// Who may read which columns: the product's own team all, others what unexpired grants for their purpose name. Nothing else is there.

import type { GrantIndex } from './grant-index.ts'
import { allows, denials } from './rules.ts'
import type { Decision, DecisionContext, Grant, Reason, Resource, Subject } from './types.ts'

export interface ReadQuestion {
  readonly subject: Subject
  readonly resource: Resource
  readonly purpose: string | undefined
  readonly context: DecisionContext
}

/** Decides a read. A role gives no data: an administrator needs a grant like everyone else. */
export function decideRead(index: GrantIndex, { subject, resource, purpose, context }: ReadQuestion): Decision {
  const { product, dataSet } = resource
  if (product === undefined) return { effect: 'deny', reasons: [denials.unknownProduct()] }
  const offered = dataSet?.columns.map((column) => column.name) ?? []
  if (subject.teams.includes(product.team)) return allow(resource, offered, [allows.own(subject, resource)])

  const mine = index.grantsFor(subject, product.id)
  const living = mine.filter((grant) => !isExpired(grant, context))
  const fitting = living.filter((grant) => dataSet === undefined || grant.dataSet === undefined || grant.dataSet === dataSet.name)
  if (fitting.length === 0) {
    const why = mine.map((grant) => (isExpired(grant, context) ? denials.expired(grant) : denials.otherDataSet(grant)))
    return { effect: 'deny', reasons: [denials.noGrant(subject, resource), ...why] }
  }
  const open = purposesOf(fitting)
  if (purpose === undefined) return { effect: 'deny', reasons: [denials.purposeMissing(open)] }
  const giving = fitting.filter((grant) => grant.purposes.includes(purpose))
  if (giving.length === 0) return { effect: 'deny', reasons: [denials.purposeNotGranted(purpose, open)] }
  const all = giving.some((grant) => grant.columns === undefined)
  const named = new Set(giving.flatMap((grant) => grant.columns ?? []))
  return allow(resource, all ? offered : offered.filter((name) => named.has(name)), giving.map((grant) => allows.grant(grant, purpose)))
}

/** INVARIANT: a grant is dead at the very instant of its expiry. */
export const isExpired = (grant: Grant, { now }: DecisionContext): boolean => grant.expiresAt !== undefined && !(now < grant.expiresAt)

/** The purposes of these grants, each once, sorted. */
export const purposesOf = (grants: readonly Grant[]): readonly string[] => [...new Set(grants.flatMap((grant) => grant.purposes))].toSorted()

function allow(resource: Resource, columns: readonly string[], reasons: readonly Reason[]): Decision {
  if (resource.dataSet !== undefined && columns.length === 0) return { effect: 'deny', reasons: [denials.nothingVisible(resource)] }
  return { effect: 'allow', columns, masks: {}, obligations: [], reasons }
}
