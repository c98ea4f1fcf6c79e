// Reads what a product's run is to do from what was applied; the mesh folder's documents are never read here.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Store } from '@tulle/store'
import { listProducts, readProductDefinition } from '@tulle/providers'
import type { ProductPlan } from './product-plan.ts'
import { planProduct } from './product-plan.ts'
import { codeFingerprint } from './code-fingerprint.ts'
import { messages } from './messages.ts'

export interface ReadPlan extends ProductPlan {
  /** Immutable id of the product. */
  readonly id: string
  readonly definition: string
  readonly code: string
  /** Another product's data sets, by name; undefined where there is no such product. */
  readonly dataSetsOf: (product: string) => readonly string[] | undefined
}

/** The plan as applied now. `expected` refuses a definition other than the one that the run began with. */
export async function readPlan({ db }: Pick<Store, 'db'>, product: string, expected?: string): Promise<Result<ReadPlan>> {
  const definition = await readProductDefinition(db, product)
  if (!definition.ok) return definition
  if (expected !== undefined && definition.value.fingerprint !== expected) return fail(messages['product-changed']({ product }))
  const products = new Map((await listProducts(db)).map(({ name, dataSets }) => [name, dataSets]))
  const dataSetsOf = (name: string): readonly string[] | undefined => products.get(name)
  const plan = planProduct(definition.value, dataSetsOf)
  if (!plan.ok) return plan
  return ok({
    ...plan.value,
    id: definition.value.id,
    definition: definition.value.fingerprint,
    code: codeFingerprint(definition.value.product),
    dataSetsOf,
  }, plan.diagnostics)
}
