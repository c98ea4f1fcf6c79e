// The export watch of the house: one for all ports, kept in the control database. Where it closes a way, the subject's own grants
// on the product are frozen as well, so that every door says the same; opening it thaws them.

import { freezeGrant, listGrants, SYSTEM, thawGrant } from '@tulle/access'
import type { AccessControl } from '@tulle/access'
import { postgresLedger, USUAL_BUDGET, watchExports } from '@tulle/gateway'
import type { ExportBudget, Freeze, RunningExportWatch } from '@tulle/gateway'
import type { Clock } from '@tulle/kernel'
import { narrowestExport } from '@tulle/model'
import type { ExportRules } from '@tulle/model'
import type { Subject } from '@tulle/policy'
import type { Store } from '@tulle/store'
import type { Log } from './log.ts'
import { readMeshFacts } from './mesh-facts.ts'

interface Needs { readonly store: Store; readonly access: AccessControl; readonly clock: Clock; readonly log: Log; readonly budget: Partial<ExportBudget> }

/** What the operator, the mesh and the product say, whoever says it, in rows, bytes and statements of an hour. */
export interface SaidBudget { readonly by: 'operator' | 'mesh' | 'product'; readonly most: ExportRules }

export interface HouseExports {
  readonly watch: RunningExportWatch
  /** Every word on a product; the narrowest of each measure holds. */
  budgetsOf(productId: string): Promise<readonly SaidBudget[]>
  /** Opens the way again, in the name of whoever may. */
  thaw(freeze: Freeze, by: Subject, note?: string): Promise<Freeze | undefined>
}

/** How the history of a grant names what the watch did to it. */
export const EXPORT_NOTE = 'suspicious export'

export function openExports({ store, access, clock, log, budget }: Needs): HouseExports {
  const budgetsOf = async (productId: string): Promise<readonly SaidBudget[]> => {
    const [mesh, product] = await Promise.all([
      readMeshFacts(store.db),
      store.db.selectFrom('resource').select('spec').where('id', '=', productId).executeTakeFirst(),
    ])
    return [
      { by: 'operator', most: { ...USUAL_BUDGET.most, ...budget.most } },
      ...[['mesh', mesh.exports] as const, ['product', (product?.spec as { readonly exports?: ExportRules } | null | undefined)?.exports] as const].flatMap(([by, most]) => {
        return most === undefined || most === null ? [] : [{ by, most }]
      }),
    ]
  }
  const own = async ({ subjectId, productId }: Freeze) => (await listGrants(store)).filter(({ grant }) => grant.productId === productId && grant.subjectKind === 'user' && grant.subject === subjectId)
  const watch = watchExports({
    ledger: postgresLedger(store), clock, budget, budgetOf: async (productId) => narrowestExport((await budgetsOf(productId)).map(({ most }) => most)) ?? {}, warn: (message) => log.error(message),
    onSuspicious: async (freeze) => {
      log.warn('a suspicious export was cut', { freeze: freeze.id, subject: freeze.subjectId, product: freeze.productId, what: freeze.what, amount: freeze.amount, allowed: freeze.allowed })
      for (const { grant, state } of await own(freeze)) if (state === 'active') await freezeGrant(access, { grantId: grant.id, by: SYSTEM, note: `${EXPORT_NOTE} ${freeze.id}` })
    },
  })
  return {
    watch,
    budgetsOf,
    async thaw(freeze, by, note) {
      const thawed = await watch.thaw(freeze.id, by.name)
      if (thawed === undefined) return undefined
      for (const { grant, state, frozenBy } of await own(freeze)) if (state === 'frozen' && frozenBy === SYSTEM.name) await thawGrant(access, { grantId: grant.id, by, note: `${EXPORT_NOTE} ${freeze.id}${note === undefined || note.trim() === '' ? '' : `: ${note}`}` })
      return thawed
    },
  }
}
