// Whether a JSON Schema of a reader accepts all that one of a writer allows. By the rules that Confluent's registry documents for
// JSON Schema: what a schema leaves open may hold anything, so a property that is added to an open one is no harmless change.

import { canonicalJson } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import { isJsonObject, SchemaFault } from '../schema-fault.ts'
import type { JsonObject } from '../schema-fault.ts'

export interface JsonSchema { readonly root: Json; /** Other schemas by the names that `$ref` uses. */ readonly others: ReadonlyMap<string, Json> }

/** A place in one of the two documents: what is there, and what `#` means there. */
interface Here { readonly schema: Json; readonly root: Json; readonly others: ReadonlyMap<string, Json> }

const MOST_LOOKS = 200_000
const DEEPEST = 64
interface Walk { readonly open: Set<string>; readonly left: { looks: number }; readonly path: string; readonly depth: number }

/** Why the reader refuses something that the writer allows, one sentence each with its path; empty where it never does. */
export function acceptJson(reader: JsonSchema, writer: JsonSchema): readonly string[] {
  return accept({ schema: reader.root, ...reader }, { schema: writer.root, ...writer }, { open: new Set(), left: { looks: MOST_LOOKS }, path: '#', depth: 0 })
}

function accept(readerAt: Here, writerAt: Here, walk: Walk): readonly string[] {
  walk.left.looks -= 1
  if (walk.left.looks < 0 || walk.depth > DEEPEST) throw new SchemaFault('its alternatives are too entangled to be compared')
  const pair = refPair(readerAt, writerAt)
  if (pair !== undefined && walk.open.has(pair)) return []
  const inner: Walk = { ...walk, depth: walk.depth + 1, ...(pair !== undefined && { open: new Set(walk.open).add(pair) }) }
  const [reader, writer] = [follow(readerAt), follow(writerAt)]
  if (reader.schema === true || isEmpty(reader.schema) || writer.schema === false) return []
  if (reader.schema === false) return [say('TYPE_CHANGED', walk, 'nothing is allowed any more')]
  const is = reader.schema as JsonObject
  // True allows what an empty schema does.
  const was = (writer.schema === true ? {} : writer.schema) as JsonObject
  if (canonicalJson(is) === canonicalJson(was) && canonicalJson(reader.root) === canonicalJson(writer.root)) return []
  const by = (at: Here, schema: Json): Here => ({ ...at, schema })
  const sum = branchesOf(was)
  if (sum !== undefined) {
    const rest = without(was, ['anyOf', 'oneOf'])
    return sum.flatMap((branch) => accept(reader, by(writer, join(rest, branch)), inner))
  }
  const readerSum = branchesOf(is)
  if (readerSum !== undefined) {
    const own = without(is, ['anyOf', 'oneOf'])
    const fits = readerSum.some((branch) => accept(by(reader, join(own, branch)), by(writer, was), inner).length === 0)
    return fits ? [] : [say('COMBINED_TYPE_SUBSCHEMAS_CHANGED', walk, 'none of the alternatives accepts what was allowed')]
  }
  const product = partsOf(is)
  if (product !== undefined) return [without(is, ['allOf']), ...product].flatMap((part) => accept(by(reader, part), by(writer, was), inner))
  const wasProduct = partsOf(was)
  if (wasProduct !== undefined) return accept(reader, by(writer, wasProduct.reduce<Json>(join, without(was, ['allOf']))), inner)
  return plain(reader, is, writer, was, inner)
}

const say = (type: string, { path }: Walk, what: string): string => `${type} at ${path}: ${what}`
const isEmpty = (schema: Json): boolean => isJsonObject(schema) && Object.keys(schema).every((key) => ANNOTATIONS.has(key))
const ANNOTATIONS: ReadonlySet<string> = new Set(['$schema', '$id', 'id', '$comment', 'title', 'description', 'default', 'examples', 'definitions', '$defs', 'readOnly', 'writeOnly', 'deprecated', 'format', 'contentEncoding', 'contentMediaType'])
const without = (schema: JsonObject, keys: readonly string[]): JsonObject => Object.fromEntries(Object.entries(schema).filter(([key]) => !keys.includes(key)))

