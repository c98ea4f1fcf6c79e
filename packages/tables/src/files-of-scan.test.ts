// The contract: what a scan says is what the engine is told, each object is fetched once, and no delete is lost on the way.

import { describe, expect, it } from 'vitest'
import { systemClock } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { createTable, loadTable, memoryCatalog, openLake, tableOf } from '@tulle/lake'
import type { DataFile, Lake, Scan, ScanFile, Table } from '@tulle/lake'
import { memoryObjects } from '@tulle/objects'
import type { Objects } from '@tulle/objects'
import { filesOfScan, tableRelation } from './relation.ts'

const NAME = { namespace: 'n', name: 't' }
const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.value
}

async function world(): Promise<{ readonly lake: Lake; readonly table: Table; readonly fetched: string[] }> {
  const fetched: string[] = []
  const memory = memoryObjects()
  const objects: Objects = { ...memory, localFile: async (address) => {
    fetched.push(address)
    return { ok: true, diagnostics: [], value: address.replace('file:///w', '/local') }
  } }
  const lake = openLake({ catalog: memoryCatalog(), objects, clock: systemClock })
  valueOf(await createTable(lake, { name: NAME, folder: 'f', columns: [{ name: 'id', type: 'long' }, { name: 'day', type: 'date' }, { name: 'tags', type: { type: 'list', elementId: 0, element: 'string', elementRequired: false } }] }))
  return { lake, table: valueOf(await loadTable(lake, NAME)), fetched }
}

const file = (path: string, more: Partial<DataFile> = {}): DataFile => ({ path, rows: 10, bytes: 100, ...more })
const scanOf = (table: Table, ...files: readonly ScanFile[]): Scan => ({ snapshot: undefined, schema: table.schema, files, skipped: { files: 0, bytes: 0 } })

describe('a scan as a relation', () => {
  it('has the columns of its schema and local files, each fetched and placed once', async () => {
    const { lake, table, fetched } = await world()
    const deletes = [file('file:///w/p.parquet', { content: 'position-deletes' }), file('file:///w/e.parquet', { content: 'equality-deletes', equalityIds: [1] })]
    const placed: string[] = []
    const relation = valueOf(await tableRelation(lake, table, scanOf(table, { file: file('file:///w/a.parquet'), sequenceNumber: 1, deletes }, { file: file('s3a://b/b.parquet'), sequenceNumber: 1, deletes: deletes.slice(0, 1) }), {
      place: async (path) => {
        placed.push(path)
        return `${path}!`
      },
    }))
    expect(relation.columns.map(({ name, fieldId }) => [name, fieldId])).toEqual([['id', 1], ['day', 2], ['tags', 3]])
    expect(relation.files).toEqual([
      { path: '/local/a.parquet!', rows: 10, addresses: ['file:///w/a.parquet', 'file:/w/a.parquet', '/w/a.parquet'], positionDeletes: ['/local/p.parquet!'], equalityDeletes: [{ path: '/local/e.parquet!', columns: [{ fieldId: 1, type: 'long' }] }] },
      { path: 's3a://b/b.parquet!', rows: 10, addresses: ['s3://b/b.parquet', 's3a://b/b.parquet', 's3n://b/b.parquet'], positionDeletes: ['/local/p.parquet!'] },
    ])
    expect(fetched).toHaveLength(4)
    expect(placed).toHaveLength(4)
  })

  it('gives values of identity partitions to files that have no statistics of the column, and to no other', async () => {
    const { lake, table } = await world()
    const parted = tableOf(NAME, table.metadataLocation, { ...table.metadata, partitionSpecs: [{ specId: 4, fields: [{ name: 'day', transform: 'identity', sourceIds: [2], fieldId: 1000 }, { name: 'b', transform: 'bucket[4]', sourceIds: [1], fieldId: 1001 }] }], defaultSpecId: 4 }, undefined)
    const files = valueOf(await filesOfScan(lake, parted, scanOf(parted,
      { file: file('file:///w/a', { specId: 4, partition: [18_262, 3] }), sequenceNumber: 1, deletes: [] },
      { file: file('file:///w/b', { specId: 4, partition: [18_262, 3], valueCounts: new Map([[2, 10]]) }), sequenceNumber: 1, deletes: [] },
      { file: file('file:///w/c', { specId: 4, partition: [null, 3] }), sequenceNumber: 1, deletes: [] })))
    expect(files).toEqual([{ path: '/local/a', rows: 10, constants: { 2: '2020-01-01' } }, { path: '/local/b', rows: 10 }, { path: '/local/c', rows: 10 }])
  })

  it.each([
    ['no schema has', [99]],
    ['is a list', [3]],
    ['is missing', []],
  ])('is refused where the column of an equality delete %s', async (_, equalityIds) => {
    const { lake, table } = await world()
    const read = await filesOfScan(lake, table, scanOf(table, { file: file('file:///w/a'), sequenceNumber: 1, deletes: [file('file:///w/e', { content: 'equality-deletes', equalityIds })] }))
    expect(read.diagnostics.map(({ code }) => code)).toEqual(['equality-column-unknown'])
  })

  it('is refused where a deletion vector is damaged or too large, never read without it', async () => {
    const { lake, table } = await world()
    const path = valueOf(await lake.objects.create('f/v.puffin', Buffer.from('not a vector at all')))
    const reading = async (rows: number): Promise<readonly string[]> =>
      (await filesOfScan(lake, table, scanOf(table, { file: file('file:///w/a'), sequenceNumber: 1, deletes: [file(path, { content: 'position-deletes', rows, vector: { offset: 0, bytes: 19 } })] }))).diagnostics.map(({ code }) => code)
    expect(await reading(3)).toEqual(['deletion-vector-invalid'])
    expect(await reading(3_000_000)).toEqual(['too-many-deleted-rows'])
  })
})
