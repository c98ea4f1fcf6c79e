// The mesh as its folder declares it, resolved and checked. Documents say what was written; these nouns say what it means.

import type { Diagnostic, Json, Place, Result } from '@tulle/kernel'
import type { MeshPolicy, PolicyCase } from './governance.ts'

/** The texts of a mesh folder: `/`-separated path within it → text. Only YAML and SQL files matter. */
export type MeshFiles = ReadonlyMap<string, string>

/** Everything that a mesh folder declares. Maps are by name and keep the order of the folder. */
export interface MeshModel {
  readonly name: string
  readonly title: string
  readonly purposes: readonly Purpose[]
  readonly classifications: readonly string[]
  readonly businessKeys: ReadonlyMap<string, BusinessKey>
  readonly environments: readonly string[]
  readonly teams: ReadonlyMap<string, TechnicalTeam>
  readonly domains: ReadonlyMap<string, DataDomain>
  /** Groups of systems of applications, which keep copies of the data that they consume. */
  readonly processDomains: ReadonlyMap<string, ProcessDomain>
  readonly products: ReadonlyMap<string, DataProduct>
  /** Rights that the folder itself gives. */
  readonly grants: ReadonlyMap<string, DeclaredGrant>
  readonly capabilities: CapabilityRegistry
  readonly policies: ReadonlyMap<string, MeshPolicy>
  readonly policyCases: readonly PolicyCase[]
  /** Workflows as documents: the mesh's templates, and those of single products. */
  readonly workflows: readonly WorkflowTemplate[]
  /** Products that may read what the platform counts of use. */
  readonly usage?: readonly string[]
  readonly maintenance?: MaintenanceRules
  readonly erasure?: ErasureRules
  readonly runs?: RunRules
  readonly exports?: ExportRules
  readonly alerts?: readonly AlertRule[]
  /** Absent: products are certified by their own word. */
  readonly certification?: readonly CertificationRule[]
  /** Accounts that the sample mesh declares for demonstration; a real mesh has none here. */
  readonly demoUsers: readonly DemoUser[]
  /** Warnings and notes; errors stop the model from existing. */
  readonly diagnostics: readonly Diagnostic[]
}

/** How long versions, runs and events are kept, and how files are looked after. Times are milliseconds; what is absent is said elsewhere. */
export interface MaintenanceRules {
  readonly expireAfter?: number
  readonly keepLast?: number
  readonly keepAtMost?: number
  readonly keepTags?: number | 'forever'
  /** How far back the change stream of a data set can be replayed. */
  readonly keepStream?: number
  readonly orphanAge?: number
  /** Bytes. */
  readonly compactTo?: number
  /** Of ended runs, their logs and events, and verdicts of checks. */
  readonly keepRuns?: number
  /** Said by the mesh alone. */
  readonly keepAlerts?: number
  readonly keepAudit?: number | 'forever'
}

/** What one subject may take of a product within an hour; more is cut, and the way is closed. */
export interface ExportRules { readonly rows?: number; readonly bytes?: number; readonly statements?: number }

/** How runs share the machine and when a product is late. Times are milliseconds; what is absent is said elsewhere. */
export interface RunRules {
  readonly atOnce?: number
  /** Said by the mesh alone. */
  readonly atOncePerTeam?: number
  readonly triggersPerHour?: number
  /** Said by products alone. */
  readonly priority?: number
  readonly expectEvery?: number
  readonly lateAfter?: number
  /** Of times of a schedule that nobody watched: none is made up for, one run makes up for all, each has its run. */
  readonly catchUp?: CatchUp
  /** By the function of the house that a workflow calls. Said by products alone. */
  readonly limits?: Readonly<Record<string, StepLimits>>
}

export type CatchUp = 'none' | 'last' | 'all'
export interface StepLimits { readonly milliseconds?: number; readonly megabytes?: number }

/** Whom to tell, by one of both ways. */
export interface AlertRule {
  readonly on: readonly ('failure' | 'lateness' | 'incident' | 'burn' | 'quarantine')[]
  /** `secret` is its name; the platform holds the value. */
  readonly webhook?: { readonly url: string; readonly secret: string }
  readonly mail?: readonly string[]
}

