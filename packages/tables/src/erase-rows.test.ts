// Rows that leave every version of a table, beside what the versions were before.

import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Result } from '@tulle/kernel'
import { fakeClock } from '@tulle/kernel/testing'
import type { EngineProcess } from '@tulle/engine'
import { engineRig, rowsOf } from '@tulle/engine/testing'
import type { EngineRig } from '@tulle/engine/testing'
import { commit, createTable, filesOfHistory, filesReachable, loadTable, memoryCatalog, newDataPath, openLake, planScan, stageAppend, stagePartitioning, stageRef, stageRowDelta, stageSchema, valueOfBytes } from '@tulle/lake'
import type { Lake, Table } from '@tulle/lake'
import { memoryObjects } from '@tulle/objects'
import { compact } from './compact.ts'
import { deleteWhere } from './delete-where.ts'
import { eraseRows, foreseeErasure } from './erase-rows.ts'
import type { RowWork } from './row-work.ts'
import { bringHome, writeQuery } from './row-work.ts'
import { tableRelation } from './relation.ts'

const NAME = { namespace: 'n', name: 't' }
type Row = readonly [id: number, label: string]

let rig: EngineRig
let worker: EngineProcess
let lake: Lake
let work: RowWork
let placed = 0

beforeAll(async () => {
  rig = engineRig()
  worker = await rig.process()
})
afterAll(() => rig.close())

async function open(properties: Readonly<Record<string, string>> = {}): Promise<void> {
  const clock = fakeClock()
  lake = openLake({ catalog: memoryCatalog(), objects: memoryObjects(clock), clock: { ...clock, sleep: async () => undefined } })
  valueOf(await createTable(lake, { name: NAME, folder: 'p', columns: [{ name: 'id', type: 'long' }, { name: 'label', type: 'string' }], properties }))
  work = { lake, process: worker, folder: rig.data, place: async (file) => {
    const path = join(rig.data, `erased-${placed++}.parquet`)
    await copyFile(file, path)
    return path
  } }
}

const load = async (): Promise<Table> => valueOf(await loadTable(lake, NAME))

async function append(rows: readonly Row[], columns = 'id, label'): Promise<void> {
  const table = await load()
  const query = `SELECT * FROM (VALUES ${rows.map(([id, label]) => `(${id}::bigint, '${label}'::varchar)`).join(', ')}) AS v(${columns})`
  const files = valueOf(await bringHome(work, table, valueOf(await writeQuery(work, table, query))))
  valueOf(await commit(lake, [valueOf(await stageAppend(lake, table, { files }))]))
}

async function rowsAt(snapshotId: string): Promise<readonly Row[]> {
  const table = await load()
  const scan = valueOf(await planScan(lake, table, { snapshotId }))
  valueOf(await worker.define([valueOf(await tableRelation(lake, table, scan, { place: work.place }))]))
  return (await rowsOf(worker, 'SELECT * FROM n.t ORDER BY 1, 2')).map(([id, label]) => [Number(id), String(label)])
}

async function everyVersion(): Promise<ReadonlyMap<string, readonly Row[]>> {
  const versions = new Map<string, readonly Row[]>()
  for (const { id } of (await load()).snapshots) versions.set(id, await rowsAt(id))
  return versions
}

const erase = async (...ids: readonly number[]): Promise<ReturnType<typeof eraseRows> extends Promise<Result<infer T>> ? T : never> => valueOf(await eraseRows(work, NAME, new Map([[1, ids.map(String)]]), { describe: ({ summary }, isTouched) => (isTouched ? { ...summary, erased: 'e1' } : summary) }))

/** Texts in the bounds of all that manifests name. */
async function bounds(): Promise<string> {
  const history = valueOf(await filesOfHistory(lake, await load()))
  return [...history.values()].flatMap(({ entry: { content, file } }) => (content === 'data' ? [...file.lowerBounds ?? [], ...file.upperBounds ?? []] : []))
    .map(([id, bytes]) => (id === 2 ? String(valueOfBytes('string', bytes)) : '')).join(' ')
}

/** Every object of the table's folder, by its path. */
async function objects(): Promise<readonly string[]> {
  const found: string[] = []
  for await (const address of lake.objects.list('p')) found.push(valueOf(lake.objects.pathOf(address)))
  return found.toSorted()
}

