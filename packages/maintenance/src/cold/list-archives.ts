// What lies in the cold store, data set by data set, as the archives' own files say.

import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Diagnostic, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { DataFile, Table } from '@tulle/lake'
import { compareValues, loadTable, planScan, valueOfBytes } from '@tulle/lake'
import { readProductDefinition } from '@tulle/providers'
import type { Database } from '@tulle/store'
import { printValue } from '@tulle/tables'
import type { Archive, ColdLake, ColdStore, ExemptRows, RowMove, WarmTable } from './types.ts'

/** Every table that has an archive, under the name that it has now. */
export async function coldTables(db: Kysely<Database>): Promise<readonly (WarmTable & { readonly isEnded: boolean; readonly endedAt?: string })[]> {
  const { rows } = await sql<{ uuid: string; namespace: string; name: string; ended: Date | null }>`
    select c.table_uuid as uuid, coalesce(p.namespace, c.product) as namespace, coalesce(p.name, c.data_set) as name, c.ended_at as ended
    from cold_table c left join table_pointer p on p.uuid = c.table_uuid order by 2, 3`.execute(db)
  return rows.map(({ uuid, namespace, name, ended }) => ({ uuid, name: { namespace, name }, isEnded: ended !== null, ...(ended !== null && { endedAt: ended.toISOString() }) }))
}

/** One that cannot be read is told with what is known of it without, and why. */
export async function listArchives({ db, cold, now, product: only }: { readonly db: Kysely<Database>; readonly cold: ColdStore; readonly now: number; readonly product?: string | undefined }): Promise<{ readonly archives: readonly Archive[]; readonly diagnostics: readonly Diagnostic[] }> {
  const archives: Archive[] = []
  const diagnostics: Diagnostic[] = []
  for (const warm of await coldTables(db)) {
    const { uuid, name: { namespace: product, name: dataSet }, endedAt } = warm
    if (only !== undefined && product !== only) continue
    const [moves, exempt] = [await movesOf(db, uuid), await exemptOf(db, uuid, now)]
    const found = await cold.lakeOf(warm)
    const read = found.ok ? await readArchive(found.value) : found
    diagnostics.push(...read.diagnostics)
    if (!read.ok) {
      archives.push({ tableUuid: uuid, product, dataSet, rows: 0, bytes: 0, files: 0, isRead: false, exempt, moves, ...(endedAt !== undefined && { endedAt }) })
      continue
    }
    const { table, files } = read.value
    const definition = await readProductDefinition(db, product)
    const column = definition.ok ? definition.value.product.dataSets.find((one) => one.name === dataSet)?.contract?.retention?.column : undefined
    const total = (member: 'rows' | 'bytes'): number => files.reduce((sum, file) => sum + file[member], 0)
    archives.push({ tableUuid: uuid, product, dataSet, rows: total('rows'), bytes: total('bytes'), files: files.length, isRead: true, exempt, moves, ...(endedAt !== undefined && { endedAt }), ...(column !== undefined && { column, ...rangeOf(table, files, column) }) })
  }
  return { archives, diagnostics: diagnostics.filter(({ code }, i) => diagnostics.findIndex((other) => other.code === code) === i) }
}

async function readArchive({ lake, archive }: ColdLake): Promise<Result<{ readonly table: Table; readonly files: readonly DataFile[] }>> {
  const table = await loadTable(lake, archive)
  const scan = table.ok ? await planScan(lake, table.value) : table
  return table.ok && scan.ok ? ok({ table: table.value, files: scan.value.files.map(({ file }) => file) }) : (scan as Result<never>)
}

/** By the bounds that the files have. */
function rangeOf({ schema }: Table, files: readonly DataFile[], column: string): { readonly oldest?: string; readonly newest?: string } {
  const field = schema.fields.find(({ name }) => name === column)
  if (field === undefined || typeof field.type !== 'string') return {}
  const { id, type } = field
  const ends = (bounds: 'lowerBounds' | 'upperBounds') => files.flatMap((file) => {
    const bytes = file[bounds]?.get(id)
    const value = bytes === undefined ? undefined : valueOfBytes(type, bytes)
    return value === undefined ? [] : [value]
  }).toSorted(compareValues)
  const [oldest, newest] = [ends('lowerBounds')[0], ends('upperBounds').at(-1)]
  return { ...(oldest !== undefined && { oldest: printValue(type, oldest) }), ...(newest !== undefined && { newest: printValue(type, newest) }) }
}

/** Of one table, so many of the newest are told. */
const MOST_MOVES = 50

async function movesOf(db: Kysely<Database>, tableUuid: string): Promise<readonly RowMove[]> {
  const rows = await db.selectFrom('row_move').selectAll().where('table_uuid', '=', tableUuid).orderBy('id', 'desc').limit(MOST_MOVES).execute()
  return rows.map((row) => ({
    id: row.id, action: row.action, rows: Number(row.rows), bytes: Number(row.bytes), at: row.at.toISOString(), by: row.by,
    ...(row.contract_version !== null && { contractVersion: row.contract_version }), ...(row.from_snapshot !== null && { fromSnapshot: row.from_snapshot }), ...(row.to_snapshot !== null && { toSnapshot: row.to_snapshot }),
    ...(row.kept_until !== null && { keptUntil: row.kept_until.toISOString() }), ...(row.kept_from !== null && { from: row.kept_from }), ...(row.kept_to !== null && { to: row.kept_to }),
  }))
}

/** Ranges of rows that came back, which the contract does not take again yet. */
async function exemptOf(db: Kysely<Database>, tableUuid: string, now: number): Promise<readonly ExemptRows[]> {
  const rows = await db.selectFrom('row_move').select(['kept_from', 'kept_to', 'kept_until', 'rows', 'by']).where('table_uuid', '=', tableUuid).where('action', '=', 'restored').where('kept_until', '>', new Date(now)).orderBy('kept_until', 'desc').limit(MOST_MOVES).execute()
  return rows.map(({ kept_from: from, kept_to: to, kept_until: until, rows: n, by }) => ({ rows: Number(n), by, until: (until ?? new Date(now)).toISOString(), ...(from !== null && { from }), ...(to !== null && { to }) }))
}
