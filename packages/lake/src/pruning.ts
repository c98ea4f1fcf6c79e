// A filter to what of a table it leaves out without a look inside: manifests by the summaries of their partitions, files by
// their partition and by the bounds and counts of their columns.

import type { DataFile, ManifestEntry, ManifestFile, PartitionSummary, Predicate, Schema, Table, Value } from './types.ts'
import type { ColumnFacts, Leaf } from './may-match.ts'
import type { PartitionColumn } from './partition-columns.ts'
import { isOfType, valueOfBytes } from './value-bytes.ts'
import { mayMatch, valueMayMatch } from './may-match.ts'
import { partitionColumns } from './partition-columns.ts'
import { projectPredicate } from './project-predicate.ts'
import { walkFields } from './walk-fields.ts'

/** True for what may hold a matching row, or a delete of one. */
export interface Pruning { manifest(manifest: ManifestFile): boolean; file(entry: Pick<ManifestEntry, 'content' | 'file'>): boolean }

export function pruningBy(filter: Predicate, { metadata }: Pick<Table, 'metadata'>, schema: Schema): Pruning {
  const specs = new Map(metadata.partitionSpecs.map((spec) => [spec.specId, partitionColumns(spec, metadata)]))
  // Below lists and maps a file's bounds are of elements, which says nothing about its rows.
  const types = new Map([...walkFields(schema)].flatMap((f) => (typeof f.type === 'string' && !f.repeated ? [[f.id, f.type] as const] : [])))
  return {
    manifest: ({ specId, partitions }) => {
      const columns = specs.get(specId) ?? []
      if (partitions === undefined || partitions.length !== columns.length) return true
      const facts = partitions.map((summary, i) => summaryFacts(columns[i], summary))
      return mayMatch(filter, (leaf) => partitionMayMatch(leaf, columns, facts))
    },
    file: ({ content, file }) => {
      const columns = specs.get(file.specId ?? metadata.defaultSpecId) ?? []
      const facts = columns.map((_, i) => exactFacts(file.partition?.[i] ?? null))
      return mayMatch(filter, (leaf) => partitionMayMatch(leaf, columns, facts) && (content !== 'data' || columnMayMatch(leaf, file, types.get(leaf.fieldId))))
    },
  }
}

function partitionMayMatch(leaf: Leaf, columns: readonly PartitionColumn[], facts: readonly ColumnFacts[]): boolean {
  return columns.every(({ known }, i) => {
    const of = facts[i]
    const typed = known?.sourceId === leaf.fieldId ? typedLeaf(leaf, known.sourceType) : undefined
    if (known === undefined || of === undefined || typed === undefined) return true
    const projected = projectPredicate(typed, known.transform, known.sourceType)
    return projected === undefined || projected.some((alternative) => valueMayMatch(alternative, of))
  })
}

function columnMayMatch(leaf: Leaf, file: DataFile, type: string | undefined): boolean {
  const typed = type === undefined ? undefined : typedLeaf(leaf, type)
  return type === undefined || typed === undefined || valueMayMatch(typed, fileFacts(file, leaf.fieldId, type))
}

/** The predicate with values of the type; undefined where it has others, of which nothing can be concluded. */
function typedLeaf(leaf: Leaf, type: string): Leaf | undefined {
  switch (leaf.kind) {
    case 'compare': {
      const value = typed(leaf.value, type)
      return value === undefined ? undefined : { ...leaf, value }
    }
    case 'in': {
      const values = leaf.values.map((value) => typed(value, type))
      return values.includes(undefined) ? undefined : { ...leaf, values: values as readonly Value[] }
    }
    case 'starts-with':
      return type === 'string' ? leaf : undefined
    default:
      return leaf
  }
}

/** An older schema’s int is compared with what is a long by now. */
function typed(value: Value, type: string): Value | undefined {
  const widened = type === 'long' && Number.isSafeInteger(value) ? BigInt(value as number) : value
  return isOfType(type, widened) ? widened : undefined
}

const exactFacts = (value: Value | null): ColumnFacts => ({
  mayBeNull: value === null, mayBeValue: value !== null, mayBeNan: Number.isNaN(value),
  ...(value !== null && !Number.isNaN(value) && { lower: value, upper: value }),
})

const summaryFacts = (column: PartitionColumn | undefined, { containsNull, containsNan, lowerBound, upperBound }: PartitionSummary): ColumnFacts => ({
  mayBeNull: containsNull, mayBeValue: true, ...boundFacts(column?.known?.type ?? '', containsNan, lowerBound, upperBound),
})

function fileFacts({ valueCounts, nullCounts, nanCounts, lowerBounds, upperBounds }: DataFile, id: number, type: string): ColumnFacts {
  const [values, nulls, nans] = [valueCounts?.get(id), nullCounts?.get(id), nanCounts?.get(id)]
  return {
    mayBeNull: nulls !== 0, mayBeValue: values === undefined || values !== nulls,
    ...boundFacts(type, nans === undefined ? undefined : nans > 0, lowerBounds?.get(id), upperBounds?.get(id)),
  }
}

function boundFacts(type: string, hasNan: boolean | undefined, lowerBytes: Uint8Array | undefined, upperBytes: Uint8Array | undefined): Pick<ColumnFacts, 'mayBeNan' | 'lower' | 'upper'> {
  const mayBeNan = (type === 'float' || type === 'double') && hasNan !== false
  // Writers have ordered uuids by signed halves as well as by unsigned bytes, so only a single one is bounded for sure.
  if (type === 'uuid' && Buffer.compare(lowerBytes ?? Buffer.of(0), upperBytes ?? Buffer.of(1)) !== 0) return { mayBeNan }
  const [lower, upper] = [lowerBytes, upperBytes].map((bytes) => (bytes === undefined ? undefined : valueOfBytes(type, bytes)))
  return { mayBeNan, ...(lower !== undefined && { lower }), ...(upper !== undefined && { upper }) }
}
