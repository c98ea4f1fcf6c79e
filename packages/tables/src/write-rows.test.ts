// The contract: every row is in exactly one file, in the file of its partition, and the file is described truly.

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '@tulle/kernel'
import type { EngineProcess } from '@tulle/engine'
import { engineRig, rowsOf } from '@tulle/engine/testing'
import type { EngineRig } from '@tulle/engine/testing'
import { createTable, loadTable, memoryCatalog, openLake, tableOf } from '@tulle/lake'
import type { PartitionField, SortOrder, Table } from '@tulle/lake'
import { memoryObjects } from '@tulle/objects'
import { dataFileOf, writeRows } from './write-rows.ts'
import type { RowsToWrite, WrittenRows } from './write-rows.ts'

let rig: EngineRig
let worker: EngineProcess
let plain: Table
beforeAll(async () => {
  rig = engineRig()
  worker = await rig.process()
  const lake = openLake({ catalog: memoryCatalog(), objects: memoryObjects(), clock: systemClock })
  const name = { namespace: 'n', name: 't' }
  const columns = [{ name: 'id', type: 'long' }, { name: 'part0', type: 'string' }, { name: 'at', type: 'timestamp' }, { name: 's', type: { type: 'struct' as const, fields: [{ id: 0, name: 'x"y', required: false, type: 'string' }] } }]
  await createTable(lake, { name, folder: 'f', columns })
  const loaded = await loadTable(lake, name)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.diagnostics))
  plain = loaded.value
})
afterAll(() => rig.close())

const ROWS = `select i::bigint as id, case when i % 5 = 0 then null else 'o''clock/' || (i % 3) end as part0, timestamp '2020-01-01' + interval (i) hour as at, {'x"y': case when i % 2 = 0 then 'even' else '' end} as s from range(100) r(i) -- end`

/** The table with fields ids 1 to 5, partitioned and sorted like this. */
const tableWith = (fields: readonly Omit<PartitionField, 'fieldId' | 'name'>[], sort: SortOrder['fields'] = []): Table => tableOf(plain.name, plain.metadataLocation, {
  ...plain.metadata,
  partitionSpecs: [...plain.metadata.partitionSpecs, { specId: 7, fields: fields.map((field, i) => ({ ...field, fieldId: 1000 + i, name: `p${i}` })) }],
  defaultSpecId: 7,
  sortOrders: [...plain.metadata.sortOrders, { orderId: 3, fields: sort }],
  defaultSortOrderId: sort.length === 0 ? 0 : 3,
}, undefined)

let runs = 0
const write = async (table: Table, more: Partial<RowsToWrite> = {}): Promise<readonly WrittenRows[]> => {
  const written = await writeRows(worker, table, { query: ROWS, folder: rig.data, name: `run${runs++}`, ...more })
  if (!written.ok) throw new Error(JSON.stringify(written.diagnostics))
  return written.value
}
const idsIn = async (written: readonly WrittenRows[], where = 'true'): Promise<readonly unknown[]> => {
  await worker.define([{ schema: 'n', name: 't', files: written.map(({ file }) => ({ path: file.path })), columns: [{ name: 'id', type: 'long', fieldId: 1 }, { name: 'part0', type: 'string', fieldId: 2 }, { name: 'at', type: 'timestamp', fieldId: 3 }] }])
  return (await rowsOf(worker, `select id from n.t where ${where}`)).map(([id]) => id)
}
const ALL = Array.from({ length: 100 }, (_, i) => i)
const sorted = (ids: readonly unknown[]): readonly unknown[] => ids.map(Number).toSorted((a, b) => a - b)

describe('rows of a table', () => {
  it('without partitions are one file in the order of the query', async () => {
    const written = await write(plain)
    expect(written.map(({ file, specId, partition }) => [file.rows, specId, partition])).toEqual([[100, 0, []]])
    expect(await idsIn(written)).toEqual(ALL)
  })

  it('with a sort order are one sorted file that says so', async () => {
    const table = tableWith([], [{ transform: 'identity', sourceIds: [2], direction: 'desc', nullOrder: 'nulls-last' }, { transform: 'identity', sourceIds: [1], direction: 'desc', nullOrder: 'nulls-first' }])
    const written = await write(table)
    expect(written.map(({ sortOrderId }) => sortOrderId)).toEqual([3])
    const ids = await idsIn(written)
    const key = (id: unknown): number => (Number(id) % 5 === 0 ? 3 : 2 - (Number(id) % 3))
    expect(ids).toEqual(ALL.toSorted((a, b) => key(a) - key(b) || b - a))
  })

  it('with partitions are files of one partition each, which the lake reads back as values', async () => {
    const table = tableWith([{ transform: 'identity', sourceIds: [2] }, { transform: 'day', sourceIds: [3] }])
    const written = await write(table)
    expect(sorted(await idsIn(written))).toEqual(ALL)
    for (const rows of written) {
      const { partition, specId, path, rows: count } = dataFileOf(table, rows, 'file:///w/t/data/x.parquet')
      expect([specId, path, count]).toEqual([7, 'file:///w/t/data/x.parquet', rows.file.rows])
      const [text, day] = partition as readonly [string | null, number]
      const label = text === null ? 'part0 is null' : `part0 = '${text.replaceAll("'", "''")}'`
      const all = await idsIn(written, `${label} and "at"::date = date '1970-01-01' + ${day}`)
      expect(sorted(await idsIn([rows]))).toEqual(sorted(all))
    }
    expect(written.some(({ partition }) => partition[0] === null)).toBe(true)
  })

  it('are parted by a field of a struct, and an empty text is not a null', async () => {
    const table = tableWith([{ transform: 'identity', sourceIds: [5] }])
    expect(table.schema.fields[3]).toMatchObject({ type: { fields: [{ id: 5 }] } })
    const written = await write(table)
    expect(written.map((rows) => dataFileOf(table, rows, 'a').partition).toSorted()).toEqual([[''], ['even']])
  })

  it('lie flat in the folder, and those of an earlier try are replaced', async () => {
    const table = tableWith([{ transform: 'bucket[4]', sourceIds: [1] }])
    await write(table, { name: 'again' })
    const written = await write(table, { name: 'again', query: ROWS.replace('range(100)', 'range(50)') })
    expect(sorted(await idsIn(written))).toEqual(ALL.slice(0, 50))
    expect((await readdir(rig.data)).filter((name) => name.startsWith('again')).toSorted()).toEqual(written.map(({ file }) => file.path.slice(join(rig.data, '/').length)).toSorted())
  })

  it('that are none make no file of a partitioned table', async () => {
    expect(await write(tableWith([{ transform: 'month', sourceIds: [3] }]), { query: ROWS.replace('range(100)', 'range(0)') })).toEqual([])
  })

  it('are null where the query lacks the column that they are parted by', async () => {
    const table = tableWith([{ transform: 'year', sourceIds: [3] }])
    const written = await write(table, { fields: plain.schema.fields.slice(0, 2), query: 'select 1::bigint as id, null::varchar as part0' })
    expect(written.map(({ partition }) => partition)).toEqual([[null]])
  })

  it('are not written where nobody knows how to part them', async () => {
    const refused = await writeRows(worker, tableWith([{ transform: 'zorder', sourceIds: [1] }]), { query: ROWS, folder: rig.data, name: 'none' })
    expect(refused.diagnostics.map(({ code }) => code)).toEqual(['transform-unknown'])
  })
})
