// The columns of files that no contract types: as the files name them, with the narrowest type that all rows have.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { FileInputPort } from '@tulle/model'
import type { EngineProcess, IngestedColumn, IngestionOptions } from '@tulle/engine'
import { quoteLiteral } from '@tulle/sql'

export interface Sniffed { readonly port: Pick<FileInputPort, 'format'>; readonly paths: readonly string[]; readonly options: IngestionOptions }

/** Reads every row of CSV and JSON, because a type that is guessed from the first rows breaks at a later one. */
export async function sniffColumns(process: EngineProcess, sniffed: Sniffed): Promise<Result<readonly IngestedColumn[]>> {
  const found = await process.prepare(`SELECT * FROM ${readerOf(sniffed)}`)
  return found.ok ? ok(found.value.columns.map(({ name, type }) => ({ name, type: icebergTypeOf(type) }))) : found
}

function readerOf({ port, paths, options }: Sniffed): string {
  const files = `[${paths.map(quoteLiteral).join(', ')}]`
  switch (port.format) {
    case 'csv': return `read_csv(${[files, 'sample_size = -1', 'union_by_name = true', ...csvSettings(options)].join(', ')})`
    case 'json': return `read_json(${files}, sample_size = -1, union_by_name = true)`
    case 'ndjson': return `read_json(${files}, format = 'newline_delimited', sample_size = -1, union_by_name = true)`
    case 'parquet': case 'arrow': return `read_parquet(${files}, union_by_name = true)`
  }
}

function csvSettings({ delimiter, quote, escape, header, nullText, dateFormat, timestampFormat }: IngestionOptions): readonly string[] {
  const settings = { delim: delimiter ?? ',', quote: quote ?? '"', escape: escape ?? quote ?? '"', dateformat: dateFormat, timestampformat: timestampFormat }
  return [
    `header = ${header !== false}`,
    `nullstr = [${['', ...(nullText === undefined ? [] : [nullText])].map(quoteLiteral).join(', ')}]`,
    ...Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [`${name} = ${quoteLiteral(value)}`])),
  ]
}

const TYPES: Readonly<Record<string, string>> = {
  BOOLEAN: 'boolean', TINYINT: 'int', SMALLINT: 'int', INTEGER: 'int', UTINYINT: 'int', USMALLINT: 'int', UINTEGER: 'long', BIGINT: 'long',
  UBIGINT: 'decimal(20, 0)', HUGEINT: 'decimal(38, 0)', FLOAT: 'float', DOUBLE: 'double', DATE: 'date', TIME: 'time', UUID: 'uuid', BLOB: 'binary',
  TIMESTAMP: 'timestamp', TIMESTAMP_S: 'timestamp', TIMESTAMP_MS: 'timestamp', TIMESTAMP_NS: 'timestamp', 'TIMESTAMP WITH TIME ZONE': 'timestamptz',
}

/** Nested values stay the text that they are in the file. */
function icebergTypeOf(type: string): string {
  const decimal = /^DECIMAL\((\d+),\s*(\d+)\)$/u.exec(type)
  return decimal === null ? (TYPES[type] ?? 'string') : `decimal(${decimal[1]}, ${decimal[2]})`
}
