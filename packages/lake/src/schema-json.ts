// Schemas to and from the JSON of metadata files and manifest headers.

import type { ExactJson, Field, FieldType, JsonObject, Schema } from './types.ts'
import type { JsonReader } from './json-reader.ts'
import { PRIMITIVE_TYPES } from './type-text.ts'
import { walkFields } from './walk-fields.ts'

const MAX_DEPTH = 64
const FIELD_KEYS: ReadonlySet<string> = new Set(['id', 'name', 'required', 'type', 'doc'])
// Types of format v3 may be read; the verbs that write refuse tables of that version.
const PRIMITIVES: ReadonlySet<string> = new Set([...PRIMITIVE_TYPES, 'timestamp_ns', 'timestamptz_ns', 'unknown', 'variant', 'geometry', 'geography'])
const PARAMETRIC = /^(?:decimal\(\s*\d{1,2}\s*,\s*-?\d{1,2}\s*\)|fixed\[\s*\d{1,9}\s*\]|geometry\(.{0,200}\)|geography\(.{0,200}\))$/u

/** Reads a schema and notes what is wrong with it. `schemaId` stands in where version 1 does not number its only schema. */
export function readSchema(json: JsonReader, schemaId?: number): Schema {
  json.get('type').oneOf(['struct'])
  const fields = readFields(json, 0)
  const identifiers = json.get('identifier-field-ids')
  const id = json.get('schema-id')
  const schema: Schema = {
    schemaId: id.present || schemaId === undefined ? id.integer(0) : schemaId,
    fields,
    ...(identifiers.present && { identifierFieldIds: identifiers.list().map((i) => i.integer()) }),
  }
  const seen = new Map<number, string>()
  for (const field of walkFields(schema)) {
    const other = seen.get(field.id)
    if (other !== undefined) json.get('fields').wrong(`the columns "${other}" and "${field.path}" have the same id ${field.id}`)
    seen.set(field.id, field.path)
  }
  for (const identifier of schema.identifierFieldIds ?? []) {
    if (!seen.has(identifier)) identifiers.wrong(`no column has the id ${identifier}`)
  }
  return schema
}

/** Prints a schema as metadata files hold it. */
export function schemaToJson(schema: Schema): JsonObject {
  return {
    type: 'struct',
    'schema-id': schema.schemaId,
    ...(schema.identifierFieldIds !== undefined && { 'identifier-field-ids': schema.identifierFieldIds }),
    fields: schema.fields.map(fieldToJson),
  }
}

function readFields(json: JsonReader, depth: number): readonly Field[] {
  const names = new Set<string>()
  return json.get('fields').list().map((field) => {
    const doc = field.get('doc')
    const name = field.get('name').text()
    if (names.has(name)) field.get('name').wrong(`another column is called ${JSON.stringify(name)} too`)
    names.add(name)
    const carried = field.carried(FIELD_KEYS)
    return {
      id: field.get('id').integer(),
      name,
      required: field.get('required').boolean(),
      type: readType(field.get('type'), depth + 1),
      ...(doc.present && { doc: doc.text() }),
      ...(Object.keys(carried).length > 0 && { carried }),
    }
  })
}

function readType(json: JsonReader, depth: number): FieldType {
  if (depth > MAX_DEPTH) {
    json.wrong(`types are nested at most ${MAX_DEPTH} deep`)
    return 'string'
  }
  if (typeof json.value === 'string') return readPrimitive(json, json.value)
  switch (json.get('type').oneOf(['struct', 'list', 'map'])) {
    case 'struct':
      return { type: 'struct', fields: readFields(json, depth) }
    case 'list':
      return {
        type: 'list', elementId: json.get('element-id').integer(), elementRequired: json.get('element-required').boolean(),
        element: readType(json.get('element'), depth + 1),
      }
    case 'map':
      return {
        type: 'map', keyId: json.get('key-id').integer(), key: readType(json.get('key'), depth + 1),
        valueId: json.get('value-id').integer(), value: readType(json.get('value'), depth + 1), valueRequired: json.get('value-required').boolean(),
      }
  }
}

/** Decimals are printed with and without a space; inside, the specification's own spelling holds. */
function readPrimitive(json: JsonReader, text: string): string {
  if (!PRIMITIVES.has(text) && !PARAMETRIC.test(text)) json.wrong(`"${text.slice(0, 60)}" is no type`)
  const decimal = /^decimal\(\s*(\d+)\s*,\s*(-?\d+)\s*\)$/u.exec(text)
  if (decimal !== null) return `decimal(${Number(decimal[1])}, ${Number(decimal[2])})`
  const fixed = /^fixed\[\s*(\d+)\s*\]$/u.exec(text)
  return fixed === null ? text : `fixed[${Number(fixed[1])}]`
}

const fieldToJson = (field: Field): JsonObject => ({
  id: field.id, name: field.name, required: field.required, type: typeToJson(field.type),
  ...(field.doc !== undefined && { doc: field.doc }),
  ...field.carried,
})

function typeToJson(type: FieldType): ExactJson {
  if (typeof type === 'string') return type
  switch (type.type) {
    case 'struct':
      return { type: 'struct', fields: type.fields.map(fieldToJson) }
    case 'list':
      return { type: 'list', 'element-id': type.elementId, 'element-required': type.elementRequired, element: typeToJson(type.element) }
    case 'map':
      return {
        type: 'map', 'key-id': type.keyId, key: typeToJson(type.key),
        'value-id': type.valueId, 'value-required': type.valueRequired, value: typeToJson(type.value),
      }
  }
}
