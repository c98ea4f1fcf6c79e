// A partition spec to the columns of its partitions: where each value comes from, and of which type it is.

import type { DataFile, PartitionSpec, PartitionSummary, Schema, TableMetadata, Value } from './types.ts'
import type { Transform } from './transform.ts'
import { bytesOfValue, compareValues } from './value-bytes.ts'
import { mayTransform, parseTransform, transformedType } from './transform.ts'
import { walkFields } from './walk-fields.ts'

/** One field of a spec. Without `known` its values may be carried, but nothing can be concluded from them. */
export interface PartitionColumn {
  readonly fieldId: number
  readonly name: string
  readonly known?: { readonly transform: Transform; readonly sourceId: number; readonly sourceType: string; readonly type: string }
}

/**
 * The columns of a spec, in its order. A source that the current schema no longer has is looked for in the older ones,
 * newest first. Unknown are transforms of tomorrow, and sources of which no schema tells.
 */
export function partitionColumns(spec: PartitionSpec, metadata: Pick<TableMetadata, 'schemas' | 'currentSchemaId'>): readonly PartitionColumn[] {
  if (spec.fields.length === 0) return []
  const types = typesOf(metadata)
  return spec.fields.map(({ fieldId, name, transform: text, sourceIds }) => {
    const transform = parseTransform(text)
    const [sourceId = 0] = sourceIds
    const sourceType = types.get(sourceId)
    if (!transform.ok || sourceIds.length !== 1 || sourceType === undefined || !mayTransform(transform.value, sourceType)) return { fieldId, name }
    return { fieldId, name, known: { transform: transform.value, sourceId, sourceType, type: transformedType(transform.value, sourceType) } }
  })
}

function typesOf({ schemas, currentSchemaId }: Pick<TableMetadata, 'schemas' | 'currentSchemaId'>): ReadonlyMap<number, string> {
  const types = new Map<number, string>()
  const byAge = (a: Schema, b: Schema): number => Number(a.schemaId === currentSchemaId) - Number(b.schemaId === currentSchemaId) || a.schemaId - b.schemaId
  for (const schema of schemas.toSorted(byAge)) {
    for (const field of walkFields(schema)) if (typeof field.type === 'string') types.set(field.id, field.type)
  }
  return types
}

/** What a manifest list says of the partitions of a manifest's files, so that whole manifests can be left out. */
export function partitionSummaries(columns: readonly PartitionColumn[], files: readonly Pick<DataFile, 'partition'>[]): readonly PartitionSummary[] {
  return columns.map(({ known }, i) => {
    const values = files.map((file) => file.partition?.[i] ?? null)
    const bounded = values.filter((value): value is Value => value !== null && !Number.isNaN(value))
    const [lower, upper] = [least(bounded, 1), least(bounded, -1)]
    return {
      containsNull: values.includes(null),
      containsNan: values.some((value) => Number.isNaN(value)),
      ...(known !== undefined && lower !== undefined && upper !== undefined && { lowerBound: bytesOfValue(known.type, lower), upperBound: bytesOfValue(known.type, upper) }),
    }
  })
}

const least = (values: readonly Value[], sign: 1 | -1): Value | undefined =>
  values.reduce<Value | undefined>((found, value) => (found === undefined || sign * compareValues(value, found) < 0 ? value : found), undefined)
