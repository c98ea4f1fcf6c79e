// Who is hit when something of a product breaks: the products that will read it once the plan is carried out, and the
// subjects of grants. Pure; nothing is built before the first question.

import type { DesiredProduct, ObservedMesh, Read, Spec } from '@tulle/providers'
import type { Consumer } from './types.ts'

interface Hit {
  readonly product: string
  /** Undefined: the whole product. */
  readonly dataSet?: string
  /** Undefined: the whole data set. */
  readonly column?: string
}

/** Names whoever uses what is hit; products first. */
export type FindConsumers = (hit: Hit) => readonly Consumer[]

interface World {
  readonly desired: ReadonlyMap<string, DesiredProduct>
  readonly observed: ObservedMesh
  /** Products that stay although no file declares them. */
  readonly kept: ReadonlySet<string>
  readonly columnsRead?: ColumnsRead
}

/** What a product's models may take from the columns of others, in lower case; undefined where nobody looked. */
export type ColumnsRead = (product: string) => ReadonlySet<string> | 'all' | undefined

/** Readers are those of the world as it will be: a product that stops reading a column in the same plan is not hit. */
export function consumerFinder(world: World): FindConsumers {
  let readers: ReadonlyMap<string, readonly Reader[]> | undefined
  return (hit) => {
    readers ??= readersByProduct(world)
    const products = (readers.get(hit.product) ?? [])
      .filter(({ name, read }) => (hit.dataSet === undefined || read.dataSet === undefined || read.dataSet === hit.dataSet) && mayRead(world, name, hit.column))
      .map(({ name, read }): Consumer => ({ kind: 'product', name, ...(read.dataSet !== undefined && { dataSet: read.dataSet }) }))
    return [...onceByName(products), ...grantsOn(world.observed, hit)]
  }
}

function mayRead({ columnsRead }: World, product: string, column: string | undefined): boolean {
  const read = column === undefined ? undefined : columnsRead?.(product)
  return column === undefined || read === undefined || read === 'all' || read.has(column.toLowerCase())
}

interface Reader { readonly name: string; readonly read: Read }

function readersByProduct({ desired, observed, kept }: World): ReadonlyMap<string, readonly Reader[]> {
  const readers = new Map<string, Reader[]>()
  const add = (name: string, reads: readonly Read[]): void => {
    for (const read of reads) {
      const known = readers.get(read.product)
      if (known === undefined) readers.set(read.product, [{ name, read }])
      else known.push({ name, read })
    }
  }
  for (const [name, { reads }] of desired) add(name, reads)
  for (const name of kept) if (!desired.has(name)) add(name, readsIn(observed.resources.get(`workflow:${name}`)?.spec ?? {}))
  return readers
}

/** What a workflow's spec says that its product reads. */
export const readsIn = (spec: Spec): readonly Read[] => (Array.isArray(spec['reads']) ? (spec['reads'] as readonly Read[]) : [])

function grantsOn({ resources, grants }: ObservedMesh, { product, dataSet, column }: Hit): readonly Consumer[] {
  const id = resources.get(`data-product:${product}`)?.id
  if (id === undefined) return []
  return grants
    .filter((grant) => grant.productId === id)
    .filter((grant) => dataSet === undefined || grant.dataSet === undefined || grant.dataSet === dataSet)
    .filter((grant) => column === undefined || grant.columns === undefined || grant.columns.includes(column))
    .map((grant) => ({ kind: grant.subjectKind, name: grant.subject, grant: grant.id }))
}

function onceByName(consumers: readonly Consumer[]): readonly Consumer[] {
  return [...new Map(consumers.map((consumer) => [consumer.name, consumer])).values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** A consumer for a sentence. */
export function consumerText(consumer: Consumer): string {
  return `${consumer.kind} ${consumer.name}`
}
