// The policies in force and what they say to one subject. Masks are named, never printed: keys of hashes are in them.

import { findAccount, listAccounts } from '@tulle/access'
import type { Handlers, PolicyEffects, PolicyExplanation } from '@tulle/api'
import type { Json, Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import { parsePolicySpec } from '@tulle/model'
import { governedDataSet } from '@tulle/policy'
import type { AppliedPolicy, GovernedProduct, Resource, Subject } from '@tulle/policy'
import { readProductDefinition } from '@tulle/providers'
import type { SaidBudget } from '../export-watch.ts'
import type { Caller } from '../http/callers.ts'
import { decideRead } from '../house.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { policyEffects } from '../policy-effects.ts'
import type { PolicyEffects as Effects } from '../policy-effects.ts'
import { permission, require } from './permissions.ts'
import { knownTo } from './plans.ts'
import { findProduct, governed } from './products.ts'

export function policyHandlers(house: House): Pick<Handlers<Caller>, 'listPolicies' | 'explainPolicy' | 'previewPolicy'> {
  return {
    listPolicies: async () => {
      const rows = await house.db.selectFrom('resource').select(['ref', 'spec']).where('kind', '=', 'policy').where('archived_at', 'is', null).orderBy('ref').execute()
      return ok({ policies: rows.map(({ ref, spec }) => describePolicy(ref.slice('policy:'.length), spec as Json)) })
    },
    previewPolicy: async ({ policy, status }, { subject }) => {
      const allowed = require(house, subject, 'plan')
      if (!allowed.ok) return allowed
      const applied = await appliedPolicies(house)
      if (!applied.some(({ name }) => name === policy)) return fail(messages['unknown-policy']({ policy, hint: didYouMean(policy, applied.map(({ name }) => name)) }))
      return ok(toEffects(await policyEffects(house, applied.map((one) => (one.name === policy ? { ...one, spec: withStatus(one.spec, status) } : one)), await knownTo(house, subject))))
    },
    explainPolicy: async ({ user, product: name, dataSet, purpose }, caller) => {
      const product = await findProduct(house, name)
      if (!product.ok) return product
      const subject = await subjectOf(house, user, caller.subject, governed(product.value))
      if (!subject.ok) return subject
      const definition = await readProductDefinition(house.db, name)
      if (!definition.ok) return definition
      const dataSets = definition.value.product.dataSets.filter((one) => dataSet === undefined || one.name === dataSet)
      if (dataSets.length === 0 && dataSet !== undefined) return fail(messages['unknown-data-set']({ product: name, dataSet, hint: didYouMean(dataSet, definition.value.product.dataSets.map((one) => one.name)) }))
      const context = { now: house.clock.now(), environment: house.access.environment }
      const open = house.access.policy().openPurposes(subject.value, product.value.id, context)
      // With one purpose open, a port takes it; so does the explanation.
      const taken = purpose ?? (open.length === 1 ? open[0] : undefined)
      const said = await house.exports.budgetsOf(product.value.id)
      return ok({
        exports: { rows: narrowest(said, 'rows'), bytes: narrowest(said, 'bytes'), statements: narrowest(said, 'statements') },
        user, product: name, ...(taken !== undefined && { purpose: taken }), openPurposes: [...open],
        dataSets: await Promise.all(dataSets.map((one) => explain(house, subject.value, { product: governed(product.value), dataSet: governedDataSet(one) }, taken))),
      })
    },
  }
}

/** As rows of the control database say them, in the words of the policy room. */
export async function appliedPolicies(house: House): Promise<readonly AppliedPolicy[]> {
  const rows = await house.db.selectFrom('resource').select(['ref', 'spec']).where('kind', '=', 'policy').where('archived_at', 'is', null).orderBy('ref').execute()
  return rows.map(({ ref, spec }) => {
    const { title, domain, spec: document = null } = spec as Readonly<Record<string, Json>>
    return { name: ref.slice('policy:'.length), ...(typeof title === 'string' && { title }), ...(typeof domain === 'string' && { domain }), spec: document }
  })
}

const withStatus = (spec: Json, status: string): Json => (spec !== null && typeof spec === 'object' && !Array.isArray(spec) ? { ...spec, status } : spec)

export const toEffects = ({ effects, asked, complete }: Effects): PolicyEffects => ({ effects: effects.map((one) => ({ ...one, says: [...one.says] })), asked, complete })

/** The least that is said; of equal words the first. */
function narrowest(said: readonly SaidBudget[], measure: 'rows' | 'bytes' | 'statements'): { readonly amount: number; readonly by: SaidBudget['by'] } {
  return said.map(({ by, most }) => ({ by, amount: most[measure] ?? Infinity })).reduce((least, one) => (one.amount < least.amount ? one : least))
}

/** Everybody may ask about oneself; about others who answers for the product, or for the mesh's rules. */
async function subjectOf(house: House, name: string, caller: Subject, product: GovernedProduct): Promise<Result<Subject>> {
  if (name !== caller.name && caller.role !== 'steward' && !permission(house, caller, 'grant', product).allowed) {
    const refused = require(house, caller, 'grant', product)
    if (!refused.ok) return refused
  }
  const account = await findAccount(house.store, name)
  if (account !== undefined) return ok(account.subject)
  return fail(messages['unknown-user']({ user: name, hint: didYouMean(name, (await listAccounts(house.store)).map(({ subject }) => subject.name)) }))
}

async function explain(house: House, subject: Subject, resource: Required<Resource>, purpose: string | undefined): Promise<PolicyExplanation> {
  const context = { now: house.clock.now(), environment: house.access.environment }
  const policy = house.access.policy()
  const decision = await decideRead(house, subject, resource, purpose)
  const allowed = decision.effect === 'allow' ? decision : undefined
  return {
    dataSet: resource.dataSet.name,
    effect: decision.effect,
    columns: [...(allowed?.columns ?? [])],
    masked: (allowed?.columns ?? []).filter((column) => allowed?.masks[column] !== undefined),
    filtered: allowed?.rowFilter !== undefined,
    ...(allowed?.limits !== undefined && { limits: allowed.limits }),
    reasons: [...decision.reasons],
    rules: [...policy.explain(subject, resource, purpose, context)],
  }
}

function describePolicy(name: string, row: Json): { readonly name: string; readonly title: string; readonly description?: string; readonly domain?: string; readonly status: 'draft' | 'grace' | 'enforced' | 'retired' | 'unreadable'; readonly rules: { name: string; effect: string; because?: string }[]; readonly standards: string[] } {
  const { title = name, description, domain, spec = null } = row !== null && typeof row === 'object' && !Array.isArray(row) ? (row as Readonly<Record<string, Json>>) : {}
  const parsed = parsePolicySpec(spec)
  const common = { name, title: String(title), ...(typeof description === 'string' && { description }), ...(typeof domain === 'string' && { domain }) }
  if (!parsed.ok) return { ...common, status: 'unreadable', rules: [], standards: [] }
  const { status, rules, standards } = parsed.value
  return {
    ...common,
    status,
    rules: rules.map(({ name: rule, effect, because }) => ({ name: rule, effect: effect.kind === 'mask' ? `mask (${effect.mask.kind})` : effect.kind, ...(because !== undefined && { because }) })),
    standards: standards.map((standard) => standard.name),
  }
}
