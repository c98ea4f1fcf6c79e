// How a table's partitioning, sort order and identifiers are declared, and what becomes of them as the table changes.

import type { Result } from '@tulle/kernel'
import { memoryObjects } from '@tulle/objects'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Column, FieldType, Lake, Table } from './types.ts'
import { createTable } from './create-table.ts'
import { memoryCatalog } from './memory-catalog.ts'
import type { NewTable } from './stage-create.ts'
import { newDataPath } from './new-data-path.ts'
import { openLake } from './open-lake.ts'
import type { PartitionBy, SortBy } from './partitioning.ts'
import { planScan } from './scan.ts'
import { stageAppend } from './stage-snapshot.ts'
import { stagePartitioning, stageSortOrder } from './stage-partitioning.ts'
import { stageSchema } from './stage-schema.ts'

const nested: FieldType = { type: 'struct', fields: [{ id: 0, name: 'city', required: true, type: 'string' }, { id: 0, name: 'codes', required: false, type: { type: 'list', elementId: 0, element: 'int', elementRequired: false } }] }
const COLUMNS: readonly Column[] = [
  { name: 'id', type: 'long', required: true }, { name: 'at', type: 'timestamp' }, { name: 'amount', type: 'decimal(9, 2)' }, { name: 'place', type: nested, required: true }, { name: 'ratio', type: 'double', required: true },
]
let lake: Lake
beforeEach(() => {
  lake = openLake({ catalog: memoryCatalog(), objects: memoryObjects() })
})
const create = (more: Partial<NewTable> = {}): Promise<Result<Table>> => createTable(lake, { name: { namespace: 'n', name: 't' }, folder: 'p', columns: COLUMNS, ...more })
const specsOf = (table: Table): unknown => table.metadata.partitionSpecs.map((s) => [s.specId, ...s.fields.map((f) => `${f.fieldId} ${f.name}=${f.transform}(${f.sourceIds.join()})`)])

describe('partitioning', () => {
  const staged = async (table: Table, fields: readonly PartitionBy[]): Promise<Table> => valueOf(await stagePartitioning(lake, table, fields))?.table ?? table

  it('of a new table names its columns, nested ones with dots', async () => {
    const table = valueOf(await create({ partitioning: [{ source: 'at', transform: 'DAY' }, { source: 'place.city', transform: 'truncate[3]' }, { source: 'id', transform: 'bucket[16]', name: 'shard' }] }))
    expect(specsOf(table)).toEqual([[0, '1000 at_day=day(2)', '1001 place.city_trunc=truncate[3](6)', '1002 shard=bucket[16](1)']])
    expect([table.metadata.defaultSpecId, table.metadata.lastPartitionId]).toEqual([0, 1002])
  })

  it('evolves: an equal field keeps its id, a new one gets the next, and an equal spec is taken again', async () => {
    const created = valueOf(await create({ partitioning: [{ source: 'at', transform: 'month' }] }))
    const finer = await staged(created, [{ source: 'at', transform: 'day' }, { source: 'id', transform: 'bucket[4]' }])
    const both = await staged(finer, [{ source: 'id', transform: 'bucket[4]' }, { source: 'at', transform: 'month' }])
    const back = await staged(both, [{ source: 'at', transform: 'month' }])
    expect(specsOf(back)).toEqual([
      [0, '1000 at_month=month(2)'], [1, '1001 at_day=day(2)', '1002 id_bucket=bucket[4](1)'], [2, '1002 id_bucket=bucket[4](1)', '1000 at_month=month(2)'],
    ])
    expect([finer, both, back].map((t) => [t.metadata.defaultSpecId, t.metadata.lastPartitionId])).toEqual([[1, 1002], [2, 1002], [0, 1002]])
    expect(valueOf(await stagePartitioning(lake, back, [{ source: 'at', transform: 'month' }]))).toBeUndefined()
    expect(specsOf(await staged(back, []))).toContainEqual([3])
  })

  it('that evolved is planned file by file, each by its own spec', async () => {
    let table = valueOf(await create())
    const add = async (partition?: readonly (bigint | number)[]): Promise<void> => {
      const file = { path: lake.objects.address(newDataPath(lake, table)), rows: 1, bytes: 1, ...(partition !== undefined && { partition }) }
      table = valueOf(await stageAppend(lake, table, { files: [file] })).table
    }
    await add()
    table = await staged(table, [{ source: 'id', transform: 'identity' }])
    await add([1n])
    await add([2n])
    table = await staged(table, [{ source: 'id', transform: 'truncate[10]' }])
    await add([0n])
    await add([10n])
    const scan = valueOf(await planScan(lake, table, { filter: { kind: 'compare', fieldId: 1, operator: '=', value: 2n } }))
    expect(scan.files.map(({ file }) => [file.specId, file.partition]).toSorted()).toEqual([[0, undefined], [1, [2n]], [2, [0n]]])
  })

  it.each<readonly [what: string, fields: readonly PartitionBy[], codes: readonly string[]]>([
    ['an unknown column', [{ source: 'nowhere', transform: 'identity' }], ['column-missing']],
    ['an element of a list', [{ source: 'place.codes.element', transform: 'identity' }], ['column-missing']],
    ['a struct', [{ source: 'place', transform: 'identity' }], ['transform-not-for-type']],
    ['an unknown transform, and one that the type does not take', [{ source: 'id', transform: 'hilbert' }, { source: 'ratio', transform: 'bucket[3]' }], ['unknown-transform', 'transform-not-for-type']],
    ['the name of another column', [{ source: 'at', transform: 'day', name: 'id' }], ['partition-name-taken']],
    ['a name twice', [{ source: 'at', transform: 'day', name: 'x' }, { source: 'id', transform: 'bucket[2]', name: 'x' }], ['partition-name-taken']],
    ['two units of one time', [{ source: 'at', transform: 'day' }, { source: 'at', transform: 'month' }], ['partition-redundant']],
  ])('by %s is refused', async (_, fields, codes) => {
    expect((await create({ partitioning: fields })).diagnostics.map((d) => d.code)).toEqual(codes)
    const table = valueOf(await create())
    expect((await stagePartitioning(lake, table, fields)).diagnostics.map((d) => d.code)).toEqual(codes)
  })

  it('holds on to its columns', async () => {
    const table = valueOf(await create({ partitioning: [{ source: 'place.city', transform: 'identity' }] }))
    const rest = COLUMNS.filter((c) => c.name !== 'place')
    expect(await stageSchema(lake, table, rest)).toMatchObject({ ok: false, diagnostics: [{ code: 'column-in-use', message: 'The column "place.city" cannot be dropped: the table\'s partitioning is made from it.' }] })
    const free = await staged(table, [])
    expect((await stageSchema(lake, free, rest)).ok).toBe(true)
  })
})

