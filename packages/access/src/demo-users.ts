// Gives a sample mesh its people: an account each, with a generated password in a file that only the owner of the home reads. No secret has a default.

import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Role } from '@tulle/policy'
import type { Store } from '@tulle/store'
import { appendEvent } from '@tulle/store'
import { createAccount, setPassword } from './accounts.ts'
import { checkRole } from './check-account.ts'
import { findAccount, isNameTaken } from './find-accounts.ts'
import { listGrants } from './grant-rows.ts'
import { grant, SYSTEM } from './grants.ts'
import { messages } from './messages.ts'
import type { AccessControl, Account, DemoAccount, DemoUser } from './types.ts'

/** Makes sure that each user has an account as declared and a secret file. Changes nothing that is so already, and revives nobody who was disabled. */
export async function ensureDemoUsers(store: Store, users: readonly DemoUser[], { secretsFolder }: { secretsFolder: string }): Promise<Result<readonly DemoAccount[]>> {
  const made: DemoAccount[] = []
  try {
    await mkdir(secretsFolder, { recursive: true, mode: 0o700 })
    await chmod(secretsFolder, 0o700)
    for (const user of users) {
      const account = await ensureAccount(store, user, secretsFolder)
      if (!account.ok) return account
      if (account.value !== undefined) made.push({ name: user.name, role: account.value.subject.role, title: user.title, secretFile: join(secretsFolder, user.name) })
    }
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    if (syscall === undefined || code === undefined) throw error
    return fail(messages['secrets-not-writable']({ folder: secretsFolder, reason: code }))
  }
  return ok(made)
}

/** Gives each user the declared grants, once: a grant that was revoked since is not given again. Products must exist. */
export async function ensureDemoGrants(access: AccessControl, users: readonly DemoUser[]): Promise<Result<number>> {
  let given = 0
  for (const user of users) {
    const account = await findAccount(access.store, user.name)
    for (const product of account === undefined ? [] : user.grants) {
      const before = await listGrants(access.store, { product })
      if (before.some((record) => record.grant.subjectKind === 'user' && record.grant.subject === account?.subject.id)) continue
      const done = await grant(access, { by: SYSTEM, subjectKind: 'user', subject: user.name, product, purposes: user.purposes })
      if (!done.ok) return done
      given += 1
    }
  }
  return ok(given)
}

async function ensureAccount(store: Store, user: DemoUser, folder: string): Promise<Result<Account | undefined>> {
  const role = checkRole(user.role)
  if (role.length > 0) return fail(...role)
  const existing = await findAccount(store, user.name)
  if (existing === undefined && await isNameTaken(store, user.name)) return ok(undefined)
  const file = join(folder, user.name)
  const secret = /^[a-z][a-z0-9._-]*$/u.test(user.name) ? (await readFile(file, 'utf8').catch(() => '')).trim() : ''
  if (existing !== undefined && secret !== '') return ok(await alignAccount(store, existing, user))
  const password = secret === '' ? randomBytes(18).toString('base64url') : secret
  // The account first: a name that is refused must not have become a path.
  const account = existing === undefined
    ? await createAccount(store, { ...user, role: user.role as Role, password })
    : await setPassword(store, user.name, password)
  if (!account.ok) return fail(...account.diagnostics)
  await writeFile(`${file}.new`, `${password}\n`, { mode: 0o600, flush: true })
  await rename(`${file}.new`, file)
  return ok(await alignAccount(store, account.value, user))
}

async function alignAccount(store: Store, account: Account, user: DemoUser): Promise<Account> {
  const { subject } = account
  // What administrators changed of the attributes since stays so.
  const attributes = { ...user.attributes, ...subject.attributes }
  const same = Object.keys(attributes).length === Object.keys(subject.attributes ?? {}).length && subject.role === user.role && account.title === user.title && String(account.purposes) === String(user.purposes)
    && String(subject.teams) === String(user.teams.toSorted())
  if (same) return account
  await store.db.transaction().execute(async (tx) => {
    await tx.updateTable('account').set({ role: user.role, display_name: user.title, purposes: JSON.stringify(user.purposes), attributes: JSON.stringify(attributes) }).where('id', '=', subject.id).execute()
    await tx.deleteFrom('account_team').where('account_id', '=', subject.id).execute()
    const teams = [...new Set(user.teams)]
    if (teams.length > 0) await tx.insertInto('account_team').values(teams.map((team) => ({ account_id: subject.id, team }))).execute()
    await appendEvent(tx, { type: 'tulle.account.changed', source: '/access', subject: subject.id, data: { account: subject.id, change: 'aligned' } })
  })
  return (await findAccount(store, user.name)) ?? account
}
