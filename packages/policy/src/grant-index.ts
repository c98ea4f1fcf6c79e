// Sorts grants so that one decision looks at the few that concern its subject and product.

import type { Grant, Subject, SubjectKind } from './types.ts'

export interface GrantIndex {
  /** The grants that name the subject, or a team or domain of the subject's, on this product; in their given order. */
  grantsFor(subject: Subject, productId: string): readonly Grant[]
}

type BySubject = Map<string, Grant[]>

export function indexGrants(grants: readonly Grant[]): GrantIndex {
  const products = new Map<string, BySubject>()
  const order = new Map(grants.map((grant, i) => [grant, i]))
  for (const grant of grants) {
    const bySubject: BySubject = products.get(grant.productId) ?? new Map()
    products.set(grant.productId, bySubject)
    const key = keyOf(grant.subjectKind, grant.subject)
    const list = bySubject.get(key)
    if (list === undefined) bySubject.set(key, [grant])
    else list.push(grant)
  }
  return {
    grantsFor: (subject, productId) => {
      const ofProduct = products.get(productId)
      if (ofProduct === undefined) return NONE
      const found = [...namesOf(subject)].flatMap((name) => ofProduct.get(name) ?? NONE)
      return found.toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0))
    },
  }
}

const NONE: readonly Grant[] = []

const keyOf = (kind: SubjectKind, subject: string): string => `${kind}:${subject}`

/** Everything by which a grant may name the subject. */
function namesOf({ id, teams, domains = [], represents }: Subject): ReadonlySet<string> {
  const names = [keyOf('user', id), ...teams.map((team) => keyOf('team', team)), ...domains.map((domain) => keyOf('domain', domain))]
  return new Set(represents === undefined ? names : [...names, keyOf(represents.kind, represents.id)])
}
