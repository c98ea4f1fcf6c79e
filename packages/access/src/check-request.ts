// What is asked for, against what there is: every mistake at once, each with its remedy. Whether the policy lets it be is
// asked of the policy as it would be with the grant.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { NOTHING_TAKEN } from '@tulle/policy'
import type { Decision, Grant, Policy, Resource, Subject } from '@tulle/policy'
import { messages } from './messages.ts'
import type { AccessControl, ConditionChecker, NewRequest, ProductFacts, Terms } from './types.ts'

/** Mistakes in what is named: the data set, its columns. */
export function checkTerms({ product, dataSets }: ProductFacts, { dataSet, columns, rowCondition, unmasked }: Omit<Terms, 'columns' | 'dataSet' | 'rowCondition'> & { readonly dataSet?: string | undefined; readonly columns?: readonly string[] | undefined; readonly rowCondition?: string | undefined }): readonly Diagnostic[] {
  if (dataSet === undefined) return (columns ?? rowCondition ?? unmasked) === undefined ? [] : [messages['columns-need-data-set']({ product: product.name })]
  const found = dataSets.find(({ name }) => name === dataSet)
  if (found === undefined) return [messages['unknown-data-set']({ product: product.name, dataSet: dataSet.slice(0, 100), known: dataSets.map(({ name }) => name) })]
  const known = found.columns.map(({ name }) => name)
  return [...new Set([...(columns ?? []), ...(unmasked ?? [])])].filter((column) => !known.includes(column))
    .map((column) => messages['unknown-column']({ where: `${product.name}.${dataSet}`, column: column.slice(0, 100), known }))
}

/** The data set that a request means: the one that it names, or the only one of the port that it names. */
export function dataSetOf({ product, ports, dataSets }: ProductFacts, { outputPort, dataSet }: Pick<NewRequest, 'outputPort' | 'dataSet'>): Result<string | undefined> {
  if (outputPort === undefined) return ok(dataSet)
  const port = ports.find(({ name }) => name === outputPort)
  if (port === undefined) return fail(messages['unknown-output-port']({ product: product.name, port: outputPort.slice(0, 100), known: ports.map(({ name }) => name) }))
  if (dataSet !== undefined && dataSets.some(({ name }) => name === dataSet) && !port.dataSets.includes(dataSet)) return fail(messages['not-at-port']({ dataSet, port: port.name, known: port.dataSets }))
  if (dataSet !== undefined) return ok(dataSet)
  if (port.dataSets.length === 1) return ok(port.dataSets[0])
  return port.dataSets.length === dataSets.length ? ok(undefined) : fail(messages['which-data-set']({ port: port.name, known: port.dataSets }))
}

/** How many persons have to agree: what the ports of the data set say and what the policy obliges to, the strictest of it. */
export function personsNeeded({ ports }: ProductFacts, dataSet: string | undefined, obligations: readonly string[]): 0 | 1 | 2 {
  const said = ports.filter((port) => dataSet === undefined || port.dataSets.includes(dataSet)).flatMap(({ approval }) => approval ?? [])
  if (obligations.includes('two-persons') || said.includes('two-persons')) return 2
  if (said.includes('owner') || obligations.includes('owner-approval')) return 1
  return said.includes('automatic') || obligations.includes('automatic-approval') ? 0 : 1
}

/** Which columns the condition reads; none where there is no condition. */
export async function checkConditionOf(facts: ProductFacts, { dataSet, rowCondition }: Terms, conditions: ConditionChecker): Promise<Result<readonly string[]>> {
  const columns = facts.dataSets.find(({ name }) => name === dataSet)?.columns
  return rowCondition === undefined || columns === undefined ? ok([]) : conditions.check(rowCondition, { columns })
}

/** Every agreement of the product has to be accepted, in the version that holds now. */
export function checkAgreements({ agreements, product }: ProductFacts, accepted: readonly string[]): readonly Diagnostic[] {
  const needed = agreements.map(({ name, version }) => `${name}@${version}`)
  return [
    ...needed.filter((id) => !accepted.includes(id)).map((id) => messages['agreement-needed']({ product: product.name, agreement: id })),
    ...accepted.filter((id) => !needed.includes(id)).map((id) => messages['unknown-agreement']({ product: product.name, agreement: id.slice(0, 200), known: needed })),
  ]
}

/** What a data set would show of itself. */
export interface WouldShow { readonly dataSet: string; readonly decision: Decision }

/** What the subject would see with this grant at most, by the policy of now; Rego policies are asked at every read, and not before: of the data set, or of each of the product. */
export async function wouldShow(access: AccessControl, facts: ProductFacts, { grant, subject, purpose, now }: { readonly grant: Grant; readonly subject: Subject; readonly purpose: string; readonly now: number }): Promise<{ readonly policy: Policy; readonly shows: readonly WouldShow[] }> {
  const policy = await access.wouldBe(grant)
  const concerned = facts.dataSets.filter(({ name }) => grant.dataSet === undefined || grant.dataSet === name)
  return { policy, shows: concerned.map((dataSet) => ({ dataSet: dataSet.name, decision: policy.decide(subject, 'read', resourceOf(facts, dataSet), purpose, { now, environment: access.environment, answers: NOTHING_TAKEN }) })) }
}

const resourceOf = ({ product }: ProductFacts, { name, columns }: ProductFacts['dataSets'][number]): Resource => ({
  product, dataSet: { name, columns: columns.map((column) => ({ name: column.name, type: column.type, ...(column.classification !== undefined && { classification: column.classification }) })) },
})

/** Why the policy would give nothing, although the grant were there; undefined where it gives something. */
export function forbidden(shows: readonly WouldShow[]): readonly string[] | undefined {
  if (shows.length === 0 || shows.some(({ decision }) => decision.effect === 'allow')) return undefined
  return [...new Set(shows.flatMap(({ decision }) => decision.reasons.map((reason) => reason.text)))]
}

/** What the policy asks of whoever gives it. */
export const obligationsOf = (shows: readonly WouldShow[]): readonly string[] =>
  [...new Set(shows.flatMap(({ decision }) => (decision.effect === 'allow' ? decision.obligations : [])))]
