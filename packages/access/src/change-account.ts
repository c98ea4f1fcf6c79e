// Changes what is known of an account: its role, teams, purposes, attributes. What is left out stays.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Role } from '@tulle/policy'
import type { Store } from '@tulle/store'
import { tellAccountChange, unknownUser } from './accounts.ts'
import { checkAttributes, checkPurposes, checkRole, checkTeams } from './check-account.ts'
import { findAccount, findAccountById } from './find-accounts.ts'
import { messages } from './messages.ts'
import type { Account } from './types.ts'

export interface AccountChange {
  readonly role?: Role | undefined
  readonly title?: string | undefined
  readonly teams?: readonly string[] | undefined
  readonly purposes?: readonly string[] | undefined
  /** By name; null takes one away, and those that are not named stay. */
  readonly attributes?: Readonly<Record<string, Json>> | undefined
}

/** In force in open sessions within a second. A change that changes nothing tells nobody. */
export async function changeAccount(store: Store, name: string, change: AccountChange): Promise<Result<Account>> {
  const account = await findAccount(store, name)
  if (account === undefined) return unknownUser(store, name)
  const { subject } = account
  if (account.issuer !== undefined && (change.role ?? change.teams) !== undefined) return fail(messages['issuer-says-so']({ name, issuer: account.issuer }))
  if (subject.kind === 'service' && (change.role ?? change.teams) !== undefined) return fail(messages['service-has-no-role']({ name }))
  const after = {
    role: change.role ?? subject.role,
    title: change.title ?? account.title,
    teams: [...new Set(change.teams ?? subject.teams)].toSorted(),
    purposes: [...new Set(change.purposes ?? account.purposes)],
    attributes: merged(subject.attributes ?? {}, change.attributes ?? {}),
  }
  const wrong = [...checkRole(after.role), ...checkAttributes(after.attributes), ...await checkTeams(store, change.teams ?? []), ...await checkPurposes(store, change.purposes ?? [])]
  if (wrong.length > 0) return fail(...wrong)
  const before = { role: subject.role, title: account.title, teams: subject.teams, purposes: account.purposes, attributes: merged(subject.attributes ?? {}, {}) }
  if (JSON.stringify(before) === JSON.stringify(after)) return ok(account)
  await store.db.transaction().execute(async (tx) => {
    await tx.updateTable('account')
      .set({ role: after.role, display_name: after.title, purposes: JSON.stringify(after.purposes), attributes: JSON.stringify(after.attributes) })
      .where('id', '=', subject.id).execute()
    await tx.deleteFrom('account_team').where('account_id', '=', subject.id).execute()
    if (after.teams.length > 0) await tx.insertInto('account_team').values(after.teams.map((team) => ({ account_id: subject.id, team }))).execute()
    await tellAccountChange(tx, subject.id, 'changed')
  })
  const changed = await findAccountById(store, subject.id)
  return changed === undefined ? unknownUser(store, name) : ok(changed)
}

function merged(before: Readonly<Record<string, Json>>, change: Readonly<Record<string, Json>>): Readonly<Record<string, Json>> {
  const all = Object.entries({ ...before, ...change }).filter(([, value]) => value !== null)
  return Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
