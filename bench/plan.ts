// How long a plan of a large mesh takes, cold and warm: node bench/plan.ts [products]. The control database is a real
// PostgreSQL and the tables are real metadata files; only their making is shortened, since no apply is measured here.

import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ok, systemClock } from '@tulle/kernel'
import { memoryCatalog, openLake, parseType, stageCreate } from '@tulle/lake'
import { localObjects } from '@tulle/objects'
import type { Column } from '@tulle/lake'
import type { Objects } from '@tulle/objects'
import { fileParseCache, loadMesh, memoryParseCache } from '@tulle/model'
import type { MeshFiles, MeshModel, ParseCache } from '@tulle/model'
import { generateMesh } from '@tulle/model/testing'
import { explain, planMesh } from '@tulle/planner'
import { desiredMesh, embeddedProviders, meshObserver } from '@tulle/providers'
import type { DesiredCache, DesiredMesh, ObservedMesh } from '@tulle/providers'
import { readProductProject } from '@tulle/dbt'
import type { Store } from '@tulle/store'
import { testStore } from '@tulle/store/testing'

const products = Number(process.argv[2] ?? 10_000)
interface Row { readonly step: string; readonly wall: number; readonly cpu: number }
const rows: Row[] = []

async function measure<T>(step: string, work: () => T | Promise<T>): Promise<T> {
  const [wall, cpu] = [performance.now(), process.cpuUsage()]
  const value = await work()
  const used = process.cpuUsage(cpu)
  rows.push({ step, wall: (performance.now() - wall) / 1000, cpu: (used.user + used.system) / 1e6 })
  return value
}

const seconds = (value: number): string => `${value.toFixed(3)} s`

/** What a plan takes from the files to the answer: the steps that a person waits for, against what was promised. */
function total(name: string, steps: readonly string[], target: number): string {
  const of = rows.filter(({ step }) => steps.includes(step))
  const sum = (pick: (row: Row) => number): number => of.reduce((all, row) => all + pick(row), 0)
  return `Total ${name}: ${seconds(sum((row) => row.wall))} wall, ${seconds(sum((row) => row.cpu))} CPU (target ≤ ${target} s).`
}

const providers = embeddedProviders
const empty: ObservedMesh = { generation: '0', resources: new Map(), grants: [], basis: '' }
const parseCache = memoryParseCache()
const desiredCache: DesiredCache = new Map()
const load = (files: MeshFiles, cache: ParseCache = parseCache): MeshModel => {
  const loaded = loadMesh(files, { modelReads: readProductProject, cache })
  if (!loaded.ok) throw new Error(loaded.diagnostics[0]?.message)
  return loaded.value
}
const desire = (mesh: MeshModel): DesiredMesh => desiredMesh(mesh, { providers, cache: desiredCache })

const files = generateMesh(products)
const changed = new Map(files)
const path = [...files.keys()].find((name) => name.endsWith('/product_7/product.yaml') || name.endsWith('/product_0/product.yaml')) ?? ''
changed.set(path, (files.get(path) as string).replace('Rows of product', 'All rows of product'))

const mesh = await measure('load, cold', () => load(files))
const desired = await measure('what it asks for, cold', () => desire(mesh))
const first = await measure(`first plan (${desired.resources.size} resources)`, () => planMesh(desired, empty, { providers }))
await measure('explain the first plan', () => explain(first))

