// Grants, products and policies → a policy that answers. Pure: the answer depends on the question and on what was compiled, and on no clock.

import { decideDuty } from './decide-duty.ts'
import type { Answer, Governance, ReadQuestion } from './decide-read.ts'
import { decideRead, isExpired, purposesOf } from './decide-read.ts'
import { explainRead } from './explain-read.ts'
import { indexGrants } from './grant-index.ts'
import { indexRules } from './rule-index.ts'
import { allows, denials } from './rules.ts'
import { parseSqlTemplate } from './sql-text.ts'
import type { SqlTemplate } from './sql-text.ts'
import type { Action, CompiledPolicy, Decision, DecisionContext, GovernedProduct, PolicyInput, Resource, Subject } from './types.ts'

/** Compiles the rights in force. Denies by default. Of which team a product is, the compiled products say, not the question. */
export function compilePolicy({ grants, products, policies = [], secret }: PolicyInput): CompiledPolicy {
  const known = new Map(products.map((product) => [product.id, product]))
  const byName = new Map(products.map((product) => [product.name, product.id]))
  const governance: Governance = {
    grants: indexGrants(grants.filter((grant) => known.has(grant.productId))),
    conditions: new Map(grants.flatMap((grant) => (grant.rowCondition === undefined ? [] : [[grant, conditionOf(grant.rowCondition)]]))),
    rules: indexRules(policies),
    productIdOf: (name) => byName.get(name),
    secret,
  }
  const recall = rememberReads(governance)
  const settled = new WeakMap<Resource, Resource>()
  const settledOf = (resource: Resource): Resource => {
    let found = settled.get(resource)
    if (found === undefined) settled.set(resource, (found = settle(resource, known)))
    return found
  }
  return Object.freeze<CompiledPolicy>({
    openPurposes: (subject, productId, context) => openPurposes(governance, { subject, product: known.get(productId), context }),
    explain: (subject, asked, purpose, context) => {
      const resource = settledOf(asked)
      return resource.product === undefined || !known.has(resource.product.id) ? [] : explainRead(governance, { subject, resource, purpose, context })
    },
    decide: (subject, action, asked, purpose, context) => {
      const resource = settledOf(asked)
      if (action !== 'read') return decideOther(subject, action, resource)
      // A product that was never compiled has no data to give, whatever the question says of its team.
      return resource.product === undefined || known.has(resource.product.id) ? recall({ subject, resource, purpose, context }) : UNKNOWN
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
  return candidates.filter((purpose) => !isDeniedByRule(decideRead(governance, { subject, resource: { product }, purpose, context }).decision))
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

interface Remembered extends Answer { readonly from: number; readonly environment: string }

// An answer holds from the moment it was asked for until the next moment at which a grant ends or a rule's hours turn.
// Earlier moments are answered anew: a clock that was set back may bring a grant to life.
function rememberReads(governance: Governance): (question: ReadQuestion) => Decision {
  const memory = new WeakMap<Subject, WeakMap<Resource, Map<string | undefined, Remembered>>>()
  return (question) => {
    const { subject, resource, purpose, context } = question
    let bySubject = memory.get(subject)
    if (bySubject === undefined) memory.set(subject, (bySubject = new WeakMap()))
    let byPurpose = bySubject.get(resource)
    if (byPurpose === undefined) bySubject.set(resource, (byPurpose = new Map()))
    const last = byPurpose.get(purpose)
    if (last !== undefined && context.now >= last.from && context.now < last.until && context.environment === last.environment) return last.decision
    const { decision, until } = decideRead(governance, question)
    const answer = { decision: Object.freeze(decision), until, from: context.now, environment: context.environment }
    // A purpose is free text from the wire: remembering every one would let a client fill the memory.
    if (byPurpose.size < 64 || byPurpose.has(purpose)) byPurpose.set(purpose, answer)
    return answer.decision
  }
}
