// Single accounts, for whoever administers them.

import { admitAccount, changeAccount, disableAccount, elevate, endElevation, findAccount, listElevations, setPassword } from '@tulle/access'
import type { Account as KeptAccount, Elevation as KeptElevation } from '@tulle/access'
import type { Account, Elevation, Handlers, User } from '@tulle/api'
import type { AuditLine } from '@tulle/audit'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { GovernedProduct, Subject } from '@tulle/policy'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { require } from './permissions.ts'

type AccountHandlers = Pick<Handlers<Caller>, 'getAccount' | 'createAccount' | 'setPassword' | 'changeAccount' | 'disableAccount' | 'elevate' | 'endElevation' | 'listElevations'>

export function accountHandlers(house: House): AccountHandlers {
  return {
    getAccount: async ({ account: name }, { subject }) => {
      const allowed = name === subject.name ? ok(undefined) : require(house, subject, 'administer')
      if (!allowed.ok) return allowed
      const account = await findAccount(house.store, name, house.clock)
      return account === undefined ? unknownAccount(house, name) : ok(toAccount(account))
    },
    createAccount: async ({ name, ...given }, { subject, apiToken }) => {
      const allowed = require(house, subject, 'administer')
      if (!allowed.ok) return allowed
      if (apiToken !== undefined) return fail(messages['token-sets-no-password']({}))
      const made = await admitAccount(house.store, { name, password: given.password, role: given.role, ...(given.title !== undefined && { title: given.title }), ...(given.teams !== undefined && { teams: given.teams }), ...(given.purposes !== undefined && { purposes: given.purposes }), ...(given.attributes !== undefined && { attributes: given.attributes }) })
      if (!made.ok) return made
      await house.access.caughtUp()
      return ok(toAccount(made.value))
    },
    setPassword: async ({ account: name, password, present }, { subject, apiToken }) => {
      if (apiToken !== undefined) return fail(messages['token-sets-no-password']({}))
      // Whoever sits down at an open screen does not know it.
      const allowed = name === subject.name ? await knowsPassword(house, name, present ?? '') : require(house, subject, 'administer')
      if (!allowed.ok) return allowed
      const set = await setPassword(house.store, name, password)
      if (!set.ok) return set
      await house.access.caughtUp()
      return ok(null)
    },
    disableAccount: async ({ account: name }, { subject }) => {
      const allowed = require(house, subject, 'administer')
      if (!allowed.ok) return allowed
      const disabled = await disableAccount(house.store, name)
      if (!disabled.ok) return disabled
      await house.access.caughtUp()
      return ok(null)
    },
    elevate: async ({ justification }, caller) => {
      const account = await caller.again()
      if (account === undefined) return fail(messages['not-signed-in']({}))
      if (caller.apiToken !== undefined) return fail(messages['token-never-elevates']({}))
      const made = await elevate(house.access, account, justification, house.clock)
      await house.audit.record(elevationLine(house, account, made.ok ? 'ok' : (made.diagnostics[0]?.code ?? ''), justification))
      return made.ok ? ok(toElevation(made.value)) : made
    },
    endElevation: async (_input, caller) => {
      const account = await caller.again()
      if (account === undefined) return fail(messages['not-signed-in']({}))
      const ended = await endElevation(house.access, account, house.clock)
      return ended.ok ? ok(null) : ended
    },
    listElevations: async (_input, { subject }) => {
      const all = subject.role === 'steward' || require(house, subject, 'administer').ok
      return ok({ elevations: (await listElevations(house.store, all ? undefined : subject.id)).map(toElevation) })
    },
    changeAccount: async ({ account: name, ...change }, caller) => {
      const { subject } = caller
      const elevated = name === subject.name && (change.role ?? change.teams) !== undefined && (await caller.again())?.elevatedUntil !== undefined
      if (elevated) return fail(messages['own-role-while-elevated']({}))
      const allowed = require(house, subject, 'administer')
      if (!allowed.ok) return allowed
      const changed = await changeAccount(house.store, name, change)
      if (!changed.ok) return changed
      await house.access.caughtUp()
      return ok(toAccount(changed.value))
    },
  }
}

async function knowsPassword({ sessions }: House, name: string, password: string): Promise<Result<void>> {
  const session = await sessions.signIn(name, password, { label: 'password' })
  if (!session.ok) return session.diagnostics[0]?.code === 'wrong-password' ? fail(messages['present-password-wrong']({})) : session
  await sessions.signOut(session.value.token)
  return ok(undefined)
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

const toElevation = ({ startedAt, endsAt, ...rest }: KeptElevation): Elevation => ({ ...rest, startedAt: startedAt.toISOString(), endsAt: endsAt.toISOString() })

/** What was said is in the audit word by word: it is why the deed was right, and no value of any row. */
const elevationLine = (house: House, { subject }: KeptAccount, outcome: string, justification: string): AuditLine => ({
  time: new Date(house.clock.now()).toISOString(), port: 'api', subject: subject.name, subjectId: subject.id, purpose: null, decision: outcome === 'ok' ? 'allow' : 'deny', reads: [], rows: 0, milliseconds: 0,
  outcome, reasons: [], deed: { deed: 'elevate', justification: justification.slice(0, 500) },
})

export const toUser = ({ subject, title, purposes }: KeptAccount): User => ({
  id: subject.id, name: subject.name, title, kind: subject.kind, role: subject.role, teams: [...subject.teams], domains: [...(subject.domains ?? [])], purposes: [...purposes], attributes: { ...subject.attributes },
})

export const toAccount = (account: KeptAccount): Account => ({
  ...toUser(account),
  ...(account.disabledAt !== undefined && { disabledAt: account.disabledAt.toISOString() }),
})