/** Only pairs of references can come back to themselves. */
function refPair({ schema: reader }: Here, { schema: writer }: Here): string | undefined {
  const name = (schema: Json): string | undefined => (isJsonObject(schema) && typeof schema['$ref'] === 'string' ? schema['$ref'] : undefined)
  const [is, was] = [name(reader), name(writer)]
  return is === undefined && was === undefined ? undefined : `${is ?? canonicalJson(reader)} ${was ?? canonicalJson(writer)}`
}

/** What stands at the end of references. What leads nowhere was refused when the schema was read. */
export function follow(at: Here): Here {
  let here = at
  for (let steps = 0; isJsonObject(here.schema) && typeof here.schema['$ref'] === 'string'; steps += 1) {
    const reference = here.schema['$ref']
    if (steps > 50) throw new SchemaFault(`the reference ${reference.slice(0, 200)} leads in a circle`)
    const [document = '', pointer = ''] = reference.split('#', 2)
    const root = document === '' ? here.root : here.others.get(document)
    if (root === undefined) throw new SchemaFault(`the reference ${reference.slice(0, 200)} leads to a schema that is not named among the references`)
    const found = pointer === '' || pointer === '/' ? root : pointer.startsWith('/') ? stepInto(root, pointer) : findAnchor(root, pointer)
    if (found === undefined) throw new SchemaFault(`the reference ${reference.slice(0, 200)} leads nowhere`)
    here = { ...here, root, schema: found }
  }
  return here
}

function stepInto(root: Json, pointer: string): Json | undefined {
  return pointer.slice(1).split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~')).reduce<Json | undefined>((here, step) => {
    if (Array.isArray(here)) return (here as readonly Json[])[Number(step)]
    return isJsonObject(here) && Object.hasOwn(here, step) ? here[step] : undefined
  }, root)
}

function findAnchor(root: Json, anchor: string): Json | undefined {
  if (root === null || typeof root !== 'object') return undefined
  if (isJsonObject(root) && root['$anchor'] === anchor) return root
  for (const inner of Object.values(root) as readonly Json[]) {
    const found = findAnchor(inner, anchor)
    if (found !== undefined) return found
  }
  return undefined
}

const listOf = (value: Json | undefined): readonly Json[] | undefined => (Array.isArray(value) ? (value as readonly Json[]) : undefined)

/** The alternatives: of anyOf and oneOf, or of a list of types. */
function branchesOf(schema: JsonObject): readonly Json[] | undefined {
  const given = listOf(schema['anyOf']) ?? listOf(schema['oneOf'])
  if (given !== undefined) return given
  const types = listOf(schema['type'])
  return types === undefined || types.length === 1 ? undefined : types.map((type) => ({ ...schema, type }))
}
const partsOf = (schema: JsonObject): readonly Json[] | undefined => listOf(schema['allOf'])

/** Both hold: members of the one beside those of the other; properties and required are joined. */
function join(one: Json, other: Json): Json {
  if (!isJsonObject(one) || !isJsonObject(other)) return one === false || other === false ? false : isJsonObject(one) ? one : other
  const joined: Record<string, Json> = { ...one, ...other }
  if (isJsonObject(one['properties']) && isJsonObject(other['properties'])) joined['properties'] = { ...one['properties'], ...other['properties'] }
  const [required, more] = [listOf(one['required']), listOf(other['required'])]
  if (required !== undefined && more !== undefined) joined['required'] = [...new Set([...required, ...more])]
  return joined
}

const typeOf = (schema: JsonObject): string | undefined => {
  const type = listOf(schema['type'])?.[0] ?? schema['type']
  if (typeof type === 'string') return type
  if (schema['properties'] !== undefined || schema['required'] !== undefined || schema['additionalProperties'] !== undefined) return 'object'
  return schema['items'] === undefined ? undefined : 'array'
}

function plain(reader: Here, is: JsonObject, writer: Here, was: JsonObject, walk: Walk): readonly string[] {
  return [...types(is, was, walk), ...values(is, was, walk), ...bounds(is, was, walk), ...strange(is, was, walk), ...items(reader, is, writer, was, walk), ...properties(reader, is, writer, was, walk)]
}

