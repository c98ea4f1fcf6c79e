// Accounts: who may sign in, with which role, in which teams. A password is only ever seen here on its way into a verifier.

import { randomUUID } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Role } from '@tulle/policy'
import { ROLES } from '@tulle/policy'
import type { AccountTable, Store } from '@tulle/store'
import { appendEvent } from '@tulle/store'
import { messages } from './messages.ts'
import { scramVerifier } from './scram.ts'
import type { Account, NewAccount } from './types.ts'

const NAME = /^[a-z][a-z0-9._-]{0,62}$/u

/** Makes an account. Its id is new and never changes. */
export async function createAccount(store: Store, account: NewAccount): Promise<Result<Account>> {
  const wrong = [...checkName(account.name), ...checkPassword(account.password), ...checkRole(account.role)]
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
      created_at: new Date(),
      disabled_at: null,
    }).onConflict((c) => c.column('name').doNothing()).executeTakeFirstOrThrow()
    if (numInsertedOrUpdatedRows !== 1n) return false
    const teams = [...new Set(account.teams)]
    if (teams.length > 0) await tx.insertInto('account_team').values(teams.map((team) => ({ account_id: id, team }))).execute()
    await tellChange(tx, id, 'created')
    return true
  })
  if (!made) return fail(messages['account-exists']({ name: account.name }))
  const found = await findAccountById(store, id)
  return found === undefined ? fail(messages['unknown-subject']({ kind: 'user', subject: account.name, known: [] })) : ok(found)
}

/** All accounts by name, disabled ones too. */
export async function listAccounts(store: Store): Promise<readonly Account[]> {
  const rows = await store.db.selectFrom('account').selectAll().orderBy('name').execute()
  const teams = await store.db.selectFrom('account_team').selectAll().orderBy('team').execute()
  const byAccount = Map.groupBy(teams, (row) => row.account_id)
  return rows.map((row) => toAccount(row, (byAccount.get(row.id) ?? []).map((t) => t.team)))
}

/** True for names that an account has or had: a disabled one keeps its name. */
export async function isNameTaken(store: Store, name: string): Promise<boolean> {
  return await store.db.selectFrom('account').select('id').where('name', '=', name).executeTakeFirst() !== undefined
}

/** The account that may sign in under this name. A disabled one is not found. */
export async function findAccount(store: Store, name: string): Promise<Account | undefined> {
  if (!NAME.test(name)) return undefined
  const row = await store.db.selectFrom('account').selectAll().where('name', '=', name).where('disabled_at', 'is', null).executeTakeFirst()
  return row === undefined ? undefined : withTeams(store, row)
}

export async function findAccountById(store: Store, id: string): Promise<Account | undefined> {
  const row = await store.db.selectFrom('account').selectAll().where('id', '=', id).where('disabled_at', 'is', null).executeTakeFirst()
  return row === undefined ? undefined : withTeams(store, row)
}

/** Sets another password and ends every session of the account. */
export async function setPassword(store: Store, name: string, password: string): Promise<Result<Account>> {
  const wrong = checkPassword(password)
  if (wrong.length > 0) return fail(...wrong)
  const account = await findAccount(store, name)
  if (account === undefined) return unknownUser(store, name)
  const verifier = await scramVerifier(password)
  await store.db.transaction().execute(async (tx) => {
    await tx.updateTable('account').set({ verifier }).where('id', '=', account.subject.id).execute()
    await tx.deleteFrom('session_token').where('account_id', '=', account.subject.id).execute()
    await tellChange(tx, account.subject.id, 'password')
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
    await tellChange(tx, account.subject.id, 'disabled')
  })
  return ok({ ...account, disabledAt })
}

async function unknownUser(store: Store, name: string): Promise<Result<never>> {
  const known = (await store.db.selectFrom('account').select('name').execute()).map((row) => row.name)
  return fail(messages['unknown-subject']({ kind: 'user', subject: name, known }))
}

const tellChange = (tx: Parameters<typeof appendEvent>[0], account: string, change: string): Promise<string> =>
  appendEvent(tx, { type: 'tulle.account.changed', source: '/access', subject: account, data: { account, change } })

async function withTeams(store: Store, row: Selectable<AccountTable>): Promise<Account> {
  const teams = await store.db.selectFrom('account_team').select('team').where('account_id', '=', row.id).orderBy('team').execute()
  return toAccount(row, teams.map((t) => t.team))
}

function toAccount(row: Selectable<AccountTable>, teams: readonly string[]): Account {
  return {
    subject: { id: row.id, name: row.name, kind: 'user', role: row.role as Role, teams },
    title: row.display_name,
    purposes: row.purposes as readonly string[],
    verifier: row.verifier,
    createdAt: row.created_at,
    ...(row.disabled_at !== null && { disabledAt: row.disabled_at }),
  }
}

// "system" is what the platform itself is called where it gives a right.
const checkName = (name: string): readonly Diagnostic[] => (NAME.test(name) && name !== 'system' ? [] : [messages['bad-account-name']({ name: name.slice(0, 100) })])

const checkPassword = (password: string): readonly Diagnostic[] =>
  password.length >= 12 && password.length <= 1000 && !password.includes('\0') ? [] : [messages['bad-password']({})]

export const checkRole = (role: string): readonly Diagnostic[] =>
  ROLES.some((known) => known === role) ? [] : [messages['unknown-role']({ role: role.slice(0, 100), known: ROLES })]
