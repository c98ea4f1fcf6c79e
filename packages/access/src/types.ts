// The nouns of access: accounts, sessions, grants with their history. No behaviour.

import type { Json } from '@tulle/kernel'
import type { CompiledPolicy, Grant, Role, Subject } from '@tulle/policy'
import type { Store } from '@tulle/store'

/** A person, or a system, that may sign in. */
export interface Account {
  readonly subject: Subject
  readonly title: string
  /** What this account works for. With exactly one, ports take it where none is named. */
  readonly purposes: readonly string[]
  /** `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`: not a secret like a password, but not for display either. */
  readonly verifier: string
  readonly createdAt: Date
  readonly disabledAt?: Date
}

export interface NewAccount {
  readonly name: string
  readonly password: string
  readonly role: Role
  readonly title?: string
  readonly teams?: readonly string[]
  readonly purposes?: readonly string[]
  readonly attributes?: Readonly<Record<string, Json>>
}

/** What a sign-in gives. The token is shown once; the database keeps only its digest. */
export interface Session {
  readonly token: string
  readonly expiresAt: Date
  readonly account: Account
}

/** A grant as people speak of it, with its history. `subject` and `product` are names; `grant` holds ids. */
export interface GrantRecord {
  readonly grant: Grant
  readonly subject: string
  readonly product: string
  readonly grantedBy: string
  readonly grantedAt: Date
  readonly expiresAt?: Date
  readonly revokedAt?: Date
  readonly revokedBy?: string
}

export interface NewGrant {
  readonly by: Subject
  readonly subjectKind: 'user' | 'team'
  /** The account's or the team's name. */
  readonly subject: string
  /** The product's name. */
  readonly product: string
  readonly dataSet?: string | undefined
  readonly columns?: readonly string[] | undefined
  readonly purposes: readonly string[]
  readonly expiresAt?: Date | undefined
}

/** The rights in force, as this process knows them. */
export interface AccessControl {
  readonly store: Store
  /**
   * Rises whenever rights, products or published data changed, and when the database went out of sight.
   * INVARIANT: it has risen before a change made through this process is acknowledged, and within a second of one made elsewhere.
   */
  version(): number
  /** The policy in force. While the database is out of sight for longer than `patience`, it denies every read. */
  policy(): CompiledPolicy
  /** Resolves when everything that was committed before the call is in force here. */
  caughtUp(): Promise<void>
  close(): Promise<void>
}

/** A user whom a sample mesh declares. */
export interface DemoUser {
  readonly name: string
  readonly title: string
  readonly role: string
  readonly teams: readonly string[]
  readonly purposes: readonly string[]
  /** What is known of it besides, given with the account and then the administrators' to change. */
  readonly attributes?: Readonly<Record<string, Json>>
  /** Products that this user may read from the first day on. */
  readonly grants: readonly string[]
}

/** Where a demo user's generated password is. */
export interface DemoAccount { readonly name: string; readonly role: Role; readonly title: string; readonly secretFile: string }