function types(is: JsonObject, was: JsonObject, walk: Walk): readonly string[] {
  const [now, before] = [typeOf(is), typeOf(was)]
  if (now === undefined || now === before || (now === 'number' && before === 'integer')) return []
  // Values that are listed say themselves what they are.
  if (before === undefined && constantsOf(was)?.every((value) => jsonType(value) === now || (now === 'number' && jsonType(value) === 'integer')) === true) return []
  return [say(now === 'integer' && before === 'number' ? 'TYPE_NARROWED' : 'TYPE_CHANGED', walk, `${before ?? 'anything'} became ${now}`)]
}

const jsonType = (value: Json): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value)
const constantsOf = (schema: JsonObject): readonly Json[] | undefined => (schema['const'] === undefined ? listOf(schema['enum']) : [schema['const']])

function values(is: JsonObject, was: JsonObject, walk: Walk): readonly string[] {
  const [now, before] = [constantsOf(is), constantsOf(was)]
  if (now === undefined) return []
  if (before === undefined) return [say('ENUM_ARRAY_NARROWED', walk, 'only listed values are allowed now')]
  const known = new Set(now.map((value) => canonicalJson(value)))
  const gone = before.filter((value) => !known.has(canonicalJson(value)))
  return gone.length === 0 ? [] : [say('ENUM_ARRAY_NARROWED', walk, `no longer among the values: ${gone.map((value) => JSON.stringify(value)).join(', ').slice(0, 300)}`)]
}

/** Each with the code of Confluent's registry. `most` may rise or go, `least` may fall or go. */
const BOUNDS: readonly (readonly [key: string, way: 'most' | 'least', code: string])[] = [
  ['maxLength', 'most', 'MAX_LENGTH'], ['minLength', 'least', 'MIN_LENGTH'], ['maximum', 'most', 'MAXIMUM'], ['minimum', 'least', 'MINIMUM'], ['exclusiveMaximum', 'most', 'EXCLUSIVE_MAXIMUM'], ['exclusiveMinimum', 'least', 'EXCLUSIVE_MINIMUM'],
  ['maxItems', 'most', 'MAX_ITEMS'], ['minItems', 'least', 'MIN_ITEMS'], ['maxProperties', 'most', 'MAX_PROPERTIES'], ['minProperties', 'least', 'MIN_PROPERTIES'],
]

function bounds(is: JsonObject, was: JsonObject, walk: Walk): readonly string[] {
  const found = BOUNDS.flatMap(([key, way, code]): readonly string[] => {
    const [now, before] = [is[key], was[key]]
    if (typeof now !== 'number' || (way === 'least' && now === 0 && key.startsWith('min') && key !== 'minimum')) return []
    if (typeof before !== 'number') return impliedBy(was, key, now) ? [] : [say(`${code}_ADDED`, walk, String(now))]
    const tighter = way === 'most' ? now < before : now > before
    return tighter ? [say(`${code}_${way === 'most' ? 'DECREASED' : 'INCREASED'}`, walk, `from ${before} to ${now}`)] : []
  })
  const [multiple, wasMultiple] = [is['multipleOf'], was['multipleOf']]
  if (typeof multiple === 'number' && !(typeof wasMultiple === 'number' && wasMultiple % multiple === 0)) found.push(say(typeof wasMultiple === 'number' ? 'MULTIPLE_OF_CHANGED' : 'MULTIPLE_OF_ADDED', walk, String(multiple)))
  if (is['pattern'] !== undefined && is['pattern'] !== was['pattern']) found.push(say(was['pattern'] === undefined ? 'PATTERN_ADDED' : 'PATTERN_CHANGED', walk, String(is['pattern']).slice(0, 200)))
  if (is['uniqueItems'] === true && was['uniqueItems'] !== true) found.push(say('UNIQUE_ITEMS_ADDED', walk, 'items have to differ now'))
  return found
}

/** A listed value is as long as it is. */
function impliedBy(was: JsonObject, key: string, bound: number): boolean {
  const constants = constantsOf(was)
  if (constants === undefined) return false
  return constants.every((value) => (key === 'maxLength' ? typeof value === 'string' && value.length <= bound : key === 'minLength' ? typeof value === 'string' && value.length >= bound : key === 'maximum' ? typeof value === 'number' && value <= bound : key === 'minimum' && typeof value === 'number' && value >= bound))
}

