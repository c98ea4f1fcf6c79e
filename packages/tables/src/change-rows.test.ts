// Rows deleted, replaced by key and brought together, beside a model of the table that is only an array.

import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Result } from '@tulle/kernel'
import type { FakeClock } from '@tulle/kernel/testing'
import { fakeClock } from '@tulle/kernel/testing'
import type { EngineProcess } from '@tulle/engine'
import { engineRig, rowsOf } from '@tulle/engine/testing'
import type { EngineRig } from '@tulle/engine/testing'
import { bytesOfValue, commit, createTable, expireSnapshots, filesReachable, findOrphans, loadTable, memoryCatalog, openLake, planScan, removeOrphans, rewriteManifests, stageAppend, stageRollback, writeMetadata } from '@tulle/lake'
import type { Lake, PartitionField, ScanFile, Table } from '@tulle/lake'
import { memoryObjects } from '@tulle/objects'
import { compact } from './compact.ts'
import { deleteWhere } from './delete-where.ts'
import type { RowWork } from './row-work.ts'
import { bringHome, writeQuery } from './row-work.ts'
import { tableRelation } from './relation.ts'
import { upsert } from './upsert.ts'

const NAME = { namespace: 'n', name: 't' }
const DAY = 86_400_000
const MERGED = { 'write.delete.mode': 'merge-on-read', 'write.merge.mode': 'merge-on-read' }
const BUCKETS = { sourceIds: [1], transform: 'bucket[3]' }
/** The reserved id of the column of a delete file that names the data file. */
const FILE_PATH = 2_147_483_546
type Row = readonly [id: number, label: string | null]

let rig: EngineRig
let worker: EngineProcess
let clock: FakeClock
let lake: Lake
let work: RowWork
let placed = 0

beforeAll(async () => {
  rig = engineRig()
  worker = await rig.process()
})
afterAll(() => rig.close())
beforeEach(() => open())

async function open(partitioning?: Omit<PartitionField, 'name' | 'fieldId'>, properties: Readonly<Record<string, string>> = {}): Promise<void> {
  clock = fakeClock()
  lake = openLake({ catalog: memoryCatalog(), objects: memoryObjects(clock), clock: { ...clock, sleep: async () => undefined } })
  valueOf(await createTable(lake, { name: NAME, folder: 'p', columns: [{ name: 'id', type: 'long' }, { name: 'label', type: 'string' }], properties }))
  if (partitioning !== undefined) {
    const table = await load()
    const partitionSpecs = [{ specId: 0, fields: [{ ...partitioning, name: 'part', fieldId: 1000 }] }]
    valueOf(await commit(lake, [valueOf(await writeMetadata(lake, table, { lastUpdated: table.metadata.lastUpdated, partitionSpecs }))]))
  }
  work = {
    lake, process: worker, folder: rig.data,
    place: async (file) => {
      const path = join(rig.data, `placed-${placed++}.parquet`)
      await copyFile(file, path)
      return path
    },
  }
}

const load = async (): Promise<Table> => valueOf(await loadTable(lake, NAME))
const valuesOf = (rows: readonly Row[]): string => (rows.length === 0 ? 'SELECT 0::bigint AS id, NULL::varchar AS label WHERE false' : `SELECT * FROM (VALUES ${rows.map(([id, label]) => `(${id}::bigint, ${label === null ? 'NULL' : `'${label}'`}::varchar)`).join(', ')}) AS v(id, label)`)

async function append(rows: readonly Row[], to: Lake = lake): Promise<void> {
  const table = await load()
  const files = valueOf(await bringHome(work, table, valueOf(await writeQuery(work, table, valuesOf(rows)))))
  valueOf(await commit(to, [valueOf(await stageAppend(to, table, { files }))]))
}

async function rowsIn(snapshotId?: string): Promise<readonly Row[]> {
  const table = await load()
  const scan = valueOf(await planScan(lake, table, snapshotId === undefined ? {} : { snapshotId }))
  valueOf(await worker.define([valueOf(await tableRelation(lake, table, scan, { place: work.place }))]))
  return (await rowsOf(worker, 'SELECT id, label FROM n.t ORDER BY id, label')).map(([id, label]) => [Number(id), label as string | null])
}

