// Maintenance when somebody asks for it: the whole mesh is an administrator's, a product also its owner's.

import type { Handlers } from '@tulle/api'
import { ok } from '@tulle/kernel'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { require } from './permissions.ts'
import { findProduct, governed } from './products.ts'

export function maintenanceHandlers(house: House): Pick<Handlers<Caller>, 'maintain'> {
  return {
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