/** What is not followed has to be the same. */
function strange(is: JsonObject, was: JsonObject, walk: Walk): readonly string[] {
  return ['not', 'if', 'then', 'else', 'contains', 'propertyNames', 'dependencies', 'dependentRequired', 'dependentSchemas', 'patternProperties', 'unevaluatedProperties', 'unevaluatedItems']
    .filter((key) => is[key] !== undefined && canonicalJson(is[key]) !== canonicalJson(was[key] ?? null))
    .map((key) => say('COMBINED_TYPE_CHANGED', walk, `"${key}" is another one`))
}

const below = (walk: Walk, ...steps: readonly (string | number)[]): Walk => ({ ...walk, path: [walk.path, ...steps].join('/') })

function items(reader: Here, is: JsonObject, writer: Here, was: JsonObject, walk: Walk): readonly string[] {
  const prefix = (schema: JsonObject): readonly Json[] => listOf(schema['prefixItems']) ?? listOf(schema['items']) ?? []
  const rest = (schema: JsonObject): Json => (listOf(schema['items']) === undefined ? (schema['items'] ?? true) : (schema['additionalItems'] ?? true))
  if (is['items'] === undefined && is['prefixItems'] === undefined && is['additionalItems'] === undefined) return []
  const [now, before] = [prefix(is), prefix(was)]
  const most = Math.max(now.length, before.length)
  const at = (here: Here, schema: Json): Here => ({ ...here, schema })
  return [
    ...Array.from({ length: most }, (_, i) => accept(at(reader, now[i] ?? rest(is)), at(writer, before[i] ?? rest(was)), below(walk, 'items', i))).flat(),
    ...accept(at(reader, rest(is)), at(writer, rest(was)), below(walk, 'items')),
  ]
}

function properties(reader: Here, is: JsonObject, writer: Here, was: JsonObject, walk: Walk): readonly string[] {
  if (typeOf(is) !== 'object') return []
  const of = (schema: JsonObject): JsonObject => (isJsonObject(schema['properties']) ? schema['properties'] : {})
  const [now, before] = [of(is), of(was)]
  const at = (here: Here, schema: Json): Here => ({ ...here, schema })
  const [more, wasMore] = [is['additionalProperties'] ?? true, was['additionalProperties'] ?? true]
  const required = new Set(listOf(was['required']) ?? [])
  const found: string[] = []
  for (const [name, schema] of Object.entries(before)) {
    const next = own(now, name)
    if (next !== undefined) found.push(...accept(at(reader, next), at(writer, schema), below(walk, 'properties', name)))
    else if (more === false && follow(at(writer, schema)).schema !== false) found.push(say('PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL', below(walk, 'properties', name), 'is no longer allowed'))
    else if (more !== true && more !== false && accept(at(reader, more), at(writer, schema), walk).length > 0) found.push(say('PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL', below(walk, 'properties', name), 'does not fit additionalProperties'))
  }
  for (const [name, schema] of Object.entries(now)) {
    if (own(before, name) !== undefined || wasMore === false) continue
    if (accept(at(reader, schema), at(writer, wasMore), { ...walk, path: '' }).length > 0) found.push(say(wasMore === true ? 'PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL' : 'PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL', below(walk, 'properties', name), 'could hold something else before'))
  }
  for (const name of listOf(is['required']) ?? []) {
    const added = own(now, String(name))
    if (required.has(name) || (isJsonObject(added) && added['default'] !== undefined)) continue
    found.push(say(own(before, String(name)) === undefined ? 'REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL' : 'REQUIRED_ATTRIBUTE_ADDED', below(walk, 'properties', String(name)), 'has to be there now'))
  }
  if (more !== true && canonicalJson(more) !== canonicalJson(wasMore) && wasMore !== false) {
    const narrower = more === false || accept(at(reader, more), at(writer, wasMore), { ...walk, path: '' }).length > 0
    if (narrower) found.push(say(more === false ? 'ADDITIONAL_PROPERTIES_REMOVED' : 'ADDITIONAL_PROPERTIES_NARROWED', walk, 'other properties are not allowed as before'))
  }
  return found
}

const own = (schema: JsonObject, name: string): Json | undefined => (Object.hasOwn(schema, name) ? schema[name] : undefined)
