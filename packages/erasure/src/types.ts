// The nouns of erasure: whom, where, what was done.

import type { Clock, Diagnostic, Result } from '@tulle/kernel'
import type { Engine } from '@tulle/engine'
import type { Lake, SnapshotId, TableName } from '@tulle/lake'
import type { LineageGraph } from '@tulle/lineage'
import type { Store } from '@tulle/store'
import type { Folded } from '@tulle/tables'
import type { Shredding } from './shredding/types.ts'

/** A person, by one business key. */
export interface Subject { readonly key: string; readonly value: string }

/** All keys by which the mesh knows the person, with their values. INVARIANT: kept sealed, and only until the erasure is done. */
export type Person = ReadonlyMap<string, ReadonlySet<string>>

/** A table with columns that say whose a row is: by field id, the business key. */
export interface PersonTable {
  readonly name: TableName
  readonly product: string
  readonly productId: string
  readonly dataSet: string
  /** Rows that were set aside, of that data set. */
  readonly isAside: boolean
  /** Of a table that was archived: its identity, for a newer one may have its name. */
  readonly archived?: string | undefined
  /** Of rows of the data set that were archived: the lake that finds them. */
  readonly cold?: Lake | undefined
  readonly keys: ReadonlyMap<number, string>
  /** Of the keys: those whose values have several spellings. */
  readonly folded: ReadonlySet<string>
  /** The column with what came as text, where a row could not be read: the person may stand anywhere in it. */
  readonly text?: number
  /** Why nothing of it may be erased. */
  readonly hold?: string
}

/** Rows of a data set that were archived: a table of their own, with the field ids of the one that they left. */
export interface ColdRows { readonly of: TableName; readonly name: TableName; readonly lake: Lake }

/** A data set that was made from rows of the person and does not say whose its rows are. */
export interface DerivedDataSet {
  readonly product: string
  readonly dataSet: string
  /** `values`: values may have come over, so older versions go. `counts`: the person only counted in it. */
  readonly flow: 'values' | 'counts'
}

/** `sealedFiles` of the files hold the person under a key, which is destroyed in their stead; none of rows that were set aside, for those go. */
export interface FoundTable { readonly product: string; readonly dataSet: string; readonly isAside: boolean; readonly isArchived: boolean; readonly sealedFiles: number; readonly rows: { readonly current: number; readonly older: number }; readonly files: number; readonly snapshots: readonly SnapshotId[] }

/** What an erasure would touch. It names no value. */
export interface Preview {
  readonly subject: { readonly key: string; readonly digest: string }
  /** The keys by which the person was found, and how many values each has. */
  readonly keys: readonly { readonly key: string; readonly values: number }[]
  readonly tables: readonly FoundTable[]
  readonly derived: readonly DerivedDataSet[]
  readonly held: readonly { readonly product: string; readonly dataSet: string; readonly reason: string; readonly rows: number }[]
  /** Rows of the control database that hold values of the person, by table. */
  readonly database: Readonly<Record<string, number>>
  /** What stands in the way: nothing is begun while there is any. */
  readonly diagnostics: readonly Diagnostic[]
}

export type ErasureState = 'requested' | 'running' | 'stuck' | 'done' | 'declined'

export interface ErasureStep { readonly step: string; readonly at: string; readonly told: string }

export interface ErasedTable { readonly product: string; readonly dataSet: string; readonly rows: number; readonly files: number; readonly rewritten: readonly SnapshotId[]; readonly dropped: readonly SnapshotId[] }

/** Rows that stay, in all these versions, with nothing of the person that anybody could decipher. */
export interface ShreddedTable { readonly product: string; readonly dataSet: string; readonly method: 'key destroyed'; readonly rows: number; readonly keys: number; readonly snapshots: readonly SnapshotId[] }

/** What was done, as the certificate lists it. */
export interface ErasureReport {
  readonly tables: readonly ErasedTable[]
  readonly shredded: readonly ShreddedTable[]
  readonly rebuilt: readonly (DerivedDataSet & { readonly run?: string })[]
  readonly held: Preview['held']
  readonly inputs: { readonly removed: number; readonly recipes: number }
  readonly profiles: number
  readonly auditValues: number
  readonly database: { readonly changed: Readonly<Record<string, number>>; readonly compacted: readonly string[]; readonly log: 'replaced' | 'left' }
  readonly streams: number
  /** Places of backups: which backups of theirs went, and the one that was made first where any did. */
  readonly backups: readonly ClearedPlace[]
  /** What Tulle does not hold and cannot reach, or keeps by rule. */
  readonly left: readonly string[]
}

