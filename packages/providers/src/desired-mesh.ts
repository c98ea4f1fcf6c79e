// A mesh model becomes the resources that should exist. Pure. What a product asks for depends on the product alone, so
// it is made once and kept until that product changes.

import type { DataProduct, MeshModel } from '@tulle/model'
import type { Provider, Resource } from './types.ts'
import { readsOf } from './workflow.ts'
import type { Read } from './workflow.ts'

/** Everything that should exist, by address, in the order in which one thing needs the other. */
export interface DesiredMesh {
  readonly name: string
  readonly title: string
  readonly resources: ReadonlyMap<string, Resource>
  readonly products: ReadonlyMap<string, DesiredProduct>
}

/** What an order of products needs to know of each. */
export interface DesiredProduct {
  readonly domain: string
  readonly reads: readonly Read[]
}

/** Remembers what products ask for, by name. Hold one per server; products that are gone are forgotten. */
export type DesiredCache = Map<string, DesiredEntry>
interface DesiredEntry extends DesiredProduct {
  /** As it was last met: a loader with a memory gives an unchanged product again. */
  readonly product: DataProduct
  readonly key: string
  readonly resources: readonly Resource[]
}

interface DesiredOptions {
  readonly providers: readonly Provider[]
  readonly cache?: DesiredCache
  /** What others found that the mesh asks for; each belongs to a product. */
  readonly more?: readonly Resource[]
}

/** Lists what a mesh asks for. */
export function desiredMesh(mesh: MeshModel, { providers, cache, more = [] }: DesiredOptions): DesiredMesh {
  const resources = new Map<string, Resource>()
  const add = (resource: Resource): void => void resources.set(resource.ref, resource)
  const ofMesh = providers.flatMap(({ desire }) => (desire.of === 'mesh' ? desire.list(mesh) : []))
  ofMesh.filter((resource) => resource.product === undefined).forEach(add)
  const products = new Map<string, DesiredProduct>()
  for (const product of mesh.products.values()) {
    const entry = entryOf(product, providers, cache?.get(product.name))
    cache?.set(product.name, entry)
    products.set(product.name, entry)
    for (const resource of entry.resources) resources.set(resource.ref, resource)
  }
  // What the mesh says about a product needs the product.
  for (const resource of [...ofMesh.filter(({ product }) => product !== undefined), ...more]) add(resource)
  for (const name of cache?.keys() ?? []) if (!mesh.products.has(name)) cache?.delete(name)
  return { name: mesh.name, title: mesh.title, resources, products }
}

function entryOf(product: DataProduct, providers: readonly Provider[], known: DesiredEntry | undefined): DesiredEntry {
  if (known?.product === product) return known
  const reads = readsOf(product)
  const key = keyOf(product, reads)
  if (known?.key === key) return { ...known, product }
  return { product, key, domain: product.domain, reads, resources: providers.flatMap(({ desire }) => (desire.of === 'product' ? desire.list(product) : [])) }
}

// The fingerprint covers the product's own files; whom it belongs to and what its reads were resolved to come from others.
const keyOf = (product: DataProduct, reads: readonly Read[]): string =>
  [product.fingerprint, product.domain, product.team, product.folder, ...reads.map((read) => `${read.product}.${read.dataSet ?? ''}`)].join(' ')
