// What is served → the words that mean something here: names of products, data sets and columns. A word of a statement that is
// none of them is its writer's own, and is written down by nobody.

import type { AuditRead } from '@tulle/audit'
import type { NamedTable } from './authorize.ts'
import type { ServedProduct } from './types.ts'

export interface MeshWords {
  /** By its lower case. */
  isKnown(word: string): boolean
  /** Of these tables, those that there are. */
  readsOf(tables: readonly NamedTable[]): readonly AuditRead[]
}

const remembered = new WeakMap<ReadonlyMap<string, ServedProduct>, MeshWords>()

/** `served` is by schema. */
export function meshWords(served: ReadonlyMap<string, ServedProduct>): MeshWords {
  const known = remembered.get(served)
  if (known !== undefined) return known
  const words = new Set([...served.values()].flatMap((product) => [product.schema, product.name, ...product.dataSets.flatMap((dataSet) => [dataSet.name, ...dataSet.columns.map((column) => column.name)])].map((word) => word.toLowerCase())))
  const made: MeshWords = {
    isKnown: (word) => words.has(word),
    readsOf: (tables) => tables.flatMap(({ schema, name }) => {
      const products = schema === '' ? [...served.values()] : [served.get(schema)].filter((product) => product !== undefined)
      const found = products.filter((product) => product.dataSets.some((dataSet) => dataSet.name === name))
      return found.length === 1 ? found.map((product) => ({ product: product.schema, productId: product.id, dataSet: name, columns: [] })) : []
    }),
  }
  remembered.set(served, made)
  return made
}
