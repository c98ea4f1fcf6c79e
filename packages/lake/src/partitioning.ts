// How an owner wants a table partitioned and sorted, by the names of its columns, to the format's specs by their ids.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok, resultOf } from '@tulle/kernel'
import type { PartitionField, PartitionSpec, Schema, SortOrder, TableMetadata } from './types.ts'
import type { Transform } from './transform.ts'
import { mayTransform, parseTransform, printTransform } from './transform.ts'
import { messages } from './messages.ts'
import { printType } from './type-text.ts'
import { walkFields } from './walk-fields.ts'

/** A partition field. `source` is the path of a column, with dots between the names of nested ones. */
export interface PartitionBy { readonly source: string; readonly transform: string; readonly name?: string }

/** A sort key: by the column itself unless a transform is named, ascending with nulls first or descending with nulls last. */
export interface SortBy { readonly source: string; readonly transform?: string; readonly direction?: 'asc' | 'desc'; readonly nullOrder?: 'nulls-first' | 'nulls-last' }

/** What specs and orders there are already: an equal field keeps its id, an equal spec or order is taken again. */
export type KnownSpecs = Pick<TableMetadata, 'partitionSpecs' | 'lastPartitionId'>

/** The highest id that a table without partition fields has given to them. */
export const NO_PARTITION_IDS = 999
/** Without keys a table is unsorted, which is always this order. */
const UNSORTED = 0

/** The spec, with the highest partition field id given so far. All findings at once. */
export function toPartitionSpec(fields: readonly PartitionBy[], schema: Pick<Schema, 'fields'>, known: KnownSpecs): Result<{ readonly spec: PartitionSpec; readonly lastPartitionId: number }> {
  const diagnostics: Diagnostic[] = []
  const names = new Map<string, number>()
  const made: PartitionField[] = []
  // A foreign writer may have given ids that it did not count.
  const before = known.partitionSpecs.flatMap((spec) => spec.fields)
  let lastPartitionId = Math.max(NO_PARTITION_IDS, known.lastPartitionId, ...before.map((f) => f.fieldId))
  for (const field of fields) {
    const source = sourceOf(field.source, field.transform, schema)
    if (!source.ok) {
      diagnostics.push(...source.diagnostics)
      continue
    }
    const { id, path, transform } = source.value
    const text = printTransform(transform)
    const name = field.name ?? defaultName(path, transform)
    const column = schema.fields.find((f) => f.name === name)
    if (names.has(name) || (column !== undefined && !(transform.kind === 'identity' && column.id === id))) diagnostics.push(messages['partition-name-taken']({ name }))
    names.set(name, id)
    const twin = made.find((other) => other.sourceIds[0] === id && (other.transform === text || (isTime(other.transform) && isTime(text))))
    if (twin !== undefined) diagnostics.push(messages['partition-redundant']({ column: path, transform: text, other: twin.transform }))
    const same = before.find((f) => f.sourceIds.length === 1 && f.sourceIds[0] === id && f.transform === text && !made.some((other) => other.fieldId === f.fieldId))
    if (same === undefined) lastPartitionId += 1
    made.push({ name, transform: text, sourceIds: [id], fieldId: same?.fieldId ?? lastPartitionId })
  }
  const print = (list: readonly PartitionField[]): string => JSON.stringify(list.map((f) => [f.name, f.transform, f.sourceIds, f.fieldId]))
  const equal = known.partitionSpecs.find((spec) => print(spec.fields) === print(made))
  const specId = equal?.specId ?? Math.max(-1, ...known.partitionSpecs.map((spec) => spec.specId)) + 1
  return resultOf({ spec: { specId, fields: made }, lastPartitionId }, diagnostics)
}

/** The sort order. All findings at once. */
export function toSortOrder(keys: readonly SortBy[], schema: Pick<Schema, 'fields'>, known: readonly SortOrder[]): Result<SortOrder> {
  const diagnostics: Diagnostic[] = []
  const fields = keys.flatMap(({ source, transform = 'identity', direction = 'asc', nullOrder = direction === 'asc' ? 'nulls-first' : 'nulls-last' }) => {
    const found = sourceOf(source, transform, schema)
    if (!found.ok) diagnostics.push(...found.diagnostics)
    return found.ok ? [{ transform: printTransform(found.value.transform), sourceIds: [found.value.id], direction, nullOrder }] : []
  })
  const print = (order: SortOrder['fields']): string => JSON.stringify(order.map((f) => [f.transform, f.sourceIds, f.direction, f.nullOrder]))
  const equal = fields.length === 0 ? UNSORTED : known.find((order) => print(order.fields) === print(fields))?.orderId
  return resultOf({ orderId: equal ?? Math.max(UNSORTED, ...known.map((order) => order.orderId)) + 1, fields }, diagnostics)
}

function sourceOf(path: string, text: string, schema: Pick<Schema, 'fields'>): Result<{ readonly id: number; readonly path: string; readonly transform: Transform }> {
  const transform = parseTransform(text)
  if (!transform.ok) return transform
  const columns = [...walkFields({ type: 'struct', fields: schema.fields })].filter((f) => !f.repeated)
  const column = columns.find((f) => f.path === path)
  if (column === undefined) return fail(messages['column-missing']({ column: path, known: columns.map((f) => f.path) }))
  if (typeof column.type !== 'string' || !mayTransform(transform.value, column.type)) {
    return fail(messages['transform-not-for-type']({ transform: printTransform(transform.value), column: path, type: printType(column.type) }))
  }
  return ok({ id: column.id, path, transform: transform.value })
}

/** As other writers call them. */
function defaultName(path: string, { kind }: Transform): string {
  const suffix = { identity: '', truncate: '_trunc', void: '_null', bucket: '_bucket', year: '_year', month: '_month', day: '_day', hour: '_hour' }[kind]
  return `${path}${suffix}`
}

const isTime = (transform: string): boolean => ['year', 'month', 'day', 'hour'].includes(transform)