export interface Purpose { readonly name: string; readonly title: string; readonly description?: string }
export interface BusinessKey { readonly name: string; readonly type: string; readonly description?: string; readonly identifies?: 'person'; readonly compare?: 'exact' | 'folded' }
export interface RowRetention {
  /** By age: a column of dates or times, and how long. With `where`, both have to hold. */
  readonly column?: string
  readonly milliseconds?: number
  /** By condition: columns whose value, as text, is one of these. All of them have to hold; a row without a value stays. */
  readonly where?: readonly { readonly column: string; readonly values: readonly string[] }[]
  /** They go into the cold store; absent: they are deleted. */
  readonly action?: 'archive'
}
/** Columns, `key` among them, that lie enciphered under a key of each person: of each value of the column `key`. `word` stands in texts whose key was destroyed. */
export interface DataShredding { readonly key: string; readonly columns: readonly string[]; readonly word?: string }
export interface ErasureRules { readonly approval?: 'one-person' | 'two-persons' }
export interface TechnicalTeam { readonly name: string; readonly title: string; readonly description?: string; readonly email?: string; readonly runs?: RunRules; readonly alerts?: readonly AlertRule[]; readonly place: Place }
export interface DemoUser { readonly name: string; readonly title: string; readonly role: string; readonly teams: readonly string[]; readonly purposes: readonly string[]; readonly attributes?: Readonly<Record<string, Json>>; readonly grants: readonly string[] }

/** A right that the folder gives, for as long as its file is there. Undefined data set, columns or rows mean all. */
export interface DeclaredGrant {
  readonly name: string
  readonly subjectKind: 'user' | 'team' | 'domain' | 'product' | 'application'
  readonly subject: string
  readonly product: string
  readonly dataSet?: string
  readonly columns?: readonly string[]
  /** SQL over the row. */
  readonly rows?: string
  readonly purposes: readonly string[]
  readonly expiresAt?: string
  readonly place: Place
}

export interface DataDomain {
  readonly name: string
  readonly title: string
  readonly description?: string
  readonly owner?: string
  readonly quotas: Readonly<Record<string, number>>
  readonly place: Place
}

export interface ProcessDomain {
  readonly name: string
  readonly title: string
  readonly description?: string
  readonly application?: string
  readonly team: string
  readonly systems: readonly string[]
  readonly place: Place
}

export interface DataProduct {
  readonly name: string
  readonly title: string
  readonly description?: string
  readonly domain: string
  /** Empty where neither the product nor its domain names one, which is a warning. */
  readonly team: string
  readonly owner?: string
  readonly type?: string
  readonly certified: boolean
  readonly tags: readonly string[]
  /** Every component, shipped or the platform team's own, with its properties validated and presets applied. */
  readonly components: readonly Component[]
  readonly dataSets: readonly DataSet[]
  readonly inputPorts: readonly InputPort[]
  readonly outputPorts: readonly OutputPort[]
  readonly workflow: ProductWorkflow
  readonly dbt?: DbtProject
  /** Of models without a dbt project; files are in the mesh folder. */
  readonly macros?: readonly { readonly file: string; readonly text: string }[]
  readonly maintenance?: MaintenanceRules
  readonly runs?: RunRules
  /** The narrowest of what the product and its output ports say. */
  readonly exports?: ExportRules
  readonly alerts?: readonly AlertRule[]
  /** The folder, relative to the mesh, `/`-separated. */
  readonly folder: string
  readonly place: Place
  /** Equal exactly when nothing that matters to a plan changed in the product's files. */
  readonly fingerprint: string
}

/** A promise about the quality of service: a percentage of a rolling window. Times are milliseconds. */
export interface ServiceLevel {
  readonly name: string
  readonly title: string
  readonly description?: string
  readonly dimension?: string
  /** Percent. */
  readonly objective: number
  readonly window: number
  /** `contract`: of the `slaProperties` of a data set's contract. */
  readonly from: 'product' | 'contract'
  /** None: it is only described. */
  readonly indicators: readonly Indicator[]
}
export interface Indicator { readonly name: string; readonly title: string; readonly every: number; readonly measured: Measured }
export type Measured =
  | { readonly kind: 'freshness'; readonly within: number }
  | { readonly kind: 'completeness'; readonly atLeast: number; readonly dataSet?: string }
  | { readonly kind: 'availability'; readonly port?: string }
  | { readonly kind: 'latency'; readonly percentile: number; readonly below: number }
  | { readonly kind: 'quality'; readonly atLeast: number }
  | { readonly kind: 'volume'; readonly atLeast?: number; readonly atMost?: number; readonly dataSet?: string }
  | { readonly kind: 'lag'; readonly within: number; readonly dataSet?: string }

