// Who may do what to products and to the mesh, by role and team. Reading is not here: no role gives data.

import { allows, denials } from './rules.ts'
import type { Action, Decision, Resource, Role, Subject } from './types.ts'

export type Duty = Exclude<Action, 'read' | 'describe'>

/** Roles that may do it anywhere, and roles that may do it to products of their own teams. */
interface Duties { readonly everywhere: readonly Role[]; readonly ownProducts: readonly Role[] }

const DUTIES: Readonly<Record<Duty, Duties>> = {
  run: { everywhere: ['administrator'], ownProducts: ['owner', 'developer'] },
  // Data that no run made: what another engine commits to a product's table.
  write: { everywhere: ['administrator'], ownProducts: ['owner', 'developer'] },
  // A plan changes nothing and shows only what the catalogue shows.
  plan: { everywhere: ['administrator', 'steward', 'owner', 'developer'], ownProducts: [] },
  apply: { everywhere: ['administrator'], ownProducts: ['owner', 'developer'] },
  grant: { everywhere: ['administrator'], ownProducts: ['owner'] },
  // Deciding what others asked for; giving unasked is `grant`.
  approve: { everywhere: ['administrator', 'steward'], ownProducts: ['owner'] },
  // To be an administrator for ten minutes, for a stated reason.
  elevate: { everywhere: ['steward', 'owner'], ownProducts: [] },
  // A person, from every product: what nobody can undo.
  erase: { everywhere: ['administrator', 'steward'], ownProducts: [] },
  administer: { everywhere: ['administrator'], ownProducts: ['owner'] },
}

/** Decides an action by role and team; without a product, the whole mesh is meant. */
export function decideDuty(subject: Subject, action: Duty, resource: Resource): Decision {
  const { everywhere, ownProducts } = DUTIES[action]
  if (everywhere.includes(subject.role)) return allow(allows.role(subject.role, action))
  const { product } = resource
  if (product === undefined || !ownProducts.includes(subject.role)) return { effect: 'deny', reasons: [denials.role(subject.role, action)] }
  if (!subject.teams.includes(product.team)) return { effect: 'deny', reasons: [denials.foreign(subject, action, resource)] }
  return allow(allows.own(subject, resource))
}

const allow = (reason: ReturnType<typeof allows.role>): Decision => ({ effect: 'allow', columns: [], masks: {}, obligations: [], reasons: [reason] })
