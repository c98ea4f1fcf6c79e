// What an asker sees → the empty tables that show it, as SQL, and a name that is equal where the sight is equal.

import { duckdbTypeOf, pgTypeOf } from '@tulle/engine'
import { sha256 } from '@tulle/kernel'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import type { VisibleColumn, VisibleTable } from '../types.ts'
import { READER } from './template.ts'

export interface Profile {
  /** A name for the database: the same for all who see the same. */
  readonly name: string
  readonly schemas: readonly string[]
  /** Each makes one thing; a failure of one leaves the others. */
  readonly statements: readonly string[]
}

export function profileOf(tables: readonly VisibleTable[]): Profile {
  const schemas = [...new Set(tables.map((table) => table.product.schema))]
  const statements = [
    ...schemas.flatMap((schema) => schemaStatements(schema, tables.find((t) => t.product.schema === schema) as VisibleTable)),
    ...tables.flatMap(tableStatements),
  ]
  return { name: `p_${sha256(statements.join(';')).slice(0, 24)}`, schemas, statements }
}

function schemaStatements(schema: string, { product }: VisibleTable): readonly string[] {
  const name = quoteIdentifier(schema)
  const comment = product.description ?? product.title
  return [`create schema ${name}`, `grant usage on schema ${name} to ${READER}`, ...(comment === undefined ? [] : [`comment on schema ${name} is ${literal(comment)}`])]
}

function tableStatements({ product, dataSet, columns }: VisibleTable): readonly string[] {
  const name = `${quoteIdentifier(product.schema)}.${quoteIdentifier(dataSet.name)}`
  const key = columns.filter((column) => column.primaryKey === true && column.mask === undefined)
  const whole = dataSet.columns.filter((column) => column.primaryKey === true).length
  const parts = [
    ...columns.map((column) => `${quoteIdentifier(column.name)} ${typeOf(column)}${column.required && column.mask === undefined ? ' not null' : ''}`),
    ...(key.length > 0 && key.length === whole ? [`constraint ${quoteIdentifier(`${dataSet.name}_pkey`)} primary key (${key.map((c) => quoteIdentifier(c.name)).join(', ')})`] : []),
  ]
  const comment = dataSet.description ?? dataSet.title
  return [
    `create table ${name} (${parts.join(', ')})`,
    `grant select on ${name} to ${READER}`,
    ...(comment === undefined ? [] : [`comment on table ${name} is ${literal(comment)}`]),
    ...columns.flatMap((c) => (c.description === undefined ? [] : [`comment on column ${name}.${quoteIdentifier(c.name)} is ${literal(c.description)}`])),
  ]
}

// The type that rows are announced with, so that a client that prepares by the catalogue reads by it.
function typeOf({ type }: VisibleColumn): string {
  const { name, typmod } = pgTypeOf(duckdbTypeOf(type))
  const element = name.startsWith('_') ? name.slice(1) : name
  const modifier = element === 'numeric' && typmod >= 4 ? `(${(typmod - 4) >> 16}, ${(typmod - 4) & 0xffff})` : ''
  return `pg_catalog.${element}${modifier}${name.startsWith('_') ? '[]' : ''}`
}

// Backslashes are plain in PostgreSQL as in DuckDB, as long as standard_conforming_strings is on, which it is by default.
const literal = (text: string): string => quoteLiteral(text)
