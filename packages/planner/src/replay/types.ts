// The nouns of a replay: statements that were run, against tables as they are and as they would be.

/** A relation as statements name it. Types are Iceberg's. */
export interface ReplayTable { readonly schema: string; readonly name: string; readonly columns: readonly { readonly name: string; readonly type: string }[] }

/** Both worlds; `changed` are the addresses (`schema.name`) that differ between them, each with the data sets behind it, before and after. */
export interface Worlds {
  readonly before: readonly ReplayTable[]
  readonly after: readonly ReplayTable[]
  readonly changed: ReadonlyMap<string, readonly string[]>
}

/** A statement that was run, without its literals. `group` is whom it belongs to, as a sentence says it. */
export interface ReplayStatement {
  readonly text: string
  readonly group: string
  readonly who: readonly string[]
  readonly runs: number
  /** ISO 8601. */
  readonly last: string
  /** Addresses of what it reads: `flights.flights`, `flights@2.flights`. */
  readonly tables: readonly string[]
}

export interface FailingStatement extends Omit<ReplayStatement, 'tables'> { readonly error: string; readonly tables: readonly string[] }

/** What became of a replay. `unknown` could not be planned even now: too little of them was kept. */
export interface Replayed {
  readonly planned: readonly ReplayStatement[]
  readonly failing: readonly FailingStatement[]
  readonly unknown: number
  /** Left out because time was up. */
  readonly skipped: number
}
