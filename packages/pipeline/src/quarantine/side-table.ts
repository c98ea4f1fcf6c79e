// The side table of a data set: an Iceberg table of its product that no port shows. It is a log: a row that is set aside, repaired,
// published or discarded is one more entry, and the last entry of a row holds.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Column, Lake, Table, TableName } from '@tulle/lake'
import { commit, createTable, loadTable } from '@tulle/lake'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import { evolveTable, tableFolder } from '@tulle/providers'
import { hasCode } from '../fail-step.ts'
import type { Decisions } from './types.ts'
import { RAW, SIDE } from './types.ts'

/** No data set can have this name. */
export const sideName = ({ namespace, name }: TableName): TableName => ({ namespace, name: `${name}@quarantine` })

const TRIES = 5

/** The side table; undefined where no row of the data set was ever set aside. */
export async function findSideTable(lake: Lake, dataSet: TableName): Promise<Result<Table | undefined>> {
  if ((await lake.catalog.find(sideName(dataSet))) === undefined) return ok(undefined)
  return loadTable(lake, sideName(dataSet))
}

/** The side table with every column that the data set has now; columns that the data set lost keep what they held. */
export async function ensureSideTable(lake: Lake, productId: string, dataSet: Table): Promise<Result<Table>> {
  for (let attempt = 1; ; attempt += 1) {
    const ensured = await ensureOnce(lake, productId, dataSet)
    if (ensured.ok || attempt === TRIES || !(hasCode(ensured.diagnostics, 'commit-conflict') || hasCode(ensured.diagnostics, 'table-exists'))) return ensured
  }
}

async function ensureOnce(lake: Lake, productId: string, dataSet: Table): Promise<Result<Table>> {
  const found = await findSideTable(lake, dataSet.name)
  if (!found.ok) return found
  const own: readonly Column[] = dataSet.schema.fields.map(({ name, type }) => ({ name, type }))
  if (found.value === undefined) {
    const name = sideName(dataSet.name)
    const folder = tableFolder({ productId, product: name.namespace, dataSet: dataSet.name.name })
    if (!folder.ok) return folder
    return createTable(lake, { name, folder: folder.value, columns: [...own, ...META], properties: { 'tulle.product-id': productId, 'tulle.quarantine-of': dataSet.name.name } })
  }
  const table = found.value
  const names = new Set([...own, ...META].map(({ name }) => name))
  const lost = table.schema.fields.filter(({ name }) => !names.has(name)).map(({ name, type }) => ({ name, type }))
  const evolved = await evolveTable(lake, table, [...own, ...lost, ...META])
  if (!evolved.ok) return evolved
  if (evolved.value === undefined) return ok(table)
  const committed = await commit(lake, [evolved.value])
  if (!committed.ok) return fail(...committed.diagnostics)
  return loadTable(lake, table.name)
}

/** The side tables of data sets as they are now, where rows were ever set aside. */
export async function decisionsOf(lake: Lake, dataSets: readonly { readonly dataSet: string; readonly table: TableName }[]): Promise<Result<Decisions>> {
  const decisions: Record<string, string> = {}
  for (const { dataSet, table } of dataSets) {
    const side = await findSideTable(lake, table)
    if (!side.ok) return side
    const snapshot = side.value?.currentSnapshot
    if (snapshot !== undefined) decisions[dataSet] = snapshot.id
  }
  return ok(decisions)
}

const META: readonly Column[] = [
  ...[SIDE.row, SIDE.state, SIDE.rules, SIDE.reason, SIDE.run].map((name) => ({ name, type: 'string' as const })),
  { name: SIDE.number, type: 'long' },
  { name: SIDE.source, type: 'string' },
  { name: SIDE.by, type: 'string' },
  { name: SIDE.at, type: 'timestamp' },
  { name: RAW, type: 'string' },
]

/** The last entry of each row, as a SELECT. An entry of a run is a fact and comes after a decision of the same moment. */
export const latestSql = (side: string): string =>
  `SELECT * FROM ${side} QUALIFY row_number() OVER (PARTITION BY ${quoteIdentifier(SIDE.row)} ORDER BY ${quoteIdentifier(SIDE.at)} DESC, ${quoteIdentifier(SIDE.by)} IS NULL DESC) = 1`

export const timeSql = (milliseconds: number): string => `CAST(${quoteLiteral(new Date(milliseconds).toISOString().replace('T', ' ').replace('Z', ''))} AS TIMESTAMP)`
