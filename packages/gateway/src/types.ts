// The nouns of the gateway: who asks, what is served, what was answered. The server wires the ports declared here.

import type { AuditLine } from '@tulle/audit'
import type { Attempts } from '@tulle/access'
import type { Json, Result } from '@tulle/kernel'
import type { Batch, BatchMemory, IcebergType, Parameter, RelationFile, ResultColumn, RowEncoding, SourceColumn, WriteOptions, WrittenFile } from '@tulle/engine'
import type { Predicate } from '@tulle/lake'
import type { GovernedPart, PartRead } from '@tulle/streams'
import type { DecisionLimits, Policy, RegoDesk, RowFilter, Subject } from '@tulle/policy'

/** Who asks, and for what. Everything that is decided is decided for this pair. */
export interface Asker {
  readonly subject: Subject
  readonly purpose: string | undefined
  /** The purposes of the mesh that are open to this subject, for messages and for choosing one. */
  readonly purposes: readonly string[]
  /** The API token that it came by, for the audit. */
  readonly token?: string
}

/** The asker as of now: fails where the account is gone. Asked before every statement and every fetch. */
export type Who = () => Promise<Result<Asker>>

/** An account as the sign-in needs it. */
export interface Account {
  readonly subject: Subject
  /** `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`, as PostgreSQL prints it. */
  readonly verifier: string
  /** What the account works for. */
  readonly purposes: readonly string[]
  /** Others, for which it was granted something. */
  readonly grantedPurposes?: readonly string[]
  /** Its API tokens, whose secrets are passwords too. Their verifiers have the salt and the count of the password's. */
  readonly tokens?: readonly { readonly id: string; readonly verifier: string }[]
  /** At this moment it has to be looked up anew. */
  readonly goodUntil?: Date
}

/** Port: finds who may sign in. Disabled accounts are not found. */
export interface Accounts {
  find(name: string): Promise<Account | undefined>
  /** The account as one of its tokens opens it; undefined where the token is no longer good. */
  findByToken?(token: string): Promise<Account | undefined>
  /** Slows down guessing, together with other doors; without it nobody waits. */
  readonly attempts?: Attempts
}

/**
 * Port: the rights in force. INVARIANT: `version` rises before a change of grants, of policies or of published
 * snapshots is acknowledged to whoever made it; the gateway compares it before every statement and every fetch.
 */
export interface Rights {
  version(): number
  policy(): Policy
  /** Asks policies in Rego; without it, what would have to be asked is denied. */
  readonly desk?: RegoDesk
}

/** Port: what is served. `products` is called again only after `Rights.version` rose. */
export interface DataSource {
  products(): Promise<readonly ServedProduct[]>
  /**
   * The current snapshot of a data set, or that version of it; undefined where nothing is published, or that version never
   * was. INVARIANT: what was not published is no version, whatever its id: a run's branch is nobody's to read.
   */
  snapshot(productId: string, dataSet: string, version?: TableVersion): Promise<Result<ServedSnapshot | undefined>>
}

/** What a statement asks of a table: a snapshot, a branch or tag (or a snapshot, where none is called so), or a time in milliseconds since 1970. */
export type TableVersion =
  | { readonly kind: 'snapshot'; readonly id: string }
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'time'; readonly at: number }

/** A data product behind one SQL schema. A product that offers several majors is served once for each. */
export interface ServedProduct {
  readonly id: string
  /** `flights`, or `flights@2` beside it. */
  readonly schema: string
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly domain: string
  readonly team: string
  readonly dataSets: readonly ServedDataSet[]
}

export interface ServedDataSet {
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly columns: readonly ServedColumn[]
  /** It is a collection of files: its rows are a listing of them. */
  readonly isCollection?: boolean
  /** Its files may hold columns that nobody is shown. */
  readonly mayHoldMore?: boolean
  /** Of a data set that is served in several major versions. */
  readonly version?: ServedVersion
}

/** `stored` is the data set that holds it; `retires` the day from which it may go; `next` the version that takes its place. */
export interface ServedVersion { readonly stored: string; readonly major: number; readonly retires?: string; readonly next?: number }

export interface ServedColumn {
  readonly name: string
  readonly type: IcebergType
  readonly fieldId: number
  readonly required: boolean
  readonly primaryKey?: boolean
  readonly description?: string
  readonly classification?: string
}

export interface ServedSnapshot {
  readonly id: string
  /** As the table was then, where a version was asked for. */
  readonly columns?: readonly SourceColumn[]
  /** Whether its files hold rows that were deleted since. */
  readonly hasDeletedRows?: boolean
  /** Its files, their paths absolute on this machine; those may be left out that hold no row of the filter. */
  files(filter?: Predicate): Promise<Result<readonly RelationFile[]>>
}

/** A table after the decision: exactly what the asker may see of it. */
export interface VisibleTable {
  readonly product: ServedProduct
  readonly dataSet: ServedDataSet
  readonly columns: readonly VisibleColumn[]
  /** Which rows; absent: all. */
  readonly rowFilter?: RowFilter
  /** The names of the rules that said so. */
  readonly rules?: readonly string[]
  /** What policies in grace would have done, in a sentence each. */
  readonly notices?: readonly string[]
  readonly limits?: DecisionLimits
}
export interface VisibleColumn extends ServedColumn {
  /** SQL over the row that stands in for the column's value. */
  readonly mask?: string
}

