// What a snapshot is made of to its manifests, its list and the metadata that names it: all of them written and synced, and
// visible to nobody until the pointer moves.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { DataFile, Lake, ManifestEntry, ManifestFile, Snapshot, StagedCommit, Table } from './types.ts'
import type { NewEntry } from './manifest.ts'
import type { ManifestPlace, NewManifest } from './new-manifest.ts'
import type { Summarized } from './snapshot-summary.ts'
import { checkInside, printTableName } from './table.ts'
import { checkRefName, MAIN, refOf, withRef } from './refs.ts'
import { checkWritable, metadataFolder, nextTime, writeMetadata } from './write-metadata.ts'
import { entriesOf } from './live-entries.ts'
import { mergeManifests } from './merge-manifests.ts'
import { messages } from './messages.ts'
import { newManifest } from './new-manifest.ts'
import { summaryOf } from './snapshot-summary.ts'
import { writeManifestList } from './manifest-list.ts'

/** A manifest that is written anew: with the files that stay in it, and those that go. */
export interface Rewritten { readonly existing: readonly ManifestEntry[]; readonly removed: readonly ManifestEntry[] }

export interface Change {
  readonly branch?: string | undefined
  readonly parent: Snapshot | undefined
  readonly operation: Summarized['operation']
  readonly summary?: Readonly<Record<string, string>> | undefined
  readonly added: readonly DataFile[]
  /** Of the added data files, where their rows are older than this snapshot. */
  readonly sequenceNumber?: number | undefined
  /** Manifests that stay as they are. */
  readonly kept: readonly ManifestFile[]
  readonly rewritten: readonly Rewritten[]
}

/** Stages a snapshot at the head of a branch. Many small manifests among the kept ones are merged on the way. */
export async function writeSnapshot(lake: Lake, table: Table, change: Change): Promise<Result<StagedCommit>> {
  const allowed = checkChange(lake, table, change)
  if (!allowed.ok) return allowed
  const folder = metadataFolder(lake, table)
  if (!folder.ok) return folder
  const counted = await withCounts(lake, table, change.kept)
  if (!counted.ok) return counted
  // A manifest that names only files that went is of use to the snapshot that removed them, and to none after it.
  const kept = await mergeManifests(lake, table, counted.value.filter((m) => (m.addedFiles ?? 0) + (m.existingFiles ?? 0) > 0))
  if (!kept.ok) return kept
  const { metadata } = table
  const { branch = MAIN, parent, added } = change
  // Random in 63 bits. Whoever met one that is there already would fail, because objects are never replaced.
  const id = lake.ids.snapshotId()
  const listPath = `${folder.value}/snap-${id}.avro`
  const snapshot: Snapshot = {
    id,
    ...(parent !== undefined && { parentId: parent.id }),
    sequenceNumber: metadata.lastSequenceNumber + 1,
    timestamp: nextTime(lake, table),
    summary: summaryOf({ ...change, summary: change.summary ?? {}, removed: change.rewritten.flatMap((r) => r.removed.map((e) => e.file)) }, metadata.defaultSpecId),
    schemaId: metadata.currentSchemaId,
    manifestList: lake.objects.address(listPath),
  }
  const groups = [added.map((file) => addedEntry(file, id, change.sequenceNumber)), ...change.rewritten.map((one) => rewrittenEntries(one, id)), ...kept.value.merged.map((m) => m.map(existingEntry))]
  const manifests = newManifests(lake, table, groups, { snapshot, path: `${folder.value}/${id}` })
  if (!manifests.ok) return manifests
  const listed = [...manifests.value.map((m) => m.listed), ...kept.value.kept]
  const list = { path: listPath, bytes: writeManifestList(listed, snapshot) }
  const staged = await writeMetadata(lake, table, {
    lastUpdated: snapshot.timestamp,
    lastSequenceNumber: snapshot.sequenceNumber,
    snapshots: [...metadata.snapshots, snapshot],
    ...withRef(metadata, branch, { ...refOf(metadata, branch), type: 'branch', snapshotId: id }, snapshot.timestamp),
  }, { snapshot, objects: [...manifests.value.map((m) => m.object), list] })
  if (staged.ok) lake.lists.put(lake.objects.address(listPath), listed)
  return staged
}

function checkChange(lake: Lake, table: Table, { branch, added }: Change): Result<void> {
  const writable = checkWritable(table)
  if (!writable.ok) return writable
  const named = branch === undefined || refOf(table.metadata, branch) !== undefined ? ok(undefined) : checkRefName(branch)
  if (!named.ok) return named
  const seen = new Set<string>()
  for (const { path } of added) {
    const inside = checkInside(lake, table.location, path, `the commit to ${printTableName(table.name)}`)
    if (!inside.ok) return inside
    if (seen.has(path)) return fail(messages['file-named-twice']({ file: path }))
    seen.add(path)
  }
  return ok(undefined)
}

const addedEntry = (file: DataFile, snapshotId: string, sequenceNumber: number | undefined): NewEntry => ({
  status: 'added', snapshotId, file, ...(sequenceNumber !== undefined && (file.content ?? 'data') === 'data' && { sequenceNumber }),
})

const rewrittenEntries = ({ existing, removed }: Rewritten, snapshotId: string): readonly NewEntry[] =>
  [...existing.map(existingEntry), ...removed.map((entry): NewEntry => ({ ...existingEntry(entry), status: 'deleted', snapshotId }))]

const existingEntry = ({ snapshotId, sequenceNumber, fileSequenceNumber, file }: ManifestEntry): NewEntry => ({ status: 'existing', snapshotId, sequenceNumber, fileSequenceNumber, file })

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
