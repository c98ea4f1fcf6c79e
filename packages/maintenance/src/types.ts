// The nouns of maintenance: what a rule says, what goes by it, and what looks after a table.

import type { Clock, Diagnostic, Result } from '@tulle/kernel'
import type { OpenAudit } from '@tulle/audit'
import type { Engine } from '@tulle/engine'
import type { ExpiryPolicy, Lake, TableName } from '@tulle/lake'
import type { Store } from '@tulle/store'
import type { Archive, ColdStore, Restored, RestoreRequest } from './cold/types.ts'
import type { SuppressionList } from './cold/erased-sql.ts'

/** What holds for one table, nothing left open. Times are milliseconds. */
export interface TablePolicy {
  readonly expiry: ExpiryPolicy
  /** How far back the change stream can be replayed. */
  readonly keepStream: number
  readonly orphanAge: number
  /** Bytes of a data file that is worth leaving alone. */
  readonly compactTo: number
}

/** One thing that goes, or went; of small files and manifests, one whose content is written anew with others. */
export interface Removal {
  readonly job: JobName
  readonly what: 'snapshot' | 'branch' | 'tag' | 'file' | 'unfinished' | 'manifest' | 'data' | 'run' | 'event' | 'output' | 'alert' | 'verdict' | 'segment' | 'rows' | 'archived rows' | 'changes' | 'archive'
  /** A snapshot's id, a ref's name, a file's name or address, or of rows of journals what they have in common. */
  readonly name: string
  readonly bytes?: number
  /** Of rows and changes: how many, and between which values of the column that they go by, or which times. Bytes of rows are their share of the files' bytes. */
  readonly rows?: number
  readonly oldest?: string
  readonly newest?: string
  /** The rule's name. */
  readonly rule: string
  /** The rule as a person reads it, with its values. */
  readonly reason: string
}

export type JobName = 'rows' | 'stream' | 'compact' | 'manifests' | 'branches' | 'expire' | 'orphans' | 'kept' | 'dropped' | 'journal' | 'audit'

export interface TableReport {
  readonly table: TableName
  readonly removals: readonly Removal[]
  /** Why a job did not do its work; the others did theirs. */
  readonly diagnostics: readonly Diagnostic[]
}

export interface Report {
  readonly tables: readonly TableReport[]
  /** Runs, events, alerts, old entries of the audit and files of tables that are gone; of one product, its runs, events and verdicts. */
  readonly journal: readonly Removal[]
  /** Why something of them was left as it is. */
  readonly diagnostics: readonly Diagnostic[]
}

/** What a job works with. */
export interface JobContext {
  readonly store: Store
  readonly lake: Lake
  readonly table: TableName
  readonly uuid: string
  readonly policy: TablePolicy
  readonly cold: ColdStore
  readonly suppression?: SuppressionList | undefined
  readonly engine: Engine
  /** Private folders of engine processes at work are made and removed in here. */
  readonly workFolder: string
  readonly signal: AbortSignal
}

/**
 * One thing that is done for a table. `foresee` changes nothing and lists what `carryOut` would do; both may be called
 * while others write, and `carryOut` may be called again after a crash at any point of it.
 */
export interface Job {
  readonly name: JobName
  foresee(context: JobContext): Promise<Result<readonly Removal[]>>
  carryOut(context: JobContext): Promise<Result<readonly Removal[]>>
}

/** How long something of a data set is kept; `runs` with their logs, events and verdicts of checks. */
export interface KeptFor {
  readonly what: 'versions' | 'tags' | 'changes' | 'runs'
  /** As it is written: `expire-after`. */
  readonly rule: string
  readonly value: string
  /** Who says so; `default` where nobody does. */
  readonly by: 'data set' | 'product' | 'mesh' | 'default'
}

export interface DataSetRetention {
  readonly dataSet: string
  /** What the contract says of rows, with the rule as a person reads it; absent where it keeps them all. */
  readonly rows?: { readonly action: 'delete' | 'archive'; readonly reason: string }
  /** Why all rows stay all the same. */
  readonly legalHold?: string
  readonly kept: readonly KeptFor[]
}

export interface MaintenanceOptions {
  readonly store: Store
  readonly lake: Lake
  readonly clock: Clock
  readonly engine: Engine
  /** This room's alone; emptied when it opens. */
  readonly workFolder: string
  /** Whose old entries go by the mesh's rule; without it none do. */
  readonly audit?: Pick<OpenAudit, 'retire'>
  /** Where rows go that are archived; without it none are. */
  readonly cold?: ColdStore
  /** Who was erased; their rows go nowhere. */
  readonly suppression?: SuppressionList
  readonly warn?: (message: string) => void
}

export interface MaintainOptions {
  /** Of one product; of all and of what is no product's unless told. */
  readonly product?: string
  readonly signal?: AbortSignal
}

export interface Maintenance {
  /** What `maintain` would do now. Changes nothing. */
  foresee(options?: MaintainOptions): Promise<Report>
  /** Does it. Tables that somebody else looks after at the moment are left to them. */
  maintain(options?: MaintainOptions): Promise<Report>
  /** How long what of each data set of a product is kept. */
  retention(product: string): Promise<readonly DataSetRetention[]>
  /** What lies in the cold store; of one product, where one is named. */
  archives(product?: string): Promise<{ readonly archives: readonly Archive[]; readonly diagnostics: readonly Diagnostic[] }>
  /** Takes the cold store over from another home of this mesh. */
  takeOver(by: string): Promise<Result<{ readonly place: string }>>
  /** What was archived of data sets (`data-set:flights.flights`) that are about to be destroyed, as warnings. */
  tellDestroyed(refs: readonly string[]): Promise<readonly Diagnostic[]>
  /** Brings archived rows back into their data set. */
  restore(request: RestoreRequest): Promise<Result<Restored>>
  /** Looks after every table once a day, and sooner after many publishes, until `close`. */
  start(): void
  close(): Promise<void>
}
