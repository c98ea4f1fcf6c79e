// The nouns of what can exist: a resource as it is wanted, as it is seen, and how the two differ. No behaviour.
//
//   desired    what the files say should exist
//   observed   what the control database and the warehouse say exists
//   drifted    observed, but not as the last apply left it: somebody changed it by hand
//   archived   out of use, nothing lost: it can be restored under its old id

import type { Kysely, Transaction } from 'kysely'
import type { Clock, Json, Place, Result } from '@tulle/kernel'
import type { DataProduct, MeshModel } from '@tulle/model'
import type { Pointer } from '@tulle/lake'
import type { Objects } from '@tulle/objects'
import type { Database } from '@tulle/store'

/** Every kind of resource, in the order in which one needs the other. */
export const RESOURCE_KINDS = [
  'mesh', 'capability', 'technical-team', 'process-domain', 'data-domain', 'domain-namespace', 'domain-group', 'domain-policy', 'domain-quota', 'policy',
  'data-product', 'input-port', 'data-set', 'output-port', 'control-port', 'service-level', 'workflow', 'stream-job', 'access-grant',
] as const
export type ResourceKind = (typeof RESOURCE_KINDS)[number]

/** The declared facts of a resource, as its row keeps them. */
export type Spec = { readonly [member: string]: Json | undefined }

/** One thing that should exist. */
export interface Resource {
  readonly kind: ResourceKind
  /** Its address: `data-set:flights.flights`. It names neither domain nor team. */
  readonly ref: string
  /** The name of the product that it belongs to. */
  readonly product?: string
  readonly spec: Spec
  /** Of `spec`: equal exactly when nothing would change. */
  readonly fingerprint: string
  /** What declared it: its place is only worked out for a diagnostic, and it is no part of a plan. */
  readonly declaredBy?: { readonly place: Place }
}

/** What a provider made of a resource: ids and places that no file declares. */
export type Made = { readonly [member: string]: Json | undefined }

/** Why a resource is not as the last apply left it. */
export const DRIFT_REASONS = ['row-changed', 'table-missing', 'metadata-missing', 'schema-differs', 'half-destroyed', 'job-gone', 'job-stray'] as const
export type DriftReason = (typeof DRIFT_REASONS)[number]

export interface Drift {
  readonly reason: DriftReason
  /** What somebody did, for a person. */
  readonly message: string
  /** What healing will do. */
  readonly remedy: string
}

/** One thing that exists. `id` never changes, also when the resource moves or comes back from the archive. */
export interface Observed {
  readonly id: string
  readonly kind: ResourceKind
  readonly ref: string
  readonly product?: string
  readonly spec: Spec
  /** Of the spec that is really there. */
  readonly fingerprint: string
  readonly made?: Made
  readonly archived: boolean
  readonly drift?: Drift
}

/** A declared fact that differs. `path` is dotted: `columns.delay.type`. */
export interface FieldChange {
  readonly path: string
  readonly before?: Json
  readonly after?: Json
  /** Whoever reads the product may fail or be misled. */
  readonly breaking: boolean
  /** Data that was readable at the port no longer is, until a run builds it again. Snapshots keep it. */
  readonly destructive: boolean
  /** One sentence for a person. */
  readonly sentence: string
}

/** How a desired resource differs from the observed one; no field at all means that they are equal. */
export interface Difference {
  /** True where the resource keeps everything and only belongs to somebody else. */
  readonly moves: boolean
  readonly fields: readonly FieldChange[]
}

/** What an effect needs of the world. Effects open their own transactions on `db`. */
export interface ProviderContext {
  readonly db: Kysely<Database>
  readonly objects: Objects
  readonly clock: Clock
  readonly newId: () => string
  /** Called first in every transaction of an effect; it throws where the caller has lost the right to change anything. */
  readonly fence?: (tx: Transaction<Database>) => Promise<void>
}

/** What a look needs of the world. */
export interface ObserveContext {
  readonly db: Kysely<Database>
  readonly objects: Objects
  /** Counts the looks of one observer. */
  readonly look: number
  /** What earlier looks of the same observer found. */
  readonly memory: ObserveMemory
}

