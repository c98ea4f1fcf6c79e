// API tokens: secrets of an account that programs hold. One opens every port, also as the password of a SQL client. It is
// shown once; what is kept is its digest and its SCRAM verifier.

import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Clock, Diagnostic, Json, Result } from '@tulle/kernel'
import { fail, ok, systemClock } from '@tulle/kernel'
import type { ApiTokenTable, Store } from '@tulle/store'
import type { Selectable } from 'kysely'
import { tellAccountChange } from './accounts.ts'
import { checkPurposes } from './check-account.ts'
import { findAccountById } from './find-accounts.ts'
import { messages } from './messages.ts'
import { parseVerifier, scramVerifier } from './scram.ts'
import type { Account, ApiToken, MadeToken, NewToken, OpeningScope, TokenScope } from './types.ts'

/** A SQL sign-in tries a proof on as many verifiers at most: the password's and those of living tokens. */
export const MOST_TOKENS = 31
const DAY = 86_400_000
const USUAL_LIFE = 90 * DAY
const LONGEST_LIFE = 366 * DAY
/** How often the last use is written down: a busy program must not write with every request. */
const USE_GRAIN = 60_000
const SECRET = /^tulle_api_[A-Za-z0-9_-]{43}$/u

/** Those that open doors of the account. */
const OPENING: readonly OpeningScope[] = ['read', 'full']
const isOpening = (scope: TokenScope): scope is OpeningScope => OPENING.some((one) => one === scope)

/** Whether a secret reads as an API token's. */
export const isTokenSecret = (secret: string): boolean => SECRET.test(secret)

/** Makes a token of the account. It never opens more than the account does. */
export async function createToken(store: Store, account: Account, token: NewToken, clock: Clock = systemClock): Promise<Result<MadeToken>> {
  const now = clock.now()
  const expiresAt = token.expiresAt ?? new Date(now + USUAL_LIFE)
  const wrong = [...checkLabel(token.label), ...checkLife(expiresAt, now), ...await checkTokenPurposes(store, token.purposes)]
  return wrong.length > 0 ? fail(...wrong) : make(store, account, { ...token, expiresAt, now })
}

/** A new secret in the place of an old one, which still works for the overlap, so that programs can be handed the new one. */
export async function rotateToken(store: Store, id: string, { by, overlap }: { readonly by: string; readonly overlap: number }, clock: Clock = systemClock): Promise<Result<MadeToken>> {
  const now = clock.now()
  const old = await findLiving(store, id, now)
  const account = old === undefined ? undefined : await findAccountById(store, old.account_id)
  if (old === undefined || account === undefined) return fail(messages['unknown-token']({ token: id.slice(0, 100) }))
  const life = old.expires_at.getTime() - old.created_at.getTime()
  const next = { by, label: old.label, scope: old.scope, ...(old.purposes !== null && { purposes: old.purposes as readonly string[] }), expiresAt: new Date(now + life), now }
  return make(store, account, next, { id, until: new Date(Math.min(old.expires_at.getTime(), now + overlap)) })
}

/** Ends a token at once, in open sessions too. */
export async function revokeToken(store: Store, id: string, by: string, clock: Clock = systemClock): Promise<Result<ApiToken>> {
  const revoked = await store.db.transaction().execute(async (tx) => {
    const row = await tx.updateTable('api_token').set({ revoked_at: new Date(clock.now()), revoked_by: by }).where('id', '=', id).where('revoked_at', 'is', null).returningAll().executeTakeFirst()
    if (row !== undefined) await tellAccountChange(tx, row.account_id, 'token-revoked')
    return row
  })
  if (revoked === undefined) return fail(messages['unknown-token']({ token: id.slice(0, 100) }))
  const { name } = await store.db.selectFrom('account').select('name').where('id', '=', revoked.account_id).executeTakeFirstOrThrow()
  return ok(toToken({ ...revoked, name }))
}

