// Reads accounts: a row, its teams, and the data domains that these own, at one moment.

import type { Clock, Json } from '@tulle/kernel'
import { systemClock } from '@tulle/kernel'
import type { Role, Subject } from '@tulle/policy'
import type { AccountTable, Store } from '@tulle/store'
import type { Selectable } from 'kysely'
import { sql } from 'kysely'
import type { Account } from './types.ts'

/** What the name of an account looks like, a service identity's too. */
export const ACCOUNT_NAME = /^[a-z][a-z0-9._-]{0,79}$/u

/** All accounts by name, disabled ones too. */
export async function listAccounts(store: Store, clock: Clock = systemClock): Promise<readonly Account[]> {
  return (await accounts(store, clock).orderBy('a.name').execute()).map((row) => toAccount(row, clock.now()))
}

/** True for names that an account has or had: a disabled one keeps its name. */
export async function isNameTaken(store: Store, name: string): Promise<boolean> {
  return await store.db.selectFrom('account').select('id').where('name', '=', name).executeTakeFirst() !== undefined
}

/** The account that may sign in under this name. A disabled one is not found. */
export async function findAccount(store: Store, name: string, clock: Clock = systemClock): Promise<Account | undefined> {
  if (!ACCOUNT_NAME.test(name)) return undefined
  return found(await accounts(store, clock).where('a.name', '=', name).where('a.disabled_at', 'is', null).where(alive).executeTakeFirst(), clock)
}

export async function findAccountById(store: Store, id: string, clock: Clock = systemClock): Promise<Account | undefined> {
  return found(await accounts(store, clock).where('a.id', '=', id).where('a.disabled_at', 'is', null).where(alive).executeTakeFirst(), clock)
}

interface Row extends Selectable<AccountTable> { readonly teams: readonly string[]; readonly domains: readonly string[]; readonly elevated_until: Date | null }

// Names are compared as bytes, so that their order is the one that JavaScript has too.
const accounts = ({ db }: Store, clock: Clock) => db.selectFrom('account as a').selectAll('a').select([
  sql<readonly string[]>`coalesce((select jsonb_agg(t.team order by t.team collate "C") from account_team t where t.account_id = a.id), '[]')`.as('teams'),
  sql<readonly string[]>`coalesce((select jsonb_agg(d.spec->>'name' order by d.spec->>'name' collate "C") from resource d where d.kind = 'data-domain'
    and d.archived_at is null and d.spec->>'owner' in (select t.team from account_team t where t.account_id = a.id)), '[]')`.as('domains'),
  sql<Date | null>`(select max(e.ends_at) from elevation e where e.account_id = a.id and e.ended_at is null and e.ends_at > ${new Date(clock.now())})`.as('elevated_until'),
])

// A service identity lives as long as what it represents does.
const alive = sql<boolean>`(a.represents_id is null or exists (select 1 from resource r where r.id = a.represents_id and r.archived_at is null))`

const found = (row: Row | undefined, clock: Clock): Account | undefined => (row === undefined ? undefined : toAccount(row, clock.now()))

/** Teams and role that an issuer gave hold this long without its word, for tokens whose owner never comes by. */
export const ISSUER_WORD_MILLISECONDS = 12 * 3_600_000

function toAccount(row: Row, now: number): Account {
  const wordEnds = row.confirmed_at === null ? undefined : new Date(row.confirmed_at.getTime() + ISSUER_WORD_MILLISECONDS)
  const isStale = wordEnds !== undefined && wordEnds.getTime() <= now
  const ends = [row.elevated_until, isStale ? null : (wordEnds ?? null)].filter((end) => end !== null).toSorted((a, b) => a.getTime() - b.getTime())
  return {
    subject: toSubject(isStale ? { ...row, role: 'consumer', teams: [], domains: [] } : row),
    title: row.display_name,
    purposes: row.purposes as readonly string[],
    verifier: row.verifier,
    createdAt: row.created_at,
    ...(row.disabled_at !== null && { disabledAt: row.disabled_at }),
    ...(row.elevated_until !== null && { elevatedUntil: row.elevated_until, ownRole: isStale ? ('consumer' as const) : (row.role as Role) }),
    ...(ends[0] !== undefined && { goodUntil: ends[0] }),
    ...(row.issuer !== null && { issuer: row.issuer }),
  }
}

function toSubject(row: Row): Subject {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    role: row.elevated_until === null ? (row.role as Role) : 'administrator',
    teams: row.teams,
    domains: row.domains,
    attributes: row.attributes as Readonly<Record<string, Json>>,
    ...(row.represents_kind !== null && row.represents_id !== null && { represents: { kind: row.represents_kind, id: row.represents_id } }),
  }
}
