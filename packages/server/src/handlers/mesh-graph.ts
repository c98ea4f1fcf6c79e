// The mesh as a graph, of the products that the caller may know of.

import type { Handlers, MeshGraph } from '@tulle/api'
import { ok } from '@tulle/kernel'
import { listPorts, listProducts } from '@tulle/providers'
import type { PortSummary, ProductSummary } from '@tulle/providers'
import { listIncidents } from '@tulle/service-levels'
import type { Caller } from '../http/callers.ts'
import { decide } from '../house.ts'
import type { House } from '../house.ts'
import { lastPublished, toSummary } from './catalogue.ts'
import { governed } from './products.ts'

/** So many open incidents are looked through. */
const MOST_INCIDENTS = 1_000

export function meshGraphHandlers(house: House): Pick<Handlers<Caller>, 'getMeshGraph'> {
  return {
    getMeshGraph: async (_, { subject }) => {
      const [products, ports, published, incidents] = await Promise.all([
        listProducts(house.db), listPorts(house.db), lastPublished(house), listIncidents(house.store, { state: 'unresolved', limit: MOST_INCIDENTS }),
      ])
      return ok(graphOf({ products, ports, published, failing: new Set(incidents.map(({ product }) => product)) }, {
        mayKnow: (product) => decide(house, subject, 'describe', governed(product)).effect === 'allow',
        accessTo: (product) => toSummary(house, subject, product, undefined).access,
      }))
    },
  }
}

interface Mesh {
  readonly products: readonly ProductSummary[]
  readonly ports: readonly PortSummary[]
  /** By name, those that have published, and those of which an incident is open. */
  readonly published: { has(product: string): boolean }
  readonly failing: { has(product: string): boolean }
}

interface Viewer {
  readonly mayKnow: (product: ProductSummary) => boolean
  readonly accessTo: (product: ProductSummary) => MeshGraph['products'][number]['access']
}

/** A product that the viewer may not know of is named nowhere: not as an end of a reading, nor by a port that reads it. */
export function graphOf({ products, ports, published, failing }: Mesh, { mayKnow, accessTo }: Viewer): MeshGraph {
  const known = products.filter(mayKnow)
  const names = new Set(known.map(({ name }) => name))
  const portsOf = Map.groupBy(ports, ({ product }) => product)
  return {
    products: known.map((product) => {
      const { name, title, domain, certified } = product
      const own = portsOf.get(name) ?? []
      const isOpen = ({ reads }: PortSummary): boolean => reads === undefined || names.has(reads)
      return {
        name, title, domain, certified, access: accessTo(product),
        state: failing.has(name) ? 'failing' as const : published.has(name) ? 'published' as const : 'waiting' as const,
        inputPorts: own.filter((port) => port.direction === 'in' && isOpen(port)).map(({ name, kind, reads }) => ({ name, kind, ...(reads !== undefined && { product: reads }) })),
        outputPorts: own.filter(({ direction }) => direction === 'out').map(({ name, kind }) => ({ name, kind })),
      }
    }),
    reads: known.flatMap(({ name, reads }) => [...new Set(reads.map(({ product }) => product))].filter((from) => names.has(from) && from !== name).map((from) => ({ from, to: name }))),
  }
}
