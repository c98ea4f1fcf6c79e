// Rows that go into a cold store and come back, in a real control database: none is ever lost, and none is ever in both.

import { chmod, copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { FakeClock } from '@tulle/kernel/testing'
import { fakeClock } from '@tulle/kernel/testing'
import type { Engine, EngineProcess } from '@tulle/engine'
import type { EngineRig } from '@tulle/engine/testing'
import { engineRig, rowsOf } from '@tulle/engine/testing'
import type { Lake, Table, TableName } from '@tulle/lake'
import { commit, fieldIdsOf, loadTable, newDataPath, openLake, planScan, stageAppend, stageSchema, toDataFile, writeMetadata } from '@tulle/lake'
import type { MeshModel, RowRetention } from '@tulle/model'
import type { Objects } from '@tulle/objects'
import { localObjects } from '@tulle/objects'
import { postgresCatalog } from '@tulle/providers'
import type { ProviderRig } from '@tulle/providers/testing'
import { meshOf, providerRig } from '@tulle/providers/testing'
import { readEvents } from '@tulle/store'
import { tableRelation } from '@tulle/tables'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openMaintenance } from '../maintenance.ts'
import type { Maintenance, MaintenanceOptions } from '../types.ts'
import { rowsJob } from '../rows-job.ts'
import { tablePolicy } from '../table-policy.ts'
import { openColdStore } from './cold-store.ts'
import { restoreRows } from './restore-rows.ts'
import type { ColdStore, RestoreRequest, WarmTable } from './types.ts'

const DAY = 86_400_000
const VISITS = { namespace: 'visits', name: 'visits' }
const BY_AGE: RowRetention = { column: 'happened', milliseconds: 30 * DAY, action: 'archive' }
const ALL = { product: 'visits', dataSet: 'visits', keepFor: 10 * DAY, by: 'olga', dryRun: false }

let rig: ProviderRig
let clock: FakeClock
let lake: Lake
let engines: EngineRig
let worker: EngineProcess
let place: string
let maintenance: Maintenance
const opened: Maintenance[] = []

beforeEach(async () => {
  rig = await providerRig()
  clock = fakeClock(Date.parse('2026-03-01T00:00:00Z'))
  lake = openLake({ catalog: postgresCatalog(rig.store.db), objects: rig.context.objects, clock: { ...clock, sleep: async () => undefined } })
  engines = engineRig()
  worker = await engines.process()
  place = await mkdtemp(join(tmpdir(), 'tulle-cold-'))
  maintenance = await looked()
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()))
  await engines.close()
  await rig[Symbol.asyncDispose]()
  await rm(place, { recursive: true, force: true })
})

const coldStore = (at = place): ColdStore => openColdStore({ db: rig.store.db, objects: lake.objects, clock: lake.clock, open: async () => ok(localObjects(at)) })

async function looked(options: Partial<MaintenanceOptions> = {}): Promise<Maintenance> {
  const one = await openMaintenance({ store: rig.store, lake, clock: lake.clock, engine: shared(), workFolder: join(engines.data, `work-${opened.length}`), cold: coldStore(), ...options })
  opened.push(one)
  return one
}

/** One process does all of the work: what it may reach is tried elsewhere. */
const shared = (): Engine => ({
  ...engines.engine,
  start: async ({ writePaths = [] }) => {
    for (const path of writePaths) await chmod(path, 0o777)
    return ok(Object.create(worker, { kill: { value: async () => undefined } }) as EngineProcess)
  },
})

interface Words { readonly retention?: RowRetention; readonly isKeyed?: boolean; readonly legalHold?: string }

const mesh = ({ retention = BY_AGE, isKeyed = false, legalHold }: Words = {}): MeshModel => meshOf({ products: { visits: { dataSets: { visits: {
  columns: { id: { type: 'long', ...(isKeyed && { primaryKey: 1 }) }, happened: 'date' }, retention, ...(legalHold !== undefined && { legalHold }),
} } } } })

/** One row for each day, oldest first, as `id:day`. */
async function append(...rows: readonly (readonly [id: number, happened: string])[]): Promise<void> {
  const table = valueOf(await loadTable(lake, VISITS))
  const written = valueOf(await worker.write(`SELECT * FROM (VALUES ${rows.map(([id, day]) => `(${id}::bigint, DATE '${day}')`).join(', ')}) AS v(id, happened)`, { path: join(engines.data, `${lake.ids.uuid()}.parquet`), fieldIds: fieldIdsOf({ fields: table.schema.fields.slice(0, 2) }) }))
  const path = valueOf(await lake.objects.adopt(newDataPath(lake, table), written.path))
  valueOf(await commit(lake, [valueOf(await stageAppend(lake, table, { files: [toDataFile(table.schema, { ...written, path })] }))]))
}

