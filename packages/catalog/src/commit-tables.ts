// Changes to what the lake holds: required, applied, checked, written, and then swapped, all tables at once. A reader sees
// all of a commit or nothing, and a commit whose outcome is unknown is said to be so and never repeated here.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { checkInside, checkSnapshot, checkWritable, commit, loadTable, parseMetadata, printMetadata, printTableName, tableOf, writeMetadata } from '@tulle/lake'
import type { ExactJson, StagedCommit, Table, TableMetadata, TableName } from '@tulle/lake'
import { applyUpdates, emptyMetadata } from './apply-updates.ts'
import { checkLocation, newLocation } from './locations.ts'
import { checkRequirements } from './check-requirements.ts'
import { mayManage, mayWrite, tableMissing } from './rights.ts'
import { messages } from './messages.ts'
import type { Call } from './types.ts'
import type { TableChange, TableUpdate } from './parse-commit.ts'

export interface NamedChange extends TableChange { readonly name: TableName }

const ATTEMPTS = 20

/**
 * Commits changes to several tables at once. Rights are asked for each of them first. What others committed meanwhile is
 * no conflict as long as everything that the commit requires still holds.
 */
export async function commitTables(call: Call, changes: readonly NamedChange[]): Promise<Result<readonly Table[]>> {
  const names = changes.map((change) => printTableName(change.name))
  if (new Set(names).size < names.length) return fail(messages['catalog-request-invalid']({ problem: 'A commit names each table once.' }))
  const rights: ('governed' | 'free')[] = []
  for (const change of changes) {
    const allowed = await mayWrite(call, change.name)
    if (!allowed.ok) return allowed
    rights.push(allowed.value)
  }
  const { lake } = call.room
  for (let attempt = 1; ; attempt += 1) {
    const staged: StagedCommit[] = []
    for (const [i, change] of changes.entries()) {
      const one = await stageChange(call, change, rights[i] === 'governed')
      if (!one.ok) return one
      staged.push(one.value)
    }
    const done = await commit(lake, staged)
    // A commit that may have happened is not repeated: its requirements would fail against itself.
    if (done.ok || done.diagnostics[0]?.code !== 'commit-conflict' || attempt === ATTEMPTS) return done
    await lake.clock.sleep(Math.min(500, 5 * 2 ** attempt))
  }
}

async function stageChange(call: Call, { name, requirements, updates }: NamedChange, isGoverned: boolean): Promise<Result<StagedCommit>> {
  const { lake } = call.room
  const base = await lake.catalog.find(name)
  const table = base === undefined ? undefined : await loadTable(lake, name)
  if (table?.ok === false) return table
  if (table === undefined && !requirements.some((r) => r.type === 'assert-create')) return fail(tableMissing(name))
  const held = checkRequirements(name, table?.value, requirements)
  if (!held.ok) return held
  return table === undefined ? stageNew(call, name, updates) : stageOn(call, table.value, updates, isGoverned)
}

async function stageOn(call: Call, table: Table, updates: readonly TableUpdate[], isGoverned: boolean): Promise<Result<StagedCommit>> {
  const { lake } = call.room
  const writable = checkWritable(table)
  if (!writable.ok) return writable
  const applied = applyUpdates(table.metadata, updates, { now: lake.clock.now(), isNew: false })
  if (!applied.ok) return applied
  const { schemas, partitionSpecs, sortOrders } = table.metadata
  const shape = [applied.value.schemas, applied.value.currentSchemaId, applied.value.partitionSpecs, applied.value.defaultSpecId, applied.value.sortOrders, applied.value.defaultSortOrderId]
  const was = [schemas, table.metadata.currentSchemaId, partitionSpecs, table.metadata.defaultSpecId, sortOrders, table.metadata.defaultSortOrderId]
  if (isGoverned && JSON.stringify(shape) !== JSON.stringify(was)) return fail(messages['declared-elsewhere']({ what: `The shape of ${printTableName(table.name)}` }))
  const checked = await checkMetadata(call, tableOf(table.name, table.metadataLocation, applied.value, table.base), updates)
  if (!checked.ok) return checked
  // What is not in a change stays as it was, and main may be gone.
  const { currentSnapshotId: _, ...metadata } = table.metadata
  return writeMetadata(lake, { ...table, metadata }, applied.value)
}

/** Stages a table that is not there yet: its first metadata is all that the updates say. */
export async function stageNew(call: Call, name: TableName, updates: readonly TableUpdate[]): Promise<Result<StagedCommit>> {
  const allowed = await mayManage(call, name)
  if (!allowed.ok) return allowed
  const { lake, views } = call.room
  if ((await views.find(name)) !== undefined) return fail(messages['catalog-name-taken']({ name: printTableName(name) }))
  const metadata = await newMetadata(call, name, updates)
  if (!metadata.ok) return metadata
  const table = tableOf(name, '', metadata.value, undefined)
  const checked = await checkMetadata(call, table, updates)
  return checked.ok ? writeMetadata(lake, table, metadata.value) : checked
}

/** The metadata of a new table: with an identity and a place of its own where the updates name none. */
export async function newMetadata(call: Call, name: TableName, updates: readonly TableUpdate[]): Promise<Result<TableMetadata>> {
  const { lake } = call.room
  const uuid = lake.ids.uuid()
  const applied = applyUpdates(emptyMetadata(uuid, newLocation(call, name, uuid), lake.clock.now()), updates, { now: lake.clock.now(), isNew: true })
  if (!applied.ok) return applied
  // Read as a metadata file is read, so that nothing can be written that would be refused afterwards.
  const read = parseMetadata(printMetadata(applied.value), 'What the request describes')
  if (!read.ok) return invalid(read.diagnostics.map((d) => d.message))
  const place = await checkLocation(call, applied.value.location)
  return place.ok ? applied : place
}

/** INVARIANT: no file is opened before it is known to lie inside the table's own location. */
async function checkMetadata(call: Call, table: Table, updates: readonly TableUpdate[]): Promise<Result<void>> {
  const { lake } = call.room
  const read = parseMetadata(printMetadata(table.metadata), 'What the commit asks for')
  if (!read.ok) return invalid(read.diagnostics.map((d) => d.message))
  for (const update of updates) {
    if (update.action === 'set-statistics' || update.action === 'set-partition-statistics') {
      const inside = checkInside(lake, table.location, String(update.file['statistics-path'] satisfies ExactJson | undefined), 'the commit')
      if (!inside.ok) return inside
    }
    if (update.action !== 'add-snapshot') continue
    const readable = await checkSnapshot(lake, table, update.snapshot)
    if (!readable.ok) return invalid(readable.diagnostics.map((d) => d.message))
  }
  return ok(undefined)
}

const invalid = (problems: readonly string[]): Result<never> => fail(...problems.slice(0, 5).map((problem) => messages['catalog-request-invalid']({ problem })))
