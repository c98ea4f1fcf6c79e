// The contract: whatever happens to a table, what a reader of its stream makes of it is what he sees of the table, from wherever
// he begins; and what is erased is in no file of it any more.

import { chmod, copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { heardAudit } from '@tulle/audit/testing'
import { duckdbEngine } from '@tulle/engine'
import type { Engine, EngineProcess } from '@tulle/engine'
import { createAuthorizer, createGovernor, governedChanges } from '@tulle/gateway'
import type { ServedProduct } from '@tulle/gateway'
import { ok, systemClock } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { commit, createTable, loadTable, newDataPath, openLake, planScan, stageAppend, stageOverwrite } from '@tulle/lake'
import type { DataFile, Lake, Table } from '@tulle/lake'
import { localObjects } from '@tulle/objects'
import { compilePolicy } from '@tulle/policy'
import type { Grant, Policy } from '@tulle/policy'
import { postgresCatalog } from '@tulle/providers'
import { appendEvent } from '@tulle/store'
import { testStore, valueOf } from '@tulle/store/testing'
import type { TestStore } from '@tulle/store/testing'
import { eraseStreamRows, followPublications, foreseeRetirement, openStreams, retireSegments } from '@tulle/streams'
import type { From, OpenStreams, PublicationSource, Reader, StreamEntry, StreamPage } from '@tulle/streams'
import { compact, dataFileOf, deleteWhere, filesOfScan, upsert, writeRows } from '@tulle/tables'
import type { RowWork } from '@tulle/tables'
import { differenceOf } from './snapshot-difference.ts'

const FIELDS = [{ name: 'id', type: 'long', id: 1 }, { name: 'region', type: 'string', id: 2 }, { name: 'secret', type: 'string', id: 3 }] as const
type Row = readonly [id: number | null, region: string | null, secret: string | null]
const PEOPLE = { ana: {}, bo: { masks: { secret: "'***'" }, rowFilter: { condition: `"region" = 'EU'`, reads: [] } } } as const
type Person = keyof typeof PEOPLE

let store: TestStore
let engine: Engine
let worker: EngineProcess
let lake: Lake
let folder: string
let work: RowWork
let placed = 0

beforeAll(async () => {
  store = await testStore()
  folder = await mkdtemp('/tmp/tulle-streams-')
  await chmod(folder, 0o711)
  for (const name of ['in', 'work', 'warehouse']) await mkdir(join(folder, name))
  engine = duckdbEngine({ folder: join(folder, 'engines') })
  worker = valueOf(await engine.start({ readPaths: [join(folder, 'in')], writePaths: [join(folder, 'work')], memoryMegabytes: 512, threads: 2 }))
  lake = openLake({ catalog: postgresCatalog(store.store.db), objects: await localObjects(join(folder, 'warehouse')) })
  work = {
    lake, process: worker, folder: join(folder, 'work'),
    place: async (file) => {
      const path = join(folder, 'in', `${placed++}.parquet`)
      await copyFile(file, path)
      await chmod(path, 0o644)
      return path
    },
  }
})
afterAll(async () => {
  await worker.kill()
  await engine.close()
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

const cell = (value: string | number | null, type: string): string => `CAST(${value === null ? 'NULL' : typeof value === 'number' ? value : `'${value}'`} AS ${type})`
const queryOf = (rows: readonly Row[]): string =>
  (rows.length === 0 ? 'SELECT 0::bigint AS id, NULL::varchar AS region, NULL::varchar AS secret WHERE false' : rows.map(([id, region, secret]) => `SELECT ${cell(id, 'bigint')} AS id, ${cell(region, 'varchar')} AS region, ${cell(secret, 'varchar')} AS secret`).join(' UNION ALL '))

/** A product of one data set with a stream of its own. */
async function mesh(key: readonly string[]) {
  const product = `p${placed++}`
  const [productId, dataSet, name] = [`id-${product}`, 'rows', { namespace: product, name: 'rows' }]
  valueOf(await createTable(lake, { name, folder: `${productId}/rows`, columns: FIELDS.map(({ name: column, type }) => ({ name: column, type })) }))
  const load = async (): Promise<Table> => valueOf(await loadTable(lake, name))
  const served: ServedProduct = {
    id: productId, schema: product, name: product, domain: 'd', team: 'owners',
    dataSets: [{ name: dataSet, columns: FIELDS.map(({ name: column, type, id }) => ({ name: column, type, fieldId: id, required: false, ...(key.includes(column) && { primaryKey: true }) })) }],
  }
  const grants: readonly Grant[] = Object.keys(PEOPLE).map((person) => ({ id: person, subjectKind: 'user', subject: `id-${person}`, productId, purposes: ['analysis'] }))
  const plain = compilePolicy({ grants, products: [served] })
  const policy: Policy = {
    ...plain,
    decide: (subject, ...rest) => {
      const decision = plain.decide(subject, ...rest)
      return decision.effect === 'allow' ? { ...decision, ...PEOPLE[subject.name as Person] } : decision
    },
  }
  const data = {
    products: async () => [served],
    snapshot: async (_: string, __: string, version?: { readonly kind: string; readonly id?: string }) => {
      const table = await load()
      const id = version?.id ?? table.currentSnapshot?.id ?? ''
      if (!table.snapshots.some((one) => one.id === id)) return ok(undefined)
      return ok({ id, hasDeletedRows: true, files: async () => filesOfScan(lake, table, valueOf(await planScan(lake, table, { snapshotId: id }))) })
    },
  }
  const authorizer = createAuthorizer({ rights: { version: () => 1, policy: () => policy }, data, clock: systemClock, environment: 'test' })
  const governor = createGovernor({ authorizer, engine, audit: heardAudit(), clock: systemClock, folder: join(folder, 'engines') })
  const source: PublicationSource = {
    streamed: async (of) => (of.productId === productId ? [{ productId, dataSet }] : []),
    current: async () => ok((await load()).currentSnapshot?.id),
    snapshot: async (_, id) => {
      const found = (await load()).snapshots.find((one) => one.id === id)
      return ok(found && { rows: Number(found.summary['total-records'] ?? 0) })
    },
    difference: async (_, from, to) => differenceOf(lake, await load(), { key, from, to }),
  }
  const following = followPublications({ store: store.store, objects: lake.objects, source, engine, workFolder: join(folder, 'following'), clock: systemClock, warn: (message, why) => { throw new Error(`${message}: ${why}`) } })
  const streams: OpenStreams = await openStreams({
    store: store.store, clock: systemClock, secret: 'secret', governed: governedChanges({ doors: { stream: { authorizer, governor } }, localFile: (address) => lake.objects.localFile(address) }),
    snapshots: { size: async (_, __, snapshot) => {
      const table = await load()
      if (!table.snapshots.some((one) => one.id === snapshot)) return ok(undefined)
      return ok(valueOf(await planScan(lake, table, { snapshotId: snapshot })).files.reduce((sum, { file }) => sum + file.rows, 0))
    } },
  })
  const reader = (person: Person): Reader => async () => ok({ subject: { id: `id-${person}`, name: person, kind: 'user', role: 'consumer', teams: [] }, purpose: 'analysis', purposes: ['analysis'] })
  const page = async (person: Person, from: From, limit: number): Promise<StreamPage> =>
    valueOf(await streams.read({ reader: reader(person), address: { product, dataSet }, from, limit, port: 'stream', signal: new AbortController().signal }))
  return {
    product, productId, dataSet, name, load, streams, following, reader,
    /** Everything from there to the end. */
    async read(person: Person, from: From, limit = 100): Promise<readonly StreamEntry[]> {
      const all: StreamEntry[] = []
      for (let at = await page(person, from, limit); ; at = await page(person, { position: at.next }, limit)) {
        all.push(...at.entries)
        if (at.end) return all
      }
    },
    async publish(): Promise<string> {
      const { currentSnapshot } = await load()
      const id = currentSnapshot?.id ?? ''
      await store.store.db.transaction().execute((tx) => appendEvent(tx, { type: 'tulle.product.published', source: '/test', subject: product, data: { product, productId, snapshots: { [dataSet]: id } } }))
      await following.caughtUp()
      return id
    },
    async change(how: Change): Promise<void> {
      const write = async (rows: readonly Row[]): Promise<readonly DataFile[]> => {
        const files: DataFile[] = []
        const table = await load()
        for (const one of valueOf(await writeRows(worker, table, { query: queryOf(rows), folder: work.folder, name: lake.ids.uuid() }))) {
          if (one.file.rows > 0) files.push(dataFileOf(table, one, valueOf(await lake.objects.adopt(newDataPath(lake, table), one.file.path))))
        }
        return files
      }
      const done = async (staged: Result<Parameters<typeof commit>[1][number]>): Promise<void> => void valueOf(await commit(lake, [valueOf(staged)]))
      if (how.kind === 'overwrite') return done(await stageOverwrite(lake, await load(), { files: await write(how.rows) }))
      if (how.kind === 'append') return done(await stageAppend(lake, await load(), { files: await write(how.rows) }))
      if (how.kind === 'delete') return void valueOf(await deleteWhere(work, name, `region = '${how.region}'`))
      if (how.kind === 'compact') return void valueOf(await compact(work, name, { targetBytes: 1 << 20 }))
      const keyed = [...new Map(how.rows.filter(([id]) => id !== null).map((row) => [row[0], row])).values()]
      if (keyed.length > 0) valueOf(await upsert(work, name, { query: queryOf(keyed), relations: [], keys: ['id'] }))
    },
    async close(): Promise<void> {
      await following.stop()
      await streams.close()
      await governor.close()
    },
  }
}

type Change = { readonly kind: 'overwrite' | 'append' | 'upsert'; readonly rows: readonly Row[] } | { readonly kind: 'delete'; readonly region: string } | { readonly kind: 'compact' }

function apply(rows: readonly string[], entries: readonly StreamEntry[]): readonly string[] {
  const left = [...rows]
  for (const entry of entries) {
    if (entry.kind === 'event') continue
    if (entry.op !== 'insert') {
      const at = left.indexOf(entry.before ?? '')
      expect(at, `${entry.op} of a row that is not there: ${entry.before}`).toBeGreaterThanOrEqual(0)
      left.splice(at, 1)
    }
    if (entry.op !== 'delete') left.push(entry.after ?? '')
  }
  return left.toSorted()
}

const text = fc.option(fc.constantFrom('EU', 'US', 'x'))
const row: fc.Arbitrary<Row> = fc.tuple(fc.option(fc.integer({ min: 0, max: 6 })) as fc.Arbitrary<number | null>, text, text)
const rows = fc.array(row, { maxLength: 8 })
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('overwrite', 'append', 'upsert'), rows }) },
  fc.record({ kind: fc.constant('delete' as const), region: fc.constantFrom('EU', 'US') }),
  fc.record({ kind: fc.constant('compact' as const) }),
)

