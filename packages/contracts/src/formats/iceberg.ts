// Contracts as the JSON of Iceberg's schemas. A schema has no place for what it has no word for: it is written, not read back.

import type { Json } from '@tulle/kernel'
import type { TypedProperty } from '@tulle/model'
import { columnTypeOf } from '@tulle/model'
import { isObj, nameOf, propertiesOf, schemaOf, textOf } from '../document.ts'
import type { Obj } from '../document.ts'
import type { TextFormat } from './types.ts'

/** One schema for one object, a list of them for several. */
export const iceberg: TextFormat = {
  print: (contract) => {
    const schemas = schemaOf(contract).map(schemaOfObject)
    return `${JSON.stringify(schemas.length === 1 ? schemas[0] : schemas, null, 2)}\n`
  },
}

function schemaOfObject(object: Obj): Json {
  const ids = { next: 1 }
  const fields = fieldsOf(object, ids)
  const key = propertiesOf(object).flatMap((property, i) => (property['primaryKey'] === true ? [fields[i]?.['id'] as number] : []))
  return { 'schema-id': 0, type: 'struct', ...(key.length > 0 && { 'identifier-field-ids': key }), fields: [...fields] }
}

/** Ids are given level by level, as Iceberg gives them to a new table. */
function fieldsOf(object: Obj, ids: { next: number }): readonly Obj[] {
  const numbered = propertiesOf(object).map((property) => {
    const id = ids.next
    ids.next += 1
    return { id, property }
  })
  return numbered.map(({ id, property }) => ({
    id, name: nameOf(property), required: property['required'] === true || property['primaryKey'] === true, type: typeOf(property, ids),
    ...(textOf(property['description']) !== undefined && { doc: textOf(property['description']) as string }),
  }))
}

function typeOf(property: Obj, ids: { next: number }): Json {
  if (property['logicalType'] === 'array' || isObj(property['items'])) {
    const id = ids.next
    ids.next += 1
    const items = isObj(property['items']) ? property['items'] : {}
    return { type: 'list', 'element-id': id, 'element-required': items['required'] === true, element: typeOf(items, ids) }
  }
  if (propertiesOf(property).length > 0) return { type: 'struct', fields: [...fieldsOf(property, ids)] }
  return columnTypeOf(property as TypedProperty) ?? 'string'
}
