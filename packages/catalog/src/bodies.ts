// Answers that hold metadata, and how their version is named. The metadata is the text that its file holds, so that every
// number in it is exact.

import { sha256 } from '@tulle/kernel'
import { ancestorsOf, printMetadata, printViewMetadata } from '@tulle/lake'
import type { Table, TableMetadata, ViewMetadata } from '@tulle/lake'
import type { LoadedPart, Reply } from './types.ts'

/** A loaded table. `refs`: only the snapshots that a branch or a tag names. */
export function tableReply(table: Table, snapshots: 'all' | 'refs' = 'all', etag = etagOf(table, snapshots)): Reply {
  const metadata = snapshots === 'all' ? table.metadata : withRefsOnly(table.metadata)
  return { status: 200, headers: { etag }, body: `{"metadata-location":${JSON.stringify(table.metadataLocation)},"metadata":${printMetadata(metadata)},"config":{}}` }
}

/** A table that is made of what the caller may read. It has no tag: what opens it is as good as its credentials, and those end. */
export const partReply = ({ metadataLocation, metadata, config }: LoadedPart): Reply => ({
  status: 200,
  headers: { 'cache-control': 'no-store' },
  body: `{"metadata-location":${JSON.stringify(metadataLocation)},"metadata":${printMetadata(metadata)},"config":${JSON.stringify(config)},"storage-credentials":[${JSON.stringify({ prefix: metadata.location, config })}]}`,
})

/** A table that is about to be made: it has no metadata file yet. */
export const stagedReply = (metadata: TableMetadata): Reply => ({ status: 200, body: `{"metadata":${printMetadata(metadata)},"config":{}}` })

export const viewReply = (metadataLocation: string, metadata: ViewMetadata): Reply =>
  ({ status: 200, body: `{"metadata-location":${JSON.stringify(metadataLocation)},"metadata":${printViewMetadata(metadata)},"config":{}}` })

/** Metadata files never change, so an address names a version; what is answered of it is part of the tag. */
export const etagOf = ({ metadataLocation }: Table, part: string): string => `"${sha256(metadataLocation).slice(0, 32)}-${part}"`

/**
 * What a reader gets of a table: main with its past, and tags. A branch holds what was not audited yet, and what main was
 * rolled back from is nobody's to read any more.
 */
export function asPublished(table: Table): Table {
  const { metadata, currentSnapshot } = table
  const refs = Object.fromEntries(Object.entries(metadata.refs).filter(([name, { type }]) => name === 'main' || type === 'tag'))
  const published = new Set(Object.values(refs).map((ref) => ref.snapshotId))
  if (currentSnapshot !== undefined) for (const { id } of ancestorsOf(table, currentSnapshot.id)) published.add(id)
  const isPublished = (id: string): boolean => published.has(id)
  const snapshots = metadata.snapshots.filter(({ id }) => isPublished(id))
  return { ...table, snapshots, metadata: { ...metadata, refs, snapshots, snapshotLog: metadata.snapshotLog.filter(({ snapshotId }) => isPublished(snapshotId)) } }
}

function withRefsOnly(metadata: TableMetadata): TableMetadata {
  const named = new Set(Object.values(metadata.refs).map((ref) => ref.snapshotId))
  return { ...metadata, snapshots: metadata.snapshots.filter((s) => named.has(s.id)) }
}
