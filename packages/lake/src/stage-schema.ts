// The next schema of a table. Data files stay as they are: they are read by field id.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Column, Lake, Schema, StagedCommit, Table } from './types.ts'
import { assignFieldIds, sameFields } from './assign-field-ids.ts'
import { checkWritable, nextTime, writeMetadata } from './write-metadata.ts'
import { messages } from './messages.ts'
import { walkFields } from './walk-fields.ts'

/** Stages the schema that the columns describe; undefined where the table has it already. */
export async function stageSchema(lake: Lake, table: Table, columns: readonly Column[]): Promise<Result<StagedCommit | undefined>> {
  const writable = checkWritable(table)
  if (!writable.ok) return writable
  const { metadata, schema } = table
  // A foreign writer may have given ids that it did not count.
  const lastColumnId = Math.max(metadata.lastColumnId, ...metadata.schemas.flatMap((s) => [...walkFields(s)].map((f) => f.id)))
  const assigned = assignFieldIds(columns, { ...schema, lastColumnId })
  if (!assigned.ok) return assigned
  const { fields } = assigned.value
  if (sameFields(fields, schema.fields)) return ok(undefined)
  const used = checkUses(table, fields)
  if (!used.ok) return used
  const identifiers = schema.identifierFieldIds
  const next: Schema = {
    schemaId: Math.max(...metadata.schemas.map((s) => s.schemaId)) + 1, fields, ...(identifiers !== undefined && { identifierFieldIds: identifiers }),
  }
  return writeMetadata(lake, table, {
    lastUpdated: nextTime(lake, table), lastColumnId: assigned.value.lastColumnId, currentSchemaId: next.schemaId, schemas: [...metadata.schemas, next],
  })
}

/** Partitions and sort orders in use hold on to their columns. */
function checkUses(table: Table, fields: Schema['fields']): Result<void> {
  const { partitionSpecs, defaultSpecId, sortOrders, defaultSortOrderId } = table.metadata
  const kept = new Set([...walkFields({ type: 'struct', fields })].map((f) => f.id))
  const uses = [
    { use: 'partitioning', fields: partitionSpecs.find((s) => s.specId === defaultSpecId)?.fields ?? [] },
    { use: 'sort order', fields: sortOrders.find((s) => s.orderId === defaultSortOrderId)?.fields ?? [] },
  ]
  for (const { use, fields: users } of uses) {
    const lost = users.filter((f) => f.transform !== 'void').flatMap((f) => f.sourceIds).find((id) => !kept.has(id))
    const column = [...walkFields(table.schema)].find((f) => f.id === lost)
    if (column !== undefined) return fail(messages['column-in-use']({ column: column.path, use }))
  }
  return ok(undefined)
}
