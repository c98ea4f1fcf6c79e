// What a snapshot's rows are read from: its data files, each with the deletes that hold for it. With a filter, manifests and
// files that hold no matching row are left out.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Field, FieldType, Lake, ManifestEntry, Predicate, Scan, Schema, SnapshotId, Table } from './types.ts'
import { attachDeletes } from './attach-deletes.ts'
import { entriesOfAll, manifestsOf } from './live-entries.ts'
import { messages } from './messages.ts'
import { printType } from './type-text.ts'
import { pruningBy } from './pruning.ts'
import { schemaAt, snapshotOf } from './table.ts'
import { walkFields } from './walk-fields.ts'

export interface ScanOptions { readonly snapshotId?: SnapshotId; readonly filter?: Predicate }

/** Plans a scan of a snapshot, the current one by default; a table without snapshots has no files. */
export async function planScan(lake: Lake, table: Table, { snapshotId, filter }: ScanOptions = {}): Promise<Result<Scan>> {
  const schema = schemaAt(table, snapshotId)
  if (!schema.ok) return schema
  const readable = checkTypes(schema.value)
  if (!readable.ok) return readable
  const found = snapshotId === undefined ? ok(table.currentSnapshot) : snapshotOf(table, snapshotId)
  if (!found.ok) return found
  const snapshot = found.value
  if (snapshot === undefined) return ok({ snapshot, schema: schema.value, files: [], skipped: { files: 0, bytes: 0 } })
  const manifests = await manifestsOf(lake, table, snapshot)
  if (!manifests.ok) return manifests
  const pruning = filter === undefined ? undefined : pruningBy(filter, table, schema.value)
  const [opened, closed] = split(manifests.value, (manifest) => pruning?.manifest(manifest) ?? true)
  const entries = await entriesOfAll(lake, table, opened)
  if (!entries.ok) return entries
  const [kept, left] = split(entries.value.filter((entry) => entry.status !== 'deleted'), (entry) => pruning?.file(entry) ?? true)
  const [data, deletes] = split(kept, isData)
  const leftData = left.filter(isData)
  const closedFiles = closed.reduce((sum, m) => (m.content === 'data' ? sum + (m.addedFiles ?? 0) + (m.existingFiles ?? 0) : sum), 0)
  return ok({
    snapshot, schema: schema.value, files: attachDeletes(lake, table, data, deletes),
    skipped: { files: leftData.length + closedFiles, bytes: leftData.reduce((sum, { file }) => sum + file.bytes, 0) },
  })
}

/** Types of format v3 that no engine of ours has. Half a row would look like a whole one, so the table is refused. */
const UNREADABLE = /^(?:timestamptz_ns|unknown|variant|geometry|geography)/u

function checkTypes(schema: Schema): Result<void> {
  for (const { path, type } of walkFields(schema)) {
    if (typeof type === 'string' && UNREADABLE.test(type)) return fail(messages['column-type-unsupported']({ column: path, type }))
  }
  // An engine fills a column that a file lacks, but not a part of one.
  const partial = schema.fields.find((field) => typeof field.type !== 'string' && (hasDefault(field) || holdsDefaults(field.type)))
  return partial === undefined ? ok(undefined) : fail(messages['column-type-unsupported']({ column: partial.name, type: `${printType(partial.type)} with a default` }))
}

const hasDefault = ({ carried }: Field): boolean => (carried?.['initial-default'] ?? null) !== null

function holdsDefaults(type: FieldType): boolean {
  if (typeof type === 'string') return false
  switch (type.type) {
    case 'struct':
      return type.fields.some((field) => hasDefault(field) || holdsDefaults(field.type))
    case 'list':
      return holdsDefaults(type.element)
    case 'map':
      return holdsDefaults(type.key) || holdsDefaults(type.value)
  }
}

const isData = ({ content }: Pick<ManifestEntry, 'content'>): boolean => content === 'data'

function split<T>(items: readonly T[], test: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  const groups = Map.groupBy(items, test)
  return [groups.get(true) ?? [], groups.get(false) ?? []]
}