async function rowsIn(of: Lake, name: TableName): Promise<readonly string[]> {
  if ((await of.catalog.find(name)) === undefined) return []
  const table = valueOf(await loadTable(of, name))
  valueOf(await worker.define([valueOf(await tableRelation(of, table, valueOf(await planScan(of, table)), { place: placed }))]))
  return (await rowsOf(worker, `SELECT id || ':' || happened FROM "${name.namespace}"."${name.name}" ORDER BY 1`)).map(([row]) => String(row))
}

const warmTable = async (): Promise<WarmTable> => ({ uuid: valueOf(await loadTable(lake, VISITS)).uuid, name: VISITS })
const warm = (): Promise<readonly string[]> => rowsIn(lake, VISITS)
async function cold(): Promise<readonly string[]> {
  const { lake: both, archive } = valueOf(await coldStore().lakeOf(await warmTable()))
  return rowsIn(both, archive)
}
const codesOf = (report: Awaited<ReturnType<Maintenance['maintain']>>): readonly string[] => report.tables.flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code))
const rowsGone = (report: Awaited<ReturnType<Maintenance['maintain']>>) => report.tables.flatMap(({ removals }) => removals.filter(({ job }) => job === 'rows').map(({ what, rows, oldest, newest }) => ({ what, rows, ...(oldest !== undefined && { oldest, newest }) })))

const OLD = [[1, '2026-01-01'], [2, '2026-01-10']] as const
const NEW = [[3, '2026-02-20']] as const

describe('rows that their contract has archived', () => {
  it('go as a dry run says, which changes nothing, and are listed with what was done', async () => {
    await rig.create(mesh())
    await append(...OLD, ...NEW)
    expect(rowsGone(await maintenance.foresee())).toEqual([{ what: 'archived rows', rows: 2, oldest: '2026-01-01', newest: '2026-01-10' }])
    expect([await warm(), await readdir(place)]).toEqual([['1:2026-01-01', '2:2026-01-10', '3:2026-02-20'], ['tulle-archive.json']])
    expect(rowsGone(await maintenance.maintain())).toEqual([{ what: 'archived rows', rows: 2 }])
    expect([await warm(), await cold()]).toEqual([['3:2026-02-20'], ['1:2026-01-01', '2:2026-01-10']])
    expect(rowsGone(await maintenance.maintain())).toEqual([])
    const { archives, diagnostics } = await maintenance.archives()
    expect(diagnostics).toEqual([])
    expect(archives).toEqual([expect.objectContaining({ product: 'visits', dataSet: 'visits', rows: 2, files: 1, column: 'happened', oldest: '2026-01-01', newest: '2026-01-10', moves: [expect.objectContaining({ action: 'archived', rows: 2, by: 'retention', contractVersion: '1.0.0' })] })])
    const events = await readEvents(rig.store.db, { after: '0', limit: 100, types: ['tulle.rows.archived'] })
    expect(events.map(({ data }) => data)).toEqual([expect.objectContaining({ product: 'visits', dataSet: 'visits', rows: 2 })])
  })

  it.each([
    ['equal rows', false, '2026-01-01', ['1:2026-01-01', '2:2026-01-10']],
    ['the same key with another value, which takes its place', true, '2026-01-05', ['1:2026-01-05', '2:2026-01-10']],
  ])('and come again from their source are archived once: %s', async (_what, isKeyed, day, expected) => {
    await rig.create(mesh({ isKeyed }))
    await append(...OLD)
    await maintenance.maintain()
    await append([1, day], ...NEW)
    await maintenance.maintain()
    expect([await warm(), await cold()]).toEqual([['3:2026-02-20'], expected])
  })

  it('stay where no cold store is named, and it is said why', async () => {
    await rig.create(mesh())
    await append(...OLD)
    const without = await looked({ cold: openColdStore({ db: rig.store.db, objects: lake.objects, clock: lake.clock }) })
    expect([codesOf(await without.foresee()), codesOf(await without.maintain()), await warm()]).toEqual([['cold-store-unnamed'], ['cold-store-unnamed'], ['1:2026-01-01', '2:2026-01-10']])
  })

  it('stay under a legal hold', async () => {
    await rig.create(mesh({ legalHold: 'Case 12' }))
    await append(...OLD)
    expect(rowsGone(await maintenance.maintain())).toEqual([])
    expect(await warm()).toHaveLength(2)
  })

  it('stay where the data set keeps columns under a key of each person, which an archive would hold in plain', async () => {
    const { products, ...words } = mesh()
    const sealed = [...products.values()].map((product) => [product.name, { ...product, dataSets: product.dataSets.map(({ contract, ...dataSet }) => (contract === undefined ? dataSet : { ...dataSet, contract: { ...contract, shredding: { key: 'id', columns: ['id'] } } })) }] as const)
    await rig.create({ ...words, products: new Map(sealed) })
    await append(...OLD)
    expect([codesOf(await maintenance.foresee()), codesOf(await maintenance.maintain()), await warm()]).toEqual([['archive-sealed'], ['archive-sealed'], ['1:2026-01-01', '2:2026-01-10']])
  })

  it('are not archived where they are of somebody who was erased', async () => {
    const { products, ...words } = mesh()
    const [visits] = [...products.values()] as [NonNullable<ReturnType<typeof products.get>>]
    const keyed = visits.dataSets.map(({ contract, ...dataSet }) => (contract === undefined ? dataSet : { ...dataSet, contract: { ...contract, columns: contract.columns.map((column) => (column.name === 'id' ? { ...column, businessKey: 'visitor' } : column)) } }))
    await rig.create({ ...words, products: new Map([['visits', { ...visits, dataSets: keyed }]]) })
    await append(...OLD)
    const listed = await looked({ suppression: { condition: async (key) => (key === 'visitor' ? (value) => `${value} = '1'` : undefined) } })
    await listed.maintain()
    expect([await warm(), await cold()]).toEqual([[], ['2:2026-01-10']])
  })
})

