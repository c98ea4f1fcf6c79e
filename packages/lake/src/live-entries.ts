// What a snapshot is made of: its manifest list, its manifests, and the files that they name.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Lake, ManifestEntry, ManifestFile, Snapshot, SnapshotId, Table } from './types.ts'
import { checkInside, snapshotOf } from './table.ts'
import { messages } from './messages.ts'
import { partitionColumns } from './partition-columns.ts'
import type { PartitionColumn } from './partition-columns.ts'
import { readAvroFile } from './avro-file.ts'
import { readManifest } from './manifest.ts'
import { readManifestList } from './manifest-list.ts'

const READ_AT_ONCE = 8

/** The files of a snapshot (the current one by default), those with deletes too; a table without snapshots has none. */
export async function liveEntries(lake: Lake, table: Table, snapshotId?: SnapshotId): Promise<Result<readonly ManifestEntry[]>> {
  const snapshot = snapshotId === undefined ? ok(table.currentSnapshot) : snapshotOf(table, snapshotId)
  if (!snapshot.ok) return snapshot
  if (snapshot.value === undefined) return ok([])
  const manifests = await manifestsOf(lake, table, snapshot.value)
  if (!manifests.ok) return manifests
  const entries = await entriesOfAll(lake, table, manifests.value)
  return entries.ok ? ok(entries.value.filter((entry) => entry.status !== 'deleted')) : entries
}

/** The manifests of a snapshot. */
export async function manifestsOf(lake: Lake, table: Table, snapshot: Snapshot): Promise<Result<readonly ManifestFile[]>> {
  const { manifestList } = snapshot
  if (manifestList === undefined) return namedManifests(lake, table, snapshot)
  const inside = checkInside(lake, table.location, manifestList, `snapshot ${snapshot.id}`)
  if (!inside.ok) return inside
  const remembered = lake.lists.get(manifestList)
  if (remembered !== undefined) return ok(remembered)
  const bytes = await lake.objects.read(manifestList)
  const manifests = bytes.ok ? readManifestList(bytes.value, manifestList) : bytes
  if (manifests.ok) lake.lists.put(manifestList, manifests.value)
  return manifests
}

/** The entries of several manifests, in their order; those whose counts say that no file lives are not opened. */
export async function entriesOfAll(lake: Lake, table: Table, manifests: readonly ManifestFile[]): Promise<Result<readonly ManifestEntry[]>> {
  const wanted = manifests.filter((m) => (m.addedFiles ?? 1) + (m.existingFiles ?? 1) > 0)
  const entries: ManifestEntry[] = []
  for (let start = 0; start < wanted.length; start += READ_AT_ONCE) {
    const batch = await Promise.all(wanted.slice(start, start + READ_AT_ONCE).map((m) => entriesOf(lake, table, m)))
    for (const read of batch) {
      if (!read.ok) return read
      for (const entry of read.value) entries.push(entry)
    }
  }
  return ok(entries)
}

/** Reads a manifest and refuses files outside the table and formats that no engine of ours reads. */
export async function entriesOf(lake: Lake, table: Table, manifest: ManifestFile): Promise<Result<readonly ManifestEntry[]>> {
  const columns = columnsFor(lake, table, manifest)
  if (!columns.ok) return columns
  const key = readAs(manifest, columns.value)
  const remembered = lake.manifests.get(key)
  const entries = remembered === undefined ? await readNamed(lake, manifest, columns.value) : ok(remembered)
  if (!entries.ok) return entries
  if (remembered === undefined) lake.manifests.put(key, entries.value)
  for (const entry of entries.value) {
    const file = checkInside(lake, table.location, entry.file.path, manifest.path)
    if (!file.ok) return file
    if (entry.format !== (entry.file.vector === undefined ? 'parquet' : 'puffin')) return fail(messages['file-format-unsupported']({ file: entry.file.path, format: entry.format }))
  }
  return entries
}

// What a manifest leaves out comes from its list, and of which types its partitions are from the table's schemas.
const readAs = ({ path, content, specId, sequenceNumber, addedSnapshotId }: ManifestFile, columns: readonly PartitionColumn[]): string =>
  JSON.stringify([path, content, specId, sequenceNumber, addedSnapshotId, columns])

/** The entries of a manifest as they stand, for those who open no file that they name. */
export async function namedEntries(lake: Lake, table: Table, manifest: ManifestFile): Promise<Result<readonly ManifestEntry[]>> {
  const columns = columnsFor(lake, table, manifest)
  return columns.ok ? readNamed(lake, manifest, columns.value) : columns
}

/** The columns of a manifest's partitions; refuses one that lies outside the table. */
function columnsFor(lake: Lake, table: Table, manifest: ManifestFile): Result<readonly PartitionColumn[]> {
  const inside = checkInside(lake, table.location, manifest.path, 'a manifest list')
  if (!inside.ok) return inside
  const spec = table.metadata.partitionSpecs.find((s) => s.specId === manifest.specId)
  if (spec === undefined) return fail(messages['spec-missing']({ spec: manifest.specId, named: manifest.path }))
  return ok(partitionColumns(spec, table.metadata))
}

async function readNamed(lake: Lake, manifest: ManifestFile, columns: readonly PartitionColumn[]): Promise<Result<readonly ManifestEntry[]>> {
  const bytes = await lake.objects.read(manifest.path)
  return bytes.ok ? readManifest(bytes.value, manifest, columns) : bytes
}

/** Version 1 may name manifests in the metadata itself, with nothing else said about them. */
async function namedManifests(lake: Lake, table: Table, snapshot: Snapshot): Promise<Result<readonly ManifestFile[]>> {
  const manifests: ManifestFile[] = []
  for (const path of snapshot.manifests ?? []) {
    const inside = checkInside(lake, table.location, path, `snapshot ${snapshot.id}`)
    if (!inside.ok) return inside
    const bytes = await lake.objects.read(path)
    if (!bytes.ok) return bytes
    const avro = readAvroFile(bytes.value, path)
    if (!avro.ok) return avro
    const written = Number(Buffer.from(avro.value.header.get('partition-spec-id') ?? []).toString())
    const specId = Number.isInteger(written) && avro.value.header.has('partition-spec-id') ? written : table.metadata.defaultSpecId
    manifests.push({
      path, bytes: bytes.value.length, specId, content: 'data', sequenceNumber: 0, minSequenceNumber: 0, addedSnapshotId: snapshot.id,
    })
  }
  return ok(manifests)
}
