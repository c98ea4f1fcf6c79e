// A reader that is not ours (icebird, from npm) finds in our tables, version by version, what is there: partitions, deletes of
// both kinds, and columns that came later. It knows objects by URLs, so this process's fetch answers for the lake's objects.

import { randomUUID } from 'node:crypto'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { icebergRead } from 'icebird'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Result } from '@tulle/kernel'
import { engineRig } from '@tulle/engine/testing'
import type { EngineRig } from '@tulle/engine/testing'
import { commit, createTable, loadTable, memoryCatalog, openLake, parseType, planScan, printMetadata, stageAppend, stageRowDelta, stageSchema } from '@tulle/lake'
import type { Lake, StagedCommit, Table } from '@tulle/lake'
import { memoryObjects } from '@tulle/objects'
import { deleteWhere } from './delete-where.ts'
import type { RowWork } from './row-work.ts'
import { bringHome, writeQuery } from './row-work.ts'

const NAME = { namespace: 'n', name: 't' }
type Row = Readonly<Record<string, unknown>>

let rig: EngineRig
let lake: Lake
let work: RowWork

beforeAll(async () => {
  rig = engineRig()
  lake = openLake({ catalog: memoryCatalog(), objects: memoryObjects() })
  work = { lake, process: await rig.process(), folder: rig.data, place: copied }
  vi.stubGlobal('fetch', fetchObject)
})
afterAll(async () => {
  vi.unstubAllGlobals()
  await rig.close()
})

const ROWS = `SELECT i::bigint AS id, 'name ' || i AS name, DATE '2024-01-01' + i::integer AS day, i % 2 = 0 AS even, i / 2.0 AS half,
  TIMESTAMP '2024-01-01 00:00:00' + INTERVAL (i) HOUR AS at, [i::integer, NULL] AS list, {'x': i::integer} AS struct FROM range($from, $to) r(i)`
const rows = (from: number, to: number): string => ROWS.replace('$from', String(from)).replace('$to', String(to))
const idsOf = (found: readonly Row[]): number[] => found.map((row) => Number(row['id'])).toSorted((a, b) => a - b)
const upTo = (end: number, except: (id: number) => boolean = () => false): number[] => Array.from({ length: end }, (_, i) => i).filter((id) => !except(id))

describe('a reader of others', () => {
  it('finds every row of every version, and none that was deleted', async () => {
    const types = { id: 'long', name: 'string', day: 'date', even: 'boolean', half: 'double', at: 'timestamp', list: 'list<int>', struct: 'struct<x: int>' }
    const columns = Object.entries(types).map(([name, text]) => ({ name, type: valueOf(parseType(text)) }))
    valueOf(await createTable(lake, {
      name: NAME, folder: 'p', columns, properties: { 'write.delete.mode': 'merge-on-read' }, partitioning: [{ source: 'day', transform: 'month' }, { source: 'id', transform: 'bucket[3]' }],
    }))
    await append(rows(0, 60))
    expect(idsOf(await read())).toEqual(upTo(60))
    const [seventh] = (await read()).filter((row) => Number(row['id']) === 7)
    expect(seventh).toEqual({
      id: 7n, name: 'name 7', day: new Date('2024-01-08T00:00:00Z'), even: false, half: 3.5, at: new Date('2024-01-01T07:00:00Z'), list: [7, null], struct: { x: 7 },
    })

    const before = await load()
    valueOf(await deleteWhere(work, NAME, 'id % 10 = 3'))
    expect(idsOf(await read())).toEqual(upTo(60, (id) => id % 10 === 3))
    const deletes = valueOf(await planScan(lake, await load())).files.flatMap((scanned) => scanned.deletes)
    expect([...new Set(deletes.map(({ content }) => content)), deletes.reduce((sum, { rows: count }) => sum + count, 0)]).toEqual(['position-deletes', 6])
    await deleteByEquality([4, 5])
    expect(idsOf(await read())).toEqual(upTo(60, (id) => id % 10 === 3 || id === 4 || id === 5))
    expect(idsOf(await read(before))).toEqual(upTo(60))

    await change(async (table) => valueOf(await stageSchema(lake, table, [...columns, { name: 'note', type: 'string' }])))
    await append(`SELECT *, 'late' AS note FROM (${rows(60, 62)})`)
    expect((await read()).filter((row) => row['note'] === 'late')).toHaveLength(2)
    expect((await read()).filter((row) => row['note'] === undefined)).toHaveLength(52)
  })

  it('would have seen the deleted rows in the files (the control)', async () => {
    const table = await load()
    const live = (await read(table)).length
    const blind = await readWithoutDeletes(table)
    expect(blind - live).toBe(8)
  })
})

