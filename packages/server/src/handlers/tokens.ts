// API tokens: everybody's own, and those of service identities for whoever keeps what they represent.

import { createToken, findAccount, listTokens, readServiceName, revokeToken, rotateToken, serviceAccount } from '@tulle/access'
import type { Account, ApiToken as KeptToken, MadeToken as Made } from '@tulle/access'
import type { ApiToken, Handlers, MadeToken } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { findRepresented, unknownAccount } from './accounts.ts'
import { require } from './permissions.ts'

type TokenHandlers = Pick<Handlers<Caller>, 'listTokens' | 'createToken' | 'rotateToken' | 'revokeToken'>

export function tokenHandlers(house: House): TokenHandlers {
  const { store, clock } = house
  return {
    listTokens: async ({ account: name }, caller) => {
      const account = await accountOf(house, name ?? caller.subject.name)
      if (!account.ok) return account
      const allowed = await mayEnd(house, caller, account.value)
      return allowed.ok ? ok({ tokens: (await listTokens(store, { accountId: account.value.subject.id })).map(toToken) }) : allowed
    },
    createToken: async ({ account: name, expiresAt, scope = 'read', ...token }, caller) => {
      const account = await accountOf(house, name ?? caller.subject.name)
      if (!account.ok) return account
      const allowed = await mayMake(house, caller, account.value)
      if (!allowed.ok) return allowed
      // Whoever asks by it learns what everybody may read.
      const mesh = scope === 'decide' ? require(house, caller.subject, 'administer') : scope === 'lineage' ? require(house, caller.subject, 'plan') : ok(undefined)
      if (!mesh.ok) return mesh
      const made = await createToken(store, account.value, { ...token, scope, by: caller.subject.name, ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }) }, clock)
      return made.ok ? ok(toMade(made.value)) : made
    },
    rotateToken: async ({ token: id, overlapSeconds }, caller) => {
      const allowed = await mayTouch(house, caller, id, mayMake)
      if (!allowed.ok) return allowed
      const made = await rotateToken(store, id, { by: caller.subject.name, overlap: overlapSeconds * 1000 }, clock)
      if (!made.ok) return made
      await house.access.caughtUp()
      return ok(toMade(made.value))
    },
    revokeToken: async ({ token: id }, caller) => {
      const allowed = await mayTouch(house, caller, id, mayEnd)
      if (!allowed.ok) return allowed
      const revoked = await revokeToken(store, id, caller.subject.name, clock)
      if (!revoked.ok) return revoked
      await house.access.caughtUp()
      return ok(null)
    },
  }
}

async function accountOf(house: House, name: string): Promise<Result<Account>> {
  if (readServiceName(name) !== undefined) return serviceAccount(house.store, name)
  const account = await findAccount(house.store, name, house.clock)
  return account === undefined ? unknownAccount(house, name) : ok(account)
}

type Allowed = (house: House, caller: Caller, account: Account) => Promise<Result<undefined>>

/** A person makes the own tokens; those of a service identity are made by whoever administers what it represents. */
const mayMake: Allowed = async (house, caller, { subject }) => {
  if (caller.apiToken !== undefined) return fail(messages['token-makes-no-token']({}))
  if (subject.id === caller.subject.id) return ok(undefined)
  const represented = await findRepresented(house, subject)
  if (represented === undefined) return fail(messages['not-allowed']({ who: caller.subject.name, what: `make tokens of "${subject.name}"`, rule: 'a person makes the own ones' }))
  return require(house, caller.subject, 'administer', represented)
}

/** Administrators may see and end every token, and make none of other people. */
const mayEnd: Allowed = async (house, caller, account) =>
  (account.subject.id === caller.subject.id ? ok(undefined) : require(house, caller.subject, 'administer', await findRepresented(house, account.subject)))

async function mayTouch(house: House, caller: Caller, id: string, may: Allowed): Promise<Result<undefined>> {
  if (caller.apiToken?.id === id) return ok(undefined)
  if (caller.apiToken !== undefined) return fail(messages['token-makes-no-token']({}))
  const [token] = await listTokens(house.store, { id })
  const account = token === undefined ? undefined : await findAccount(house.store, token.account, house.clock)
  // What somebody may not know of is not there.
  if (account === undefined) return ok(undefined)
  return may(house, caller, account)
}

const toMade = ({ secret, token }: Made): MadeToken => ({ secret, token: toToken(token) })

function toToken({ id, account, label, scope, purposes, createdBy, createdAt, expiresAt, lastUsedAt, revokedAt, revokedBy, rotatedFrom }: KeptToken): ApiToken {
  return {
    id, account, label, scope, createdBy,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    ...(purposes !== undefined && { purposes: [...purposes] }),
    ...(lastUsedAt !== undefined && { lastUsedAt: lastUsedAt.toISOString() }),
    ...(revokedAt !== undefined && { revokedAt: revokedAt.toISOString() }),
    ...(revokedBy !== undefined && { revokedBy }),
    ...(rotatedFrom !== undefined && { rotatedFrom }),
  }
}
