// What tools of others tell of their jobs.

import type { ColumnType, Generated, Json as JsonColumn } from './column-types.ts'

/** A job of others, by what its last good run read and wrote. */
export interface ForeignJobTable {
  key: string
  namespace: string
  name: string
  producer: string
  run_id: string | null
  state: string
  at: ColumnType<Date>
  flow: JsonColumn
  token: string
  account_id: string
  seq: Generated<string>
  updated_at: ColumnType<Date>
}
