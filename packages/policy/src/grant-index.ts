// Sorts grants so that one decision looks at the few that concern its subject and product.

import type { Grant, Subject } from './types.ts'

export interface GrantIndex {
  /** The grants that name the subject, or a team of the subject's, on this product; in their given order. */
  grantsFor(subject: Subject, productId: string): readonly Grant[]
}

interface ProductGrants { readonly users: Map<string, Grant[]>; readonly teams: Map<string, Grant[]> }

export function indexGrants(grants: readonly Grant[]): GrantIndex {
  const products = new Map<string, ProductGrants>()
  const order = new Map(grants.map((grant, i) => [grant, i]))
  for (const grant of grants) {
    const ofProduct = products.get(grant.productId) ?? { users: new Map(), teams: new Map() }
    products.set(grant.productId, ofProduct)
    const bySubject = grant.subjectKind === 'user' ? ofProduct.users : ofProduct.teams
    const list = bySubject.get(grant.subject)
    if (list === undefined) bySubject.set(grant.subject, [grant])
    else list.push(grant)
  }
  return {
    grantsFor: (subject, productId) => {
      const ofProduct = products.get(productId)
      if (ofProduct === undefined) return NONE
      const found = [ofProduct.users.get(subject.id) ?? NONE, ...[...new Set(subject.teams)].map((team) => ofProduct.teams.get(team) ?? NONE)].flat()
      return found.toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0))
    },
  }
}

const NONE: readonly Grant[] = []