await using database = await testStore()
const warehouse = await mkdtemp(join(tmpdir(), 'tulle-bench-'))
try {
  const objects = unsynced(warehouse)
  await fill(database.store, objects, desired)
  const observe = meshObserver(providers)
  const world = { db: database.store.db, objects }
  const seen = await measure('observe, cold', () => observe(world))
  const nothing = await measure('plan of nothing, cold', () => planMesh(desired, seen, { providers }))
  if (nothing.stages.length > 0) throw new Error(`The filled mesh is not as desired: ${explain(nothing).slice(0, 500)}`)

  const again = await measure('load, warm, one product changed', () => load(changed))
  const wanted = await measure('what it asks for, warm', () => desire(again))
  const still = await measure('observe, warm', () => observe(world))
  const plan = await measure('plan, warm, one product changed', () => planMesh(wanted, still, { providers }))
  await measure('explain it', () => explain(plan))

  const cacheFile = join(warehouse, 'parsed.json')
  // In this process its code is compiled already; a process that starts anew takes longer.
  const filled = await fileParseCache(cacheFile)
  load(files, filled)
  await filled.save()
  await measure('load, cache on disk, code warm', async () => load(files, await fileParseCache(cacheFile)))

  console.table(rows.map(({ step, wall, cpu }) => ({ step, wall: seconds(wall), cpu: seconds(cpu) })))
  console.log(explain(plan))
  const looking = ['what it asks for, cold', 'observe, cold', 'plan of nothing, cold']
  console.log(total('with a cache on disk', ['load, cache on disk, code warm', ...looking], 5))
  console.log(total('cold', ['load, cold', ...looking], 5))
  console.log(total('warm', ['load, warm, one product changed', 'what it asks for, warm', 'observe, warm', 'plan, warm, one product changed', 'explain it'], 0.5))
} finally {
  await rm(warehouse, { recursive: true, force: true })
}

/** Ten thousand fsyncs would measure the disk. */
function unsynced(root: string): Objects {
  const real = localObjects(root)
  return {
    ...bound(real),
    create: async (to, bytes) => {
      await mkdir(dirname(join(root, to)), { recursive: true })
      await writeFile(join(root, to), bytes)
      return ok(real.address(to))
    },
  }
}

function bound(real: Objects): Objects {
  return {
    address: (to) => real.address(to),
    pathOf: (address) => real.pathOf(address),
    read: (address) => real.read(address),
    create: (to, bytes) => real.create(to, bytes),
    adopt: (to, file) => real.adopt(to, file),
    localFile: (address) => real.localFile(address),
    list: (prefix) => real.list(prefix),
    facts: (address) => real.facts(address),
    unfinished: (prefix) => real.unfinished(prefix),
    remove: (address) => real.remove(address),
  }
}

/** Everything as an apply would have left it. No run has published: one that did moves a pointer, and a first look reads that file. */
async function fill(store: Store, objects: Objects, of: DesiredMesh): Promise<void> {
  const lake = openLake({ catalog: memoryCatalog(), objects, clock: systemClock })
  const productIds = new Map([...of.resources.values()].filter(({ kind }) => kind === 'data-product').map(({ product }) => [product, randomUUID()]))
  const resources: object[] = []
  const pointers: object[] = []
  for (const { kind, ref, product, spec, fingerprint } of of.resources.values()) {
    let made: object = {}
    if (kind === 'data-set') {
      const name = { namespace: String(product), name: String(spec['name']) }
      const { columns } = spec['contract'] as unknown as { columns: readonly DeclaredColumn[] }
      const staged = await stageCreate(lake, { name, folder: productIds.get(product) ?? '', columns: columns.map(toColumn) })
      if (!staged.ok) throw new Error(staged.diagnostics[0]?.message)
      const { table } = staged.value
      made = { made: { uuid: table.uuid, location: table.location, fieldIds: {}, asOf: { metadata: table.metadataLocation, fingerprint } } }
      pointers.push({ uuid: table.uuid, namespace: table.name.namespace, name: table.name.name, metadata_location: table.metadataLocation, version: 1 })
    }
    const id = kind === 'data-product' ? productIds.get(product) : randomUUID()
    resources.push({ id, kind, ref, product: product ?? null, spec: { ...spec, ...made }, fingerprint })
  }
  await insert(store, 'resource', 'id, kind, ref, product, spec, fingerprint', resources)
  await insert(store, 'table_pointer', 'uuid, namespace, name, metadata_location, version', pointers)
  await store.pool.query('analyze')
}

interface DeclaredColumn { readonly name: string; readonly type: string; readonly required: boolean; readonly description?: string }

function toColumn({ name, type, required, description }: DeclaredColumn): Column {
  const parsed = parseType(type)
  if (!parsed.ok) throw new Error(parsed.diagnostics[0]?.message)
  return { name, type: parsed.value, required, ...(description !== undefined && { doc: description }) }
}

async function insert(store: Store, table: string, columns: string, values: readonly object[]): Promise<void> {
  for (let at = 0; at < values.length; at += 5000) {
    const statement = `insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1::jsonb)`
    await store.pool.query(statement, [JSON.stringify(values.slice(at, at + 5000))])
  }
}
