// Grants given and taken, and the people and purposes that they name.

import { grant, listAccounts, listGrants, revoke } from '@tulle/access'
import type { Handlers } from '@tulle/api'
import { ok } from '@tulle/kernel'
import { listProducts } from '@tulle/providers'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { readMeshFacts } from '../mesh-facts.ts'
import { toAccount } from './accounts.ts'
import { toGrant } from './grant-views.ts'
import { permission, require } from './permissions.ts'
import { findProduct, governed } from './products.ts'

type GrantHandlers = Pick<Handlers<Caller>, 'listGrants' | 'createGrant' | 'revokeGrant' | 'listPurposes' | 'listAccounts'>

export function grantHandlers(house: House): GrantHandlers {
  return {
    listGrants: async ({ product }, { subject }) => {
      const found = product === undefined ? undefined : await findProduct(house, product)
      if (found?.ok === false) return found
      const keeps = new Set((await listProducts(house.db)).filter((p) => permission(house, subject, 'grant', governed(p)).allowed).map((p) => p.id))
      const [all, own] = await Promise.all([listGrants(house.store, product === undefined ? {} : { product }), listGrants(house.store, { subject })])
      const ownIds = new Set(own.map((record) => record.grant.id))
      return ok({ grants: all.filter((record) => keeps.has(record.grant.productId) || ownIds.has(record.grant.id)).map(toGrant) })
    },
    createGrant: async ({ expiresAt, ...request }, { subject }) => {
      const given = await grant(house.access, { ...request, by: subject, ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }) })
      return given.ok ? ok(toGrant(given.value)) : given
    },
    revokeGrant: async ({ grant: grantId }, { subject }) => {
      const revoked = await revoke(house.access, { grantId, by: subject })
      return revoked.ok ? ok(null) : revoked
    },
    listPurposes: async () => {
      const { purposes } = await readMeshFacts(house.db)
      return ok({ purposes: purposes.map(({ name, title, description }) => ({ name, title, ...(description !== undefined && { description }) })) })
    },
    listAccounts: async (_input, { subject }) => {
      const allowed = require(house, subject, 'administer')
      return allowed.ok ? ok({ accounts: (await listAccounts(house.store)).map(toAccount) }) : allowed
    },
  }
}

