// How rows lie sealed in a Parquet file: one more column that the table's schema does not know, with all sealed values of the row as one text
// under its person's key, bound to the name of the file and the row's number in it. So no seal can be moved to another row,
// column, file or table. In their own places the values are null, or a word where there must be a value.

import { Bug } from '@tulle/kernel'
import type { Relation } from '@tulle/engine'
import type { Field } from '@tulle/lake'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import type { ShreddingRule } from './types.ts'

/** Below the ids that the format keeps for itself, and above those of any table. */
export const SEAL: Field = { id: 2_147_480_001, name: '_tulle_sealed', required: true, type: 'string' }
/** Of plain copies alone: by which key a row was sealed. */
export const KEY: Field = { id: 2_147_480_002, name: '_tulle_key', required: true, type: 'string' }

const SEALABLE = /^(?:string|boolean|int|long|float|double|decimal\(\d+, ?\d+\)|date|time|timestamp|timestamptz|uuid)$/u
const isSealable = ({ type }: Field): boolean => typeof type === 'string' && SEALABLE.test(type)

const ROW = '_row'
const NAME = 'sealing.rows'
const SEALED_BY = `split_part(${SEAL.name}, '.', 1)`

/** Columns stand under names of their own, whatever the table calls them by now or called them before. */
const at = (fields: readonly Field[], field: Field): string => `c${fields.indexOf(field)}`

/** The rows of one file. */
export function relationOf(fields: readonly Field[], file: Relation['files'][number], { sealed }: { readonly sealed: boolean }): Relation {
  const columns = [...fields.map((field) => ({ name: at(fields, field), type: field.type, fieldId: field.id })), ...(sealed ? [{ name: SEAL.name, type: SEAL.type, fieldId: SEAL.id }] : [])]
  return { schema: 'sealing', name: 'rows', columns, files: [file], rowNumber: ROW }
}

/** As the fields are written: each under a name of its own. */
export function asWritten(fields: readonly Field[]): readonly Field[] {
  const taken = new Set<string>()
  return fields.map((field) => {
    const name = taken.has(field.name.toLowerCase()) ? `${field.name}_${field.id}` : field.name
    taken.add(name.toLowerCase())
    return { ...field, name }
  })
}

const placeSql = (file: string): string => `${quoteLiteral(`${file}/`)} || CAST(${ROW} AS VARCHAR)`

/** The fields that a rule is about; undefined where one is not to be sealed without a loss, or must have a value that is no text. */
export function hiddenFields(fields: readonly Field[], { key, columns }: ShreddingRule): readonly Field[] | undefined {
  const names = new Set([key, ...columns])
  const hidden = fields.filter(({ name }) => names.has(name))
  return hidden.every((field) => isSealable(field) && (!field.required || field.type === 'string')) ? hidden : undefined
}

export interface ToSeal { readonly fields: readonly Field[]; readonly hidden: readonly Field[]; readonly key: Field | undefined; readonly file: string }

const PERSON = 'v'
const NOBODY = 'r'
/** What a process calls the key of a person, and of a row that says of nobody. */
export const personName = (value: string): string => `${PERSON}:${value}`
export const rowName = (row: string): string => `${NOBODY}:${row}`

/** The persons of a file, and the numbers of rows without one. */
export const personsSql = ({ fields, key }: ToSeal): { readonly persons: string | undefined; readonly nobody: string } => {
  const column = key === undefined ? undefined : `CAST(${at(fields, key)} AS VARCHAR)`
  return {
    persons: column === undefined ? undefined : `SELECT DISTINCT ${column} FROM ${NAME} WHERE ${column} IS NOT NULL`,
    nobody: `SELECT CAST(${ROW} AS VARCHAR) FROM ${NAME}${column === undefined ? '' : ` WHERE ${column} IS NULL`}`,
  }
}

