// Whether a change that was worked out on an older snapshot still holds on the one that it is to follow. What cannot be told
// apart from a conflict is one.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { DataFile, Lake, ManifestEntry, Predicate, Snapshot, SnapshotId, Table } from './types.ts'
import { ancestorsOf } from './refs.ts'
import { attachDeletes } from './attach-deletes.ts'
import { messages } from './messages.ts'
import { printTableName } from './table.ts'
import { pruningBy } from './pruning.ts'

/** What a change was worked out on. */
export interface Validation {
  /** The snapshot whose rows were read. Absent: there was none yet. */
  readonly from?: SnapshotId | undefined
  /** The rows that the change depends on. Absent: all. */
  readonly filter?: Predicate | undefined
  /** `serializable` (as it is without one) also refuses rows that came since and match; `snapshot` lets them be. */
  readonly level?: 'serializable' | 'snapshot' | undefined
}

/** What a change does, as far as others may stand in its way. */
export interface Effect {
  readonly removed: readonly ManifestEntry[]
  /** New delete files. */
  readonly deletes: readonly DataFile[]
  /** Rows are written anew, so a row that somebody else deleted meanwhile would come back. */
  readonly rewritesRows: boolean
  /** What replaces the removed files is as old as `from`, so that equality deletes that came since hold for it too. */
  readonly keepsAge: boolean
}

/** The snapshots of a line that came after one of it, or a conflict where the line does not hold it. */
export function snapshotsSince(table: Table, head: Snapshot | undefined, from: SnapshotId | undefined): Result<readonly Snapshot[]> {
  const line = head === undefined ? [] : ancestorsOf(table, head.id)
  if (from === undefined) return ok(line)
  const at = line.findIndex((s) => s.id === from)
  return at < 0 ? conflict(table, `the snapshot ${from} that it was made from is no part of it any more`) : ok(line.slice(0, at))
}

/** Checks a change against what came since the snapshot that it was made from. `live` is all that the head is made of. */
export function checkConflicts(lake: Lake, table: Table, live: readonly ManifestEntry[], since: readonly Snapshot[], effect: Effect, { from, filter, level = 'serializable' }: Validation): Result<void> {
  const referenced = checkReferences(table, live, since, effect)
  if (!referenced.ok || since.length === 0) return referenced
  const isNew = newcomers(since, from)
  const pruning = filter === undefined ? undefined : pruningBy(filter, table, table.schema)
  const matching = live.filter((entry) => isNew(entry) && (pruning?.file(entry) ?? true))
  const rows = matching.find((entry) => entry.content === 'data' && !isMoved(since, entry))
  if (level === 'serializable' && rows !== undefined) return conflict(table, `the snapshot ${rows.snapshotId} has added rows that it did not see, in ${rows.file.path}`)
  const deletes = live.filter((entry) => entry.content !== 'data' && isNew(entry) && !(effect.keepsAge && entry.content === 'equality-deletes'))
  const hit = deletes.length === 0 ? undefined : attachDeletes(lake, table, effect.removed.filter((e) => e.content === 'data'), deletes).find((file) => file.deletes.length > 0)
  if (hit !== undefined) return conflict(table, `rows of ${hit.file.path}, which it replaces, were deleted in the meantime`)
  const update = effect.rewritesRows && effect.deletes.length > 0 ? matching.find((entry) => entry.content !== 'data') : undefined
  return update === undefined ? ok(undefined) : conflict(table, `the snapshot ${update.snapshotId} has deleted rows that it may write again`)
}

/** Which files came since: all of them where there was no snapshot yet, also those of snapshots that have expired. */
export function newcomers(since: readonly Snapshot[], from: SnapshotId | undefined): (entry: ManifestEntry) => boolean {
  const ids = new Set(since.map((s) => s.id))
  return (entry) => from === undefined || ids.has(entry.snapshotId)
}

/** True where a file was added by compaction, which adds no rows. */
export const isMoved = (since: readonly Snapshot[], entry: ManifestEntry): boolean =>
  since.some((s) => s.id === entry.snapshotId && s.summary['operation'] === 'replace')

/** A delete of rows of a file that is gone deletes nothing: its rows may be in another file by now. */
function checkReferences(table: Table, live: readonly ManifestEntry[], since: readonly Snapshot[], { deletes }: Effect): Result<void> {
  const positions = deletes.filter((file) => file.content === 'position-deletes')
  if (positions.length === 0) return ok(undefined)
  const paths = new Set(live.filter((entry) => entry.content === 'data').map((entry) => entry.file.path))
  const lost = positions.find((file) => file.referencedDataFile !== undefined && !paths.has(file.referencedDataFile))
  if (lost !== undefined) return conflict(table, `${lost.referencedDataFile}, from which it deletes rows, is no part of it any more`)
  const moved = since.find((s) => s.summary['operation'] !== 'append')
  const vague = positions.find((file) => file.referencedDataFile === undefined)
  if (vague === undefined || moved === undefined) return ok(undefined)
  return conflict(table, `the snapshot ${moved.id} may have moved rows that ${vague.path} deletes`)
}

/** The files of that path that are there, or a conflict where one is not. */
export function entriesFor(table: Table, live: readonly ManifestEntry[], files: readonly Pick<DataFile, 'path'>[]): Result<readonly ManifestEntry[]> {
  const byPath = new Map(live.map((entry) => [entry.file.path, entry]))
  const found: ManifestEntry[] = []
  for (const { path } of files) {
    const entry = byPath.get(path)
    if (entry === undefined) return conflict(table, `${path}, which it replaces, is no part of it any more`)
    found.push(entry)
  }
  return ok(found)
}

export const conflict = (table: Table, why: string): Result<never> => fail(messages['change-conflict']({ table: printTableName(table.name), why }))
