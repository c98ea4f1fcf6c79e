// The data files of a snapshot, by way of its manifest list and manifests.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { DataFile, Lake, ManifestEntry, ManifestFile, Snapshot, SnapshotId, Table } from './types.ts'
import { checkInside, printTableName, snapshotOf } from './table.ts'
import { messages } from './messages.ts'
import { readManifest } from './manifest.ts'
import { readManifestList } from './manifest-list.ts'

const READ_AT_ONCE = 8

/** The files that make up a snapshot (the current one by default); a table without snapshots has none. */
export async function filesAt(lake: Lake, table: Table, snapshotId?: SnapshotId): Promise<Result<readonly DataFile[]>> {
  const entries = await liveEntries(lake, table, snapshotId)
  return entries.ok ? ok(entries.value.map((entry) => entry.file)) : entries
}

/** The entries behind `filesAt`. A snapshot with delete files is refused: its data files alone would show deleted rows. */
export async function liveEntries(lake: Lake, table: Table, snapshotId?: SnapshotId): Promise<Result<readonly ManifestEntry[]>> {
  const snapshot = snapshotId === undefined ? ok(table.currentSnapshot) : snapshotOf(table, snapshotId)
  if (!snapshot.ok) return snapshot
  if (snapshot.value === undefined) return ok([])
  const manifests = await manifestsOf(lake, table, snapshot.value)
  if (!manifests.ok) return manifests
  if (manifests.value.some((m) => m.content === 'deletes' && !isEmpty(m))) {
    return fail(messages['delete-files-unsupported']({ table: printTableName(table.name), snapshot: snapshot.value.id }))
  }
  const entries: ManifestEntry[] = []
  const wanted = manifests.value.filter((m) => m.content === 'data')
  for (let start = 0; start < wanted.length; start += READ_AT_ONCE) {
    const batch = await Promise.all(wanted.slice(start, start + READ_AT_ONCE).map((m) => entriesOf(lake, table, m)))
    for (const read of batch) {
      if (!read.ok) return read
      entries.push(...read.value.filter((entry) => entry.status !== 'deleted'))
    }
  }
  return ok(entries)
}

/** The manifests of a snapshot. */
export async function manifestsOf(lake: Lake, table: Table, snapshot: Snapshot): Promise<Result<readonly ManifestFile[]>> {
  const { manifestList } = snapshot
  if (manifestList === undefined) return namedManifests(lake, table, snapshot)
  const inside = checkInside(lake, table.location, manifestList, `snapshot ${snapshot.id}`)
  if (!inside.ok) return inside
  const bytes = await lake.objects.read(manifestList)
  return bytes.ok ? readManifestList(bytes.value, manifestList) : bytes
}

/** Reads a manifest and refuses files outside the table and formats that no engine of ours reads. */
export async function entriesOf(lake: Lake, table: Table, manifest: ManifestFile): Promise<Result<readonly ManifestEntry[]>> {
  const inside = checkInside(lake, table.location, manifest.path, 'a manifest list')
  if (!inside.ok) return inside
  const bytes = await lake.objects.read(manifest.path)
  if (!bytes.ok) return bytes
  const entries = readManifest(bytes.value, manifest)
  if (!entries.ok) return entries
  for (const entry of entries.value) {
    const file = checkInside(lake, table.location, entry.file.path, manifest.path)
    if (!file.ok) return file
    if (entry.format !== 'parquet') return fail(messages['file-format-unsupported']({ file: entry.file.path, format: entry.format }))
  }
  return entries
}

const isEmpty = (manifest: ManifestFile): boolean => (manifest.addedFiles ?? 1) + (manifest.existingFiles ?? 1) === 0

/** Version 1 may name manifests in the metadata itself, with nothing else said about them. */
async function namedManifests(lake: Lake, table: Table, snapshot: Snapshot): Promise<Result<readonly ManifestFile[]>> {
  const manifests: ManifestFile[] = []
  for (const path of snapshot.manifests ?? []) {
    const inside = checkInside(lake, table.location, path, `snapshot ${snapshot.id}`)
    if (!inside.ok) return inside
    const bytes = await lake.objects.read(path)
    if (!bytes.ok) return bytes
    manifests.push({
      path, bytes: bytes.value.length, specId: table.metadata.defaultSpecId, content: 'data', sequenceNumber: 0, minSequenceNumber: 0, addedSnapshotId: snapshot.id,
    })
  }
  return ok(manifests)
}
