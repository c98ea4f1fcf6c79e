// Change streams without a person: rows leave the files of segments where the table says whose they are; a stream of what was made
// from them begins anew.

import type { DerivedDataSet, RowsInTable } from '@tulle/erasure'
import { lakeWith } from '@tulle/erasure'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { loadTable } from '@tulle/lake'
import { quoteIdentifier } from '@tulle/sql'
import { dropSegments, eraseStreamRows, holdStream } from '@tulle/streams'
import { isOneOf } from '@tulle/tables'
import type { House } from './house.ts'

type Needs = Pick<House, 'store' | 'lake' | 'engine'> & { readonly workFolder: string }

/** How many rows of changes, and segments, went. */
export async function forgetStreams({ store, lake, engine, workFolder }: Needs, tables: readonly RowsInTable[], derived: readonly DerivedDataSet[]): Promise<Result<number>> {
  let gone = 0
  for (const { name, productId, dataSet, isAside, archived, cold, rows } of tables) {
    if (isAside) continue
    const table = await loadTable(cold ?? lakeWith(lake, store.db, { name, archived }), name)
    if (!table.ok) return table
    const terms = table.value.schema.fields.flatMap(({ id, name: column }) => {
      const term = isOneOf(`CAST(${quoteIdentifier(column)} AS VARCHAR)`, rows.get(id) ?? [])
      return term === undefined ? [] : [term]
    })
    if (terms.length === 0) continue
    const erased = await eraseStreamRows({ store, objects: lake.objects, of: { productId, dataSet }, schema: table.value.schema, condition: terms.join(' OR '), engine, workFolder })
    if (!erased.ok) return erased
    gone += erased.value.rows
  }
  for (const { product, dataSet, flow } of derived) {
    const row = await store.db.selectFrom('resource').select('id').where('kind', '=', 'data-product').where('product', '=', product).executeTakeFirst()
    if (row === undefined || flow !== 'values') continue
    const known = await store.db.selectFrom('stream').select('id').where('product_id', '=', row.id).where('data_set', '=', dataSet).executeTakeFirst()
    if (known === undefined) continue
    const files = await store.db.transaction().execute(async (tx) => {
      const stream = await holdStream(tx, { productId: row.id, dataSet })
      return dropSegments(tx, stream, stream.head + 1)
    })
    for (const file of files) {
      const removed = await lake.objects.remove(file)
      if (!removed.ok) return removed
    }
    gone += files.length
  }
  return ok(gone)
}
