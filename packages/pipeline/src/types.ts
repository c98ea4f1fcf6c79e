// The nouns of a product's run: what its steps work with, and what one hands to the next. What is handed on is JSON with
// references and counts, because it is kept across crashes.

import type { Programs } from '@tulle/programs'
import type { Clock, Json, Result } from '@tulle/kernel'
import type { DataProduct, DataContract, DataSet } from '@tulle/model'
import type { FileCipher, Lake, SnapshotId } from '@tulle/lake'
import type { Exchange, Objects } from '@tulle/objects'
import type { Engine, EngineProcess } from '@tulle/engine'
import type { DrawMode, DrawnColumn, SourceRoom } from '@tulle/sources'
import type { Store } from '@tulle/store'
import type { AppliedTable, PostgresCatalog, ProductDefinition } from '@tulle/providers'
import type { DefinitionChanges } from './compare-definitions.ts'
import type { Decisions, QuarantineCounts, QuarantinedRows, QuarantineFilter, RowDecision, SetAsides } from './quarantine/types.ts'
import type { FindQueueRules, RunRecord, RunStatus, StartedRun, WorkflowDefinition, WorkflowHost, WorkflowRuntime } from '@tulle/workflow'

/** What products may read of other platforms. All of it is the operator's to say; a mesh folder only names it. */
export interface ForeignCatalogues {
  /** `host` or `host:port`, as a URL has them. Others are never asked. */
  readonly hosts: ReadonlySet<string>
  /** Where tables may lie. What lies elsewhere is never opened, whatever a catalogue says. */
  readonly storage: readonly Objects[]
  readonly secret: (name: string) => string | undefined
}

/** What workflow documents may reach, as the operator says. */
export type FlowDoors = Pick<WorkflowHost, 'http' | 'secret' | 'process' | 'topic'>

export interface PipelineOptions {
  readonly store: Store
  readonly engine: Engine
  readonly catalog: PostgresCatalog
  readonly objects: Objects
  /** What enciphers columns of files; nothing, unless told. */
  readonly cipher?: FileCipher
  /** Where paths of file input ports begin. */
  readonly meshFolder: string
  /** Private folders of runs are made and removed in here; the server's alone. */
  readonly workFolder: string
  readonly clock: Clock
  /** Opens the runtime over the workflows that it is to run. */
  readonly openRuntime: (workflows: readonly WorkflowDefinition[], queueRules: FindQueueRules) => Promise<WorkflowRuntime>
  /** Nothing, unless told. */
  readonly foreign?: ForeignCatalogues
  /** What connected input ports are drawn with; nothing may be reached, unless told. */
  readonly sources?: Omit<SourceRoom, 'clock'>
  /** What the platform counts of use; nothing, unless told. */
  readonly usage?: UsageReports
  /** What workflow documents may reach; nothing, unless told. */
  readonly doors?: Partial<FlowDoors>
  /** Where workflows may export to, by name; nowhere, unless told. */
  readonly exports?: ReadonlyMap<string, Objects>
  /** Where models run that are programs; nowhere, unless told. */
  readonly programs?: Programs
  /** What products may read of each other; what their own team keeps, unless told. */
  readonly inputRights?: InputRights
  readonly suppression?: Suppression
  readonly limits?: Partial<RunLimits>
  readonly warn?: (message: string) => void
}

/** Port: rows of a report of the platform on its own use, in an order that stays. */
export type UsageReports = (report: 'days' | 'products') => Promise<readonly Readonly<Record<string, Json>>[]>

/** Port: who was erased and must not come back. */
export interface Suppression {
  /** Makes SQL that is true of a value (as text) under a business key; undefined where nobody was erased by it. Never kept: a secret is in it. */
  condition(businessKey: string): Promise<((value: string) => string) | undefined>
}

/** Port: what a product may read of another's data set at this moment, as the product that it is. */
export interface InputRights {
  /** `purpose` is the input port's; where it names none, the only one that is open is taken. */
  read(question: { readonly reader: { readonly id: string; readonly name: string; readonly team: string }; readonly input: { readonly product: string; readonly dataSet: string }; readonly purpose?: string }): Promise<Result<InputRight>>
}

