// Which rows of a table have had their time: what the contract says, and which of them somebody has brought back for a while.

import type { Kysely } from 'kysely'
import type { Clock } from '@tulle/kernel'
import type { DataContract, RowRetention } from '@tulle/model'
import { readProductDefinition } from '@tulle/providers'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import type { Database } from '@tulle/store'
import type { TableName } from '@tulle/lake'
import { printSpan } from './print-time.ts'

export interface RowKeeping {
  readonly retention: RowRetention
  readonly contract: DataContract
  /** A condition over the columns of the table: true of rows that are to go now. */
  readonly isOver: string
}

/** Undefined where the contract keeps all rows, or a legal hold does. */
export async function rowKeeping({ db, clock, table, uuid }: { readonly db: Kysely<Database>; readonly clock: Clock; readonly table: TableName; readonly uuid: string }): Promise<RowKeeping | undefined> {
  const definition = await readProductDefinition(db, table.namespace)
  const contract = definition.ok ? definition.value.product.dataSets.find(({ name }) => name === table.name)?.contract : undefined
  if (contract?.retention === undefined || contract.legalHold !== undefined) return undefined
  const now = clock.now()
  const exempt = await db.selectFrom('row_move').select(['kept_column', 'kept_from', 'kept_to']).where('table_uuid', '=', uuid).where('action', '=', 'restored').where('kept_until', '>', new Date(now)).execute()
  const columns = new Set(contract.columns.map(({ name }) => name))
  const kept = exempt.map(({ kept_column: column, kept_from: from, kept_to: to }) => (column === null || !columns.has(column) ? 'true' : isWithin(column, from, to)))
  return { contract, retention: contract.retention, isOver: [dueSql(contract.retention, now), ...new Set(kept.map((one) => `NOT ${one}`))].join(' AND ') }
}

function dueSql({ column, milliseconds, where = [] }: RowRetention, now: number): string {
  const terms = where.map((one) => `coalesce(CAST(${quoteIdentifier(one.column)} AS VARCHAR) IN (${one.values.map(quoteLiteral).join(', ')}), false)`)
  if (column !== undefined && milliseconds !== undefined) terms.push(`${timeOf(column)} < ${timeLiteral(new Date(now - milliseconds).toISOString())}`)
  // Who says nothing keeps everything.
  return terms.length === 0 ? 'false' : terms.join(' AND ')
}

const timeOf = (column: string): string => `CAST(${quoteIdentifier(column)} AS TIMESTAMP)`
const timeLiteral = (iso: string): string => `TIMESTAMP ${quoteLiteral(iso.slice(0, 19).replace('T', ' '))}`

/** From one time on and before another, ISO 8601; a row without a value is in no range but the one without ends. */
export function isWithin(column: string, from: string | null, to: string | null): string {
  const terms = [...(from === null ? [] : [`${timeOf(column)} >= ${timeLiteral(from)}`]), ...(to === null ? [] : [`${timeOf(column)} < ${timeLiteral(to)}`])]
  return terms.length === 0 ? 'true' : `coalesce(${terms.join(' AND ')}, false)`
}

/** Columns that say which row is which; none where the contract names none. */
export const keysOf = ({ columns }: DataContract): readonly string[] =>
  columns.filter(({ primaryKey }) => primaryKey !== undefined).toSorted((a, b) => (a.primaryKey ?? 0) - (b.primaryKey ?? 0)).map(({ name }) => name)

/** The rule as a person reads it. */
export function printRetention({ column, milliseconds, where = [], action }: RowRetention): string {
  const age = column === undefined || milliseconds === undefined ? [] : [`their ${column} is older than ${printSpan(milliseconds)}`]
  const why = [...where.map((one) => `their ${one.column} is ${one.values.join(' or ')}`), ...age].join(', and ')
  return `${why.charAt(0).toUpperCase()}${why.slice(1)}: the contract ${action === 'archive' ? 'has them archived' : 'keeps them no longer'}.`
}
