// A real mesh on a real database, warehouse and engine, gone with the rig.

import { randomUUID } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock, Result } from '@tulle/kernel'
import { renderDiagnostic, systemClock } from '@tulle/kernel'
import { loadMesh, readMeshFolder } from '@tulle/model'
import type { Lake, Table } from '@tulle/lake'
import { loadTable, openLake, planScan } from '@tulle/lake'
import type { Engine, EngineProcess } from '@tulle/engine'
import { duckdbEngine } from '@tulle/engine'
import { readProductProject } from '@tulle/dbt'
import { openPrograms } from '@tulle/programs'
import type { Store } from '@tulle/store'
import { desiredMesh, embeddedProviders, postgresCatalog } from '@tulle/providers'
import type { ProviderRig } from '@tulle/providers/testing'
import { providerRig } from '@tulle/providers/testing'
import { tableRelation } from '@tulle/tables'
import type { RunRecord } from '@tulle/workflow'
import { memoryRuntime, storeRecorder } from '@tulle/workflow'
import type { Pipeline, PipelineOptions, RunOptions } from '../types.ts'
import { pipeline } from '../pipeline.ts'
import { linkInto } from '../sessions.ts'
import type { ProductWords } from './mesh-words.ts'
import { meshFiles } from './mesh-words.ts'

export interface PipelineRig extends AsyncDisposable {
  readonly folder: string
  readonly meshFolder: string
  readonly providers: ProviderRig
  readonly store: Store
  readonly lake: Lake
  readonly engine: Engine
  /** Writes files into the mesh folder. */
  write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void>
  /** Writes the products' documents and makes them real, as an apply does. */
  apply(products: Readonly<Record<string, ProductWords>>): Promise<void>
  /** Makes the mesh folder real as it stands. */
  applyFolder(folder?: string): Promise<void>
  /** Another pipeline over the same mesh; the one before is closed. */
  open(options?: Partial<PipelineOptions>): Promise<Pipeline>
  /** Runs to the end. */
  run(product: string, options?: Partial<RunOptions>): Promise<RunRecord>
  table(address: string): Promise<Table>
  /** Rows of a published data set; SQL names it by its address. */
  rows(address: string, sql?: string): Promise<readonly unknown[]>
  steps(runId: string): Promise<readonly { readonly name: string; readonly status: string; readonly reason: string | null }[]>
  log(runId: string): Promise<readonly string[]>
}

export async function pipelineRig({ clock = systemClock }: { readonly clock?: Clock } = {}): Promise<PipelineRig> {
  const providers = await providerRig()
  const folder = await mkdtemp('/tmp/tulle-pipeline-')
  // The engine's user must be able to walk in.
  await chmod(folder, 0o711)
  const meshFolder = join(folder, 'mesh')
  await mkdir(meshFolder)
  const { store } = providers
  const { objects } = providers.context
  const catalog = postgresCatalog(store.db)
  const lake = openLake({ catalog, objects })
  const engine = duckdbEngine({ folder: join(folder, 'engines') })
  const programs = await openPrograms({ workFolder: join(folder, 'programs'), policy: 'fenced' })
  let live: Pipeline | undefined

  const write = async (files: Readonly<Record<string, string | Uint8Array>>): Promise<void> => {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(meshFolder, path)), { recursive: true })
      await writeFile(join(meshFolder, path), content)
    }
  }
  const applyFolder = async (from = meshFolder): Promise<void> => {
    const mesh = valueOf(loadMesh(valueOf(await readMeshFolder(from)), { modelReads: readProductProject }))
    const { resources } = await providers.observe()
    for (const resource of desiredMesh(mesh, { providers: embeddedProviders }).resources.values()) {
      const provider = providers.provider(resource.kind)
      valueOf(await (resources.has(resource.ref) ? provider.update(providers.context, resource) : provider.create(providers.context, resource)))
    }
  }
  const open = async (options: Partial<PipelineOptions> = {}): Promise<Pipeline> => {
    await live?.close()
    live = await pipeline({
      store, engine, catalog, objects, meshFolder, clock,
      workFolder: join(folder, 'runs'),
      openRuntime: (workflows, queueRules) => memoryRuntime({ workflows, queueRules, recorder: storeRecorder(store, clock), clock, newRunId: randomUUID }),
      limits: { memoryMegabytes: 512 },
      programs,
      ...options,
    })
    return live
  }
  const table = async (address: string): Promise<Table> => {
    const [namespace = '', name = ''] = address.split('.')
    return valueOf(await loadTable(lake, { namespace, name }))
  }

  // One process reads for all cases, one question after the other; each has links of its own to the files.
  const links = join(folder, 'read')
  let reader: EngineProcess | undefined
  let reading: Promise<unknown> = Promise.resolve()
  const readRows = async (address: string, sql: string): Promise<readonly unknown[]> => {
    const published = await table(address)
    const scan = valueOf(await planScan(lake, published))
    await mkdir(links, { recursive: true })
    const own = await mkdtemp(join(links, 'of-'))
    for (const walked of [links, own]) await chmod(walked, 0o755)
    let placed = 0
    const relation = valueOf(await tableRelation(lake, published, scan, { place: (file) => linkInto(own, `${placed++}.parquet`, file) }))
    reader ??= valueOf(await engine.start({ readPaths: [links], writePaths: [], memoryMegabytes: 256, threads: 1 }))
    try {
      valueOf(await reader.define([relation]))
      const cursor = valueOf(await reader.open(sql, { encoding: { kind: 'ndjson' } }))
      const lines: unknown[] = []
      for (let done = false; !done;) {
        const batch = valueOf(await cursor.fetch(10_000))
        lines.push(...Buffer.from(batch.bytes).toString('utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as unknown))
        done = batch.done
      }
      await cursor.close()
      return lines
    } catch (error) {
      await reader.kill()
      reader = undefined
      throw error
    }
  }

  return {
    folder, meshFolder, providers, store, lake, engine, write, applyFolder, open, table,
    async apply(products) {
      await write(Object.fromEntries(meshFiles(products)))
      await applyFolder()
    },
    async run(product, options = {}) {
      const { run, wait } = live ?? (await open())
      const { runId } = valueOf(await run(product, { requestedBy: 'test', ...options }))
      return valueOf(await wait(runId, { signal: AbortSignal.timeout(180_000) }))
    },
    rows: (address, sql = `SELECT * FROM ${address}`) => {
      const rows = reading.then(() => readRows(address, sql))
      reading = rows.catch(() => undefined)
      return rows
    },
    steps: (runId) => store.db.selectFrom('run_step').select(['name', 'status', 'reason']).where('run_id', '=', runId).orderBy('ordinal').execute(),
    log: async (runId) => (await store.db.selectFrom('run_log').select('message').where('run_id', '=', runId).orderBy('seq').execute()).map((line) => line.message),
    [Symbol.asyncDispose]: async () => {
      await live?.close()
      await engine.close()
      await providers[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The value, or an error with the diagnostics as a person reads them. */
export function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new Error(result.diagnostics.map(renderDiagnostic).join('\n'))
}
