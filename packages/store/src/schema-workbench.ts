// Tables of the workbench.

import type { ColumnType, Generated, Json as JsonColumn } from './column-types.ts'

/** What people keep beside a product for all who may see it. */
export interface SharedWorkTable {
  kind: string
  product_id: string
  name: string
  title: string
  description: string | null
  /** Its kind's own shape. */
  body: JsonColumn
  version: number
  created_by_id: string
  created_by: string
  created_at: ColumnType<Date>
  changed_by: string
  changed_at: ColumnType<Date>
}

/** One thing that somebody said about a product; `thread` is the id of the first one. What was withdrawn has no body. */
export interface DiscussionEntryTable {
  id: string
  seq: Generated<string>
  product_id: string
  thread: string
  body: string | null
  by_id: string
  by_name: string
  at: ColumnType<Date>
  gone_by: string | null
}
