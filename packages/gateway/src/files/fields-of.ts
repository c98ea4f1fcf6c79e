// The columns of a file as fields of an Iceberg schema. Their ids count what its reader may see: those of the table would tell of
// columns that are hidden.

import type { IcebergType } from '@tulle/engine'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { assignFieldIds, parseType, printType } from '@tulle/lake'
import type { Column, Field, FieldType } from '@tulle/lake'
import type { ShownColumn } from '../rest/data-query.ts'
import type { VisibleTable } from '../types.ts'

/**
 * A column has the same id in every snapshot, whatever it was called, as long as its reader is decided alike. None is required: a
 * mask may leave nothing of a value.
 */
export function fieldsOf({ columns }: Pick<VisibleTable, 'columns'>, shown: readonly ShownColumn[]): Result<{ readonly fields: readonly Field[]; readonly today: readonly Field[] }> {
  const today = assignFieldIds(columns.map(({ name, type }): Column => ({ name, type: fieldTypeOf(type) })))
  if (!today.ok) return today
  const byFieldId = new Map(columns.map(({ fieldId }, i) => [fieldId, today.value.fields[i] as Field]))
  const fields: Field[] = []
  let { lastColumnId } = today.value
  for (const { name, type, fieldId } of shown) {
    const field = byFieldId.get(fieldId)
    const then = fieldTypeOf(type)
    // Members of a type that was another one then are no members of today's.
    const own = assignFieldIds([{ name, type: then }], { fields: [], lastColumnId })
    if (!own.ok) return own
    const sameType = field !== undefined && printType(field.type) === printType(then)
    if (field !== undefined && !sameType) ({ lastColumnId } = own.value)
    const made = own.value.fields[0] as Field
    fields.push(field === undefined ? made : { ...made, id: field.id, ...(sameType && { type: field.type }) })
  }
  return ok({ fields, today: today.value.fields })
}

/** With ids that are still to be given. A contract's nested types are text, a snapshot's are not. */
function fieldTypeOf(type: IcebergType): FieldType {
  if (typeof type === 'string') {
    const read = parseType(type)
    return read.ok ? read.value : type
  }
  switch (type.type) {
    case 'struct':
      return { type: 'struct', fields: type.fields.map((field) => ({ id: 0, name: field.name, required: false, type: fieldTypeOf(field.type) })) }
    case 'list':
      return { type: 'list', elementId: 0, element: fieldTypeOf(type.element), elementRequired: false }
    case 'map':
      return { type: 'map', keyId: 0, key: fieldTypeOf(type.key), valueId: 0, value: fieldTypeOf(type.value), valueRequired: false }
  }
}
