// What products may read of each other, by the policy in force: a run asks as the service identity of its product. Products of
// the same team belong to one house and need no grant; a grant that names the team, or a person of it, is not the product's.

import type { AccessControl } from '@tulle/access'
import type { Clock, Diagnostic, Place } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { DataProduct, DataSet, MeshModel } from '@tulle/model'
import type { InputRight, InputRights } from '@tulle/pipeline'
import { decideAsking, governedDataSet } from '@tulle/policy'
import type { Decision, RegoDesk, Resource, Subject } from '@tulle/policy'
import { readProductDefinitions } from '@tulle/providers'
import type { Store } from '@tulle/store'
import { messages } from './messages.ts'

interface Room { readonly access: Pick<AccessControl, 'policy'>; readonly clock: Clock; readonly environment: string }

/** A product as it asks by itself. */
export const asProduct = (id: string, name: string, teams: readonly string[]): Subject =>
  ({ id: `product:${id}`, name: `product.${name}`, kind: 'service', role: 'consumer', teams, represents: { kind: 'product', id } })

export const inputRights = ({ store, access, rego, clock, environment }: Room & { readonly store: Store; readonly rego: RegoDesk }): InputRights => ({
  async read({ reader, input, purpose: said }) {
    const address = `${input.product}.${input.dataSet}`
    const refused = (reasons: readonly string[]) => fail(messages['input-denied']({ product: reader.name, input: address, from: input.product, reasons }))
    const [definition] = await readProductDefinitions(store.db, [input.product])
    const dataSet = definition?.product.dataSets.find(({ name }) => name === input.dataSet)
    if (definition === undefined || dataSet === undefined) return refused([])
    const { id, product: { name, domain, team } } = definition
    const [subject, context] = [asProduct(reader.id, reader.name, team === reader.team ? [team] : []), { now: clock.now(), environment }]
    const open = access.policy().openPurposes(subject, id, context)
    if (said === undefined && open.length > 1) return fail(messages['input-purposes']({ product: reader.name, input: address, purposes: open }))
    const purpose = said ?? open[0]
    const resource: Resource = { product: { id, name, domain, team }, dataSet: governedDataSet(dataSet) }
    const decision = await decideAsking(access.policy(), rego, { subject, resource, purpose, context })
    if (decision.effect === 'deny') return refused(decision.reasons.map(({ text }) => text))
    const limits = await limitsOf(store, decision, dataSet)
    return ok({ ...(purpose !== undefined && { purpose }), ...(limits !== undefined && { limits }) })
  },
})

/** What a decision lets through; undefined where that is everything, as it is. */
export async function limitsOf(store: Store, { columns, masks, rowFilter }: Extract<Decision, { effect: 'allow' }>, dataSet: DataSet): Promise<InputRight['limits']> {
  if (rowFilter === undefined && Object.keys(masks).length === 0 && columns.length === (dataSet.contract?.columns.length ?? 0)) return undefined
  const reads = await Promise.all((rowFilter?.reads ?? []).map(async ({ productId, ...read }) => ({ ...read, product: await nameOf(store, productId) })))
  return { columns, masks, ...(rowFilter !== undefined && { rowFilter: { condition: rowFilter.condition, reads } }) }
}

async function nameOf({ db }: Store, id: string): Promise<string> {
  const row = await db.selectFrom('resource').select('product').where('id', '=', id).where('kind', '=', 'data-product').executeTakeFirst()
  return row?.product ?? id
}

/** Whether a product that was applied may read something of another; ids are of the control database. */
export type MayRead = (reader: { readonly id: string; readonly name: string }, productId: string) => boolean

export const grantedPurposes = ({ access, clock, environment }: Room): MayRead => ({ id, name }, productId) =>
  access.policy().openPurposes(asProduct(id, name, []), productId, { now: clock.now(), environment }).length > 0

/**
 * Input ports of products that another team keeps, without a right to it: a product must be there before it can ask, so a plan says
 * so and stops nothing; the run is what is refused. `idOf` is undefined for a product that was never applied.
 */
export function ungrantedInputs({ products, grants }: MeshModel, idOf: (product: string) => string | undefined, mayRead: MayRead): readonly Diagnostic[] {
  const declared = new Set([...grants.values()].flatMap(({ subjectKind, subject, product }) => (subjectKind === 'product' ? [`${subject} ${product}`] : [])))
  return [...products.values()].flatMap((reader) => [...readsOf(reader)].flatMap(([name, place]) => {
    const from = products.get(name)
    if (from === undefined || from.name === reader.name || from.team === reader.team || declared.has(`${reader.name} ${from.name}`)) return []
    const [readerId, productId] = [idOf(reader.name), idOf(from.name)]
    if (readerId !== undefined && productId !== undefined && mayRead({ id: readerId, name: reader.name }, productId)) return []
    return [messages['input-not-granted']({ product: reader.name, from: from.name, team: from.team }, { place })]
  }))
}

/** Products by name, each with the first place that names it. */
function readsOf({ inputPorts, dataSets }: DataProduct): ReadonlyMap<string, Place> {
  const reads = new Map<string, Place>()
  const add = (name: string, place: Place): void => void (reads.has(name) || reads.set(name, place))
  for (const port of inputPorts) if (port.kind === 'product') add(port.product, port.place)
  for (const { model } of dataSets) for (const ref of model?.refs ?? []) add(ref.product ?? ref.name, ref.place)
  return reads
}
