// Name and password → a token, and a token → who it is. The database never sees a token, only its digest.

import { createHash, randomBytes } from 'node:crypto'
import type { Clock, Result } from '@tulle/kernel'
import { fail, ok, systemClock } from '@tulle/kernel'
import type { Store } from '@tulle/store'
import type { Attempts } from './attempts.ts'
import { countAttempts } from './attempts.ts'
import { findAccount, findAccountById } from './find-accounts.ts'
import { messages } from './messages.ts'
import { decoyVerifier, isPassword } from './scram.ts'
import { findAccountBySecret, isTokenSecret } from './tokens.ts'
import type { Account, Session } from './types.ts'

export interface Sessions {
  /** Takes as long for a name that does not exist as for a wrong password, and answers the same. */
  signIn(name: string, password: string, options?: { readonly label?: string | undefined }): Promise<Result<Session>>
  /** The account of a living token, a session's or an API's, with its role and teams as they are now. */
  authenticateToken(token: string): Promise<Account | undefined>
  signOut(token: string): Promise<void>
}

export interface SessionOptions {
  /** How long a token lives; 12 hours unless told. */
  readonly lifetime?: number
  readonly clock?: Clock
  /** Counts failed sign-ins; share it with other doors, so that none is the way around. */
  readonly attempts?: Attempts
}

const LIFETIME = 12 * 60 * 60 * 1000
const TOKEN = /^tulle_[A-Za-z0-9_-]{43}$/u

export function openSessions(store: Store, { lifetime = LIFETIME, clock = systemClock, attempts = countAttempts(clock) }: SessionOptions = {}): Sessions {
  const decoySecret = randomBytes(32)
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
      const token = `tulle_${randomBytes(32).toString('base64url')}`
      const now = clock.now()
      const expiresAt = new Date(now + lifetime)
      await store.db.deleteFrom('session_token').where('expires_at', '<=', new Date(now)).execute()
      await store.db.insertInto('session_token').values({
        digest: digestOf(token), account_id: account.subject.id, created_at: new Date(now), expires_at: expiresAt, label: label.slice(0, 100).replaceAll('\0', ''),
      }).execute()
      return ok({ token, expiresAt, account })
    },
    authenticateToken: async (token) => {
      if (isTokenSecret(token)) return findAccountBySecret(store, token, clock)
      if (!TOKEN.test(token)) return undefined
      const row = await store.db.selectFrom('session_token').select('account_id')
        .where('digest', '=', digestOf(token)).where('expires_at', '>', new Date(clock.now())).executeTakeFirst()
      return row === undefined ? undefined : await findAccountById(store, row.account_id, clock)
    },
    signOut: async (token) => {
      if (TOKEN.test(token)) await store.db.deleteFrom('session_token').where('digest', '=', digestOf(token)).execute()
    },
  }
}

const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex')
