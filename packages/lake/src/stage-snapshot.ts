// New data in a table: manifests, manifest list and metadata, all of them written and synced, and visible to nobody until
// the pointer moves.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { DataFile, Lake, ManifestEntry, ManifestFile, Snapshot, StagedCommit, Table } from './types.ts'
import type { NewEntry } from './manifest.ts'
import type { ManifestPlace, NewManifest } from './new-manifest.ts'
import { checkInside } from './table.ts'
import { checkRefName, headOf, MAIN, refOf, withRef } from './refs.ts'
import { checkWritable, metadataFolder, nextTime, writeMetadata } from './write-metadata.ts'
import { entriesOf, liveEntries, manifestsOf } from './live-entries.ts'
import { messages } from './messages.ts'
import { newManifest } from './new-manifest.ts'
import { writeManifestList } from './manifest-list.ts'

export interface NewData {
  /** Finished files below the table's location. */
  readonly files: readonly DataFile[]
  /** The branch to write to, main by default. One that is not there yet begins where main is. */
  readonly branch?: string
  /** Kept in the snapshot; keys of the format's own (`operation`, `added-records`, …) are set by the lake. */
  readonly summary?: Readonly<Record<string, string>>
}

/** Stages a snapshot with the files added to what is there. */
export async function stageAppend(lake: Lake, table: Table, data: NewData): Promise<Result<StagedCommit>> {
  const parent = headOf(table, data.branch ?? MAIN)
  if (!parent.ok) return parent
  const kept = parent.value === undefined ? ok([]) : await manifestsOf(lake, table, parent.value)
  return kept.ok ? stageSnapshot(lake, table, { ...data, parent: parent.value, operation: 'append', kept: kept.value, removed: [] }) : kept
}

/** Stages a snapshot of the files alone: all that was there before is gone from it, and stays in older snapshots. */
export async function stageOverwrite(lake: Lake, table: Table, data: NewData): Promise<Result<StagedCommit>> {
  const parent = headOf(table, data.branch ?? MAIN)
  if (!parent.ok) return parent
  const removed = parent.value === undefined ? ok([]) : await liveEntries(lake, table, parent.value.id)
  if (!removed.ok) return removed
  const operation = data.files.length === 0 ? 'delete' : 'overwrite'
  return stageSnapshot(lake, table, { ...data, parent: parent.value, operation, kept: [], removed: removed.value })
}

interface Change extends NewData {
  readonly parent: Snapshot | undefined
  readonly operation: 'append' | 'overwrite' | 'delete'
  readonly kept: readonly ManifestFile[]
  readonly removed: readonly ManifestEntry[]
}

async function stageSnapshot(lake: Lake, table: Table, change: Change): Promise<Result<StagedCommit>> {
  const allowed = checkChange(lake, table, change)
  if (!allowed.ok) return allowed
  const folder = metadataFolder(lake, table)
  if (!folder.ok) return folder
  const { metadata } = table
  const { branch = MAIN } = change
  const commitId = lake.ids.uuid()
  const id = freshSnapshotId(lake, table)
  const listPath = `${folder.value}/snap-${id}-1-${commitId}.avro`
  const snapshot: Snapshot = {
    id,
    ...(change.parent !== undefined && { parentId: change.parent.id }),
    sequenceNumber: metadata.lastSequenceNumber + 1,
    timestamp: nextTime(lake, table),
    summary: summaryOf(change),
    schemaId: metadata.currentSchemaId,
    manifestList: lake.objects.address(listPath),
  }
  const kept = await withCounts(lake, table, change.kept)
  if (!kept.ok) return kept
  const added = change.files.map((file): NewEntry => ({ status: 'added', snapshotId: id, file }))
  const manifests = newManifests(lake, table, [added, change.removed.map((entry) => deletedEntry(entry, id))], { snapshot, path: `${folder.value}/${commitId}` })
  if (!manifests.ok) return manifests
  const list = { path: listPath, bytes: writeManifestList([...manifests.value.map((m) => m.listed), ...kept.value], snapshot) }
  return writeMetadata(lake, table, {
    lastUpdated: snapshot.timestamp,
    lastSequenceNumber: snapshot.sequenceNumber,
    snapshots: [...metadata.snapshots, snapshot],
    ...withRef(metadata, branch, { ...refOf(metadata, branch), type: 'branch', snapshotId: id }, snapshot.timestamp),
  }, { snapshot, objects: [...manifests.value.map((m) => m.object), list] })
}

