// Name and password → a token, and a token → who it is. The database never sees a token, only its digest.

import { createHash, randomBytes } from 'node:crypto'
import type { Clock, Result } from '@tulle/kernel'
import { fail, ok, systemClock } from '@tulle/kernel'
import type { SessionTokenTable, Store } from '@tulle/store'
import type { Selectable } from 'kysely'
import type { Attempts } from './attempts.ts'
import { countAttempts } from './attempts.ts'
import { findAccount, findAccountById } from './find-accounts.ts'
import { messages } from './messages.ts'
import { keepPerson } from './oidc/keep-person.ts'
import { seal, unseal } from './oidc/seal.ts'
import type { GroupMapping, Issuer, IssuerAnswer } from './oidc/types.ts'
import { decoyVerifier, isPassword } from './scram.ts'
import { findAccountBySecret, isTokenSecret } from './tokens.ts'
import type { Account, Session } from './types.ts'

export interface Sessions {
  /** Takes as long for a name that does not exist as for a wrong password, and answers the same. */
  signIn(name: string, password: string, options?: { readonly label?: string | undefined }): Promise<Result<Session>>
  /** The account of a living token, a session's or an API's, with its role and teams as they are now. */
  authenticateToken(token: string): Promise<Account | undefined>
  signOut(token: string): Promise<void>
  /** A session of a person whom an issuer vouches for. It is asked again and again for as long as the session lives. */
  signInByIssuer(answer: IssuerAnswer): Promise<Result<Session>>
}

export interface SessionOptions {
  /** How long a token lives; 12 hours unless told. */
  readonly lifetime?: number
  readonly clock?: Clock
  /** Counts failed sign-ins; share it with other doors, so that none is the way around. */
  readonly attempts?: Attempts
  /** Who vouches for people besides the accounts' own passwords. */
  readonly issuer?: { readonly at: Issuer; readonly groups: GroupMapping } | undefined
}

const LIFETIME = 12 * 60 * 60 * 1000
/** How often the issuer of a person is asked whether it still vouches, and for which groups. */
const CONFIRM = 5 * 60 * 1000
/** How long a session lives for which it cannot be asked. */
const UNCONFIRMED_LIFETIME = 60 * 60 * 1000
const REFRESH = 'refresh token of a session'
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/u
type SessionRow = Selectable<SessionTokenTable>
const TOKEN = /^tulle_[A-Za-z0-9_-]{43}$/u

export function openSessions(store: Store, { lifetime = LIFETIME, clock = systemClock, attempts = countAttempts(clock), issuer }: SessionOptions = {}): Sessions {
  const decoySecret = randomBytes(32)
  const keep = async (account: Account, { label, life, refresh }: { readonly label: string; readonly life: number; readonly refresh?: string | undefined }): Promise<Session> => {
    const token = `tulle_${randomBytes(32).toString('base64url')}`
    const now = clock.now()
    const expiresAt = new Date(now + life)
    await store.db.deleteFrom('session_token').where('expires_at', '<=', new Date(now)).execute()
    await store.db.insertInto('session_token').values({
      digest: digestOf(token), account_id: account.subject.id, created_at: new Date(now), expires_at: expiresAt, label: label.slice(0, 100).replaceAll('\0', ''),
      // Only whoever shows the token can open it: the database holds nothing that speaks for a person at the issuer.
      sealed_refresh: refresh === undefined ? null : seal(refresh, token, REFRESH), confirm_at: refresh === undefined ? null : new Date(now + CONFIRM),
    }).execute()
    return { token, expiresAt, account }
  }
  /** False where the issuer no longer vouches. While it cannot be asked, its last word holds. */
  const confirm = async (token: string, { sealed_refresh: sealed, confirm_at: due, account_id: id }: SessionRow): Promise<boolean> => {
    const digest = digestOf(token)
    // Whoever moves the moment asks; everybody else goes by what is known meanwhile.
    const { numUpdatedRows } = await store.db.updateTable('session_token').set({ confirm_at: new Date(clock.now() + CONFIRM) }).where('digest', '=', digest).where('confirm_at', '=', due).executeTakeFirstOrThrow()
    if (numUpdatedRows !== 1n) return true
    const refresh = sealed === null ? undefined : unseal(sealed, token, REFRESH)
    const row = await store.db.selectFrom('account').select('issuer_subject').where('id', '=', id).executeTakeFirst()
    const answer = issuer === undefined || refresh === undefined || row?.issuer_subject == null ? ok('over' as const) : await issuer.at.refresh(refresh, row.issuer_subject)
    if (!answer.ok) return true
    const kept = answer.value === 'over' || issuer === undefined ? undefined : await keepPerson(store, answer.value.person, issuer.groups)
    if (answer.value === 'over' || kept?.ok !== true) {
      await store.db.deleteFrom('session_token').where('digest', '=', digest).execute()
      return false
    }
    const next = answer.value.refreshToken
    if (next !== undefined && next !== refresh) await store.db.updateTable('session_token').set({ sealed_refresh: seal(next, token, REFRESH) }).where('digest', '=', digest).execute()
    return true
  }
  return {
    signIn: async (name, password, { label = '' } = {}) => {
      const seconds = attempts.wait(name)
      if (seconds > 0) return fail(messages['too-many-requests']({ name: name.slice(0, 100), seconds }))
      // Counted before the slow check, so that many at once do not all pass.
      attempts.failed(name)
      const account = await findAccount(store, name, clock)
      const right = await isPassword(password, account?.verifier ?? decoyVerifier(name, decoySecret))
      if (account === undefined || !right) return fail(messages['wrong-password']({}))
      attempts.succeeded(name)
      return ok(await keep(account, { label, life: lifetime }))
    },
    authenticateToken: async (token) => {
      if (isTokenSecret(token)) return findAccountBySecret(store, token, clock)
      if (issuer !== undefined && JWT.test(token)) {
        const person = await issuer.at.verify(token)
        const kept = person === undefined ? undefined : await keepPerson(store, person, issuer.groups)
        return kept?.ok === true ? findAccountById(store, kept.value.subject.id, clock) : undefined
      }
      if (!TOKEN.test(token)) return undefined
      const row = await store.db.selectFrom('session_token').selectAll()
        .where('digest', '=', digestOf(token)).where('expires_at', '>', new Date(clock.now())).executeTakeFirst()
      if (row === undefined) return undefined
      if (row.confirm_at !== null && row.confirm_at.getTime() <= clock.now() && !(await confirm(token, row))) return undefined
      return await findAccountById(store, row.account_id, clock)
    },
    signInByIssuer: async ({ person, refreshToken }) => {
      const account = issuer === undefined ? fail(messages['wrong-password']({})) : await keepPerson(store, person, issuer.groups)
      if (!account.ok) return account
      return ok(await keep(account.value, { label: 'issuer', life: refreshToken === undefined ? Math.min(lifetime, UNCONFIRMED_LIFETIME) : lifetime, refresh: refreshToken }))
    },
    signOut: async (token) => {
      if (TOKEN.test(token)) await store.db.deleteFrom('session_token').where('digest', '=', digestOf(token)).execute()
    },
  }
}

const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex')
