// What Tulle asks of a worker and what the worker answers. The worker holds no policy and writes no SQL of its own: it
// runs what it is given, on an instance that was locked before the first statement.

import type { Parameter, ResultColumn, RowEncoding } from '../types.ts'

export type Request =
  /** Opens the instance, runs the settings, and answers with the values that the engine really has for `readBack`. */
  | { readonly verb: 'start'; readonly settings: readonly string[]; readonly readBack: readonly string[] }
  /** Runs statements of Tulle's own (views), all or none. */
  | { readonly verb: 'run'; readonly statements: readonly string[] }
  /** Looks at the heads of raw files. */
  | { readonly verb: 'inspect'; readonly paths: readonly string[] }
  /** Lists the elements of Parquet files, by path. */
  | { readonly verb: 'elements'; readonly paths: readonly string[] }
  /** Reads Arrow files, which the engine itself cannot, into tables of its own. */
  | ({ readonly verb: 'load-arrow' } & ArrowLoad)
  /** Offers functions that seal and open texts with these keys, and with none that it had before. */
  | { readonly verb: 'keys'; readonly keys: readonly KeyEntry[] }
  | { readonly verb: 'parse'; readonly sql: string }
  | { readonly verb: 'prepare'; readonly sql: string }
  | { readonly verb: 'open'; readonly cursor: number; readonly sql: string; readonly parameters: readonly WireParameter[]; readonly encoding: RowEncoding }
  /** `part` is a part of the mailbox, for the bytes of the rows if they are many. */
  | { readonly verb: 'fetch'; readonly cursor: number; readonly rows: number; readonly part?: number }
  | { readonly verb: 'close'; readonly cursor: number }
  /** Checks that `query` is one SELECT, runs `copy` (which contains it), syncs the file and its folder. */
  | { readonly verb: 'write'; readonly query: string; readonly copy: string; readonly parameters: readonly WireParameter[]; readonly path: string }
  /** The same where `copy` writes several files below `folder`. */
  | { readonly verb: 'write-partitioned'; readonly query: string; readonly copy: string; readonly parameters: readonly WireParameter[]; readonly folder: string }
  /** Interrupts one work by the id of its request. Needs no answer: the work's own answer says what became of it. */
  | { readonly verb: 'interrupt'; readonly work: number }

/** `name` is what statements call a key, `as` what seals call it; bytes in base64, or null where it was destroyed. */
export interface KeyEntry { readonly name: string; readonly as: string; readonly key: string | null }

export interface Asked { readonly id: number; readonly request: Request }

/** An integer beyond JavaScript's numbers travels as `{ integer: '…' }`. */
export type WireParameter = Exclude<Parameter, bigint> | { readonly integer: string }

export type Answer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  /** `message` is the engine's own text: never shown before `canonicalError` has read it. */
  | { readonly id: number; readonly ok: false; readonly message: string }

export interface Opened { readonly columns: readonly ResultColumn[] }
/** `laid` bytes lie in the part of the mailbox that was asked for; where it is absent, they are the answer's body. */
export interface Fetched { readonly rows: number; readonly done: boolean; readonly laid?: number }
export interface Copied { readonly rows: number; readonly bytes: number; readonly statistics: Readonly<Record<string, Readonly<Record<string, string>>>> }
/** One of several written files: `keys` by the name of the column. */
export interface CopiedPart extends Copied { readonly path: string; readonly keys: Readonly<Record<string, string | null>> }
/** One table for each path, with these columns of it; with all of them where none are named. */
export interface ArrowLoad { readonly schema: string; readonly tables: readonly string[]; readonly paths: readonly string[]; readonly columns?: readonly string[] }
/** `what` is a sentence for people. */
export interface ArrowLoaded { readonly fault?: { readonly path: string; readonly what: string } }
/**
 * An element of a Parquet file's schema. They are listed parents first; `children` says how many of the next are below it.
 * `type` is the engine's, of one that has nothing below it.
 */
export interface ParquetElement { readonly name: string; readonly fieldId?: number; readonly children: number; readonly kind?: 'list' | 'map'; readonly type?: string }
/** `head` is the first bytes after decompression, in base64. */
export interface Inspected {
  readonly gzip: boolean
  readonly empty: boolean
  readonly head: string
  /** A line of it may be longer than what DuckDB buffers. */
  readonly longLines: boolean
}

/** What a fetch fails with where the rows ended before the result did, for a reason that the engine keeps to itself. */
export const BROKEN_STREAM = 'Broken Stream Error: the rows ended before the result did'
