// Rows that have had their time, as the contract of their data set says: deleted, or moved into the cold store, in a snapshot of its
// own, which older ones of the table follow when their own time has come.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { readRows } from '@tulle/engine'
import { loadTable, planScan } from '@tulle/lake'
import { appendEvent } from '@tulle/store'
import { quoteIdentifier } from '@tulle/sql'
import { deleteWhere, tableRelation } from '@tulle/tables'
import type { Job, JobContext, Removal } from './types.ts'
import { archiveRows } from './cold/archive-rows.ts'
import { printRetention, rowKeeping } from './row-keeping.ts'
import type { RowKeeping } from './row-keeping.ts'
import { withEngine } from './with-engine.ts'

interface Due { readonly rows: number; readonly bytes?: number; readonly oldest?: string; readonly newest?: string }

export const rowsJob: Job = {
  name: 'rows',
  foresee: async (context) => {
    const keeping = await keepingOf(context)
    if (keeping === undefined) return ok([])
    // What could not be done is said by a dry run, too.
    const place = keeping.retention.action === 'archive' ? await mayArchive(context) : ok(undefined)
    if (!place.ok) return place
    const due = await withEngine(context, (work) => countDue(context, keeping, work))
    return due.ok ? ok(removalsOf(keeping, due.value)) : due
  },
  carryOut: async (context) => {
    const keeping = await keepingOf(context)
    if (keeping === undefined) return ok([])
    if (keeping.retention.action === 'archive') {
      const may = await mayArchive(context)
      if (!may.ok) return may
      const archived = await archiveRows(context, keeping)
      return archived.ok ? ok(removalsOf(keeping, { rows: archived.value.rowsRemoved, bytes: archived.value.bytes })) : archived
    }
    const { column, where = [] } = keeping.retention
    const named = [...new Set([column, ...where.map((one) => one.column)].filter((one) => one !== undefined))].join(',')
    const done = await withEngine(context, (work) => deleteWhere(work, context.table, keeping.isOver, { 'tulle.retention': named }))
    if (!done.ok) return done
    // Ports look again at which snapshot is the newest.
    if (done.value.rowsRemoved > 0) {
      const { store, table } = context
      await store.db.transaction().execute((tx) => appendEvent(tx, { type: 'tulle.history.rewritten', source: '/tulle/maintenance', subject: table.namespace, data: { product: table.namespace, dataSet: table.name, rows: done.value.rowsRemoved } }))
    }
    return ok(removalsOf(keeping, { rows: done.value.rowsRemoved }))
  },
}

const keepingOf = ({ store, lake, table, uuid }: JobContext): Promise<RowKeeping | undefined> => rowKeeping({ db: store.db, clock: lake.clock, table, uuid })

async function mayArchive({ cold, table, uuid }: JobContext): Promise<Result<void>> {
  const place = await cold.lakeOf({ uuid, name: table })
  return place.ok ? ok(undefined) : place
}

async function countDue({ lake, table: name }: JobContext, { isOver, retention: { column } }: RowKeeping, work: Parameters<Parameters<typeof withEngine>[1]>[0]): Promise<Result<Due>> {
  const table = await loadTable(lake, name)
  const scan = table.ok ? await planScan(lake, table.value) : table
  if (!table.ok) return table
  if (!scan.ok) return scan
  const shown = await tableRelation(lake, table.value, scan.value, { place: work.place })
  if (!shown.ok) return shown
  const defined = await work.process.define([shown.value])
  if (!defined.ok) return defined
  const ends = column === undefined ? 'NULL, NULL' : ['min', 'max'].map((end) => `CAST(${end}(${quoteIdentifier(column)}) AS VARCHAR)`).join(', ')
  const found = await readRows<readonly [number | string, string | null, string | null]>(work.process, `SELECT count(*), ${ends} FROM ${quoteIdentifier(name.namespace)}.${quoteIdentifier(name.name)} WHERE ${isOver}`)
  if (!found.ok) return found
  const [[count, oldest, newest] = [0, null, null]] = found.value
  const [rows, all, bytes] = [Number(count), ...(['rows', 'bytes'] as const).map((member) => scan.value.files.reduce((sum, { file }) => sum + file[member], 0))] as [number, number, number]
  // Rows have no size of their own: their share of the files.
  return ok({ rows, ...(all > 0 && { bytes: Math.round((bytes * rows) / all) }), ...(oldest !== null && { oldest }), ...(newest !== null && { newest }) })
}

function removalsOf({ retention }: RowKeeping, { rows, bytes, oldest, newest }: Due): readonly Removal[] {
  const isKept = retention.action === 'archive'
  return rows === 0 ? [] : [{
    job: 'rows', what: isKept ? 'archived rows' : 'rows', name: `${rows} rows`, rows, ...(bytes !== undefined && { bytes }), ...(oldest !== undefined && { oldest }), ...(newest !== undefined && { newest }),
    rule: 'retention', reason: printRetention(retention),
  }]
}