/** Without `limits` every column and row is there, as it is. */
export interface InputRight {
  readonly purpose?: string
  readonly limits?: {
    readonly columns: readonly string[]
    /** Trusted SQL over the row that stands in for a column's value. Never kept: keys of hashes are in it. */
    readonly masks: Readonly<Record<string, string>>
    readonly rowFilter?: { readonly condition: string; readonly reads: readonly { readonly product: string; readonly dataSet: string; readonly columns: readonly string[]; readonly as: string }[] }
  }
}

/** Of one run. */
export interface RunLimits { readonly memoryMegabytes: number; readonly threads: number; readonly stepMilliseconds: number }

/** Of a cursor, as its source writes values. */
export interface Range { readonly from: string; readonly to: string }

export interface RunOptions {
  readonly requestedBy: string
  /** `{kind: 'manual'}` unless told. */
  readonly trigger?: { readonly kind: string; readonly [detail: string]: Json }
  /** Of the product's workflow, over those that its folder gives. */
  readonly parameters?: Readonly<Record<string, Json>>
  /** Publishes even where nothing changed. */
  readonly force?: boolean
  /** Builds incremental models of dbt anew, from all of their inputs. */
  readonly fullRefresh?: boolean
  /** Reads what ports with a cursor have from `from` up to, and not at, `to` anew, and nothing else of them. */
  readonly backfill?: Range
  /** Among those that wait, 0 to 1000; by why it runs unless told. */
  readonly priority?: number
}

/** The product as a folder declares it, and the data sets of every product there. */
export interface RehearsalOptions {
  readonly product: DataProduct
  readonly others: Readonly<Record<string, readonly string[]>>
  readonly requestedBy: string
}

export interface RollbackOptions {
  readonly requestedBy: string
  /** A snapshot of any data set of the product: the others go to what was published with it. */
  readonly snapshot?: SnapshotId | undefined
  /** What this run published. Without either: what was published before the current version. */
  readonly run?: string | undefined
}

/** One data set that went back. */
export interface RolledBack { readonly dataSet: string; readonly from: SnapshotId; readonly to: SnapshotId }

/** What one run published, where it was made by another definition than what was published before it. */
export interface ProductVersion {
  readonly runId: string
  readonly publishedAt: Date
  readonly snapshots: Readonly<Record<string, SnapshotId>>
  /** Undefined of the oldest that is kept, and where what is said of a version is lost. */
  readonly changes?: DefinitionChanges
}

/** The contents of `manifest.json`, `run_results.json` and `catalog.json`. */
export interface DbtArtifacts { readonly manifest: Json; readonly runResults: Json; readonly catalog: Json }

/** Since when and by whom a product's triggers are paused, and how often one would have started a run meanwhile. */
export interface TriggerPause { readonly by: string; readonly at: Date; readonly missed: number }

/** A range of days, run by its parts. `parameters` of the workflow are given the first day of each, and the first day after it. */
export interface BackfillRequest {
  /** Days such as `2026-01-31`, both of the range. */
  readonly from: string
  readonly to: string
  readonly by: 'day' | 'month'
  readonly parameters?: readonly string[] | undefined
  readonly force?: boolean | undefined
  readonly priority?: number | undefined
  readonly requestedBy: string
}

export interface Backfill extends Omit<BackfillRequest, 'parameters' | 'force' | 'priority'> {
  readonly id: string
  readonly product: string
  /** None: the cursor of an input port says what a part is. */
  readonly parameters: readonly string[]
  readonly force: boolean
  readonly priority: number
  readonly requestedAt: Date
  readonly parts: readonly BackfillPart[]
}

/** `missing` where nothing was queued for it yet. */
export interface BackfillPart { readonly name: string; readonly status: RunStatus | 'missing'; readonly runId?: string; readonly waits?: string; readonly why?: string }

/** Without a check: whatever check is broken. */
export interface FailingRowsQuestion { readonly run: string; readonly product: string; readonly dataSet: string; readonly check?: string | undefined; readonly limit: number }
/** Values as `columns` are; of each row the checks that it breaks. */
export interface FailingRows { readonly total: number; readonly columns: readonly string[]; readonly rows: readonly { readonly checks: readonly string[]; readonly values: readonly Json[] }[] }

