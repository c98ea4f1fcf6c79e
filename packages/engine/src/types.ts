// The engine port: SQL in, encoded rows out. Adapters run it in processes that hold nothing secret and can be killed.

import type { Result } from '@tulle/kernel'

/** A column of a result. `type` is the engine's own spelling (`DECIMAL(9,2)`, `VARCHAR`, `STRUCT(a INTEGER)`). */
export interface ResultColumn { readonly name: string; readonly type: string }

/**
 * How rows leave the process, so that the caller only moves bytes. `pgwire` is a run of PostgreSQL DataRow messages with
 * one format (text 0, binary 1) per column; the others are a run of lines or one file.
 */
export type RowEncoding =
  | { readonly kind: 'pgwire'; readonly formats: readonly (0 | 1)[] }
  | { readonly kind: 'ndjson' }
  | { readonly kind: 'csv' }
  | { readonly kind: 'rows' }

/** What an engine process may touch and use. Paths are absolute; nothing else on disk or network is reachable. */
export interface EngineLimits {
  readonly readPaths: readonly string[]
  readonly writePaths: readonly string[]
  readonly memoryMegabytes: number
  readonly threads: number
}

/** A relation that statements may name, with the files behind it and the columns that the decision lets through. */
export interface Relation {
  readonly schema: string
  readonly name: string
  readonly columns: readonly RelationColumn[]
  readonly files: readonly string[]
}

/** `fieldId` finds the column in Parquet files of any age. `expression` stands in for a masked column (SQL over the row). */
export interface RelationColumn { readonly name: string; readonly type: string; readonly fieldId: number; readonly expression?: string }

/** A parameter: text or binary as PostgreSQL sends it, or a JSON value. */
export type Parameter = null | string | number | boolean | bigint

export interface Prepared { readonly columns: readonly ResultColumn[]; readonly parameterTypes: readonly string[] }

export interface Batch { readonly bytes: Uint8Array; readonly rows: number; readonly done: boolean }

/** An open result, pulled by its reader: nothing is computed ahead of more than one batch. */
export interface Cursor {
  readonly columns: readonly ResultColumn[]
  fetch(maxRows: number): Promise<Result<Batch>>
  close(): Promise<void>
}

/** A Parquet file that the engine has written and synced, with statistics by column path as the engine prints them. */
export interface WrittenFile {
  readonly path: string
  readonly rows: number
  readonly bytes: number
  readonly columns: readonly WrittenColumn[]
}
export interface WrittenColumn { readonly fieldId: number; readonly bytes: number; readonly nulls?: number; readonly min?: string; readonly max?: string }

export interface EngineProcess {
  readonly id: string
  /** DuckDB's own tree of every statement in the text, numbers kept as text; a syntax error is a diagnostic with its position. */
  parse(sql: string): Promise<Result<unknown>>
  /** Replaces the relations that statements of this process can see. */
  define(relations: readonly Relation[]): Promise<Result<void>>
  prepare(sql: string): Promise<Result<Prepared>>
  open(sql: string, options: { readonly parameters?: readonly Parameter[]; readonly encoding: RowEncoding; readonly timeoutMilliseconds?: number }): Promise<Result<Cursor>>
  /** Runs a query to the end and writes its rows to a Parquet file under a write path. */
  write(sql: string, options: { readonly path: string; readonly fieldIds: Readonly<Record<string, unknown>>; readonly timeoutMilliseconds?: number }): Promise<Result<WrittenFile>>
  /** Stops what is running now (SQLSTATE 57014 to its reader); kills the process where the engine does not listen. */
  cancel(): Promise<void>
  kill(): Promise<void>
}

/** Starts processes. `isolation` says what was really achieved: another OS user, or only another process. */
export interface Engine {
  readonly isolation: 'user' | 'process'
  start(limits: EngineLimits): Promise<EngineProcess>
  close(): Promise<void>
}