describe('rows that are erased', () => {
  it('are in no version, whose ids stay, and nothing else of any version changes', async () => {
    await open()
    await append([[1, 'ada'], [2, 'bo'], [3, 'cy']])
    await append([[4, 'di'], [2, 'bo again']])
    valueOf(await deleteWhere(work, NAME, 'id = 3'))
    const before = await everyVersion()
    expect(valueOf(await foreseeErasure(work, NAME, new Map([[1, ['2']]])))).toMatchObject({ rows: { current: 2, older: 1 }, files: 3 })
    expect(await everyVersion()).toEqual(before)
    expect(await erase(2)).toMatchObject({ rows: { current: 2, older: 1 }, files: 3, leftFiles: [] })
    expect(await everyVersion()).toEqual(new Map([...before].map(([id, rows]) => [id, rows.filter(([key]) => key !== 2)])))
    expect((await load()).snapshots.map(({ summary }) => summary['total-records'])).toEqual(['2', '3', '2'])
  })

  it('leave no file behind that no version has, and no bound', async () => {
    await open()
    await append([[1, 'ada'], [9, 'zoe']])
    await append([[2, 'bo']])
    valueOf(await compact(work, NAME, { targetBytes: 1e9, minFiles: 2 }))
    expect(await bounds()).toContain('zoe')
    await erase(9)
    expect(await bounds()).not.toContain('zoe')
    const reached = [...valueOf(await filesReachable(lake, await load())).keys()]
    expect(await objects()).toEqual(reached.toSorted())
  })

  it('leave branches and tags too', async () => {
    await open()
    await append([[1, 'ada'], [2, 'bo']])
    const [first] = (await load()).snapshots
    valueOf(await commit(lake, [valueOf(await stageRef(lake, await load(), 'kept', { type: 'tag', snapshotId: first?.id ?? '' }))]))
    await append([[3, 'cy']])
    await erase(1)
    expect((await load()).metadata.refs['kept']?.snapshotId).toBe(first?.id)
    expect(await rowsAt(first?.id ?? '')).toEqual([[2, 'bo']])
  })

  it('take delete files along, whose rows have other numbers now', async () => {
    await open({ 'write.delete.mode': 'merge-on-read' })
    await append([[1, 'ada'], [2, 'bo'], [3, 'cy'], [4, 'di'], [5, 'ed']])
    valueOf(await deleteWhere(work, NAME, 'id = 4'))
    valueOf(await deleteWhere(work, NAME, 'id = 1'))
    const before = await everyVersion()
    await erase(1, 2)
    expect(await everyVersion()).toEqual(new Map([...before].map(([id, rows]) => [id, rows.filter(([key]) => key > 2)])))
    expect([...valueOf(await filesOfHistory(lake, await load())).values()].map(({ entry }) => [entry.content, entry.file.rows])).toEqual([['data', 3], ['position-deletes', 1]])
  })

  it('take their partition along where it holds nobody else', async () => {
    await open()
    const partitioned = valueOf(await stagePartitioning(lake, await load(), [{ source: 'label', transform: 'identity' }]))
    valueOf(await commit(lake, partitioned === undefined ? [] : [partitioned]))
    await append([[1, 'ada'], [2, 'bo']])
    await append([[3, 'bo']])
    await erase(1)
    expect([...valueOf(await filesOfHistory(lake, await load())).values()].map(({ entry }) => entry.file.partition)).toEqual([['bo'], ['bo']])
  })

  it('are found in versions from before a column was renamed', async () => {
    await open()
    await append([[1, 'ada'], [2, 'bo']])
    const renamed = valueOf(await stageSchema(lake, await load(), [{ name: 'id', type: 'long' }, { name: 'title', type: 'string', renamedFrom: 'label' }]))
    valueOf(await commit(lake, renamed === undefined ? [] : [renamed]))
    await append([[1, 'ada lovelace'], [3, 'cy']], 'id, title')
    const before = await everyVersion()
    await erase(1)
    expect(await everyVersion()).toEqual(new Map([...before].map(([id, rows]) => [id, rows.filter(([key]) => key !== 1)])))
  })

  /** A file of another writer that deletes rows by values of one column. */
  async function deleteBy(column: 'id' | 'label', values: readonly string[], specId?: number): Promise<void> {
    const table = await load()
    const path = join(rig.data, `equality-${placed++}.parquet`)
    const [id, type] = column === 'id' ? [1, 'BIGINT'] as const : [2, 'VARCHAR'] as const
    const { rows, bytes } = valueOf(await worker.write(`SELECT CAST(unnest([${values.map((value) => `'${value}'`).join(', ')}]) AS ${type}) AS ${column}`, { path, fieldIds: { [column]: id } }))
    const address = valueOf(await lake.objects.adopt(newDataPath(lake, table), path))
    valueOf(await commit(lake, [valueOf(await stageRowDelta(lake, table, { deletes: [{ path: address, rows, bytes, content: 'equality-deletes', equalityIds: [id], ...(specId !== undefined && { specId }) }] }))]))
  }
  const without = (before: ReadonlyMap<string, readonly Row[]>, gone: number): ReadonlyMap<string, readonly Row[]> => new Map([...before].map(([version, all]) => [version, all.filter(([key]) => key !== gone)]))

  it.each<readonly [string, 'id' | 'label', readonly string[], readonly string[]]>([
    ['of others', 'label', ['bo'], ['equality-deletes 1']], ['of nobody', 'label', ['nobody'], ['equality-deletes 1']], ['that are keys', 'id', ['1', '2'], ['equality-deletes 1']],
    ['of theirs', 'label', ['bo', 'ada'], ['equality-deletes 1', 'position-deletes 2']], ['of theirs alone, which others have too', 'label', ['ada'], ['position-deletes 2']], ['of theirs alone', 'id', ['1'], []],
  ])('pass files that delete rows by values %s', async (_whose, column, values, deletes) => {
    await open()
    await append([[1, 'ada'], [5, 'ada'], [2, 'bo'], [3, 'cy'], [4, 'bo']])
    await append([[6, 'ada'], [7, 'di']])
    await deleteBy(column, values)
    // What comes later is not deleted by it.
    await append([[8, 'ada'], [9, 'bo']])
    const before = await everyVersion()
    valueOf(await eraseRows(work, NAME, new Map([[1, ['1']]])))
    // Who was deleted by them stays deleted, and nobody else is.
    expect(await everyVersion()).toEqual(without(before, 1))
    expect([...valueOf(await filesOfHistory(lake, await load())).values()].flatMap(({ entry: { content, file } }) => (content === 'data' ? [] : [`${content} ${file.rows}`])).toSorted()).toEqual(deletes)
  })

  it('leave any history as it would have been without them, whatever others have deleted in it by values', async () => {
    const label = fc.constantFrom('a', 'b', 'c')
    const step = fc.oneof(
      fc.record({ kind: fc.constant('append' as const), rows: fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), label), { minLength: 1, maxLength: 5 }) }),
      fc.record({ kind: fc.constant('equal' as const), labels: fc.uniqueArray(label, { minLength: 1, maxLength: 2 }) }),
      fc.record({ kind: fc.constant('delete' as const), id: fc.integer({ min: 1, max: 4 }) }),
    )
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 6 }), fc.integer({ min: 1, max: 4 }), async (steps, gone) => {
      await open({ 'write.delete.mode': 'merge-on-read' })
      await append([[1, 'a'], [2, 'a'], [3, 'b']])
      for (const one of steps) {
        if (one.kind === 'append') await append(one.rows)
        if (one.kind === 'equal') await deleteBy('label', one.labels)
        if (one.kind === 'delete') valueOf(await deleteWhere(work, NAME, `id = ${one.id}`))
      }
      const before = await everyVersion()
      await erase(gone)
      expect(await everyVersion()).toEqual(without(before, gone))
      expect(await objects()).toEqual([...valueOf(await filesReachable(lake, await load())).keys()].toSorted())
    }), { numRuns: 6 })
  })

  it('do not where such a file holds for several partitions, and it is said', async () => {
    await open()
    const partitioned = valueOf(await stagePartitioning(lake, await load(), [{ source: 'id', transform: 'bucket[4]' }]))
    valueOf(await commit(lake, partitioned === undefined ? [] : [partitioned]))
    await append([[1, 'ada'], [2, 'ada'], [3, 'cy']])
    const unpartitioned = (await load()).metadata.partitionSpecs.find(({ fields }) => fields.length === 0)?.specId ?? -1
    await deleteBy('label', ['ada'], unpartitioned)
    const before = await everyVersion()
    const done = await eraseRows(work, NAME, new Map([[1, ['1']]]))
    expect([done.ok ? undefined : done.diagnostics[0]?.code, await everyVersion()]).toEqual(['erasure-unfit', before])
  })

  it('stay erased when asked again, which changes nothing', async () => {
    await open()
    await append([[1, 'ada'], [2, 'bo']])
    await erase(1)
    const { metadataLocation } = await load()
    expect(await erase(1)).toMatchObject({ rows: { current: 0, older: 0 }, removedFiles: 0 })
    expect((await load()).metadataLocation).toBe(metadataLocation)
  })

  it('are looked for anew where somebody commits meanwhile', async () => {
    await open()
    await append([[1, 'ada'], [2, 'bo']])
    const real = lake
    let raced = false
    work = { ...work, lake: { ...real, catalog: { ...real.catalog, swap: async (swaps) => {
      if (!raced) {
        raced = true
        lake = real
        await append([[1, 'again'], [3, 'cy']])
      }
      return real.catalog.swap(swaps)
    } } } }
    await erase(1)
    expect([...(await everyVersion()).values()]).toEqual([[[2, 'bo']], [[2, 'bo'], [3, 'cy']]])
  })

  it('leave any history as it would have been without them', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('append' as const), ids: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }) }),
      fc.record({ kind: fc.constant('delete' as const), id: fc.integer({ min: 1, max: 6 }) }),
      fc.record({ kind: fc.constant('compact' as const) }),
    )
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), fc.boolean(), fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }), async (steps, merges, ids) => {
      await open(merges ? { 'write.delete.mode': 'merge-on-read' } : {})
      for (const [i, one] of steps.entries()) {
        if (one.kind === 'append') await append(one.ids.map((id) => [id, `${id} of ${i}`]))
        if (one.kind === 'delete') valueOf(await deleteWhere(work, NAME, `id = ${one.id}`))
        if (one.kind === 'compact') valueOf(await compact(work, NAME, { targetBytes: 1e9, minFiles: 2 }))
      }
      const before = await everyVersion()
      await erase(...ids)
      expect(await everyVersion()).toEqual(new Map([...before].map(([id, rows]) => [id, rows.filter(([key]) => !ids.includes(key))])))
      expect(await objects()).toEqual([...valueOf(await filesReachable(lake, await load())).keys()].toSorted())
    }), { numRuns: 6 })
  })
})

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}
