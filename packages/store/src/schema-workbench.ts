// Tables of the workbench.

import type { ColumnType, Json as JsonColumn } from './column-types.ts'

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
