// The rows of a query to Parquet files of a data set, waiting in the run's folder. Nobody sees them until they are published.

import { access, open, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Relation } from '@tulle/engine'
import type { Field, Lake, SnapshotId, Table } from '@tulle/lake'
import { loadTable, schemaAt } from '@tulle/lake'
import type { WrittenRows } from '@tulle/tables'
import { writeRows } from '@tulle/tables'
import type { IngestedPort, RunFolders, Session, Snapshots, StagedFile, Target, Workshop } from './types.ts'
import { withoutSuppressed } from './leave-out.ts'
import { relationAt } from './pin-inputs.ts'

/** Writes the rows as the table is partitioned and sorted, or in the query's order. Written again, it replaces what an earlier try left. */
export async function writeDataSet(workshop: Pick<Workshop, 'lake' | 'suppression'>, session: Session, { target, query, signal, name: given }: { readonly target: Target; readonly query: string; readonly signal: AbortSignal; readonly name?: string }): Promise<Result<readonly StagedFile[]>> {
  const table = await loadTable(workshop.lake, target.table.name)
  if (!table.ok) return table
  const fields = fieldsOf(table.value, target)
  if (!fields.ok) return fields
  const written = await writeRows(session.process, table.value, { query: await withoutSuppressed(workshop, target, query), fields: fields.value, folder: session.outFolder, name: given ?? target.dataSet.name, signal })
  if (!written.ok) return written
  const staged: StagedFile[] = []
  for (const rows of written.value) {
    const name = basename(rows.file.path)
    await writeFacts(session, name, rows)
    staged.push({ name, rows: rows.file.rows, bytes: rows.file.bytes })
  }
  return ok(staged)
}

/** What the engine said of a staged file; undefined where the file is not there any more. */
export async function readFacts({ outFolder, factsFolder }: RunFolders, { name }: StagedFile): Promise<WrittenRows | undefined> {
  try {
    await access(join(outFolder, name))
    return JSON.parse(await readFile(join(factsFolder, `${name}.json`), 'utf8')) as WrittenRows
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

export async function writeFacts({ factsFolder }: Pick<Session, 'factsFolder'>, name: string, facts: WrittenRows): Promise<void> {
  await using file = await open(join(factsFolder, `${name}.json`), 'w', 0o600)
  await file.writeFile(JSON.stringify(facts))
  // The step's end is kept durably, so what it refers to must be as durable.
  await file.sync()
}

/** The version that the staged files of a data set are added to; undefined where they are all of it. */
export function baseOf(ports: readonly IngestedPort[], { dataSet }: Target, bases: Snapshots = {}): SnapshotId | undefined {
  if (dataSet.model !== undefined) return bases[dataSet.name]
  const drawn = ports.find(({ port }) => port === dataSet.from)?.drawn
  return drawn?.mode === 'append' ? drawn.base?.snapshot : undefined
}

/** A data set that this run has staged, on top of `base`, as a relation of its own engine process. */
export async function relationOfStaged(lake: Lake, session: Session, target: Target, staged: readonly StagedFile[], base?: SnapshotId): Promise<Result<Relation>> {
  const table = await loadTable(lake, target.table.name)
  if (!table.ok) return table
  const fields = fieldsOf(table.value, target)
  if (!fields.ok) return fields
  const columns = fields.value.map(({ id, name, type }) => ({ name, type, fieldId: id }))
  const below = base === undefined ? ok(undefined) : await relationAt(lake, { product: target.table.name.namespace, dataSet: target.table.name.name, snapshot: base }, session.inFolder)
  if (!below.ok) return below
  const files = [...(below.value?.files ?? []), ...staged.map((file) => ({ path: join(session.outFolder, file.name) }))]
  return ok({ schema: target.table.name.namespace, name: target.table.name.name, columns, files })
}

/** The columns of the table that the contract promises. */
function fieldsOf(table: Table, { contract, asOf }: Target): Result<readonly Field[]> {
  const schema = schemaAt(table, asOf)
  const promised = new Set(contract.columns.map((column) => column.name))
  return schema.ok ? ok(schema.value.fields.filter((field) => promised.has(field.name))) : schema
}

export const rowsOf = (files: readonly StagedFile[]): number => files.reduce((sum, file) => sum + file.rows, 0)
