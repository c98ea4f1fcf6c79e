// A file input port as a relation of the run's engine process: `source.<port>`, typed by whoever reads it.

import { join } from 'node:path'
import type { Json, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { ConnectedInputPort, ContractColumn, FileInputPort } from '@tulle/model'
import type { Ingested, IngestedColumn, IngestionApart, IngestionOptions } from '@tulle/engine'
import { quoteIdentifier } from '@tulle/sql'
import type { CsvFile } from './drift/csv-lines.ts'
import { csvLines } from './drift/csv-lines.ts'
import { LISTING, listCollection } from './list-collection.ts'
import type { IngestedPort, Session } from './types.ts'

/** Reads the copies strictly as `columns` say, or with `apart` so that rows which do not fit lie beside them; without columns, as the port declares them or as they are. Answers the columns that nobody asked for. */
export async function readPort(session: Session, declared: FileInputPort | ConnectedInputPort, ingested: IngestedPort, columns?: readonly (Pick<ContractColumn, 'name' | 'type'> & { readonly optional?: boolean })[], apart?: IngestionApart): Promise<Result<Ingested>> {
  const port = declared.kind === 'file' ? declared : asFiles(declared, ingested)
  if (port.format === 'files') return readCollection(session, port, ingested)
  const typed = columns?.map(({ name, type, optional }) => ({ name, type, ...(optional === true && { optional }) })) ?? declaredColumns(port)
  const copies = ingested.copies.map((copy) => join(session.inFolder, copy))
  const asLines = apart !== undefined && port.format === 'csv'
  const lines = asLines ? await linesOf(copies, ingested, { options: optionsOf(port), columns: (typed ?? []).map(({ name }) => name) }) : ok(copies)
  if (!lines.ok) return lines
  const paths = lines.value
  return session.process.ingest({
    port: port.name,
    format: asLines ? 'ndjson' : port.format,
    paths,
    ...(apart !== undefined && { apart }),
    // The engine knows copies in a private folder, people know the files.
    labels: Object.fromEntries(paths.map((path, i) => [path, ingested.shown[i] ?? path])),
    ...(typed !== undefined && { columns: typed }),
    options: optionsOf(port),
  })
}

async function linesOf(copies: readonly string[], { shown }: IngestedPort, form: Pick<CsvFile, 'options' | 'columns'>): Promise<Result<readonly string[]>> {
  const paths: string[] = []
  for (const [i, path] of copies.entries()) {
    const lines = await csvLines({ path, shown: shown[i] ?? path, ...form })
    if (!lines.ok) return lines
    paths.push(lines.value)
  }
  return ok(paths)
}

/** What the files of a port are read as. Of a topic the format is that of its messages: they were drawn as lines. */
export const formatOf = (port: FileInputPort | Pick<ConnectedInputPort, 'kind' | 'system' | 'settings'>): FileInputPort['format'] =>
  port.kind === 'file' ? port.format : port.system === 'kafka' ? 'ndjson' : ((port.settings['format'] as FileInputPort['format'] | undefined) ?? 'ndjson')

/** Lines of JSON have bytes as hexadecimal digits. */
export const lineType = (type: string): string => (type === 'binary' || type.startsWith('fixed') ? 'string' : type)

/** What a connected port brought, as if the files had been there. */
function asFiles(port: ConnectedInputPort, { drawn }: IngestedPort): FileInputPort {
  const { name, title, place, settings } = port
  const { path, options } = settings as { readonly path?: string; readonly options?: FileInputPort['options'] }
  const columns = drawn?.columns === undefined ? {} : { columns: Object.fromEntries(drawn.columns.map((column) => [column.name, lineType(column.type)])) }
  return { kind: 'file', name, title, place, path: path ?? name, format: formatOf(port), options: { ...columns, ...options } }
}

/** The rows of a collection say what is in it; its files are not read. */
async function readCollection({ process, inFolder }: Session, port: FileInputPort, ingested: IngestedPort): Promise<Result<Ingested>> {
  const listed = await listCollection(port, inFolder, ingested)
  return listed.ok ? process.ingest({ port: port.name, format: 'ndjson', paths: [listed.value], labels: {}, columns: LISTING, options: {} }) : listed
}

/** These columns of a relation, in this order; all, where none are named. */
export const selectColumns = (schema: string, name: string, columns: readonly { readonly name: string }[] | undefined): string =>
  `SELECT ${columns?.map((column) => quoteIdentifier(column.name)).join(', ') ?? '*'} FROM ${quoteIdentifier(schema)}.${quoteIdentifier(name)}`

function declaredColumns({ options }: FileInputPort): readonly IngestedColumn[] | undefined {
  const declared = options['columns']
  if (declared === null || typeof declared !== 'object' || Array.isArray(declared)) return undefined
  return Object.entries(declared as Readonly<Record<string, Json>>).map(([name, type]) => ({ name, type: String(type) }))
}

/** How text files of a port are written. */
export function optionsOf(port: FileInputPort | ConnectedInputPort): IngestionOptions {
  const options = port.kind === 'file' ? port.options : ((port.settings['options'] as FileInputPort['options'] | undefined) ?? {})
  const text = (name: string): string | undefined => (typeof options[name] === 'string' ? options[name] : undefined)
  const given = {
    delimiter: text('delimiter'),
    quote: text('quote'),
    escape: text('escape'),
    header: typeof options['header'] === 'boolean' ? options['header'] : undefined,
    encoding: text('encoding') as IngestionOptions['encoding'],
    nullText: text('null_text'),
    dateFormat: text('date_format'),
    timestampFormat: text('timestamp_format'),
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}
