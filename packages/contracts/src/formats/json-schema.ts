// Contracts as JSON Schema (2020-12): each object of the contract is a definition. References are followed inside the
// document alone, never in a circle and never to many times the document's size.

import type { Diagnostic, Json, Place, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { YamlDocument } from '@tulle/model'
import { columnTypeOf } from '@tulle/model'
import type { TypedProperty } from '@tulle/model'
import { isObj, memberOf, nameOf, propertiesOf, schemaOf, textOf } from '../document.ts'
import type { Obj } from '../document.ts'
import { messages } from '../messages.ts'
import type { DataFormat } from './types.ts'
import { newContract } from './new-contract.ts'

const MOST_COLUMNS = 20_000

export const jsonSchema: DataFormat = { write, read, free: 'x-odcs', syntax: 'json' }

function write(contract: Obj): Obj {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    ...(textOf(contract['id']) !== undefined && { 'x-contract': textOf(contract['id']) as string }),
    ...(textOf(contract['name']) !== undefined && { title: textOf(contract['name']) as string }),
    $defs: Object.fromEntries(schemaOf(contract).map((object) => [nameOf(object), objectSchema(object)])),
  }
}

function objectSchema(object: Obj): Obj {
  const properties = propertiesOf(object)
  const required = properties.filter((property) => property['required'] === true || property['primaryKey'] === true).map(nameOf)
  return {
    type: 'object',
    ...described(object),
    properties: Object.fromEntries(properties.map((property) => [nameOf(property), propertySchema(property)])),
    ...(required.length > 0 && { required }),
  }
}

const described = (property: Obj): Obj => ({ ...(textOf(property['description']) !== undefined && { description: textOf(property['description']) as string }), ...(Array.isArray(property['examples']) && { examples: property['examples'] as Json }) })

function propertySchema(property: Obj): Obj {
  if (property['logicalType'] === 'array' || isObj(property['items'])) return { type: 'array', ...described(property), items: isObj(property['items']) ? propertySchema(property['items']) : {} }
  if (propertiesOf(property).length > 0) return objectSchema(property)
  return { ...typeSchema(columnTypeOf(property as TypedProperty) ?? 'string'), ...described(property), ...optionsOf(property) }
}

const TYPES: Readonly<Record<string, Obj>> = {
  boolean: { type: 'boolean' }, int: { type: 'integer', format: 'int32' }, long: { type: 'integer' }, float: { type: 'number', format: 'float' }, double: { type: 'number' },
  string: { type: 'string' }, date: { type: 'string', format: 'date' }, time: { type: 'string', format: 'time' }, timestamp: { type: 'string', format: 'date-time' }, timestamptz: { type: 'string', format: 'date-time' },
  uuid: { type: 'string', format: 'uuid' }, binary: { type: 'string', contentEncoding: 'base64' },
}
const typeSchema = (type: string): Obj => TYPES[type] ?? { type: 'number' }

