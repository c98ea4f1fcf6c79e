// The nouns of profiles: what a column holds, what two profiles differ in, and what can be promised by what was seen.

import type { IcebergType, Relation } from '@tulle/engine'

/** Which questions a column can be asked. Of `other`, such as lists and bytes, only empty cells are counted. */
export type ColumnKind = 'number' | 'time' | 'text' | 'boolean' | 'other'

export interface ProfiledColumn { readonly fieldId: number; readonly name: string; readonly type: IcebergType }
export type ProfiledRelation = Pick<Relation, 'schema' | 'name'> & { readonly columns: readonly ProfiledColumn[] }

/** A value as text, at most 200 characters of it, and in how many rows it is. */
export interface Counted { readonly value: string; readonly count: number }

/** A cumulative distribution: `counts[i]` values are at most `values[i]`. Times are seconds since 1970. Both rise. */
export interface Distribution { readonly values: readonly number[]; readonly counts: readonly number[] }

/** What was read of a column, in a form that can be joined with what was read of other rows. */
export interface ColumnPart extends ProfiledColumn {
  readonly kind: ColumnKind
  readonly nulls: number
  readonly min?: string
  readonly max?: string
  /** Of finite values. */
  readonly mean?: number
  readonly length?: { readonly min: number; readonly max: number; readonly mean: number }
  /** Of all its values where `isComplete`, else of the most common ones. Most common first. */
  readonly counted: readonly Counted[]
  readonly isComplete: boolean
  /** Where it was counted, value by value. */
  readonly distinct?: number
  /** Registers of a HyperLogLog, a character each; absent where `isComplete`. */
  readonly registers?: string
  readonly distribution?: Distribution
  /** Letters as A and a, digits as 9. */
  readonly shapes?: readonly Counted[]
  /** So many of its values were looked at for what is common and how it is spread; absent: all. */
  readonly sampled?: number
  /** Why it was not read. */
  readonly trouble?: string
}

export interface Part {
  readonly rows: number
  /** How often parts were joined since all rows were read. */
  readonly joins: number
  /** The engine's hash of a fixed text: registers of another hash cannot be joined. */
  readonly hash: string
  readonly columns: readonly ColumnPart[]
}

export interface ColumnProfile extends ProfiledColumn {
  readonly kind: ColumnKind
  readonly nulls: number
  readonly distinct?: number
  /** Distinct values, or which are common, were estimated. */
  readonly isEstimate?: true
  readonly min?: string
  readonly max?: string
  readonly mean?: number
  readonly length?: { readonly min: number; readonly max: number; readonly mean: number }
  /** At 0 %, 0.5 % … 100 %. Times are seconds since 1970. */
  readonly quantiles?: readonly number[]
  /** Bins of one width from `low` to `high`. */
  readonly histogram?: { readonly low: number; readonly high: number; readonly counts: readonly number[] }
  /** Most common first. */
  readonly top?: readonly Counted[]
  /** `top` has every value that there is. */
  readonly isComplete?: true
  readonly shapes?: readonly Counted[]
  readonly trouble?: string
}

export interface Profile { readonly rows: number; readonly columns: readonly ColumnProfile[] }

/** How a column changed. Shares are from 0 to 1. */
export interface ColumnDrift {
  readonly fieldId: number
  readonly name: string
  readonly change: 'same' | 'added' | 'removed'
  readonly nulls: { readonly before: number; readonly after: number }
  readonly distinct?: { readonly before: number; readonly after: number }
  /** Population stability index, and the Kullback-Leibler divergence of what is now from what was, in nats. */
  readonly psi?: number
  readonly kl?: number
  /** Where every value is known, before and after; at most 20. */
  readonly appeared?: readonly string[]
  readonly vanished?: readonly string[]
  readonly level: 'none' | 'some' | 'much'
  readonly why: readonly string[]
}

export interface Drift { readonly rows: { readonly before: number; readonly after: number }; readonly columns: readonly ColumnDrift[] }
