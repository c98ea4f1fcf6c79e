// The engine port: SQL in, encoded rows out. Adapters run it in processes that hold nothing secret and can be killed.

import type { Result } from '@tulle/kernel'
import type { Tree } from '@tulle/sql'

/** A column of a result. `type` is the engine's own spelling (`DECIMAL(9,2)`, `VARCHAR`, `STRUCT(a INTEGER)`). */
export interface ResultColumn { readonly name: string; readonly type: string }

/**
 * How COPY writes rows. Delimiter, quote and escape are one ASCII character each, `null` is what stands for no value;
 * `forceQuote` are columns by their number from 0, whose values always stand in quotes.
 */
export type CopyForm =
  | { readonly format: 'text'; readonly delimiter: string; readonly null: string }
  | { readonly format: 'csv'; readonly delimiter: string; readonly null: string; readonly quote: string; readonly escape: string; readonly forceQuote: 'all' | readonly number[] }
  | { readonly format: 'binary' }

/**
 * How rows leave the process, so that the caller only moves bytes. `pgwire` is a run of PostgreSQL DataRow messages with
 * one format (text 0, binary 1) per column, or a single format for all; `ndjson` is one JSON object a line; `csv` is
 * lines without a header; `rows` is a JSON array of arrays per batch; `copy` is a run of CopyData messages; `arrow` is an Arrow
 * stream without its end (`ARROW_END`), which stands where all of it was sent.
 */
export type RowEncoding =
  | { readonly kind: 'pgwire'; readonly formats: readonly (0 | 1)[] }
  | { readonly kind: 'ndjson' }
  | { readonly kind: 'csv' }
  | { readonly kind: 'rows' }
  | { readonly kind: 'arrow' }
  | { readonly kind: 'copy'; readonly form: CopyForm }

/** What an engine process may touch and use. Paths are absolute; nothing else on disk or network is reachable. */
export interface EngineLimits {
  readonly readPaths: readonly string[]
  readonly writePaths: readonly string[]
  readonly memoryMegabytes: number
  readonly threads: number
}

/** An Iceberg type: a primitive or nested type's text (`decimal(9, 2)`, `list<struct<a: int>>`), or the specification's JSON form. */
export type IcebergType = string | IcebergStruct | IcebergList | IcebergMap
export interface IcebergStruct { readonly type: 'struct'; readonly fields: readonly { readonly name: string; readonly type: IcebergType }[] }
export interface IcebergList { readonly type: 'list'; readonly element: IcebergType }
export interface IcebergMap { readonly type: 'map'; readonly key: IcebergType; readonly value: IcebergType }

/** A type whose members are known by field id, whatever a file calls them. */
export type MemberType =
  | string
  | { readonly type: 'struct'; readonly fields: readonly { readonly id: number; readonly name: string; readonly type: MemberType }[] }
  | { readonly type: 'list'; readonly element: MemberType }
  | { readonly type: 'map'; readonly key: MemberType; readonly value: MemberType }

/** A relation that statements may name, with the files behind it and the columns that the decision lets through. */
export interface Relation {
  readonly schema: string
  readonly name: string
  readonly columns: readonly RelationColumn[]
  readonly files: readonly RelationFile[]
  /** What expressions read, and how they call it, where that is not `columns`. Nothing of it is shown by itself. */
  readonly source?: readonly SourceColumn[]
  /** Which of the rows are there at all. */
  readonly rowFilter?: RelationFilter
  /** Name of one more column: the number of a row in its file, from 0, deleted rows counted. For questions of Tulle alone. */
  readonly rowNumber?: string
  /** Rows outside of these may be left out before anything else is asked of them. For questions of Tulle alone, and without a filter beside. */
  readonly within?: readonly ColumnBounds[]
}

/** Values of a column of a primitive type, as text that casts to it: ranges with their ends, and NULL where `orNull`. */
export interface ColumnBounds { readonly name: string; readonly ranges: readonly (readonly [least: string, most: string])[]; readonly orNull: boolean }

/**
 * Rows for which `condition` is true, which is SQL over the row, trusted, as masks are. A row that is not there has no effect
 * that a statement could see: no value, no error, no statistic. What the condition reads besides is named by `as` in it and
 * nowhere else.
 */
