// The nouns of quarantine: rows that a run set aside, and what was decided about them.

import type { SnapshotId } from '@tulle/lake'

/**
 * What is known of a row that was set aside; the last entry holds. `open`: nobody has decided. `repaired`: corrected, and
 * waits for a replay. `replay`: on its way into the next snapshot. `published`: in a snapshot. `discarded`: left out for a
 * reason. `gone`: its source does not deliver it any more. `failed`: of a run that published nothing; kept to be looked at.
 */
export const STATES = ['open', 'repaired', 'replay', 'published', 'discarded', 'gone', 'failed'] as const
export type RowState = (typeof STATES)[number]

/** Columns of a side table beside those of its data set. */
export const SIDE = {
  row: '_tulle_row', state: '_tulle_state', rules: '_tulle_rules', reason: '_tulle_reason', run: '_tulle_run', number: '_tulle_number', source: '_tulle_source', by: '_tulle_by', at: '_tulle_at',
} as const

/** What a run sets aside of a data set: the file of entries that waits, and counts. */
export interface SetAside {
  readonly files: readonly { readonly name: string; readonly rows: number; readonly bytes: number }[]
  readonly quarantined: number
  /** Corrected rows that go out with this run. */
  readonly replayed: number
  /** Rows at fault by rule; one may break several. */
  readonly rules: Readonly<Record<string, number>>
}

/** By data set name. */
export type SetAsides = Readonly<Record<string, SetAside>>

/** Side tables as they were when the run began, by data set: decisions that came later are the next run's. */
export type Decisions = Readonly<Record<string, SnapshotId>>
