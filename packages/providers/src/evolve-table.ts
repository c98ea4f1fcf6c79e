// The columns and the layout of a contract become the schema and the specs of a table: of a new one, or the next ones of a
// table that has data. Stages only; nobody sees it before its pointer is swapped.

import { ok } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { mayBecome, parseType, printType, stagePartitioning, stageSchema, stageSortOrder } from '@tulle/lake'
import type { Column, Field, FieldType, Lake, PartitionBy, SortBy, StagedCommit, Table } from '@tulle/lake'
import type { DataLayout } from '@tulle/model'
import type { AppliedColumn } from './data-set.ts'

/** Declared columns as the lake takes them; types that it does not know are its diagnostics. */
export function toColumns(declared: readonly AppliedColumn[]): Result<readonly Column[]> {
  const columns: Column[] = []
  for (const { name, type, required, description } of declared) {
    const parsed = parseType(type)
    if (!parsed.ok) return parsed
    columns.push({ name, type: parsed.value, required, ...(description !== undefined && { doc: description }) })
  }
  return ok(columns)
}

/**
 * Stages what makes a table have these columns in this layout; undefined where it has. Without a layout the
 * table's own stays. A column whose type cannot be promoted is replaced by a new one of the same name: its old values stay in
 * old snapshots, the next run fills the new one.
 */
export async function evolveTable(lake: Lake, table: Table, declared: readonly Column[], layout?: DataLayout): Promise<Result<StagedCommit | undefined>> {
  const columns = [...declared, ...keptBeyond(table.schema.fields, declared)]
  const replaced = new Set(columns.filter((column) => isReplaced(table.schema.fields, column)).map((column) => column.name))
  const stays = (name: string): boolean => !replaced.has(name) && columns.some((column) => column.name === name)
  const steps: Step[] = []
  // The format holds on to columns that files are laid out by, so a layout gives up those that leave before they do.
  if (!laidOutBy(table).every(stays)) {
    const known = (name: string): boolean => stays(name) && table.schema.fields.some((field) => field.name === name)
    steps.push(...layoutSteps(lake, {
      partitioning: (layout?.partitioning ?? []).filter(({ column }) => known(column)),
      sortOrder: (layout?.sortOrder ?? []).filter(({ column }) => known(column)),
    }))
  }
  // The format forbids a change of type in place, so the old column first gives its name away and then goes.
  if (replaced.size > 0) {
    steps.push((now) => stageSchema(lake, now, now.schema.fields.map((field, index) => (replaced.has(field.name)
      ? { ...toColumn(field), name: `replaced ${index} ${now.schema.schemaId}`, renamedFrom: field.name }
      : toColumn(field)))))
  }
  steps.push((now) => stageSchema(lake, now, fitted(now.schema.fields, columns)), ...(layout === undefined ? [] : layoutSteps(lake, layout)))
  let staged: StagedCommit | undefined
  for (const step of steps) {
    const next = await step(staged?.table ?? table)
    if (!next.ok) return next
    staged = next.value ?? staged
  }
  return ok(staged)
}

/** Marks a column that no contract names, so that it is no drift by hand. A contract that names it takes the mark away. */
const KEPT = 'Not in the contract: kept since the source has it.'

/** True for a column that a run has added, because its source has it and the contract lets the data set evolve. */
export const isKept = ({ doc }: Pick<Field, 'doc'>): boolean => doc === KEPT

function keptBeyond(fields: readonly Field[], declared: readonly Column[]): readonly Column[] {
  const names = new Set(declared.map(({ name }) => name.toLowerCase()))
  return fields.filter((field) => isKept(field) && !names.has(field.name.toLowerCase())).map((field) => ({ ...toColumn(field), required: false }))
}

/** Stages columns beyond the contract, or wider types of such columns; undefined where the table has them. */
export function stageKept(lake: Lake, table: Table, columns: readonly Pick<Column, 'name' | 'type'>[]): Promise<Result<StagedCommit | undefined>> {
  const { fields } = table.schema
  const added = columns.filter(({ name }) => !fields.some((field) => field.name === name))
  const next = fields.map((field) => ({ ...toColumn(field), ...(isKept(field) && { type: columns.find(({ name }) => name === field.name)?.type ?? field.type }) }))
  return stageSchema(lake, table, [...next, ...added.map(({ name, type }) => ({ name, type, required: false, doc: KEPT }))])
}

/** Stages one change on what the steps before staged; undefined where the table is so already. */
type Step = (now: Table) => Promise<Result<StagedCommit | undefined>>

