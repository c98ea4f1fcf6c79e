// Grants, products and policies → a policy that answers. Pure: the answer depends on the question and on what was compiled, and on no clock.

import { isOfColumns } from '@tulle/model'
import { decideDuty } from './decide-duty.ts'
import type { Answer, Governance } from './decide-read.ts'
import { decideRead, isExpired, purposesOf } from './decide-read.ts'
import { explainRead } from './explain-read.ts'
import { indexGrants } from './grant-index.ts'
import { indexRules } from './rule-index.ts'
import type { PolicyMemory } from './rule-index.ts'
import { allows, denials } from './rules.ts'
import { parseSqlTemplate } from './sql-text.ts'
import type { SqlTemplate } from './sql-text.ts'
import type { Action, CompiledPolicy, Decision, DecisionContext, GovernedProduct, PolicyInput, Resource, Subject } from './types.ts'

/**
 * Compiles the rights in force. Denies by default. Of which team a product is, the compiled products say, not the question.
 * With the memory of the last time, only policies that changed are read anew.
 */
export function compilePolicy({ grants, products, policies = [], secret }: PolicyInput, compiled?: PolicyMemory): CompiledPolicy {
  const known = new Map(products.map((product) => [product.id, product]))
  const byName = new Map(products.map((product) => [product.name, product.id]))
  const governance: Governance = {
    grants: indexGrants(grants.filter((grant) => known.has(grant.productId))),
    conditions: new Map(grants.flatMap((grant) => (grant.rowCondition === undefined ? [] : [[grant, conditionOf(grant.rowCondition)]]))),
    rules: indexRules(policies, compiled),
    productIdOf: (name) => byName.get(name),
    secret,
    memory: new WeakMap(),
  }
  // By the identity of what is asked for: two look-ups and a short walk.
  const asked = new WeakMap<Resource, AskedFor>()
  const askedFor = (resource: Resource): AskedFor => {
    let found = asked.get(resource)
    if (found === undefined) asked.set(resource, (found = { resource: settle(resource, known), isKnown: resource.product === undefined || known.has(resource.product.id), answers: new WeakMap() }))
    return found
  }
  const sameSubject = subjectsByValue()
  return Object.freeze<CompiledPolicy>({
    openPurposes: (subject, productId, context) => openPurposes(governance, { subject, product: known.get(productId), context }),
    explain: (subject, what, purpose, context) => {
      const { resource, isKnown } = askedFor(what)
      return !isKnown ? [] : explainRead(governance, { subject, resource, purpose, context })
    },
    decide: (subject, action, what, purpose, context) => {
      const found = askedFor(what)
      if (action !== 'read') return decideOther(subject, action, found.resource)
      // A product that was never compiled has no data to give, whatever the question says of its team.
      if (found.isKnown && context.answers !== undefined) return decideRead(governance, { subject, resource: found.resource, purpose, context }).decision
      return found.isKnown ? recall(governance, found, { subject, sameSubject, purpose, context }) : UNKNOWN
    },
  })
}

const UNKNOWN: Decision = Object.freeze({ effect: 'deny', reasons: [denials.unknownProduct()] })

function conditionOf(text: string): SqlTemplate | 'refused' {
  const template = parseSqlTemplate(text, { values: false })
  return template.ok ? template.value : 'refused'
}

interface PurposeQuestion { readonly subject: Subject; readonly product: GovernedProduct | undefined; readonly context: DecisionContext }

// Those of grants and of rules that allow, as far as no rule denies the product for them.
function openPurposes(governance: Governance, { subject, product, context }: PurposeQuestion): readonly string[] {
  if (product === undefined) return []
  const living = governance.grants.grantsFor(subject, product.id).filter((grant) => !isExpired(grant, context))
  const allowed = governance.rules.rulesOn(product).flatMap(({ status, rule }) => (status === 'enforced' && rule.effect.kind === 'allow' ? (rule.purposes ?? []) : []))
  const candidates = [...new Set([...purposesOf(living), ...allowed])].toSorted()
  // Asked for every product at every sign-in: most have no rule that could deny all of it.
  const mayDeny = governance.rules.brokenOn(product).length > 0 || governance.rules.rulesOn(product).some(({ status, rule: { effect, on } }) => status === 'enforced' && ((effect.kind === 'deny' && !isOfColumns(on)) || (effect.kind === 'limits' && effect.limits.hours !== undefined)))
  return !mayDeny ? candidates : candidates.filter((purpose) => !isDeniedByRule(decideRead(governance, { subject, resource: { product }, purpose, context }).decision))
}

const isDeniedByRule = ({ effect, reasons }: Decision): boolean => effect === 'deny' && reasons.some(({ rule }) => rule.startsWith('policy'))

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

interface Remembered extends Answer { readonly purpose: string | undefined; readonly from: number; readonly environment: string }

/** What is asked for, as the compiled products know it, and what was answered to whom. */
interface AskedFor { readonly resource: Resource; readonly isKnown: boolean; readonly answers: WeakMap<Subject, Remembered[]> }

// An answer holds from the moment it was asked for until the next moment at which a grant ends or a rule's hours turn.
// Earlier moments are answered anew: a clock that was set back may bring a grant to life.
function recall(governance: Governance, { resource, answers }: AskedFor, { subject, sameSubject, purpose, context }: Recalled): Decision {
  let mine = answers.get(subject)
  if (mine === undefined) {
    // Accounts are read anew for each statement: a new object, mostly of the same words.
    const same = sameSubject(subject)
    mine = answers.get(same) ?? []
    answers.set(same, mine)
    answers.set(subject, mine)
  }
  let at = 0
  for (; at < mine.length; at += 1) {
    const last = mine[at]
    if (last?.purpose !== purpose) continue
    if (last !== undefined && context.now >= last.from && context.now < last.until && context.environment === last.environment) return last.decision
    break
  }
  const { decision, until } = decideRead(governance, { subject, resource, purpose, context })
  // A purpose is free text from the wire: remembering every one would let a client fill the memory.
  if (at < MOST_PURPOSES) mine[at] = { decision: Object.freeze(decision), until, purpose, from: context.now, environment: context.environment }
  return decision
}

const MOST_PURPOSES = 64
const MOST_SUBJECTS = 10_000

interface Recalled { readonly subject: Subject; readonly sameSubject: (subject: Subject) => Subject; readonly purpose: string | undefined; readonly context: DecisionContext }

/** The first subject of the same words. */
function subjectsByValue(): (subject: Subject) => Subject {
  const known = new Map<string, Subject>()
  return (subject) => {
    const key = JSON.stringify(subject)
    const same = known.get(key)
    if (same !== undefined) return same
    if (known.size >= MOST_SUBJECTS) known.clear()
    known.set(key, subject)
    return subject
  }
}
