// What an engine says of a Parquet file that it wrote, to what a manifest says of it.

import type { DataFile, FileFacts, Schema } from './types.ts'
import { boundOf } from './bound-of.ts'
import { walkFields } from './walk-fields.ts'

/** Describes a file for `stageAppend`. Columns that the schema does not know are left out, and so are bounds of repeated values. */
export function toDataFile(schema: Schema, facts: FileFacts): DataFile {
  const fields = new Map([...walkFields(schema)].map((field) => [field.id, field]))
  const columnSizes = new Map<number, number>()
  const valueCounts = new Map<number, number>()
  const nullCounts = new Map<number, number>()
  const lowerBounds = new Map<number, Uint8Array>()
  const upperBounds = new Map<number, Uint8Array>()
  for (const column of facts.columns) {
    const field = fields.get(column.fieldId)
    if (field === undefined || typeof field.type !== 'string') continue
    if (column.bytes !== undefined) columnSizes.set(field.id, column.bytes)
    // Below a list or a map the engine counts elements, which says nothing about rows.
    if (field.repeated) continue
    valueCounts.set(field.id, facts.rows)
    if (column.nulls !== undefined) nullCounts.set(field.id, column.nulls)
    setBound(lowerBounds, field.id, column.min === undefined ? undefined : boundOf(field.type, column.min, 'lower'))
    setBound(upperBounds, field.id, column.max === undefined ? undefined : boundOf(field.type, column.max, 'upper'))
  }
  return { path: facts.path, rows: facts.rows, bytes: facts.bytes, columnSizes, valueCounts, nullCounts, lowerBounds, upperBounds }
}

function setBound(bounds: Map<number, Uint8Array>, id: number, bound: Uint8Array | undefined): void {
  if (bound !== undefined) bounds.set(id, bound)
}