/** Tokens, newest first, also those that ended: of one account, or that one, or all. */
export async function listTokens(store: Store, { accountId, id }: { readonly accountId?: string; readonly id?: string } = {}): Promise<readonly ApiToken[]> {
  let query = store.db.selectFrom('api_token as t').innerJoin('account as a', 'a.id', 't.account_id').selectAll('t').select('a.name').orderBy('t.created_at', 'desc').orderBy('t.id')
  if (accountId !== undefined) query = query.where('t.account_id', '=', accountId)
  if (id !== undefined) query = query.where('t.id', '=', id)
  return (await query.execute()).map(toToken)
}

/** Whom a token's secret opens, as narrow as the token is. Writes down that it was used. */
export async function findAccountBySecret(store: Store, secret: string, clock: Clock = systemClock): Promise<Account | undefined> {
  if (!SECRET.test(secret)) return undefined
  const row = await store.db.selectFrom('api_token').select('id').where('digest', '=', digestOf(secret)).executeTakeFirst()
  return row === undefined ? undefined : findAccountByToken(store, row.id, clock)
}

export interface TokenBearer { readonly token: string; readonly account: string; readonly accountId: string }

/** Whose token it is, where it is one to ask decisions by. It opens nothing that the account itself may see. */
export const findDecider = (store: Store, secret: string, clock: Clock = systemClock): Promise<TokenBearer | undefined> => findBearer(store, secret, 'decide', clock)

/** Whose token it is, where it is one to tell lineage by. It opens nothing either. */
export const findTeller = (store: Store, secret: string, clock: Clock = systemClock): Promise<TokenBearer | undefined> => findBearer(store, secret, 'lineage', clock)

async function findBearer(store: Store, secret: string, scope: Exclude<TokenScope, OpeningScope>, clock: Clock): Promise<TokenBearer | undefined> {
  if (!SECRET.test(secret)) return undefined
  const now = clock.now()
  const token = await living(store, now).selectAll().where('digest', '=', digestOf(secret)).where('scope', '=', scope).executeTakeFirst()
  const account = token === undefined ? undefined : await findAccountById(store, token.account_id, clock)
  if (token === undefined || account === undefined) return undefined
  await tellUse(store, token, now)
  return { token: token.id, account: account.subject.name, accountId: account.subject.id }
}

/** The same by the token's id, for whoever has shown the secret before. */
export async function findAccountByToken(store: Store, id: string, clock: Clock = systemClock): Promise<Account | undefined> {
  const now = clock.now()
  const token = await findLiving(store, id, now)
  if (token === undefined || !isOpening(token.scope)) return undefined
  const account = await findAccountById(store, token.account_id, clock)
  if (account === undefined) return undefined
  await tellUse(store, token, now)
  return narrowed(account, token, token.scope)
}

/** The verifiers of an account's living tokens, which lie under the salt of its password's. */
export async function tokenVerifiers(store: Store, accountId: string, clock: Clock = systemClock): Promise<readonly { readonly id: string; readonly verifier: string }[]> {
  return living(store, clock.now()).select(['id', 'verifier']).where('account_id', '=', accountId).where('scope', 'in', OPENING).orderBy('created_at').limit(MOST_TOKENS).execute()
}

/** For reading: no role's duties. For more: those of the account's own role, never of one that it has for a while. */
function narrowed(account: Account, { id, label, purposes, expires_at: expiresAt }: Selectable<ApiTokenTable>, scope: OpeningScope): Account {
  const only = purposes === null ? undefined : (purposes as readonly string[])
  const { goodUntil } = account
  return {
    ...account,
    subject: { ...account.subject, role: scope === 'full' ? (account.ownRole ?? account.subject.role) : 'consumer' },
    purposes: only === undefined ? account.purposes : account.purposes.filter((purpose) => only.includes(purpose)),
    ...(only !== undefined && { onlyPurposes: only }),
    goodUntil: goodUntil !== undefined && goodUntil < expiresAt ? goodUntil : expiresAt,
    token: { id, label, scope },
  }
}

interface Making extends NewToken { readonly expiresAt: Date; readonly now: number }