describe('archived rows that come back', () => {
  it('are there until the day that was said, and then go again', async () => {
    await rig.create(mesh())
    await append(...OLD, ...NEW)
    await maintenance.maintain()
    expect(valueOf(await maintenance.restore({ ...ALL, from: '2026-01-05', dryRun: true }))).toMatchObject({ rows: 1, dryRun: true })
    expect(valueOf(await maintenance.restore({ ...ALL, from: '2026-01-05' }))).toMatchObject({ rows: 1, added: 1, keptUntil: '2026-03-11T00:00:00.000Z' })
    expect([await warm(), await cold()]).toEqual([['2:2026-01-10', '3:2026-02-20'], ['1:2026-01-01']])
    await clock.advance(9 * DAY)
    await append([4, '2026-01-02'])
    // What comes late and is of another day goes all the same.
    await maintenance.maintain()
    expect(await warm()).toEqual(['2:2026-01-10', '3:2026-02-20'])
    await clock.advance(2 * DAY)
    await maintenance.maintain()
    expect([await warm(), await cold()]).toEqual([['3:2026-02-20'], ['1:2026-01-01', '2:2026-01-10', '4:2026-01-02']])
  })

  it('are not there twice where their source has brought them again', async () => {
    await rig.create(mesh({ isKeyed: true }))
    await append(...OLD)
    await maintenance.maintain()
    await append([1, '2026-01-03'])
    expect(valueOf(await maintenance.restore(ALL))).toMatchObject({ rows: 2, added: 1 })
    expect([await warm(), await cold()]).toEqual([['1:2026-01-03', '2:2026-01-10'], []])
  })

  it('have the columns that the contract has by then', async () => {
    await rig.create(mesh())
    await append(...OLD)
    await maintenance.maintain()
    await alter([{ name: 'id', type: 'long' }, { name: 'on', type: 'date', renamedFrom: 'happened' }, { name: 'note', type: 'string' }])
    expect(valueOf(await maintenance.restore(ALL))).toMatchObject({ rows: 2, added: 2 })
    const table = valueOf(await loadTable(lake, VISITS))
    valueOf(await worker.define([valueOf(await tableRelation(lake, table, valueOf(await planScan(lake, table)), { place: placed }))]))
    expect(await rowsOf(worker, 'SELECT id::int, "on"::varchar, note FROM visits.visits ORDER BY 1')).toEqual([[1, '2026-01-01', null], [2, '2026-01-10', null]])
  })

  it('stay in the archive where the contract requires what they do not have', async () => {
    await rig.create(mesh())
    await append(...OLD)
    await maintenance.maintain()
    const table = valueOf(await loadTable(lake, VISITS))
    const fields = [...table.schema.fields, { id: 9, name: 'note', type: 'string', required: true }]
    valueOf(await commit(lake, [valueOf(await writeMetadata(lake, table, { lastUpdated: table.metadata.lastUpdated, lastColumnId: 9, currentSchemaId: 9, schemas: [...table.schemas, { schemaId: 9, fields }] }))]))
    expect(codeOf(await maintenance.restore(ALL))).toBe('rows-unfit')
    expect([await warm(), (await cold()).length]).toEqual([[], 2])
  })

  it('do not by what says no range, no time to keep them, or nothing that was archived', async () => {
    await rig.create(mesh())
    await append(...OLD)
    await maintenance.maintain()
    const refused: readonly (readonly [Partial<RestoreRequest>, string])[] = [
      [{ from: '2026-13-01' }, 'bad-restore-range'], [{ from: "2026-01-01' OR true --" }, 'bad-restore-range'], [{ from: '2026-02-01', to: '2026-01-01' }, 'bad-restore-range'],
      [{ keepFor: 0 }, 'bad-restore-range'], [{ dataSet: 'nope' }, 'archive-empty'], [{ product: 'nope' }, 'unknown-product'],
    ]
    for (const [wrong, code] of refused) expect([wrong, codeOf(await maintenance.restore({ ...ALL, ...wrong }))]).toEqual([wrong, code])
    expect(await warm()).toEqual([])
  })
})

