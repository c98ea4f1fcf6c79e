// Who uses what: of a product for those who answer for it, of the mesh for stewards and administrators.

import type { Handlers, Usage } from '@tulle/api'
import { ok } from '@tulle/kernel'
import { readUsage, reckon, WHOLE } from '@tulle/usage'
import type { KnownProduct, Usage as Reckoned } from '@tulle/usage'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { require } from './permissions.ts'
import { findProductFor } from './products.ts'

export function usageHandlers(house: House): Pick<Handlers<Caller>, 'productUsage' | 'meshUsage'> {
  // Asked when somebody asks: what is hung up does not need the room yet.
  const known: House['usage']['known'] = () => house.usage.known()
  const windowOf: House['usage']['windowOf'] = (...asked) => house.usage.windowOf(...asked)
  return {
    productUsage: async ({ product: name, days }, { subject }) => {
      const found = await findProductFor(house, subject, 'grant', name)
      if (!found.ok) return found
      const { products, grants } = await known()
      const window = windowOf(days)
      const used = reckon({ window, days: await readUsage(house.store, [found.value.id]), grants: grants.filter(({ productId }) => productId === found.value.id), products: products.filter(({ id }) => id === found.value.id) })
      return ok(toUsage(used, window, products))
    },
    meshUsage: async ({ days, domain }, { subject }) => {
      const allowed = require(house, subject, 'administer')
      if (!allowed.ok) return allowed
      const { products, grants } = await known()
      const window = windowOf(days)
      const own = products.filter((one) => domain === undefined || one.domain === domain)
      const ids = new Set(own.map(({ id }) => id))
      const counted = await readUsage(house.store)
      const granted = grants.filter(({ productId }) => ids.has(productId))
      const whole = reckon({ window, days: counted.filter(({ productId }) => (domain === undefined ? productId === WHOLE : ids.has(productId))), grants: granted, products: own })
      // A statement is one in the mesh, and whether a right was used is seen at its product.
      const used = domain === undefined ? { ...whole, ...rightsOf(reckon({ window, days: counted.filter(({ productId }) => productId !== WHOLE), grants: granted, products: own })) } : whole
      return ok({
        usage: toUsage(used, window, products),
        products: own.map((product) => {
          const one = reckon({ window, days: counted.filter(({ productId }) => productId === product.id), grants: granted.filter(({ productId }) => productId === product.id), products: [product] })
          return { product: product.name, domain: product.domain, active: one.consumers.active, inactive: one.consumers.inactive, queries: one.queries, rows: one.rows, milliseconds: one.milliseconds, readBy: product.readBy.length, neverUsed: one.neverUsed.length }
        }),
      })
    },
  }
}

const rightsOf = ({ firstUse, neverUsed }: Reckoned): Pick<Reckoned, 'firstUse' | 'neverUsed'> => ({ firstUse, neverUsed })

function toUsage({ neverUsed, consumers, reuse, trend, ...rest }: Reckoned, { from, to }: { readonly from: Date; readonly to: Date }, products: readonly KnownProduct[]): Usage {
  const names = new Map(products.map(({ id, name }) => [id, name]))
  return {
    ...rest,
    from: from.toISOString(), to: to.toISOString(),
    consumers: { ...consumers, byPurpose: [...consumers.byPurpose] }, reuse: { products: [...reuse.products] }, trend: [...trend],
    neverUsed: neverUsed.map(({ id, productId, subjectKind, subject, purposes, grantedAt }) => ({ grant: id, product: names.get(productId) ?? productId, subjectKind, subject, purposes: [...purposes], grantedAt: grantedAt.toISOString() })),
  }
}
