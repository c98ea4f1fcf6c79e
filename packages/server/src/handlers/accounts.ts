// Single accounts, for whoever administers them.

import { changeAccount, findAccount } from '@tulle/access'
import type { Account as KeptAccount } from '@tulle/access'
import type { Account, Handlers, User } from '@tulle/api'
import { ok } from '@tulle/kernel'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { require } from './permissions.ts'

type AccountHandlers = Pick<Handlers<Caller>, 'getAccount' | 'changeAccount'>

export function accountHandlers(house: House): AccountHandlers {
  return {
    getAccount: async ({ account: name }, { subject }) => {
      const allowed = name === subject.name ? ok(undefined) : require(house, subject, 'administer')
      if (!allowed.ok) return allowed
      const account = await findAccount(house.store, name)
      // The change that changes nothing has the words for a name that nobody has.
      const found = account === undefined ? await changeAccount(house.store, name, {}) : ok(account)
      return found.ok ? ok(toAccount(found.value)) : found
    },
    changeAccount: async ({ account: name, ...change }, { subject }) => {
      const allowed = require(house, subject, 'administer')
      if (!allowed.ok) return allowed
      const changed = await changeAccount(house.store, name, change)
      if (!changed.ok) return changed
      await house.access.caughtUp()
      return ok(toAccount(changed.value))
    },
  }
}

export const toUser = ({ subject, title, purposes }: KeptAccount): User => ({
  id: subject.id, name: subject.name, title, role: subject.role, teams: [...subject.teams], domains: [...(subject.domains ?? [])], purposes: [...purposes], attributes: { ...subject.attributes },
})

export const toAccount = (account: KeptAccount): Account => ({
  ...toUser(account),
  ...(account.disabledAt !== undefined && { disabledAt: account.disabledAt.toISOString() }),
})
