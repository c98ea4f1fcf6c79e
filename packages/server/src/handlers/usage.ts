// Who uses what: of a product for those who answer for it, of the mesh for stewards and administrators. What the audit got since the last
// time is counted first.

import { join } from 'node:path'
import { listGrants } from '@tulle/access'
import type { Handlers, Usage } from '@tulle/api'
import { ok } from '@tulle/kernel'
import { readProductDefinitions } from '@tulle/providers'
import type { ProductDefinition } from '@tulle/providers'
import { countAudit, readUsage, reckon, WHOLE } from '@tulle/usage'
import type { KnownGrant, KnownProduct, Usage as Reckoned } from '@tulle/usage'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { require } from './permissions.ts'
import { findProductFor } from './products.ts'

const DAY = 86_400_000

export function usageHandlers(house: House): Pick<Handlers<Caller>, 'productUsage' | 'meshUsage'> {
  let counting: Promise<unknown> = Promise.resolve()
  const known = async (): Promise<{ readonly products: readonly KnownProduct[]; readonly grants: readonly KnownGrant[] }> => {
    const products = productsOf(await readProductDefinitions(house.db))
    const domains = new Map(products.map(({ id, domain }) => [id, domain]))
    counting = counting.catch(() => undefined).then(() => countAudit({ store: house.store, folder: join(house.settings.home, 'audit'), domainOf: (id) => domains.get(id) }))
    await counting
    return { products, grants: await grantsOf(house) }
  }
  // Whole days, the one that is under way among them.
  const windowOf = (days: number) => {
    const to = new Date((Math.floor(house.clock.now() / DAY) + 1) * DAY)
    return { from: new Date(to.getTime() - days * DAY), to }
  }
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

function productsOf(definitions: readonly ProductDefinition[]): readonly KnownProduct[] {
  return definitions.map(({ id, product }) => {
    const contracts = product.dataSets.flatMap(({ contract }) => contract ?? [])
    const columns = contracts.flatMap((contract) => contract.columns)
    return {
      id, name: product.name, domain: product.domain, dataSets: product.dataSets.length, contracted: contracts.length, columns: columns.length,
      documented: columns.filter(({ description = '' }) => description !== '').length, classified: columns.filter(({ classification = '' }) => classification !== '').length,
      withServiceLevel: product.components.some(({ baseType }) => baseType.startsWith('service-level')),
      readBy: definitions.filter((other) => other.id !== id && other.product.inputPorts.some((port) => port.kind === 'product' && port.product === product.name)).map((other) => other.product.name),
    }
  })
}

/** Grants in force, with everybody whom they reach. */
async function grantsOf({ store, db }: House): Promise<readonly KnownGrant[]> {
  const [records, accounts, teams, domains] = await Promise.all([
    listGrants(store),
    db.selectFrom('account').select(['id', 'represents_kind', 'represents_id']).where('disabled_at', 'is', null).execute(),
    db.selectFrom('account_team').selectAll().execute(),
    db.selectFrom('resource').select(['ref', 'spec']).where('kind', '=', 'data-domain').where('archived_at', 'is', null).execute(),
  ])
  const living = new Set(accounts.map(({ id }) => id))
  const membersOf = (team: string): readonly string[] => teams.filter((one) => one.team === team && living.has(one.account_id)).map((one) => one.account_id)
  const ownerOf = (domain: string): string => String((domains.find(({ ref }) => ref === `data-domain:${domain}`)?.spec as { readonly owner?: unknown } | undefined)?.owner ?? '')
  const reached = (kind: string, subject: string): readonly string[] => {
    if (kind === 'user') return living.has(subject) ? [subject] : []
    if (kind === 'team') return membersOf(subject)
    if (kind === 'domain') return membersOf(ownerOf(subject))
    return accounts.filter((one) => one.represents_kind === kind && one.represents_id === subject).map(({ id }) => id)
  }
  return records.filter(({ state }) => state === 'active').map(({ grant, subject, grantedAt }) => ({ id: grant.id, productId: grant.productId, subjectKind: grant.subjectKind, subject, purposes: grant.purposes, grantedAt, accounts: reached(grant.subjectKind, grant.subject) }))
}

function toUsage({ neverUsed, consumers, reuse, trend, ...rest }: Reckoned, { from, to }: { readonly from: Date; readonly to: Date }, products: readonly KnownProduct[]): Usage {
  const names = new Map(products.map(({ id, name }) => [id, name]))
  return {
    ...rest,
    from: from.toISOString(), to: to.toISOString(),
    consumers: { ...consumers, byPurpose: [...consumers.byPurpose] }, reuse: { products: [...reuse.products] }, trend: [...trend],
    neverUsed: neverUsed.map(({ id, productId, subjectKind, subject, purposes, grantedAt }) => ({ grant: id, product: names.get(productId) ?? productId, subjectKind, subject, purposes: [...purposes], grantedAt: grantedAt.toISOString() })),
  }
}
