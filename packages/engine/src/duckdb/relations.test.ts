// The contract: a relation shows the columns that it declares, found by field id in files of any age, and nothing else.

import { join } from 'node:path'
import { statSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engineRig, refusalOf, rowsOf } from '../testing.ts'
import type { EngineRig } from '../testing.ts'
import type { EngineProcess, FieldIds, Relation, RelationColumn } from '../types.ts'
import { relationStatements } from './relations.ts'

let rig: EngineRig
let worker: EngineProcess
beforeAll(async () => {
  rig = engineRig()
  worker = await rig.process()
})
afterAll(() => rig.close())

const write = async (name: string, sql: string, fieldIds: FieldIds) => {
  const path = join(rig.data, name)
  const written = await worker.write(sql, { path, fieldIds })
  if (!written.ok) throw new Error(JSON.stringify(written.diagnostics))
  return written.value
}

const define = async (...relations: readonly Relation[]): Promise<void> => {
  const defined = await worker.define(relations)
  if (!defined.ok) throw new Error(JSON.stringify(defined.diagnostics))
}

const column = (name: string, type: RelationColumn['type'], fieldId: number): RelationColumn => ({ name, type, fieldId })

describe('a relation', () => {
  it('reads files from before a rename, a widening and a new column', async () => {
    const old = await write('old.parquet', "select 1::int as a, 'x' as b", { a: 1, b: 2 })
    const young = await write('young.parquet', "select 5000000000::bigint as amount, 'y' as b, date '2020-01-01' as c", { amount: 1, b: 2, c: 3 })
    await define({ schema: 's', name: 't', files: [{ path: old.path }, { path: young.path }], columns: [column('amount', 'long', 1), column('since', 'date', 3), column('b', 'string', 2)] })
    expect(await rowsOf(worker, 'select * from s.t order by amount')).toEqual([[1, null, 'x'], [5_000_000_000, '2020-01-01', 'y']])
  })

  it('does not show a column that it does not declare, whatever the statement', async () => {
    const { path } = await write('hidden.parquet', "select 1 as a, 'secret' as hidden", { a: 1, hidden: 2 })
    await define({ schema: 's', name: 't', files: [{ path }], columns: [column('a', 'int', 1)] })
    expect(await rowsOf(worker, 'select t from s.t')).toEqual([[{ a: 1 }]])
    expect(await refusalOf(worker, 'select hidden from s.t')).toEqual(['engine-undefined-column'])
    expect(await refusalOf(worker, 'select filename, file_row_number from s.t')).toEqual(['engine-undefined-column'])
  })

  it('shows an expression in place of a masked column', async () => {
    const { path } = await write('masked.parquet', "select 'ana@example.org' as email", { email: 1 })
    await define({ schema: 's', name: 't', files: [{ path }], columns: [{ ...column('email', 'string', 1), expression: "regexp_replace(email, '^.*@', '***@') -- masked" }] })
    expect(await rowsOf(worker, 'select * from s.t')).toEqual([['***@example.org']])
  })

  it('without files is empty and typed', async () => {
    await define({ schema: 's', name: 'none', files: [], columns: [column('a', 'decimal(9, 2)', 1), column('b', { type: 'list', element: 'string' }, 2)] })
    expect(await rowsOf(worker, 'select count(*), sum(a) from s.none')).toEqual([[0, null]])
    const prepared = await worker.prepare('select * from s.none')
    expect(prepared.ok && prepared.value.columns.map(({ type }) => type)).toEqual(['DECIMAL(9,2)', 'VARCHAR[]'])
  })

  it('keeps nested types', async () => {
    const { path, columns } = await write('nested.parquet', "select {'x': 1, 'y': ['a']} as s, map {'k': 1.5::double} as m, [1, 2] as l", {
      s: { __duckdb_field_id: 1, x: 2, y: { __duckdb_field_id: 3, element: 4 } }, m: { __duckdb_field_id: 5, key: 6, value: 7 }, l: { __duckdb_field_id: 8, element: 9 },
    })
    expect(columns.map(({ fieldId }) => fieldId).toSorted((a, b) => a - b)).toEqual([2, 4, 6, 7, 9])
    await define({ schema: 's', name: 't', files: [{ path }], columns: [column('s', 'struct<x: long, y: list<string>>', 1), column('m', 'map<string, double>', 5), column('l', 'list<long>', 8)] })
    expect(await rowsOf(worker, 'select s, m, l from s.t')).toEqual([[{ x: 1, y: ['a'] }, { k: 1.5 }, [1, 2]]])
  })

  it('is quoted safely, whatever its names are', async () => {
    const name = `a"b'c; drop schema s; --`
    const { path } = await write('quo\'te.parquet', `select 1 as "${name.replaceAll('"', '""')}"`, { [name]: 1 })
    await define({ schema: name, name, files: [{ path }], columns: [column(name, 'int', 1)] }, { schema: 's', name: 'still', files: [], columns: [column('a', 'int', 1)] })
    const quoted = `"${name.replaceAll('"', '""')}"`
    expect(await rowsOf(worker, `select ${quoted} from ${quoted}.${quoted}`)).toEqual([[1]])
    expect(await rowsOf(worker, 'select count(*) from s.still')).toEqual([[0]])
  })

  it('in the schema main is found without its schema, and leaves it when it goes', async () => {
    await define({ schema: 'main', name: 'loose', files: [], columns: [column('a', 'int', 1)] })
    expect(await rowsOf(worker, 'select count(*) from loose')).toEqual([[0]])
    await define()
    expect(await refusalOf(worker, 'select count(*) from loose')).toEqual(['engine-undefined-table'])
  })
})

