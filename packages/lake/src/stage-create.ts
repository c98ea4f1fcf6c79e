// A new table: its first metadata file, seen by nobody until it is committed.

import type { Result } from '@tulle/kernel'
import { fail } from '@tulle/kernel'
import type { Column, Lake, StagedCommit, TableMetadata, TableName } from './types.ts'
import type { PartitionBy, SortBy } from './partitioning.ts'
import { assignFieldIds } from './assign-field-ids.ts'
import { identifierIds } from './identifier-ids.ts'
import { NO_PARTITION_IDS, toPartitionSpec, toSortOrder } from './partitioning.ts'
import { tableOf } from './table.ts'
import { writeMetadata } from './write-metadata.ts'

export interface NewTable {
  readonly name: TableName
  /** The folder, as a path of objects, in which the table gets a folder of its own. */
  readonly folder: string
  readonly columns: readonly Column[]
  readonly properties?: Readonly<Record<string, string>>
  readonly partitioning?: readonly PartitionBy[]
  readonly sortOrder?: readonly SortBy[]
  /** Paths of the columns whose values tell rows apart. */
  readonly identifiers?: readonly string[]
}

/** Stages a new table; data may be staged on it before both are committed at once. */
export async function stageCreate(lake: Lake, { name, folder, columns, properties = {}, partitioning = [], sortOrder = [], identifiers }: NewTable): Promise<Result<StagedCommit>> {
  const assigned = assignFieldIds(columns)
  if (!assigned.ok) return assigned
  const { fields } = assigned.value
  const [identified, made, order] = [
    identifierIds(identifiers, fields), toPartitionSpec(partitioning, { fields }, { partitionSpecs: [], lastPartitionId: NO_PARTITION_IDS }), toSortOrder(sortOrder, { fields }, []),
  ]
  if (!identified.ok || !made.ok || !order.ok) return fail(...identified.diagnostics, ...made.diagnostics, ...order.diagnostics)
  const uuid = lake.ids.uuid()
  const location = lake.objects.address(`${folder}/${folderName(name.name)}-${uuid.slice(0, 8)}`)
  const lastUpdated = lake.clock.now()
  const metadata: TableMetadata = {
    formatVersion: 2, uuid, location, lastSequenceNumber: 0, lastUpdated, lastColumnId: assigned.value.lastColumnId, currentSchemaId: 0,
    schemas: [{ schemaId: 0, fields, ...(identified.value !== undefined && { identifierFieldIds: identified.value }) }],
    defaultSpecId: 0, partitionSpecs: [made.value.spec], lastPartitionId: made.value.lastPartitionId,
    defaultSortOrderId: order.value.orderId, sortOrders: order.value.orderId === 0 ? [order.value] : [{ orderId: 0, fields: [] }, order.value], properties, snapshots: [], snapshotLog: [],
    metadataLog: [], refs: {}, carried: {},
  }
  return writeMetadata(lake, tableOf(name, '', metadata, undefined), { lastUpdated })
}

/** Names are for the catalogue; on disk they are reduced to what no file system, shell or glob reads in its own way. */
const folderName = (name: string): string => name.replaceAll(/[^A-Za-z0-9_]+/gu, '_').slice(0, 80)
