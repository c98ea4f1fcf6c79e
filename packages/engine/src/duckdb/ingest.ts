// Raw files of an input port as one view, read strictly: every column has the contract's type, and a row that does not
// fit is an error that names its file and line.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import { duckdbTypeOf } from '../iceberg-type.ts'
import type { IngestedColumn, Ingestion, IngestionOptions } from '../types.ts'
import { apartStatements } from './ingest-apart.ts'
import type { ArrowLoad } from './protocol.ts'
import type { SourceFile } from './source-text.ts'
import { headerOf, pathList, readCsv, selected, SOURCE_SCHEMA, sourceName, textSettings } from './source-text.ts'

/** `strictly` reads the same rows as plain text: it finds the line at which a sniffed file cannot be read. */
export interface IngestPlan { readonly statements: readonly string[]; readonly unread: readonly string[]; readonly strictly?: string }

/** The statements that (re)define `source.<port>`. Files with another order of columns are read each in its own. */
export function ingestStatements(ingestion: Ingestion, files: readonly SourceFile[]): Result<IngestPlan> {
  if (ingestion.apart !== undefined && ingestion.columns !== undefined) {
    return ok({ statements: apartStatements({ ...ingestion, columns: ingestion.columns, apart: ingestion.apart }, files, () => arrowRows(ingestion)), unread: [] })
  }
  const source = sourceOf(ingestion, files)
  if (!source.ok) return source
  const view = `${quoteIdentifier(SOURCE_SCHEMA)}.${quoteIdentifier(ingestion.port)}`
  return ok({
    statements: [`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(SOURCE_SCHEMA)}`, `CREATE OR REPLACE VIEW ${view} AS ${source.value.query}`],
    unread: source.value.unread ?? [],
    ...(source.value.strictly !== undefined && { strictly: source.value.strictly }),
  })
}

interface Source { readonly query: string; readonly unread?: readonly string[]; readonly strictly?: string }

function sourceOf(ingestion: Ingestion, files: readonly SourceFile[]): Result<Source> {
  switch (ingestion.format) {
    case 'csv':
      return csvSource(ingestion, files)
    case 'json': case 'ndjson':
      return ok({ query: jsonSource(ingestion, files) })
    case 'parquet':
      return ok({ query: `SELECT ${ingestion.columns === undefined ? '*' : castColumns(ingestion.columns)} FROM read_parquet(${pathList(files)}, union_by_name = true)` })
    case 'arrow':
      return ok({ query: arrowSource(ingestion) })
  }
}

function csvSource({ columns, options = {} }: Ingestion, files: readonly SourceFile[]): Result<Source> {
  const groups = new Map<string, { names: readonly string[]; files: SourceFile[] }>()
  const problems: Diagnostic[] = []
  for (const file of files) {
    const names = columns === undefined && options.header === false ? ok([]) : headerOf(file, columns ?? [], options)
    if (!names.ok) {
      problems.push(...names.diagnostics)
      continue
    }
    const key = JSON.stringify([names.value, file.gzip])
    const group = groups.get(key) ?? { names: names.value, files: [] }
    group.files.push(file)
    groups.set(key, group)
  }
  if (problems.length > 0) return fail(...problems)
  if (columns === undefined) {
    const strict = [...groups.values()].filter(({ names }) => names.length > 0).map((group) => `SELECT count(*) FROM ${readCsv(group.names, group.files, [], options)}`)
    return ok({ query: sniffCsv(files, options), ...(strict.length > 0 && { strictly: strict.join(' UNION ALL ') }) })
  }
  const read = new Set(columns.map(sourceName))
  return ok({
    query: [...groups.values()].map((group) => `SELECT ${selected(columns, new Set(group.names))} FROM ${readCsv(group.names, group.files, columns, options)}`).join(' UNION ALL '),
    unread: [...new Set([...groups.values()].flatMap(({ names }) => names))].filter((name) => !read.has(name)),
  })
}

// Types from all of the file, so that a late row cannot contradict them.
function sniffCsv(files: readonly SourceFile[], options: IngestionOptions): string {
  const settings = [`header = ${options.header !== false}`, `delim = ${quoteLiteral(options.delimiter ?? ',')}`, ...textSettings(options), 'sample_size = -1', 'union_by_name = true']
  const groups = [true, false].map((gzip) => files.filter((file) => file.gzip === gzip)).filter((group) => group.length > 0)
  return groups.map((group) => `SELECT * FROM read_csv(${pathList(group)}, ${settings.join(', ')}, compression = ${quoteLiteral(group[0]?.gzip === true ? 'gzip' : 'none')})`).join(' UNION ALL BY NAME ')
}

function jsonSource({ format, columns, options = {} }: Ingestion, files: readonly SourceFile[]): string {
  const members = columns?.map((column) => `${quoteLiteral(sourceName(column))}: ${quoteLiteral(duckdbTypeOf(column.type))}`)
  const settings = [
    members === undefined ? 'sample_size = -1' : `columns = {${members.join(', ')}}`,
    `format = ${quoteLiteral(format === 'ndjson' ? 'newline_delimited' : 'auto')}`,
    ...(options.dateFormat === undefined ? [] : [`dateformat = ${quoteLiteral(options.dateFormat)}`]),
    ...(options.timestampFormat === undefined ? [] : [`timestampformat = ${quoteLiteral(options.timestampFormat)}`]),
  ]
  const arms = [true, false].map((gzip) => files.filter((file) => file.gzip === gzip)).filter((group) => group.length > 0)
  return arms.map((group) => `SELECT ${columns === undefined ? '*' : selected(columns)} FROM read_json(${pathList(group)}, ${settings.join(', ')}, compression = ${quoteLiteral(group[0]?.gzip === true ? 'gzip' : 'uncompressed')})`).join(' UNION ALL BY NAME ')
}

/** Where the worker puts the rows of Arrow files before the view reads them. No product has such a name. */
export const arrowLoad = ({ port, paths, columns, apart }: Ingestion): ArrowLoad => ({
  schema: 'source (arrow)',
  tables: paths.map((_, i) => `${port} ${i}`),
  paths,
  ...(columns !== undefined && apart === undefined && { columns: columns.map(sourceName) }),
})

const arrowSource = (ingestion: Ingestion): string => `SELECT ${ingestion.columns === undefined ? '*' : castColumns(ingestion.columns)} FROM (${arrowRows(ingestion)})`

function arrowRows(ingestion: Ingestion): string {
  const { schema, tables } = arrowLoad(ingestion)
  return tables.map((table) => `SELECT * FROM ${quoteIdentifier(schema)}.${quoteIdentifier(table)}`).join(' UNION ALL BY NAME ')
}

const castColumns = (columns: readonly IngestedColumn[]): string =>
  columns.map((column) => `CAST(${quoteIdentifier(sourceName(column))} AS ${duckdbTypeOf(column.type)}) AS ${quoteIdentifier(column.name)}`).join(', ')
