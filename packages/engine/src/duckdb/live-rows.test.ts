// The contract: what delete files mark is not there, for no statement and no error, and nothing else is gone.

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engineRig, refusalOf, rowsOf } from '../testing.ts'
import type { EngineRig } from '../testing.ts'
import type { EngineProcess, FieldIds, Relation, RelationColumn, RelationFile } from '../types.ts'

let rig: EngineRig
let worker: EngineProcess
let one: string
let two: string
beforeAll(async () => {
  rig = engineRig()
  worker = await rig.process()
  one = await write('one', "select i::int as id, case when i % 3 = 0 then 'x' else i::varchar end as t, case when i = 4 then null else 'n' || i end as n from range(10) r(i)", { id: 1, t: 2, n: 3 })
  // After a rename, a widening and another order.
  two = await write('two', "select 'n' || i as label, i::bigint as id, i::varchar as t from range(10, 20) r(i)", { label: 3, id: 1, t: 2 })
})
afterAll(() => rig.close())

async function write(name: string, sql: string, fieldIds: FieldIds): Promise<string> {
  const path = join(rig.data, `${name}.parquet`)
  const written = await worker.write(sql, { path, fieldIds })
  if (!written.ok) throw new Error(JSON.stringify(written.diagnostics))
  return path
}

const POSITIONS: FieldIds = { file_path: 2_147_483_546, pos: 2_147_483_545 }
const positions = (name: string, rows: readonly (readonly [string | null, number | null])[]): Promise<string> =>
  write(name, `select * from (values ${rows.map(([address, place]) => `(${address === null ? 'null' : `'${address}'`}::varchar, ${place}::bigint)`).join(', ')}) v(file_path, pos)`, POSITIONS)

const COLUMNS: readonly RelationColumn[] = [{ name: 'id', type: 'long', fieldId: 1 }, { name: 't', type: 'string', fieldId: 2 }, { name: 'n', type: 'string', fieldId: 3 }]
const define = async (files: readonly RelationFile[], more: Partial<Relation> = {}): Promise<void> => {
  const defined = await worker.define([{ schema: 's', name: 't', columns: COLUMNS, files, ...more }])
  if (!defined.ok) throw new Error(JSON.stringify(defined.diagnostics))
}
const ids = async (): Promise<readonly unknown[]> => (await rowsOf(worker, 'select id from s.t order by id')).map(([id]) => id)
const without = (...gone: readonly number[]): readonly number[] => Array.from({ length: 20 }, (_, i) => i).filter((id) => !gone.includes(id))

describe('position deletes', () => {
  it('hold for the files that they name by address, and only for files that they are given to', async () => {
    const deletes = await positions('p1', [['file:///w/one', 0], ['/w/one', 9], ['file:///w/two', 0], ['file:///w/other', 5], ['/w/two', 7]])
    await define([{ path: one, addresses: ['file:///w/one', '/w/one'], positionDeletes: [deletes] }, { path: two, addresses: ['file:///w/two'], positionDeletes: [deletes] }])
    expect(await ids()).toEqual(without(0, 9, 10))
    await define([{ path: one, addresses: ['file:///w/one', '/w/one'], positionDeletes: [deletes] }, { path: two, addresses: ['file:///w/two'] }])
    expect(await ids()).toEqual(without(0, 9))
  })

  it('leave the other rows the numbers that they have in their files, for whoever asks by name', async () => {
    const deletes = await positions('p0', [['file:///w/one', 0], ['file:///w/one', 2]])
    await define([{ path: one, addresses: ['file:///w/one'], positionDeletes: [deletes] }, { path: two, deletedRows: [1] }, { path: two }], { rowNumber: 'place' })
    const rows = await rowsOf(worker, 'select id, place from s.t where id < 5 or id between 10 and 12 order by id, place')
    expect(rows).toEqual([[1, 1], [3, 3], [4, 4], [10, 0], [10, 0], [11, 1], [12, 2], [12, 2]])
    await define([], { rowNumber: 'place' })
    expect(await rowsOf(worker, 'select place from s.t')).toEqual([])
    await define([{ path: one, addresses: ['file:///w/one'], positionDeletes: [deletes] }])
    expect(await refusalOf(worker, 'select place from s.t')).toEqual(['engine-undefined-column'])
  })

  it('with nulls, repeats and places beyond the file delete nothing else', async () => {
    const deletes = await positions('p2', [['file:///w/one', null], [null, 3], [null, null], ['file:///w/one', 4], ['file:///w/one', 4], ['file:///w/one', 4000], ['file:///w/one', -1]])
    await define([{ path: one, addresses: ['file:///w/one', '/w/one'], positionDeletes: [deletes] }, { path: two }])
    expect(await ids()).toEqual(without(4))
  })

  it('of several files hold together with rows that a file names itself', async () => {
    const [first, second] = [await positions('p3', [['file:///w/one', 1]]), await positions('p4', [['file:///w/one', 2]])]
    await define([{ path: one, addresses: ['file:///w/one', '/w/one'], positionDeletes: [first, second], deletedRows: [5, 6] }, { path: two, deletedRows: [0, 19] }])
    expect(await ids()).toEqual(without(1, 2, 5, 6, 10))
  })
})

