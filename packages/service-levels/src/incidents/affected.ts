// Whom an incident of a product reaches: products downstream, and whoever holds a grant on it.

import { listGrants } from '@tulle/access'
import { listProducts } from '@tulle/providers'
import type { ProductSummary } from '@tulle/providers'
import type { Store } from '@tulle/store'
import type { Affected } from './types.ts'

export async function affectedBy(store: Store, product: string): Promise<Affected> {
  const [products, grants] = await Promise.all([listProducts(store.db), listGrants(store, { product })])
  const consumers = new Map(grants.filter(({ state }) => state === 'active').map(({ grant, subject }) => [`${grant.subjectKind} ${subject}`, { kind: grant.subjectKind, name: subject }]))
  return { products: downstreamOf(product, products), consumers: [...consumers.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)) }
}

/** What these products read, and what that reads; by name, without themselves. Pure. */
export function upstreamOf(products: readonly string[], all: readonly Pick<ProductSummary, 'name' | 'reads'>[]): readonly string[] {
  const reads = new Map(all.map((product) => [product.name, product.reads.map((read) => read.product)]))
  const found = new Set(products)
  for (const name of found) for (const read of reads.get(name) ?? []) found.add(read)
  return [...found].filter((name) => !products.includes(name)).toSorted()
}

/** Those that read it, and those that read them; by name, without itself. Pure. */
export function downstreamOf(product: string, products: readonly Pick<ProductSummary, 'name' | 'reads'>[]): readonly string[] {
  const found = new Set<string>()
  const waiting = [product]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const from = next
    for (const { name, reads } of products) {
      if (name === product || found.has(name) || !reads.some((read) => read.product === from)) continue
      found.add(name)
      waiting.push(name)
    }
  }
  return [...found].toSorted()
}
