// Rows that have had their time, as the contract of their data set says: deleted in a snapshot of its own, which older ones of
// the table follow when their own time has come.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { loadTable, planScan } from '@tulle/lake'
import type { RowRetention } from '@tulle/model'
import { readProductDefinition } from '@tulle/providers'
import { appendEvent } from '@tulle/store'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import { deleteWhere, tableRelation } from '@tulle/tables'
import type { Job, JobContext, Removal } from './types.ts'
import { printSpan } from './print-time.ts'
import { withEngine } from './with-engine.ts'

export const rowsJob: Job = {
  name: 'rows',
  foresee: async (context) => {
    const keeping = await keepingOf(context)
    if (keeping === undefined) return ok([])
    const rows = await withEngine(context, async (work): Promise<Result<number>> => {
      const table = await loadTable(context.lake, context.table)
      const scan = table.ok ? await planScan(context.lake, table.value) : table
      if (!table.ok) return table
      if (!scan.ok) return scan
      const shown = await tableRelation(context.lake, table.value, scan.value, { place: work.place })
      if (!shown.ok) return shown
      const defined = await work.process.define([shown.value])
      if (!defined.ok) return defined
      const cursor = await work.process.open(`SELECT count(*) FROM ${quoteIdentifier(context.table.namespace)}.${quoteIdentifier(context.table.name)} WHERE ${isOver(context, keeping)}`, { encoding: { kind: 'rows' } })
      if (!cursor.ok) return cursor
      const batch = await cursor.value.fetch(1)
      await cursor.value.close()
      if (!batch.ok) return batch
      const [[count]] = JSON.parse(Buffer.from(batch.value.bytes).toString('utf8')) as [[number | string]]
      return ok(Number(count))
    })
    return rows.ok ? ok(removalsOf(keeping, rows.value)) : rows
  },
  carryOut: async (context) => {
    const keeping = await keepingOf(context)
    if (keeping === undefined) return ok([])
    const done = await withEngine(context, (work) => deleteWhere(work, context.table, isOver(context, keeping), { 'tulle.retention': [...new Set([keeping.column, ...(keeping.where ?? []).map(({ column }) => column)].filter((column) => column !== undefined))].join(',') }))
    if (!done.ok) return done
    // Ports look again at which snapshot is the newest.
    if (done.value.rowsRemoved > 0) {
      const { store, table } = context
      await store.db.transaction().execute((tx) => appendEvent(tx, { type: 'tulle.history.rewritten', source: '/tulle/maintenance', subject: table.namespace, data: { product: table.namespace, dataSet: table.name, rows: done.value.rowsRemoved } }))
    }
    return ok(removalsOf(keeping, done.value.rowsRemoved))
  },
}

/** What the contract says; a data set under a legal hold keeps its rows. */
async function keepingOf({ store, table }: Pick<JobContext, 'store' | 'table'>): Promise<RowRetention | undefined> {
  const definition = await readProductDefinition(store.db, table.namespace)
  const contract = definition.ok ? definition.value.product.dataSets.find(({ name }) => name === table.name)?.contract : undefined
  return contract?.legalHold === undefined ? contract?.retention : undefined
}

function isOver({ lake }: Pick<JobContext, 'lake'>, { column, milliseconds, where = [] }: RowRetention): string {
  const terms = where.map((one) => `coalesce(CAST(${quoteIdentifier(one.column)} AS VARCHAR) IN (${one.values.map(quoteLiteral).join(', ')}), false)`)
  if (column !== undefined && milliseconds !== undefined) terms.push(`CAST(${quoteIdentifier(column)} AS TIMESTAMP) < TIMESTAMP ${quoteLiteral(new Date(lake.clock.now() - milliseconds).toISOString().slice(0, 19).replace('T', ' '))}`)
  // Who says nothing keeps everything.
  return terms.length === 0 ? 'false' : terms.join(' AND ')
}

function removalsOf({ column, milliseconds, where = [] }: RowRetention, rows: number): readonly Removal[] {
  const age = column === undefined || milliseconds === undefined ? [] : [`their ${column} is older than ${printSpan(milliseconds)}`]
  const why = [...where.map((one) => `their ${one.column} is ${one.values.join(' or ')}`), ...age].join(', and ')
  return rows === 0 ? [] : [{ job: 'rows', what: 'rows', name: `${rows} rows`, rule: 'retention', reason: `${why.charAt(0).toUpperCase()}${why.slice(1)}: the contract keeps them no longer.` }]
}
