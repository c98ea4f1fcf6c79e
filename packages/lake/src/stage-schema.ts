// The next schema of a table. Data files stay as they are: they are read by field id.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Column, Lake, Schema, StagedCommit, Table } from './types.ts'
import { assignFieldIds, sameFields } from './assign-field-ids.ts'
import { checkWritable, nextTime, writeMetadata } from './write-metadata.ts'
import { identifierIds } from './identifier-ids.ts'
import { messages } from './messages.ts'
import { walkFields } from './walk-fields.ts'

/**
 * Stages the schema that the columns describe; undefined where the table has it already. `identifiers` are the paths of the
 * columns whose values tell rows apart; without them they stay as they are.
 */
export async function stageSchema(lake: Lake, table: Table, columns: readonly Column[], identifiers?: readonly string[]): Promise<Result<StagedCommit | undefined>> {
  const writable = checkWritable(table)
  if (!writable.ok) return writable
  const { metadata, schema } = table
  // A foreign writer may have given ids that it did not count.
  const lastColumnId = Math.max(metadata.lastColumnId, ...metadata.schemas.flatMap((s) => [...walkFields(s)].map((f) => f.id)))
  const assigned = assignFieldIds(columns, { fields: schema.fields, lastColumnId, ...(identifiers === undefined && schema.identifierFieldIds !== undefined && { identifierFieldIds: schema.identifierFieldIds }) })
  if (!assigned.ok) return assigned
  const { fields } = assigned.value
  const named = identifiers ?? pathsOf(fields, schema.identifierFieldIds)
  const identified = identifierIds(named, fields)
  if (!identified.ok) return identified
  const identifierFieldIds = identifiers === undefined ? schema.identifierFieldIds : identified.value
  if (sameFields(fields, schema.fields) && sameFields(identifierFieldIds ?? [], schema.identifierFieldIds ?? [])) return ok(undefined)
  const used = checkUses(table, fields)
  if (!used.ok) return used
  const next: Schema = {
    schemaId: Math.max(...metadata.schemas.map((s) => s.schemaId)) + 1, fields, ...(identifierFieldIds !== undefined && { identifierFieldIds }),
  }
  return writeMetadata(lake, table, {
    lastUpdated: nextTime(lake, table), lastColumnId: assigned.value.lastColumnId, currentSchemaId: next.schemaId, schemas: [...metadata.schemas, next],
  })
}

const pathsOf = (fields: Schema['fields'], ids: readonly number[] | undefined): readonly string[] | undefined =>
  ids === undefined ? undefined : [...walkFields({ type: 'struct', fields })].filter((f) => ids.includes(f.id)).map((f) => f.path)

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
