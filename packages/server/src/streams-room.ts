// The change streams of the house: what is published becomes segments, and ports read them under the rights of whoever asks.

import { governedChanges } from '@tulle/gateway'
import type { Engine } from '@tulle/engine'
import type { Clock, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { loadTable, planScan } from '@tulle/lake'
import type { Lake, Table } from '@tulle/lake'
import type { DataProduct } from '@tulle/model'
import { RUN_SUMMARY } from '@tulle/pipeline'
import { readProductDefinitions } from '@tulle/providers'
import type { Store } from '@tulle/store'
import type { OpenStreams, PublicationSource, StreamedDataSet, StreamPort, StreamSnapshots } from '@tulle/streams'
import { followPublications, openStreams } from '@tulle/streams'
import type { DataDoor } from './house.ts'
import { differenceOf } from './snapshot-difference.ts'

export interface StreamsRoomOptions {
  readonly store: Store
  readonly lake: Lake
  readonly engine: Engine
  readonly clock: Clock
  readonly doors: Readonly<Partial<Record<StreamPort, DataDoor>>>
  readonly secret: string
  readonly workFolder: string
  readonly warn: (message: string, facts: Readonly<Record<string, string>>) => void
}

export interface StreamsRoom {
  readonly streams: OpenStreams
  /** Begins to take in what is published. */
  start(): void
  /** Resolves when everything that was published at the call is in the streams. */
  caughtUp(): Promise<void>
  close(): Promise<void>
}

export async function openStreamsRoom({ store, lake, engine, clock, doors, secret, workFolder, warn }: StreamsRoomOptions): Promise<StreamsRoom> {
  const streams = await openStreams({ store, clock, secret, governed: governedChanges({ doors, localFile: (address) => lake.objects.localFile(address) }), snapshots: snapshotsOf(store, lake) })
  let following: ReturnType<typeof followPublications> | undefined
  return {
    streams,
    start() {
      following ??= followPublications({
        store, engine, workFolder, clock, objects: lake.objects, source: publicationSource(store, lake),
        warn: (message, why) => warn(message, { why }),
      })
    },
    caughtUp: async () => following?.caughtUp(),
    async close() {
      await following?.stop()
      await streams.close()
    },
  }
}

/** Kinds of ports that change streams leave by. */
const STREAMED: ReadonlySet<string> = new Set<StreamPort>(['stream', 'webhook', 'kafka'])

const streamedOf = ({ outputPorts }: DataProduct): ReadonlySet<string> => new Set(outputPorts.filter(({ kind }) => STREAMED.has(kind)).flatMap(({ dataSets }) => dataSets))

async function tableOf(store: Store, lake: Lake, { productId, dataSet }: StreamedDataSet): Promise<Result<{ readonly table: Table; readonly key: readonly string[] } | undefined>> {
  const definition = (await readProductDefinitions(store.db)).find(({ id }) => id === productId)
  const applied = definition === undefined || !Object.hasOwn(definition.tables, dataSet) ? undefined : definition.tables[dataSet]
  if (definition === undefined || applied === undefined) return ok(undefined)
  const table = await loadTable(lake, applied.name)
  if (!table.ok) return table
  const columns = definition.product.dataSets.find(({ name }) => name === dataSet)?.contract?.columns ?? []
  const known = new Set(table.value.schema.fields.map(({ name }) => name))
  return ok({ table: table.value, key: columns.filter(({ primaryKey, name }) => primaryKey !== undefined && known.has(name)).map(({ name }) => name) })
}

const snapshotsOf = (store: Store, lake: Lake): StreamSnapshots => ({
  async size(productId, stored, snapshot) {
    const found = await tableOf(store, lake, { productId, dataSet: stored })
    if (!found.ok) return found
    const files = await filesAt(lake, found.value?.table, snapshot)
    return files.ok ? ok(files.value?.reduce((sum, { file }) => sum + file.rows, 0)) : files
  },
})

/** Undefined where the snapshot is not kept any more. */
async function filesAt(lake: Lake, table: Table | undefined, snapshot: string) {
  if (table?.snapshots.some(({ id }) => id === snapshot) !== true) return ok(undefined)
  const scan = await planScan(lake, table, { snapshotId: snapshot })
  return scan.ok ? ok(scan.value.files) : scan
}

function publicationSource(store: Store, lake: Lake): PublicationSource {
  return {
    async streamed({ productId, product, dataSet }) {
      const definitions = await readProductDefinitions(store.db)
      const meant = definitions.filter((one) => (productId === undefined || one.id === productId) && (productId !== undefined || product === undefined || one.product.name === product))
      return meant.flatMap(({ id, product: declared }) => [...streamedOf(declared)].filter((name) => dataSet === undefined || name === dataSet).map((name) => ({ productId: id, dataSet: name })))
    },
    async current(of) {
      const found = await tableOf(store, lake, of)
      return found.ok ? ok(found.value?.table.currentSnapshot?.id) : found
    },
    async snapshot(of, id) {
      const found = await tableOf(store, lake, of)
      if (!found.ok) return found
      const snapshot = found.value?.table.snapshots.find((one) => one.id === id)
      if (snapshot === undefined) return ok(undefined)
      const { [RUN_SUMMARY.run]: runId, [RUN_SUMMARY.contract]: contractVersion, 'total-records': rows = '0' } = snapshot.summary
      return ok({ rows: Number(rows), ...(runId !== undefined && { runId }), ...(contractVersion !== undefined && { contractVersion }) })
    },
    async difference(of, from, to) {
      const found = await tableOf(store, lake, of)
      if (!found.ok) return found
      if (found.value === undefined) return ok(undefined)
      return differenceOf(lake, found.value.table, { key: found.value.key, from, to })
    },
  }
}
