// A new table: its first metadata file, seen by nobody until it is committed.

import type { Result } from '@tulle/kernel'
import type { Column, Lake, StagedCommit, TableMetadata, TableName } from './types.ts'
import { assignFieldIds } from './assign-field-ids.ts'
import { tableOf } from './table.ts'
import { writeMetadata } from './write-metadata.ts'

export interface NewTable {
  readonly name: TableName
  /** The folder, as a path of objects, in which the table gets a folder of its own. */
  readonly folder: string
  readonly columns: readonly Column[]
  readonly properties?: Readonly<Record<string, string>>
}

/** The highest id that a table without partition fields has given to them. */
const NO_PARTITION_IDS = 999

/** Stages a new table; data may be staged on it before both are committed at once. */
export async function stageCreate(lake: Lake, { name, folder, columns, properties = {} }: NewTable): Promise<Result<StagedCommit>> {
  const assigned = assignFieldIds(columns)
  if (!assigned.ok) return assigned
  const uuid = lake.ids.uuid()
  const location = lake.objects.address(`${folder}/${folderName(name.name)}-${uuid.slice(0, 8)}`)
  const lastUpdated = lake.clock.now()
  const metadata: TableMetadata = {
    formatVersion: 2, uuid, location, lastSequenceNumber: 0, lastUpdated, lastColumnId: assigned.value.lastColumnId, currentSchemaId: 0,
    schemas: [{ schemaId: 0, fields: assigned.value.fields }], defaultSpecId: 0, partitionSpecs: [{ specId: 0, fields: [] }],
    lastPartitionId: NO_PARTITION_IDS, defaultSortOrderId: 0, sortOrders: [{ orderId: 0, fields: [] }], properties, snapshots: [], snapshotLog: [],
    metadataLog: [], refs: {}, carried: {},
  }
  return writeMetadata(lake, tableOf(name, '', metadata, undefined), { lastUpdated })
}

/** Names are for the catalogue; on disk they are reduced to what no file system, shell or glob reads in its own way. */
const folderName = (name: string): string => name.replaceAll(/[^A-Za-z0-9_]+/gu, '_').slice(0, 80)
