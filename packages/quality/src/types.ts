// The nouns of quality: what is promised of a data set, how it is measured, and what the measure says.

import type { Place } from '@tulle/kernel'

/** What becomes of a run whose rows fail: nothing is published, the bad rows are set aside, or it is told. */
export type Action = 'block' | 'quarantine' | 'warn'

/** One promise. Its name is the same for the same promise in every version of what declares it, and once in a data set. */
export interface Check {
  /** `required(date)`, `unique(id)`, `primary-key(a, b)`, `type(delay)`, `rowCount`, `nullValues(email)` … */
  readonly name: string
  readonly measure: Measure
  /** Where it does not hold, the check fails. */
  readonly bound: Bound
  /** Where `bound` holds and this does not, the check warns. */
  readonly warn?: Bound
  /** Percent is of `total`; seconds are of an age. */
  readonly unit: 'rows' | 'percent' | 'seconds' | 'number'
  /** All rows that the measure looks at, unless told. */
  readonly total?: Measure
  /** What is judged is the difference from what was measured before. */
  readonly change?: Change
  readonly action: Action
  /** Of `quarantine`: so many of the rows that come may be set aside; more of them block. */
  readonly atMost?: { readonly value: number; readonly unit: 'rows' | 'percent' }
  readonly place: Place
}

/** A value as YAML and JSON have it. */
export type Scalar = string | number | boolean

/** A table by the name that the engine process has for it. */
export interface CheckedRelation { readonly schema: string; readonly name: string }

export type Comparison = '=' | '≠' | '>' | '≥' | '<' | '≤'

/** One end of a range. `open` leaves the value itself out. A text is compared as the column's type reads it. */
export interface Limit { readonly value: number | string; readonly open?: boolean }

/**
 * What is wrong with a row, one by one. Apart from `null`, `missing` and `condition`, an empty cell is not at fault, nor is a
 * value of `besides`, which counts as missing.
 */
export type RowRule =
  | { readonly rule: 'null'; readonly column: string }
  /** An empty cell, or one of these. */
  | { readonly rule: 'missing'; readonly column: string; readonly values: readonly Scalar[] }
  | { readonly rule: 'not-among' | 'among'; readonly column: string; readonly values: readonly Scalar[]; readonly besides?: readonly Scalar[] }
  /** RE2. `whole` is the whole value, else some part of it. `called` is what people call the pattern. */
  | { readonly rule: 'mismatch' | 'match'; readonly column: string; readonly pattern: string; readonly whole: boolean; readonly called?: string; readonly besides?: readonly Scalar[] }
  | { readonly rule: 'outside'; readonly column: string; readonly low?: Limit; readonly high?: Limit; readonly besides?: readonly Scalar[] }
  /** In characters. */
  | { readonly rule: 'length'; readonly column: string; readonly low?: Limit; readonly high?: Limit; readonly besides?: readonly Scalar[] }
  /** Numbers that are no multiple of `of`. */
  | { readonly rule: 'no-multiple'; readonly column: string; readonly of: number }
  /** Lists of fewer or more items, or in which one is there twice. */
  | { readonly rule: 'items'; readonly column: string; readonly low?: Limit; readonly high?: Limit }
  | { readonly rule: 'repeated-items'; readonly column: string }
  /** A text that cannot be read as a value of the type, which is Iceberg's. */
  | { readonly rule: 'uncastable'; readonly column: string; readonly type: string }
  /** Rows for which `left operator right` does not hold. */
  | { readonly rule: 'pair'; readonly left: string; readonly operator: Comparison; readonly right: string; /** An empty cell on one side alone is at fault. */ readonly strict?: boolean }
  /** Rows whose columns do not add up to the number, or to the column. */
  | { readonly rule: 'sum'; readonly columns: readonly string[]; readonly total: number | { readonly column: string } }
  /** Rows whose key is none of the other table. */
  | { readonly rule: 'orphan'; readonly columns: readonly string[]; readonly other: CheckedRelation; readonly otherColumns: readonly string[]; /** Rows whose key is one of the other table. */ readonly inverted?: true }
  /** Rows with which at least one of these is wrong. */
  | { readonly rule: 'any'; readonly of: readonly RowRule[] }
  /** Rows for which the SQL is true; or is not true. It has passed the gate of conditions before it is run. */
  | { readonly rule: 'condition'; readonly sql: string; readonly holds: boolean }

export type Aggregate = 'avg' | 'median' | 'stddev' | 'stddev-pop' | 'variance' | 'variance-pop' | 'min' | 'max' | 'sum' | 'distinct' | 'avg-length' | 'min-length' | 'max-length'

/** What a measure looks at: rows for which the SQL is true, where there is one. It has passed the gate of conditions before it is run. */
interface Filtered { readonly where?: string }

