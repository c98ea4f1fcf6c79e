// Every table that a product has, archived ones too: they may come back with all their versions.

import type { Kysely } from 'kysely'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Lake, Table } from '@tulle/lake'
import type { Database } from '@tulle/store'
import { tableAt } from './find-table.ts'

/** Fails where any of them cannot be read. */
export async function productTables({ db, lake }: { readonly db: Kysely<Database>; readonly lake: Lake }, product: string): Promise<Result<readonly Table[]>> {
  const rows = await db.selectFrom('table_pointer').select(['uuid', 'name', 'metadata_location']).where('namespace', '=', product).where('kind', '=', 'table').orderBy('name').execute()
  const tables: Table[] = []
  for (const { uuid, name, metadata_location: metadataLocation } of rows) {
    const table = await tableAt(lake, { namespace: product, name }, { uuid, metadataLocation })
    if (!table.ok) return table
    tables.push(table.value)
  }
  return ok(tables)
}
