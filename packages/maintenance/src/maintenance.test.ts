// Tables of a real mesh looked after: what a dry run says is what is done, and a dry run does nothing.

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { ok, sha256 } from '@tulle/kernel'
import type { FakeClock } from '@tulle/kernel/testing'
import { fakeClock } from '@tulle/kernel/testing'
import type { EngineRig } from '@tulle/engine/testing'
import { engineRig } from '@tulle/engine/testing'
import type { Lake, Table } from '@tulle/lake'
import { commit, fieldIdsOf, filesReachable, loadTable, newDataPath, openLake, stageAppend, stageOverwrite, toDataFile } from '@tulle/lake'
import type { MeshModel } from '@tulle/model'
import { keptFile, keptRecipe, postgresCatalog } from '@tulle/providers'
import type { ProviderRig } from '@tulle/providers/testing'
import { meshOf, providerRig } from '@tulle/providers/testing'
import { OBJECT_REMOVAL, readEvents, withAdvisoryLock } from '@tulle/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Maintenance, Report } from './types.ts'
import { openMaintenance } from './maintenance.ts'

const DAY = 86_400_000
const FLIGHTS = { namespace: 'flights', name: 'flights' }
let rig: ProviderRig
let clock: FakeClock
let lake: Lake
let maintenance: Maintenance
let engines: EngineRig

beforeEach(async () => {
  rig = await providerRig()
  // Files are as old as the machine says, so the fake clock begins with the real one.
  clock = fakeClock(Date.now())
  lake = openLake({ catalog: postgresCatalog(rig.store.db), objects: rig.context.objects, clock: { ...clock, sleep: async () => undefined } })
  engines = engineRig()
  maintenance = await openMaintenance({ store: rig.store, lake, clock, engine: engines.engine, workFolder: join(engines.data, 'work') })
})
afterEach(async () => {
  await maintenance.close()
  await engines.close()
  await rig[Symbol.asyncDispose]()
})

const mesh = (rules: Pick<MeshModel, 'maintenance'> = { maintenance: { keepLast: 1 } }): MeshModel =>
  ({ ...meshOf({ products: { flights: { dataSets: { flights: { columns: { id: 'long' } } } }, planes: { dataSets: { planes: { columns: { id: 'long' } } } } } }), ...rules })

async function publish(runId = 'run-0', name = FLIGHTS): Promise<Table> {
  const table = valueOf(await loadTable(lake, name))
  const path = valueOf(await lake.objects.create(newDataPath(lake, table), Buffer.from(runId)))
  const staged = valueOf(await stageOverwrite(lake, table, { files: [{ path, rows: 1, bytes: runId.length }], summary: { 'tulle.run-id': runId } }))
  return valueOf(await commit(lake, [staged]))[0] as Table
}