/** One token of a statement. `value` is folded for words, unquoted for identifiers and strings. Positions are UTF-16 units. */
export interface Token {
  readonly kind: 'word' | 'identifier' | 'string' | 'number' | 'parameter' | 'symbol'
  readonly value: string
  readonly start: number
  readonly end: number
}

/** `offset` is where the statement starts in the text that it was cut from. */
export interface StatementText { readonly text: string; readonly offset: number; readonly tokens: readonly Token[] }

/** A setting whose new value the client must hear. */
export interface Reported { readonly name: string; readonly value: string }

/** An error as PostgreSQL's clients know it. */
export interface SqlError {
  readonly severity: 'ERROR' | 'FATAL' | 'NOTICE' | 'WARNING'
  readonly sqlstate: string
  readonly message: string
  readonly detail?: string
  readonly hint?: string
  /** Characters from 1 into the statement. */
  readonly position?: number
}

/** A statement that passed the gate and the policy, prepared in an engine. It may be opened often; each time is decided anew. */
export interface GovernedStatement {
  readonly columns: readonly ResultColumn[]
  readonly parameterTypes: readonly string[]
  readonly tables: readonly VisibleTable[]
  /** Runs to the end and writes a Parquet file in a folder that nobody else sees; `remove` when it was read. `fieldIds` are stamped into it. */
  write(options: { readonly parameters: readonly Parameter[]; readonly signal: AbortSignal; readonly fieldIds?: WriteOptions['fieldIds'] }): Promise<Result<WrittenResult>>
  open(options: { readonly parameters: readonly Parameter[]; readonly encoding: RowEncoding; readonly signal: AbortSignal }): Promise<Result<GovernedRows>>
}

/** An open result. INVARIANT: every fetch asks the policy again, and ends the result where the answer changed. */
export interface GovernedRows {
  readonly columns: readonly ResultColumn[]
  fetch(maxRows: number, signal: AbortSignal, memory?: BatchMemory): Promise<Result<Batch>>
  close(): Promise<void>
}

export interface WrittenResult { readonly file: WrittenFile; remove(): Promise<void> }

/** Two versions of a data set by their files; those that both have alike are in neither. */
export interface ServedDifference {
  readonly before: { readonly id: string; readonly files: readonly RelationFile[] }
  readonly after: { readonly id: string; readonly files: readonly RelationFile[] }
}

export interface Comparison {
  readonly table: { readonly schema: string; readonly name: string }
  /** Asked only where the asker may read the table. */
  readonly difference: () => Promise<Result<ServedDifference>>
  /** How many rows to show; all are counted. */
  readonly limit: number
  readonly port: AuditLine['port']
  readonly signal: AbortSignal
}

export interface ComparedRows {
  readonly columns: readonly string[]
  /** By which a row is the same row; empty: a changed row is one removed and one added. */
  readonly key: readonly string[]
  readonly added: number
  readonly removed: number
  readonly changed: number
  /** `before` and `after` are rows as objects. */
  readonly rows: readonly { readonly change: 'added' | 'removed' | 'changed'; readonly before?: Json; readonly after?: Json }[]
}

/** Entries of a segment's file, or rows of a snapshot, `after` < number ≤ `upTo`; the first `limit` that the asker sees. */
export interface ChangesRead extends Pick<PartRead, 'after' | 'upTo' | 'limit' | 'port' | 'signal'> {
  readonly table: { readonly schema: string; readonly name: string }
  /** Asked only where the asker may read the table. `file` is local. */
  readonly part: { readonly kind: 'segment'; readonly snapshot: string; readonly file: () => Promise<Result<string>> } | Extract<PartRead['part'], { kind: 'snapshot' }>
}

/** Slices that are kept, and what was done since the start. `milliseconds` is what making them took. */
export interface SlicesState { readonly count: number; readonly bytes: number; readonly made: number; readonly making: number; readonly failed: number; readonly used: number; readonly milliseconds: number }

/** What every port asks to run a statement. */
export interface Governor {
  /** What `signal` stops ends with its reason, while it is planned too. */
  prepare(who: Who, sql: string, port: AuditLine['port'], signal?: AbortSignal): Promise<Result<GovernedStatement>>
  /** Compares two versions of a table, as far as the asker may see it, to the end. */
  compare(who: Who, comparison: Comparison): Promise<Result<ComparedRows>>
  /** Reads what changed in a table, as far as the asker may see it: both sides of each change under the decision of this moment. */
  readChanges(who: Who, read: ChangesRead): Promise<Result<GovernedPart>>
  /** What is kept of tables' rows for those who see the same of them. */
  slices(): SlicesState
  /** Nothing of what was read so far is kept anywhere; statements on their way end with an error. */
  forget(): Promise<void>
  close(): Promise<void>
}
