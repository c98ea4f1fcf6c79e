// The nouns of quarantine: rows that a run set aside, and what was decided about them.

import type { Json } from '@tulle/kernel'
import { UNFIT } from '@tulle/engine'
import type { SnapshotId } from '@tulle/lake'

/**
 * What is known of a row that was set aside; the last entry holds. `open`: nobody has decided. `repaired`: corrected, and
 * waits for a replay. `replay`: on its way into the next snapshot. `published`: in a snapshot. `discarded`: left out for a
 * reason. `gone`: its source does not deliver it any more.
 */
export const STATES = ['open', 'repaired', 'replay', 'published', 'discarded', 'gone'] as const
export type RowState = (typeof STATES)[number]

/** Columns of a side table beside those of its data set. */
export const SIDE = {
  row: '_tulle_row', state: '_tulle_state', rules: '_tulle_rules', reason: '_tulle_reason', run: '_tulle_run', number: '_tulle_number', source: '_tulle_source', by: '_tulle_by', at: '_tulle_at',
} as const

/** Of a row that did not fit the contract: what came, as text. It may hold anything, and is for those who see every column as it is. */
export const RAW = UNFIT.raw

/** What a run sets aside of a data set: the file of entries that waits, and counts. */
export interface SetAside {
  readonly files: readonly { readonly name: string; readonly rows: number; readonly bytes: number }[]
  /** Rows that were not set aside before. */
  readonly quarantined: number
  /** Corrected rows that go out with this run. */
  readonly replayed: number
  /** Of these, by rule; one may break several. */
  readonly rules: Readonly<Record<string, number>>
}

/** By data set name. */
export type SetAsides = Readonly<Record<string, SetAside>>

/** Side tables as they were when the run began, by data set: decisions that came later are the next run's. */
export type Decisions = Readonly<Record<string, SnapshotId>>

/** Which rows are meant; all of these together. */
export interface QuarantineFilter {
  readonly states?: readonly RowState[]
  readonly run?: string
  readonly rule?: string
  /** By their ids. */
  readonly rows?: readonly string[]
  /** SQL over the row, true of those that are meant. */
  readonly where?: string
}

/** `set` is SQL over the row by column; `corrected` are rows with new values, and a key that says which they are. */
export type RowDecision =
  | { readonly kind: 'repair'; readonly set: Readonly<Record<string, string>>; readonly note?: string }
  | { readonly kind: 'repair'; readonly corrected: readonly Readonly<Record<string, Json>>[]; readonly note?: string }
  /** Also rows that nobody corrected, which may be acceptable by now. */
  | { readonly kind: 'replay'; readonly isOpenToo?: boolean }
  | { readonly kind: 'discard'; readonly reason: string }

export interface QuarantinedRow {
  readonly row: string
  readonly state: RowState
  readonly rules: readonly string[]
  readonly reason: string
  readonly run: string
  /** Its number among the rows that came. */
  readonly number?: number
  readonly source: string
  readonly by?: string
  /** ISO 8601, UTC. */
  readonly at: string
  /** As `columns` are. */
  readonly values: readonly Json[]
  /** What came, where it did not fit the contract and may be seen. */
  readonly raw?: string
}
export interface QuarantinedRows { readonly total: number; readonly columns: readonly string[]; readonly rows: readonly QuarantinedRow[] }
export interface QuarantineCounts { readonly dataSet: string; /** Rows by state. */ readonly states: Readonly<Record<string, number>>; /** Open rows by the rule that they break. */ readonly rules: Readonly<Record<string, number>> }