/** Of every file below the warehouse, and every row that says what there is. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256')
  for (const entry of (await readdir(rig.warehouse, { recursive: true, withFileTypes: true })).toSorted((a, b) => (join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1))) {
    hash.update(join(entry.parentPath, entry.name))
    if (entry.isFile()) hash.update(await readFile(join(entry.parentPath, entry.name)))
  }
  for (const table of ['table_pointer', 'outbox', 'run', 'resource'] as const) hash.update(JSON.stringify(await rig.store.db.selectFrom(table).selectAll().execute()))
  return hash.digest('hex')
}

const namesOf = (report: Report): readonly string[] => report.tables.flatMap(({ removals }) => removals.map(({ what, name }) => `${what} ${name}`)).toSorted()
const events = async (): Promise<readonly unknown[]> => (await readEvents(rig.store.db, { after: '0', limit: 100, types: ['tulle.table.maintained'] })).map((event) => [event.subject, event.data])

describe('maintenance', () => {
  it('does what its dry run said, which changed nothing', async () => {
    await rig.create(mesh())
    await publish('first')
    await publish('second')
    await clock.advance(31 * DAY)
    await publish('third')
    await clock.advance(DAY)
    const before = await fingerprint()
    const foreseen = await maintenance.foresee()
    expect(await fingerprint()).toBe(before)
    // The grace of an hour is over for the second version as well.
    expect(namesOf(foreseen).filter((name) => name.startsWith('snapshot'))).toHaveLength(2)
    const done = await maintenance.maintain()
    expect(namesOf(done)).toEqual(namesOf(foreseen))
    const table = valueOf(await loadTable(lake, FLIGHTS))
    expect(table.snapshots.map((s) => s.summary['tulle.run-id'])).toEqual(['third'])
    for (const { address } of valueOf(await filesReachable(lake, table)).values()) expect(valueOf(await lake.objects.facts(address)).bytes).toBeGreaterThan(0)
    expect(namesOf(await maintenance.foresee())).toEqual([])
  })

  it('says of each thing which rule takes it, and of files how large they are', async () => {
    await rig.create(mesh())
    await publish('first')
    await clock.advance(31 * DAY)
    const second = await publish('second')
    valueOf(await lake.objects.create(newDataPath(lake, second), Buffer.from('lost')))
    await clock.advance(31 * DAY)
    const [flights] = (await maintenance.foresee({ product: 'flights' })).tables
    expect(flights?.removals).toEqual(expect.arrayContaining([
      { job: 'expire', what: 'snapshot', name: expect.any(String), rule: 'max-age', reason: 'It is older than 30d, or than the table or branch says, and not among the newest 1.' },
      { job: 'expire', what: 'file', name: expect.stringMatching(/\/data\/.*\.parquet$/u), bytes: 5, rule: 'expired', reason: 'No version that is kept needs it.' },
      { job: 'orphans', what: 'file', name: expect.stringMatching(/\/data\/.*\.parquet$/u), bytes: 4, rule: 'orphan-age', reason: 'No version leads to it, and it is older than 3d.' },
    ]))
  })

  it('brings small files and small manifests together', async () => {
    await rig.create(mesh())
    const worker = await engines.process()
    for (let i = 0; i < 12; i += 1) {
      const table = valueOf(await loadTable(lake, FLIGHTS))
      const written = valueOf(await worker.write(`SELECT ${i}::bigint AS id`, { path: join(engines.data, `${i}.parquet`), fieldIds: fieldIdsOf(table.schema) }))
      const path = valueOf(await lake.objects.adopt(newDataPath(lake, table), written.path))
      valueOf(await commit(lake, [valueOf(await stageAppend(lake, table, { files: [toDataFile(table.schema, { ...written, path })] }))]))
    }
    const foreseen = await maintenance.foresee({ product: 'flights' })
    const of = (report: Report): readonly string[] => report.tables.flatMap(({ removals }) => removals.map(({ job, what, rule }) => `${job} ${what} ${rule}`))
    expect(of(foreseen)).toEqual([...Array.from({ length: 12 }, () => 'compact data compact-to'), ...Array.from({ length: 12 }, () => 'manifests manifest small-manifests')])
    // Once the files are together, their manifests are too.
    expect(of(await maintenance.maintain({ product: 'flights' }))).toEqual(Array.from({ length: 12 }, () => 'compact data compact-to'))
    expect(valueOf(await loadTable(lake, FLIGHTS)).currentSnapshot?.summary).toMatchObject({ operation: 'replace', 'total-data-files': '1', 'total-records': '12' })
    expect(of(await maintenance.foresee({ product: 'flights' }))).toEqual([])
  })

  it('takes what runs kept of what they read, once no version was made from it', async () => {
    await rig.create(mesh())
    const { properties } = await publish('first')
    const productId = properties['tulle.product-id'] ?? ''
    const [used, unused, lost] = ['used', 'unused', 'lost'].map((text) => sha256(text)) as [string, string, string]
    const recipe = Buffer.from(JSON.stringify({ ports: [{ files: [{ sha256: used }] }] }))
    const name = sha256(recipe)
    const create = async (path: string, bytes: Uint8Array = Uint8Array.of(1)): Promise<string> => valueOf(await lake.objects.create(path, bytes))
    const kept = [await create(keptRecipe(productId, name), recipe), await create(keptFile(productId, used))]
    const free = [await create(keptFile(productId, unused)), await create(keptRecipe(productId, lost))]
    const table = valueOf(await loadTable(lake, FLIGHTS))
    valueOf(await commit(lake, [valueOf(await stageAppend(lake, table, { files: [], summary: { 'tulle.recipe': name } }))]))
    const names = (report: Report): readonly string[] => report.tables.flatMap(({ removals }) => removals.filter(({ job }) => job === 'kept').map((removal) => removal.name)).toSorted()
    // What is young may be of a run that has not written yet.
    expect(names(await maintenance.foresee())).toEqual([])
    await clock.advance(4 * DAY)
    expect(names(await maintenance.foresee())).toEqual(free.toSorted())
    expect(names(await maintenance.maintain())).toEqual(free.toSorted())
    for (const address of kept) valueOf(await lake.objects.facts(address))
    expect(names(await maintenance.foresee())).toEqual([])
  })

  it('of one product leaves the others and the journal alone', async () => {
    await rig.create(mesh())
    await clock.advance(200 * DAY)
    const report = await maintenance.maintain({ product: 'planes' })
    expect(report.tables.map(({ table }) => table.namespace)).toEqual(['planes'])
    expect(report.journal).toEqual([])
  })

  it('goes by the rules of the data set before those of the product, and by those before the mesh’s', async () => {
    const words = mesh({ maintenance: { expireAfter: DAY, keepLast: 1 } })
    const [flights, planes] = [...words.products.values()] as [never, never]
    const of = (product: MeshModel['products'] extends ReadonlyMap<string, infer P> ? P : never): typeof product => product
    await rig.create({ ...words, products: new Map([
      ['flights', { ...of(flights), maintenance: { expireAfter: 100 * DAY }, dataSets: of(flights).dataSets.map((dataSet) => ({ ...dataSet, maintenance: { expireAfter: 10 * DAY } })) }],
      ['planes', { ...of(planes), maintenance: { expireAfter: 100 * DAY } }],
    ]) })
    for (const name of [FLIGHTS, { namespace: 'planes', name: 'planes' }]) {
      await publish('first', name)
      await clock.advance(11 * DAY)
      await publish('second', name)
      await clock.advance(DAY)
    }
    const report = await maintenance.foresee()
    expect(report.tables.map(({ table, removals }) => [table.name, removals.filter(({ what }) => what === 'snapshot').length])).toEqual([['flights', 1], ['planes', 0]])
  })

  it('is told as an event with what it came to, also where that was nothing', async () => {
    await rig.create(mesh())
    await publish('first')
    await clock.advance(31 * DAY)
    await publish('second')
    await clock.advance(DAY)
    await maintenance.maintain()
    expect(await events()).toEqual([
      ['flights.flights', { product: 'flights', dataSet: 'flights', uuid: expect.any(String), snapshots: 1, refs: 0, files: expect.any(Number), manifests: 0, compacted: 0, bytes: expect.any(Number) }],
      ['planes.planes', { product: 'planes', dataSet: 'planes', uuid: expect.any(String), snapshots: 0, refs: 0, files: 0, manifests: 0, compacted: 0, bytes: 0 }],
    ])
  })

  it('leaves everything where it is while somebody copies objects', async () => {
    await rig.create(mesh())
    await publish('first')
    await clock.advance(31 * DAY)
    await publish('second')
    await clock.advance(DAY)
    await withAdvisoryLock(rig.store, OBJECT_REMOVAL, async () => {
      const before = await fingerprint()
      const report = await maintenance.maintain()
      expect(report.tables.map(({ removals, diagnostics }) => [removals, diagnostics.map((d) => d.code)])).toEqual([[[], ['maintenance-busy']], [[], ['maintenance-busy']]])
      expect(await fingerprint()).toBe(before)
    })
    expect(namesOf(await maintenance.maintain()).length).toBeGreaterThan(0)
  })

  it('says why it leaves a table alone, and looks after the others', async () => {
    await rig.create(mesh())
    const table = await publish('first')
    for (const { address, kind } of valueOf(await filesReachable(lake, table)).values()) if (kind === 'manifest') valueOf(await lake.objects.remove(address))
    await clock.advance(31 * DAY)
    const report = await maintenance.maintain()
    expect(report.tables.map(({ diagnostics }) => diagnostics.map((d) => d.code))).toEqual([['object-missing'], []])
  })
})

describe('the branch of a run', () => {
  const branch = async (run: string, finishedAt?: Date): Promise<void> => {
    const table = valueOf(await loadTable(lake, FLIGHTS))
    valueOf(await commit(lake, [valueOf(await stageAppend(lake, table, { files: [], branch: `run-${run}` }))]))
    const at = new Date(clock.now())
    if (finishedAt !== undefined) await rig.store.db.insertInto('run').values({ id: run, product: 'flights', status: 'failed', trigger: '{}', parameters: '{}', requested_by: 'ana', requested_at: at, started_at: at, finished_at: finishedAt, diagnostics: '[]' }).execute()
  }

  it('goes a week after its run has ended without a publish, and no other branch', async () => {
    await rig.create(mesh())
    await publish('first')
    const day = (days: number): Date => new Date(clock.now() + days * DAY)
    await branch('old', day(1))
    await branch('forgotten')
    await branch('new', day(6))
    valueOf(await commit(lake, [valueOf(await stageAppend(lake, valueOf(await loadTable(lake, FLIGHTS)), { files: [], branch: 'audit' }))]))
    await rig.store.db.insertInto('run').values({ id: 'waiting', product: 'flights', status: 'running', trigger: '{}', parameters: '{}', requested_by: 'ana', requested_at: day(0), started_at: day(0), finished_at: null, diagnostics: '[]' }).execute()
    await branch('waiting')
    await clock.advance(9 * DAY)
    const foreseen = await maintenance.foresee({ product: 'flights' })
    expect(namesOf(foreseen)).toEqual(['branch run-forgotten', 'branch run-old'])
    expect(namesOf(await maintenance.maintain({ product: 'flights' }))).toEqual(namesOf(foreseen))
    expect(Object.keys(valueOf(await loadTable(lake, FLIGHTS)).metadata.refs).toSorted()).toEqual(['audit', 'main', 'run-new', 'run-waiting'])
  })
})

describe('the journal', () => {
  const finished = async (id: string, product: string, daysAgo: number): Promise<void> => {
    const at = new Date(clock.now() - daysAgo * DAY)
    await rig.store.db.insertInto('run').values({ id, product, status: 'succeeded', trigger: '{}', parameters: '{}', requested_by: 'ana', requested_at: at, started_at: at, finished_at: at, diagnostics: '[]' }).execute()
    await rig.store.db.insertInto('run_log').values({ run_id: id, time: at, step: null, level: 'info', message: 'done' } as never).execute()
    await rig.store.db.insertInto('outbox').values({ id, type: 'tulle.product.published', source: '/test', subject: product, time: at, data: JSON.stringify({ product, runId: id }) }).execute()
  }
  const left = async (): Promise<readonly (readonly string[])[]> => {
    const runs = await rig.store.db.selectFrom('run').select('id').orderBy('id').execute()
    const logs = await rig.store.db.selectFrom('run_log').select('run_id as id').orderBy('run_id').execute()
    const told = await rig.store.db.selectFrom('outbox').select('id').where('source', '=', '/test').orderBy('id').execute()
    return [runs, logs, told].map((rows) => rows.map(({ id }) => id))
  }

  beforeEach(async () => {
    await rig.create(mesh())
    await rig.store.db.insertInto('outbox_cursor').values({ consumer: 'pipeline', seq: '1000000' }).execute()
    // Twenty that are newer, so that the old ones are not the newest of their product.
    for (let i = 0; i < 20; i += 1) await finished(`new-${String(i).padStart(2, '0')}`, 'flights', 1)
  })
  const news = Array.from({ length: 20 }, (_, i) => `new-${String(i).padStart(2, '0')}`)

  it('loses old runs, their logs and events, and keeps those that a version names', async () => {
    await publish('named')
    await finished('named', 'flights', 100)
    await finished('old', 'flights', 100)
    const foreseen = await maintenance.foresee()
    expect(foreseen.journal.map(({ name }) => name)).toEqual(['1 ended runs', expect.stringMatching(/ events$/u)])
    expect((await maintenance.maintain()).journal).toEqual(foreseen.journal)
    expect(await left()).toEqual([['named', ...news], ['named', ...news], ['named', ...news]])
  })

  it('keeps runs as long as product or data set say, the longest of one product, and names the rule of each', async () => {
    const { products, ...words } = mesh({ maintenance: { keepRuns: 60 * DAY } })
    const said = [...products.values()].map((product) => (product.name !== 'flights' ? product : { ...product, maintenance: { keepRuns: 10 * DAY }, dataSets: product.dataSets.map((dataSet) => ({ ...dataSet, maintenance: { keepRuns: 20 * DAY } })) }))
    await rig.create({ ...words, products: new Map(said.map((product) => [product.name, product])) })
    for (const [product, days] of [['flights', 15], ['flights', 25], ['planes', 25], ['planes', 65]] as const) await finished(`${product}-${days}`, product, days)
    for (let i = 0; i < 20; i += 1) await finished(`newest-${i}`, 'planes', 1)
    const ended = (report: Report) => report.journal.filter(({ what }) => what === 'run').map(({ name, reason }) => `${name}: ${reason.split(',')[0]}`)
    const foreseen = ended(await maintenance.foresee())
    expect(foreseen).toEqual(['1 ended runs: They ended more than 60d ago', '1 ended runs: They ended more than 20d ago'])
    expect(ended(await maintenance.foresee({ product: 'flights' }))).toEqual(['1 ended runs: They ended more than 20d ago'])
    expect(ended(await maintenance.maintain())).toEqual(foreseen)
    const [runs] = await left()
    expect(runs?.filter((id) => !id.startsWith('new'))).toEqual(['flights-15', 'planes-25'])
  })

  it('loses old verdicts of checks, but for those that their check learns from', async () => {
    const verdicts = (check: string, count: number) => rig.store.pool.query(`insert into check_verdict (run_id, product, data_set, check_name, at, status, action, sentence)
      select $1 || i, 'flights', 'flights', $1, $2::timestamptz - i * interval '1 day', 'pass', 'block', '' from generate_series(1, $3) i`, [check, new Date(clock.now()), count])
    await verdicts('daily', 900)
    await verdicts('seldom', 100)
    const foreseen = (await maintenance.foresee()).journal.filter(({ what }) => what === 'verdict')
    expect(foreseen).toMatchObject([{ name: '100 verdicts of checks', rule: 'keep-runs' }])
    expect((await maintenance.maintain()).journal.filter(({ what }) => what === 'verdict')).toEqual(foreseen)
    const { rows: [oldest] } = await rig.store.pool.query("select count(*)::int as left, min(at) as first from check_verdict where check_name = 'daily'")
    expect(oldest).toEqual({ left: 800, first: new Date(clock.now() - 800 * DAY) })
  })

  it('leaves no table that only grows: outputs of steps, events between workflows and alerts go, but for what somebody needs', async () => {
    await rig.create(mesh())
    const { pool } = rig.store
    const at = (days: number): Date => new Date(clock.now() + days * DAY)
    const run = async (id: string, { asked, finished }: { readonly asked: Date; readonly finished: Date | null }): Promise<void> => {
      await pool.query("insert into run (id, product, status, trigger, requested_by, requested_at, finished_at) values ($1, 'elsewhere', $2, '{}', 'ana', $3, $4)", [id, finished === null ? 'running' : 'succeeded', asked, finished])
      await pool.query("insert into run_output (run_id, step, output) values ($1, 'ingest', '{}')", [id])
    }
    for (let i = 0; i < 21; i += 1) await run(`old-${i}`, { asked: at(i), finished: at(i) })
    await run('open', { asked: at(-1), finished: null })
    for (const [key, days] of [['before it', -2], ['since it', 0]] as const) await pool.query("insert into workflow_event (key, event, kept_at) values ($1, '{}', $2)", [key, at(days)])
    for (const [id, status] of [['told', 'delivered'], ['untold', 'waiting']] as const) {
      await pool.query("insert into alert (id, reason, product, sentence, facts, at) values ($1, 'failed', 'flights', 'It failed.', '{}', $2)", [id, at(0)])
      await pool.query("insert into alert_delivery (id, alert_id, way, status, next_at) values ($1, $1, '{}', $2, $3)", [id, status, at(0)])
    }
    const left = async () => Promise.all([['run_output', 'run_id'], ['workflow_event', 'key'], ['alert', 'id']].map(async ([table, column]) => (await pool.query<Record<string, string>>(`select ${column} from ${table} order by 1`)).rows.map((row) => row[column ?? ''])))
    const whole = await left()
    expect((await maintenance.foresee()).journal).toEqual([])
    await clock.advance(120 * DAY)
    const foreseen = await maintenance.foresee()
    expect(await left()).toEqual(whole)
    expect(foreseen.journal.map(({ name, rule }) => `${name}: ${rule}`).filter((name) => !/^\d+ events:/u.test(name))).toEqual(['1 outputs of steps: keep-runs', '1 events between workflows: keep-runs', '1 alerts: keep-alerts'])
    expect((await maintenance.maintain()).journal).toEqual(foreseen.journal)
    const [outputs, ...others] = await left()
    // The newest twenty of a product stay, and the open one is the oldest of them all.
    expect(outputs).toEqual([...Array.from({ length: 20 }, (_, i) => `old-${i + 1}`), 'open'].toSorted())
    expect(others).toEqual([['since it'], ['untold']])
  })

  it('lets old entries of the audit go by the rule of the mesh alone, and none while somebody copies', async () => {
    const asked: unknown[] = []
    const retired = [{ file: '000000000001.jsonl', bytes: 7, first: 1, last: 3, from: 'x', to: '2026-01-01T00:00:00.000Z' }]
    const audit = { retire: async (options: unknown) => (asked.push(options), ok(retired)) }
    await maintenance.close()
    maintenance = await openMaintenance({ store: rig.store, lake, clock, engine: engines.engine, workFolder: join(engines.data, 'work'), audit })
    await rig.create(mesh())
    await maintenance.maintain()
    expect(asked).toEqual([])
    await rig.create(mesh({ maintenance: { keepAudit: 400 * DAY } }))
    const before = clock.now() - 400 * DAY
    expect((await maintenance.foresee()).journal).toEqual([{ job: 'audit', what: 'segment', name: '000000000001.jsonl', bytes: 7, rule: 'keep-audit', reason: 'Its entries 1 to 3 are older than 400d; the newest is of 2026-01-01T00:00:00.000Z.' }])
    await withAdvisoryLock(rig.store, OBJECT_REMOVAL, async () => {
      expect(await maintenance.maintain()).toMatchObject({ journal: [], diagnostics: [{ code: 'maintenance-busy' }] })
    })
    expect((await maintenance.maintain()).journal).toHaveLength(1)
    expect(asked).toEqual([{ before, rule: 'keep-audit', dryRun: true }, { before, rule: 'keep-audit', dryRun: false }])
  })

  it('keeps the newest runs of each product, and those of products that are not in use', async () => {
    await finished('only', 'planes', 400)
    await finished('archived', 'elsewhere', 400)
    await maintenance.maintain()
    const [runs, , told] = await left()
    expect(runs).toEqual(['archived', ...news, 'only'])
    expect(told).toEqual(['archived', ...news])
  })

  it('keeps what a consumer has not read', async () => {
    await finished('old', 'flights', 100)
    await rig.store.db.insertInto('outbox_cursor').values({ consumer: 'slow', seq: '0' }).execute()
    await maintenance.maintain()
    expect((await left())[2]).toEqual([...news, 'old'])
  })

  it('is left alone where a table cannot be loaded', async () => {
    await finished('old', 'flights', 100)
    await rig.store.db.updateTable('table_pointer').set({ metadata_location: `file://${rig.warehouse}/nowhere/1.metadata.json` }).where('namespace', '=', 'planes').execute()
    expect((await maintenance.maintain()).journal).toEqual([])
    expect((await left())[0]).toContain('old')
  })
})

describe('the schedule', () => {
  it('leaves a server that has just begun alone, then looks after every table', async () => {
    await rig.create(mesh())
    maintenance.start()
    await clock.advance(4 * 60_000)
    expect(await events()).toEqual([])
    await clock.advance(60_000)
    await expect.poll(async () => {
      await clock.advance(1_000)
      return (await events()).map((event) => (event as [string])[0])
    }, { timeout: 20_000 }).toEqual(expect.arrayContaining(['flights.flights', 'planes.planes']))
  })
})

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}
