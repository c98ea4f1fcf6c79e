// Contracts as Avro schemas: one record per object, a union of them where there are several.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { TypedProperty, YamlDocument } from '@tulle/model'
import { columnTypeOf } from '@tulle/model'
import { isObj, nameOf, objsOf, propertiesOf, schemaOf, textOf } from '../document.ts'
import type { Obj } from '../document.ts'
import { messages } from '../messages.ts'
import { newContract } from './new-contract.ts'
import type { DataFormat } from './types.ts'

export const avro: DataFormat = { write, read, free: 'odcs', syntax: 'json' }

/** Avro's names are letters, digits and _; another name is carried by the patch. */
const avroName = (name: string): string => {
  const plain = name.replace(/[^A-Za-z0-9_]/gu, '_')
  return /^[A-Za-z_]/u.test(plain) ? plain : `_${plain}`
}

/** A file of Avro is one schema, so several objects are the branches of one record's members. */
function write(contract: Obj): Obj {
  const [first, ...others] = schemaOf(contract)
  const taken = new Set<string>()
  if (first === undefined) return { type: 'record', name: 'nothing', fields: [] }
  if (others.length === 0) return recordOf(first, taken)
  return { type: 'record', name: distinct('contract', taken), objects: true, fields: [first, ...others].map((object, i) => ({ name: `object_${i}`, type: recordOf(object, taken) })) }
}

/** A record's name is declared once in a schema. */
function distinct(name: string, taken: Set<string>): string {
  let free = avroName(name === '' ? 'record' : name)
  for (let i = 2; taken.has(free); i += 1) free = `${avroName(name)}_${i}`
  taken.add(free)
  return free
}

const docOf = (property: Obj): Obj => (textOf(property['description']) === undefined ? {} : { doc: textOf(property['description']) as string })

function recordOf(object: Obj, taken: Set<string>): Obj {
  const names = new Set<string>()
  return {
    type: 'record', name: distinct(nameOf(object), taken), ...docOf(object),
    fields: propertiesOf(object).map((property) => {
      const type = typeOf(property, taken)
      const required = property['required'] === true || property['primaryKey'] === true
      return { name: distinct(nameOf(property), names), ...docOf(property), ...(required ? { type } : { type: ['null', type], default: null }) }
    }),
  }
}

const TYPES: Readonly<Record<string, Json>> = {
  boolean: 'boolean', int: 'int', long: 'long', float: 'float', double: 'double', string: 'string', binary: 'bytes',
  date: { type: 'int', logicalType: 'date' }, time: { type: 'long', logicalType: 'time-micros' }, timestamp: { type: 'long', logicalType: 'local-timestamp-micros' }, timestamptz: { type: 'long', logicalType: 'timestamp-micros' }, uuid: { type: 'string', logicalType: 'uuid' },
}

function typeOf(property: Obj, taken: Set<string>): Json {
  if (property['logicalType'] === 'array' || isObj(property['items'])) return { type: 'array', items: isObj(property['items']) ? typeOf(property['items'], taken) : 'string' }
  if (propertiesOf(property).length > 0) return recordOf({ ...property, description: null }, taken)
  const type = columnTypeOf(property as TypedProperty) ?? 'string'
  const decimal = /^decimal\((\d+), (\d+)\)$/u.exec(type)
  return decimal === null ? (TYPES[type] ?? 'string') : { type: 'bytes', logicalType: 'decimal', precision: Number(decimal[1]), scale: Number(decimal[2]) }
}

function read({ value, place }: YamlDocument): Result<Obj> {
  if (!isObj(value) || value['type'] !== 'record') return fail(messages['not-this-format']({ format: 'Avro schema', why: 'it is no record' }, { place: place([]) }))
  // The free place is no part of the schema, and a record of records is several objects.
  const records = value['objects'] === true ? objsOf(value['fields']).map((field) => field['type']).filter((type): type is Obj => isObj(type)) : [value]
  return ok(newContract({ id: 'imported', objects: records.map((record) => ({ name: textOf(record['name']) ?? 'data', ...descriptionOf(record), properties: objsOf(record['fields']).map(fieldOf) })) }))
}

const descriptionOf = (record: Obj): Obj => (textOf(record['doc']) === undefined ? {} : { description: textOf(record['doc']) as string })

function fieldOf(field: Obj): Obj {
  const given = field['type'] ?? null
  const branches = Array.isArray(given) ? (given as readonly Json[]).filter((branch) => branch !== 'null') : [given]
  const nullable = Array.isArray(given) && branches.length < given.length
  // A union of several types has no word in a contract; the patch keeps it.
  const type = branches.length === 1 ? propertyOf(branches[0] ?? null) : { logicalType: 'string' }
  return { name: textOf(field['name']) ?? '', ...type, ...descriptionOf(field), ...(!nullable && { required: true }) }
}

const LOGICAL: Readonly<Record<string, Obj>> = {
  boolean: { logicalType: 'boolean' }, int: { logicalType: 'integer', physicalType: 'int' }, long: { logicalType: 'integer' }, float: { logicalType: 'number', physicalType: 'float' }, double: { logicalType: 'number' },
  string: { logicalType: 'string' }, bytes: { logicalType: 'string', physicalType: 'binary' }, fixed: { logicalType: 'string', physicalType: 'binary' }, enum: { logicalType: 'string' },
  date: { logicalType: 'date' }, 'time-millis': { logicalType: 'time' }, 'time-micros': { logicalType: 'time' }, uuid: { logicalType: 'string', logicalTypeOptions: { format: 'uuid' } },
  'timestamp-millis': { logicalType: 'timestamp', logicalTypeOptions: { timezone: true } }, 'timestamp-micros': { logicalType: 'timestamp', logicalTypeOptions: { timezone: true } }, 'local-timestamp-millis': { logicalType: 'timestamp' }, 'local-timestamp-micros': { logicalType: 'timestamp' },
}

function propertyOf(type: Json): Obj {
  if (!isObj(type)) return known(textOf(type) ?? '')
  if (type['type'] === 'array') return { logicalType: 'array', items: propertyOf(type['items'] ?? null) }
  if (type['type'] === 'record') return { logicalType: 'object', properties: objsOf(type['fields']).map(fieldOf) }
  if (type['logicalType'] === 'decimal') return { logicalType: 'number', physicalType: `decimal(${String(type['precision'])}, ${String(type['scale'] ?? 0)})` }
  const logical = textOf(type['logicalType'])
  return logical !== undefined && Object.hasOwn(LOGICAL, logical) ? known(logical) : isObj(type['type'] ?? null) ? propertyOf(type['type'] ?? null) : known(textOf(type['type']) ?? '')
}

const known = (word: string): Obj => (Object.hasOwn(LOGICAL, word) ? (LOGICAL[word] as Obj) : { logicalType: 'string' })
