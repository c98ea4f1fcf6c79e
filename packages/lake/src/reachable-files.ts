// Every file that a table's metadata leads to: what a backup copies, and what maintenance must never remove. A file counts
// for a snapshot where it is live there; an entry that says "deleted" leads nowhere.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { ExactJson, Lake, ManifestFile, Snapshot, Table } from './types.ts'
import type { ReachableFile, ReachableFiles } from './cleaning-types.ts'
import { checkInside } from './table.ts'
import { manifestsOf, namedEntries } from './live-entries.ts'

const READ_AT_ONCE = 8

/**
 * What a table's metadata file, those of its log, and the given snapshots (all of the table's by default) lead to. Files of
 * the log may be gone already. A file outside the table's location is refused, whatever names it: nothing of another
 * table may be copied or removed in this one's name.
 */
export async function filesReachable(lake: Lake, table: Table, snapshots: readonly Snapshot[] = table.snapshots): Promise<Result<ReachableFiles>> {
  const files = new Map<string, ReachableFile>()
  const add = (file: ReachableFile, named: string): Result<void> => {
    const inside = checkInside(lake, table.location, file.address, named)
    if (!inside.ok) return inside
    const path = lake.objects.pathOf(file.address)
    if (path.ok) files.set(path.value, file)
    return path.ok ? ok(undefined) : path
  }
  const known = [...metadataFiles(table), ...statisticsFiles(table, snapshots), ...snapshots.flatMap(listOf)]
  for (const file of known) {
    const added = add(file, 'its metadata')
    if (!added.ok) return added
  }
  const manifests = await manifestsOfAll(lake, table, snapshots)
  if (!manifests.ok) return manifests
  for (let start = 0; start < manifests.value.length; start += READ_AT_ONCE) {
    const batch = manifests.value.slice(start, start + READ_AT_ONCE)
    const contents = await Promise.all(batch.map(async (manifest) => {
      const added = add({ address: manifest.path, kind: 'manifest', bytes: manifest.bytes }, 'a manifest list')
      return added.ok ? namedEntries(lake, table, manifest) : added
    }))
    for (const [i, entries] of contents.entries()) {
      if (!entries.ok) return entries
      for (const { status, content, file } of entries.value) {
        if (status === 'deleted') continue
        const added = add({ address: file.path, kind: content === 'data' ? 'data' : 'deletes', bytes: file.bytes }, batch[i]?.path ?? '')
        if (!added.ok) return added
      }
    }
  }
  return ok(files)
}

/** The metadata file that is current, and those that its log remembers. */
const metadataFiles = ({ metadataLocation, metadata }: Table): readonly ReachableFile[] =>
  [...metadata.metadataLog.map((entry) => entry.metadataFile), metadataLocation].map((address) => ({ address, kind: 'metadata' }))

const listOf = ({ manifestList }: Snapshot): readonly ReachableFile[] => (manifestList === undefined ? [] : [{ address: manifestList, kind: 'manifest-list' }])

/** Each manifest once, though many snapshots name it. */
async function manifestsOfAll(lake: Lake, table: Table, snapshots: readonly Snapshot[]): Promise<Result<readonly ManifestFile[]>> {
  const manifests = new Map<string, ManifestFile>()
  for (const snapshot of snapshots) {
    const named = await manifestsOf(lake, table, snapshot)
    if (!named.ok) return named
    for (const manifest of named.value) manifests.set(manifest.path, manifest)
  }
  return ok([...manifests.values()])
}

/** Statistics are a part of the metadata that Tulle has no noun for; what of them names a file of these snapshots. */
function statisticsFiles({ metadata }: Table, snapshots: readonly Snapshot[]): readonly ReachableFile[] {
  const ids = new Set(snapshots.map((s) => s.id))
  return ['statistics', 'partition-statistics'].flatMap((key) => {
    const list = metadata.carried[key]
    return Array.isArray(list) ? (list as readonly ExactJson[]).flatMap((item) => statisticsFile(item, ids)) : []
  })
}

function statisticsFile(item: ExactJson, ids: ReadonlySet<string>): readonly ReachableFile[] {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return []
  const { 'snapshot-id': id, 'statistics-path': address } = item as { readonly [key: string]: ExactJson }
  return typeof address === 'string' && ids.has(String(id)) ? [{ address, kind: 'statistics' }] : []
}
