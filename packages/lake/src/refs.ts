// Branches and tags of a table: what they name, and a table's metadata with one of them moved.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Snapshot, SnapshotId, SnapshotRef, Table, TableMetadata } from './types.ts'
import { messages } from './messages.ts'
import { printTableName, snapshotOf } from './table.ts'

/** The branch that readers read when they name none. */
export const MAIN = 'main'

/** The branch or tag of that name. Names are anybody's, so `constructor` must find nothing that is not there. */
export const refOf = ({ refs }: Pick<TableMetadata, 'refs'>, name: string): SnapshotRef | undefined => (Object.hasOwn(refs, name) ? refs[name] : undefined)

/** The snapshot that a branch or tag names, or `ref-missing`. */
export function snapshotOfRef(table: Table, name: string): Result<Snapshot> {
  const ref = refOf(table.metadata, name)
  if (ref !== undefined) return snapshotOf(table, ref.snapshotId)
  return fail(messages['ref-missing']({ table: printTableName(table.name), ref: name, known: Object.keys(table.metadata.refs) }))
}

/**
 * The snapshot that the next one of a branch follows: the branch's own, or main's where there is no such branch yet, so that
 * it begins there. A tag is refused, because it never moves.
 */
export function headOf(table: Table, branch: string): Result<Snapshot | undefined> {
  const ref = refOf(table.metadata, branch)
  if (ref?.type === 'tag') return fail(messages['ref-is-tag']({ table: printTableName(table.name), ref: branch }))
  if (branch === MAIN || ref === undefined) return ok(table.currentSnapshot)
  return snapshotOf(table, ref.snapshotId)
}

/** A snapshot and those it was made from, newest first, as far back as the table still has them. */
export function ancestorsOf(table: Table, snapshotId: SnapshotId): readonly Snapshot[] {
  const byId = new Map(table.snapshots.map((s) => [s.id, s]))
  const line: Snapshot[] = []
  for (let at = byId.get(snapshotId); at !== undefined; at = at.parentId === undefined ? undefined : byId.get(at.parentId)) {
    line.push(at)
    // A forged table may name itself as its own ancestor.
    byId.delete(at.id)
  }
  return line
}

/** What changes in the metadata where a branch or tag names another snapshot. Only main has a log, and is the current snapshot. */
export function withRef(metadata: TableMetadata, name: string, ref: SnapshotRef, time: number): Partial<TableMetadata> {
  const refs = { ...metadata.refs, [name]: ref }
  if (name !== MAIN || ref.snapshotId === metadata.currentSnapshotId) return { refs }
  return { refs, currentSnapshotId: ref.snapshotId, snapshotLog: [...metadata.snapshotLog, { snapshotId: ref.snapshotId, timestamp: time }] }
}

/** Refuses names that other tools could not write down, or would take for a snapshot's id. */
export function checkRefName(name: string): Result<void> {
  const problem = problemOf(name)
  return problem === undefined ? ok(undefined) : fail(messages['bad-ref-name']({ ref: name.slice(0, 100), problem }))
}

function problemOf(name: string): string | undefined {
  if (name.trim() === '') return 'it is empty'
  if (name !== name.trim()) return 'it begins or ends with a space'
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name)) return 'it holds a character that cannot be seen'
  if (!name.isWellFormed()) return 'it is not Unicode'
  if (Buffer.byteLength(name) > 255) return 'it is longer than 255 bytes'
  if (/^-?\d+$/u.test(name)) return 'it would be taken for a snapshot id'
  return undefined
}
