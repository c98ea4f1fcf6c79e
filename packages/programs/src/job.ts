// What a program is given and what it says in the end, as files in its folder. The process reads the one and writes the other.

/** In the folder that the process may read. */
export const JOB_FILE = 'job.json'
/** In the folder that the process may write. */
export const RESULT_FILE = 'result.json'
export const ROWS_FILE = 'rows.arrow'

export interface Job {
  /** Of the folder that it may read: the program's own file. */
  readonly model: string
  readonly inputs: readonly { readonly name: string; readonly file: string }[]
  /** What the contract promises: rows that are no Arrow are written as these. */
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  /** Folder and files that it may write. */
  readonly out: string
  /** ISO 8601, UTC: what the run takes for the time. */
  readonly now: string
  readonly parameters: Readonly<Record<string, unknown>>
}

/** `form`: whether the program gave Arrow, whose types are its own, or rows, which have the contract's. */
export type JobResult =
  | { readonly ok: true; readonly rows: number; readonly form: 'arrow' | 'rows' }
  | { readonly ok: false; readonly what: string; readonly line?: number; readonly column?: number }