const layoutSteps = (lake: Lake, layout: DataLayout): readonly Step[] => [
  (now) => stagePartitioning(lake, now, partitionsOf(layout)),
  (now) => stageSortOrder(lake, now, sortKeysOf(layout)),
]

/** A layout as the lake takes it. */
export const partitionsOf = ({ partitioning = [] }: DataLayout): readonly PartitionBy[] => partitioning.map(({ column, transform }) => ({ source: column, transform }))
export const sortKeysOf = ({ sortOrder = [] }: DataLayout): readonly SortBy[] => sortOrder.map(({ column, direction }) => ({ source: column, direction }))

/** The columns that new files are laid out by now. */
function laidOutBy({ schema, metadata: { partitionSpecs, defaultSpecId, sortOrders, defaultSortOrderId } }: Table): readonly string[] {
  const used = [
    ...(partitionSpecs.find((spec) => spec.specId === defaultSpecId)?.fields ?? []),
    ...(sortOrders.find((order) => order.orderId === defaultSortOrderId)?.fields ?? []),
  ].filter(({ transform }) => transform !== 'void').flatMap(({ sourceIds }) => sourceIds)
  return schema.fields.filter(({ id }) => used.includes(id)).map(({ name }) => name)
}

/** True where a table's schema is not what the contract's columns make of it. */
export function schemaDiffers(fields: readonly Field[], declared: readonly Column[]): boolean {
  const columns = [...declared, ...keptBeyond(fields, declared)]
  const wanted = fitted(fields, columns)
  return wanted.length !== fields.length || wanted.some((column, index) => {
    const field = fields[index]
    return field === undefined || field.name !== column.name || field.required !== (column.required ?? false)
      || (field.doc ?? '') !== (column.doc ?? '') || printType(field.type) !== printType(column.type)
  })
}

// Rows already written may lack a value, so a column that is new, or was optional, stays optional in the table; the
// contract's check before publishing is what keeps nulls out.
function fitted(fields: readonly Field[], columns: readonly Column[]): readonly Column[] {
  const known = new Map(fields.map((field) => [field.name, field]))
  return columns.map((column) => {
    const field = known.get(column.name)
    const required = column.required === true && field?.required === true
    return { ...column, required, type: fittedType(field?.type, column.type) }
  })
}

function fittedType(before: FieldType | undefined, type: FieldType): FieldType {
  if (typeof type === 'string') return type
  switch (type.type) {
    case 'struct':
      return { ...type, fields: type.fields.map((field) => {
        const was = typeof before === 'object' && before.type === 'struct' ? before.fields.find((known) => known.name === field.name) : undefined
        return { ...field, required: field.required && (was?.required ?? before === undefined), type: fittedType(was?.type, field.type) }
      }) }
    case 'list': {
      const was = typeof before === 'object' && before.type === 'list' ? before : undefined
      const elementRequired = type.elementRequired && (was?.elementRequired ?? before === undefined)
      return { ...type, elementRequired, element: fittedType(was?.element, type.element) }
    }
    case 'map': {
      const was = typeof before === 'object' && before.type === 'map' ? before : undefined
      const valueRequired = type.valueRequired && (was?.valueRequired ?? before === undefined)
      return { ...type, valueRequired, value: fittedType(was?.value, type.value) }
    }
  }
}

function isReplaced(fields: readonly Field[], column: Column): boolean {
  const field = fields.find((known) => known.name === column.name)
  return field !== undefined && !isReadableAs(field.type, column.type)
}

/** True where values of the one type can be read as the other without being written again. */
function isReadableAs(from: FieldType, to: FieldType): boolean {
  if (typeof from === 'string' || typeof to === 'string') return typeof from === 'string' && typeof to === 'string' && mayBecome(from, to)
  if (from.type === 'struct' && to.type === 'struct') {
    return to.fields.every((field) => {
      const was = from.fields.find((known) => known.name === field.name)
      return was === undefined || isReadableAs(was.type, field.type)
    })
  }
  if (from.type === 'list' && to.type === 'list') return isReadableAs(from.element, to.element)
  return from.type === 'map' && to.type === 'map' && printType(from.key) === printType(to.key) && isReadableAs(from.value, to.value)
}

const toColumn = ({ name, type, required, doc }: Field): Column => ({ name, type, required, ...(doc !== undefined && { doc }) })

/** Field ids by column, of the top level. */
export const fieldIdsIn = (table: Table): Readonly<Record<string, number>> => Object.fromEntries(table.schema.fields.map((field) => [field.name, field.id]))
