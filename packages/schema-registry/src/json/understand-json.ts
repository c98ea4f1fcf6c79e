// A JSON Schema that can be compared. Every reference in it leads somewhere: into itself, or into a schema that it names.

import { canonicalJson } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import { isJsonObject, reading, readJson, SchemaFault } from '../schema-fault.ts'
import type { Understand, Understood } from '../types.ts'
import { acceptJson, follow } from './accept-json.ts'
import type { JsonSchema } from './accept-json.ts'

interface UnderstoodJson extends Understood { readonly schema: JsonSchema }

export const understandJson: Understand = (text, references) => reading('JSON', (): UnderstoodJson => {
  const root = readJson(text)
  if (!isJsonObject(root) && typeof root !== 'boolean') throw new SchemaFault('it is neither an object nor true or false')
  const schema: JsonSchema = { root, others: new Map(references.map(({ name, text: other }) => [name, readJson(other)])) }
  checkWords(root, schema)
  return { type: 'JSON', schema, canonical: JSON.stringify(root), normalized: canonicalJson(root), follows: (writer) => acceptJson(schema, (writer as UnderstoodJson).schema) }
})

const TYPES: ReadonlySet<Json> = new Set(['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'])
const SCHEMAS = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'] as const
const LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems'] as const
const ONES = ['items', 'additionalProperties', 'additionalItems', 'not', 'contains', 'propertyNames', 'if', 'then', 'else'] as const

function checkWords(schema: Json, whole: JsonSchema): void {
  if (typeof schema === 'boolean') return
  if (!isJsonObject(schema)) throw new SchemaFault(`${JSON.stringify(schema).slice(0, 200)} is no schema`)
  const type = schema['type']
  for (const one of type === undefined ? [] : Array.isArray(type) ? (type as readonly Json[]) : [type]) if (!TYPES.has(one)) throw new SchemaFault(`${JSON.stringify(one).slice(0, 200)} is no type`)
  if (typeof schema['$ref'] === 'string') follow({ schema, ...whole })
  if (schema['required'] !== undefined && !(Array.isArray(schema['required']) && schema['required'].every((name) => typeof name === 'string'))) throw new SchemaFault('"required" is no list of names')
  if (typeof schema['pattern'] === 'string' && schema['pattern'].length > 10_000) throw new SchemaFault('a pattern is longer than 10000')
  for (const key of SCHEMAS) {
    const inner = schema[key]
    if (inner === undefined) continue
    if (!isJsonObject(inner)) throw new SchemaFault(`"${key}" is no object`)
    for (const one of Object.values(inner)) checkWords(one, whole)
  }
  for (const key of LISTS) {
    const inner = schema[key]
    if (inner === undefined) continue
    if (!Array.isArray(inner) || inner.length === 0) throw new SchemaFault(`"${key}" is no list of schemas`)
    for (const one of inner as readonly Json[]) checkWords(one, whole)
  }
  for (const key of ONES) {
    const inner = schema[key]
    if (inner === undefined) continue
    if (Array.isArray(inner) && key === 'items') for (const one of inner as readonly Json[]) checkWords(one, whole)
    else checkWords(inner, whole)
  }
}
