// A table for whoever may read a published one only in part: metadata that says of it what they may see, and nothing else. Its
// snapshots are those that were published, by their own ids, each with one file that holds exactly what is theirs to read.

import type { Result } from '@tulle/kernel'
import { ancestorsOf, oneFileSnapshot, walkFields } from '@tulle/lake'
import type { Field, Schema, Snapshot, Table, TableMetadata } from '@tulle/lake'
import { asPublished } from './bodies.ts'

export interface PartialTable {
  /** Of the table that it is a part of. */
  readonly uuid: string
  /** Address of the folder of everything that its metadata names. */
  readonly location: string
  /** What is seen of a published snapshot; undefined: nothing, and it is not offered. */
  readonly fieldsAt: (snapshot: Snapshot) => readonly Field[] | undefined
}

/** Addresses of what a snapshot is read from, as readers of `partialMetadata` ask for it. */
export const partialAddresses = (location: string, snapshotId: string) => ({
  list: `${location}/metadata/snap-${snapshotId}.avro`, manifest: `${location}/metadata/${snapshotId}-m0.avro`,
  data: (digest: string) => `${location}/data/${snapshotId}-${digest.slice(0, 32)}.parquet`,
})

/**
 * INVARIANT: made of nothing but ids, times and names of published snapshots and the fields that are given: no property, summary,
 * path, count, partition or older schema of the table is in it.
 */
export function partialMetadata(table: Table, { uuid, location, fieldsAt }: PartialTable): TableMetadata {
  const published = asPublished(table)
  const schemas: Schema[] = []
  const schemaOf = (fields: readonly Field[]): Schema => {
    const known = schemas.find((schema) => JSON.stringify(schema.fields) === JSON.stringify(fields))
    if (known !== undefined) return known
    const schema = { schemaId: schemas.length, fields }
    schemas.push(schema)
    return schema
  }
  const offered = published.snapshots.toSorted((a, b) => a.timestamp - b.timestamp).flatMap((snapshot) => {
    const fields = fieldsAt(snapshot)
    return fields === undefined ? [] : [{ snapshot, schema: schemaOf(fields) }]
  })
  const ids = new Set(offered.map(({ snapshot }) => snapshot.id))
  const snapshots = offered.map(({ snapshot: { id, parentId, timestamp }, schema }, i): Snapshot => ({
    id, ...(parentId !== undefined && ids.has(parentId) && { parentId }), sequenceNumber: i + 1, timestamp,
    // The file is all of it, whatever was added to it or taken from it.
    summary: { operation: 'overwrite' }, schemaId: schema.schemaId, manifestList: partialAddresses(location, id).list,
  }))
  const current = snapshots.find(({ id }) => id === table.currentSnapshot?.id)
  const line = current === undefined ? new Set<string>() : new Set(ancestorsOf(published, current.id).map(({ id }) => id))
  return {
    formatVersion: 2, uuid, location, lastSequenceNumber: snapshots.length, lastUpdated: snapshots.at(-1)?.timestamp ?? 0,
    lastColumnId: Math.max(0, ...schemas.flatMap((schema) => [...walkFields(schema)].map(({ id }) => id))), currentSchemaId: current?.schemaId ?? 0, schemas: schemas.length === 0 ? [schemaOf([])] : schemas,
    defaultSpecId: 0, partitionSpecs: [{ specId: 0, fields: [] }], lastPartitionId: 999, defaultSortOrderId: 0, sortOrders: [{ orderId: 0, fields: [] }],
    properties: {}, snapshots, ...(current !== undefined && { currentSnapshotId: current.id }),
    snapshotLog: snapshots.filter(({ id }) => line.has(id)).map(({ id, timestamp }) => ({ snapshotId: id, timestamp })),
    metadataLog: [],
    refs: Object.fromEntries(Object.entries(published.metadata.refs).filter(([, ref]) => ids.has(ref.snapshotId)).map(([name, { type, snapshotId }]) => [name, { type, snapshotId }])),
    carried: {},
  }
}

export interface PartialFile { readonly fields: readonly Field[]; readonly rows: number; readonly bytes: number; readonly digest: string }

/** What stands between the metadata and the rows of one snapshot. It says nothing of columns: the file does that itself. */
export function partialManifests(location: string, snapshotId: string, { fields, rows, bytes, digest }: PartialFile): Result<{ readonly manifest: Uint8Array; readonly list: Uint8Array }> {
  const at = partialAddresses(location, snapshotId)
  return oneFileSnapshot({ id: snapshotId, schema: { schemaId: 0, fields }, file: { path: at.data(digest), rows, bytes }, manifestAddress: at.manifest })
}
