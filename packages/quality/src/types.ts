// The nouns of quality: what a contract promises, how it is measured, and what the measure says.

import type { Place } from '@tulle/kernel'

/** One promise of a contract. Its name is the same for the same promise in every version of the contract. */
export interface Check {
  /** `required(date)`, `unique(id)`, `primary-key(a, b)`, `type(delay)`, `rowCount`, `nullValues(email)` … */
  readonly name: string
  readonly measure: Measure
  readonly bound: Bound
  /** Percent is of all rows. */
  readonly unit: 'rows' | 'percent'
  readonly place: Place
}

/** A number that a data set has. `unmeasured` is a rule that this version keeps but cannot run. */
export type Measure =
  | { readonly kind: 'rows' }
  | { readonly kind: 'nulls'; readonly column: string }
  | { readonly kind: 'among'; readonly column: string; readonly values: readonly string[] }
  | { readonly kind: 'outside'; readonly column: string; readonly values: readonly string[] }
  | { readonly kind: 'mismatches'; readonly column: string; readonly pattern: string }
  /** Rows beyond the first of each value; rows with a null do not count. */
  | { readonly kind: 'surplus'; readonly columns: readonly string[] }
  /** 1 where the column is missing or of another type. */
  | { readonly kind: 'type'; readonly column: string; readonly type: string }
  | { readonly kind: 'unmeasured'; readonly why: string }

export type Bound =
  | { readonly operator: '=' | '≠' | '>' | '≥' | '<' | '≤'; readonly value: number }
  | { readonly operator: 'between' | 'not between'; readonly low: number; readonly high: number }

/** A scan: one SELECT of one row, whose fields are numbered like `measures`. */
export interface Scan { readonly sql: string; readonly measures: readonly string[] }

/** How to check a relation: what is promised, and the scans that measure it. Plain data. */
export interface CheckPlan {
  readonly checks: readonly Check[]
  readonly scans: readonly Scan[]
}

/** What the scans found, by measure; types by column. */
export interface Measurements {
  readonly numbers: ReadonlyMap<string, number>
  readonly types: ReadonlyMap<string, string>
}

/** `not-run` is no pass. `measured` is in the check's unit; `failing` counts the rows at fault where that has a meaning. */
export interface Verdict {
  readonly check: string
  readonly status: 'pass' | 'fail' | 'not-run'
  readonly measured?: number
  readonly failing?: number
  readonly sentence: string
  readonly place: Place
}

/** The name under which the engine sees what is checked. */
export interface CheckedRelation { readonly schema: string; readonly name: string }
