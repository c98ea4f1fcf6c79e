// The nouns of the command line.

/** Where a command reads and writes. Results go to `out`, everything said about them to `say`. */
export interface Terminal {
  /** A person watches the results: colours, progress and questions make sense. */
  readonly interactive: boolean
  readonly colours: boolean
  readonly columns: number
  out(text: string): void
  say(text: string): void
  /** Resolves when what was written to `out` has left this process; undefined where nothing is held up. */
  drained(): Promise<void> | undefined
  /** Replaces the last line of what is said, on a terminal that can; the empty text clears it. */
  status(text: string): void
}

/** What a command is given of the world; nothing of it is read anywhere else. */
export interface World {
  readonly environment: NodeJS.ProcessEnv
  readonly folder: string
  readonly terminal: Terminal
  /** Aborts at the first Ctrl-C. */
  readonly signal: AbortSignal
  /** Takes the exit code of the command that has run. */
  end(code: ExitCode): void
}

/** 0: done. 1: a check failed, or somebody refused. 2: the command itself was wrong. */
export type ExitCode = 0 | 1 | 2

export type OutputFormat = 'text' | 'json'
