// Rows come back from the cold store: a new snapshot of the data set has them, the archive loses them in the same transaction, and
// for a while the contract does not take them again.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { readRows } from '@tulle/engine'
import { loadTable, planScan } from '@tulle/lake'
import type { DataContract } from '@tulle/model'
import { readProductDefinition } from '@tulle/providers'
import { appendEvent, OBJECT_REMOVAL, tryAdvisoryLock } from '@tulle/store'
import { moveWhere, tableRelation } from '@tulle/tables'
import type { RowWork } from '@tulle/tables'
import { quoteIdentifier } from '@tulle/sql'
import type { MaintenanceOptions } from '../types.ts'
import { messages } from '../messages.ts'
import { isWithin, keysOf } from '../row-keeping.ts'
import { withEngine } from '../with-engine.ts'
import type { ColdLake, ColdStore, Restored, RestoreRequest, WarmTable } from './types.ts'
import { alignArchive } from './cold-store.ts'
import { erasedSql } from './erased-sql.ts'
import { showRows } from './show-rows.ts'

type Work = Pick<MaintenanceOptions, 'store' | 'lake' | 'clock' | 'engine' | 'workFolder' | 'suppression'> & { readonly cold: ColdStore; readonly signal: AbortSignal }

/** ISO 8601, a day or a time of UTC. */
const TIME = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?Z?)?$/u
const DAY = 86_400_000
const LONGEST_KEPT = 3650 * DAY

interface Wanted { readonly warm: WarmTable; readonly contract: DataContract; readonly found: ColdLake; readonly column: string | undefined; readonly from: string | null; readonly to: string | null; readonly predicate: string }

/** Changes nothing where it is only asked what would come. */
export async function restoreRows(work: Work, request: RestoreRequest): Promise<Result<Restored>> {
  const wanted = await understand(work, request)
  if (!wanted.ok) return wanted
  const keptUntil = new Date(work.clock.now() + request.keepFor)
  if (request.dryRun) {
    const rows = await withEngine({ ...work, lake: wanted.value.found.lake }, (at) => countRows(at, wanted.value))
    return rows.ok ? ok({ dryRun: true, rows: rows.value, added: rows.value, keptUntil: keptUntil.toISOString() }) : rows
  }
  // An erasure takes the same lock: who is erased from now on is found where the rows are then.
  const locked = await tryAdvisoryLock(work.store, OBJECT_REMOVAL, async () => {
    const aligned = await alignArchive(wanted.value.found, wanted.value.warm)
    if (!aligned.ok) return aligned
    return request.readOnly === true ? showRows(work, request, wanted.value, keptUntil) : moveBack(work, request, wanted.value, keptUntil)
  })
  return locked.got ? locked.value : fail(messages['restore-busy']({ dataSet: `${request.product}.${request.dataSet}` }))
}

async function understand({ store, cold }: Work, { product, dataSet, from, to, keepFor }: RestoreRequest): Promise<Result<Wanted>> {
  const name = `${product}.${dataSet}`
  const definition = await readProductDefinition(store.db, product)
  if (!definition.ok) return definition
  const table = definition.value.tables[dataSet]
  const contract = definition.value.product.dataSets.find((one) => one.name === dataSet)?.contract
  const known = table === undefined ? undefined : await store.db.selectFrom('cold_table').select('uuid').where('table_uuid', '=', table.uuid).executeTakeFirst()
  if (table === undefined || contract === undefined || known === undefined) return fail(messages['archive-empty']({ dataSet: name }))
  const column = contract.retention?.column
  for (const time of [from, to]) if (time !== undefined && (!TIME.test(time) || Number.isNaN(Date.parse(time)))) return fail(messages['bad-restore-range']({ problem: `"${time.slice(0, 40)}" is neither a day nor a time` }))
  if (from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to)) return fail(messages['bad-restore-range']({ problem: 'it ends before it begins' }))
  if (column === undefined && (from !== undefined || to !== undefined)) return fail(messages['bad-restore-range']({ problem: `rows of ${name} do not go by a column of dates or times` }))
  if (!Number.isFinite(keepFor) || keepFor < DAY || keepFor > LONGEST_KEPT) return fail(messages['bad-restore-range']({ problem: 'rows that come back are kept for 1 to 3650 days' }))
  const warm = { uuid: table.uuid, name: table.name }
  const found = await cold.lakeOf(warm)
  if (!found.ok) return found
  const [after, before] = [from, to].map((time) => (time === undefined ? null : new Date(time).toISOString())) as [string | null, string | null]
  return ok({ warm, contract, found: found.value, column, from: after, to: before, predicate: column === undefined ? 'true' : isWithin(column, after, before) })
}

async function countRows(work: RowWork, { found: { lake, archive }, predicate }: Wanted): Promise<Result<number>> {
  const table = await loadTable(lake, archive)
  const scan = table.ok ? await planScan(lake, table.value) : table
  const shown = scan.ok && table.ok ? await tableRelation(lake, table.value, scan.value, { place: work.place }) : (scan as Result<never>)
  if (!shown.ok) return shown
  const defined = await work.process.define([shown.value])
  if (!defined.ok) return defined
  const rows = await readRows<readonly [number | string]>(work.process, `SELECT count(*) FROM ${quoteIdentifier(archive.namespace)}.${quoteIdentifier(archive.name)} WHERE ${predicate}`)
  return rows.ok ? ok(Number(rows.value[0]?.[0])) : rows
}

async function moveBack(work: Work, { product, dataSet, by }: RestoreRequest, { warm, contract, found: { lake, archive, committing }, column, from, to, predicate }: Wanted, keptUntil: Date): Promise<Result<Restored>> {
  const withhold = await erasedSql(work.suppression, contract)
  const moved = await withEngine({ ...work, lake }, (at) => moveWhere(at, {
    from: archive, to: warm.name, predicate, keys: keysOf(contract), onSame: 'keep', ...(withhold !== undefined && { withhold }),
    summary: { 'tulle.restored': contract.version },
    committing: (change) => committing(async (tx) => {
      const of = await tx.selectFrom('cold_table').select(['product_id', 'product', 'data_set']).where('table_uuid', '=', warm.uuid).executeTakeFirstOrThrow()
      const { id } = await tx.insertInto('row_move').values({
        ...of, table_uuid: warm.uuid, action: 'restored', rows: String(change.rowsRemoved), bytes: String(change.bytes), contract_version: contract.version,
        from_snapshot: change.fromSnapshot ?? null, to_snapshot: change.toSnapshot ?? null, at: new Date(work.clock.now()), by,
        kept_column: column ?? null, kept_from: from, kept_to: to, kept_until: keptUntil,
      }).returning('id').executeTakeFirstOrThrow()
      await appendEvent(tx, { type: 'tulle.rows.restored', source: '/tulle/maintenance', subject: product, data: { product, dataSet, id, by, rows: change.rowsRemoved, until: keptUntil.toISOString(), snapshot: change.toSnapshot ?? null } })
      await appendEvent(tx, { type: 'tulle.history.rewritten', source: '/tulle/maintenance', subject: product, data: { product, dataSet, rows: change.rowsAdded } })
    }),
  }))
  if (!moved.ok) return moved
  const { rowsRemoved, rowsAdded, toSnapshot } = moved.value
  return ok({ dryRun: false, rows: rowsRemoved, added: rowsAdded, keptUntil: keptUntil.toISOString(), ...(toSnapshot !== undefined && { snapshotId: toSnapshot }) })
}