describe('a sort order', () => {
  it('puts nulls first where it ascends and last where it descends, unless told', async () => {
    const sortOrder: readonly SortBy[] = [{ source: 'id' }, { source: 'at', transform: 'day', direction: 'desc' }, { source: 'amount', nullOrder: 'nulls-last' }]
    const table = valueOf(await create({ sortOrder }))
    expect(table.metadata.defaultSortOrderId).toBe(1)
    expect(table.metadata.sortOrders).toEqual([{ orderId: 0, fields: [] }, { orderId: 1, fields: [
      { transform: 'identity', sourceIds: [1], direction: 'asc', nullOrder: 'nulls-first' }, { transform: 'day', sourceIds: [2], direction: 'desc', nullOrder: 'nulls-last' },
      { transform: 'identity', sourceIds: [3], direction: 'asc', nullOrder: 'nulls-last' },
    ] }])
    expect(valueOf(await stageSortOrder(lake, table, sortOrder))).toBeUndefined()
  })

  it('changes, is taken up again, and none is always number 0', async () => {
    const table = valueOf(await create({ sortOrder: [{ source: 'id' }] }))
    const other = valueOf(await stageSortOrder(lake, table, [{ source: 'at' }]))?.table ?? table
    const none = valueOf(await stageSortOrder(lake, other, []))?.table ?? table
    const again = valueOf(await stageSortOrder(lake, none, [{ source: 'id' }]))?.table ?? table
    expect([table, other, none, again].map((t) => t.metadata.defaultSortOrderId)).toEqual([1, 2, 0, 1])
    expect(again.metadata.sortOrders.map((o) => o.orderId)).toEqual([0, 1, 2])
  })

  it('of an unknown column is refused', async () => {
    expect(await create({ sortOrder: [{ source: 'idd' }] })).toMatchObject({ ok: false, diagnostics: [{ code: 'column-missing', message: 'The table has no column "idd". Did you mean "id"?' }] })
  })
})

describe('identifiers', () => {
  it('are kept by id, through a rename and a new order', async () => {
    const table = valueOf(await create({ identifiers: ['id', 'place.city'] }))
    expect(table.schema.identifierFieldIds).toEqual([1, 6])
    const [id, ...rest] = COLUMNS
    const renamed = valueOf(await stageSchema(lake, table, [...rest, { ...id, name: 'key', type: 'long', renamedFrom: 'id' }]))
    expect(renamed?.table.schema.identifierFieldIds).toEqual([1, 6])
    expect(valueOf(await stageSchema(lake, table, COLUMNS, []))?.table.schema.identifierFieldIds).toEqual([])
    expect(valueOf(await stageSchema(lake, table, COLUMNS))).toBeUndefined()
  })

  it.each([
    ['at', '"at" cannot identify rows: "at" is optional.'], ['ratio', '"ratio" cannot identify rows: it is double.'],
    ['place', '"place" cannot identify rows: it has fields of its own.'], ['place.codes.element', '"place.codes.element" cannot identify rows: it lies in a list or map.'],
    ['none', 'The table has no column "none".'],
  ])('may not be %s', async (path, message) => {
    expect(await create({ identifiers: [path] })).toMatchObject({ ok: false, diagnostics: [{ message }] })
  })

  it('stay required', async () => {
    const table = valueOf(await create({ identifiers: ['id'] }))
    expect(await stageSchema(lake, table, COLUMNS.map((c) => ({ ...c, required: c.name !== 'id' && (c.required ?? false) })))).toMatchObject({ ok: false, diagnostics: [{ code: 'identifier-forbidden' }] })
  })
})

describe('a schema', () => {
  it('changes inside a struct: fields are added, dropped, renamed, widened, moved, documented and made optional, by id', async () => {
    const struct = (fields: readonly object[]): FieldType => ({ type: 'struct', fields: fields.map((f) => ({ id: 0, required: false, ...f })) as never })
    const table = valueOf(await create({ columns: [{ name: 's', type: struct([{ name: 'a', type: 'int', required: true }, { name: 'b', type: 'float' }, { name: 'c', type: 'string' }]) }] }))
    const next = valueOf(await stageSchema(lake, table, [{ name: 's', type: struct([
      { name: 'd', type: 'date' }, { name: 'b2', renamedFrom: 'b', type: 'double', doc: 'a ratio' }, { name: 'a', type: 'long' },
    ]) }]))
    expect(next?.table.schema.fields[0]?.type).toEqual({ type: 'struct', fields: [
      { id: 5, name: 'd', required: false, type: 'date' }, { id: 3, name: 'b2', required: false, type: 'double', doc: 'a ratio' }, { id: 2, name: 'a', required: false, type: 'long' },
    ] })
  })
})

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}