async function make(store: Store, account: Account, { by, label, scope, purposes, expiresAt, now }: Making, replaces?: { readonly id: string; readonly until: Date }): Promise<Result<MadeToken>> {
  const password = parseVerifier(account.verifier)
  if (password === undefined) return fail(messages['no-password']({ name: account.subject.name }))
  const secret = `tulle_api_${randomBytes(32).toString('base64url')}`
  const row: Selectable<ApiTokenTable> = {
    id: randomUUID(),
    account_id: account.subject.id,
    label,
    digest: digestOf(secret),
    verifier: await scramVerifier(secret, password.salt, password.iterations),
    scope,
    purposes: purposes === undefined ? null : [...new Set(purposes)],
    created_by: by,
    created_at: new Date(now),
    expires_at: expiresAt,
    last_used_at: null,
    revoked_at: null,
    revoked_by: null,
    rotated_from: replaces?.id ?? null,
  }
  const made = await store.db.transaction().execute(async (tx) => {
    // The account's row is the lock: two at once must not both be the last that fits.
    await tx.selectFrom('account').select('id').where('id', '=', account.subject.id).forUpdate().execute()
    if (replaces !== undefined) await tx.updateTable('api_token').set({ expires_at: replaces.until }).where('id', '=', replaces.id).execute()
    const { count } = await tx.selectFrom('api_token').select((e) => e.fn.countAll<string>().as('count'))
      .where('account_id', '=', account.subject.id).where('revoked_at', 'is', null).where('expires_at', '>', new Date(now)).executeTakeFirstOrThrow()
    if (Number(count) >= MOST_TOKENS) return false
    await tx.insertInto('api_token').values({ ...row, purposes: row.purposes === null ? null : JSON.stringify(row.purposes) }).execute()
    await tellAccountChange(tx, row.account_id, replaces === undefined ? 'token-created' : 'token-rotated')
    return true
  })
  return made ? ok({ secret, token: toToken({ ...row, name: account.subject.name }) }) : fail(messages['too-many-tokens']({ name: account.subject.name, most: MOST_TOKENS }))
}

async function tellUse(store: Store, { id, last_used_at: last }: Selectable<ApiTokenTable>, now: number): Promise<void> {
  if (now - (last?.getTime() ?? -Infinity) >= USE_GRAIN) await store.db.updateTable('api_token').set({ last_used_at: new Date(now) }).where('id', '=', id).execute()
}

const living = (store: Store, now: number) => store.db.selectFrom('api_token').where('revoked_at', 'is', null).where('expires_at', '>', new Date(now))

const findLiving = (store: Store, id: string, now: number): Promise<Selectable<ApiTokenTable> | undefined> => living(store, now).selectAll().where('id', '=', id).executeTakeFirst()

function toToken(row: Selectable<ApiTokenTable> & { readonly name: string }): ApiToken {
  return {
    id: row.id,
    accountId: row.account_id,
    account: row.name,
    label: row.label,
    scope: row.scope,
    ...(row.purposes !== null && { purposes: row.purposes as Json as readonly string[] }),
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
    ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
    ...(row.revoked_by !== null && { revokedBy: row.revoked_by }),
    ...(row.rotated_from !== null && { rotatedFrom: row.rotated_from }),
  }
}

const digestOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')

const checkLabel = (label: string): readonly Diagnostic[] => (/^[^\p{Cc}\p{Cs}]{1,100}$/u.test(label) ? [] : [messages['bad-label']({})])

function checkLife(expiresAt: Date, now: number): readonly Diagnostic[] {
  const life = expiresAt.getTime() - now
  return life > 0 && life <= LONGEST_LIFE ? [] : [messages['bad-token-life']({ expiresAt: Number.isNaN(life) ? 'never' : expiresAt.toISOString(), days: LONGEST_LIFE / DAY })]
}

// What a token names narrows what its account may, so that naming too much gives nothing.
const checkTokenPurposes = async (store: Store, purposes: readonly string[] | undefined): Promise<readonly Diagnostic[]> =>
  purposes?.length === 0 ? [messages['token-for-nothing']({})] : checkPurposes(store, purposes ?? [])
