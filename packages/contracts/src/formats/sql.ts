// Contracts as CREATE TABLE statements, in the words of standard SQL as PostgreSQL and DuckDB take them.

import type { TypedProperty } from '@tulle/model'
import { columnTypeOf } from '@tulle/model'
import { nameOf, propertiesOf, schemaOf, textOf } from '../document.ts'
import type { Obj } from '../document.ts'
import { readSql } from './read-sql.ts'
import type { TextFormat } from './types.ts'

export const sqlDdl: TextFormat = { print: (contract) => (schemaOf(contract).length === 0 ? '-- The contract describes no table.\n' : schemaOf(contract).map(createTable).join('\n')), readText: readSql }

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

function createTable(object: Obj): string {
  const table = quote(textOf(object['physicalName']) ?? nameOf(object))
  const properties = propertiesOf(object)
  const key = properties.filter((property) => property['primaryKey'] === true).toSorted((a, b) => Number(a['primaryKeyPosition'] ?? 0) - Number(b['primaryKeyPosition'] ?? 0))
  const lines = [
    ...properties.map((property) => `  ${quote(nameOf(property))} ${sqlType(columnTypeOf(property as TypedProperty) ?? 'string')}${property['required'] === true ? ' NOT NULL' : ''}${property['unique'] === true ? ' UNIQUE' : ''}`),
    ...(key.length > 0 ? [`  PRIMARY KEY (${key.map((property) => quote(nameOf(property))).join(', ')})`] : []),
  ]
  const comments = [[`TABLE ${table}`, object] as const, ...properties.map((property) => [`COLUMN ${table}.${quote(nameOf(property))}`, property] as const)].flatMap(([what, { description }]) => (textOf(description) === undefined ? [] : [`COMMENT ON ${what} IS ${literal(textOf(description) as string)};\n`]))
  return `CREATE TABLE ${table} (\n${lines.join(',\n')}\n);\n${comments.join('')}`
}

const TYPES: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN', int: 'INTEGER', long: 'BIGINT', float: 'REAL', double: 'DOUBLE PRECISION', string: 'VARCHAR', date: 'DATE', time: 'TIME', timestamp: 'TIMESTAMP', timestamptz: 'TIMESTAMP WITH TIME ZONE', uuid: 'UUID', binary: 'BYTEA',
}

/** Lists and structs have no type that both databases know; their values travel as JSON. */
function sqlType(type: string): string {
  if (type.startsWith('decimal(')) return type.toUpperCase()
  return TYPES[type] ?? 'JSON'
}