export interface RelationFilter { readonly condition: string; readonly reads: readonly HiddenRead[] }
export interface HiddenRead { readonly as: string; readonly columns: readonly SourceColumn[]; readonly files: readonly RelationFile[] }

/** A column in the files. `fieldId` finds it in Parquet files of any age; `default` is its value in files that lack it, as text. */
export interface SourceColumn { readonly name: string; readonly type: IcebergType; readonly fieldId: number; readonly default?: string }

/**
 * A column of a relation. `expression` stands in for a masked one (SQL over the row, trusted: it is written by Tulle,
 * never by a consumer).
 */
export interface RelationColumn extends SourceColumn { readonly expression?: string }

/** A Parquet file, and what is not to be seen of it. Paths are those at which the process can read. */
export interface RelationFile {
  readonly path: string
  /** How many it has, deleted ones too; the engine plans by it, and believes what it is told. */
  readonly rows?: number
  /** How position deletes may name the file. */
  readonly addresses?: readonly string[]
  /** Parquet files of addresses and row numbers. */
  readonly positionDeletes?: readonly string[]
  readonly equalityDeletes?: readonly EqualityDelete[]
  /** Deleted rows by number, from 0. */
  readonly deletedRows?: readonly number[]
  /** Values, as text, of columns that the file lacks because all its rows share them; by field id. */
  readonly constants?: Readonly<Record<number, string>>
  /** Nested columns, by field id, whose members the file may call by other names than today's. It is asked for them. */
  readonly nested?: Readonly<Record<number, MemberType>>
}

/** A Parquet file of values: a row that has all of one of its rows is deleted. Null is equal to null. */
export interface EqualityDelete { readonly path: string; readonly columns: readonly { readonly fieldId: number; readonly type: IcebergType }[] }

/** Files of an input port, read strictly as the contract's columns say; they become the relation `source.<port>`. */
export interface Ingestion {
  readonly port: string
  readonly format: 'csv' | 'json' | 'ndjson' | 'parquet' | 'arrow'
  readonly paths: readonly string[]
  /** What messages call a path; its last part where absent. */
  readonly labels?: Readonly<Record<string, string>>
  /** Absent: columns and types as the files have them. */
  readonly columns?: readonly IngestedColumn[]
  readonly options?: IngestionOptions
  /** Rows that do not fit `columns` stop nothing: they go apart, into the table `UNFIT` of the port. */
  readonly apart?: IngestionApart
}

/**
 * Rows may have `besides` unnamed. A row of JSON that lacks a member has no value there, but for those that are `expected`. `text`:
 * members are what stood in a text file, and are read as such.
 */
export interface IngestionApart { readonly besides?: readonly string[]; readonly expected?: readonly string[]; readonly text?: boolean }

/** `unread` are columns of the files that the ingestion does not name; only CSV files with a header say. */
export interface Ingested { readonly unread: readonly string[] }

/** `source` is the name in the file where it differs. A CSV file need not have a column that is `optional`; others never need to. */
export interface IngestedColumn { readonly name: string; readonly type: IcebergType; readonly source?: string; readonly optional?: boolean }

export interface IngestionOptions {
  readonly delimiter?: string
  readonly quote?: string
  readonly escape?: string
  readonly header?: boolean
  readonly encoding?: 'utf-8' | 'latin-1' | 'utf-16'
  readonly nullText?: string
  readonly dateFormat?: string
  readonly timestampFormat?: string
}

/** A parameter: text or binary as PostgreSQL sends it, or a JSON value. */
export type Parameter = null | string | number | boolean | bigint

export interface Prepared { readonly columns: readonly ResultColumn[]; readonly parameterTypes: readonly string[] }

/** `rows` may be fewer than asked for although `done` is false: a batch is also bounded by its bytes. */
export interface Batch { readonly bytes: Uint8Array; readonly rows: number; readonly done: boolean }

/** Lends memory for a batch that is large; without it each has new memory, and the more there is the more has to be collected. */
export interface BatchMemory { room(bytes: number): Uint8Array }

/** An open result, pulled by its reader: nothing is computed ahead of more than one batch. */
export interface Cursor {
  readonly columns: readonly ResultColumn[]
  fetch(maxRows: number, options?: { readonly signal?: AbortSignal; readonly memory?: BatchMemory }): Promise<Result<Batch>>
  close(): Promise<void>
}

