// What an orchestrator has to know of products: when they run, and what they wait for.

import type { Json } from '@tulle/kernel'
import type { DataProduct } from '@tulle/model'

export type ExportedProduct = { readonly [key: string]: Json }

/** In the order of their names; `reads` are other products of the mesh. */
export function exportedProducts(products: ReadonlyMap<string, DataProduct>, only: string | undefined): readonly ExportedProduct[] {
  return [...products.values()].filter(({ name }) => only === undefined || name === only).toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((product) => ({
    name: product.name,
    title: product.title,
    description: product.description ?? '',
    owner: product.team === '' ? 'tulle' : product.team,
    tags: ['tulle', product.domain, ...product.tags].filter((tag) => tag !== ''),
    schedule: cronOf(product.workflow.schedule),
    freshness: product.workflow.freshness ?? 'any',
    reads: product.workflow.onInputPublished ? readsOf(product, products) : [],
  }))
}

/** Orchestrators have clocks of cron; times counted from runs stay Tulle's. */
const cronOf = (schedule: string | undefined): string | null => (schedule === undefined || /^(?:every|after) /u.test(schedule) ? null : schedule)

function readsOf({ name, inputPorts, dataSets }: DataProduct, products: ReadonlyMap<string, DataProduct>): readonly string[] {
  const ports = inputPorts.flatMap((port) => (port.kind === 'product' ? [port.product] : []))
  const own = new Set(dataSets.map((dataSet) => dataSet.name))
  const refs = dataSets.flatMap(({ model }) => (model?.refs ?? []).flatMap((ref) => (ref.product === undefined && own.has(ref.name) ? [] : [ref.product ?? ref.name])))
  return [...new Set([...ports, ...refs])].filter((one) => one !== name && products.has(one)).toSorted()
}