/** What an observer keeps between looks. */
export interface ObserveMemory {
  /** By the address of the data set: metadata files never change, so each is read once. */
  readonly tables: Map<string, SeenTable>
  /** The pointers in use, by table; `version` is that of their rows. */
  pointers?: { readonly version: string; readonly byUuid: ReadonlyMap<string, Pointer> }
}

/** What was found in a metadata file. */
export interface SeenTable {
  readonly metadataLocation: string
  /** Of the data set that the table was compared with. */
  readonly fingerprint: string
  /** True where it was lost or its schema differs: then every look reads it, until somebody healed it. */
  readonly drifted: boolean
  /** False where the row's word was taken for it. */
  readonly wasRead: boolean
}

/** A row of the table `resource`, its spec split into what was declared and what was made. */
export interface ResourceRow {
  readonly id: string
  readonly kind: ResourceKind
  readonly ref: string
  readonly product?: string
  readonly spec: Spec
  readonly made?: Made
  /** As the last apply recorded it; the truth is the fingerprint of `spec`. */
  readonly recorded: string
  readonly archived: boolean
}

/** What an effect did. `unchanged` where everything was so already. */
export interface Effect {
  readonly id?: string
  readonly changed: boolean
  /** What a person should know: that a table came back empty, say. */
  readonly note?: string
}

/** Where a provider's resources come from. Product-scoped ones depend on nothing but the product, so they can be cached by it. */
export type Desire =
  | { readonly of: 'mesh'; list(mesh: MeshModel): readonly Resource[] }
  | { readonly of: 'product'; list(product: DataProduct): readonly Resource[] }

/**
 * Makes one kind of resource real on one target. Every effect is idempotent and converges after a crash at any point:
 * files first, then one transaction with the row, the pointer and the outbox event. No effect reads a mesh file.
 */
export interface Provider {
  readonly kind: ResourceKind
  readonly target: string
  readonly desire: Desire
  /** True for kinds that hold data or people's work: they leave only when asked to. The others go with their declaration. */
  readonly outlivesDeclaration: boolean
  /** Looks beyond the rows at what is really there, and gives those that drifted. Never writes. Absent where the row is all there is. */
  observe?(context: ObserveContext, rows: readonly Observed[]): Promise<readonly Observed[]>
  /** Pure. */
  diff(desired: Resource, observed: Observed): Difference
  create(context: ProviderContext, desired: Resource): Promise<Result<Effect>>
  update(context: ProviderContext, desired: Resource): Promise<Result<Effect>>
  /** Hands the resource to another domain or team. INVARIANT: same id, same table, same snapshots, same grants. */
  move(context: ProviderContext, desired: Resource): Promise<Result<Effect>>
  /** Out of use, nothing lost. */
  archive(context: ProviderContext, ref: string): Promise<Result<Effect>>
  /** Back into use under its old id, as desired. */
  restore(context: ProviderContext, desired: Resource): Promise<Result<Effect>>
  /** Undoes what was done by hand. */
  heal(context: ProviderContext, desired: Resource): Promise<Result<Effect>>
  /** Gone, data included. The only effect that cannot be taken back. */
  destroy(context: ProviderContext, ref: string): Promise<Result<Effect>>
}

/** A right that somebody has on a product, as a plan names it. */
export interface ObservedGrant {
  readonly id: string
  readonly subjectKind: 'user' | 'team' | 'domain' | 'product' | 'application'
  /** The account's name, or the team's. */
  readonly subject: string
  readonly productId: string
  readonly dataSet?: string
  readonly columns?: readonly string[]
}

/** Everything that exists, by address. Of an address in use and archived ones of the same name, the one in use counts. */
export interface ObservedMesh {
  readonly generation: string
  readonly resources: ReadonlyMap<string, Observed>
  readonly grants: readonly ObservedGrant[]
  /** Of all resources with their drift: a plan made on one basis is refused on another. Runs and grants do not change it. */
  readonly basis: string
}

/** What can happen to a resource. */
export const ACTIONS = ['create', 'update', 'move', 'restore', 'heal', 'archive', 'destroy'] as const
export type Action = (typeof ACTIONS)[number]