async function copied(file: string): Promise<string> {
  const path = join(rig.data, `${randomUUID()}.parquet`)
  await copyFile(file, path)
  return path
}

const load = async (): Promise<Table> => valueOf(await loadTable(lake, NAME))

async function change(stage: (table: Table) => Promise<StagedCommit | undefined>): Promise<void> {
  const staged = await stage(await load())
  if (staged === undefined) throw new Error('nothing changed')
  valueOf(await commit(lake, [staged]))
}

async function append(query: string): Promise<void> {
  await change(async (table) => valueOf(await stageAppend(lake, table, { files: valueOf(await bringHome(work, table, valueOf(await writeQuery(work, table, query)))) })))
}

/** In a spec of its own: an unpartitioned delete holds for the whole table. */
async function deleteByEquality(ids: readonly number[]): Promise<void> {
  await change(async (table) => {
    const path = join(work.folder, 'equality.parquet')
    const { rows: count, bytes } = valueOf(await work.process.write(`SELECT unnest([${ids.join(', ')}])::bigint AS id`, { path, fieldIds: { id: 1 } }))
    const address = valueOf(await lake.objects.adopt(`${valueOf(lake.objects.pathOf(table.location))}/data/equality.parquet`, path))
    const everywhere = { ...table, metadata: { ...table.metadata, partitionSpecs: [...table.metadata.partitionSpecs, { specId: 1, fields: [] }] } }
    return valueOf(await stageRowDelta(lake, everywhere, { deletes: [{ path: address, rows: count, bytes, content: 'equality-deletes', equalityIds: [1], specId: 1 }] }))
  })
}

const metadataFor = (table: Table): object => ({ ...(JSON.parse(printMetadata(table.metadata), exactIds) as object) })

/** Snapshot ids have 63 bits; the reader takes them as they come, and only compares them. */
const exactIds = (key: string, value: unknown, context?: { readonly source?: string }): unknown => (key.endsWith('snapshot-id') && context?.source !== undefined ? BigInt(context.source) : value)

async function read(table?: Table): Promise<readonly Row[]> {
  const metadata = metadataFor(table ?? (await load()))
  return icebergRead({ tableUrl: 'memory:/p', metadata } as unknown as Parameters<typeof icebergRead>[0])
}

async function readWithoutDeletes(table: Table): Promise<number> {
  const first = table.snapshots[0]?.id
  const last = table.snapshots.at(-1)?.summary['added-records']
  const metadata = { ...table.metadata, currentSnapshotId: first } as Table['metadata']
  return (await read({ ...table, metadata })).length + Number(last)
}

async function fetchObject(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const address = decodeURI(typeof input === 'string' ? input : input instanceof URL ? input.href : input.url)
  const bytes = await lake.objects.read(address)
  if (!bytes.ok) return new Response(null, { status: 404 })
  const range = /^bytes=(\d+)-(\d*)$/u.exec(new Headers(init?.headers).get('range') ?? '')
  const part = range === null ? bytes.value : bytes.value.slice(Number(range[1]), range[2] === '' ? undefined : Number(range[2]) + 1)
  return new Response(init?.method === 'HEAD' ? null : Buffer.from(part), { status: range === null ? 200 : 206, headers: { 'content-length': String(part.length) } })
}

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}