export interface ClearedPlace { readonly place: string; readonly removed: readonly string[]; readonly made?: string | undefined }

export interface Erasure {
  readonly id: string
  readonly state: ErasureState
  readonly subject: { readonly key: string; readonly digest: string }
  readonly requestedBy: string
  /** Of an account: names are given away, ids are not. */
  readonly requestedById: string
  readonly requestedAt: string
  readonly approvedBy?: string
  readonly finishedAt?: string
  readonly steps: readonly ErasureStep[]
  readonly problem?: string
  readonly report?: ErasureReport
  readonly consumers: readonly ErasureConsumer[]
  /** A JWS; only of what is done. */
  readonly certificate?: string
}

/** Who had rights to what was touched, and so may have a copy. */
export interface ErasureConsumer { readonly kind: string; readonly name: string; readonly acknowledgedAt?: string; readonly acknowledgedBy?: string }

/** Values of columns by field id: rows that have one of them are the person's. */
export interface RowsInTable extends PersonTable { readonly rows: ReadonlyMap<number, readonly string[] | Folded> }

export interface ErasureOptions {
  readonly store: Store
  readonly lake: Lake
  readonly engine: Engine
  readonly clock: Clock
  /** Private folders of engine processes are made and removed in here; emptied when it opens. */
  readonly workFolder: string
  /** Keys of erasures at work are kept in here, readable by us alone. */
  readonly secretsFolder: string
  /** Of certificates and digests; whoever loses it cannot compare either any more. */
  readonly secret: string
  readonly graph: () => Promise<LineageGraph>
  /** Archived rows of every data set, or why they cannot be reached: then nobody is erased. */
  readonly coldRows?: () => Promise<Result<readonly ColdRows[]>>
  /** Builds a product anew and waits until it is published; the run's id. */
  readonly rebuild: (product: string, by: string) => Promise<Result<string>>
  /** Gives up whatever ports keep of rows that they have read, in every process; done when none has any. */
  readonly forgetReads: () => Promise<void>
  /** Destroys values of the audit that one of the texts is part of; how many entries had such. */
  readonly forgetAudit: (texts: ReadonlySet<string>, by: string) => Promise<Result<number>>
  /** Removes events about the person from streams; how many. */
  readonly forgetStreams?: (tables: readonly RowsInTable[], derived: readonly DerivedDataSet[]) => Promise<Result<number>>
  /** Makes that no backup of a moment before `before` (ISO 8601, by the database's clock) is anywhere that it can reach; tells of the rest. */
  readonly clearBackups?: (before: string, signal: AbortSignal) => Promise<Result<{ readonly cleared: readonly ClearedPlace[]; readonly left: readonly string[] }>>
  /** Keys of persons whose columns lie enciphered. */
  readonly shredding?: Pick<Shredding, 'destroy' | 'destroyedBy'>
  /** True where PostgreSQL is ours, so that its log can be replaced. */
  readonly ownsDatabase: boolean
  /** Said in every certificate: copies that Tulle cannot know of. */
  readonly left: () => Promise<readonly string[]>
  readonly warn?: (message: string) => void
}

export interface Erasures {
  preview(subject: Subject): Promise<Result<Preview>>
  /** Begins, or waits for somebody else's approval where the mesh wants two persons. */
  request(subject: Subject, by: { readonly name: string; readonly id: string }): Promise<Result<Erasure>>
  approve(id: string, by: { readonly name: string; readonly id: string }): Promise<Result<Erasure>>
  decline(id: string, by: { readonly name: string; readonly id: string }): Promise<Result<Erasure>>
  /** Tries anew what got stuck. */
  resume(id: string): Promise<Result<Erasure>>
  find(id: string): Promise<Result<Erasure>>
  list(): Promise<readonly Erasure[]>
  /** The business keys that identify persons. */
  keys(): Promise<readonly string[]>
  /** A consumer says that it has erased its copies. */
  acknowledge(id: string, by: { readonly name: string; readonly kinds: readonly { readonly kind: string; readonly name: string }[] }): Promise<Result<Erasure>>
  /** Which of a consumer's own values belong to the person who was erased. */
  match(id: string, key: string, values: readonly string[]): Promise<Result<readonly string[]>>
  verify(certificate: string): Promise<Result<Readonly<Record<string, unknown>>>>
  publicKey(): Promise<Readonly<Record<string, unknown>>>
  /** Takes up what an earlier process left. */
  start(): void
  close(): Promise<void>
}
