// The counts in a snapshot's summary, as the specification names them and other tools show them.

import type { DataFile, Snapshot } from './types.ts'
import { partitionKey } from './partition-key.ts'

export interface Summarized {
  readonly parent: Snapshot | undefined
  readonly operation: 'append' | 'overwrite' | 'delete' | 'replace'
  /** The writer's own words; it cannot forge the format's. */
  readonly summary?: Readonly<Record<string, string>>
  readonly added: readonly DataFile[]
  readonly removed: readonly DataFile[]
}

const TOTALS = ['total-data-files', 'total-records', 'total-files-size', 'total-delete-files', 'total-position-deletes', 'total-equality-deletes'] as const

/** Counts of nothing are left out. Totals follow from the parent's, and are left out where the parent has none. */
export function summaryOf({ parent, operation, summary, added, removed }: Summarized, defaultSpecId: number): Readonly<Record<string, string>> {
  const [more, less] = [countsOf(added), countsOf(removed)]
  const changed = new Set([...added, ...removed].map((file) => partitionKey(file, defaultSpecId)))
  const counts = {
    'deleted-data-files': less.files, 'deleted-records': less.rows, 'removed-files-size': less.bytes,
    'added-delete-files': more.deleteFiles, 'added-position-delete-files': more.positionFiles, 'added-position-deletes': more.positions,
    'added-equality-delete-files': more.equalityFiles, 'added-equality-deletes': more.equalities,
    'removed-delete-files': less.deleteFiles, 'removed-position-delete-files': less.positionFiles, 'removed-position-deletes': less.positions,
    'removed-equality-delete-files': less.equalityFiles, 'removed-equality-deletes': less.equalities,
    'changed-partition-count': changed.size,
  }
  const changes = [
    more.files - less.files, more.rows - less.rows, more.bytes - less.bytes, more.deleteFiles - less.deleteFiles, more.positions - less.positions, more.equalities - less.equalities,
  ]
  return {
    ...summary,
    operation,
    'added-data-files': String(more.files), 'added-records': String(more.rows), 'added-files-size': String(more.bytes),
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0).map(([key, count]) => [key, String(count)])),
    ...Object.fromEntries(TOTALS.flatMap((key, i) => {
      const before = parent === undefined ? '0' : parent.summary[key]
      const after = Number(before ?? Number.NaN) + (changes[i] ?? 0)
      return Number.isSafeInteger(after) && after >= 0 ? [[key, String(after)] as const] : []
    })),
  }
}

function countsOf(files: readonly DataFile[]): Readonly<Record<'files' | 'rows' | 'bytes' | 'deleteFiles' | 'positionFiles' | 'positions' | 'equalityFiles' | 'equalities', number>> {
  const rowsOf = (some: readonly DataFile[]): number => some.reduce((sum, file) => sum + file.rows, 0)
  const of = (content: DataFile['content']): readonly DataFile[] => files.filter((file) => (file.content ?? 'data') === content)
  const [data, positions, equalities] = [of('data'), of('position-deletes'), of('equality-deletes')]
  return {
    files: data.length, rows: rowsOf(data), bytes: files.reduce((sum, file) => sum + file.bytes, 0), deleteFiles: positions.length + equalities.length,
    positionFiles: positions.length, positions: rowsOf(positions), equalityFiles: equalities.length, equalities: rowsOf(equalities),
  }
}
