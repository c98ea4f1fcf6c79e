// Two versions of a table → what differs of what the asker may see, under the masks of this moment. Only files that are not
// the same in both are opened; a column that the asker may not read is no difference.

import type { Relation } from '@tulle/engine'
import type { Clock, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import { CHANGES, differenceSql } from '@tulle/tables'
import type { Authorizer } from './authorize.ts'
import type { Asker, Comparison, ComparedRows, ServedDifference, VisibleTable, Who } from './types.ts'
import type { GovernedRelation, Lease } from './engine-pool.ts'
import type { Reading } from './governed-relations.ts'
import { messages } from './messages.ts'
import { relationFilter, singleRead, standingOf, todaysColumns } from './governed-relations.ts'
import type { RecordStatement } from './record-statement.ts'
import type { ExportWatch } from './watch/types.ts'

/** What the governor lends to a comparison. */
export interface Lending {
  readonly authorizer: Authorizer
  readonly clock: Clock
  /** The asker's engine with exactly these defined beside what it knows. */
  borrow(asker: Asker, relations: readonly GovernedRelation[]): Promise<Result<Lease>>
  giveBack(lease: Lease, result: Result<unknown>): Promise<void>
  readonly record: RecordStatement
  readonly watch: ExportWatch
}

export async function compareVersions(lending: Lending, who: Who, comparison: Comparison): Promise<Result<ComparedRows>> {
  const { authorizer, clock } = lending
  const since = clock.now()
  const asked = await who()
  if (!asked.ok) return asked
  const asker = asked.value
  const compared = await compare(lending, asker, comparison)
  const still = compared.ok ? await stillAllowed(authorizer, who, { asker, comparison, standing: compared.value.standing }) : ok(undefined)
  const leaving = compared.ok && still.ok ? await lending.watch.begin(asker, [compared.value.table]) : still
  const taken = leaving.ok && leaving.value !== undefined && compared.ok ? await leaving.value.take(compared.value.rows.rows.length, 0) : leaving
  const done = taken.ok ? compared : (taken as Result<Compared>)
  const line = { port: comparison.port, asker, since, names: [comparison.table] }
  const recorded = await lending.record(done.ok ? { ...line, rows: done.value.rows.rows.length, readings: done.value.readings } : { ...line, diagnostics: done.diagnostics })
  if (!done.ok) return done
  return recorded.ok ? ok(done.value.rows) : recorded
}

interface Compared { readonly rows: ComparedRows; readonly table: VisibleTable; readonly standing: string; readonly readings: readonly Reading[] }

async function compare(lending: Lending, asker: Asker, comparison: Comparison): Promise<Result<Compared>> {
  // The decision comes before anything of the table is looked at.
  const allowed = await lending.authorizer.authorize(asker, [comparison.table])
  if (!allowed.ok) return allowed
  const [table] = allowed.value
  if (table === undefined) return fail(messages['unknown-table']({ table: comparison.table.name, suggestion: '' }))
  const standing = await standingOf(lending.authorizer, allowed.value)
  if (!standing.ok) return standing
  const difference = await comparison.difference()
  if (!difference.ok) return difference
  const filter = await relationFilter(lending.authorizer, table)
  if (!filter.ok) return filter
  const relations = (['before', 'after'] as const).map((side) => relationOf(table, side, difference.value[side], filter.value))
  const lease = await lending.borrow(asker, relations)
  if (!lease.ok) return lease
  const rows = await read(lease.value, { table, relations, comparison })
  await lending.giveBack(lease.value, rows)
  if (!rows.ok) return rows
  const columns = table.columns.map((column) => column.name)
  return ok({ rows: rows.value, table, standing: standing.value, readings: [difference.value.before.id, difference.value.after.id].map((snapshot) => ({ table, snapshot, columns })) })
}

/** Both versions are shown as the data set is today: columns are found by field id, so a renamed one is no difference. */
function relationOf(table: VisibleTable, side: 'before' | 'after', { id, files }: ServedDifference['before'], filter: Pick<Relation, 'rowFilter'>): GovernedRelation {
  return singleRead(table, [side, id], { ...todaysColumns(table), ...filter, files })
}

interface Reads { readonly table: VisibleTable; readonly relations: readonly GovernedRelation[]; readonly comparison: Comparison }

async function read({ process }: Lease, { table, relations, comparison: { limit, signal } }: Reads): Promise<Result<ComparedRows>> {
  const [before, after] = relations.map(({ relation }) => ({ schema: relation.schema, name: relation.name })) as [{ schema: string; name: string }, { schema: string; name: string }]
  const columns = table.columns.map((column) => column.name)
  const key = keyOf(table)
  const sql = differenceSql({ before, after, columns, key })
  const select = async (text: string, rows: number): Promise<Result<readonly (readonly Json[])[]>> => {
    const cursor = await process.open(text, { encoding: { kind: 'rows' }, signal })
    if (!cursor.ok) return cursor
    const found: (readonly Json[])[] = []
    try {
      for (let done = false; !done;) {
        const batch = await cursor.value.fetch(rows, { signal })
        if (!batch.ok) return batch
        found.push(...(JSON.parse(Buffer.from(batch.value.bytes).toString('utf8') || '[]') as Json[][]))
        done = batch.value.done
      }
      return ok(found)
    } finally {
      await cursor.value.close()
    }
  }
  const counted = await select(`SELECT change, count(*) FROM (${sql}) GROUP BY change`, CHANGES.length)
  if (!counted.ok) return counted
  const shown = await select(`SELECT change, before, after FROM (${sql}) ORDER BY change LIMIT ${Math.trunc(limit)}`, limit)
  if (!shown.ok) return shown
  const counts = new Map(counted.value.map(([change, count]) => [String(change), Number(count)]))
  const [added = 0, removed = 0, changed = 0] = CHANGES.map((change) => counts.get(change) ?? 0)
  const rows = shown.value.map(([change, was = null, is = null]) => ({ change: CHANGES.find((one) => one === change) ?? 'changed', ...(was !== null && { before: was }), ...(is !== null && { after: is }) }))
  return ok({ columns, key, added, removed, changed, rows })
}

/** The primary key, where the asker sees all of it as it is: masked, different rows would look like one. */
export function keyOf({ dataSet, columns }: VisibleTable): readonly string[] {
  const key = dataSet.columns.filter((column) => column.primaryKey === true).map((column) => column.name)
  return key.every((name) => columns.some((column) => column.name === name && column.mask === undefined)) ? key : []
}

export async function stillAllowed(authorizer: Authorizer, who: Who, { asker, comparison, standing }: { readonly asker: Asker; readonly comparison: Pick<Comparison, 'table'>; readonly standing: string }): Promise<Result<void>> {
  const now = await who()
  if (!now.ok) return now
  const allowed = await authorizer.authorize({ ...now.value, purpose: asker.purpose }, [comparison.table])
  if (!allowed.ok) return allowed
  const again = await standingOf(authorizer, allowed.value)
  if (!again.ok) return again
  return again.value === standing ? ok(undefined) : fail(messages['rights-changed']({ table: `${comparison.table.schema}.${comparison.table.name}` }))
}