/** Runs products. */
export interface Pipeline {
  /** Starts a run, or joins an equal one that is queued. Durable when it resolves. */
  run(product: string, options: RunOptions): Promise<Result<StartedRun>>
  wait(runId: string, options?: { readonly signal?: AbortSignal }): Promise<Result<RunRecord>>
  cancel(runId: string): Promise<Result<void>>
  /** Stops the run before its next step, until it is resumed or cancelled. */
  pauseRun(runId: string, by: string): Promise<Result<void>>
  resumeRun(runId: string): Promise<Result<void>>
  /** Schedules, events and webhooks start no run of the product until it is resumed; by hand it runs. */
  pauseTriggers(product: string, by: string): Promise<void>
  /** Answers the one run that makes up for what came meanwhile, where something did. */
  resumeTriggers(product: string, by: string): Promise<Result<StartedRun | undefined>>
  triggerPause(product: string): Promise<TriggerPause | undefined>
  /** The statements that made a version; without one, those of what is published. */
  code(product: string, snapshot?: SnapshotId): Promise<Result<ProductCode>>
  /** What was published and what each version changed, newest first. */
  versions(product: string, limit: number): Promise<Result<readonly ProductVersion[]>>
  /** The definition of the product by which a snapshot was made. */
  definitionAt(product: string, snapshot: SnapshotId): Promise<Result<ProductDefinition>>
  /** Builds a snapshot again in private, and says in the run's last step whether the result is the same. Publishes nothing. */
  reproduce(product: string, options: { readonly snapshot: SnapshotId; readonly requestedBy: string }): Promise<Result<StartedRun>>
  /** Builds what a folder would change of a product, beside production; the run's last step says how it differs. Nothing of it is kept. */
  rehearse(product: string, options: RehearsalOptions): Promise<Result<StartedRun>>
  /** What a run made of its product's models, in the files that tools of dbt read. */
  dbtArtifacts(runId: string): Promise<Result<DbtArtifacts>>
  /** Serves an older version again, all data sets that were published together; answers those that moved. */
  rollBack(product: string, options: RollbackOptions): Promise<Result<readonly RolledBack[]>>
  /** A new run that takes over what a run that has ended made before a step, and does that step and the rest anew. */
  rerun(runId: string, options: { readonly requestedBy: string; readonly from?: string | undefined }): Promise<Result<StartedRun>>
  /** Runs over ranges of partitions. */
  readonly backfills: {
    start(product: string, request: BackfillRequest): Promise<Result<Backfill>>
    find(id: string): Promise<Result<Backfill>>
    /** Newest first. */
    list(product: string): Promise<readonly Backfill[]>
    /** Queues the parts without a run that succeeded or is under way. */
    resume(id: string, by: string): Promise<Result<Backfill>>
    /** Ends its runs that have not ended. */
    cancel(id: string): Promise<Result<Backfill>>
  }
  /** Rows that were set aside: how many, which, and what is to become of them. `limits` are whose who asks. */
  readonly quarantine: {
    counts(product: string): Promise<Result<readonly QuarantineCounts[]>>
    rows(of: { readonly product: string; readonly dataSet: string }, filter: QuarantineFilter & { readonly limit: number }, limits: InputRight['limits']): Promise<Result<QuarantinedRows>>
    decide(deciding: { readonly product: string; readonly dataSet: string; readonly by: string; readonly decision: RowDecision; readonly chosen: Omit<QuarantineFilter, 'states'>; readonly limits: InputRight['limits'] }): Promise<Result<number>>
  }
  /** The rows that a run wrote, published or not, which break its contract. `limits` are whose who asks. */
  failingRows(question: FailingRowsQuestion, limits: InputRight['limits']): Promise<Result<FailingRows>>
  /** Starts every product whose code or workflow is not what is published and whose inputs are there; the others follow by their triggers. */
  build(requestedBy: string): Promise<readonly StartedRun[]>
  /** Schedules, published inputs and applies start runs from now on, until `close`. */
  registerTriggers(): Promise<void>
  /** Resolves when no run is queued or running and every event so far has been acted on. */
  settled(signal?: AbortSignal): Promise<void>
  /** Stops without waiting for runs; the next process goes on with them. */
  close(): Promise<void>
}

