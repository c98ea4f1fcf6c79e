// Single accounts, for whoever administers them.

import { changeAccount, findAccount } from '@tulle/access'
import type { Account as KeptAccount } from '@tulle/access'
import type { Account, Handlers, User } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { GovernedProduct, Subject } from '@tulle/policy'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { require } from './permissions.ts'

type AccountHandlers = Pick<Handlers<Caller>, 'getAccount' | 'changeAccount'>

export function accountHandlers(house: House): AccountHandlers {
  return {
    getAccount: async ({ account: name }, { subject }) => {
      const allowed = name === subject.name ? ok(undefined) : require(house, subject, 'administer')
      if (!allowed.ok) return allowed
      const account = await findAccount(house.store, name, house.clock)
      return account === undefined ? unknownAccount(house, name) : ok(toAccount(account))
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

/** The change that changes nothing has the words for a name that nobody has. */
export async function unknownAccount(house: House, name: string): Promise<Result<never>> {
  const missing = await changeAccount(house.store, name, {})
  return missing.ok ? fail(messages['not-signed-in']({})) : missing
}

/** What a service identity acts for, as the policy asks for it; undefined for a person. */
export async function findRepresented(house: House, { represents }: Subject): Promise<GovernedProduct | undefined> {
  if (represents === undefined) return undefined
  const row = await house.db.selectFrom('resource').select('spec').where('id', '=', represents.id).executeTakeFirst()
  const spec = (row?.spec ?? {}) as { readonly name?: string; readonly domain?: string; readonly team?: string }
  return { id: represents.id, name: spec.name ?? represents.id, domain: spec.domain ?? '', team: spec.team ?? '' }
}

export const toUser = ({ subject, title, purposes }: KeptAccount): User => ({
  id: subject.id, name: subject.name, title, role: subject.role, teams: [...subject.teams], domains: [...(subject.domains ?? [])], purposes: [...purposes], attributes: { ...subject.attributes },
})

export const toAccount = (account: KeptAccount): Account => ({
  ...toUser(account),
  ...(account.disabledAt !== undefined && { disabledAt: account.disabledAt.toISOString() }),
})
