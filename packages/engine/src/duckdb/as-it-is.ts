// A single file that has the columns exactly as they are to be → read without a map from field ids to columns. Only so does
// the engine use what the file says of itself (bounds, numbers of nulls) when it plans.

import { quoteLiteral } from '@tulle/sql'
import { duckdbTypeOf } from '../iceberg-type.ts'
import type { Relation, SourceColumn } from '../types.ts'
import type { FileGroup } from './live-rows.ts'
import type { ParquetNode } from './nested-shape.ts'

/** Paths of files, each once, that must be looked into before these relations are defined. */
export const filesToLookInto = (relations: readonly Relation[]): readonly string[] =>
  [...new Set(relations.flatMap(({ files, rowFilter }) => [files, ...(rowFilter?.reads ?? []).map((read) => read.files)]).flatMap((files) => files.filter(({ nested }) => nested !== undefined || files.length === 1).map(({ path }) => path)))]

/** Undefined where the group is not one file, or any column differs from its file's in name, type or field id. */
export function readAsItIs({ files, constants }: FileGroup, columns: readonly SourceColumn[], trees: ReadonlyMap<string, ParquetNode>): string | undefined {
  const [only] = files
  const tree = only === undefined || files.length > 1 ? undefined : trees.get(only.path)
  if (only === undefined || tree === undefined || Object.keys(constants).length > 0) return undefined
  // The engine looks names up in any case, and finds the first of those that differ in case alone.
  const held = new Map<string, ParquetNode>()
  for (const column of tree.below) {
    const name = column.name.toLowerCase()
    if (held.has(name)) return undefined
    held.set(name, column)
  }
  const same = ({ name, type, fieldId }: SourceColumn): boolean => {
    const column = held.get(name.toLowerCase())
    return column !== undefined && column.below.length === 0 && column.name === name && column.fieldId === fieldId && column.type === duckdbTypeOf(type)
  }
  const once = new Set(columns.map(({ name }) => name.toLowerCase())).size === columns.length
  return once && columns.every(same) ? `read_parquet(${quoteLiteral(only.path)}, hive_partitioning = false)` : undefined
}
