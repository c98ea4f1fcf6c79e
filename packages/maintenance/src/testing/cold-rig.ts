// A table of visits, one row a day, in a real control database, and a cold store beside its warehouse.

import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock, Result } from '@tulle/kernel'
import { Bug, ok } from '@tulle/kernel'
import type { FakeClock } from '@tulle/kernel/testing'
import { fakeClock } from '@tulle/kernel/testing'
import type { Engine, EngineProcess } from '@tulle/engine'
import type { EngineRig } from '@tulle/engine/testing'
import { engineRig, rowsOf } from '@tulle/engine/testing'
import type { Lake, TableName } from '@tulle/lake'
import { commit, fieldIdsOf, loadTable, newDataPath, openLake, planScan, stageAppend, toDataFile } from '@tulle/lake'
import type { MeshModel, RowRetention } from '@tulle/model'
import type { Objects } from '@tulle/objects'
import { localObjects } from '@tulle/objects'
import { postgresCatalog } from '@tulle/providers'
import type { ProviderRig } from '@tulle/providers/testing'
import { meshOf, providerRig } from '@tulle/providers/testing'
import { tableRelation } from '@tulle/tables'
import { openMaintenance } from '../maintenance.ts'
import type { Maintenance, MaintenanceOptions } from '../types.ts'
import { openColdStore } from '../cold/cold-store.ts'
import type { ColdStore, WarmTable } from '../cold/types.ts'

const DAY = 86_400_000
export const VISITS: TableName = { namespace: 'visits', name: 'visits' }
const BY_AGE: RowRetention = { column: 'happened', milliseconds: 30 * DAY, action: 'archive' }

interface Words { readonly retention?: RowRetention; readonly isKeyed?: boolean; readonly legalHold?: string; readonly businessKey?: string }

/** A mesh with visits alone, which are archived when they are 30 days old. */
export function visitsMesh({ retention = BY_AGE, isKeyed = false, legalHold, businessKey }: Words = {}): MeshModel {
  const id = { type: 'long', ...(isKeyed && { primaryKey: 1 }), ...(businessKey !== undefined && { businessKey }) }
  return meshOf({ products: { visits: { dataSets: { visits: { columns: { id, happened: 'date' }, retention, ...(legalHold !== undefined && { legalHold }) } } } } })
}

export interface ColdRig extends AsyncDisposable {
  readonly rig: ProviderRig
  readonly clock: FakeClock
  readonly lake: Lake
  readonly engines: EngineRig
  readonly worker: EngineProcess
  /** The folder of the cold store. */
  readonly place: string
  /** One process does all of the work: what it may reach is tried elsewhere. */
  readonly engine: Engine
  coldStore(open?: () => Promise<Result<Objects>>): ColdStore
  /** Another maintenance of the same database, closed with the rig. */
  looked(options?: Partial<MaintenanceOptions>): Promise<Maintenance>
  /** Rows of visits, as id and day. */
  append(...rows: readonly (readonly [id: number, happened: string])[]): Promise<void>
  warmTable(): Promise<WarmTable>
  /** What is in the table, as `id:day`. */
  warm(): Promise<readonly string[]>
  /** What is in its archive. */
  cold(store?: ColdStore): Promise<readonly string[]>
  /** A file of the warehouse or the store, where the worker reads it. */
  placed(file: string): Promise<string>
}

export async function coldRig(): Promise<ColdRig> {
  const rig = await providerRig()
  const clock = fakeClock(Date.parse('2026-03-01T00:00:00Z'))
  const still: Clock = { ...clock, sleep: async () => undefined }
  const lake = openLake({ catalog: postgresCatalog(rig.store.db), objects: rig.context.objects, clock: still })
  const engines = engineRig()
  const worker = await engines.process()
  const place = await mkdtemp(join(tmpdir(), 'tulle-cold-'))
  const opened: Maintenance[] = []
  const engine: Engine = {
    ...engines.engine,
    start: async ({ writePaths = [] }) => {
      for (const path of writePaths) await chmod(path, 0o777)
      return ok(Object.create(worker, { kill: { value: async () => undefined } }) as EngineProcess)
    },
  }
  const coldStore: ColdRig['coldStore'] = (open = async () => ok(localObjects(place))) => openColdStore({ db: rig.store.db, objects: lake.objects, clock: lake.clock, open })
  const placed = async (file: string): Promise<string> => {
    const path = join(engines.data, `${lake.ids.uuid()}.parquet`)
    await copyFile(file, path)
    return path
  }
  const rowsIn = async (of: Lake, name: TableName): Promise<readonly string[]> => {
    if ((await of.catalog.find(name)) === undefined) return []
    const table = valueOf(await loadTable(of, name))
    valueOf(await worker.define([valueOf(await tableRelation(of, table, valueOf(await planScan(of, table)), { place: placed }))]))
    return (await rowsOf(worker, `SELECT id || ':' || happened FROM "${name.namespace}"."${name.name}" ORDER BY 1`)).map(([row]) => String(row))
  }
  const warmTable = async (): Promise<WarmTable> => ({ uuid: valueOf(await loadTable(lake, VISITS)).uuid, name: VISITS })
  return {
    rig, clock, lake, engines, worker, place, engine, coldStore, placed, warmTable,
    looked: async (options = {}) => {
      const one = await openMaintenance({ store: rig.store, lake, clock: lake.clock, engine, workFolder: join(engines.data, `work-${opened.length}`), cold: coldStore(), ...options })
      opened.push(one)
      return one
    },
    append: async (...rows) => {
      const table = valueOf(await loadTable(lake, VISITS))
      const written = valueOf(await worker.write(`SELECT * FROM (VALUES ${rows.map(([id, day]) => `(${id}::bigint, DATE '${day}')`).join(', ')}) AS v(id, happened)`, { path: join(engines.data, `${lake.ids.uuid()}.parquet`), fieldIds: fieldIdsOf({ fields: table.schema.fields.slice(0, 2) }) }))
      const path = valueOf(await lake.objects.adopt(newDataPath(lake, table), written.path))
      valueOf(await commit(lake, [valueOf(await stageAppend(lake, table, { files: [toDataFile(table.schema, { ...written, path })] }))]))
    },
    warm: () => rowsIn(lake, VISITS),
    cold: async (store = coldStore()) => {
      const { lake: both, archive } = valueOf(await store.lakeOf(await warmTable()))
      return rowsIn(both, archive)
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(opened.splice(0).map((one) => one.close()))
      await engines.close()
      await rig[Symbol.asyncDispose]()
      await rm(place, { recursive: true, force: true })
    },
  }
}

export function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new Bug(result.diagnostics.map(({ code, message }) => `${code}: ${message}`).join('\n'))
}
