// Raw files read so that a row which does not fit the contract stops nothing. What fits becomes the view of the port; what does
// not lies in a table beside it: as text, with the promises that it breaks, and with those columns that could be read.

import { Bug } from '@tulle/kernel'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import { duckdbTypeOf } from '../iceberg-type.ts'
import type { IngestedColumn, Ingestion, IngestionApart, IngestionOptions } from '../types.ts'
import { UNFIT } from '../unfit.ts'
import type { SourceFile } from './source-text.ts'
import { pathList, readCsv, SOURCE_SCHEMA, sourceName } from './source-text.ts'

export interface ApartIngestion extends Ingestion { readonly columns: readonly IngestedColumn[]; readonly apart: IngestionApart }

/** One way to read some of the files. */
interface Arm {
  readonly from: string
  /** By column, NULL where it cannot be read. */
  readonly values: readonly string[]
  readonly broken: string
  readonly raw: string
}

/** Text files of other formats are lines of JSON by now. */
export function apartStatements(ingestion: ApartIngestion, files: readonly SourceFile[], arrowRows: () => string): readonly string[] {
  const arms = armsOf(ingestion, files, arrowRows)
  const { port, columns } = ingestion
  const [view, table] = [SOURCE_SCHEMA, UNFIT.schema].map((schema) => `${quoteIdentifier(schema)}.${quoteIdentifier(port)}`)
  const names = columns.map(({ name }) => quoteIdentifier(name))
  const [raw, broken, number] = [UNFIT.raw, UNFIT.broken, UNFIT.number].map(quoteIdentifier)
  const listed = ({ values }: Arm): string => values.map((value, i) => `${value} AS ${names[i]}`).join(', ')
  return [
    ...[SOURCE_SCHEMA, UNFIT.schema].map((schema) => `CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)}`),
    `CREATE OR REPLACE TABLE ${table} (${[...columns.map(({ type }, i) => `${names[i]} ${duckdbTypeOf(type)}`), `${raw} VARCHAR`, `${broken} VARCHAR`, `${number} BIGINT`].join(', ')})`,
    ...arms.map((arm) => `INSERT INTO ${table} SELECT ${[listed(arm), `substr(CAST(${arm.raw} AS VARCHAR), 1, ${UNFIT.characters})`, arm.broken, number].join(', ')} FROM (SELECT *, row_number() OVER () AS ${number} FROM ${arm.from}) WHERE ${arm.broken} <> '' LIMIT ${UNFIT.most + 1}`),
    `CREATE OR REPLACE VIEW ${view} AS ${arms.map((arm) => `SELECT ${listed(arm)} FROM ${arm.from} WHERE ${arm.broken} = ''`).join(' UNION ALL ')}`,
  ]
}

function armsOf(ingestion: ApartIngestion, files: readonly SourceFile[], arrowRows: () => string): readonly Arm[] {
  switch (ingestion.format) {
    case 'csv':
      throw new Bug('CSV is read apart as lines of JSON')
    case 'ndjson': {
      // One column, up to a character that no line of JSON has; without quotes, so that a line is a line.
      const settings = { delimiter: '\u001F', quote: '', escape: '', header: false }
      const line = quoteIdentifier('line')
      return byCompression(files).map((group) => jsonArm(ingestion, `(SELECT ${line} AS t FROM ${readCsv(['line'], group, [], settings, ['max_line_size = 16777216', 'buffer_size = 67108864'])} WHERE trim(coalesce(${line}, '')) <> '')`))
    }
    case 'json':
      return byCompression(files).map((group) => jsonArm(ingestion, `(SELECT CAST(json AS VARCHAR) AS t FROM read_json_objects(${pathList(group)}, format = 'auto', compression = ${quoteLiteral(group[0]?.gzip === true ? 'gzip' : 'uncompressed')}))`))
    case 'parquet':
      return [typedArm(ingestion, `read_parquet(${pathList(files)}, union_by_name = true)`)]
    case 'arrow':
      return [typedArm(ingestion, `(${arrowRows()})`)]
  }
}

const byCompression = (files: readonly SourceFile[]): readonly (readonly SourceFile[])[] => [true, false].map((gzip) => files.filter((file) => file.gzip === gzip)).filter((group) => group.length > 0)

const known = ({ columns, apart: { besides = [] } }: ApartIngestion): readonly string[] => [...columns.map(sourceName), ...besides]
const list = (names: readonly string[]): string => (names.length === 0 ? `(NULL)` : `(${names.map(quoteLiteral).join(', ')})`)
const joined = (parts: readonly string[]): string => (parts.length === 0 ? `''` : `concat_ws('; ', ${parts.join(', ')})`)

