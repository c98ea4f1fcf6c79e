// The nouns of the cold store: where rows lie that have had their time, and how they are found beside the table that they left.

import type { Transaction } from 'kysely'
import type { Result } from '@tulle/kernel'
import type { Lake, TableName } from '@tulle/lake'
import type { Database } from '@tulle/store'

/** A table, by its identity: its archive stays its own however it is called. */
export interface WarmTable { readonly uuid: string; readonly name: TableName }

/** A table and its archive beside each other: both are tables, and one commit may change both. */
export interface ColdLake {
  readonly lake: Lake
  /** What the archive is called in `lake`. */
  readonly archive: TableName
  /** The same lake, whose commits write more in their transaction. */
  committing(also: (tx: Transaction<Database>) => Promise<void>): Lake
}

export interface ColdStore {
  /** Whether a place was named for it. */
  readonly isNamed: boolean
  /** This home writes there from now on, and no other one of the mesh. */
  takeOver(): Promise<Result<{ readonly place: string }>>
  /** `cold-store-unnamed`, or why the place cannot be used. */
  lakeOf(table: WarmTable): Promise<Result<ColdLake>>
}

/** What lies in the cold store of one data set. */
export interface Archive {
  readonly tableUuid: string
  readonly product: string
  readonly dataSet: string
  readonly rows: number
  readonly bytes: number
  readonly files: number
  /** False where it could not be read: then rows, bytes and files are 0. */
  readonly isRead: boolean
  /** ISO 8601: its data set was destroyed then, and it goes. */
  readonly endedAt?: string
  /** The column that rows go by, and the range of its values, as far as files say. */
  readonly column?: string
  readonly oldest?: string
  readonly newest?: string
  readonly exempt: readonly ExemptRows[]
  readonly moves: readonly RowMove[]
}

/** Rows that came back: those of a range of the column that rows go by, or all, which the contract does not take again before `until` (ISO 8601). */
export interface ExemptRows { readonly rows: number; readonly by: string; readonly from?: string; readonly to?: string; readonly until: string }

export interface RowMove {
  readonly id: string
  readonly action: 'archived' | 'restored'
  readonly rows: number
  readonly bytes: number
  /** ISO 8601. */
  readonly at: string
  readonly by: string
  readonly contractVersion?: string
  /** What became of the table that the rows left, and of the one that they came into. */
  readonly fromSnapshot?: string
  readonly toSnapshot?: string
  /** Restored rows are kept until then, whatever the contract says. */
  readonly keptUntil?: string
  readonly from?: string
  readonly to?: string
}

/** Which rows come back, and for how long. */
export interface RestoreRequest {
  readonly product: string
  readonly dataSet: string
  /** A range of the column that rows go by, as dates or times: from this one on, and before that one. Without both, all. */
  readonly from?: string
  readonly to?: string
  /** Milliseconds: so long the contract does not take them again. */
  readonly keepFor: number
  readonly by: string
  readonly dryRun: boolean
  /** They stay in the archive, and are a version of the data set beside the others until then. */
  readonly readOnly?: boolean
}

export interface Restored {
  readonly dryRun: boolean
  /** What leaves the archive. */
  readonly rows: number
  /** What comes into the data set: rows that it has already, and of people who were erased, do not. */
  readonly added: number
  readonly snapshotId?: string
  /** Of rows for reading alone: the tag that they are read by. */
  readonly version?: string
  readonly keptUntil: string
}
