// The tables of rows that were archived.

import type { ColumnType, Generated } from './column-types.ts'

export interface ColdTables {
  cold_store: ColdStoreTable
  cold_holder: ColdHolderTable
  cold_table: ColdTableTable
  cold_object: ColdObjectTable
  row_move: RowMoveTable
}

/** Which cold store is this mesh's. At most one row. */
interface ColdStoreTable { is_only: Generated<boolean>; id: string }
/** Which home this is, to the cold store: at most one row, and in no backup. */
interface ColdHolderTable { is_only: Generated<boolean>; id: string }
/** The table in the cold store that holds what was archived of a table. `version` counts commits. `ended_at`: its data set was destroyed, and it goes. */
interface ColdTableTable { table_uuid: string; product_id: string; product: string; data_set: string; uuid: string; metadata_location: string; version: Generated<string>; ended_at: ColumnType<Date> | null }
/** What an object of the cold store was when it was given there: nobody who can write into the store can write here. */
interface ColdObjectTable { address: string; sha256: string; bytes: string }
/** Rows that went, or came back. Those that came back are kept until `kept_until`: of a column of dates or times from a value on until before another, or all of the data set. */
interface RowMoveTable {
  id: Generated<string>
  table_uuid: string
  product_id: string
  product: string
  data_set: string
  action: 'archived' | 'restored'
  rows: string
  bytes: string
  contract_version: string | null
  from_snapshot: string | null
  to_snapshot: string | null
  at: ColumnType<Date>
  by: string
  kept_column: string | null
  kept_from: string | null
  kept_to: string | null
  kept_until: ColumnType<Date> | null
}
