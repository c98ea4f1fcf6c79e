// Reads what a product's run is to do from what was applied; the mesh folder's documents are never read here.

import type { Result } from '@tulle/kernel'
import { fail, ok, parseRef } from '@tulle/kernel'
import type { DataProduct } from '@tulle/model'
import type { Store } from '@tulle/store'
import type { ProductDefinition } from '@tulle/providers'
import { readProductDefinition } from '@tulle/providers'
import type { ProductPlan } from './product-plan.ts'
import { planProduct } from './product-plan.ts'
import { codeFingerprint } from './code-fingerprint.ts'
import { messages } from './messages.ts'

export interface ReadPlan extends ProductPlan {
  /** What the plan was made from. */
  readonly definition: ProductDefinition
  readonly code: string
  /** The data sets of every product that this one names. */
  readonly others: OtherProducts
  /** The same as a question; undefined where there is no such product. */
  readonly dataSetsOf: (product: string) => readonly string[] | undefined
}

export type OtherProducts = Readonly<Record<string, readonly string[]>>

/** The plan as applied now. `expected` refuses a definition other than the one that the run began with. */
export async function readPlan({ db }: Pick<Store, 'db'>, product: string, expected?: string): Promise<Result<ReadPlan>> {
  const definition = await readProductDefinition(db, product)
  if (!definition.ok) return definition
  if (expected !== undefined && definition.value.fingerprint !== expected) return fail(messages['product-changed']({ product }))
  return planOf(definition.value, await dataSetsByProduct(db, definition.value.product))
}

/** What a run of the definition does. Pure. */
export function planOf(definition: ProductDefinition, others: OtherProducts): Result<ReadPlan> {
  const dataSetsOf = (name: string): readonly string[] | undefined => (Object.hasOwn(others, name) ? others[name] : undefined)
  const plan = planProduct(definition, dataSetsOf)
  return plan.ok ? ok({ ...plan.value, definition, code: codeFingerprint(definition.product), others, dataSetsOf }, plan.diagnostics) : plan
}

/** The data sets of every product that this one names. */
async function dataSetsByProduct(db: Store['db'], { dataSets, inputPorts, dbt }: DataProduct): Promise<OtherProducts> {
  const refs = [...dataSets.map(({ model }) => model), dbt].flatMap((reads) => (reads?.refs ?? []).map((ref) => ref.product ?? ref.name))
  const named = [...new Set([...refs, ...inputPorts.flatMap((port) => (port.kind === 'product' ? [port.product] : []))])]
  if (named.length === 0) return {}
  const rows = await db.selectFrom('resource').select('ref').where('kind', '=', 'data-set').where('archived_at', 'is', null).where('product', 'in', named).orderBy('ref').execute()
  const found = rows.flatMap(({ ref }) => {
    const parsed = parseRef(ref)
    return parsed.ok && parsed.value.dataSet !== undefined ? [{ product: parsed.value.product, dataSet: parsed.value.dataSet }] : []
  })
  return Object.fromEntries([...Map.groupBy(found, (one) => one.product)].map(([product, own]) => [product, own.map((one) => one.dataSet)]))
}
