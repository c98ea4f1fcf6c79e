// Applied policies → rules that can be asked, sorted by the products that they concern. Their order is that of names, so
// that it does not matter in which order policies were given.

import type { PolicyRule } from '@tulle/model'
import { parsePolicySpec, selectsProduct } from '@tulle/model'
import type { Condition } from './condition.ts'
import { compileCondition } from './condition.ts'
import { strictness } from './mask-sql.ts'
import type { Rank } from './mask-sql.ts'
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
  /** Of a rule that masks: how strict it is with a column of a type. */
  readonly rank: (type: string | undefined) => Rank
}

export interface RuleIndex {
  /** Every rule that may concern the product. */
  rulesOn(product: GovernedProduct): readonly LiveRule[]
  /** Policies that cannot be read and may concern the product. */
  brokenOn(product: GovernedProduct): readonly string[]
}

/** What was compiled before, by its text. Whoever compiles often holds one; it keeps what was last compiled and no more. */
export type PolicyMemory = Map<string, readonly LiveRule[] | 'broken'>

export function indexRules(policies: readonly AppliedPolicy[], memory: PolicyMemory = new Map()): RuleIndex {
  const live: LiveRule[] = []
  const broken: AppliedPolicy[] = []
  const used: PolicyMemory = new Map()
  for (const policy of policies) {
    const key = JSON.stringify([policy.name, policy.domain ?? null, policy.spec])
    const rules = memory.get(key) ?? liveRules(policy)
    used.set(key, rules)
    if (rules === 'broken') broken.push(policy)
    else live.push(...rules)
  }
  memory.clear()
  for (const [key, rules] of used) memory.set(key, rules)
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

/** `broken` where it cannot be read; none where it is not in force. */
export function liveRules(policy: AppliedPolicy): readonly LiveRule[] | 'broken' {
  const spec = parsePolicySpec(policy.spec)
  if (!spec.ok) return 'broken'
  const { status, rules } = spec.value
  return status === 'grace' || status === 'enforced' ? rules.map((rule) => liveRule(policy, status, rule)) : []
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
    rank: rankOf(rule),
  }
}

// To look whether a mask fits may mean to read a pattern or an expression.
function rankOf({ effect }: PolicyRule): LiveRule['rank'] {
  const known = new Map<string | undefined, Rank>()
  return (type) => {
    let rank = known.get(type)
    if (rank === undefined) known.set(type, (rank = effect.kind === 'mask' ? strictness(effect.mask, type) : [0, 0]))
    return rank
  }
}

function templateOf(text: string): SqlTemplate | 'refused' {
  const template = parseSqlTemplate(text)
  return template.ok ? template.value : 'refused'
}
