// The nouns of access: accounts, sessions, grants with their history. No behaviour.

import type { Clock, Json, Result } from '@tulle/kernel'
import type { AppliedPolicy, CompiledPolicy, GovernedProduct, Grant, Policy, Role, Subject, SubjectKind } from '@tulle/policy'
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
  /** Whose word made it: role and teams are the issuer's to change. */
  readonly issuer?: string
  /** While it is an administrator for a while: until when, and what it is by itself. */
  readonly elevatedUntil?: Date
  readonly ownRole?: Role
  /** At this moment it has to be looked up anew: something of it ends then by itself. */
  readonly goodUntil?: Date
  /** The API token that it came by. What the token narrows is narrow already. */
  readonly token?: { readonly id: string; readonly label: string; readonly scope: OpeningScope }
  /** The token serves no other purposes, whatever is granted. */
  readonly onlyPurposes?: readonly string[]
}

/**
 * `read` opens data and what the catalogue shows; `full` is whatever the account may do. `decide` opens no door of the account's
 * at all: another engine asks by it what others may read. `lineage` opens none either: a tool tells by it what its jobs read and wrote.
 */
export type TokenScope = OpeningScope | 'decide' | 'lineage'
export type OpeningScope = 'read' | 'full'

export interface NewToken {
  /** Who makes it. */
  readonly by: string
  readonly label: string
  readonly scope: TokenScope
  /** Left out: all that are open to the account. */
  readonly purposes?: readonly string[] | undefined
  readonly expiresAt?: Date | undefined
}

/** A token as it may be shown: everything but the secret. */
export interface ApiToken {
  readonly id: string
  readonly accountId: string
  readonly account: string
  readonly label: string
  readonly scope: TokenScope
  readonly purposes?: readonly string[]
  readonly createdBy: string
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly lastUsedAt?: Date
  readonly revokedAt?: Date
  readonly revokedBy?: string
  readonly rotatedFrom?: string
}

/** A time in which an account was an administrator, and why. */
export interface Elevation { readonly id: string; readonly account: string; readonly justification: string; readonly startedAt: Date; readonly endsAt: Date }

/** The one time that a token's secret is shown. */
export interface MadeToken { readonly secret: string; readonly token: ApiToken }

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
  readonly state: GrantState
  readonly subject: string
  readonly product: string
  /** The request whose outcome it is. */
  readonly requestId?: string
  /** The address of what declares it in the mesh folder. */
  readonly declaredBy?: string
  readonly grantedBy: string
  readonly grantedAt: Date
  readonly expiresAt?: Date
  readonly revokedAt?: Date
  readonly revokedBy?: string
  readonly frozenAt?: Date
  readonly frozenBy?: string
}

export interface NewGrant {
  readonly by: Subject
  readonly subjectKind: SubjectKind
  /** The name of the account, team, domain, product or application process domain. */
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
  /** Which of the mesh's environments decisions are made for. */
  readonly environment: string
  /**
   * Rises whenever rights, products or published data changed, and when the database went out of sight.
   * INVARIANT: it has risen before a change made through this process is acknowledged, and within a second of one made elsewhere.
   */
  version(): number
  /** The policy in force. While the database is out of sight for longer than `patience`, it denies every read. */
  policy(): CompiledPolicy
  /** The policy as it would be with one more grant. */
  wouldBe(grant: Grant): Promise<Policy>
  /** The policy with these in place of the applied ones; grants and products as they are. */
  withPolicies(policies: readonly AppliedPolicy[]): Promise<Policy>
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

/** Where a request stands. From `submitted` it goes to one of the others, and stays there. */
export type RequestState = 'submitted' | 'approved' | 'narrowed' | 'declined' | 'withdrawn' | 'expired'

/** A frozen grant gives nothing until somebody thaws it. */
export type GrantState = 'active' | 'frozen' | 'expired' | 'revoked'

/** `unmask` asks for columns as they are, where a mask hides them; `renew` for more time of a grant. */
export type RequestKind = 'access' | 'unmask' | 'renew'

/** What is asked for, or given. Undefined means all: every data set, every column, every row, for ever. */
export interface Terms {
  readonly dataSet?: string
  readonly columns?: readonly string[]
  /** SQL over the row. */
  readonly rowCondition?: string
  readonly unmasked?: readonly string[]
  readonly seconds?: number
}

/** What an owner gives of it: fewer columns, a condition on top, a shorter time. */
export type Narrowing = { readonly [K in Exclude<keyof Terms, 'unmasked'>]?: Terms[K] | undefined }

export interface NewRequest {
  readonly by: Subject
  readonly subjectKind: SubjectKind
  readonly subject: string
  readonly product: string
  readonly outputPort?: string | undefined
  readonly dataSet?: string | undefined
  readonly columns?: readonly string[] | undefined
  readonly rowCondition?: string | undefined
  /** Makes it a request for a masking exception on these columns. */
  readonly unmask?: readonly string[] | undefined
  readonly seconds?: number | undefined
  readonly purpose: string
  readonly justification: string
  /** The data sharing agreements that are accepted, each as `name@version`. */
  readonly agreements: readonly string[]
}

/** One person's word on a request. */
export interface Verdict {
  readonly verdict: 'approve' | 'narrow' | 'decline'
  readonly byId: string
  readonly by: string
  readonly at: Date
  readonly terms?: Terms
  readonly note?: string
}

export interface RequestRecord {
  readonly id: string
  readonly kind: RequestKind
  readonly state: RequestState
  readonly subjectKind: SubjectKind
  /** As a grant holds it, and as people say it. */
  readonly subjectId: string
  readonly subject: string
  readonly productId: string
  readonly product: string
  readonly purpose: string
  readonly terms: Terms
  readonly justification: string
  readonly agreements: readonly string[]
  /** How many have to approve; 0 where it was approved by rule. */
  readonly persons: number
  readonly requestedById: string
  readonly requestedBy: string
  readonly requestedAt: Date
  readonly lapsesAt: Date
  readonly decidedAt?: Date
  readonly renews?: string
  readonly grantId?: string
  readonly verdicts: readonly Verdict[]
}

/** One thing that happened to a request or a grant. */
export interface HistoryEntry { readonly change: string; readonly by: string; readonly at: Date; readonly note?: string; readonly requestId?: string; readonly grantId?: string }

/** Port: says whether a condition may stand over the rows of a table, asking the engine that will run it. Answers the columns that it reads. */
export interface ConditionChecker {
  check(condition: string, table: { readonly columns: readonly FactColumn[] }): Promise<Result<readonly string[]>>
}

/** What there is to ask for. */
export interface ProductFacts {
  readonly product: GovernedProduct
  readonly dataSets: readonly { readonly name: string; readonly columns: readonly FactColumn[] }[]
  readonly ports: readonly { readonly name: string; readonly kind: string; readonly dataSets: readonly string[]; readonly approval?: Approval }[]
  readonly agreements: readonly Agreement[]
}
export interface FactColumn { readonly name: string; readonly type: string; readonly classification?: string }
export interface Agreement { readonly name: string; readonly version: string; readonly title: string; readonly description?: string; readonly termsUrl?: string }

/** Who approves: nobody, one owner or steward, or two of them. */
export type Approval = 'automatic' | 'owner' | 'two-persons'

/** What the requests need to be judged by. */
export interface RequestDesk {
  readonly access: AccessControl
  readonly conditions: ConditionChecker
  readonly clock: Clock
}