describe('a stream of a table', () => {
  it('leads from any position in it to what its reader sees, whatever happened to the table', async () => {
    await fc.assert(fc.asyncProperty(rows, fc.array(change, { minLength: 3, maxLength: 5 }), fc.boolean(), fc.integer({ min: 1, max: 5 }), async (first, changes, keyed, limit) => {
      const one = await mesh(keyed ? ['id'] : [])
      try {
        const published: string[] = []
        for (const how of [{ kind: 'append' as const, rows: first }, ...changes]) {
          await one.change(how)
          published.push(await one.publish())
        }
        for (const person of Object.keys(PEOPLE) as Person[]) {
          const now = apply([], await one.read(person, 'start', limit))
          const whole = await one.read(person, { time: 0 }, limit)
          expect(apply([], whole)).toEqual(now)
          // Whoever goes on from any entry has, with what he had, what there is.
          for (const [i, { position }] of whole.entries()) {
            if (i % 3 === 0) expect((await one.read(person, { position }, limit)).map(({ id }) => id)).toEqual(whole.slice(i + 1).map(({ id }) => id))
          }
          expect(new Set(whole.map(({ id }) => id)).size).toBe(whole.length)
          for (const snapshot of new Set(published)) {
            const since = await one.read(person, { snapshot }, limit)
            expect(apply(apply([], whole.slice(0, whole.length - since.length)), since)).toEqual(now)
          }
        }
        // What ana sees is all there is, by another way.
        const table = await one.load()
        const files = valueOf(await filesOfScan(lake, table, valueOf(await planScan(lake, table)), work.place))
        valueOf(await worker.define([{ schema: 'looked', name: 'rows', columns: FIELDS.map(({ name, type, id }) => ({ name, type, fieldId: id })), files }]))
        const cursor = valueOf(await worker.open('SELECT * FROM looked.rows', { encoding: { kind: 'ndjson' } }))
        const lines = Buffer.from(valueOf(await cursor.fetch(1000)).bytes).toString('utf8').split('\n').filter((line) => line !== '')
        await cursor.close()
        expect(apply([], await one.read('ana', 'start', limit))).toEqual(lines.toSorted())
      } finally {
        await one.close()
      }
    }), { numRuns: 2 })
  }, 180_000)

  it('tells nothing where files were only brought together, and reads no file that both snapshots have', async () => {
    const one = await mesh(['id'])
    await one.change({ kind: 'append', rows: [[1, 'EU', 'a'], [2, 'US', 'b']] })
    const first = await one.publish()
    await one.change({ kind: 'append', rows: [[3, 'EU', 'c']] })
    const second = await one.publish()
    const difference = valueOf(await differenceOf(lake, await one.load(), { key: ['id'], from: first, to: second }))
    expect([difference?.before.length, difference?.after.length]).toEqual([0, 1])
    await one.change({ kind: 'compact' })
    await one.publish()
    expect((await one.read('ana', { snapshot: second })).filter(({ kind }) => kind === 'row')).toEqual([])
    await one.close()
  }, 120_000)

  it('that is kept for a time names who lags behind it, tells him so, and gives him from the start what there is and all that follows', async () => {
    const one = await mesh(['id'])
    const publish = async (list: readonly Row[]): Promise<void> => {
      await one.change({ kind: 'overwrite', rows: list })
      await one.publish()
    }
    const address = { product: one.product, dataSet: one.dataSet }
    const follow = async (consumer: string): Promise<string> => {
      const position = (await one.read('ana', 'start')).at(-1)?.position ?? ''
      valueOf(await one.streams.positions.save({ reader: one.reader('ana'), address, consumer, position }))
      return position
    }
    await publish([[1, 'EU', 'a'], [2, 'US', 'b']])
    const lagging = await follow('nightly')
    for (const list of [[[1, 'EU', 'c'], [2, 'US', 'b']], [[2, 'US', 'd'], [3, 'EU', 'e']]] as const) await publish(list)
    const prompt = await follow('prompt')
    const [of, now] = [{ productId: one.productId, dataSet: one.dataSet }, Date.now() + 1]
    expect(await foreseeRetirement(store.store.db, of, now)).toMatchObject({ behind: ['ana/nightly'] })
    const [had, missed] = [apply([], await one.read('ana', 'start')), await one.read('ana', { position: lagging })]
    expect(missed.length, 'nothing is gone yet').toBeGreaterThan(0)
    expect(await retireSegments({ store: store.store, objects: lake.objects }, of, now)).toMatchObject({ behind: ['ana/nightly'] })
    const late = await one.streams.read({ reader: one.reader('ana'), address, from: { position: lagging }, limit: 10, port: 'stream', signal: new AbortController().signal })
    expect(late.ok ? 'ok' : late.diagnostics[0]?.code).toBe('position-too-old')
    expect(await one.read('ana', { position: prompt })).toEqual([])
    const anew = await one.read('ana', 'start')
    expect(apply([], anew)).toEqual(had)
    await publish([[3, 'EU', 'f'], [4, 'US', 'g']])
    const since = await one.read('ana', { position: anew.at(-1)?.position ?? '' })
    expect(apply(had, since)).toEqual(apply([], await one.read('ana', 'start')))
    expect((await one.read('ana', { position: prompt })).map(({ id }) => id)).toEqual(since.map(({ id }) => id))
    await one.close()
  }, 120_000)

  it('forgets rows that are erased, in every file that it keeps, and all others stay in their places', async () => {
    const one = await mesh(['id'])
    for (const list of [[[1, 'EU', 'PLANTED'], [2, 'EU', 'b']], [[1, 'EU', 'PLANTED2'], [2, 'EU', 'c'], [3, 'EU', 'd']], [[2, 'EU', 'e']]] as const) {
      await one.change({ kind: 'overwrite', rows: list })
      await one.publish()
    }
    const kept = async (): Promise<readonly string[]> => (await store.store.db.selectFrom('stream_segment as g').innerJoin('stream as s', 's.id', 'g.stream_id').select('file').where('s.product_id', '=', one.productId).where('file', 'is not', null).execute()).flatMap(({ file }) => file ?? [])
    const holds = async (word: string): Promise<number> => {
      let found = 0
      for (const address of await kept()) {
        const file = await work.place(valueOf(await lake.objects.localFile(address)))
        expect((await readFile(file)).length).toBeGreaterThan(0)
        valueOf(await worker.define([{ schema: 'looked', name: 'kept', columns: FIELDS.map(({ name, type, id }) => ({ name, type, fieldId: id })), files: [{ path: file }] }]))
        const cursor = valueOf(await worker.open(`SELECT count(*) FROM looked.kept WHERE secret LIKE '%${word}%'`, { encoding: { kind: 'rows' } }))
        found += Number((JSON.parse(Buffer.from(valueOf(await cursor.fetch(1)).bytes).toString('utf8')) as [[number]])[0][0])
        await cursor.close()
      }
      return found
    }
    const before = await one.read('ana', { time: 0 })
    // The first snapshot is no file of the stream: what erases it is the erasure of the table.
    expect(await holds('PLANTED')).toBe(3)
    const files = await kept()
    const erased = valueOf(await eraseStreamRows({ store: store.store, objects: lake.objects, engine, workFolder: join(folder, 'erasing'), of: { productId: one.productId, dataSet: one.dataSet }, schema: (await one.load()).schema, condition: '"id" = 1' }))
    expect(erased).toMatchObject({ segments: 2, rows: 3 })
    expect(erased.removed).toEqual(files)
    expect(await holds('PLANTED')).toBe(0)
    for (const file of files) expect((await lake.objects.read(file)).ok).toBe(false)
    const after = (await one.read('ana', { snapshot: before.find(({ kind }) => kind === 'event')?.snapshot ?? '' })).filter((entry) => entry.kind === 'row')
    expect(after.map(({ id }) => id)).toEqual(before.filter((entry) => entry.kind === 'row' && entry.isInitial !== true && !JSON.stringify(entry).includes('PLANTED')).map(({ id }) => id))
    await one.close()
  }, 120_000)
})
