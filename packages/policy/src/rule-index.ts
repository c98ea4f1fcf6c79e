// Applied policies → rules that can be asked, sorted by the products that they concern. Their order is that of names, so
// that it does not matter in which order policies were given.

import type { PolicyRule } from '@tulle/model'
import { parsePolicySpec, selectsProduct } from '@tulle/model'
import type { Condition } from './condition.ts'
import { compileCondition } from './condition.ts'
import type { SqlTemplate } from './sql-text.ts'
import { parseSqlTemplate } from './sql-text.ts'
import type { AppliedPolicy, GovernedProduct } from './types.ts'

/** A rule of a policy that is in grace or enforced. */
export interface LiveRule {
  /** `personal_data.hide_names`. */
  readonly id: string
  readonly policy: string
  readonly domain?: string
  readonly status: 'grace' | 'enforced'
  readonly rule: PolicyRule
  readonly condition?: Condition
  /** Of a rule about rows; `refused`: it cannot be read, so no row is there. */
  readonly where?: SqlTemplate | 'refused'
  readonly consentWhere?: SqlTemplate | 'refused'
}

export interface RuleIndex {
  /** Every rule that may concern the product. */
  rulesOn(product: GovernedProduct): readonly LiveRule[]
  /** Policies that cannot be read and may concern the product. */
  brokenOn(product: GovernedProduct): readonly string[]
}

export function indexRules(policies: readonly AppliedPolicy[]): RuleIndex {
  const live: LiveRule[] = []
  const broken: AppliedPolicy[] = []
  for (const policy of policies) {
    const spec = parsePolicySpec(policy.spec)
    if (!spec.ok) broken.push(policy)
    else if (spec.value.status === 'grace' || spec.value.status === 'enforced') for (const rule of spec.value.rules) live.push(liveRule(policy, spec.value.status, rule))
  }
  const sorted = live.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
  const remembered = new Map<string, readonly LiveRule[]>()
  return {
    rulesOn: (product) => {
      let rules = remembered.get(product.id)
      if (rules === undefined) remembered.set(product.id, (rules = sorted.filter(({ domain, rule }) => (domain === undefined || domain === product.domain) && selectsProduct(rule.on, product))))
      return rules
    },
    brokenOn: ({ domain }) => broken.filter((policy) => policy.domain === undefined || policy.domain === domain).map(({ name }) => name).toSorted(),
  }
}

function liveRule(policy: AppliedPolicy, status: 'grace' | 'enforced', rule: PolicyRule): LiveRule {
  const condition = rule.condition === undefined ? undefined : compileCondition(rule.condition)
  const { effect } = rule
  const where = effect.kind === 'rows' && effect.where !== undefined ? templateOf(effect.where) : undefined
  const consentWhere = effect.kind === 'rows' && effect.consent?.where !== undefined ? templateOf(effect.consent.where) : undefined
  return {
    id: `${policy.name}.${rule.name}`,
    policy: policy.name,
    ...(policy.domain !== undefined && { domain: policy.domain }),
    status,
    rule,
    ...(condition !== undefined && { condition: condition.ok ? condition.value : () => ({ error: 'it cannot be read' }) }),
    ...(where !== undefined && { where }),
    ...(consentWhere !== undefined && { consentWhere }),
  }
}

function templateOf(text: string): SqlTemplate | 'refused' {
  const template = parseSqlTemplate(text)
  return template.ok ? template.value : 'refused'
}
