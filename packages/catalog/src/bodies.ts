// Answers that hold metadata, and how their version is named. The metadata is the text that its file holds, so that every
// number in it is exact.

import { sha256 } from '@tulle/kernel'
import { printMetadata, printViewMetadata } from '@tulle/lake'
import type { Table, TableMetadata, ViewMetadata } from '@tulle/lake'
import type { Reply } from './types.ts'

/** A loaded table. `refs`: only the snapshots that a branch or a tag names. */
export function tableReply(table: Table, snapshots: 'all' | 'refs' = 'all'): Reply {
  const metadata = snapshots === 'all' ? table.metadata : withRefsOnly(table.metadata)
  return { status: 200, headers: { etag: etagOf(table, snapshots) }, body: `{"metadata-location":${JSON.stringify(table.metadataLocation)},"metadata":${printMetadata(metadata)},"config":{}}` }
}

/** A table that is about to be made: it has no metadata file yet. */
export const stagedReply = (metadata: TableMetadata): Reply => ({ status: 200, body: `{"metadata":${printMetadata(metadata)},"config":{}}` })

export const viewReply = (metadataLocation: string, metadata: ViewMetadata): Reply =>
  ({ status: 200, body: `{"metadata-location":${JSON.stringify(metadataLocation)},"metadata":${printViewMetadata(metadata)},"config":{}}` })

/** Metadata files never change, so an address names a version; what is answered of it is part of the tag. */
export const etagOf = ({ metadataLocation }: Table, snapshots: 'all' | 'refs'): string => `"${sha256(metadataLocation).slice(0, 32)}-${snapshots}"`

function withRefsOnly(metadata: TableMetadata): TableMetadata {
  const named = new Set(Object.values(metadata.refs).map((ref) => ref.snapshotId))
  return { ...metadata, snapshots: metadata.snapshots.filter((s) => named.has(s.id)) }
}
