// A mesh model becomes the resources that should exist. Pure. What a product asks for depends on the product alone, so
// it is made once and kept until that product changes.

import type { DataProduct, MeshModel } from '@tulle/model'
import type { Provider, Resource } from './types.ts'
import { readsOf } from './workflow.ts'

/** Everything that should exist, by address, in the order in which one thing needs the other. */
export interface DesiredMesh {
  readonly name: string
  readonly title: string
  readonly resources: ReadonlyMap<string, Resource>
}

/** Remembers what products ask for, by name. Hold one per server; products that are gone are forgotten. */
export type DesiredCache = Map<string, { readonly key: string; readonly resources: readonly Resource[] }>

interface DesiredOptions {
  readonly providers: readonly Provider[]
  readonly cache?: DesiredCache
}

/** Lists what a mesh asks for. */
export function desiredMesh(mesh: MeshModel, { providers, cache }: DesiredOptions): DesiredMesh {
  const resources = new Map<string, Resource>()
  const add = (resource: Resource): void => void resources.set(resource.ref, resource)
  for (const { desire } of providers) if (desire.of === 'mesh') desire.list(mesh).forEach(add)
  const ofProduct = (product: DataProduct): readonly Resource[] => {
    const key = cache === undefined ? '' : keyOf(product)
    const known = cache?.get(product.name)
    if (known !== undefined && known.key === key) return known.resources
    const listed = providers.flatMap(({ desire }) => (desire.of === 'product' ? desire.list(product) : []))
    cache?.set(product.name, { key, resources: listed })
    return listed
  }
  for (const product of mesh.products.values()) ofProduct(product).forEach(add)
  for (const name of cache?.keys() ?? []) if (!mesh.products.has(name)) cache?.delete(name)
  return { name: mesh.name, title: mesh.title, resources }
}

// The fingerprint covers the product's own files; whom it belongs to and what its reads were resolved to come from others.
const keyOf = (product: DataProduct): string =>
  [product.fingerprint, product.domain, product.team, product.folder, ...readsOf(product).map((read) => `${read.product}.${read.dataSet ?? ''}`)].join(' ')
