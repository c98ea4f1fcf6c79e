// Contracts as the JSON of Iceberg's schemas, and a draft of a contract from one (or from the metadata of a table, whose current one
// counts). A schema has no place for what it has no word for, so it does not carry a contract.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { TypedProperty, YamlDocument } from '@tulle/model'
import { columnTypeOf } from '@tulle/model'
import { isObj, nameOf, objsOf, propertiesOf, schemaOf, textOf } from '../document.ts'
import type { Obj } from '../document.ts'
import { messages } from '../messages.ts'
import { newContract } from './new-contract.ts'
import type { TextFormat } from './types.ts'

/** One schema for one object, a list of them for several. */
export const iceberg: TextFormat = {
  print: (contract) => {
    const schemas = schemaOf(contract).map(schemaOfObject)
    return `${JSON.stringify(schemas.length === 1 ? schemas[0] : schemas, null, 2)}\n`
  },
  read,
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

function read({ value, place }: YamlDocument): Result<Obj> {
  const schemas = Array.isArray(value) ? objsOf(value) : isObj(value) && Array.isArray(value['schemas']) ? currentOf(value) : isObj(value) ? [value] : []
  const structs = schemas.filter((schema) => schema['type'] === 'struct' && Array.isArray(schema['fields']))
  if (structs.length === 0) return fail(messages['not-this-format']({ format: 'Iceberg schema', why: 'it is no struct with fields' }, { place: place([]) }))
  return ok(newContract({ id: 'imported', objects: structs.map((schema, i) => ({ name: structs.length === 1 ? 'data' : `data_${i + 1}`, properties: keyed(schema, objsOf(schema['fields'])) })) }))
}

/** Of a table's metadata, the schema that it has now. */
const currentOf = (metadata: Obj): readonly Obj[] => objsOf(metadata['schemas']).filter((schema) => schema['schema-id'] === metadata['current-schema-id'])

function keyed(schema: Obj, fields: readonly Obj[]): readonly Obj[] {
  const ids = Array.isArray(schema['identifier-field-ids']) ? schema['identifier-field-ids'] as readonly Json[] : []
  return fields.map((field): Obj => {
    const at = ids.indexOf(field['id'] ?? null)
    return { ...propertyOf(field), ...(at >= 0 && { primaryKey: true, primaryKeyPosition: at + 1 }) }
  })
}

const propertyOf = (field: Obj): Obj => ({
  name: textOf(field['name']) ?? '', ...shapeOf(field['type'] ?? null), ...(field['required'] === true && { required: true }),
  ...(textOf(field['doc']) !== undefined && { description: textOf(field['doc']) as string }),
})

const LOGICAL: Readonly<Record<string, Obj>> = {
  boolean: { logicalType: 'boolean' }, int: { logicalType: 'integer', physicalType: 'int' }, long: { logicalType: 'integer' }, float: { logicalType: 'number', physicalType: 'float' }, double: { logicalType: 'number' },
  string: { logicalType: 'string' }, date: { logicalType: 'date' }, time: { logicalType: 'time' }, timestamp: { logicalType: 'timestamp' }, timestamptz: { logicalType: 'timestamp', logicalTypeOptions: { timezone: true } },
  uuid: { logicalType: 'string', logicalTypeOptions: { format: 'uuid' } }, binary: { logicalType: 'string', physicalType: 'binary' },
}

function shapeOf(type: Json): Obj {
  if (isObj(type)) {
    if (type['type'] === 'struct') return { logicalType: 'object', properties: objsOf(type['fields']).map(propertyOf) }
    if (type['type'] === 'list') return { logicalType: 'array', items: { ...shapeOf(type['element'] ?? null), ...(type['element-required'] === true && { required: true }) } }
    return { logicalType: 'object' }
  }
  const name = textOf(type) ?? 'string'
  const decimal = /^decimal\(\s*(\d{1,2})\s*,\s*(\d{1,2})\s*\)$/u.exec(name)
  if (decimal !== null) return { logicalType: 'number', physicalType: `decimal(${String(decimal[1])}, ${String(decimal[2])})` }
  return Object.hasOwn(LOGICAL, name) ? LOGICAL[name] as Obj : { logicalType: 'string', ...(name.startsWith('fixed[') && { physicalType: 'binary' }) }
}