/** A Parquet file that the engine has written and synced, with statistics by column path as the engine prints them. */
export interface WrittenFile {
  readonly path: string
  readonly rows: number
  readonly bytes: number
  readonly columns: readonly WrittenColumn[]
}
export interface WrittenColumn {
  readonly fieldId: number
  readonly bytes: number
  readonly values?: number
  readonly nulls?: number
  readonly min?: string
  readonly max?: string
}

/** Field ids by column name; a nested column's own id stands under `__duckdb_field_id` beside those of its children. */
export type FieldIds = { readonly [name: string]: number | FieldIds }

/** Bounds of one work. Its time counts only while the engine works on it, not while a reader pauses. */
export interface WorkLimits {
  readonly timeoutMilliseconds?: number
  /** Stops this work alone, which then answers `engine-cancelled`. */
  readonly signal?: AbortSignal
}

export interface OpenOptions extends WorkLimits { readonly parameters?: readonly Parameter[]; readonly encoding: RowEncoding }

export interface WriteOptions extends WorkLimits {
  readonly parameters?: readonly Parameter[]
  readonly path: string
  /** Without any, the file gets none and `WrittenFile.columns` is empty. */
  readonly fieldIds: Readonly<Record<string, unknown>>
}

export interface WritePartitionedOptions extends Omit<WriteOptions, 'path'> {
  /** Made if missing, below a write path; the files lie in folders of their own in it. */
  readonly folder: string
  /** Columns of the query, of numbers or text: rows that share their values share files, which leave these columns out. */
  readonly by: readonly string[]
}

/** `keys` are the values of the columns that rows were parted by, in their order, as the engine prints them. */
export interface WrittenPart extends WrittenFile { readonly keys: readonly (string | null)[] }

/** `name` is what statements call a key, `as` what seals call it (no dot in it). 32 bytes; without any it was destroyed. */
export interface SealingKey { readonly name: string; readonly as: string; readonly key?: Uint8Array | undefined }

export interface EngineProcess {
  readonly id: string
  /** DuckDB's own tree of every statement in the text, numbers kept as text; a syntax error is a diagnostic with its position. */
  parse(sql: string): Promise<Result<Tree>>
  /** Replaces the relations that statements of this process can see. Costs nothing where they are as before. */
  define(relations: readonly Relation[]): Promise<Result<void>>
  /** Reads an input port's files as the relation `source.<port>`; a file that is not what its format says is one diagnostic. */
  ingest(ingestion: Ingestion): Promise<Result<Ingested>>
  /**
   * Offers its statements `tulle_seal(name, place, text)` and `tulle_open(place, sealed)` with these keys and no others: AES-256-GCM, bound
   * to the place. With a key that was destroyed what is opened is null; with one that is not among them, at another place or altered
   * it is an error. INVARIANT: never for a process that runs statements of anybody else.
   */
  learnKeys(keys: readonly SealingKey[]): Promise<Result<void>>
  /** Plans a statement, which may take as long as to run it where much of it is constant. */
  prepare(sql: string, options?: { readonly signal?: AbortSignal }): Promise<Result<Prepared>>
  open(sql: string, options: OpenOptions): Promise<Result<Cursor>>
  /** Runs a query to the end and writes its rows to a Parquet file under a write path. */
  write(sql: string, options: WriteOptions): Promise<Result<WrittenFile>>
  /** The same to as many files as there are parts, or a few more. Within a file the query's order is kept but for seams. */
  writePartitioned(sql: string, options: WritePartitionedOptions): Promise<Result<readonly WrittenPart[]>>
  /** Stops what is running now (SQLSTATE 57014 to its reader); kills the process where the engine does not listen. */
  cancel(): Promise<void>
  kill(): Promise<void>
}

/** Starts processes. `isolation` says what was really achieved: another OS user, or only another process. */
export interface Engine {
  readonly isolation: 'user' | 'process'
  /** Why it is not more, for `status` and `doctor`. */
  readonly isolationReason?: string
  start(limits: EngineLimits): Promise<Result<EngineProcess>>
  close(): Promise<void>
}
