// What every change of rows does: reads some files of a table in an engine process, writes rows anew, and brings the files
// home to where the table keeps its data. Nothing of the table changes here.

import { rm } from 'node:fs/promises'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { readRows } from '@tulle/engine'
import type { EngineProcess, Relation } from '@tulle/engine'
import type { DataFile, Lake, Scan, ScanFile, StagedCommit, Table, TableName } from '@tulle/lake'
import { commitWithRetry, loadTable, newDataPath } from '@tulle/lake'
import { quoteIdentifier } from '@tulle/sql'
import { dataFileOf, writeRows } from './write-rows.ts'
import type { WrittenRows } from './write-rows.ts'
import { tableRelation } from './relation.ts'
import { takeIn } from './sealed-files.ts'

/** An engine process that works for us alone, and the folders by which it and we hand files to each other. */
export interface RowWork {
  readonly lake: Lake
  readonly process: EngineProcess
  /** Puts a local file where the process can read it, and answers its path there. */
  readonly place: (file: string) => Promise<string>
  /** The process reads and writes here. */
  readonly folder: string
  readonly signal?: AbortSignal
}

/** What a change came to. Without a snapshot nothing had to change. */
export interface RowsChanged { readonly snapshotId?: string; readonly rowsRemoved: number; readonly rowsAdded: number }

export const sqlName = ({ schema, name }: Pick<Relation, 'schema' | 'name'>): string => `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`

export const columnList = (table: Table): string => table.schema.fields.map(({ name }) => quoteIdentifier(name)).join(', ')

/** The files as the relation that the table is, and further relations beside it. */
export async function showFiles({ lake, process, place }: RowWork, table: Table, scan: Scan, files: readonly ScanFile[], more: readonly Relation[] = [], rowNumber?: string): Promise<Result<Relation>> {
  const shown = await tableRelation(lake, table, { ...scan, files }, { place })
  if (!shown.ok) return shown
  const relation = ok({ ...shown.value, ...(rowNumber !== undefined && { rowNumber }) })
  const defined = await process.define([relation.value, ...more])
  return defined.ok ? relation : defined
}

/** Writes the rows of a query; what comes of it waits in the folder. */
export const writeQuery = ({ lake, process, folder, signal }: RowWork, table: Table, query: string): Promise<Result<readonly WrittenRows[]>> =>
  writeRows(process, table, { query, folder, name: lake.ids.uuid(), ...(signal !== undefined && { signal }) })

/** Takes written files into the table's folder. Files without rows are left out. */
export async function bringHome({ lake }: RowWork, table: Table, written: readonly WrittenRows[]): Promise<Result<readonly DataFile[]>> {
  const files: DataFile[] = []
  for (const one of written) {
    const taken = one.file.rows === 0 ? undefined : await takeIn(lake, table, one.file, newDataPath(lake, table))
    if (taken?.ok === false) return taken
    if (taken !== undefined) files.push(dataFileOf(table, { ...one, file: taken.value.file }, taken.value.address))
    await rm(one.file.path, { force: true })
  }
  return ok(files)
}

/** One number, the only value of a query. */
export async function countOf({ process, signal }: RowWork, query: string): Promise<Result<number>> {
  const rows = await readRows<readonly [number | string]>(process, query, { signal })
  return rows.ok ? ok(Number(rows.value[0]?.[0])) : rows
}

/** Which of the files have rows for which a condition holds. Each is looked at alone. */
export async function filesWith(work: RowWork, table: Table, scan: Scan, condition: string, more: readonly Relation[] = []): Promise<Result<{ readonly files: readonly ScanFile[]; readonly rows: number }>> {
  const files: ScanFile[] = []
  let rows = 0
  for (const file of scan.files) {
    const shown = await showFiles(work, table, scan, [file], more)
    if (!shown.ok) return shown
    const count = await countOf(work, `SELECT count(*) FROM ${sqlName(shown.value)} AS t WHERE ${condition}`)
    if (!count.ok) return count
    rows += count.value
    if (count.value > 0) files.push(file)
  }
  return ok({ files, rows })
}

/** How often a change is worked out anew when others have changed what it was made from. */
const TRIES = 10

/** What one try found to do; undefined: nothing. `stage` may be called on later states of the table, and refuses where it no longer holds. */
export interface Attempt { readonly stage: (table: Table) => Promise<Result<StagedCommit>>; readonly changed: Omit<RowsChanged, 'snapshotId'> }

/** Works a change out and commits it; works it out again where it conflicts with what came meanwhile. */
export async function changeRows({ lake }: RowWork, name: TableName, workOut: (table: Table) => Promise<Result<Attempt | undefined>>): Promise<Result<RowsChanged>> {
  for (let attempt = 1; ; attempt += 1) {
    const table = await loadTable(lake, name)
    if (!table.ok) return table
    const found = await workOut(table.value)
    if (!found.ok) return found
    if (found.value === undefined) return ok({ rowsRemoved: 0, rowsAdded: 0 })
    const { stage, changed } = found.value
    const committed = await commitWithRetry(lake, async () => {
      const now = await loadTable(lake, name)
      if (!now.ok) return now
      const staged = await stage(now.value)
      return staged.ok ? ok([staged.value]) : staged
    })
    if (committed.ok) return ok({ ...changed, snapshotId: committed.value[0]?.currentSnapshot?.id ?? '' })
    if (attempt === TRIES || committed.diagnostics[0]?.code !== 'change-conflict') return committed
  }
}
