// A table that holds rows of another one: its columns are that one's, under the same field ids, however often they change.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Lake, StagedCommit, Table, TableMetadata, TableName } from './types.ts'
import { checkWritable, nextTime, writeMetadata } from './write-metadata.ts'
import { NO_PARTITION_IDS } from './partitioning.ts'
import { sameFields } from './assign-field-ids.ts'
import { tableOf } from './table.ts'

export interface TableLike {
  readonly name: TableName
  /** Its own folder, as a path of objects. */
  readonly folder: string
  readonly like: Table
  readonly properties?: Readonly<Record<string, string>>
}

/** Stages a new table without rows or partitions that has the current schema of another one. */
export function stageLike(lake: Lake, { name, folder, like, properties = {} }: TableLike): Promise<Result<StagedCommit>> {
  const lastUpdated = lake.clock.now()
  const metadata: TableMetadata = {
    formatVersion: 2, uuid: lake.ids.uuid(), location: lake.objects.address(folder), lastSequenceNumber: 0, lastUpdated, lastColumnId: like.metadata.lastColumnId,
    currentSchemaId: like.schema.schemaId, schemas: [like.schema], defaultSpecId: 0, partitionSpecs: [{ specId: 0, fields: [] }], lastPartitionId: NO_PARTITION_IDS,
    defaultSortOrderId: 0, sortOrders: [{ orderId: 0, fields: [] }], properties, snapshots: [], snapshotLog: [], metadataLog: [], refs: {}, carried: {},
  }
  return writeMetadata(lake, tableOf(name, '', metadata, undefined), { lastUpdated })
}

/** Stages the current schema of the table that it is like; undefined where it has that already. Its files are read by field id. */
export async function stageSchemaLike(lake: Lake, table: Table, like: Table): Promise<Result<StagedCommit | undefined>> {
  const writable = checkWritable(table)
  if (!writable.ok) return writable
  const { schema, metadata } = table
  const { fields, identifierFieldIds } = like.schema
  if (sameFields(fields, schema.fields) && sameFields(identifierFieldIds ?? [], schema.identifierFieldIds ?? [])) return ok(undefined)
  const next = { ...like.schema, schemaId: Math.max(...metadata.schemas.map(({ schemaId }) => schemaId)) + 1 }
  return writeMetadata(lake, table, {
    lastUpdated: nextTime(lake, table), lastColumnId: Math.max(metadata.lastColumnId, like.metadata.lastColumnId), currentSchemaId: next.schemaId, schemas: [...metadata.schemas, next],
  })
}
