// What answers about lineage need besides the way through the mesh: products, what each promises, who was given what. Kept as the mesh
// is, and read again only after an event that changes it: a large mesh has thousands of each.

import type { Kysely } from 'kysely'
import { listGrants } from '@tulle/access'
import type { Result } from '@tulle/kernel'
import type { LineageGraph } from '@tulle/lineage'
import type { Grant, Subject } from '@tulle/policy'
import { listProducts, listVersions, readProductDefinition } from '@tulle/providers'
import type { ProductDefinition, ProductSummary } from '@tulle/providers'
import type { Database } from '@tulle/store'
import { lastEventPlace } from '@tulle/store'
import { aimGrants } from './handlers/grants-hit.ts'
import type { GrantAim } from './handlers/grants-hit.ts'
import type { House } from './house.ts'
import { decide } from './house.ts'
import { rememberViewers } from './remember-viewers.ts'

export interface LineageRoom {
  /** The mesh as of now. */
  current(): Promise<LineageShelf>
  /** Whether this viewer may know of a product, by its name. */
  knownTo(subject: Subject, shelf: LineageShelf): (product: string) => boolean
  definitionOf(shelf: LineageShelf, product: string): Promise<Result<ProductDefinition>>
  /** Of grants that were neither revoked nor frozen, by the name of their product. */
  aims(shelf: LineageShelf, graph: LineageGraph): ReadonlyMap<string, readonly GrantAim[]>
}

export interface LineageShelf {
  /** By name, in its order. */
  readonly products: ReadonlyMap<string, ProductSummary>
  /** Of data sets that are versions of another, as `product.data set`: the name that they share. */
  readonly versions: ReadonlyMap<string, string>
  /** By the id of their product. */
  readonly grants: ReadonlyMap<string, readonly Grant[]>
}

const PRODUCTS_CHANGED = ['tulle.apply.finished', 'tulle.resource.changed']
const GRANTS_CHANGED = ['tulle.grant.changed']
/** Definitions that are remembered. */
const MOST_DEFINITIONS = 500

type Facts = Pick<House, 'db' | 'store' | 'clock' | 'access'>

export function openLineageRoom(house: Facts): LineageRoom {
  const { db } = house
  let shelf: LineageShelf | undefined
  let place: string | undefined
  let reading: { readonly place: string; readonly shelf: Promise<LineageShelf> } | undefined
  const definitions = new WeakMap<LineageShelf['products'], Map<string, Promise<Result<ProductDefinition>>>>()
  const aimed = new WeakMap<LineageShelf, { readonly graph: LineageGraph; readonly aims: ReadonlyMap<string, readonly GrantAim[]> }>()
  const known = rememberViewers(house, (_products: LineageShelf['products']) => new Map<string, boolean>())

  const read = async (before: LineageShelf | undefined, changed: ReadonlySet<string>): Promise<LineageShelf> => {
    const isOther = (kinds: readonly string[]): boolean => kinds.some((kind) => changed.has(kind))
    const [{ products, versions }, grants] = await Promise.all([
      before !== undefined && !isOther(PRODUCTS_CHANGED) ? before : Promise.all([listProducts(db), listVersions(db)]).then(([listed, shared]) => ({ products: new Map(listed.map((one) => [one.name, one])), versions: shared })),
      before !== undefined && !isOther(GRANTS_CHANGED) ? before.grants : listGrants(house.store).then((all) => Map.groupBy(all.filter(({ state }) => state === 'active').map(({ grant }) => grant), ({ productId }) => productId)),
    ])
    return { products, versions, grants }
  }
  return {
    current: async () => {
      // Whatever is read after the place was is at least as new.
      const now = await lastEventPlace(db)
      if (shelf !== undefined && place === now) return shelf
      if (reading?.place === now) return reading.shelf
      const changed = place === undefined ? new Set<string>() : await changesSince(db, place)
      if (shelf !== undefined && changed.size === 0) {
        place = now
        return shelf
      }
      const asked = read(shelf, changed).then((next) => {
        ;[shelf, place] = [next, now]
        return next
      }).finally(() => { reading = undefined })
      reading = { place: now, shelf: asked }
      return asked
    },
    knownTo: (subject, { products }) => {
      const own = known(subject, products)
      return (name) => {
        const before = own.get(name)
        if (before !== undefined) return before
        const product = products.get(name)
        const may = product !== undefined && decide(house, subject, 'describe', { id: product.id, name, domain: product.domain, team: product.team }).effect === 'allow'
        own.set(name, may)
        return may
      }
    },
    definitionOf: ({ products }, product) => {
      const own = definitions.get(products) ?? new Map<string, Promise<Result<ProductDefinition>>>()
      definitions.set(products, own)
      const before = own.get(product)
      if (before !== undefined) return before
      if (own.size >= MOST_DEFINITIONS) own.clear()
      const asked = readProductDefinition(db, product)
      own.set(product, asked)
      asked.catch(() => own.delete(product))
      return asked
    },
    aims: (shelf, graph) => {
      const before = aimed.get(shelf)
      if (before?.graph === graph) return before.aims
      const { products, versions, grants } = shelf
      const aims = new Map([...products.values()].flatMap(({ id, name, dataSets }) => {
        const own = grants.get(id)
        return own === undefined ? [] : [[name, aimGrants(graph, { name, dataSets, sharedName: (dataSet) => versions.get(`${name}.${dataSet}`) ?? dataSet }, own)] as const]
      }))
      aimed.set(shelf, { graph, aims })
      return aims
    },
  }
}

async function changesSince(db: Kysely<Database>, place: string): Promise<ReadonlySet<string>> {
  const rows = await db.selectFrom('outbox').select('type').distinct().where('seq', '>', place).where('type', 'in', [...PRODUCTS_CHANGED, ...GRANTS_CHANGED]).execute()
  return new Set(rows.map(({ type }) => type))
}
