// Contracts in the Data Contract Specification 1.x: models of fields, by name.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { TypedProperty, YamlDocument } from '@tulle/model'
import { columnTypeOf } from '@tulle/model'
import { isObj, memberOf, nameOf, propertiesOf, schemaOf, textOf } from '../document.ts'
import type { Obj } from '../document.ts'
import { messages } from '../messages.ts'
import { newContract } from './new-contract.ts'
import type { DataFormat } from './types.ts'

export const dataContractSpecification: DataFormat = { write, read, free: 'x-odcs', syntax: 'yaml' }

const kept = (from: Obj, keys: readonly (readonly [from: string, to: string])[]): Obj =>
  Object.fromEntries(keys.flatMap(([key, to]) => (memberOf(from, key) === undefined || memberOf(from, key) === null ? [] : [[to, memberOf(from, key) as Json]])))

function write(contract: Obj): Obj {
  const description = contract['description']
  return {
    dataContractSpecification: '1.2.1',
    id: textOf(contract['id']) ?? '',
    info: {
      title: textOf(contract['name']) ?? textOf(contract['id']) ?? '', version: String(contract['version'] ?? ''),
      ...kept(contract, [['status', 'status'], ['tenant', 'owner']]),
      ...(isObj(description) && typeof description['purpose'] === 'string' && { description: description['purpose'] }),
    },
    models: byName(schemaOf(contract), (object) => ({ type: 'table', ...kept(object, [['description', 'description'], ['businessName', 'title']]), fields: byName(propertiesOf(object), fieldOf) })),
  }
}

/** Keys are names, so of two of one name the last is written; the patch keeps the other. */
const byName = (things: readonly Obj[], to: (thing: Obj) => Obj): Obj => Object.fromEntries(things.map((thing) => [nameOf(thing), to(thing)]))

const TYPES: Readonly<Record<string, string>> = { boolean: 'boolean', int: 'int', long: 'long', float: 'float', double: 'double', string: 'string', date: 'date', time: 'time', timestamp: 'timestamp_ntz', timestamptz: 'timestamp_tz', binary: 'bytes', uuid: 'string' }
const SAME = [['description', 'description'], ['businessName', 'title'], ['required', 'required'], ['unique', 'unique'], ['primaryKey', 'primaryKey'], ['classification', 'classification'], ['tags', 'tags']] as const
const OPTIONS = ['minLength', 'maxLength', 'pattern', 'minimum', 'maximum', 'format'] as const

function fieldOf(property: Obj): Obj {
  const options = property['logicalTypeOptions']
  return { ...typeOf(property), ...kept(property, SAME), ...(isObj(options) && kept(options, OPTIONS.filter((key) => isWritable(key, options[key])).map((key) => [key, key] as const))) }
}

/** Bounds of that format are numbers; those of days and times travel in the patch. */
const isWritable = (key: string, value: Json | undefined): boolean => (key === 'minimum' || key === 'maximum' ? typeof value === 'number' : true)

function typeOf(property: Obj): Obj {
  if (property['logicalType'] === 'array' || isObj(property['items'])) return { type: 'array', ...(isObj(property['items']) && { items: fieldOf(property['items']) }) }
  if (propertiesOf(property).length > 0) return { type: 'struct', fields: byName(propertiesOf(property), fieldOf) }
  const type = columnTypeOf(property as TypedProperty) ?? 'string'
  const decimal = /^decimal\((\d+), (\d+)\)$/u.exec(type)
  return decimal === null ? { type: TYPES[type] ?? 'string' } : { type: 'decimal', precision: Number(decimal[1]), scale: Number(decimal[2]) }
}

function read({ value, place }: YamlDocument): Result<Obj> {
  if (!isObj(value) || typeof value['dataContractSpecification'] !== 'string') return fail(messages['not-this-format']({ format: 'Data Contract Specification', why: 'it has no dataContractSpecification' }, { place: place([]) }))
  const { info, models } = value
  const facts = isObj(info) ? info : {}
  const contract = newContract({
    id: textOf(value['id']) ?? 'imported', name: textOf(facts['title']), version: facts['version'] === undefined ? undefined : String(facts['version']),
    objects: entriesOf(models).map(([name, model]) => ({ name, ...kept(model, [['description', 'description'], ['title', 'businessName']]), properties: entriesOf(model['fields']).map(([field, body]) => ({ name: field, ...propertyOf(body) })) })),
  })
  return ok({ ...contract, ...kept(facts, [['status', 'status'], ['owner', 'tenant']]), ...(typeof facts['description'] === 'string' && { description: { purpose: facts['description'] } }) })
}

const entriesOf = (value: Json | undefined): readonly (readonly [string, Obj])[] => (isObj(value) ? Object.entries(value).map(([name, body]) => [name, isObj(body) ? body : {}] as const) : [])

const LOGICAL: Readonly<Record<string, Obj>> = {
  boolean: { logicalType: 'boolean' }, int: { logicalType: 'integer', physicalType: 'int' }, integer: { logicalType: 'integer', physicalType: 'int' }, long: { logicalType: 'integer' }, bigint: { logicalType: 'integer' },
  float: { logicalType: 'number', physicalType: 'float' }, double: { logicalType: 'number' }, date: { logicalType: 'date' }, time: { logicalType: 'time' },
  timestamp: { logicalType: 'timestamp', logicalTypeOptions: { timezone: true } }, timestamp_tz: { logicalType: 'timestamp', logicalTypeOptions: { timezone: true } }, timestamp_ntz: { logicalType: 'timestamp' }, bytes: { logicalType: 'string', physicalType: 'binary' },
}

function propertyOf(field: Obj): Obj {
  const type = (textOf(field['type']) ?? 'string').toLowerCase()
  const options = kept(field, OPTIONS.map((key) => [key, key] as const))
  const plain = shapeOf(type, field)
  const all = { ...(isObj(plain['logicalTypeOptions']) ? plain['logicalTypeOptions'] : {}), ...options }
  return { ...plain, ...(Object.keys(all).length > 0 && { logicalTypeOptions: all }), ...kept(field, SAME.map(([to, from]) => [from, to] as const)) }
}

function shapeOf(type: string, field: Obj): Obj {
  if (type === 'array') return { logicalType: 'array', ...(isObj(field['items']) && { items: propertyOf(field['items']) }) }
  if (type === 'struct' || type === 'record' || type === 'object') return { logicalType: 'object', properties: entriesOf(field['fields']).map(([name, body]) => ({ name, ...propertyOf(body) })) }
  if (type === 'decimal' || type === 'numeric' || type === 'number') return { logicalType: 'number', physicalType: `decimal(${Number(field['precision'] ?? 38)}, ${Number(field['scale'] ?? 0)})` }
  return Object.hasOwn(LOGICAL, type) ? LOGICAL[type] as Obj : { logicalType: 'string' }
}
