// The nouns of a decision. No I/O, no clock: the context carries the time.

/** Whoever asks: an account with its teams and role. */
export interface Subject {
  readonly id: string
  readonly name: string
  readonly kind: 'user' | 'service'
  readonly role: Role
  readonly teams: readonly string[]
}

export const ROLES = ['administrator', 'steward', 'owner', 'developer', 'consumer'] as const
export type Role = (typeof ROLES)[number]

export type Action = 'read' | 'describe' | 'run' | 'plan' | 'apply' | 'grant' | 'administer'

/** What is asked for: a data set of a product, or a product, or the mesh itself. Ids are immutable; names are for reasons. */
export interface Resource {
  readonly product?: { readonly id: string; readonly name: string; readonly domain: string; readonly team: string }
  readonly dataSet?: { readonly name: string; readonly columns: readonly ResourceColumn[] }
}
export interface ResourceColumn { readonly name: string; readonly classification?: string }

/** A right given to a subject by a person who may give it. Undefined `dataSet` or `columns` mean all. */
export interface Grant {
  readonly id: string
  readonly subjectKind: 'user' | 'team'
  readonly subject: string
  readonly productId: string
  readonly dataSet?: string
  readonly columns?: readonly string[]
  readonly purposes: readonly string[]
  readonly expiresAt?: number
}

export interface DecisionContext { readonly now: number; readonly environment: string }

export interface Reason { readonly rule: string; readonly text: string }

/** What the policy says. An allow without a column is never given: nothing visible is a deny. */
export type Decision =
  | { readonly effect: 'deny'; readonly reasons: readonly Reason[] }
  | {
      readonly effect: 'allow'
      readonly columns: readonly string[]
      readonly masks: Readonly<Record<string, string>>
      readonly rowFilter?: string
      readonly obligations: readonly string[]
      readonly reasons: readonly Reason[]
    }

/** A compiled policy: what every port asks. */
export interface Policy {
  decide(subject: Subject, action: Action, resource: Resource, purpose: string | undefined, context: DecisionContext): Decision
}