/** What the steps of every run share. */
export interface Workshop {
  readonly store: Store
  readonly catalog: PostgresCatalog
  readonly lake: Lake
  readonly objects: Objects
  readonly meshFolder: string
  readonly clock: Clock
  readonly sessions: Sessions
  readonly inputRights: InputRights
  readonly foreign: ForeignCatalogues
  readonly sources: SourceRoom
  readonly usage: UsageReports
  /** Reaches catalogues of others. */
  readonly exchange: Exchange
  /** Places for files of others. */
  readonly exports: ReadonlyMap<string, Objects>
  /** Where models run that are programs. */
  readonly programs: Programs
  /** What one of them may take. */
  readonly programMilliseconds: number
  readonly suppression?: Suppression
}

/** The private folder of a run, in its parts. */
export interface RunFolders {
  /** The engine process may read here. */
  readonly inFolder: string
  /** The engine process may write here; staged files wait here until they are published. */
  readonly outFolder: string
  /** Ours alone: what is known of staged files. */
  readonly factsFolder: string
}

/** The engine process of a run, and the private folder that is all it can reach. */
export interface Session extends RunFolders {
  readonly process: EngineProcess
}

export interface Sessions {
  /** The session of a run; a run that goes on in a new process gets a new process over the same folder. */
  of(runId: string): Promise<Result<Session>>
  /** From now on the run's process has so much memory; one that has other is given up. */
  limit(runId: string, megabytes: number): Promise<void>
  /** What the run's process may have. */
  megabytesOf(runId: string): number
  foldersOf(runId: string): Promise<RunFolders>
  /** Gives up the process, dead or alive; the next step gets another one over the same folder. */
  drop(runId: string): Promise<void>
  /** Ends the process, and removes the folder where the run has ended. */
  release(runId: string): Promise<void>
  close(): Promise<void>
}

/** A data set that a run fills. */
export interface Target {
  readonly dataSet: DataSet
  readonly contract: DataContract
  readonly table: AppliedTable
  /** `flights.flights`. */
  readonly address: string
  /** Of a rebuild: the snapshot whose schema its rows have. Absent: the table's own. */
  readonly asOf?: SnapshotId
}

/** A published data set that a run reads: always this snapshot, whatever is published meanwhile. */
export interface PinnedInput {
  readonly product: string
  readonly dataSet: string
  readonly snapshot: SnapshotId
}

/** A table of another platform that a run reads through a port: always this snapshot. */
export interface ForeignInput {
  readonly port: string
  /** `namespace.table`, as its catalogue calls it. */
  readonly table: string
  readonly snapshot: SnapshotId
}

/** Files of an input port, copied into the run's folder. `copies` are names in there. */
export interface IngestedPort {
  readonly port: string
  readonly copies: readonly string[]
  /** What each copy is called in the mesh. */
  readonly shown: readonly string[]
  readonly bytes: number
  /** Of a connected port: how its rows come to what is there. */
  readonly drawn?: DrawnInput
}

/** What a draw was, beside its files. */
export interface DrawnInput {
  readonly mode: DrawMode
  readonly keys: readonly string[]
  /** Of what is read. */
  readonly reads: string
  readonly columns?: readonly DrawnColumn[]
  /** Of a `reload`. */
  readonly range?: Range & { readonly column: string }
  /** Where it stopped. */
  readonly state?: Json
  /** The version that its rows come to. */
  readonly base?: { readonly dataSet: string; readonly snapshot: SnapshotId }
}

/**
 * A file that waits in the run's folder until it is published. What the engine found in it (smallest and largest values)
 * waits beside it: values of rows belong into no history.
 */
export interface StagedFile { readonly name: string; readonly rows: number; readonly bytes: number }

/** Rows of the version below that go: where they are in a data file of it, or all of that file's. */
export interface StagedGone { readonly rows: number; readonly files: readonly { readonly data: string; readonly name?: string }[] }

