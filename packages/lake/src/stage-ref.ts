// Branches and tags are made, moved and removed. No file of data is written: a name leads to another snapshot.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Lake, SnapshotId, SnapshotRef, StagedCommit, Table } from './types.ts'
import { ancestorsOf, checkRefName, MAIN, refOf, snapshotOfRef, withRef } from './refs.ts'
import { checkWritable, nextTime, writeMetadata } from './write-metadata.ts'
import { messages } from './messages.ts'
import { printTableName, snapshotOf } from './table.ts'

/** Stages a branch or tag as it is given; without one, its name is given up and its snapshots stay until they expire. */
export async function stageRef(lake: Lake, table: Table, name: string, ref: SnapshotRef | undefined): Promise<Result<StagedCommit>> {
  const before = refOf(table.metadata, name)
  if (ref === undefined) {
    if (name === MAIN) return fail(messages['main-needed']({ table: printTableName(table.name) }))
    const found = snapshotOfRef(table, name)
    if (!found.ok) return found
    const refs = Object.fromEntries(Object.entries(table.metadata.refs).filter(([other]) => other !== name))
    return stage(lake, table, () => ({ refs }))
  }
  const allowed = checkRef(table, name, ref)
  if (!allowed.ok) return allowed
  if (before !== undefined && before.type !== ref.type) return fail(messages['ref-kind']({ table: printTableName(table.name), ref: name, is: before.type, asked: ref.type }))
  return stage(lake, table, (time) => withRef(table.metadata, name, ref, time))
}

/** Stages that a branch follows another one: `to` gets the snapshots of `from`, and is refused where it would lose one of its own. */
export async function stageFastForward(lake: Lake, table: Table, { from, to = MAIN }: { readonly from: string; readonly to?: string }): Promise<Result<StagedCommit>> {
  const source = snapshotOfRef(table, from)
  if (!source.ok) return source
  const target = refOf(table.metadata, to)
  if (target?.type === 'tag') return fail(messages['ref-is-tag']({ table: printTableName(table.name), ref: to }))
  const named = target === undefined ? checkRefName(to) : ok(undefined)
  if (!named.ok) return named
  const head = target?.snapshotId
  if (head !== undefined && !ancestorsOf(table, source.value.id).some((s) => s.id === head)) {
    return fail(messages['branches-diverged']({ table: printTableName(table.name), from, to }))
  }
  return stage(lake, table, (time) => withRef(table.metadata, to, { ...target, type: 'branch', snapshotId: source.value.id }, time))
}

/** Stages that main is again an older snapshot of its own past. The newer ones stay until they expire. */
export async function stageRollback(lake: Lake, table: Table, snapshotId: SnapshotId): Promise<Result<StagedCommit>> {
  const found = snapshotOf(table, snapshotId)
  if (!found.ok) return found
  const { currentSnapshot } = table
  if (currentSnapshot === undefined || !ancestorsOf(table, currentSnapshot.id).some((s) => s.id === snapshotId)) {
    return fail(messages['not-an-ancestor']({ table: printTableName(table.name), snapshot: snapshotId }))
  }
  return stage(lake, table, (time) => withRef(table.metadata, MAIN, { ...refOf(table.metadata, MAIN), type: 'branch', snapshotId }, time))
}

async function stage(lake: Lake, table: Table, change: (time: number) => Partial<Table['metadata']>): Promise<Result<StagedCommit>> {
  const writable = checkWritable(table)
  if (!writable.ok) return writable
  const lastUpdated = nextTime(lake, table)
  return writeMetadata(lake, table, { ...change(lastUpdated), lastUpdated })
}

function checkRef(table: Table, name: string, ref: SnapshotRef): Result<void> {
  const named = checkRefName(name)
  if (!named.ok) return named
  const found = snapshotOf(table, ref.snapshotId)
  if (!found.ok) return found
  const problem = problemOf(name, ref)
  return problem === undefined ? ok(undefined) : fail(messages['bad-ref']({ table: printTableName(table.name), ref: name, problem }))
}

function problemOf(name: string, { type, minSnapshotsToKeep, maxSnapshotAgeMs, maxRefAgeMs }: SnapshotRef): string | undefined {
  if (name === MAIN && type === 'tag') return 'main is always a branch'
  if (name === MAIN && maxRefAgeMs !== undefined) return 'main never expires'
  if (type === 'tag' && (minSnapshotsToKeep !== undefined || maxSnapshotAgeMs !== undefined)) return 'a tag keeps its one snapshot, and may only have an age of its own'
  const wrong = [minSnapshotsToKeep, maxSnapshotAgeMs, maxRefAgeMs].find((n) => n !== undefined && !(Number.isSafeInteger(n) && n > 0))
  return wrong === undefined ? undefined : `${wrong} is no whole number above zero`
}