describe('defining again', () => {
  it('replaces what was there, all or nothing', async () => {
    await define({ schema: 'a', name: 'x', files: [], columns: [column('a', 'int', 1)] })
    await define({ schema: 'b', name: 'y', files: [], columns: [column('b', 'int', 1)] })
    expect(await refusalOf(worker, 'select * from a.x')).toEqual(['engine-undefined-table'])
    const broken = await worker.define([{ schema: 'c', name: 'z', files: [], columns: [column('b', 'int', 1)] }, { schema: 'c', name: 'broken', files: [{ path: join(rig.data, 'gone.parquet') }], columns: [column('b', 'int', 1)] }])
    expect(broken.ok).toBe(false)
    expect(await rowsOf(worker, 'select count(*) from b.y')).toEqual([[0]])
    expect(await refusalOf(worker, 'select * from c.z')).toEqual(['engine-undefined-table'])
  })

  it('touches only what changed', () => {
    const relation = (name: string, type = 'int'): Relation => ({ schema: 's', name, files: [], columns: [column('a', type, 1)] })
    expect(relationStatements([relation('x'), relation('y')], [relation('x'), relation('y')])).toEqual([])
    expect(relationStatements([relation('x'), relation('y')], [relation('x', 'long')])).toEqual([
      'DROP VIEW "s"."y"',
      'CREATE OR REPLACE VIEW "s"."x" AS SELECT "a" FROM (SELECT CAST(NULL AS BIGINT) AS "a" WHERE false)',
    ])
    expect(relationStatements([relation('x')], [])).toEqual(['DROP VIEW "s"."x"', 'DROP SCHEMA "s"'])
    // Files of other input ports may be in there.
    expect(relationStatements([], [{ ...relation('x'), schema: 'source' }])[0]).toBe('CREATE SCHEMA IF NOT EXISTS "source"')
    expect(relationStatements([{ ...relation('x'), schema: 'source' }], [])).toEqual(['DROP VIEW "source"."x"'])
  })

  it('takes 300 relations in a few seconds, and the same ones again in no time', async () => {
    const { path } = await write('many.parquet', 'select i as a from range(10) t(i)', { a: 1 })
    const relations = Array.from({ length: 300 }, (_, i): Relation => ({ schema: `s${i % 20}`, name: `t${i}`, files: [{ path }], columns: [column('a', 'long', 1)] }))
    await define(...relations)
    const begun = performance.now()
    await define(...relations)
    expect(performance.now() - begun).toBeLessThan(50)
    expect(await rowsOf(worker, 'select count(*) from s19.t299, s0.t0')).toEqual([[100]])
    await define()
  })
})

describe('a written file', () => {
  it('comes with its size, rows and statistics by field id, and belongs to us', async () => {
    const written = await write('stats.parquet', "select case when i > 1 then i end as a, 'n' || i as b, i > 1 as c from range(4) t(i)", { a: 1, b: 2, c: 3 })
    expect(written).toMatchObject({ rows: 4, bytes: statSync(written.path).size })
    expect(written.columns.map(({ bytes, ...rest }) => (bytes > 0 ? rest : bytes))).toEqual([
      { fieldId: 1, values: 4, nulls: 2, min: '2', max: '3' }, { fieldId: 2, values: 4, nulls: 0, min: 'n0', max: 'n3' }, { fieldId: 3, values: 4, nulls: 0, min: '0', max: '1' },
    ])
    expect(statSync(written.path)).toMatchObject({ uid: process.getuid?.(), mode: 0o100644 })
  })

  it('takes parameters, and needs no field ids', async () => {
    const path = join(rig.data, 'plain.parquet')
    const written = await worker.write('select i from range(10) t(i) where i >= $1', { path, fieldIds: {}, parameters: ['7'] })
    expect(written.ok && written.value).toMatchObject({ rows: 3, columns: [] })
  })

  it('is not written outside of what the process was given', async () => {
    expect((await worker.write('select 1', { path: join(rig.outside, 'x.parquet'), fieldIds: {} })).diagnostics.map(({ code }) => code)).toEqual(['engine-denied'])
  })

  it('is not finished by a query that fails', async () => {
    const failed = await worker.write("select ('x' || i)::int as a from range(3) t(i)", { path: join(rig.data, 'failed.parquet'), fieldIds: { a: 1 } })
    expect(failed.diagnostics.map(({ message }) => message)).toEqual(['Could not convert a value to INT32.'])
  })
})
