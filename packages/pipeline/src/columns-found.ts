// The columns that the files of a port have, by Iceberg's names of types, where nobody has said them.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { ConnectedInputPort, FileInputPort } from '@tulle/model'
import type { DrawnColumn } from '@tulle/sources'
import type { IngestedPort, Session } from './types.ts'
import { formatOf, readPort, selectColumns } from './read-port.ts'

/**
 * Text files have text: a type that the first rows suggest, a later file contradicts. `unread` are the columns of CSV files
 * that the contract does not name. `countless`: the rows' members are names of things, and the engine takes them for one map. What is nested in JSON is its text; in other files it is passed over.
 */
export async function columnsFound(session: Session, port: FileInputPort | ConnectedInputPort, ingested: IngestedPort, unread: readonly string[]): Promise<Result<readonly DrawnColumn[] | 'countless'>> {
  if (ingested.drawn?.columns !== undefined) return ok(ingested.drawn.columns)
  const format = formatOf(port)
  if (format === 'files') return ok([])
  if (format === 'csv') return ok(unread.map((name) => ({ name, type: 'string' })))
  const read = await readPort(session, port, ingested)
  if (!read.ok) return read
  const whole = await session.process.prepare(selectColumns('source', port.name, undefined))
  if (!whole.ok) return whole
  const { columns } = whole.value
  if (columns.length === 1 && columns[0]?.name === 'json' && columns[0].type.startsWith('MAP(')) return ok('countless')
  const isJson = format === 'json' || format === 'ndjson'
  // The engine gives names that differ by case alone another ending, by which they are not found again.
  const names = new Set(columns.map(({ name }) => name.toLowerCase()))
  const isRenamed = (name: string): boolean => isJson && names.has(name.toLowerCase().replace(/_\d+$/u, '')) && /_\d+$/u.test(name)
  return ok(columns.filter(({ name }) => !isRenamed(name)).flatMap(({ name, type }) => {
    const found = isJson ? (JSON_TYPES[type] ?? 'string') : typeOf(type)
    return found === undefined ? [] : [{ name, type: found }]
  }))
}

const JSON_TYPES: Readonly<Record<string, string>> = { BOOLEAN: 'boolean', BIGINT: 'long', DOUBLE: 'double' }
const TYPES: Readonly<Record<string, string>> = {
  BOOLEAN: 'boolean', TINYINT: 'int', SMALLINT: 'int', INTEGER: 'int', UTINYINT: 'int', USMALLINT: 'int', UINTEGER: 'long', BIGINT: 'long', UBIGINT: 'decimal(20, 0)',
  FLOAT: 'float', DOUBLE: 'double', VARCHAR: 'string', DATE: 'date', TIME: 'time', TIMESTAMP: 'timestamp', 'TIMESTAMP WITH TIME ZONE': 'timestamptz', UUID: 'uuid', BLOB: 'binary',
}

function typeOf(type: string): string | undefined {
  const decimal = /^DECIMAL\((?<width>\d+),(?<scale>\d+)\)$/u.exec(type)?.groups
  return decimal === undefined ? TYPES[type] : `decimal(${decimal['width']}, ${decimal['scale']})`
}
