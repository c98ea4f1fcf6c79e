// New rows in place of those that were in the same partitions.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { DataFile, Lake, ManifestEntry, Snapshot, StagedCommit, Table } from './types.ts'
import type { NewData } from './stage-snapshot.ts'
import type { Validation } from './check-conflicts.ts'
import { conflict, isMoved, newcomers, snapshotsSince } from './check-conflicts.ts'
import { contentsOf, withoutEntries } from './snapshot-contents.ts'
import { headOf, MAIN } from './refs.ts'
import { liveEntries } from './live-entries.ts'
import { partitionKey } from './partition-key.ts'
import { writeSnapshot } from './write-snapshot.ts'

/**
 * Stages a snapshot in which the partitions of the new files hold nothing but them. Files of other specs stay, as their
 * partitions are others. `change-conflict` where those partitions have changed since `validate.from`.
 */
export async function stageOverwritePartitions(lake: Lake, table: Table, { files, validate, ...change }: NewData & { readonly validate?: Validation }): Promise<Result<StagedCommit>> {
  const parent = headOf(table, change.branch ?? MAIN)
  if (!parent.ok) return parent
  const contents = await contentsOf(lake, table, parent.value)
  if (!contents.ok) return contents
  const keys = new Set(files.map((file) => partitionKey(file, table.metadata.defaultSpecId)))
  const isReplaced = ({ file }: { readonly file: DataFile }): boolean => keys.has(partitionKey(file, table.metadata.defaultSpecId))
  const live = contents.value.flatMap((c) => c.entries)
  if (validate !== undefined) {
    const free = await checkPartitions(lake, table, { parent: parent.value, live, isReplaced, validate })
    if (!free.ok) return free
  }
  return writeSnapshot(lake, table, {
    ...change, parent: parent.value, operation: 'overwrite', added: files, ...withoutEntries(contents.value, new Set(live.filter(isReplaced))),
  })
}

interface Check { readonly parent: Snapshot | undefined; readonly live: readonly ManifestEntry[]; readonly isReplaced: (entry: ManifestEntry) => boolean; readonly validate: Validation }

async function checkPartitions(lake: Lake, table: Table, { parent, live, isReplaced, validate: { from, level = 'serializable' } }: Check): Promise<Result<void>> {
  const since = snapshotsSince(table, parent, from)
  if (!since.ok || since.value.length === 0) return since.ok ? ok(undefined) : since
  const isNew = newcomers(since.value, from)
  const added = live.find((e) => isReplaced(e) && isNew(e) && !isMoved(since.value, e) && (level === 'serializable' || e.content !== 'data'))
  if (added !== undefined) return conflict(table, `the snapshot ${added.snapshotId} has changed a partition that it replaces`)
  const before = from === undefined ? ok([]) : await liveEntries(lake, table, from)
  if (!before.ok) return before
  const paths = new Set(live.map((e) => e.file.path))
  const lost = before.value.find((e) => e.content === 'data' && isReplaced(e) && !paths.has(e.file.path))
  // Compaction takes files away and no rows.
  const remover = since.value.find((s) => s.summary['operation'] === 'overwrite' || s.summary['operation'] === 'delete')
  return lost === undefined || remover === undefined ? ok(undefined) : conflict(table, `${lost.file.path}, which it replaces, is no part of it any more`)
}
