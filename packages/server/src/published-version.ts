// The version of a table that a consumer asks for → the snapshot, if it was ever published: on main's own line, or under a
// tag. What a run staged on its branch, and what main was rolled back from, is no version to anybody.

import type { Snapshot, Table } from '@tulle/lake'
import type { TableVersion } from '@tulle/gateway'
import { ancestorsOf, snapshotAt, snapshotOf, snapshotOfRef } from '@tulle/lake'
import { unreachable } from '@tulle/kernel'

export function publishedVersion(table: Table, version: TableVersion): Snapshot | undefined {
  const found = findVersion(table, version)
  return found !== undefined && wasPublished(table, found) ? found : undefined
}

function findVersion(table: Table, version: TableVersion): Snapshot | undefined {
  switch (version.kind) {
    case 'snapshot':
      return valueOf(snapshotOf(table, version.id))
    case 'named':
      return valueOf(snapshotOfRef(table, version.name)) ?? valueOf(snapshotOf(table, version.name))
    case 'time':
      return valueOf(snapshotAt(table, version.at))
    default:
      return unreachable(version)
  }
}

function wasPublished({ metadata, currentSnapshot, ...table }: Table, { id }: Snapshot): boolean {
  if (Object.values(metadata.refs).some((ref) => ref.type === 'tag' && ref.snapshotId === id)) return true
  return currentSnapshot !== undefined && ancestorsOf({ ...table, metadata, currentSnapshot }, currentSnapshot.id).some((one) => one.id === id)
}

const valueOf = <T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T | undefined => (result.ok ? result.value : undefined)
