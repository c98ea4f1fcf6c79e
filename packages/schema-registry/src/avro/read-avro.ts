// The text of an Avro schema becomes its types, by the rules of Avro 1.12. A fault is thrown as a `SchemaFault` and caught
// at the door.

import type { Json } from '@tulle/kernel'
import { isJsonObject, readJson, SchemaFault } from '../schema-fault.ts'
import type { JsonObject } from '../schema-fault.ts'
import type { Avro, AvroField, AvroRecord, Decimal, Primitive } from './types.ts'

const PRIMITIVES: ReadonlySet<string> = new Set<Primitive['kind']>(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'])
const NAME = /^[A-Za-z_]\w*$/u
const FULL_NAME = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/u
const MOST_TYPES = 20_000
const DEEPEST = 64

export interface AvroSchema { readonly type: Avro; readonly json: Json }

/** Reads a schema that may name the types of others, which are read first, in their order. */
export function readAvro(text: string, references: readonly { readonly name: string; readonly text: string }[]): AvroSchema {
  const reading: Reading = { named: new Map(), left: { types: MOST_TYPES } }
  for (const reference of references) readType(parse(reference.text), '', reading, 0)
  const json = parse(text)
  return { type: readType(json, '', reading, 0), json }
}

interface Reading { readonly named: Map<string, Avro>; readonly left: { types: number } }

/** A name that stands alone is a schema too, and clients send it without quotes. */
const parse = (text: string): Json => (FULL_NAME.test(text.trim()) ? text.trim() : readJson(text))

function readType(json: Json, namespace: string, reading: Reading, depth: number): Avro {
  reading.left.types -= 1
  if (depth > DEEPEST) throw new SchemaFault(`types lie deeper than ${DEEPEST} in each other`)
  if (reading.left.types < 0) throw new SchemaFault(`it has more than ${MOST_TYPES} types`)
  if (typeof json === 'string') return nameType(json, namespace, reading)
  if (Array.isArray(json)) return readUnion(json as readonly Json[], namespace, reading, depth)
  if (!isJsonObject(json)) throw new SchemaFault(`${JSON.stringify(json)} is no type`)
  const type = json['type']
  switch (type) {
    case 'record': case 'error': return readRecord(json, namespace, reading, depth)
    case 'enum': return readEnum(json, namespace, reading)
    case 'fixed': return readFixed(json, namespace, reading)
    case 'array': return { kind: 'array', items: readType(need(json, 'items'), namespace, reading, depth + 1) }
    case 'map': return { kind: 'map', values: readType(need(json, 'values'), namespace, reading, depth + 1) }
    default: break
  }
  if (type === undefined) throw new SchemaFault('a type has no member "type"')
  const inner = readType(type, namespace, reading, depth + 1)
  const decimal = inner.kind === 'bytes' ? decimalOf(json) : undefined
  return decimal === undefined || inner.kind !== 'bytes' ? inner : { ...inner, decimal }
}

function need(json: JsonObject, member: string): Json {
  const value = json[member]
  if (value === undefined) throw new SchemaFault(`"${String(json['type'])}" has no member "${member}"`)
  return value
}

function nameType(name: string, namespace: string, { named }: Reading): Avro {
  if (PRIMITIVES.has(name)) return { kind: name as Primitive['kind'] }
  const found = named.get(fullName(name, namespace)) ?? named.get(name)
  if (found === undefined) throw new SchemaFault(`Undefined name: "${name.slice(0, 200)}"`)
  return found
}

const fullName = (name: string, namespace: string): string => (name.includes('.') || namespace === '' ? name : `${namespace}.${name}`)

/** The name, and the namespace that holds within. */
function nameOf(json: JsonObject, namespace: string): { readonly name: string; readonly within: string; readonly aliases: readonly string[] } {
  const given = json['name']
  if (typeof given !== 'string' || !FULL_NAME.test(given)) throw new SchemaFault(`${JSON.stringify(given ?? null).slice(0, 200)} is no name of a type`)
  const own = typeof json['namespace'] === 'string' ? json['namespace'] : namespace
  const name = fullName(given, own)
  const within = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : ''
  if (within !== '' && !FULL_NAME.test(within)) throw new SchemaFault(`"${within.slice(0, 200)}" is no namespace`)
  if (PRIMITIVES.has(name)) throw new SchemaFault(`Schemas may not be named after primitives: ${name}`)
  return { name, within, aliases: textsOf(json['aliases'], 'aliases').map((alias) => fullName(alias, within)) }
}

function textsOf(value: Json | undefined, what: string): readonly string[] {
  if (value === undefined) return []
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) throw new SchemaFault(`"${what}" is no list of texts`)
  return value as readonly string[]
}

function declare(type: Avro & { readonly name: string }, { named }: Reading): void {
  if (named.has(type.name)) throw new SchemaFault(`Can't redefine: ${type.name}`)
  named.set(type.name, type)
}

