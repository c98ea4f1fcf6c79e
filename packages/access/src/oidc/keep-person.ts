// What an issuer says of a person → an account with its teams and role. The account is found by the issuer's own name for
// the person and never by a name or an address, which somebody else could have taken.

import { randomBytes, randomUUID } from 'node:crypto'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Role } from '@tulle/policy'
import { ROLES } from '@tulle/policy'
import type { Store } from '@tulle/store'
import { tellAccountChange } from '../accounts.ts'
import { findAccountById, isNameTaken } from '../find-accounts.ts'
import { messages } from '../messages.ts'
import { scramVerifier } from '../scram.ts'
import type { Account } from '../types.ts'
import type { GroupMapping, IssuerPerson } from './types.ts'

/** Makes the account say what the issuer says, unless it said something newer already. A disabled account stays shut. */
export async function keepPerson(store: Store, person: IssuerPerson, mapping: GroupMapping): Promise<Result<Account>> {
  const known = await find(store, person)
  if (known === undefined && (person.subject === '' || person.subject.length > 255)) return fail(messages['issuer-names-nobody']({}))
  if (known === undefined) await create(store, person)
  const row = known ?? await find(store, person)
  if (row === undefined || row.disabled_at !== null) return fail(messages['account-shut']({}))
  const { teams, role } = rightsOf(person.groups ?? [], mapping)
  if (person.groups !== undefined) {
    await store.db.transaction().execute(async (tx) => {
      const now = await tx.selectFrom('account').select(['role', 'display_name', 'confirmed_at']).where('id', '=', row.id).forUpdate().executeTakeFirstOrThrow()
      if ((now.confirmed_at?.getTime() ?? 0) > person.saidAt.getTime()) return
      const before = (await tx.selectFrom('account_team').select('team').where('account_id', '=', row.id).execute()).map((t) => t.team)
      const isNews = now.role !== role || before.toSorted().join() !== teams.join() || now.display_name !== person.title
      await tx.updateTable('account').set({ role, display_name: person.title, confirmed_at: person.saidAt }).where('id', '=', row.id).execute()
      if (!isNews) return
      await tx.deleteFrom('account_team').where('account_id', '=', row.id).execute()
      if (teams.length > 0) await tx.insertInto('account_team').values(teams.map((team) => ({ account_id: row.id, team }))).execute()
      await tellAccountChange(tx, row.id, 'confirmed')
    })
  }
  const account = await findAccountById(store, row.id)
  return account === undefined ? fail(messages['account-shut']({})) : ok(account)
}

const find = (store: Store, { issuer, subject }: IssuerPerson) =>
  store.db.selectFrom('account').select(['id', 'disabled_at']).where('issuer', '=', issuer).where('issuer_subject', '=', subject).executeTakeFirst()

/** What groups come to: teams, each once and sorted, and the greatest role. */
export function rightsOf(groups: readonly string[], { teams, roles }: GroupMapping): { readonly teams: readonly string[]; readonly role: Role } {
  const named = groups.flatMap((group) => (teams === undefined ? [group] : (teams.get(group) ?? [])))
  const given = groups.flatMap((group) => roles.get(group) ?? [])
  return { teams: [...new Set(named)].filter((team) => /^[a-z][a-z0-9_]{0,62}$/u.test(team)).toSorted(), role: ROLES.find((role) => given.includes(role)) ?? 'consumer' }
}

async function create(store: Store, person: IssuerPerson): Promise<void> {
  const id = randomUUID()
  // Nobody knows this password. Its verifier is the salt that tokens lie under.
  const verifier = await scramVerifier(randomBytes(32).toString('base64url'))
  for (const name of namesFor(person.name)) {
    if (await isNameTaken(store, name)) continue
    const made = await store.db.transaction().execute(async (tx) => {
      const { numInsertedOrUpdatedRows } = await tx.insertInto('account').values({
        id, name, role: 'consumer', display_name: person.title, verifier, purposes: '[]', attributes: '{}',
        issuer: person.issuer, issuer_subject: person.subject, confirmed_at: new Date(0), created_at: new Date(), disabled_at: null,
      }).onConflict((c) => c.doNothing()).executeTakeFirstOrThrow()
      if (numInsertedOrUpdatedRows === 1n) await tellAccountChange(tx, id, 'created')
      return numInsertedOrUpdatedRows === 1n
    })
    if (made || (await find(store, person)) !== undefined) return
  }
}

/** Names like the one that the issuer tells, in our letters; numbered where others have them. */
function* namesFor(told: string): Iterable<string> {
  const bare = told.normalize('NFKD').toLowerCase().replaceAll(/[^a-z0-9._-]+/gu, '').replace(/^[^a-z]+/u, '').slice(0, 50)
  const name = bare === '' || bare === 'system' || /^(?:product|application|gone)\./u.test(bare) ? `person-${bare.replaceAll('.', '-')}` : bare
  yield name
  for (let i = 2; i < 1000; i += 1) yield `${name}-${i}`
}
