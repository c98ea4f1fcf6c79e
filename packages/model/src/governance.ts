// The nouns of governance: policies, their rules, and what they hold a mesh to. No behaviour.

import type { Json, Place } from '@tulle/kernel'

/** `draft` is only checked; `grace` says what it would have done; `enforced` holds; `retired` is history. */
export const POLICY_STATUSES = ['draft', 'grace', 'enforced', 'retired'] as const
export type PolicyStatus = (typeof POLICY_STATUSES)[number]

/** What a policy says, wherever it was read. */
export interface PolicySpec {
  readonly status: PolicyStatus
  readonly rules: readonly PolicyRule[]
  readonly standards: readonly Standard[]
}

/** A policy of a mesh folder. */
export interface MeshPolicy extends PolicySpec {
  readonly name: string
  readonly title: string
  readonly description?: string
  /** The domain whose own it is: it concerns that domain's products alone. Absent: the whole mesh. */
  readonly domain?: string
  /** The spec as written: what a control database keeps. */
  readonly document: Json
  readonly place: Place
  /** Where a path of the spec stands. */
  readonly placeOf: (path: readonly (string | number)[]) => Place
}

/** One rule. It applies where everything that it names fits: data, subject, purpose, environment, condition. */
export interface PolicyRule {
  readonly name: string
  readonly because?: string
  readonly on: DataSelector
  readonly to: SubjectSelector
  /** Whom it leaves out; absent: nobody. */
  readonly except?: SubjectSelector
  readonly purposes?: readonly string[]
  readonly otherPurposes?: readonly string[]
  readonly environments?: readonly string[]
  /** CEL over `subject`, `product`, `data_set`, `purpose`, `environment`. */
  readonly condition?: string
  readonly effect: RuleEffect
}

/** Which data a rule concerns. Absent members select everything; within a member, any of its words. */
export interface DataSelector {
  readonly domains?: readonly string[]
  readonly products?: readonly string[]
  readonly dataSets?: readonly string[]
  readonly columns?: readonly string[]
  readonly classifications?: readonly string[]
}

/** Whom a rule concerns. Absent members select everybody; within a member, any of its words. */
export interface SubjectSelector {
  readonly users?: readonly string[]
  readonly teams?: readonly string[]
  readonly domains?: readonly string[]
  readonly roles?: readonly string[]
  readonly kinds?: readonly ('user' | 'service')[]
  readonly attributes?: Readonly<Record<string, readonly (string | number | boolean)[]>>
  /** True: members of the product's own team alone; false: everybody else. */
  readonly ownTeam?: boolean
}

export type RuleEffect =
  | { readonly kind: 'allow' }
  | { readonly kind: 'deny' }
  | { readonly kind: 'mask'; readonly mask: Mask }
  | { readonly kind: 'rows'; readonly where?: string; readonly consent?: Consent }
  | { readonly kind: 'limits'; readonly limits: RuleLimits }
  | { readonly kind: 'rego'; readonly rego: RegoSource }
  /** Who must agree before a request for access becomes a grant. */
  | { readonly kind: 'approval'; readonly by: 'automatic' | 'owner' | 'two-persons' }

export type Mask =
  | { readonly kind: 'null' }
  | { readonly kind: 'constant'; readonly value: string | number | boolean }
  | { readonly kind: 'hash' }
  | { readonly kind: 'truncate'; readonly unit: DateUnit }
  | { readonly kind: 'round'; readonly nearest: number }
  | { readonly kind: 'partial'; readonly first: number; readonly last: number; readonly with: string }
  | { readonly kind: 'redact'; readonly pattern: string; readonly with: string }
  | { readonly kind: 'custom'; readonly sql: string }

export const DATE_UNITS = ['hour', 'day', 'week', 'month', 'quarter', 'year', 'decade'] as const
export type DateUnit = (typeof DATE_UNITS)[number]

/** Whom a rule asks: a bundle that is compiled, or a server; one of them is there. */
export interface RegoSource {
  /** `tulle/decision`. */
  readonly entrypoint: string
  /** A bundle of OPA with WebAssembly in it (`opa build -t wasm`), as Base64 without white space. */
  readonly bundle?: string
  /** Where an OPA server is: `https://opa.example.com:8181`. */
  readonly server?: string
  /** The name of the bearer token that it wants. */
  readonly secret?: string
}

/** A row is there where the consent data set has one that agrees in the matched columns and meets the condition. */
export interface Consent {
  readonly product: string
  readonly dataSet: string
  /** Column of the row and column of the consent data set that must be equal. */
  readonly column: string
  readonly matches: string
  readonly where?: string
}

/** Times are minutes of a day in UTC; days count from 0 for Sunday. */
export interface RuleLimits {
  readonly rows?: number
  readonly rowsPerHour?: number
  readonly statementsPerMinute?: number
  readonly hours?: { readonly from: number; readonly to: number; readonly days: readonly number[] }
}

/** What a mesh folder must be like, or no plan is made of it. */
export type Standard = { readonly name: string; readonly because?: string; readonly on: DataSelector } & StandardRequirement
export type StandardRequirement =
  | { readonly require: 'owner' | 'description' | 'classification' | 'synthetic-examples' }
  /** Every selected column with one of these classifications is hidden or masked by an enforced rule. */
  | { readonly require: 'mask'; readonly classifications: readonly string[] }
  | { readonly require: 'names'; readonly of: 'products' | 'data-sets' | 'columns'; readonly matching: string }

/** A question with the answer that it must get. Grants and data are by names. */
export interface PolicyCase {
  readonly name: string
  readonly subject: {
    readonly id: string
    readonly name: string
    readonly kind: 'user' | 'service'
    readonly role: 'administrator' | 'steward' | 'owner' | 'developer' | 'consumer'
    readonly teams: readonly string[]
    readonly domains?: readonly string[]
    readonly attributes?: Readonly<Record<string, Json>>
  }
  readonly grants: readonly { readonly product: string; readonly dataSet?: string; readonly columns?: readonly string[]; readonly where?: string; readonly unmasked?: readonly string[]; readonly purposes?: readonly string[] }[]
  readonly product: string
  readonly dataSet: string
  readonly purpose?: string
  readonly environment: string
  /** What policies in Rego answer, by `policy.rule`. */
  readonly answers?: Readonly<Record<string, Json>>
  readonly at: number
  readonly expect: {
    readonly effect: 'allow' | 'deny'
    readonly columns?: readonly string[]
    readonly masked?: readonly string[]
    readonly rows?: string
    readonly rules?: readonly string[]
  }
  readonly place: Place
}
