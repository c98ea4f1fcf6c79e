// The nouns of a plan. It is data: frozen, printable as JSON, and all that apply needs, so a saved plan can be carried out
// later without the folder that it was made from.

import type { Diagnostic } from '@tulle/kernel'
import type { ChangeSeverity, ContractChange, PortKind } from '@tulle/contracts'
import type { Drift, FieldChange, Resource, ResourceKind } from '@tulle/providers'

/** What a person allows a plan to do beyond the harmless. */
export interface PlanOptions {
  /** Archive what the files no longer declare. */
  readonly prune: boolean
  /** Destroy what the files no longer declare, archived things included. */
  readonly allowDestroy: boolean
  /** Carry out what breaks consumers. */
  readonly allowBreaking: boolean
}

/** Who is hit by a breaking change, by name. */
export type Consumer =
  | { readonly kind: 'product'; readonly name: string; readonly dataSet?: string }
  | { readonly kind: 'user' | 'team' | 'domain' | 'product' | 'application'; readonly name: string; readonly grant: string }

/** What a change means for statements that were really run, by the audit. */
export interface ChangeQueries {
  /** Distinct statements that read what is changed. */
  readonly total: number
  readonly failing: number
  /** Of all statements of the plan: too little is kept of them to say, or time was up. */
  readonly unknown: number
  readonly skipped: number
  readonly groups: readonly { readonly group: string; readonly total: number; readonly failing: number }[]
  /** Those that the planner's user may know. `statement` is without its literals, `last` ISO 8601. */
  readonly examples: readonly { readonly statement: string; readonly who: readonly string[]; readonly runs: number; readonly last: string; readonly error: string }[]
}

/** What a change of a contract means for readers at each kind of port: `forward` for those who read the new rows by the old version. */
export interface PortEffect { readonly port: PortKind; readonly severity: ChangeSeverity; readonly changes: readonly ContractChange[] }

interface ChangeBase {
  readonly ref: string
  readonly kind: ResourceKind
  readonly product?: string
  /** Of what exists already; it never changes. */
  readonly id?: string
  readonly fields: readonly FieldChange[]
  readonly breaking: boolean
  readonly destructive: boolean
  /** Named where the change breaks them. */
  readonly consumers: readonly Consumer[]
  readonly queries?: ChangeQueries
  /** Of a data set whose contract changes, by the ports that offer it. */
  readonly effects?: readonly PortEffect[]
  readonly drift?: Drift
}

/** A change after which the resource is as desired. */
export interface PutChange extends ChangeBase {
  readonly action: 'create' | 'update' | 'move' | 'restore' | 'heal'
  readonly desired: Resource
}

/** A change after which the resource is out of use, or gone. */
export interface LeaveChange extends ChangeBase {
  readonly action: 'archive' | 'destroy'
}

export type Change = PutChange | LeaveChange

/** What is done together. Apply stops after the first stage that fails and keeps what succeeded. */
export type Stage =
  /** The mesh's own facts, capabilities and teams. */
  | { readonly kind: 'found-mesh'; readonly changes: readonly Change[] }
  /** A domain with its namespace, group, policy and quotas. */
  | { readonly kind: 'settle-domain'; readonly domain: string; readonly changes: readonly Change[] }
  /** A product is handed to another domain or team: nothing of it is touched but whom it belongs to. */
  | { readonly kind: 'move-product'; readonly product: string; readonly changes: readonly Change[] }
  /** A product's resources become as declared, ports that it no longer declares are closed. */
  | { readonly kind: 'build-product'; readonly product: string; readonly changes: readonly Change[] }
  /** Undeclared things leave, restorable; `subject` is a product or a part of the mesh. */
  | { readonly kind: 'archive'; readonly subject: string; readonly changes: readonly Change[] }
  /** Undeclared things are destroyed, data included. */
  | { readonly kind: 'destroy'; readonly subject: string; readonly changes: readonly Change[] }

export interface Plan {
  readonly format: 1
  readonly mesh: { readonly name: string; readonly title: string }
  /** The observed world that this plan was made on; apply refuses another. */
  readonly basis: string
  readonly generation: string
  readonly options: PlanOptions
  /** In the order in which they are shown and carried out. */
  readonly stages: readonly Stage[]
  /** What stands in the way, warnings, and notes about what is kept. */
  readonly diagnostics: readonly Diagnostic[]
  /** False where the mesh will still differ from its files afterwards: something undeclared is kept. */
  readonly complete: boolean
  /** False where there is nothing to do, or an error stands in the way. */
  readonly applyable: boolean
  /** Equal inputs give an equal fingerprint. */
  readonly fingerprint: string
}

/** How far an apply has come, as its journal says. */
export interface Applied {
  readonly id: string
  readonly status: ApplyStatus
  readonly startedBy: string
  /** ISO 8601 in UTC. */
  readonly startedAt: string
  readonly finishedAt?: string
  readonly stages: readonly AppliedStage[]
  readonly diagnostics: readonly Diagnostic[]
}
export type ApplyStatus = 'running' | 'succeeded' | 'failed' | 'interrupted'

export interface AppliedStage {
  readonly title: string
  readonly status: 'pending' | 'running' | 'succeeded' | 'failed' | 'skipped'
  readonly startedAt?: string
  readonly finishedAt?: string
  readonly message?: string
}

/** Whether a thing is as declared, and if not, why. */
export interface Condition {
  readonly type: 'Ready'
  readonly status: 'true' | 'false'
  readonly reason: ConditionReason
  readonly message: string
}
export type ConditionReason = 'as-declared' | 'healed' | 'healing-failed' | 'apply-in-progress' | 'archived' | 'unknown'
