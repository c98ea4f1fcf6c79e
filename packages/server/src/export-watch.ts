// The export watch of the house: one for all ports, kept in the control database. Where it closes a way, the subject's own grants
// on the product are frozen as well, so that every door says the same; opening it thaws them.

import { freezeGrant, listGrants, SYSTEM, thawGrant } from '@tulle/access'
import type { AccessControl } from '@tulle/access'
import { postgresLedger, watchExports } from '@tulle/gateway'
import type { ExportBudget, Freeze, RunningExportWatch } from '@tulle/gateway'
import type { Clock } from '@tulle/kernel'
import type { Subject } from '@tulle/policy'
import type { Store } from '@tulle/store'
import type { Log } from './log.ts'

interface Needs { readonly store: Store; readonly access: AccessControl; readonly clock: Clock; readonly log: Log; readonly budget: Partial<ExportBudget> }

export interface HouseExports {
  readonly watch: RunningExportWatch
  /** Opens the way again, in the name of whoever may. */
  thaw(freeze: Freeze, by: Subject): Promise<Freeze | undefined>
}

const NOTE = 'suspicious export'

export function openExports({ store, access, clock, log, budget }: Needs): HouseExports {
  const own = async ({ subjectId, productId }: Freeze) => (await listGrants(store)).filter(({ grant }) => grant.productId === productId && grant.subjectKind === 'user' && grant.subject === subjectId)
  const watch = watchExports({
    ledger: postgresLedger(store), clock, budget, warn: (message) => log.error(message),
    onSuspicious: async (freeze) => {
      log.warn('a suspicious export was cut', { freeze: freeze.id, subject: freeze.subjectId, product: freeze.productId, what: freeze.what, amount: freeze.amount, allowed: freeze.allowed })
      for (const { grant, state } of await own(freeze)) if (state === 'active') await freezeGrant(access, { grantId: grant.id, by: SYSTEM, note: `${NOTE} ${freeze.id}` })
    },
  })
  return {
    watch,
    async thaw(freeze, by) {
      const thawed = await watch.thaw(freeze.id, by.name)
      if (thawed === undefined) return undefined
      for (const { grant, state, frozenBy } of await own(freeze)) if (state === 'frozen' && frozenBy === SYSTEM.name) await thawGrant(access, { grantId: grant.id, by, note: `${NOTE} ${freeze.id}` })
      return thawed
    },
  }
}