describe('equality deletes', () => {
  it('compare by field id, null with null, and in the type that the column has now', async () => {
    const deletes = await write('e1', "select * from (values (4::int, null::varchar), (7, 'n7'), (8, null), (12, 'n12')) v(id, label)", { id: 1, label: 3 })
    const equalityDeletes = [{ path: deletes, columns: [{ fieldId: 1, type: 'int' }, { fieldId: 3, type: 'string' }] }]
    await define([{ path: one, equalityDeletes }, { path: two, equalityDeletes }])
    expect(await ids()).toEqual(without(4, 7, 12))
  })

  it('hold for the files that they are given to', async () => {
    const deletes = await write('e2', 'select * from (values (5::int), (15::int)) v(id)', { id: 1 })
    await define([{ path: one, equalityDeletes: [{ path: deletes, columns: [{ fieldId: 1, type: 'int' }] }] }, { path: two }])
    expect(await ids()).toEqual(without(5))
  })

  it('by a column that the relation does not show stay hidden, and hold', async () => {
    const deletes = await write('e3', "select 'n3' as n", { n: 3 })
    await define([{ path: one, equalityDeletes: [{ path: deletes, columns: [{ fieldId: 3, type: 'string' }] }] }], { columns: COLUMNS.slice(0, 2) })
    expect(await ids()).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9])
    expect(await rowsOf(worker, 'select t from s.t where id = 1')).toEqual([['1']])
    for (const hidden of ['n', 'c3', 'kept', 'file', 'file_row_number', 'filename']) expect(await refusalOf(worker, `select ${hidden} from s.t`)).toEqual(['engine-undefined-column'])
  })
})

describe('a deleted row', () => {
  const ORACLES = [
    `select count(*) from s.t where left('abc', case when t = 'x' then 9223372036854775807 else 1 end) = 'a'`,
    `select count(*) from s.t where substring('abc', 1, case when t = 'x' then 9223372036854775807 else 1 end) = 'a'`,
    `select count(*) from s.t where t::int >= 0`,
    `select sum(case when t = 'x' then t::int else 1 end) from s.t`,
  ]
  it.each(ORACLES)('is not told of by an error: %s', async (sql) => {
    const deletes = await positions('p5', [0, 3, 6, 9].map((place) => ['file:///w/one', place] as const))
    await define([{ path: one, addresses: ['file:///w/one', '/w/one'], positionDeletes: [deletes] }, { path: two }])
    expect(await refusalOf(worker, sql)).toEqual([])
    // The same statement does fail where the rows are there.
    await define([{ path: one }, { path: two }])
    expect(await refusalOf(worker, sql)).not.toEqual([])
  })

  it('is not seen under a mask either', async () => {
    await define([{ path: one, deletedRows: [0, 1, 2, 3, 4, 5, 6, 7, 8] }], { columns: [{ name: 'id', type: 'long', fieldId: 1 }, { name: 'n', type: 'string', fieldId: 3, expression: `'masked ' || "n"` }] })
    expect(await rowsOf(worker, 'select id, n from s.t')).toEqual([[9, 'masked n9']])
  })
})

describe('a column that a file lacks', () => {
  it('has the value that all rows of the file share, else its default, else null', async () => {
    await define([{ path: one, constants: { 7: '2020-02-03', 8: "o'clock" } }, { path: two }], {
      columns: [{ name: 'id', type: 'long', fieldId: 1 }, { name: 'day', type: 'date', fieldId: 7 }, { name: 'note', type: 'string', fieldId: 8, default: 'none' }, { name: 'more', type: 'int', fieldId: 9 }],
    })
    expect(await rowsOf(worker, 'select * from s.t where id in (1, 11) order by id')).toEqual([[1, '2020-02-03', "o'clock", null], [11, null, 'none', null]])
  })
})

describe('how many rows there are', () => {
  it('is believed for planning, and changes no answer', async () => {
    await define([{ path: one, rows: 10 }, { path: two, rows: 10, deletedRows: [0] }])
    expect(await ids()).toEqual(without(10))
    await define([{ path: one, rows: 1_000_000 }, { path: two, rows: 0 }])
    expect(await ids()).toEqual(without())
  })
})

describe('a source of another shape than the columns', () => {
  it('is read by expressions and shown by none', async () => {
    await define([{ path: one, deletedRows: [0] }, { path: two }], { source: COLUMNS, columns: [{ name: 'old_name', type: 'int', fieldId: 1, expression: '"id"' }] })
    expect(await rowsOf(worker, 'select * from s.t where old_name < 2')).toEqual([[1]])
    expect(await refusalOf(worker, 'select id from s.t')).toEqual(['engine-undefined-column'])
  })
})
