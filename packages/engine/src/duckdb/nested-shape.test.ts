// The contract: what a file says of its own nested columns decides how they are read, and a file that lies is refused.

import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engineRig, refusalOf, rowsOf } from '../testing.ts'
import type { EngineRig } from '../testing.ts'
import type { EngineProcess, FieldIds, MemberType, RelationFile } from '../types.ts'
import { parquetTree, readShapes } from './nested-shape.ts'

let rig: EngineRig
let worker: EngineProcess
beforeAll(async () => {
  rig = engineRig()
  worker = await rig.process()
})
afterAll(() => rig.close())

const TYPE: MemberType = { type: 'struct', fields: [{ id: 2, name: 'x', type: 'long' }, { id: 3, name: 'y', type: 'string' }] }

async function write(name: string, sql: string, fieldIds: FieldIds): Promise<RelationFile> {
  const path = join(rig.data, `${name}.parquet`)
  const written = await worker.write(sql, { path, fieldIds })
  if (!written.ok) throw new Error(JSON.stringify(written.diagnostics))
  return { path, nested: { 1: TYPE } }
}

const define = (...files: readonly RelationFile[]) => worker.define([{ schema: 's', name: 't', files, columns: [{ name: 's', type: 'struct<x: long, y: string>', fieldId: 1 }] }])

describe('a nested column', () => {
  it('of several files is read from each as that calls it', async () => {
    const files = [
      await write('swapped', "select {'y': 1::int, 'x': 'one'} as s", { s: { __duckdb_field_id: 1, y: 2, x: 3 } }),
      await write('other', "select {'a b': 2::bigint, 'gone': [1]} as other", { other: { __duckdb_field_id: 1, 'a b': 2, gone: 9 } }),
      await write('same', "select {'x': 3::bigint, 'y': 'three'} as s", { s: { __duckdb_field_id: 1, x: 2, y: 3 } }),
      await write('none', "select {'gone': [{'q': 1}]} as s union all select null", { s: { __duckdb_field_id: 1, gone: 9 } }),
      await write('lacking', 'select 1 as other', { other: 8 }),
    ]
    expect((await define(...files)).ok).toBe(true)
    expect((await rowsOf(worker, 'select s from s.t')).map((row) => JSON.stringify(row)).toSorted()).toEqual([
      [null], [null], [{ x: 1, y: 'one' }], [{ x: 2, y: null }], [{ x: 3, y: 'three' }], [{ x: null, y: null }],
    ].map((row) => JSON.stringify(row)).toSorted())
  })

  it('whose members have no ids is read by names', async () => {
    expect((await define(await write('unnumbered', "select {'x': 1::bigint, 'y': 'one'} as s", { s: 1 }))).ok).toBe(true)
    expect(await rowsOf(worker, 'select s from s.t')).toEqual([[{ x: 1, y: 'one' }]])
  })

  it('that is none in the file is refused', async () => {
    const file = await write('flat', 'select 1 as s', { s: 1 })
    const defined = await define(file)
    expect(defined.ok ? await refusalOf(worker, 'select s from s.t') : defined.diagnostics.map(({ code }) => code)).not.toEqual([])
  })

  it('of a file that is not Parquet is refused, and the relations stay as they were', async () => {
    await define(await write('before', "select {'x': 7::bigint, 'y': 'z'} as s", { s: { __duckdb_field_id: 1, x: 2, y: 3 } }))
    writeFileSync(join(rig.data, 'text.parquet'), 'no Parquet at all')
    expect((await define({ path: join(rig.data, 'text.parquet'), nested: { 1: TYPE } })).ok).toBe(false)
    expect(await rowsOf(worker, 'select s from s.t')).toEqual([[{ x: 7, y: 'z' }]])
  })
})

describe('the elements of a file', () => {
  const leaf = (name: string, fieldId?: number) => ({ name, children: 0, ...(fieldId !== undefined && { fieldId }) })

  it.each([
    ['nothing', []], ['fewer than are told of', [{ name: 'root', children: 2 }, leaf('a')]], ['more', [{ name: 'root', children: 1 }, leaf('a'), leaf('b')]],
    ['a negative number', [{ name: 'root', children: -1 }, leaf('a')]],
  ])('are no tree where there are %s', (_, elements) => {
    expect(parquetTree(elements)).toBeUndefined()
  })

  it('may nest deeper than a stack', () => {
    const elements = [{ name: 'root', children: 1 }, { name: 's', fieldId: 1, children: 1 }, ...Array.from({ length: 50_000 }, (_, i) => ({ name: `n${i}`, fieldId: i + 10, children: 1 })), leaf('end')]
    const tree = parquetTree(elements)
    expect(tree === undefined ? [] : Object.keys(readShapes(tree, { 1: TYPE }, String))).toEqual(['1'])
  })

  const inner = (id: number, name: string, type: MemberType): MemberType => ({ type: 'struct', fields: [{ id, name, type }] })
  it.each([
    ['array', inner(2, 'x', inner(3, 'y', 'int')), 'STRUCT("a" STRUCT("b" INTEGER))[]'], ['l_tuple', inner(2, 'x', inner(3, 'y', 'int')), 'STRUCT("a" STRUCT("b" INTEGER))[]'],
    ['list', inner(3, 'y', 'int'), 'STRUCT("b" INTEGER)[]'],
  ])('tell by the name "%s" whether what repeats in a list is its element or holds it', (name, element, expected) => {
    const tree = parquetTree([{ name: 'root', children: 1 }, { name: 'l', fieldId: 1, children: 1, kind: 'list' }, { name, children: 1 }, { name: 'a', fieldId: 2, children: 1 }, leaf('b', 3)])
    expect(tree === undefined ? '' : readShapes(tree, { 1: { type: 'list', element } }, () => 'v')[1]?.type).toBe(expected)
  })
})