function ofType({ name, type }: IngestedColumn, given: string, value: string): readonly string[] {
  return duckdbTypeOf(type) === 'VARCHAR' ? [] : [`CASE WHEN ${given} IS NOT NULL AND ${value} IS NULL THEN ${quoteLiteral(UNFIT.type(name))} END`]
}

function castText(given: string, { type }: IngestedColumn, { dateFormat, timestampFormat }: IngestionOptions): string {
  const wanted = duckdbTypeOf(type)
  if (wanted === 'VARCHAR') return given
  if (wanted === 'DATE' && dateFormat !== undefined) return `TRY_CAST(try_strptime(${given}, ${quoteLiteral(dateFormat)}) AS DATE)`
  if (wanted.startsWith('TIMESTAMP') && timestampFormat !== undefined) return `TRY_CAST(try_strptime(${given}, ${quoteLiteral(timestampFormat)}) AS ${wanted})`
  return `TRY_CAST(${given} AS ${wanted})`
}

/** `rows` have one column `t`, the text of a row. A text that is one of JSON stands for a row that somebody else could not read. */
function jsonArm(ingestion: ApartIngestion, rows: string): Arm {
  return { from: `(SELECT t, ${objectOf('t')} AS j FROM ${rows})`, ...jsonRules('j', ingestion), raw: `CASE WHEN j IS NULL AND TRY(json_type(t)) IS NOT DISTINCT FROM 'VARCHAR' THEN json_extract_string(t, '$') ELSE t END` }
}

const objectOf = (given: string): string => `CASE WHEN TRY(json_type(${given})) IS NOT DISTINCT FROM 'OBJECT' THEN TRY(CAST(${given} AS JSON)) END`

/** The text of one object, held against columns later: its values in their order, and what it breaks, as SQL. */
export const fitOfText = (given: string, columns: readonly IngestedColumn[], { options = {}, apart = {} }: Pick<Ingestion, 'options' | 'apart'> = {}): { readonly values: readonly string[]; readonly broken: string } => jsonRules(objectOf(given), { columns, options, apart })

/** Values of an object by column, and what it breaks of the columns; an object that is NULL is none. */
function jsonRules(object: string, { columns, options = {}, apart }: Pick<ApartIngestion, 'columns' | 'options' | 'apart'>): { readonly values: readonly string[]; readonly broken: string } {
  const pointer = (column: IngestedColumn): string => quoteLiteral(`/${sourceName(column).replaceAll('~', '~0').replaceAll('/', '~1')}`)
  const given = (column: IngestedColumn): string => `json_extract_string(${object}, ${pointer(column)})`
  const values = columns.map((column) => {
    const wanted = duckdbTypeOf(column.type)
    const isText = apart.text === true || wanted === 'VARCHAR' || wanted === 'BLOB' || (wanted === 'DATE' && options.dateFormat !== undefined) || (wanted.startsWith('TIMESTAMP') && options.timestampFormat !== undefined)
    return isText ? castText(given(column), column, options) : `TRY(CAST(json_extract(${object}, ${pointer(column)}) AS ${wanted}))`
  })
  const expected = new Set(apart.expected)
  const names = known({ columns, apart } as ApartIngestion)
  const parts = [
    ...columns.filter((column) => expected.has(column.name)).map((column) => `CASE WHEN NOT list_contains(json_keys(${object}), ${quoteLiteral(sourceName(column))}) THEN ${quoteLiteral(UNFIT.missing(column.name))} END`),
    `CASE WHEN len(list_filter(json_keys(${object}), k -> k NOT IN ${list(names)})) > 0 THEN ${quoteLiteral(UNFIT.beyond)} END`,
    ...columns.flatMap((column, i) => ofType(column, given(column), values[i] ?? '')),
  ]
  return { values, broken: `CASE WHEN ${object} IS NULL THEN ${quoteLiteral(UNFIT.unreadable)} ELSE ${joined(parts)} END` }
}

/** The row as an object, beside its columns. */
const TYPED = quoteIdentifier('_tulle_object')

/** Files that have types of their own. A column that they do not have at all stops the run, as without this. */
function typedArm(ingestion: ApartIngestion, rows: string): Arm {
  const { columns } = ingestion
  const given = (column: IngestedColumn): string => quoteIdentifier(sourceName(column))
  const values = columns.map((column) => `TRY_CAST(${given(column)} AS ${duckdbTypeOf(column.type)})`)
  return {
    from: `(SELECT *, to_json(t) AS ${TYPED} FROM ${rows} AS t)`,
    values,
    broken: joined([
      `CASE WHEN len(list_filter(json_keys(${TYPED}), k -> k NOT IN ${list(known(ingestion))})) > 0 THEN ${quoteLiteral(UNFIT.beyond)} END`,
      ...columns.flatMap((column, i) => ofType(column, given(column), values[i] ?? '')),
    ]),
    raw: TYPED,
  }
}