/** How a data set was kept in step. Without `gone` it was built as a whole. */
export interface Refreshed { readonly statement: string; readonly gone?: StagedGone }

/** By data set name. */
export type StagedFiles = Readonly<Record<string, readonly StagedFile[]>>

/** What models depend on beside their inputs. */
export interface DbtRun {
  /** ISO 8601, UTC: what models take for the time. */
  readonly now: string
  readonly fullRefresh: boolean
  /** What was published of the product's own data sets. */
  readonly own: readonly PinnedInput[]
  /** Data sets that stay as they are published: by the same code, from the same inputs. */
  readonly left?: readonly string[]
  /** By data set: what it is made of. Equal ones have equal rows. */
  readonly prints?: Readonly<Record<string, string>>
  /** What models see as `var`, before what their project has; absent where they ask for none. */
  readonly variables?: Variables
}

/** Parameters of a run, by name. */
export type Variables = Readonly<Record<string, Json>>

/** What `ingest` hands on. */
export interface Ingested {
  /** Of the definition as it was read: later steps refuse another one. */
  readonly definition: string
  readonly code: string
  /** By which the run can be repeated. */
  readonly recipe: string
  /** Of the document by which the run goes, and what it was given. */
  readonly workflow?: string
  /** By ref: a snapshot id for data sets and for tables of others, a SHA-256 for input ports. */
  readonly inputs: Readonly<Record<string, string>>
  readonly pinned: readonly PinnedInput[]
  readonly ports: readonly IngestedPort[]
  readonly foreign: readonly ForeignInput[]
  readonly staged: StagedFiles
  /** Rows that wait to be set aside, of data sets without a model. */
  readonly aside?: SetAsides
  /** What people decided about rows that were set aside before. */
  readonly decisions?: Decisions
  /** Where the product has models. */
  readonly dbt?: DbtRun
  /** Where nothing is published, but compared with snapshots that are there. */
  readonly rebuilds?: { readonly productId: string; readonly snapshots: Snapshots }
}

/** What `transform` hands on: everything that will be written. */
export interface Transformed {
  readonly staged: StagedFiles
  /** The versions that staged files are added to, by data set, where that is not for its port to say. */
  readonly bases?: Snapshots
  /** Rows that wait to be set aside, of every data set. */
  readonly aside?: SetAsides
  readonly results?: readonly ToldResult[]
  /** Of data sets that are kept in step, by name. */
  readonly refreshed?: Readonly<Record<string, Refreshed>>
}

/** What became of a node of a dbt project, as it is kept with the run. */
export interface ToldResult {
  readonly id: string
  readonly status: string
  readonly message: string
  readonly failures?: number
  readonly rows?: number
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly seconds: number
}

/** Snapshot ids by data set name. */
export type Snapshots = Readonly<Record<string, SnapshotId>>

/** What `write` hands on: the snapshots on the run's branch. */
export interface Written { readonly snapshots: Snapshots }

/** What makes a product's data sets, as its engine is told. */
export interface ProductCode {
  readonly product: string
  /** Of the recipe, or of the definition where there is none: equal names are equal code over equal inputs. */
  readonly name: string
  /** What the same run wrote. */
  readonly snapshots: Snapshots
  /** What it read of other products, by `product.data_set`. */
  readonly reads: Readonly<Record<string, SnapshotId>>
  /** Of every relation that is built, in no order. */
  readonly statements: readonly { readonly schema: string; readonly name: string; readonly sql: string }[]
  /** What is built by a program, of which only its author can say which column comes from which. */
  readonly programs: readonly {
    readonly schema: string
    readonly name: string
    readonly columns: readonly string[]
    readonly reads: readonly { readonly input: string; readonly schema: string; readonly name: string }[]
    /** By column. */
    readonly declared: Readonly<Record<string, readonly { readonly input: string; readonly column: string }[]>>
  }[]
  readonly dataSets: readonly { readonly name: string; readonly columns: readonly string[]; readonly from: { readonly schema: string; readonly name: string } }[]
  readonly ports: readonly string[]
  /** The schema in which ports are relations. */
  readonly portSchema: string
  /** What could not be rendered, and why. */
  readonly unread: readonly string[]
}