/** What a product must be like to carry the badge; all rules must hold. Times are milliseconds. */
export interface CertificationRule {
  readonly name: string
  readonly because?: string
  readonly require: 'owner' | 'description' | 'contracts' | 'documented-columns' | 'checks-pass' | 'service-levels' | 'no-open-incidents' | 'classification'
  readonly over?: number
  /** Percent. */
  readonly atLeast?: number
}

export interface Component {
  /** The name as written, a title where it is no identifier. */
  readonly title: string
  readonly name: string
  /** The capability as written, and the shipped one that its presets end in. */
  readonly type: string
  readonly baseType: string
  readonly properties: Readonly<Record<string, Json>>
  readonly place: Place
}

export interface DataSet {
  readonly name: string
  readonly title: string
  readonly description?: string
  /** Undefined for a data set that only describes what lives elsewhere. */
  readonly contract?: DataContract
  readonly model?: Model
  /** The input port that fills it where there is no model. */
  readonly from?: string
  readonly maintenance?: MaintenanceRules
  /** The data set of which it is another major version. */
  readonly versionOf?: string
  /** Of several versions, the one that has the plain name. */
  readonly plainName?: boolean
  /** The day from which it may go, `2027-03-31`. */
  readonly retires?: string
  /** Kept in step with what its model reads, by the rows that changed. */
  readonly refresh?: 'continuous'
  /** Kept in step in a topic, too, by a job of Flink; `application`: whose topics it reads. */
  readonly flink?: { readonly application?: string }
  readonly place: Place
}

/** The parts of an ODCS contract that the platform acts on; `document` is all of it, as written. */
export interface DataContract {
  readonly id: string
  readonly version: string
  readonly major: number
  readonly columns: readonly ContractColumn[]
  readonly quality: readonly QualityRule[]
  /** Columns whose values are those of another table; `to` as the contract writes them. */
  readonly references?: readonly { readonly columns: readonly string[]; readonly to: readonly string[]; readonly place: Place }[]
  /** What becomes of rows that break a promise, where the promise itself says nothing. */
  readonly onFailure?: FailureWords
  /** Absent: one file after the other, as the rows come. */
  readonly layout?: DataLayout
  /** What becomes of a source that changes; absent: it is refused. */
  readonly drift?: SchemaDrift
  /** How long rows are kept, by a column of dates or times; absent: for ever. */
  readonly retention?: RowRetention
  /** Columns that lie enciphered in its files; absent: none. */
  readonly shredding?: DataShredding
  /** Why no row of it may be erased. */
  readonly legalHold?: string
  readonly document: Json
  readonly place: Place
}

/** `quarantine`: rows that do not fit are set aside. `evolve`: a column that is new at the source is kept, as an optional one. */
export type SchemaDrift = 'refuse' | 'quarantine' | 'evolve'

/** How the files of a data set are laid out. Readers see nothing of it but speed. */
export interface DataLayout {
  /** Iceberg's transforms as it prints them: `identity`, `month`, `bucket[16]`. */
  readonly partitioning?: readonly { readonly column: string; readonly transform: string }[]
  readonly sortOrder?: readonly { readonly column: string; readonly direction: 'asc' | 'desc' }[]
}

export interface ContractColumn {
  readonly name: string
  /** Iceberg's name of the type (`string`, `long`, `timestamp`, `decimal(9, 2)`, `list<string>`, `struct<…>`). */
  readonly type: string
  readonly required: boolean
  readonly unique: boolean
  /** 1-based position within the primary key. */
  readonly primaryKey?: number
  readonly classification?: string
  readonly businessKey?: string
  readonly description?: string
  /** What its values are narrowed to: `logicalTypeOptions` and `enum` as the contract writes them. */
  readonly narrowed?: { readonly options?: Readonly<Record<string, Json>>; readonly values?: readonly Json[] }
  readonly quality: readonly QualityRule[]
  /** Of all promises about the column that say nothing themselves. */
  readonly onFailure?: FailureWords
  readonly place: Place
}

