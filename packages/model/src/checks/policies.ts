// Policies speak of domains, products, columns, classifications, purposes and environments that exist; and a domain's own
// policy of nothing beyond it.

import type { Diagnostic } from '@tulle/kernel'
import type { DataSelector, MeshPolicy, PolicyRule, SubjectSelector } from '../governance.ts'
import { messages } from '../messages.ts'
import type { MeshFacts, Organisation } from '../read-organisation.ts'
import { selectsDataSet, selectsProduct } from '../select-data.ts'
import { suggestions } from '../suggestions.ts'
import type { Suggest } from '../suggestions.ts'
import type { DataProduct } from '../types.ts'
import type { Path } from '../yaml/locate.ts'

interface PolicyParts {
  readonly policies: ReadonlyMap<string, MeshPolicy>
  readonly facts: MeshFacts
  readonly organisation: Organisation
  readonly products: ReadonlyMap<string, DataProduct>
  /** Products left out for mistakes of their own. */
  readonly refused: ReadonlySet<string>
}

/** Looks each word up in what there is, and remembers suggestions for all policies at once. */
interface Words { readonly known: ReadonlySet<string>; readonly like: Suggest }

interface Look extends PolicyParts {
  readonly words: Readonly<Record<'domain' | 'product' | 'team' | 'purpose' | 'classification' | 'environment', Words>>
  readonly found: Diagnostic[]
}

export function checkPolicies(parts: PolicyParts): readonly Diagnostic[] {
  const { policies, facts, organisation, products } = parts
  const wordsOf = (names: Iterable<string>): Words => {
    const known = new Set(names)
    return { known, like: suggestions(() => known) }
  }
  const words = {
    domain: wordsOf(organisation.domains.keys()), product: wordsOf(products.keys()), team: wordsOf([...organisation.teams.keys(), ...organisation.refusedTeams]),
    purpose: wordsOf(facts.purposes.map(({ name }) => name)), classification: wordsOf(facts.classifications), environment: wordsOf(facts.environments),
  }
  const look: Look = { ...parts, words, found: [] }
  for (const policy of policies.values()) {
    if (policy.status === 'retired') continue
    for (const [i, rule] of policy.rules.entries()) checkRule(look, policy, rule, ['rules', i])
    for (const [i, standard] of policy.standards.entries()) {
      const at = ['standards', i]
      checkData(look, policy, standard.on, [...at, 'on'])
      if (standard.require === 'mask') checkWords(look, policy, 'classification', standard.classifications, [...at, 'classifications'])
    }
  }
  return look.found
}

function checkRule(look: Look, policy: MeshPolicy, rule: PolicyRule, at: Path): void {
  checkData(look, policy, rule.on, [...at, 'on'])
  checkSubjects(look, policy, rule.to, [...at, 'to'])
  checkSubjects(look, policy, rule.except ?? {}, [...at, 'except'])
  checkWords(look, policy, 'purpose', rule.purposes, [...at, 'for'])
  checkWords(look, policy, 'purpose', rule.otherPurposes, [...at, 'not-for'])
  checkWords(look, policy, 'environment', rule.environments, [...at, 'environments'])
  if (rule.effect.kind === 'rows' && rule.effect.consent !== undefined) checkConsent(look, policy, rule.effect.consent, [...at, 'rows', 'consent'])
}

function checkSubjects(look: Look, policy: MeshPolicy, to: SubjectSelector, at: Path): void {
  checkWords(look, policy, 'team', to.teams, [...at, 'teams'])
  checkWords(look, policy, 'domain', to.domains, [...at, 'domains'])
}

function checkWords({ words, refused, found }: Look, policy: MeshPolicy, what: keyof Look['words'], names: readonly string[] = [], at: Path): void {
  const { known, like } = words[what]
  for (const [i, name] of names.entries()) {
    if (known.has(name) || (what === 'product' && refused.has(name))) continue
    found.push(messages['unknown-policy-word']({ what, name, known: like(name) }, { place: policy.placeOf([...at, i]) }))
  }
}

function checkData(look: Look, policy: MeshPolicy, on: DataSelector, at: Path): void {
  const { products, found, refused } = look
  const before = found.length
  checkWords(look, policy, 'domain', on.domains, [...at, 'domains'])
  checkWords(look, policy, 'product', on.products, [...at, 'products'])
  checkWords(look, policy, 'classification', on.classifications, [...at, 'classifications'])
  for (const [i, name] of (on.domains ?? []).entries()) {
    if (policy.domain !== undefined && name !== policy.domain) found.push(messages['policy-beyond-domain']({ domain: policy.domain, name: `the domain ${name}` }, { place: policy.placeOf([...at, 'domains', i]) }))
  }
  for (const [i, name] of (on.products ?? []).entries()) {
    if (policy.domain !== undefined && products.has(name) && products.get(name)?.domain !== policy.domain) found.push(messages['policy-beyond-domain']({ domain: policy.domain, name: `the product ${name}` }, { place: policy.placeOf([...at, 'products', i]) }))
  }
  // What the words above would select cannot be told while one of them is wrong.
  if (found.length > before || refused.size > 0) return
  const selected = [...products.values()].filter((product) => (policy.domain === undefined || policy.domain === product.domain) && selectsProduct(on, product))
  const dataSets = selected.flatMap((product) => product.dataSets)
  const named = new Set(dataSets.map(({ name }) => name))
  for (const [i, name] of (on.dataSets ?? []).entries()) {
    if (!named.has(name)) found.push(messages['unknown-policy-word']({ what: 'data set', name, known: suggestions(() => named)(name) }, { place: policy.placeOf([...at, 'data-sets', i]) }))
  }
  const columns = new Set(dataSets.filter(({ name }) => selectsDataSet(on, name)).flatMap(({ contract }) => contract?.columns.map(({ name }) => name) ?? []))
  for (const [i, name] of (on.columns ?? []).entries()) {
    if (!columns.has(name)) found.push(messages['unknown-policy-word']({ what: 'column', name, known: suggestions(() => columns)(name) }, { place: policy.placeOf([...at, 'columns', i]) }))
  }
}

function checkConsent({ products, refused, found }: Look, policy: MeshPolicy, consent: { readonly product: string; readonly dataSet: string; readonly matches: string }, at: Path): void {
  const product = products.get(consent.product)
  if (product === undefined) {
    if (!refused.has(consent.product)) found.push(messages['unknown-policy-word']({ what: 'product', name: consent.product, known: suggestions(() => products.keys())(consent.product) }, { place: policy.placeOf([...at, 'data-set']) }))
    return
  }
  const dataSet = product.dataSets.find(({ name }) => name === consent.dataSet)
  if (dataSet === undefined) {
    found.push(messages['unknown-policy-word']({ what: 'data set', name: consent.dataSet, known: product.dataSets.map(({ name }) => name) }, { place: policy.placeOf([...at, 'data-set']) }))
    return
  }
  const columns = dataSet.contract?.columns.map(({ name }) => name) ?? []
  if (!columns.includes(consent.matches)) found.push(messages['unknown-policy-word']({ what: 'column', name: consent.matches, known: columns }, { place: policy.placeOf(at) }))
}