export function sealSql({ fields, hidden, key, file }: ToSeal): string {
  const person = key === undefined ? 'CAST(NULL AS VARCHAR)' : `CAST(${at(fields, key)} AS VARCHAR)`
  const name = `CASE WHEN ${person} IS NULL THEN ${quoteLiteral(`${NOBODY}:`)} || CAST(${ROW} AS VARCHAR) ELSE ${quoteLiteral(`${PERSON}:`)} || ${person} END`
  const values = `CAST(json_object(${hidden.map((field) => `${quoteLiteral(`f${field.id}`)}, CAST(${at(fields, field)} AS VARCHAR)`).join(', ')}) AS VARCHAR)`
  const written = asWritten(fields)
  const columns = fields.map((field, i) => {
    const shown = !hidden.includes(field) ? at(fields, field) : !field.required ? `CAST(NULL AS ${typeSql(field)})` : field === key ? `'sealed ' || ${SEALED_BY}` : "'sealed'"
    return `${shown} AS ${quoteIdentifier(written[i]?.name ?? '')}`
  })
  return `SELECT ${columns.join(', ')}, ${SEAL.name} FROM (SELECT *, tulle_seal(${name}, ${placeSql(file)}, ${values}) AS ${SEAL.name} FROM ${NAME}) ORDER BY ${ROW}`
}

export const keysSql = `SELECT DISTINCT ${SEALED_BY} FROM ${NAME} WHERE ${SEAL.name} IS NOT NULL`
export const unsealedSql = `SELECT CAST(count(*) AS VARCHAR) FROM ${NAME} WHERE ${SEAL.name} IS NULL`
/** One row's values; none where every key was destroyed. */
export const anySql = (file: string): string => `SELECT opened FROM (SELECT tulle_open(${placeSql(file)}, ${SEAL.name}) AS opened FROM ${NAME}) WHERE opened IS NOT NULL LIMIT 1`

export interface ToOpen { readonly fields: readonly Field[]; readonly hidden: readonly Field[]; readonly key: number | undefined; readonly word: string | undefined; readonly file: string }

const WORD = '[shredded]'

/** The rows in plain, and of each the key. What was shredded is null; text says so where there must be a value, and of whose the row was. */
export function openSql({ fields, hidden, key, word, file }: ToOpen): string {
  const written = asWritten(fields)
  const columns = fields.map((field, i) => {
    const name = quoteIdentifier(written[i]?.name ?? '')
    if (!hidden.includes(field)) return `${at(fields, field)} AS ${name}`
    const value = `struct_extract("values", ${quoteLiteral(`f${field.id}`)})`
    if (field.type !== 'string') return `TRY_CAST(${value} AS ${typeSql(field)}) AS ${name}`
    const gone = field.id === key ? `${quoteLiteral(`${word ?? WORD} `)} || substr(${KEY.name}, 1, 8)` : word !== undefined || field.required ? quoteLiteral(word ?? WORD) : 'NULL'
    return `CASE WHEN opened IS NULL THEN ${gone} ELSE ${value} END AS ${name}`
  })
  const shape = JSON.stringify(Object.fromEntries(hidden.map(({ id }) => [`f${id}`, 'VARCHAR'])))
  const opened = `SELECT *, ${SEALED_BY} AS ${KEY.name}, tulle_open(${placeSql(file)}, ${SEAL.name}) AS opened FROM ${NAME}`
  return `SELECT ${columns.join(', ')}, ${KEY.name} FROM (SELECT *, from_json(opened, ${quoteLiteral(shape)}) AS "values" FROM (${opened})) ORDER BY ${ROW}`
}

const typeSql = ({ type }: Field): string => {
  if (typeof type !== 'string') throw new Bug('a nested column is never sealed.')
  return TYPES[type] ?? type.toUpperCase()
}
const TYPES: Readonly<Record<string, string>> = { string: 'VARCHAR', int: 'INTEGER', long: 'BIGINT', timestamptz: 'TIMESTAMP WITH TIME ZONE' }
