// The nouns of usage: what is counted of a day, what is known besides, and what it comes to.

/** What one subject did with one product on one day, for one purpose; `productId` is `*` of what was done in the mesh, each statement once. */
export interface UsageDay {
  /** `2026-01-31`, UTC. */
  readonly day: string
  readonly productId: string
  readonly subjectId: string
  readonly subject: string
  /** Empty where there was none. */
  readonly purpose: string
  readonly statements: number
  readonly refused: number
  readonly rows: number
  readonly bytes: number
  readonly milliseconds: number
  /** Statements that join products of several domains. */
  readonly crossing: number
  readonly first: Date
  readonly last: Date
}

/** A right in force, and the accounts that it reaches. */
export interface KnownGrant {
  readonly id: string
  readonly productId: string
  readonly subjectKind: string
  readonly subject: string
  readonly purposes: readonly string[]
  readonly grantedAt: Date
  readonly accounts: readonly string[]
}

export interface KnownProduct {
  readonly id: string
  readonly name: string
  readonly domain: string
  readonly dataSets: number
  readonly contracted: number
  readonly columns: number
  readonly documented: number
  readonly classified: number
  readonly withServiceLevel: boolean
  /** Products that read it. */
  readonly readBy: readonly string[]
}

/** Days that are looked at: `from` inclusive, `to` exclusive. */
export interface Window { readonly from: Date; readonly to: Date }

export interface Cost { readonly queries: number; readonly refused: number; readonly rows: number; readonly bytes: number; readonly milliseconds: number }

export interface Usage extends Cost {
  readonly consumers: {
    readonly active: number
    /** They may read, and did not. */
    readonly inactive: number
    readonly byPurpose: readonly { readonly purpose: string; readonly active: number; readonly inactive: number; readonly queries: number }[]
  }
  /** From the grant to the first statement, of the grants that were ever used. */
  readonly firstUse: { readonly used: number; readonly never: number; readonly medianSeconds?: number }
  readonly reuse: { readonly products: readonly string[] }
  /** Of all statements, those that join domains. */
  readonly interoperability: { readonly crossing: number; readonly share: number }
  /** Shares from 0 to 1; 1 where there is nothing to cover. */
  readonly coverage: { readonly contracted: number; readonly documented: number; readonly classified: number; readonly withServiceLevel: number }
  readonly neverUsed: readonly KnownGrant[]
  /** The window against the one of the same length before it. */
  readonly before: Cost & { readonly active: number }
  readonly trend: readonly { readonly day: string; readonly queries: number; readonly rows: number; readonly active: number }[]
}