/** A number that a data set has. */
export type Measure =
  | ({ readonly kind: 'rows' } & Filtered)
  /** Rows in which all of the columns have a value; with `some`, at least one of them. */
  | ({ readonly kind: 'filled'; readonly columns: readonly string[]; readonly some?: true } & Filtered)
  | ({ readonly kind: 'bad'; readonly of: RowRule } & Filtered)
  | ({ readonly kind: 'aggregate'; readonly of: Aggregate; readonly column: string } & Filtered)
  /** From 0 to 1; `discrete` is a value that is there, otherwise what lies between two of them. */
  | ({ readonly kind: 'quantile'; readonly column: string; readonly at: number; readonly discrete?: true } & Filtered)
  /** Of the newest value of a column of times. */
  | ({ readonly kind: 'age'; readonly column: string } & Filtered)
  /** How many distinct values are none of these; or how many of these are not there. */
  | ({ readonly kind: 'distinct-among'; readonly column: string; readonly values: readonly Scalar[]; readonly counts: 'others' | 'lacking' } & Filtered)
  /**
   * By value of the columns together, of rows where none of them is empty: rows beyond the first of each, values that repeat,
   * or all rows that share one. `nulls` counts rows too where some are empty, but not all.
   */
  | ({ readonly kind: 'repeats'; readonly columns: readonly string[]; readonly counts: 'surplus' | 'values' | 'rows'; readonly nulls?: true } & Filtered)
  /** How many of the most common values are none of these. */
  | ({ readonly kind: 'modes-outside'; readonly column: string; readonly values: readonly Scalar[] } & Filtered)
  /** How far the values lie from a reference. */
  | ({ readonly kind: 'spread'; readonly column: string; readonly method: 'kl-divergence' | 'chi-square' | 'psi'; readonly reference: Reference } & Filtered)
  /** How many more rows than the other table. */
  | { readonly kind: 'row-difference'; readonly other: CheckedRelation }
  /** SQL of its own: one number; or rows, which are counted. */
  | { readonly kind: 'query'; readonly sql: string; readonly answers: 'number' | 'rows' }
  /** 1 where the column is missing or of another type. */
  | { readonly kind: 'type'; readonly column: string; readonly type: string }
  /** Faults of the columns as such. */
  | { readonly kind: 'columns'; readonly rule: ColumnsRule }
  /** A rule that is kept but cannot be run, and why. */
  | { readonly kind: 'unmeasured'; readonly why: string }

/** What must be true of a table's columns. `types` are the engine's spelling or Iceberg's, in lower case. */
export type ColumnsRule =
  | { readonly rule: 'required'; readonly names: readonly string[] }
  /** `*` stands for any characters. */
  | { readonly rule: 'forbidden'; readonly names: readonly string[] }
  | { readonly rule: 'types'; readonly types: Readonly<Record<string, string>> }
  /** From 0. */
  | { readonly rule: 'places'; readonly places: Readonly<Record<string, number>> }
  | { readonly rule: 'exactly'; readonly names: readonly string[]; readonly ordered: boolean }
  | { readonly rule: 'count'; readonly low?: number; readonly high?: number }

/** Weights of values, or of what lies between edges; they need not add up to 1. The last bin has its upper edge. */
export type Reference =
  | { readonly values: readonly Scalar[]; readonly weights: readonly number[] }
  | { readonly edges: readonly number[]; readonly weights: readonly number[] }

export type Bound =
  | { readonly operator: Comparison; readonly value: number }
  | { readonly operator: 'between' | 'not between'; readonly low: number; readonly high: number; readonly lowOpen?: true; readonly highOpen?: true }
  /** Within the band of what it usually is at that time. */
  | { readonly operator: 'usual'; readonly side?: 'above' | 'below' }

/** From what the difference is taken. */
export interface Change {
  readonly from: 'last' | 'average' | 'least' | 'most' | 'same-weekday'
  /** How many measurements are looked at, of `average`, `least` and `most`. */
  readonly of: number
  readonly percent: boolean
}

/** One SELECT of one row, whose fields are numbered like `measures`. */
export interface Scan { readonly sql: string; readonly measures: readonly string[] }

/** How to check a relation: what is promised, and the scans that measure it. Plain data. */
export interface CheckPlan {
  readonly checks: readonly Check[]
  readonly scans: readonly Scan[]
}

/** What was measured before, oldest first. Times are in milliseconds since 1970. */
export interface HistoryPoint { readonly at: number; readonly value: number }

/** What the scans found, by measure; types by column, in the table's order. */
export interface Measurements {
  /** Null where there is nothing to measure: the mean of no values. */
  readonly numbers: ReadonlyMap<string, number | null>
  /** Why a measure could not be taken. */
  readonly troubles?: ReadonlyMap<string, string>
  readonly types: ReadonlyMap<string, string>
  /** Milliseconds since 1970. */
  readonly now?: number
  /** By check. */
  readonly history?: ReadonlyMap<string, readonly HistoryPoint[]>
}

/** What was to be expected of a measure at its time. */
export interface Band { readonly low: number; readonly high: number; readonly expected: number }

/**
 * `not-run` is no pass: there was nothing to measure, or nothing to hold it against, or it is a text for people. A check that was
 * tried and could not be measured fails.
 */
export interface Verdict {
  readonly check: string
  readonly status: 'pass' | 'warn' | 'fail' | 'not-run'
  /** What is to become of the run where it fails. */
  readonly action: Action
  /** In the check's unit. */
  readonly measured?: number
  /** Rows at fault, where that has a meaning. */
  readonly failing?: number
  /** All rows of the data set. */
  readonly rows?: number
  readonly band?: Band
  readonly sentence: string
  readonly place: Place
}
