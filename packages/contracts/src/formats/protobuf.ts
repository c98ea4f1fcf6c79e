// Contracts as Protocol Buffers (proto3): one message per object.

import type { TypedProperty } from '@tulle/model'
import { columnTypeOf } from '@tulle/model'
import { isObj, nameOf, propertiesOf, schemaOf, textOf } from '../document.ts'
import type { Obj } from '../document.ts'
import { readProtobuf } from './read-protobuf.ts'
import type { TextFormat } from './types.ts'

export const protobuf: TextFormat = {
  print: (contract) => {
    const taken = new Set<string>()
    const messages = schemaOf(contract).map((object) => messageOf(distinct(camel(nameOf(object)), taken), object, '').join('\n'))
    const text = messages.join('\n\n')
    return `syntax = "proto3";\n\n${text.includes('google.protobuf.Timestamp') ? 'import "google/protobuf/timestamp.proto";\n\n' : ''}${text}\n`
  },
  readText: readProtobuf,
}

const plain = (name: string): string => {
  const letters = name.replace(/[^A-Za-z0-9_]/gu, '_')
  return /^[A-Za-z]/u.test(letters) ? letters : `x${letters}`
}
const camel = (name: string): string => plain(name).split('_').map((part) => `${part.slice(0, 1).toUpperCase()}${part.slice(1)}`).join('') || 'Message'

function distinct(name: string, taken: Set<string>): string {
  let free = name
  for (let i = 2; taken.has(free.toLowerCase()); i += 1) free = `${name}_${i}`
  taken.add(free.toLowerCase())
  return free
}

// A comment ends with its line, so a text of several is several comments.
const commentsOf = (property: Obj, indent: string): readonly string[] => (textOf(property['description']) ?? '').split(/[\r\n\u2028\u2029]+/u).filter((line) => line.trim() !== '').map((line) => `${indent}// ${line.replace(/\p{Cc}/gu, ' ').trim()}`)

// proto3 keeps these numbers for itself.
const numberOf = (i: number): number => (i + 1 >= 19_000 ? i + 1_001 : i + 1)

function messageOf(name: string, object: Obj, indent: string): readonly string[] {
  const inside = `${indent}  `
  const fields = new Set<string>()
  const nested = new Set<string>()
  const lines = propertiesOf(object).flatMap((property, i) => {
    const { type, list, message } = typeOf(property, nested)
    const label = list ? 'repeated ' : property['required'] === true || message !== undefined ? '' : 'optional '
    return [...(message === undefined ? [] : messageOf(type, message, inside)), ...commentsOf(property, inside), `${inside}${label}${type} ${distinct(plain(nameOf(property)), fields)} = ${numberOf(i)};`]
  })
  return [...commentsOf(object, indent), `${indent}message ${name} {`, ...lines, `${indent}}`]
}

const TYPES: Readonly<Record<string, string>> = {
  boolean: 'bool', int: 'int32', long: 'int64', float: 'float', double: 'double', string: 'string', binary: 'bytes', timestamp: 'google.protobuf.Timestamp', timestamptz: 'google.protobuf.Timestamp',
}

/** Dates, times, decimals and lists of lists travel as text: proto3 has no word for them. */
function typeOf(property: Obj, nested: Set<string>): { type: string; list: boolean; message?: Obj } {
  if (property['logicalType'] === 'array' || isObj(property['items'])) {
    const items = isObj(property['items']) ? property['items'] : {}
    const inner = typeOf({ name: nameOf(property), ...items }, nested)
    return inner.list ? { type: 'string', list: true } : { ...inner, list: true }
  }
  if (propertiesOf(property).length > 0) return { type: distinct(camel(nameOf(property)), nested), list: false, message: property }
  return { type: TYPES[columnTypeOf(property as TypedProperty) ?? 'string'] ?? 'string', list: false }
}
