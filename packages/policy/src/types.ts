// The nouns of a decision. No I/O, no clock: the context carries the time.

import type { Json } from '@tulle/kernel'
import type { RegoSource } from '@tulle/model'

/** Whoever asks: an account with its teams and role, or the service identity of a product or of an application's process domain. */
export interface Subject {
  readonly id: string
  readonly name: string
  readonly kind: 'user' | 'service'
  readonly role: Role
  readonly teams: readonly string[]
  /** The data domains of those teams; absent: none. */
  readonly domains?: readonly string[]
  /** What is known of the subject besides: `region`, `clearance`. Conditions and row filters ask for it. */
  readonly attributes?: Readonly<Record<string, Json>>
  /** For whom a service identity acts; its id never changes. */
  readonly represents?: { readonly kind: 'product' | 'application'; readonly id: string }
}

/** Whom a grant names: one user, everybody of a team or of a domain, or a service identity by what it represents. */
export type SubjectKind = 'user' | 'team' | 'domain' | 'product' | 'application'

export const ROLES = ['administrator', 'steward', 'owner', 'developer', 'consumer'] as const
export type Role = (typeof ROLES)[number]

export type Action = 'read' | 'describe' | 'run' | 'write' | 'plan' | 'apply' | 'grant' | 'approve' | 'administer' | 'erase' | 'elevate'

/** What is asked for: a data set of a product, or a product, or the mesh itself. Ids are immutable; names are for reasons. */
export interface Resource {
  readonly product?: GovernedProduct
  readonly dataSet?: { readonly name: string; readonly columns: readonly ResourceColumn[] }
}
/** `type` is Iceberg's (`string`, `decimal(9, 2)`, `{type: 'list', …}`). A mask other than null cannot fit a column that has none. */
export interface ResourceColumn { readonly name: string; readonly type?: string | { readonly type: string }; readonly classification?: string }

/** A right given to a subject by a person who may give it. Undefined `dataSet` or `columns` mean all. */
export interface Grant {
  readonly id: string
  readonly subjectKind: SubjectKind
  readonly subject: string
  readonly productId: string
  readonly dataSet?: string
  readonly columns?: readonly string[]
  /** SQL over the row: no other row is given. */
  readonly rowCondition?: string
  /** Columns that masks do not hide: an exception that was asked for and approved by itself. */
  readonly unmasked?: readonly string[]
  readonly purposes: readonly string[]
  readonly expiresAt?: number
}

/** `answers` are those of Rego policies, where they were asked. */
export interface DecisionContext { readonly now: number; readonly environment: string; readonly answers?: RegoAnswers }

/** What the Rego policy that a rule asks has answered; undefined: it was not asked. */
export type RegoAnswers = (rule: string) => RegoAnswer | undefined
export type RegoAnswer = { readonly value: Json } | { readonly failed: string }

/** One Rego policy that has to be asked. `rule` is `policy.rule`. */
export interface RegoAsk { readonly rule: string; readonly source: RegoSource; readonly input: Json }

export interface Reason { readonly rule: string; readonly text: string }

/**
 * Which rows are there. `condition` is trusted SQL over the row, whose columns stand by their quoted names; a row is there where
 * it is true. It may read other tables, each under the name of its `reads`, which nothing else can name.
 */
export interface RowFilter { readonly condition: string; readonly reads: readonly FilterRead[] }
export interface FilterRead { readonly productId: string; readonly dataSet: string; readonly columns: readonly string[]; readonly as: string }

/** How much may be taken; where several rules say so, the least. `rows` is of one statement, `rowsPerHour` of the subject on the product. */
export interface DecisionLimits { readonly rows?: number; readonly rowsPerHour?: number; readonly statementsPerMinute?: number }

/**
 * What the policy says. `columns` are those of the data set asked for, in its order; for anything else there are none.
 * INVARIANT: an allow to read a data set has at least one column: nothing visible is a deny.
 */
export type Decision =
  | {
      readonly effect: 'deny'
      readonly reasons: readonly Reason[]
      /** It is no for as long as these were not asked; it stays no where nobody asks. */
      readonly asks?: readonly RegoAsk[]
    }
  | {
      readonly effect: 'allow'
      readonly columns: readonly string[]
      /** Trusted SQL over the row that stands in for a column's value. */
      readonly masks: Readonly<Record<string, string>>
      readonly rowFilter?: RowFilter
      readonly limits?: DecisionLimits
      readonly obligations: readonly string[]
      readonly reasons: readonly Reason[]
    }

/** What a policy is compiled from. Grants of products that are not listed give nothing. */
export interface PolicyInput {
  readonly grants: readonly Grant[]
  readonly products: readonly GovernedProduct[]
  /** Those that were applied; absent: none. One that cannot be read denies whatever it may concern. */
  readonly policies?: readonly AppliedPolicy[]
  /** Of the mesh: hashes get their salts from it. Without it they are null. It is never printed. */
  readonly secret?: string
}

/** A policy as a control database keeps it; `spec` is read when it is compiled. */
export interface AppliedPolicy {
  readonly name: string
  readonly title?: string
  /** The domain whose own it is; absent: the whole mesh. */
  readonly domain?: string
  readonly spec: Json
}

export interface GovernedProduct { readonly id: string; readonly name: string; readonly domain: string; readonly team: string }

/** What one rule said to a question. `fits` says whether it concerned it, `why` in which respect not, or what it did. */
export interface RuleTrace {
  readonly policy: string
  readonly rule: string
  readonly status: 'grace' | 'enforced'
  readonly effect: string
  readonly fits: boolean
  readonly why: string
}

/** A compiled policy: what every port asks. */
export interface Policy {
  /** Purposes for which this subject may read something of the product at this moment, sorted. */
  openPurposes(subject: Subject, productId: string, context: DecisionContext): readonly string[]
  /**
   * INVARIANT: total and pure; equal questions get equal answers. The objects of a question are taken as immutable:
   * answers are remembered by their identity.
   */
  decide(subject: Subject, action: Action, resource: Resource, purpose: string | undefined, context: DecisionContext): Decision
}

/** A policy that can also say why. */
export interface CompiledPolicy extends Policy {
  /** What each rule that concerns the product says to a read, in the order of names. */
  explain(subject: Subject, resource: Resource, purpose: string | undefined, context: DecisionContext): readonly RuleTrace[]
}
