// Accounts: who may sign in, with which role, in which teams. A password is only ever seen here on its way into a verifier.

import { randomUUID } from 'node:crypto'
import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Store } from '@tulle/store'
import { appendEvent } from '@tulle/store'
import { checkAttributes, checkPurposes, checkRole, checkTeams } from './check-account.ts'
import { ACCOUNT_NAME, findAccount, findAccountById } from './find-accounts.ts'
import { messages } from './messages.ts'
import { parseVerifier, scramVerifier } from './scram.ts'
import type { Account, NewAccount } from './types.ts'

/** Makes an account. Its id is new and never changes. */
export async function createAccount(store: Store, account: NewAccount): Promise<Result<Account>> {
  const wrong = [...checkName(account.name), ...checkPassword(account.password), ...checkRole(account.role), ...checkAttributes(account.attributes ?? {})]
  if (wrong.length > 0) return fail(...wrong)
  const id = randomUUID()
  const verifier = await scramVerifier(account.password)
  const made = await store.db.transaction().execute(async (tx) => {
    const { numInsertedOrUpdatedRows } = await tx.insertInto('account').values({
      id,
      name: account.name,
      role: account.role,
      display_name: account.title ?? account.name,
      verifier,
      purposes: JSON.stringify(account.purposes ?? []),
      attributes: JSON.stringify(account.attributes ?? {}),
      created_at: new Date(),
      disabled_at: null,
    }).onConflict((c) => c.column('name').doNothing()).executeTakeFirstOrThrow()
    if (numInsertedOrUpdatedRows !== 1n) return false
    const teams = [...new Set(account.teams)]
    if (teams.length > 0) await tx.insertInto('account_team').values(teams.map((team) => ({ account_id: id, team }))).execute()
    await tellAccountChange(tx, id, 'created')
    return true
  })
  if (!made) return fail(messages['account-exists']({ name: account.name }))
  const found = await findAccountById(store, id)
  return found === undefined ? fail(messages['unknown-subject']({ kind: 'user', subject: account.name, known: [] })) : ok(found)
}

/** Makes the account of somebody who joins a mesh that is there: its teams and purposes are asked of the mesh. */
export async function admitAccount(store: Store, account: NewAccount): Promise<Result<Account>> {
  const wrong = [...await checkTeams(store, account.teams ?? []), ...await checkPurposes(store, account.purposes ?? [])]
  return wrong.length > 0 ? fail(...wrong) : createAccount(store, account)
}

/** Sets another password and ends every session of the account. Its salt stays, since tokens are kept under the same. */
export async function setPassword(store: Store, name: string, password: string): Promise<Result<Account>> {
  const wrong = checkPassword(password)
  if (wrong.length > 0) return fail(...wrong)
  const account = await findAccount(store, name)
  if (account === undefined) return unknownUser(store, name)
  if (account.subject.kind === 'service') return fail(messages['service-has-no-password']({ name }))
  const before = parseVerifier(account.verifier)
  const verifier = await scramVerifier(password, before?.salt, before?.iterations)
  await store.db.transaction().execute(async (tx) => {
    await tx.updateTable('account').set({ verifier }).where('id', '=', account.subject.id).execute()
    await tx.deleteFrom('session_token').where('account_id', '=', account.subject.id).execute()
    await tellAccountChange(tx, account.subject.id, 'password')
  })
  return ok({ ...account, verifier })
}

/** Shuts an account out: no sign-in, no session, and its name stays taken. */
export async function disableAccount(store: Store, name: string): Promise<Result<Account>> {
  const account = await findAccount(store, name)
  if (account === undefined) return unknownUser(store, name)
  const disabledAt = new Date()
  await store.db.transaction().execute(async (tx) => {
    await tx.updateTable('account').set({ disabled_at: disabledAt }).where('id', '=', account.subject.id).execute()
    await tx.deleteFrom('session_token').where('account_id', '=', account.subject.id).execute()
    await tellAccountChange(tx, account.subject.id, 'disabled')
  })
  return ok({ ...account, disabledAt })
}

/** The refusal of a name that nobody has. */
export async function unknownUser(store: Store, name: string): Promise<Result<never>> {
  const known = (await store.db.selectFrom('account').select('name').where('disabled_at', 'is', null).execute()).map((row) => row.name)
  return fail(messages['unknown-subject']({ kind: 'user', subject: name.slice(0, 100), known }))
}

/** The event that follows every change of an account: with it open sessions look anew at who they are. */
export const tellAccountChange = (tx: Parameters<typeof appendEvent>[0], account: string, change: string): Promise<string> =>
  appendEvent(tx, { type: 'tulle.account.changed', source: '/access', subject: account, data: { account, change } })

// "system" is what the platform itself is called where it gives a right; service identities are called by what they represent.
const checkName = (name: string): readonly Diagnostic[] => (ACCOUNT_NAME.test(name) && name.length <= 63 && name !== 'system' && !/^(?:product|application|gone)\./u.test(name) ? [] : [messages['bad-account-name']({ name: name.slice(0, 100) })])

const checkPassword = (password: string): readonly Diagnostic[] =>
  password.length >= 12 && password.length <= 1000 && !password.includes('\0') ? [] : [messages['bad-password']({})]
