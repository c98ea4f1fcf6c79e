// What another set of policies would change: the same questions asked of the policy in force and of the one that would be, for everybody
// who has an account, over all that is applied. Nothing is counted as unchanged that was not asked.

import { listAccounts } from '@tulle/access'
import type { AppliedPolicy, Decision, Policy, Resource } from '@tulle/policy'
import { governedDataSet } from '@tulle/policy'
import { listProducts, readProductDefinitions } from '@tulle/providers'
import type { House } from './house.ts'
import { governed } from './handlers/products.ts'
import type { Knows } from './who-uses.ts'

/** So many questions are asked at most: each takes some microseconds, and somebody waits. */
const MOST_QUESTIONS = 200_000
const MOST_EFFECTS = 1_000

export interface PolicyEffect {
  readonly user: string
  readonly product: string
  readonly dataSet: string
  readonly purpose?: string
  readonly effect: 'loses' | 'gains' | 'otherwise'
  /** What, in words: `loses name, passport`. */
  readonly says: readonly string[]
}

export interface PolicyEffects {
  readonly effects: readonly PolicyEffect[]
  /** How many questions were asked of each policy; not all where the mesh is larger than somebody waits for. */
  readonly asked: number
  readonly complete: boolean
}

/** `knows` says over which products the viewer may see who reads what. */
export async function policyEffects(house: House, policies: readonly AppliedPolicy[], knows: Knows): Promise<PolicyEffects> {
  const [before, after] = [house.access.policy(), await house.access.withPolicies(policies)]
  const [accounts, products, definitions] = await Promise.all([listAccounts(house.store, house.clock), listProducts(house.db), readProductDefinitions(house.db)])
  const summaries = new Map(products.map((product) => [product.name, product]))
  const context = { now: house.clock.now(), environment: house.access.environment }
  const effects: PolicyEffect[] = []
  let asked = 0
  for (const { product: { name, dataSets } } of definitions) {
    const summary = summaries.get(name)
    if (summary === undefined || !knows(summary.id)) continue
    for (const { subject } of accounts) {
      const purposes = new Set([before, after].flatMap((policy) => policy.openPurposes(subject, summary.id, context)))
      for (const purpose of purposes.size === 0 ? [undefined] : [...purposes].toSorted()) {
        for (const dataSet of dataSets) {
          if (asked >= MOST_QUESTIONS || effects.length >= MOST_EFFECTS) return { effects, asked, complete: false }
          asked += 1
          const resource: Resource = { product: governed(summary), dataSet: governedDataSet(dataSet) }
          const answer = (policy: Policy): Decision => policy.decide(subject, 'read', resource, purpose, context)
          const difference = differenceOf(answer(before), answer(after))
          if (difference !== undefined) effects.push({ user: subject.name, product: name, dataSet: dataSet.name, ...(purpose !== undefined && { purpose }), ...difference })
        }
      }
    }
  }
  return { effects, asked, complete: true }
}

type Difference = Pick<PolicyEffect, 'effect' | 'says'>

export function differenceOf(before: Decision, after: Decision): Difference | undefined {
  if (before.effect === 'deny' && after.effect === 'deny') return undefined
  if (before.effect === 'deny') return { effect: 'gains', says: ['may read it'] }
  if (after.effect === 'deny') return { effect: 'loses', says: ['may no longer read it'] }
  const [had, has] = [new Set(before.columns), new Set(after.columns)]
  const both = after.columns.filter((column) => had.has(column))
  const lost = before.columns.filter((column) => !has.has(column))
  const won = after.columns.filter((column) => !had.has(column))
  const hidden = both.filter((column) => before.masks[column] === undefined && after.masks[column] !== undefined)
  const shown = both.filter((column) => before.masks[column] !== undefined && after.masks[column] === undefined)
  const other = both.filter((column) => before.masks[column] !== undefined && after.masks[column] !== undefined && before.masks[column] !== after.masks[column])
  const [rowsBefore, rowsAfter] = [before.rowFilter?.condition, after.rowFilter?.condition]
  const limits = JSON.stringify(before.limits ?? {}) !== JSON.stringify(after.limits ?? {})
  const losses = [
    ...(lost.length > 0 ? [`loses ${lost.join(', ')}`] : []), ...(hidden.length > 0 ? [`sees ${hidden.join(', ')} masked`] : []), ...(rowsBefore === undefined && rowsAfter !== undefined ? ['no longer sees every row'] : []),
  ]
  const gains = [
    ...(won.length > 0 ? [`gains ${won.join(', ')}`] : []), ...(shown.length > 0 ? [`sees ${shown.join(', ')} unmasked`] : []), ...(rowsBefore !== undefined && rowsAfter === undefined ? ['sees every row'] : []),
  ]
  const others = [
    ...(other.length > 0 ? [`sees ${other.join(', ')} masked otherwise`] : []), ...(rowsBefore !== undefined && rowsAfter !== undefined && rowsBefore !== rowsAfter ? ['sees other rows'] : []), ...(limits ? ['has other limits'] : []),
  ]
  const says = [...losses, ...gains, ...others]
  if (says.length === 0) return undefined
  return { effect: losses.length > 0 && gains.length === 0 ? 'loses' : gains.length > 0 && losses.length === 0 ? 'gains' : 'otherwise', says }
}