const sorted = (rows: readonly Row[]): readonly Row[] => rows.toSorted((a, b) => a[0] - b[0] || ((a[1] ?? '~') < (b[1] ?? '~') ? -1 : 1))
const dataFiles = async (): Promise<number> => valueOf(await planScan(lake, await load())).files.length

describe('a delete', () => {
  it('removes the rows for which its condition is true, and writes only their files anew', async () => {
    await append([[1, 'a'], [2, null], [3, 'b']])
    await append([[4, 'c']])
    const before = valueOf(await planScan(lake, await load())).files.map(({ file }) => file.path)
    expect(valueOf(await deleteWhere(work, NAME, "label = 'b' OR id = 1"))).toMatchObject({ rowsRemoved: 2, rowsAdded: 0 })
    // A condition that is null is not true.
    expect(await rowsIn()).toEqual([[2, null], [4, 'c']])
    const after = valueOf(await planScan(lake, await load())).files.map(({ file }) => file.path)
    expect(after.filter((path) => before.includes(path))).toHaveLength(1)
    expect((await load()).currentSnapshot?.summary['operation']).toBe('overwrite')
  })

  it('of all rows of a file leaves no file behind', async () => {
    await append([[1, 'a']])
    await append([[2, 'b']])
    valueOf(await deleteWhere(work, NAME, 'id = 1'))
    expect([await dataFiles(), (await load()).currentSnapshot?.summary['operation']]).toEqual([1, 'delete'])
  })

  it('of no row commits nothing', async () => {
    await append([[1, 'a']])
    const before = await load()
    expect(valueOf(await deleteWhere(work, NAME, 'id = 7'))).toEqual({ rowsRemoved: 0, rowsAdded: 0 })
    expect((await load()).metadataLocation).toBe(before.metadataLocation)
  })

  it('sees the rows that came while it was worked out', async () => {
    await append([[1, 'a'], [2, 'b']])
    let raced = false
    const slow: RowWork = { ...work, lake: { ...lake, catalog: { ...lake.catalog, swap: async (swaps) => {
      if (!raced) {
        raced = true
        await append([[1, 'again']])
      }
      return lake.catalog.swap(swaps)
    } } } }
    expect(valueOf(await deleteWhere(slow, NAME, 'id = 1'))).toMatchObject({ rowsRemoved: 2 })
    expect(await rowsIn()).toEqual([[2, 'b']])
  })

  it.each([
    ['1 = 1) UNION ALL (SELECT 1', 'sql-syntax'],
    ['true UNION ALL SELECT true', 'predicate-not-one-condition'],
    ['id = 1; DROP TABLE t', 'sql-not-select'],
    ['true; SELECT true', 'predicate-not-one-condition'],
    ['id = 1, true', 'predicate-not-one-condition'],
    ['id = 1 FROM n.t', 'predicate-not-one-condition'],
    ['id = 1 AS x', 'predicate-not-one-condition'],
    ['DISTINCT true', 'predicate-not-one-condition'],
    ['*', 'predicate-not-one-condition'],
    ['id IN (SELECT id FROM n.other)', undefined],
    ["length(getenv('HOME')) > 0", undefined],
    ["id IN (SELECT 1 FROM read_csv('/etc/passwd'))", undefined],
    ['nothing = 1', undefined],
    ['id =', undefined],
    ['', undefined],
  ])('by %j is refused', async (predicate, code) => {
    await append([[1, 'a']])
    const before = await load()
    const refused = await deleteWhere(work, NAME, predicate)
    expect(refused.ok).toBe(false)
    if (code !== undefined) expect(refused.diagnostics.map((d) => d.code)).toEqual([code])
    expect((await load()).metadataLocation).toBe(before.metadataLocation)
  })

  it('by a condition that ends in a comment works', async () => {
    await append([[1, 'a'], [2, 'b']])
    valueOf(await deleteWhere(work, NAME, 'id = 1 -- the first'))
    expect(await rowsIn()).toEqual([[2, 'b']])
  })
})