const OPTIONS = ['minLength', 'maxLength', 'pattern', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minItems', 'maxItems', 'uniqueItems'] as const
function optionsOf(property: Obj): Obj {
  const options = property['logicalTypeOptions']
  if (!isObj(options)) return {}
  // Bounds of days and times are texts, which JSON Schema has no word for.
  return Object.fromEntries(OPTIONS.filter((key) => options[key] !== undefined && !(key.toLowerCase().endsWith('imum') && typeof options[key] !== 'number')).map((key) => [key, options[key] as Json]))
}

interface Walk { readonly root: Obj; readonly place: (path: readonly (string | number)[]) => Place; readonly open: readonly string[]; readonly left: { columns: number }; readonly found: Diagnostic[] }

function read(document: YamlDocument): Result<Obj> {
  const root = document.value
  if (!isObj(root)) return fail(messages['not-this-format']({ format: 'JSON Schema', why: 'it is no object' }, { place: document.place([]) }))
  const walk: Walk = { root, place: (path) => document.place(path), open: [], left: { columns: MOST_COLUMNS }, found: [] }
  const definitions = isObj(root['$defs']) ? root['$defs'] : isObj(root['definitions']) ? root['definitions'] : {}
  const key = isObj(root['$defs']) ? '$defs' : 'definitions'
  const own = isObj(root['properties'])
  if (!own && !isObj(root[key])) return fail(messages['not-this-format']({ format: 'JSON Schema', why: 'it has neither properties nor $defs' }, { place: document.place([]) }))
  const objects = own
    ? [{ name: textOf(root['title']) ?? 'data', ...objectOf(root, [], walk) }]
    : Object.entries(definitions).filter((entry): entry is [string, Obj] => isObj(entry[1])).map(([name, schema]) => ({ name, ...objectOf(schema, [key, name], walk) }))
  if (walk.found.length > 0) return fail(...walk.found.slice(0, 100))
  return ok(newContract({ id: textOf(root['x-contract']) ?? textOf(root['$id']) ?? 'imported', name: textOf(root['title']), objects }))
}

function objectOf(schema: Obj, path: readonly string[], walk: Walk): Obj {
  const properties = isObj(schema['properties']) ? schema['properties'] : {}
  const required = new Set(Array.isArray(schema['required']) ? (schema['required'] as readonly Json[]).map(String) : [])
  return {
    ...described(schema),
    properties: Object.entries(properties).map(([name, inner]) => ({ name, ...propertyOf(isObj(inner) ? inner : {}, [...path, 'properties', name], walk), ...(required.has(name) && { required: true }) })),
  }
}

function propertyOf(schema: Obj, path: readonly string[], walk: Walk): Obj {
  walk.left.columns -= 1
  if (walk.left.columns === -1) walk.found.push(messages['definition-too-large']({ most: MOST_COLUMNS }, { place: walk.place(path) }))
  if (walk.left.columns < 0) return {}
  const reference = textOf(schema['$ref'])
  if (reference !== undefined) return follow(reference, path, walk)
  const types = (Array.isArray(schema['type']) ? (schema['type'] as readonly Json[]) : [schema['type'] ?? null]).filter((type) => type !== 'null')
  const type = types.length === 1 ? textOf(types[0]) : undefined
  if (type === 'array') return { logicalType: 'array', ...described(schema), items: propertyOf(isObj(schema['items']) ? schema['items'] : {}, [...path, 'items'], walk) }
  if (type === 'object' && isObj(schema['properties'])) return { logicalType: 'object', ...objectOf(schema, path, walk) }
  const options = Object.fromEntries(OPTIONS.filter((key) => schema[key] !== undefined).map((key) => [key, schema[key] as Json]))
  const format = textOf(schema['format'])
  const extra = type === 'integer' && format === 'int32' ? { format: 'i32' } : type === 'number' && format === 'float' ? { format: 'f32' } : format === 'uuid' ? { format } : {}
  const all = { ...options, ...extra }
  return { logicalType: LOGICAL[`${type} ${format}`] ?? (type !== undefined && PLAIN.has(type) ? type : 'string'), ...described(schema), ...(Object.keys(all).length > 0 && { logicalTypeOptions: all }) }
}

const LOGICAL: Readonly<Record<string, string>> = { 'string date': 'date', 'string time': 'time', 'string date-time': 'timestamp' }
const PLAIN = new Set(['string', 'number', 'integer', 'boolean', 'object'])

function follow(reference: string, path: readonly string[], walk: Walk): Obj {
  const refuse = (code: 'reference-refused' | 'reference-dangling' | 'definition-circle'): Obj => {
    walk.found.push(messages[code]({ reference }, { place: walk.place([...path, '$ref']) }))
    return {}
  }
  if (!reference.startsWith('#/')) return refuse('reference-refused')
  if (walk.open.includes(reference)) return refuse('definition-circle')
  const steps = reference.slice(2).split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  const target = steps.reduce<Json | undefined>((here, step) => (isObj(here) ? memberOf(here, step) : undefined), walk.root)
  return isObj(target) ? propertyOf(target, steps, { ...walk, open: [...walk.open, reference] }) : refuse('reference-dangling')
}
