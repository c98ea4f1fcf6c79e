// Whether a snapshot that a foreign writer hands in can be read: looked at before it becomes part of the table, because
// afterwards its readers would be the first to know.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Lake, Snapshot, Table } from './types.ts'
import { checkInside } from './table.ts'
import { entriesOf, manifestsOf } from './live-entries.ts'

/** Reads its manifest list and the manifests that it adds; whatever they name must lie inside the table's location. */
export async function checkSnapshot(lake: Lake, table: Table, snapshot: Snapshot): Promise<Result<void>> {
  const manifests = await manifestsOf(lake, table, snapshot)
  if (!manifests.ok) return manifests
  for (const manifest of manifests.value) {
    if (manifest.addedSnapshotId === snapshot.id) {
      const entries = await entriesOf(lake, table, manifest)
      if (!entries.ok) return entries
    } else {
      const inside = checkInside(lake, table.location, manifest.path, 'a manifest list')
      if (!inside.ok) return inside
    }
  }
  return ok(undefined)
}
