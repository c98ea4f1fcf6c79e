// Where a new data file of a table goes.

import { Bug } from '@tulle/kernel'
import type { Lake, Table } from './types.ts'

/** A path of objects that no file has yet, below the table's location. */
export function newDataPath(lake: Lake, table: Table): string {
  const root = lake.objects.pathOf(table.location)
  if (!root.ok) throw new Bug(`the location of a loaded table is no path of objects: ${table.location}.`)
  return `${root.value}/data/${lake.ids.uuid()}.parquet`
}
