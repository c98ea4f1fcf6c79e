// Questions kept beside policies → which of them are answered as they should be. Needs a mesh's files and nothing else.

import type { DataSet, MeshModel, PolicyCase } from '@tulle/model'
import { compilePolicy } from './compile-policy.ts'
import type { AppliedPolicy, Decision, Grant, Policy, Resource, Subject } from './types.ts'

export interface TriedCase {
  readonly name: string
  readonly passed: boolean
  /** What is otherwise: `columns: id, not id, email`. */
  readonly differences: readonly string[]
  readonly place: PolicyCase['place']
}

/** Asks every case of the mesh. */
export function tryPolicyCases(mesh: MeshModel): readonly TriedCase[] {
  return mesh.policyCases.map((one) => {
    const decision = answerOf(mesh, one)
    const differences = typeof decision === 'string' ? [decision] : differencesOf(one, decision)
    return { name: one.name, passed: differences.length === 0, differences, place: one.place }
  })
}

/** The policies of a mesh folder, as they would be applied. */
export const meshPolicies = (mesh: MeshModel): readonly AppliedPolicy[] =>
  [...mesh.policies.values()].map(({ name, title, domain, document }) => ({ name, title, ...(domain !== undefined && { domain }), spec: document }))

/** A data set of a mesh folder as policies see it. */
export const governedDataSet = ({ name, versionOf, contract }: DataSet): NonNullable<Resource['dataSet']> => ({
  // What is said of a data set is said of all its versions.
  name: versionOf ?? name,
  columns: (contract?.columns ?? []).map((column) => ({ name: column.name, type: column.type, ...(column.classification !== undefined && { classification: column.classification }) })),
})

function answerOf(mesh: MeshModel, { subject, grants, product: name, dataSet: table, purpose, environment, answers = {}, at }: PolicyCase): Decision | string {
  const product = mesh.products.get(name)
  const dataSet = product?.dataSets.find((one) => one.name === table)
  if (product === undefined || dataSet === undefined) return `the mesh has no data set ${name}.${table}`
  const given = grants.map(({ where, purposes, product: on, ...rest }, i): Grant => ({
    id: `grant-${i + 1}`, subjectKind: 'user', subject: subject.id, productId: on, ...rest, purposes: purposes ?? (purpose === undefined ? [] : [purpose]), ...(where !== undefined && { rowCondition: where }),
  }))
  const policy: Policy = compilePolicy({
    grants: given,
    products: [...mesh.products.values()].map((one) => ({ id: one.name, name: one.name, domain: one.domain, team: one.team })),
    policies: meshPolicies(mesh),
    secret: 'of cases alone',
  })
  const resource: Resource = { product: { id: product.name, name: product.name, domain: product.domain, team: product.team }, dataSet: governedDataSet(dataSet) }
  return policy.decide(subject as Subject, 'read', resource, purpose, { now: at, environment, answers: (rule) => (Object.hasOwn(answers, rule) ? { value: answers[rule] ?? null } : undefined) })
}

function differencesOf({ expect: expected }: PolicyCase, decision: Decision): readonly string[] {
  const allowed = decision.effect === 'allow' ? decision : undefined
  const rules = [...new Set(decision.reasons.flatMap(({ rule }) => (rule.startsWith('policy ') ? [rule.slice('policy '.length)] : [])))].toSorted()
  const columns = allowed?.columns ?? []
  const found: readonly (readonly [string, string | undefined, string])[] = [
    ['effect', expected.effect, decision.effect],
    ['columns', listOf(expected.columns), listOf(columns) ?? ''],
    ['masked', listOf(expected.masked?.toSorted()), listOf(columns.filter((name) => allowed?.masks[name] !== undefined).toSorted()) ?? ''],
    ['rows', expected.rows, allowed?.rowFilter?.condition ?? 'all'],
    ['rules', listOf(expected.rules?.toSorted()), listOf(rules) ?? ''],
  ]
  const differences = found.flatMap(([what, wanted, is]) => (wanted === undefined || wanted === is ? [] : [`${what}: ${is}, not ${wanted}`]))
  return differences.length === 0 || decision.effect === 'allow' ? differences : [...differences, decision.reasons.map(({ text }) => text).join(' ')]
}

const listOf = (words: readonly string[] | undefined): string | undefined => (words === undefined ? undefined : words.length === 0 ? 'none' : words.join(', '))