describe('an upsert', () => {
  const put = (rows: readonly Row[], keys: readonly string[] = ['id']): ReturnType<typeof upsert> => upsert(work, NAME, { query: valuesOf(rows), relations: [], keys })

  it('replaces the rows whose key is there and adds the others', async () => {
    await append([[1, 'a'], [2, 'b']])
    expect(valueOf(await put([[2, 'B'], [3, 'C']]))).toMatchObject({ rowsRemoved: 1, rowsAdded: 2 })
    expect(await rowsIn()).toEqual([[1, 'a'], [2, 'B'], [3, 'C']])
  })

  it('into an empty table adds', async () => {
    valueOf(await put([[1, 'a']]))
    expect(await rowsIn()).toEqual([[1, 'a']])
  })

  it('of no rows commits nothing', async () => {
    expect(valueOf(await put([]))).toEqual({ rowsRemoved: 0, rowsAdded: 0 })
    expect((await load()).snapshots).toEqual([])
  })

  it.each<[string, readonly Row[], readonly string[], string]>([
    ['has a key twice', [[1, 'a'], [1, 'b']], ['id'], 'upsert-key-unfit'],
    ['has a null in its key', [[1, null]], ['id', 'label'], 'upsert-key-unfit'],
    ['names no column', [[1, 'a']], ['di'], 'upsert-key-unknown'],
    ['names no key', [[1, 'a']], [], 'upsert-key-unknown'],
  ])('that %s is refused', async (_, rows, keys, code) => {
    await append([[1, 'x']])
    const before = await load()
    expect(await put(rows, keys)).toMatchObject({ ok: false, diagnostics: [{ code }] })
    expect((await load()).metadataLocation).toBe(before.metadataLocation)
  })
})

describe('a delete where the table is merged on read', () => {
  beforeEach(() => open({ sourceIds: [2], transform: 'identity' }, MERGED))
  const scanned = async (): Promise<readonly ScanFile[]> => valueOf(await planScan(lake, await load())).files

  it('writes down the places of the rows in their files, also where rows of them are deleted already', async () => {
    await append([[1, 'a'], [2, 'a'], [3, 'a'], [4, 'b']])
    const before = (await scanned()).map(({ file }) => file.path)
    expect(valueOf(await deleteWhere(work, NAME, 'id = 1'))).toMatchObject({ rowsRemoved: 1 })
    expect(valueOf(await deleteWhere(work, NAME, 'id <= 2 OR id = 3'))).toMatchObject({ rowsRemoved: 2 })
    expect([await rowsIn(), (await scanned()).map(({ file }) => file.path)]).toEqual([[[4, 'b']], before])
    expect((await load()).currentSnapshot?.summary).toMatchObject({ operation: 'delete', 'total-position-deletes': '3', 'total-delete-files': '2' })
    const [{ file, deletes } = { file: undefined, deletes: [] }] = (await scanned()).filter((one) => one.deletes.length > 0)
    const path = bytesOfValue('string', file?.path ?? '')
    expect(deletes).toHaveLength(2)
    for (const one of deletes) {
      expect(one).toMatchObject({ content: 'position-deletes', referencedDataFile: file?.path, partition: ['a'], specId: 0 })
      expect([one.lowerBounds?.get(FILE_PATH), one.upperBounds?.get(FILE_PATH)].map((bound) => Buffer.from(bound ?? []).equals(path))).toEqual([true, true])
    }
    const read = await Promise.all(deletes.map(async (one) => rowsOf(worker, `SELECT * FROM read_parquet('${await work.place(valueOf(await lake.objects.localFile(one.path)))}')`)))
    expect(read.toSorted((a, b) => a.length - b.length)).toEqual([[[file?.path, 0]], [[file?.path, 1], [file?.path, 2]]])
  })

  it('of all rows of a file leaves neither it nor a delete file behind', async () => {
    await append([[1, 'a'], [2, 'b']])
    valueOf(await deleteWhere(work, NAME, 'id = 1'))
    expect((await scanned()).map(({ file, deletes }) => [file.partition, deletes])).toEqual([[['b'], []]])
  })

  it.each([
    ['compacts its files', async () => void valueOf(await compact(work, NAME, { targetBytes: 1_000_000, minFiles: 2 }))],
    ['deletes the same rows', async () => void valueOf(await deleteWhere(work, NAME, 'id = 1'))],
    ['replaces the same rows', async () => void valueOf(await upsert(work, NAME, { query: valuesOf([[1, 'a']]), relations: [], keys: ['id'] }))],
    ['adds such rows', async () => append([[1, 'b']])],
  ])('is worked out anew when somebody %s meanwhile', async (_, meanwhile) => {
    await append([[1, 'a'], [2, 'a']])
    await append([[1, 'a'], [3, 'a']])
    let raced = false
    const slow: RowWork = { ...work, lake: { ...lake, catalog: { ...lake.catalog, swap: async (swaps) => {
      if (!raced) {
        raced = true
        await meanwhile()
      }
      return lake.catalog.swap(swaps)
    } } } }
    valueOf(await deleteWhere(slow, NAME, 'id = 1'))
    expect(await rowsIn()).toEqual([[2, 'a'], [3, 'a']])
  })

  it.each(["t::VARCHAR = '{''id'': 1, ''label'': a}'", "t = row(1, 'a')", "COLUMNS(*)::VARCHAR IN ('1', 'a')", 'row_number0 = 0'])('by %j finds what it finds where files are written anew, and never where rows lie', async (predicate) => {
    const outcomes: unknown[] = []
    for (const properties of [{}, MERGED]) {
      await open(undefined, properties)
      await append([[1, 'a'], [2, 'a']])
      const done = await deleteWhere(work, NAME, predicate)
      outcomes.push([done.ok && done.value.rowsRemoved, done.diagnostics.map((d) => d.code), await rowsIn()])
    }
    expect(outcomes[1]).toEqual(outcomes[0])
  })
})

