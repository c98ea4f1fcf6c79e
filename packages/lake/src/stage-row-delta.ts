// A change of rows: new files, files with the deletes of rows, and files that go because their rows are written anew or gone.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { DataFile, Lake, ManifestEntry, SnapshotId, StagedCommit, Table } from './types.ts'
import type { Effect, Validation } from './check-conflicts.ts'
import { attachDeletes } from './attach-deletes.ts'
import { checkConflicts, entriesFor, snapshotsSince } from './check-conflicts.ts'
import { contentsOf, withoutEntries } from './snapshot-contents.ts'
import { headOf, MAIN } from './refs.ts'
import { messages } from './messages.ts'
import { snapshotOf } from './table.ts'
import { walkFields } from './walk-fields.ts'
import { writeSnapshot } from './write-snapshot.ts'

export interface RowDelta {
  readonly added?: readonly DataFile[]
  /** New position or equality delete files. */
  readonly deletes?: readonly DataFile[]
  /** Data or delete files that go. */
  readonly removed?: readonly Pick<DataFile, 'path'>[]
  readonly branch?: string
  readonly summary?: Readonly<Record<string, string>>
  /** Without it the change counts as made from the branch as it is now, so a change that is staged again must give it. */
  readonly validate?: Validation
}

/**
 * Stages rows added, deleted or rewritten. `change-conflict` where others have changed in the meantime what it was made from:
 * it must then be worked out again. Every retry that stages it anew checks it anew.
 */
export async function stageRowDelta(lake: Lake, table: Table, { added = [], deletes = [], removed = [], branch, summary, validate }: RowDelta): Promise<Result<StagedCommit>> {
  const allowed = checkContent(table, added, deletes)
  if (!allowed.ok) return allowed
  const operation = deletes.length + removed.length === 0 ? 'append' : added.length === 0 ? 'delete' : 'overwrite'
  return stageChange(lake, table, { added, deletes, removed, branch, summary, validate, operation, rewritesRows: added.length > 0 })
}

export interface Replacement {
  readonly removed: readonly Pick<DataFile, 'path'>[]
  /** The same rows, with every delete applied that held for them in `from`. */
  readonly added: readonly DataFile[]
  /** The snapshot whose files were read. Position deletes of their rows that came since are a conflict. */
  readonly from: SnapshotId
  readonly branch?: string
  readonly summary?: Readonly<Record<string, string>>
}

/**
 * Stages other files with the same rows, as compaction does. They are as old as `from`, so that equality deletes that came
 * since hold for them too.
 */
export async function stageReplace(lake: Lake, table: Table, { removed, added, from, branch, summary }: Replacement): Promise<Result<StagedCommit>> {
  const allowed = checkContent(table, added, [])
  if (!allowed.ok) return allowed
  const read = snapshotOf(table, from)
  if (!read.ok) return read
  return stageChange(lake, table, {
    added, deletes: [], removed, branch, summary, validate: { from, level: 'snapshot' }, operation: 'replace', rewritesRows: true, sequenceNumber: read.value.sequenceNumber,
  })
}

interface FileChange extends Pick<Effect, 'rewritesRows'> {
  readonly added: readonly DataFile[]
  readonly deletes: readonly DataFile[]
  readonly removed: readonly Pick<DataFile, 'path'>[]
  readonly branch: string | undefined
  readonly summary: Readonly<Record<string, string>> | undefined
  readonly validate: Validation | undefined
  readonly operation: 'append' | 'overwrite' | 'delete' | 'replace'
  readonly sequenceNumber?: number | undefined
}

async function stageChange(lake: Lake, table: Table, change: FileChange): Promise<Result<StagedCommit>> {
  const parent = headOf(table, change.branch ?? MAIN)
  if (!parent.ok) return parent
  const since = change.validate === undefined ? ok([]) : snapshotsSince(table, parent.value, change.validate.from)
  if (!since.ok) return since
  const contents = await contentsOf(lake, table, parent.value)
  if (!contents.ok) return contents
  const live = contents.value.flatMap((c) => c.entries)
  const removed = entriesFor(table, live, change.removed)
  if (!removed.ok) return removed
  const effect: Effect = { removed: removed.value, deletes: change.deletes, rewritesRows: change.rewritesRows, keepsAge: change.sequenceNumber !== undefined }
  const free = checkConflicts(lake, table, live, since.value, effect, change.validate ?? {})
  if (!free.ok) return free
  const gone = new Set(removed.value)
  for (const entry of danglingDeletes(lake, table, live.filter((e) => !gone.has(e)), change)) gone.add(entry)
  return writeSnapshot(lake, table, { ...change, parent: parent.value, added: [...change.added, ...change.deletes], ...withoutEntries(contents.value, gone) })
}

/** Delete files that hold for no file any more once others are gone. */
function danglingDeletes(lake: Lake, table: Table, live: readonly ManifestEntry[], { removed, added, sequenceNumber }: FileChange): readonly ManifestEntry[] {
  const [data, deletes] = [live.filter((e) => e.content === 'data'), live.filter((e) => e.content !== 'data')]
  if (removed.length === 0 || deletes.length === 0) return []
  const old = sequenceNumber === undefined ? [] : added.map((file) => ({ sequenceNumber, file: { ...file, specId: file.specId ?? table.metadata.defaultSpecId } }))
  const held = attachDeletes(lake, table, [...data, ...old], deletes)
  const needed = new Set(held.flatMap((file) => file.deletes))
  return deletes.filter((entry) => !needed.has(entry.file))
}

/** Refuses rows among the deletes, deletes among the rows, and equality deletes that compare no column of the table. */
function checkContent(table: Table, added: readonly DataFile[], deletes: readonly DataFile[]): Result<void> {
  const wrong = added.find((file) => (file.content ?? 'data') !== 'data') ?? deletes.find((file) => (file.content ?? 'data') === 'data')
  if (wrong !== undefined) return fail(messages['file-content']({ file: wrong.path, problem: `it is added as ${added.includes(wrong) ? 'rows' : 'deletes'}, but is of ${wrong.content ?? 'data'}` }))
  const columns = new Set([...walkFields(table.schema)].map((f) => f.id))
  const blind = deletes.find(({ content, equalityIds = [] }) => content === 'equality-deletes' && (equalityIds.length === 0 || !equalityIds.every((id) => columns.has(id))))
  return blind === undefined ? ok(undefined) : fail(messages['file-content']({ file: blind.path, problem: 'it deletes by columns that the table does not have' }))
}
