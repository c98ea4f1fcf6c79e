// What is known of a product: from runs, the outbox, its tables' metadata, and what statements took.

import type { Clock, Json } from '@tulle/kernel'
import type { Lake, Table } from '@tulle/lake'
import { loadTable, planScan } from '@tulle/lake'
import type { ProductDefinition } from '@tulle/providers'
import type { Database } from '@tulle/store'
import { lagsOf } from '@tulle/streams'
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Followers, ProbePort } from '../types.ts'
import type { ProductFacts } from './measure.ts'
import { readLatency } from './latency-store.ts'
import { readCheckScores } from './check-scores.ts'

/** So many of the newest are looked at: enough for a year of hourly runs. */
const MOST_RUNS = 10_000

export interface FactsRoom { readonly clock: Clock; readonly db: Kysely<Database>; readonly lake: Lake; readonly probe: ProbePort; readonly followers?: Followers | undefined; readonly remembered: Remembered }

/** What a snapshot says never changes. */
export type Remembered = Map<string, number | undefined>
const MOST_REMEMBERED = 10_000

export async function readFacts({ clock, db, lake, probe, followers, remembered }: FactsRoom, definition: ProductDefinition, from: number): Promise<ProductFacts> {
  const { product, tables, id } = definition
  const since = new Date(from)
  // The last one before the window says what was served when it began.
  const runs = await db.selectFrom('run').select('finished_at').where('product', '=', product.name).where('status', '=', 'succeeded')
    .where(sql<boolean>`parameters->>'workflow' = 'run-product'`).where('finished_at', 'is not', null).orderBy('finished_at', 'desc').limit(MOST_RUNS).execute()
  const published = await db.selectFrom('outbox').select(['time', 'data']).where('type', '=', 'tulle.product.published').where('subject', '=', product.name)
    .orderBy('seq', 'desc').limit(MOST_RUNS).execute()
  const loaded = new Map<string, Promise<Table | undefined>>()
  const tableOf = (dataSet: string): Promise<Table | undefined> => {
    const name = tables[dataSet]?.name
    if (name === undefined) return Promise.resolve(undefined)
    const known = loaded.get(dataSet) ?? loadTable(lake, name).then((found) => (found.ok ? found.value : undefined))
    loaded.set(dataSet, known)
    return known
  }
  const once = async (key: string, read: () => Promise<number | undefined>): Promise<number | undefined> => {
    if (remembered.has(key)) return remembered.get(key)
    const value = await read()
    // What could not be read may be readable the next time.
    if (value !== undefined) remembered.set(key, value)
    for (const oldest of remembered.keys()) if (remembered.size > MOST_REMEMBERED) remembered.delete(oldest)
    return value
  }
  return {
    goodRuns: runs.flatMap(({ finished_at: at }) => (at === null ? [] : [at.getTime()])).toReversed(),
    publications: published.map(({ time, data }) => ({ at: time.getTime(), snapshots: snapshotsOf(data) })).toReversed(),
    checks: await readCheckScores(db, product.name, since),
    dataSets: product.dataSets.map(({ name }) => name),
    ports: product.outputPorts.filter(({ kind }) => kind !== 'external').map(({ name }) => name),
    rowsOf: (dataSet, snapshot) => once(`rows ${tables[dataSet]?.uuid} ${snapshot}`, async () => {
      const rows = (await tableOf(dataSet))?.snapshots.find((one) => one.id === snapshot)?.summary['total-records']
      return rows === undefined ? undefined : Number(rows)
    }),
    filledOf: (dataSet, snapshot) => once(`filled ${tables[dataSet]?.uuid} ${snapshot}`, async () => {
      const table = await tableOf(dataSet)
      const columns = product.dataSets.find(({ name }) => name === dataSet)?.contract?.columns ?? []
      const fields = columns.flatMap(({ name }) => tables[dataSet]?.fieldIds[name] ?? [])
      return table === undefined ? undefined : filled(lake, table, snapshot, fields)
    }),
    latency: (start, end) => readLatency(db, id, start, end),
    probe: (port) => probe(definition, port),
    lags: async (dataSet) => [...await lagsOf(db, id, clock.now()), ...await followers?.(id) ?? []].filter((one) => dataSet === undefined || one.dataSet === dataSet).map(({ milliseconds }) => milliseconds),
  }
}

const snapshotsOf = (data: Json): Readonly<Record<string, string>> => {
  const { snapshots } = data as { readonly snapshots?: Readonly<Record<string, string>> }
  return snapshots ?? {}
}

/** From the statistics of the files alone. Where a file has rows that were deleted since, or says nothing of a column, it is not known. */
async function filled(lake: Lake, table: Table, snapshot: string, fields: readonly number[]): Promise<number | undefined> {
  const scan = await planScan(lake, table, { snapshotId: snapshot })
  if (!scan.ok || fields.length === 0) return undefined
  let values = 0
  let nulls = 0
  for (const { file, deletes } of scan.value.files) {
    if (deletes.length > 0) return undefined
    for (const field of fields) {
      const empty = file.nullCounts?.get(field)
      // Nested columns are counted by their leaves; those are left out.
      if (empty === undefined) continue
      values += file.rows
      nulls += empty
    }
  }
  return values === 0 ? undefined : 100 * (1 - nulls / values)
}
