// Applied products by name, with "did you mean" where there is none.

import type { Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import type { Action, GovernedProduct, Subject } from '@tulle/policy'
import { listProducts } from '@tulle/providers'
import type { ProductSummary } from '@tulle/providers'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { require } from './permissions.ts'

export async function findProduct(house: House, name: string): Promise<Result<ProductSummary>> {
  const products = await listProducts(house.db)
  const found = products.find((product) => product.name === name)
  if (found !== undefined) return ok(found)
  return fail(messages['unknown-product']({ product: name, hint: didYouMean(name, products.map((product) => product.name)) }))
}

/** The product, for somebody who may do this with it. */
export async function findProductFor(house: House, subject: Subject, action: Action, name: string): Promise<Result<ProductSummary>> {
  const found = await findProduct(house, name)
  if (!found.ok) return found
  const may = require(house, subject, action, governed(found.value))
  return may.ok ? found : may
}

export const governed = ({ id, name, domain, team }: ProductSummary): GovernedProduct => ({ id, name, domain, team })
