// The nouns of running programs.

import type { Json, Result } from '@tulle/kernel'

/**
 * What the operator lets programs run in. `confined`: only where the system takes network and rights from a process; `fenced`: also
 * where nothing but Node.js itself does; `off`: not at all.
 */
export type ProgramPolicy = 'confined' | 'fenced' | 'off'

/** Rows of an input, written as an Arrow stream (or lines of JSON) to the path. */
export interface ProgramInput { readonly name: string; write(path: string): Promise<Result<void>> }

export interface ProgramRun {
  /** `flights.peaks`, for people. */
  readonly dataSet: string
  /** In the mesh folder. */
  readonly file: string
  readonly text: string
  readonly inputs: readonly ProgramInput[]
  /** What the contract promises: name and Iceberg type. */
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  /** ISO 8601, UTC. */
  readonly now: string
  readonly parameters: Readonly<Record<string, Json>>
  readonly memoryMegabytes: number
  readonly milliseconds: number
  readonly signal: AbortSignal
  /** Takes the stream of rows over, before the folder goes. `typed`: its columns have the contract's types only after a cast. */
  take(rows: { readonly path: string; readonly typed: boolean }): Promise<void>
}

export interface Programs {
  /** How far a program is shut in, for `status` and `doctor`. */
  readonly confinement: 'confined' | 'fenced' | 'off'
  /** Why it is not more. */
  readonly reason: string | undefined
  run(program: ProgramRun): Promise<Result<{ readonly rows: number }>>
}
