// Raw files of an input port as text: how their columns are called, and how the engine is told to read them.

import type { Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import { duckdbTypeOf } from '../iceberg-type.ts'
import { messages } from '../messages.ts'
import type { IngestedColumn, IngestionOptions } from '../types.ts'
import { parseHeader } from './csv-header.ts'
import type { Inspected } from './protocol.ts'

/** The schema of all input ports. */
export const SOURCE_SCHEMA = 'source'

/** What an inspected file is called in messages. */
export interface SourceFile extends Inspected { readonly path: string; readonly label: string }

// A file without a header has the contract's columns, in their order.
export function headerOf(file: SourceFile, columns: readonly IngestedColumn[], options: IngestionOptions): Result<readonly string[]> {
  const refuse = (what: string): Result<never> => fail(messages['engine-file']({ file: file.label, what }, { place: { file: file.label, line: 1, column: 1 } }))
  if (options.header === false) return ok(columns.map(sourceName))
  if (file.empty) return refuse('the file is empty; a header line is expected.')
  const names = parseHeader(Buffer.from(file.head, 'base64'), options)
  if (names === undefined) return refuse(`the header line is not ${options.encoding ?? 'utf-8'} text.`)
  const repeated = names.find((name, i) => names.indexOf(name) !== i)
  if (repeated !== undefined) return refuse(`the header names the column "${repeated}" twice.`)
  const missing = columns.find((column) => column.optional !== true && !names.includes(sourceName(column)))
  if (missing !== undefined) return refuse(`the header has no column "${sourceName(missing)}".${didYouMean(sourceName(missing), names)}`)
  return ok(names)
}

/** `more` are further settings. */
export function readCsv(names: readonly string[], files: readonly SourceFile[], columns: readonly IngestedColumn[], options: IngestionOptions, more: readonly string[] = []): string {
  const types = new Map(columns.map((column) => [sourceName(column), duckdbTypeOf(column.type)]))
  const members = names.map((name) => `${quoteLiteral(name)}: ${quoteLiteral(types.get(name) ?? 'VARCHAR')}`)
  const settings = [
    'auto_detect = false',
    `columns = {${members.join(', ')}}`,
    `header = ${options.header !== false}`,
    `delim = ${quoteLiteral(options.delimiter ?? ',')}`,
    ...textSettings(options),
    ...(files.some(({ longLines }) => longLines) ? ['parallel = false'] : []),
    `compression = ${quoteLiteral(files[0]?.gzip === true ? 'gzip' : 'none')}`,
    ...more,
  ]
  return `read_csv(${pathList(files)}, ${settings.join(', ')})`
}

export function textSettings(options: IngestionOptions): readonly string[] {
  return [
    `quote = ${quoteLiteral(options.quote ?? '"')}`,
    `escape = ${quoteLiteral(options.escape ?? options.quote ?? '"')}`,
    `encoding = ${quoteLiteral(options.encoding ?? 'utf-8')}`,
    `nullstr = [${[...new Set(['', ...(options.nullText === undefined ? [] : [options.nullText])])].map(quoteLiteral).join(', ')}]`,
    // A quoted empty field is an empty text.
    'allow_quoted_nulls = false',
    'strict_mode = true',
    ...(options.dateFormat === undefined ? [] : [`dateformat = ${quoteLiteral(options.dateFormat)}`]),
    ...(options.timestampFormat === undefined ? [] : [`timestampformat = ${quoteLiteral(options.timestampFormat)}`]),
  ]
}

export const sourceName = ({ name, source }: IngestedColumn): string => source ?? name

export const pathList = (files: readonly SourceFile[]): string => `[${files.map(({ path }) => quoteLiteral(path)).join(', ')}]`

export const selected = (columns: readonly IngestedColumn[], there?: ReadonlySet<string>): string =>
  columns.map((column) => `${there?.has(sourceName(column)) === false ? `CAST(NULL AS ${duckdbTypeOf(column.type)})` : quoteIdentifier(sourceName(column))} AS ${quoteIdentifier(column.name)}`).join(', ')