/** As the contract's `customProperties` write it: `onFailure` and `atMost`. Read by who runs checks. */
export interface FailureWords { readonly onFailure?: Json; readonly atMost?: Json }

/** A rule as the contract writes it; `metric` is ODCS's library name (`rowCount`, `nullValues`, …) where it is one. */
export interface QualityRule { readonly metric?: string; readonly rule: Json; readonly place: Place }

/** A SQL model as written: Jinja over SQL. `refs` and `sources` are what it reads, found by rendering. */
export interface Model {
  readonly file: string
  readonly text: string
  readonly refs: readonly ModelRef[]
  readonly sources: readonly ModelRef[]
  readonly fingerprint: string
  readonly place: Place
  /** What it is where it is no SQL. */
  readonly program?: Program
}

/** Rows in, rows out: in a process that reaches nothing, or by a call of what runs elsewhere. */
export interface Program {
  readonly kind: 'typescript' | 'http'
  /** What it calls `name`: a data set, or an input port. */
  readonly reads: readonly { readonly name: string; readonly ref?: { readonly product?: string; readonly name: string }; readonly source?: string; readonly place: Place }[]
  /** By column: where it comes from, where the author says so. */
  readonly lineage?: Readonly<Record<string, readonly { readonly input: string; readonly column: string }[]>>
  readonly call?: { readonly url: string; readonly format: 'arrow' | 'ndjson'; readonly headers: Readonly<Record<string, Json>>; readonly timeoutMilliseconds: number; readonly mostBytes: number }
  readonly fingerprint: string
}

/**
 * `ref('product', 'data_set')` or `ref('data_set')` of the same product; `source('port')` names an input port. In a
 * loaded mesh every ref has its product.
 */
export interface ModelRef { readonly product?: string; readonly name: string; readonly place: Place }

/** What the text of a model reads. */
export interface ModelReads { readonly refs: readonly ModelRef[]; readonly sources: readonly ModelRef[] }

/** A dbt project that fills data sets of its product. */
export interface DbtProject extends ModelReads {
  /** Within the product's folder, with a slash at the end; empty for that folder itself. */
  readonly folder: string
  readonly files: Readonly<Record<string, string>>
  /** Of its tests. What its models are, they say themselves. */
  readonly fingerprint: string
}

/** A dbt project, or models without one around them. */
export interface DeclaredProject {
  readonly product: string
  /** In the mesh folder, with a slash at the end. */
  readonly folder: string
  readonly files: ReadonlyMap<string, string>
  /** Of models without a project: where their files are in the mesh folder. */
  readonly shown?: ReadonlyMap<string, string>
  /** `filled` ones have an input port. */
  readonly dataSets: readonly { readonly name: string; readonly filled: boolean }[]
  readonly ports: readonly string[]
}

/** What a project makes of its product's data sets, and what its tests read. Places are in the mesh folder. */
export interface ProjectReads {
  readonly models: Readonly<Record<string, Model>>
  readonly tests: ModelReads & { readonly fingerprint: string }
}

/** Finds what models read and fill, by rendering them. The caller brings it, because SQL and its templates are another room's business. */
export type FindModelReads = (project: DeclaredProject) => Result<ProjectReads>