function readRecord(json: JsonObject, namespace: string, reading: Reading, depth: number): AvroRecord {
  const { name, within, aliases } = nameOf(json, namespace)
  const record: AvroRecord = { kind: 'record', name, aliases, fields: [] }
  declare(record, reading)
  const fields = need(json, 'fields')
  if (!Array.isArray(fields)) throw new SchemaFault(`the fields of ${name} are no list`)
  const taken = new Set<string>()
  for (const field of fields as readonly Json[]) {
    const made = readField(field, name, within, reading, depth)
    if (taken.has(made.name)) throw new SchemaFault(`Duplicate field ${made.name} in record ${name}`)
    taken.add(made.name)
    record.fields.push(made)
  }
  return record
}

function readField(json: Json, record: string, within: string, reading: Reading, depth: number): AvroField {
  if (!isJsonObject(json)) throw new SchemaFault(`a field of ${record} is no object`)
  const name = json['name']
  if (typeof name !== 'string' || !NAME.test(name)) throw new SchemaFault(`Illegal character in: ${JSON.stringify(name ?? null).slice(0, 200)}, a field of ${record}`)
  if (json['type'] === undefined) throw new SchemaFault(`field ${name} of ${record} has no type`)
  const type = readType(json['type'], within, reading, depth + 1)
  const hasDefault = Object.hasOwn(json, 'default')
  if (hasDefault && !fits(json['default'] ?? null, type)) throw new SchemaFault(`Invalid default for field ${name}: ${JSON.stringify(json['default']).slice(0, 200)} not a "${type.kind}"`)
  return { name, aliases: textsOf(json['aliases'], 'aliases'), type, hasDefault }
}

function readEnum(json: JsonObject, namespace: string, reading: Reading): Avro {
  const { name, aliases } = nameOf(json, namespace)
  const symbols = textsOf(need(json, 'symbols'), 'symbols')
  const wrong = symbols.find((symbol) => !NAME.test(symbol))
  if (wrong !== undefined) throw new SchemaFault(`Illegal character in: ${wrong.slice(0, 200)}, a symbol of ${name}`)
  if (new Set(symbols).size < symbols.length) throw new SchemaFault(`Duplicate enum symbol in ${name}`)
  const fallback = json['default']
  if (fallback !== undefined && (typeof fallback !== 'string' || !symbols.includes(fallback))) throw new SchemaFault(`The Enum Default: ${JSON.stringify(fallback).slice(0, 200)} is not in the enum symbol set of ${name}`)
  const made: Avro = { kind: 'enum', name, aliases, symbols, ...(typeof fallback === 'string' && { fallback }) }
  declare(made, reading)
  return made
}

function readFixed(json: JsonObject, namespace: string, reading: Reading): Avro {
  const { name, aliases } = nameOf(json, namespace)
  const size = json['size']
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0) throw new SchemaFault(`Invalid or no size: ${name}`)
  const decimal = decimalOf(json)
  const made: Avro = { kind: 'fixed', name, aliases, size, ...(decimal !== undefined && { decimal }) }
  declare(made, reading)
  return made
}

/** A logical type that is not well formed is none, as Avro says. */
function decimalOf(json: JsonObject): Decimal | undefined {
  if (json['logicalType'] !== 'decimal') return undefined
  const { precision, scale = 0 } = json
  return typeof precision === 'number' && typeof scale === 'number' && precision > 0 && scale >= 0 && scale <= precision ? { precision, scale } : undefined
}

function readUnion(json: readonly Json[], namespace: string, reading: Reading, depth: number): Avro {
  const branches = json.map((branch) => readType(branch, namespace, reading, depth + 1))
  if (branches.some(({ kind }) => kind === 'union')) throw new SchemaFault('Nested union')
  const names = branches.map((branch) => ('name' in branch ? branch.name : branch.kind))
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) throw new SchemaFault(`Duplicate in union: ${twice}`)
  return { kind: 'union', branches }
}

function fits(value: Json, type: Avro): boolean {
  switch (type.kind) {
    case 'null': return value === null
    case 'boolean': return typeof value === 'boolean'
    case 'int': return Number.isInteger(value) && Math.abs(value as number) <= 2 ** 31
    case 'long': return Number.isInteger(value)
    case 'float': case 'double': return typeof value === 'number'
    case 'bytes': case 'string': return typeof value === 'string'
    case 'fixed': return typeof value === 'string' && value.length === type.size
    case 'enum': return typeof value === 'string' && type.symbols.includes(value)
    case 'array': return Array.isArray(value) && (value as readonly Json[]).every((one) => fits(one, type.items))
    case 'map': return isJsonObject(value) && Object.values(value).every((one) => fits(one, type.values))
    case 'union': return type.branches.some((branch) => fits(value, branch))
    default: return isJsonObject(value) && type.fields.every((field) => (Object.hasOwn(value, field.name) ? fits(value[field.name] ?? null, field.type) : field.hasDefault))
  }
}