describe('compaction', () => {
  it('brings small files together with the same rows, and nothing when done', async () => {
    for (let i = 0; i < 6; i += 1) await append([[i, 'x']])
    const done = valueOf(await compact(work, NAME, { targetBytes: 1_000_000 }))
    expect([done.files.length, await dataFiles()]).toEqual([6, 1])
    expect((await load()).currentSnapshot?.summary).toMatchObject({ operation: 'replace', 'total-records': '6' })
    expect(await rowsIn()).toEqual([0, 1, 2, 3, 4, 5].map((id) => [id, 'x']))
    expect(valueOf(await compact(work, NAME, { targetBytes: 1_000_000 }))).toMatchObject({ files: [] })
  })

  it('leaves few files and large files alone', async () => {
    for (let i = 0; i < 4; i += 1) await append([[i, 'x']])
    expect(valueOf(await compact(work, NAME, { targetBytes: 1_000_000 })).files).toEqual([])
    expect(valueOf(await compact(work, NAME, { targetBytes: 10, minFiles: 2 })).files).toEqual([])
  })

  it('keeps partitions apart', async () => {
    await open({ sourceIds: [2], transform: 'identity' })
    for (let i = 0; i < 4; i += 1) await append([[i, 'a'], [i, 'b']])
    valueOf(await compact(work, NAME, { targetBytes: 1_000_000, minFiles: 2 }))
    const { files } = valueOf(await planScan(lake, await load()))
    expect(files.map(({ file }) => [file.partition, file.rows]).toSorted()).toEqual([[['a'], 4], [['b'], 4]])
  })

  it('loses no row that comes meanwhile, nor brings one back that goes', async () => {
    for (let i = 0; i < 6; i += 1) await append([[i, 'x']])
    let swaps = 0
    const slow: RowWork = { ...work, lake: { ...lake, catalog: { ...lake.catalog, swap: async (changes) => {
      swaps += 1
      if (swaps === 1) await append([[7, 'new']])
      if (swaps === 2) valueOf(await deleteWhere(work, NAME, 'id = 3'))
      return lake.catalog.swap(changes)
    } } } }
    await compact(slow, NAME, { targetBytes: 1_000_000 })
    expect(await rowsIn()).toEqual([[0, 'x'], [1, 'x'], [2, 'x'], [4, 'x'], [5, 'x'], [7, 'new']])
  })
})