export type InputPort = FileInputPort | ProductInputPort | IcebergInputPort | ConnectedInputPort | ExternalInputPort
interface InputPortBase { readonly name: string; readonly title: string; readonly place: Place }
export interface FileInputPort extends InputPortBase {
  readonly kind: 'file'
  /** A path or glob relative to the mesh folder (a whole folder, where the format is `files`), or `npm:<package>/<path>` for data that a package ships. */
  readonly path: string
  /** `files`: the files are not read but kept; their rows are a listing of them. */
  readonly format: 'csv' | 'json' | 'ndjson' | 'parquet' | 'arrow' | 'files'
  readonly options: Readonly<Record<string, Json>>
}
/** `purpose` is what it reads for, where it does not follow from its grants. */
export interface ProductInputPort extends InputPortBase { readonly kind: 'product'; readonly product: string; readonly dataSet?: string; readonly purpose?: string }
/** Where a table of another platform is. */
export interface IcebergSource {
  /** Of its REST catalogue, without `/v1`. */
  readonly uri: string
  readonly warehouse?: string
  /** Levels joined by dots. */
  readonly namespace: string
  readonly table: string
  /** A branch or tag, where neither it nor a snapshot is given main; never both. */
  readonly ref?: string
  readonly snapshot?: string
  /** The name of a secret that the platform's operator holds. */
  readonly secret?: string
}
export interface IcebergInputPort extends InputPortBase, IcebergSource { readonly kind: 'iceberg' }
/** What draws from a system of others, and its settings as the capability describes them: names of secrets, never secrets. */
export interface ConnectedSource { readonly system: 'files' | 'postgres' | 'mysql' | 'rest' | 'webhook' | 'mesh' | 'usage' | 'kafka' | 'sse'; readonly settings: Readonly<Record<string, Json>> }
export interface ConnectedInputPort extends InputPortBase, ConnectedSource { readonly kind: 'connected' }
/** Declared, but nothing this target can read. */
export interface ExternalInputPort extends InputPortBase { readonly kind: 'external'; readonly description?: string }

export interface OutputPort {
  readonly name: string
  readonly title: string
  readonly kind: 'sql' | 'rest' | 'files' | 'stream' | 'kafka' | 'external'
  readonly dataSets: readonly string[]
  /** Who approves requests for what it offers; absent: one owner or steward. */
  readonly approval?: Approval
  readonly url?: string
  readonly description?: string
  /** Of the kind `kafka`: how its cluster is reached and what is written; secrets are names. */
  readonly settings?: Readonly<Record<string, Json>>
  readonly place: Place
}
export type Approval = 'automatic' | 'owner' | 'two-persons'

export interface WorkflowEvent { readonly type: string; readonly subject: string }
export interface WorkflowHook {
  readonly name: string
  /** Its name; the platform holds the value. */
  readonly secret: string
  readonly scheme: 'standardwebhooks' | 'token'
}

/** A workflow as a document of the Serverless Workflow DSL. Its `input.schema` says which parameters it takes. */
export interface WorkflowTemplate {
  readonly name: string
  readonly version: string
  readonly from: 'platform' | 'mesh' | 'product'
  readonly file: string
  readonly text: string
  readonly definition: Json
}

/** The workflow of one product: a template, and the parameters that the product gives it. */
export interface ProductFlow extends Pick<WorkflowTemplate, 'name' | 'version' | 'from' | 'definition'> {
  readonly parameters: Readonly<Record<string, Json>>
  /** Documents of all workflows that it runs as a part of itself, and they in turn. Absent: none. */
  readonly reached?: readonly Json[]
}

export interface ProductWorkflow {
  /** The document by which it runs. Absent: the platform's default. */
  readonly flow?: ProductFlow
  /** Five-field cron in UTC, `every <n> s`, or `after <n> s` since the last run ended. */
  readonly schedule?: string
  /** Run when an input product publishes. */
  readonly onInputPublished: boolean
  /** `all`: only when every product that it reads has published since it last ran. Without it: any. */
  readonly freshness?: 'any' | 'all'
  /** Run on these events of the mesh's stream. */
  readonly events?: readonly WorkflowEvent[]
  /** Run on signed requests to `/hooks/<product>/<name>`. */
  readonly webhooks?: readonly WorkflowHook[]
  /** Run when files of these ports are new. */
  readonly newFiles?: NewFiles
}

/** `everySeconds` they are looked for. */
export interface NewFiles { readonly ports: readonly string[]; readonly everySeconds: number }

/** What the platform offers: shipped capabilities and the platform team's own. */
export interface CapabilityRegistry {
  list(): readonly Capability[]
  find(type: string): Capability | undefined
}

export interface Capability {
  readonly type: string
  readonly title: string
  readonly description: string
  /** Undefined for a shipped one; else the capability that this one presets. */
  readonly presets?: string
  readonly baseType: string
  /** JSON Schema (2020-12) of `properties`. */
  readonly schema: Json
  readonly targets: readonly string[]
  readonly place?: Place
}

/** A data set that a product reads. */
export interface InputDataSet { readonly product: string; readonly dataSet: string }
