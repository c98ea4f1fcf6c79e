// Maintenance when somebody asks for it: the whole mesh is an administrator's, a product also its owner's.

import type { Handlers } from '@tulle/api'
import { ok } from '@tulle/kernel'
import { listProducts } from '@tulle/providers'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { permission, require } from './permissions.ts'
import { findProduct, findProductFor, governed } from './products.ts'

const DAY = 86_400_000

export function maintenanceHandlers(house: House): Pick<Handlers<Caller>, 'maintain' | 'getRetention' | 'listArchives' | 'restoreRows' | 'takeOverArchive'> {
  return {
    getRetention: async ({ product }, { subject }) => {
      const found = await findProductFor(house, subject, 'describe', product)
      if (!found.ok) return found
      const dataSets = await house.maintenance.retention(product)
      return ok({ dataSets: dataSets.map((one) => ({ ...one, kept: [...one.kept] })), can: { maintain: permission(house, subject, 'administer', governed(found.value)) } })
    },
    listArchives: async ({ product }, { subject }) => {
      const products = (await listProducts(house.db)).filter(({ name }) => product === undefined || name === product)
      const { archives, diagnostics } = await house.maintenance.archives(product)
      const seen = archives.flatMap(({ tableUuid: _identity, column, oldest, newest, exempt, moves, ...archive }) => {
        const of = products.find(({ name }) => name === archive.product)
        // What is left of a destroyed data set is nobody's but the mesh's.
        const own = of === undefined || archive.endedAt !== undefined ? undefined : governed(of)
        if (!permission(house, subject, own === undefined ? 'administer' : 'describe', own).allowed) return []
        const restore = archive.endedAt === undefined ? permission(house, subject, 'administer', own) : { allowed: false, reason: 'Its data set was destroyed.' }
        // From which value to which is told to whom all rows are.
        const told = { ...(column !== undefined && { column }), ...(oldest !== undefined && { oldest }), ...(newest !== undefined && { newest }), exempt: [...exempt], moves: [...moves] }
        return [{ ...archive, ...(restore.allowed ? told : { exempt: exempt.map(({ from: _from, to: _to, ...one }) => one), moves: moves.map(({ from: _from, to: _to, ...move }) => move) }), can: { restore } }]
      })
      return ok({ isNamed: house.settings.coldStore !== undefined, archives: seen, diagnostics: [...diagnostics] })
    },
    takeOverArchive: async (_asked, { subject }) => {
      const may = require(house, subject, 'administer')
      return may.ok ? house.maintenance.takeOver(subject.name) : may
    },
    restoreRows: async ({ product, dataSet, from, to, keepForDays, dryRun, readOnly }, { subject }) => {
      const found = await findProductFor(house, subject, 'administer', product)
      if (!found.ok) return found
      return house.maintenance.restore({ product, dataSet, keepFor: keepForDays * DAY, by: subject.name, dryRun, readOnly, ...(from !== undefined && { from }), ...(to !== undefined && { to }) })
    },
    maintain: async ({ product, dryRun }, { subject }, signal) => {
      const found = product === undefined ? undefined : await findProduct(house, product)
      if (found?.ok === false) return found
      const allowed = require(house, subject, 'administer', found === undefined ? undefined : governed(found.value))
      if (!allowed.ok) return allowed
      const asked = { signal, ...(product !== undefined && { product }) }
      const { tables, journal, diagnostics } = dryRun ? await house.maintenance.foresee(asked) : await house.maintenance.maintain(asked)
      return ok({
        dryRun,
        tables: tables.map(({ table, removals, diagnostics }) => ({ product: table.namespace, dataSet: table.name, removals: [...removals], diagnostics: [...diagnostics] })),
        journal: [...journal],
        diagnostics: [...diagnostics],
      })
    },
  }
}
