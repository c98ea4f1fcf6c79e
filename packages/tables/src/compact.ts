// Small files of a partition, and files with deleted rows, to few files of a good size with the same rows.

import type { Result } from '@tulle/kernel'
import { Bug, ok } from '@tulle/kernel'
import type { DataFile, Scan, ScanFile, Table, TableName } from '@tulle/lake'
import { loadTable, planScan, printTableName, stageReplace } from '@tulle/lake'
import type { RowsChanged, RowWork } from './row-work.ts'
import { bringHome, changeRows, columnList, countOf, showFiles, sqlName, writeQuery } from './row-work.ts'

export interface CompactionOptions {
  /** Bytes of a file that is left alone. */
  readonly targetBytes: number
  /** Fewer files of one partition than this are not worth it, unless rows of them are deleted. */
  readonly minFiles?: number
  /** Reads no more than this in one go; what is left is for the next time. */
  readonly maxBytes?: number
}

const MIN_FILES = 5
const MAX_BYTES = 4 * 1024 ** 3
/** A file that is nearly as large as it should be is not touched. */
const LARGE_ENOUGH = 0.75

/** The files that compaction would bring together, each group into one file or a few. Pure. */
export function compactionGroups({ files }: Pick<Scan, 'files'>, { targetBytes, minFiles = MIN_FILES, maxBytes = MAX_BYTES }: CompactionOptions): readonly (readonly ScanFile[])[] {
  const groups: (readonly ScanFile[])[] = []
  let bytes = 0
  for (const partition of Map.groupBy(files, partitionOf).values()) {
    const small = partition.filter(({ file, deletes }) => file.bytes < targetBytes * LARGE_ENOUGH || deletes.length > 0)
    for (const bin of binsOf(small, targetBytes)) {
      const size = bin.reduce((sum, { file }) => sum + file.bytes, 0)
      const isWorthIt = bin.length >= Math.max(2, minFiles) || bin.some(({ deletes }) => deletes.length > 0)
      if (!isWorthIt || bytes + size > maxBytes) continue
      bytes += size
      groups.push(bin)
    }
  }
  return groups
}

/** What `compact` would bring together now. */
export async function foreseeCompaction({ lake }: Pick<RowWork, 'lake'>, name: TableName, options: CompactionOptions): Promise<Result<readonly ScanFile[]>> {
  const table = await loadTable(lake, name)
  const scan = table.ok ? await planScan(lake, table.value) : table
  return scan.ok ? ok(compactionGroups(scan.value, options).flat()) : scan
}

/** Commits other files with the same rows. Sorted as the table is; deletes that held are applied. */
export function compact(work: RowWork, name: TableName, options: CompactionOptions): Promise<Result<RowsChanged & { readonly files: readonly ScanFile[] }>> {
  let files: readonly ScanFile[] = []
  const changed = changeRows(work, name, async (table) => {
    const scan = await planScan(work.lake, table)
    if (!scan.ok) return scan
    const { snapshot } = scan.value
    const groups = compactionGroups(scan.value, options)
    files = groups.flat()
    if (snapshot === undefined || groups.length === 0) return ok(undefined)
    const added: DataFile[] = []
    for (const group of groups) {
      const rewritten = await rewrite(work, table, scan.value, group)
      if (!rewritten.ok) return rewritten
      added.push(...rewritten.value)
    }
    const removed = files.map(({ file }) => file)
    return ok({ changed: { rowsRemoved: 0, rowsAdded: 0 }, stage: (now) => stageReplace(work.lake, now, { removed, added, from: snapshot.id }) })
  })
  return changed.then((done) => (done.ok ? ok({ ...done.value, files: done.value.snapshotId === undefined ? [] : files }) : done))
}

async function rewrite(work: RowWork, table: Table, scan: Scan, group: readonly ScanFile[]): ReturnType<typeof bringHome> {
  const shown = await showFiles(work, table, scan, group)
  if (!shown.ok) return shown
  const live = await countOf(work, `SELECT count(*) FROM ${sqlName(shown.value)}`)
  if (!live.ok) return live
  const written = await writeQuery(work, table, `SELECT ${columnList(table)} FROM ${sqlName(shown.value)}`)
  if (!written.ok) return written
  const rows = written.value.reduce((sum, { file }) => sum + file.rows, 0)
  if (rows !== live.value) throw new Bug(`compaction of ${printTableName(table.name)} read ${live.value} rows and wrote ${rows}.`)
  return bringHome(work, table, written.value)
}

const partitionOf = ({ file }: ScanFile): string =>
  JSON.stringify([file.specId, ...(file.partition ?? []).map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value)))])

/** First fit, largest first. */
function binsOf(files: readonly ScanFile[], targetBytes: number): readonly (readonly ScanFile[])[] {
  const bins: { bytes: number; readonly files: ScanFile[] }[] = []
  for (const file of files.toSorted((a, b) => b.file.bytes - a.file.bytes)) {
    const bin = bins.find(({ bytes }) => bytes + file.file.bytes <= targetBytes)
    if (bin === undefined) bins.push({ bytes: file.file.bytes, files: [file] })
    else {
      bin.bytes += file.file.bytes
      bin.files.push(file)
    }
  }
  return bins.map((bin) => bin.files)
}
