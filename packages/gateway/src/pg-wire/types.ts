// The nouns of a conversation in PostgreSQL's protocol.

import type { BatchMemory, CopyForm } from '@tulle/engine'
import type { Result } from '@tulle/kernel'
import type { Reported, StatementText, VisibleTable, Who } from '../types.ts'

/** 0 is text, 1 is binary. */
export type Format = 0 | 1

/** A type as RowDescription carries it. `size` is negative where it varies; `modifier` is -1 where there is none. */
export interface WireType { readonly oid: number; readonly size: number; readonly modifier: number }

/** A column as RowDescription names it. Table and attribute are 0 where the column is computed. */
export interface WireField { readonly name: string; readonly type: WireType; readonly table?: number; readonly attribute?: number }

/** Values for the parameters of a statement, as the client sent them, and the formats that it wants back. */
export interface Binding {
  readonly values: readonly (Buffer | null)[]
  readonly formats: readonly Format[]
  readonly resultFormats: readonly Format[]
}

/** A run of DataRow messages, or of CopyData messages. */
export interface RowBatch { readonly bytes: Uint8Array; readonly rows: number; readonly done: boolean }

/** An open result, pulled by its reader. */
export interface Rows {
  /** `memory` may be used for the bytes of the batch. */
  fetch(maxRows: number, signal: AbortSignal, memory?: BatchMemory): Promise<Result<RowBatch>>
  close(): Promise<void>
}

export type Answer =
  | { readonly kind: 'rows'; readonly verb: string; readonly rows: Rows }
  /** One format per column. */
  | { readonly kind: 'copy'; readonly formats: readonly Format[]; readonly rows: Rows }
  | { readonly kind: 'done'; readonly tag: string; readonly reported: readonly Reported[] }

/** A statement that was understood and may be run, once or often. */
export interface Statement {
  readonly text: string
  readonly parameterTypes: readonly number[]
  /** Absent where it answers no rows. */
  readonly fields?: readonly WireField[]
  /** True where it may run in a transaction that has failed. */
  readonly endsTransaction: boolean
  /** The formats of its rows, where the client does not choose them: those of a BINARY cursor. */
  readonly fixedFormats?: readonly Format[]
  /** The tables that it reads, as the asker sees them; absent where it reads none of the mesh. */
  readonly reads?: readonly VisibleTable[]
  run(binding: Binding, signal: AbortSignal): Promise<Result<Answer>>
  /** Its rows as CopyData messages, where they can be made without going through DataRow messages. */
  copy?(form: CopyForm, signal: AbortSignal): Promise<Result<Rows>>
}

/** Port: answers statements about the catalogue. `undefined` is a statement about data, which is not its concern. */
export interface Introspection {
  understand(who: Who, statement: StatementText, parameterTypes: readonly number[]): Promise<Result<Statement | undefined>>
}

/** A statement with its parameters, and where its reading stands. */
export interface Portal {
  readonly statement: Statement
  readonly binding: Binding
  /** Absent until the first Execute. */
  answer?: Answer
  /** True when its last row was sent. */
  done: boolean
  /** Declared WITH HOLD: outlives its transaction. */
  readonly hold: boolean
}

/** One format per column, from the none, one or many that a client sent. */
export const formatsFor = (formats: readonly Format[], count: number): readonly Format[] =>
  Array.from({ length: count }, (_, i) => (formats.length === 1 ? formats[0] : formats[i]) ?? 0)

/** What is told at the end of an answer of rows. */
export const tagOf = (answer: Exclude<Answer, { kind: 'done' }>, rows: number): string => (answer.kind === 'copy' ? `COPY ${rows}` : answer.verb === 'SHOW' || answer.verb === 'EXPLAIN' ? answer.verb : `${answer.verb} ${rows}`)
