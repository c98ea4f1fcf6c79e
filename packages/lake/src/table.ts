// A table's noun from its metadata, and the questions that need nothing else.

import type { Result } from '@tulle/kernel'
import { Bug, fail, ok } from '@tulle/kernel'
import { objectMessages } from '@tulle/objects'
import type { Lake, Pointer, Schema, Snapshot, SnapshotId, Table, TableMetadata, TableName } from './types.ts'
import { messages } from './messages.ts'

/** `namespace.name`, for people. */
export const printTableName = (name: TableName): string => `${name.namespace}.${name.name}`

/** The table that a metadata file describes. `base` is what the catalogue holds for it. */
export function tableOf(name: TableName, metadataLocation: string, metadata: TableMetadata, base: Pointer | undefined): Table {
  const schema = metadata.schemas.find((s) => s.schemaId === metadata.currentSchemaId)
  if (schema === undefined) throw new Bug(`the metadata of ${printTableName(name)} has no schema ${metadata.currentSchemaId}.`)
  // Nearly always the last one.
  const currentSnapshot = metadata.snapshots.findLast((s) => s.id === metadata.currentSnapshotId)
  return {
    uuid: metadata.uuid, name, location: metadata.location, metadataLocation, schema, schemas: metadata.schemas,
    ...(currentSnapshot !== undefined && { currentSnapshot }),
    snapshots: metadata.snapshots, properties: metadata.properties, metadata, base,
  }
}

/** The snapshot of that id, or `snapshot-missing`. */
export function snapshotOf(table: Table, id: SnapshotId): Result<Snapshot> {
  const found = table.snapshots.find((s) => s.id === id)
  return found === undefined ? fail(messages['snapshot-missing']({ table: printTableName(table.name), snapshot: id })) : ok(found)
}

/** The schema with which a snapshot was written; without a snapshot the current one. */
export function schemaAt(table: Table, snapshotId?: SnapshotId): Result<Schema> {
  if (snapshotId === undefined) return ok(table.schema)
  const snapshot = snapshotOf(table, snapshotId)
  if (!snapshot.ok) return snapshot
  return ok(table.schemas.find((s) => s.schemaId === snapshot.value.schemaId) ?? table.schema)
}

/** The snapshot that was current at a time (milliseconds), by the table's own log. */
export function snapshotAt(table: Table, time: number): Result<Snapshot> {
  const log = table.metadata.snapshotLog
  const entry = log.findLast((e) => e.timestamp <= time)
  if (entry !== undefined) return snapshotOf(table, entry.snapshotId)
  const first = log[0]?.timestamp
  return fail(messages['no-snapshot-then']({
    table: printTableName(table.name), time: new Date(time).toISOString(), ...(first !== undefined && { first: new Date(first).toISOString() }),
  }))
}

/**
 * Refuses an address that does not lie below the table's own location. INVARIANT: whatever a table names is checked before
 * it is opened, so that a forged table cannot show another one's files.
 */
export function checkInside({ objects }: Pick<Lake, 'objects'>, location: string, address: string, named: string): Result<void> {
  const [root, path] = [objects.pathOf(location), objects.pathOf(address)]
  if (!root.ok) return root
  if (!path.ok || !path.value.startsWith(`${root.value}/`)) return fail(objectMessages['outside-root']({ address, root: location, named }))
  return ok(undefined)
}
