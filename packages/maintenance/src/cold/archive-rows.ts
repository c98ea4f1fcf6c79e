// Rows that have had their time go into the cold store. They are on disk there before the one transaction in which the table loses
// them, the archive has them, and it is said: whoever is killed before it has moved nothing, and after it everything.

import type { Result } from '@tulle/kernel'
import { appendEvent } from '@tulle/store'
import { moveWhere } from '@tulle/tables'
import type { RowsMoved } from '@tulle/tables'
import type { JobContext } from '../types.ts'
import { keysOf } from '../row-keeping.ts'
import type { RowKeeping } from '../row-keeping.ts'
import { withEngine } from '../with-engine.ts'
import { alignArchive } from './cold-store.ts'
import { erasedSql } from './erased-sql.ts'

/** A row that was archived and has come again, by its key or else equal in every column, is archived once. */
export async function archiveRows(context: JobContext, { contract, isOver }: RowKeeping): Promise<Result<RowsMoved>> {
  const { table, uuid, cold, suppression } = context
  const found = await cold.lakeOf({ uuid, name: table })
  const aligned = found.ok ? await alignArchive(found.value, { uuid, name: table }) : found
  if (!found.ok) return found
  if (!aligned.ok) return aligned
  const { lake, archive, committing } = found.value
  const withhold = await erasedSql(suppression, contract)
  return withEngine({ ...context, lake }, (work) => moveWhere(work, {
    from: table, to: archive, predicate: isOver, keys: keysOf(contract), onSame: 'replace', ...(withhold !== undefined && { withhold }),
    summary: { 'tulle.archived': contract.version },
    committing: (change) => committing(async (tx) => {
      const of = await tx.selectFrom('cold_table').select(['product_id', 'product', 'data_set']).where('table_uuid', '=', uuid).executeTakeFirstOrThrow()
      const { id } = await tx.insertInto('row_move').values({
        ...of, table_uuid: uuid, action: 'archived', rows: String(change.rowsRemoved), bytes: String(change.bytes), contract_version: contract.version,
        from_snapshot: change.fromSnapshot ?? null, to_snapshot: change.toSnapshot ?? null, at: new Date(lake.clock.now()), by: 'retention',
      }).returning('id').executeTakeFirstOrThrow()
      await appendEvent(tx, { type: 'tulle.rows.archived', source: '/tulle/maintenance', subject: table.namespace, data: { product: table.namespace, dataSet: table.name, id, rows: change.rowsRemoved, snapshot: change.fromSnapshot ?? null } })
      // Ports look again at which snapshot is the newest.
      await appendEvent(tx, { type: 'tulle.history.rewritten', source: '/tulle/maintenance', subject: table.namespace, data: { product: table.namespace, dataSet: table.name, rows: change.rowsRemoved } })
    }),
  }))
}
