// The next partitioning and the next sort order of a table. Files already written stay as they are: each is read by the
// spec that it was written with.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Lake, StagedCommit, Table } from './types.ts'
import type { PartitionBy, SortBy } from './partitioning.ts'
import { checkWritable, nextTime, writeMetadata } from './write-metadata.ts'
import { toPartitionSpec, toSortOrder } from './partitioning.ts'

/** Stages the partitioning of what is written from now on; undefined where the table has it already. */
export async function stagePartitioning(lake: Lake, table: Table, fields: readonly PartitionBy[]): Promise<Result<StagedCommit | undefined>> {
  const writable = checkWritable(table)
  if (!writable.ok) return writable
  const { partitionSpecs, defaultSpecId } = table.metadata
  const made = toPartitionSpec(fields, table.schema, table.metadata)
  if (!made.ok) return made
  const { spec, lastPartitionId } = made.value
  if (spec.specId === defaultSpecId) return ok(undefined)
  const specs = partitionSpecs.some((s) => s.specId === spec.specId) ? partitionSpecs : [...partitionSpecs, spec]
  return writeMetadata(lake, table, { lastUpdated: nextTime(lake, table), partitionSpecs: specs, defaultSpecId: spec.specId, lastPartitionId })
}

/** Stages the sort order of what is written from now on; undefined where the table has it already. */
export async function stageSortOrder(lake: Lake, table: Table, keys: readonly SortBy[]): Promise<Result<StagedCommit | undefined>> {
  const writable = checkWritable(table)
  if (!writable.ok) return writable
  const { sortOrders, defaultSortOrderId } = table.metadata
  const order = toSortOrder(keys, table.schema, sortOrders)
  if (!order.ok) return order
  if (order.value.orderId === defaultSortOrderId) return ok(undefined)
  const orders = sortOrders.some((o) => o.orderId === order.value.orderId) ? sortOrders : [...sortOrders, order.value]
  return writeMetadata(lake, table, { lastUpdated: nextTime(lake, table), sortOrders: orders, defaultSortOrderId: order.value.orderId })
}