type Step =
  | { readonly kind: 'append' | 'upsert'; readonly rows: readonly Row[] }
  | { readonly kind: 'delete'; readonly modulo: number; readonly rest: number }
  | { readonly kind: 'rollback'; readonly back: number }
  | { readonly kind: 'compact' | 'manifests' | 'expire' | 'days' | 'orphans' }

const row = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.constantFrom('a', 'b', null))
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), rows: fc.array(row, { minLength: 1, maxLength: 4 }) }),
  fc.record({ kind: fc.constant('upsert' as const), rows: fc.uniqueArray(row, { minLength: 1, maxLength: 4, selector: ([id]) => id }) }),
  fc.record({ kind: fc.constant('delete' as const), modulo: fc.integer({ min: 1, max: 4 }), rest: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ kind: fc.constant('rollback' as const), back: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ kind: fc.constantFrom('compact' as const, 'manifests' as const, 'expire' as const, 'days' as const, 'orphans' as const) }),
)

describe('whatever changes a table in whatever order', () => {
  it.each([
    ['without partitions', 'copied on write', undefined, {}], ['with partitions', 'copied on write', BUCKETS, {}],
    ['without partitions', 'merged on read', undefined, MERGED], ['with partitions', 'merged on read', BUCKETS, MERGED],
  ] as const)('every version that is kept has the rows that the model has (%s, %s)', { timeout: 120_000 }, async (_, _mode, partitioning, properties) => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 9 }), async (story) => {
      await open(partitioning, properties)
      let rows: readonly Row[] = []
      /** What each version held when it was made. */
      const versions = new Map<string, readonly Row[]>()
      for (const one of story) {
        rows = await carryOut(one, rows, versions)
        const table = await load()
        if (table.currentSnapshot !== undefined) versions.set(table.currentSnapshot.id, rows)
        for (const { id } of table.snapshots) expect([one, await rowsIn(id)]).toEqual([one, sorted(versions.get(id) ?? [])])
        for (const { address } of valueOf(await filesReachable(lake, table)).values()) valueOf(await lake.objects.facts(address))
      }
    }), { numRuns: 12 })
  })
})

async function carryOut(one: Step, rows: readonly Row[], versions: ReadonlyMap<string, readonly Row[]>): Promise<readonly Row[]> {
  switch (one.kind) {
    case 'append': {
      await append(one.rows)
      return [...rows, ...one.rows]
    }
    case 'upsert': {
      valueOf(await upsert(work, NAME, { query: valuesOf(one.rows), relations: [], keys: ['id'] }))
      const ids = new Set(one.rows.map(([id]) => id))
      return [...rows.filter(([id]) => !ids.has(id)), ...one.rows]
    }
    case 'delete': {
      valueOf(await deleteWhere(work, NAME, `id % ${one.modulo} = ${one.rest}`))
      return rows.filter(([id]) => id % one.modulo !== one.rest)
    }
    case 'rollback': {
      const table = await load()
      let at = table.currentSnapshot
      for (let i = 0; i < one.back && at?.parentId !== undefined; i += 1) at = table.snapshots.find((s) => s.id === at?.parentId) ?? at
      if (at === undefined) return rows
      valueOf(await commit(lake, [valueOf(await stageRollback(lake, table, at.id))]))
      return versions.get(at.id) ?? []
    }
    case 'compact':
      valueOf(await compact(work, NAME, { targetBytes: 1_000_000, minFiles: 2 }))
      return rows
    case 'manifests':
      valueOf(await rewriteManifests(lake, NAME, { minCount: 2 }))
      return rows
    case 'expire':
      valueOf(await expireSnapshots(lake, NAME, { maxAge: 5 * DAY, minToKeep: 1, grace: 0 }))
      return rows
    case 'orphans':
      valueOf(await removeOrphans(lake, valueOf(await findOrphans(lake, NAME, 3 * DAY))))
      return rows
    case 'days':
      await clock.advance(4 * DAY)
      return rows
  }
}

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}
