// Iceberg's types as DuckDB spells them.

import { Bug } from '@tulle/kernel'
import { quoteIdentifier } from '@tulle/sql'
import type { IcebergType } from './types.ts'

const PRIMITIVES: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN', int: 'INTEGER', long: 'BIGINT', float: 'FLOAT', double: 'DOUBLE', date: 'DATE', time: 'TIME',
  timestamp: 'TIMESTAMP', timestamptz: 'TIMESTAMP WITH TIME ZONE', timestamp_ns: 'TIMESTAMP_NS', string: 'VARCHAR', uuid: 'UUID', binary: 'BLOB',
}

/** Takes a type's text or JSON form; an unknown one is a bug, because types are checked where they are declared. */
export function duckdbTypeOf(type: IcebergType): string {
  if (typeof type === 'string') return typeOfText(type.trim())
  switch (type.type) {
    case 'struct':
      return `STRUCT(${type.fields.map((field) => `${quoteIdentifier(field.name)} ${duckdbTypeOf(field.type)}`).join(', ')})`
    case 'list':
      return `${duckdbTypeOf(type.element)}[]`
    case 'map':
      return `MAP(${duckdbTypeOf(type.key)}, ${duckdbTypeOf(type.value)})`
  }
}

function typeOfText(spelled: string): string {
  const text = spelled.replace(/\s+not\s+null$/u, '')
  const primitive = Object.hasOwn(PRIMITIVES, text) ? PRIMITIVES[text] : undefined
  if (primitive !== undefined) return primitive
  const decimal = /^decimal\(\s*(?<width>\d{1,2})\s*,\s*(?<scale>\d{1,2})\s*\)$/u.exec(text)?.groups
  if (decimal !== undefined) return `DECIMAL(${decimal['width']},${decimal['scale']})`
  if (/^fixed\[\d+\]$/u.test(text)) return 'BLOB'
  const nested = /^(?<kind>list|map|struct)\s*<(?<inside>.*)>$/su.exec(text)?.groups
  const parts = nested === undefined ? [] : splitOutside(nested['inside'] as string)
  if (nested?.['kind'] === 'list' && parts.length === 1) return `${typeOfText(parts[0] as string)}[]`
  if (nested?.['kind'] === 'map' && parts.length === 2) return `MAP(${parts.map(typeOfText).join(', ')})`
  if (nested?.['kind'] === 'struct') return `STRUCT(${parts.map(fieldOfText).join(', ')})`
  throw new Bug(`"${text.slice(0, 100)}" is not an Iceberg type.`)
}

// `name: type`, the name perhaps quoted, perhaps with the field id before it (`1: name: optional type`), as Iceberg prints it.
function fieldOfText(text: string): string {
  const field = /^(?:\d+\s*:\s*)?(?:"(?<quoted>(?:[^"]|"")*)"|(?<name>[^:"]+?))\s*:\s*(?:required\s+|optional\s+)?(?<type>.+)$/su.exec(text)?.groups
  if (field === undefined) throw new Bug(`"${text.slice(0, 100)}" is not a field of an Iceberg struct.`)
  const name = field['quoted']?.replaceAll('""', '"') ?? (field['name'] as string)
  return `${quoteIdentifier(name)} ${typeOfText((field['type'] as string).trim())}`
}

// At commas outside of brackets and of quoted names.
function splitOutside(text: string): readonly string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  let quoted = false
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i] as string
    if (c === '"') quoted = !quoted
    if (quoted) continue
    if ('<([{'.includes(c)) depth += 1
    else if ('>)]}'.includes(c)) depth -= 1
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(from, i).trim())
      from = i + 1
    }
  }
  const last = text.slice(from).trim()
  return last === '' ? parts : [...parts, last]
}