function checkChange(lake: Lake, table: Table, change: Change): Result<void> {
  const writable = checkWritable(table)
  if (!writable.ok) return writable
  const named = change.branch === undefined || refOf(table.metadata, change.branch) !== undefined ? ok(undefined) : checkRefName(change.branch)
  if (!named.ok) return named
  const seen = new Set<string>()
  for (const { path } of change.files) {
    const inside = checkInside(lake, table.location, path, 'the commit')
    if (!inside.ok) return inside
    if (seen.has(path)) return fail(messages['file-named-twice']({ file: path }))
    seen.add(path)
  }
  return ok(undefined)
}

function freshSnapshotId(lake: Lake, table: Table): string {
  for (;;) {
    const id = lake.ids.snapshotId()
    if (!table.snapshots.some((s) => s.id === id)) return id
  }
}

const deletedEntry = (entry: ManifestEntry, snapshotId: string): NewEntry => ({
  status: 'deleted', snapshotId, sequenceNumber: entry.sequenceNumber, fileSequenceNumber: entry.fileSequenceNumber, file: entry.file,
})

/** A manifest names files of one spec, and either rows or deletes. */
function newManifests(lake: Lake, table: Table, groups: readonly (readonly NewEntry[])[], place: Pick<ManifestPlace, 'snapshot' | 'path'>): Result<readonly NewManifest[]> {
  const manifests: NewManifest[] = []
  for (const entries of groups.flatMap((group) => [...Map.groupBy(group, (e) => `${e.file.specId ?? ''} ${contentOf(e)}`).values()])) {
    const [first] = entries
    if (first === undefined) continue
    const made = newManifest(lake, table.metadata, entries, {
      ...place, path: `${place.path}-m${manifests.length}.avro`, specId: first.file.specId ?? table.metadata.defaultSpecId, content: contentOf(first),
    })
    if (!made.ok) return made
    manifests.push(made.value)
  }
  return ok(manifests)
}

const contentOf = ({ file }: NewEntry): ManifestFile['content'] => ((file.content ?? 'data') === 'data' ? 'data' : 'deletes')

const rowsOf = (entries: readonly Pick<ManifestEntry, 'file'>[]): number => entries.reduce((sum, e) => sum + e.file.rows, 0)

/** Version 1 may leave counts out, and readers skip a manifest whose counts say that it is empty. */
async function withCounts(lake: Lake, table: Table, manifests: readonly ManifestFile[]): Promise<Result<readonly ManifestFile[]>> {
  const counted: ManifestFile[] = []
  for (const manifest of manifests) {
    if (manifest.addedFiles !== undefined && manifest.existingFiles !== undefined && manifest.deletedFiles !== undefined) {
      counted.push(manifest)
      continue
    }
    const entries = await entriesOf(lake, table, manifest)
    if (!entries.ok) return entries
    const by = (status: ManifestEntry['status']): ManifestEntry[] => entries.value.filter((e) => e.status === status)
    counted.push({
      ...manifest, addedFiles: by('added').length, existingFiles: by('existing').length, deletedFiles: by('deleted').length,
      addedRows: rowsOf(by('added')), existingRows: rowsOf(by('existing')), deletedRows: rowsOf(by('deleted')),
    })
  }
  return ok(counted)
}

/** The counts that other tools show. Totals follow from the parent's, and are left out where the parent has none. */
function summaryOf(change: Change): Readonly<Record<string, string>> {
  const before = change.parent?.summary ?? { 'total-records': '0', 'total-data-files': '0', 'total-files-size': '0' }
  const removed = change.removed.map((e) => e.file)
  const sum = (files: readonly DataFile[], of: 'rows' | 'bytes'): number => files.reduce((total, file) => total + file[of], 0)
  const total = (key: string, change: number): Record<string, string> => {
    const was = Number(before[key])
    return before[key] !== undefined && Number.isSafeInteger(was) && was + change >= 0 ? { [key]: String(was + change) } : {}
  }
  return {
    ...change.summary,
    operation: change.operation,
    'added-data-files': String(change.files.length),
    'added-records': String(sum(change.files, 'rows')),
    'added-files-size': String(sum(change.files, 'bytes')),
    ...(removed.length > 0 && {
      'deleted-data-files': String(removed.length), 'deleted-records': String(sum(removed, 'rows')), 'removed-files-size': String(sum(removed, 'bytes')),
    }),
    ...total('total-data-files', change.files.length - removed.length),
    ...total('total-records', sum(change.files, 'rows') - sum(removed, 'rows')),
    ...total('total-files-size', sum(change.files, 'bytes') - sum(removed, 'bytes')),
    'total-delete-files': '0', 'total-position-deletes': '0', 'total-equality-deletes': '0',
  }
}