describe('a cold store that somebody else can write into', () => {
  const files = async (): Promise<readonly string[]> => (await readdir(place, { recursive: true, withFileTypes: true })).filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  const change = async (ending: string, by: (bytes: Buffer) => Buffer): Promise<void> => {
    for (const file of (await files()).filter((name) => name.endsWith(ending))) {
      const bytes = await readFile(file)
      await rm(file)
      await writeFile(file, by(bytes))
    }
  }

  it.each<[string, string, (bytes: Buffer) => Buffer]>([
    ['rows that were changed', '.parquet', (bytes) => Buffer.from([...bytes.subarray(0, 8), (bytes[8] ?? 0) ^ 1, ...bytes.subarray(9)])],
    ['rows that were cut off', '.parquet', (bytes) => bytes.subarray(0, 20)],
    ['a table that leads out of the store', '.metadata.json', (bytes) => Buffer.from(bytes.toString('utf8').replaceAll(/file:\/\/[^"]*?\/metadata\//gu, 'file:///etc/../etc/'))],
    ['a manifest of something else', '.avro', () => Buffer.from('Obj\u0001')],
  ])('gives nothing back of %s, and takes nothing more', async (_what, ending, by) => {
    await rig.create(mesh())
    await append(...OLD)
    await maintenance.maintain()
    await change(ending, by)
    const fresh = await looked({ cold: coldStore() })
    expect(codeOf(await fresh.restore(ALL))).toBe('archive-damaged')
    expect(await warm()).toEqual([])
  })

  it.each<[string, () => Promise<void>, string]>([
    ['is another mesh’s', async () => writeFile(join(place, 'tulle-archive.json'), JSON.stringify({ kind: 'tulle-archive', format: 1, mesh: 'other' })), 'cold-store-foreign'],
    ['was not mounted', async () => { await rm(place, { recursive: true }) }, 'cold-store-lost'],
  ])('gives nothing back where it %s, and no row goes there', async (_what, spoil, code) => {
    await rig.create(mesh())
    await append(...OLD)
    await maintenance.maintain()
    await spoil()
    await append([5, '2026-01-07'])
    expect(codeOf(await maintenance.restore(ALL))).toBe(code)
    expect(codesOf(await maintenance.maintain())).toContain(code)
    expect(await warm()).toEqual(['5:2026-01-07'])
  })

  it('is not taken where it holds other things', async () => {
    await writeFile(join(place, 'letter.txt'), 'dear')
    await rig.create(mesh())
    await append(...OLD)
    expect(codesOf(await maintenance.maintain())).toContain('cold-store-taken')
    expect(await warm()).toHaveLength(2)
  })
})

describe('whoever dies while rows move', () => {
  const EVERY = ['1:2026-01-01', '2:2026-01-10', '3:2026-02-20']
  const MOST_LIVES = 60
  type Dying = Parameters<typeof restoreRows>[0]

  /** Everything that is written goes through one of these steps: an object there and its digest, a pointer, what stands beside it. */
  function mortal(life: number, isPlanted: boolean): Dying {
    let steps = 0
    const step = (): void => {
      steps += 1
      if (steps > life) throw new Error('died')
    }
    const after = async <T>(work: Promise<T>): Promise<T> => {
      const done = await work
      step()
      return done
    }
    const mortalObjects = (objects: Objects): Objects => ({
      address: (path) => objects.address(path), pathOf: (address) => objects.pathOf(address), read: (address) => objects.read(address), localFile: (address) => objects.localFile(address),
      list: (prefix) => objects.list(prefix), facts: (address) => objects.facts(address), unfinished: (prefix) => objects.unfinished(prefix), remove: (address) => objects.remove(address),
      create: (path, bytes) => after(objects.create(path, bytes)), adopt: (path, file) => after(objects.adopt(path, file)),
    })
    const objects = mortalObjects(rig.context.objects)
    const store = openColdStore({ db: rig.store.db, objects, clock: lake.clock, open: async () => ok(mortalObjects(localObjects(place))) })
    const cold: ColdStore = {
      ...store,
      async lakeOf(table) {
        const found = await store.lakeOf(table)
        if (!found.ok) return found
        const { committing } = found.value
        return ok({
          ...found.value,
          committing: (also) => {
            const both = committing(async (tx) => {
              step()
              await also(tx)
              step()
            })
            const swap: typeof both.catalog.swap = async (swaps) => {
              // The bug: what leaves and what arrives are two commits.
              if (isPlanted) for (const one of swaps) await after(committing(async () => undefined).catalog.swap([one]))
              return isPlanted ? 'swapped' : after(both.catalog.swap(swaps))
            }
            return { ...both, catalog: { ...both.catalog, swap } }
          },
        })
      },
    }
    return { store: rig.store, lake: openLake({ catalog: lake.catalog, objects, clock: lake.clock }), clock: lake.clock, engine: shared(), workFolder: join(engines.data, 'dying'), cold, signal: new AbortController().signal }
  }

  /** Dies one step later each time, until it comes through; the rows of both after the first death and after each that has changed how many there are. */
  async function deaths(work: (at: Dying) => Promise<Result<unknown>>, isPlanted = false): Promise<readonly (readonly string[])[]> {
    const seen: (readonly string[])[] = []
    for (let life = 0; life < MOST_LIVES; life += 1) {
      const done = await work(mortal(life, isPlanted)).then((result) => result.ok, (error: unknown) => {
        if (String(error).includes('died')) return false
        throw error
      })
      const [left, gone] = await Promise.all([counted(lake, VISITS), coldCount()])
      if (life === 0 || left + gone !== EVERY.length || done) seen.push([...await warm(), ...await cold()].toSorted())
      if (done) return life === 0 ? [] : seen
    }
    return []
  }
  const counted = async (of: Lake, name: TableName): Promise<number> => valueOf(await planScan(of, valueOf(await loadTable(of, name)))).files.reduce((sum, { file }) => sum + file.rows, 0)
  async function coldCount(): Promise<number> {
    const { lake: both, archive } = valueOf(await coldStore().lakeOf(await warmTable()))
    return (await both.catalog.find(archive)) === undefined ? 0 : counted(both, archive)
  }
  const archive = async (at: Dying): Promise<Result<unknown>> => rowsJob.carryOut({ ...at, table: VISITS, uuid: (await warmTable()).uuid, policy: tablePolicy({}) })

  it('has lost none and kept none twice, at whichever step; one whose two halves are two commits has', async () => {
    await rig.create(mesh())
    await append(...OLD, ...NEW)
    const archiving = await deaths(archive)
    expect(archiving).toEqual([EVERY, EVERY])
    expect(await cold()).toEqual(EVERY.slice(0, 2))
    expect(await deaths((at) => restoreRows(at, ALL))).toEqual([EVERY, EVERY])
    expect(await warm()).toEqual(EVERY)
    await clock.advance(11 * DAY)
    const planted = await deaths(archive, true)
    expect(planted.some((rows) => rows.length < EVERY.length)).toBe(true)
  }, 240_000)
})

const placed = async (file: string): Promise<string> => {
  const path = join(engines.data, `${lake.ids.uuid()}.parquet`)
  await copyFile(file, path)
  return path
}

async function alter(columns: Parameters<typeof stageSchema>[2]): Promise<Table> {
  const staged = valueOf(await stageSchema(lake, valueOf(await loadTable(lake, VISITS)), columns))
  return valueOf(await commit(lake, staged === undefined ? [] : [staged]))[0] as Table
}

const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : (result.diagnostics[0]?.code ?? ''))

function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new Error(result.diagnostics.map(({ code, message }) => `${code}: ${message}`).join('\n'))
}
