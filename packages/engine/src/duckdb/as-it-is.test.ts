// A single file is read without a map from field ids only where that shows the very same; and a large one by all threads.

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engineRig, rowsOf } from '../testing.ts'
import type { EngineRig } from '../testing.ts'
import type { EngineProcess, FieldIds, Relation, RelationColumn } from '../types.ts'
import { filesToLookInto } from './as-it-is.ts'
import { parquetTree } from './nested-shape.ts'
import type { ParquetElement } from './protocol.ts'
import { relationStatements } from './relations.ts'

let rig: EngineRig
let worker: EngineProcess
beforeAll(async () => {
  rig = engineRig()
  worker = await rig.process({ threads: 2 })
})
afterAll(() => rig.close())

const column = (name: string, type: RelationColumn['type'], fieldId: number): RelationColumn => ({ name, type, fieldId })
const file = (...columns: readonly (readonly [name: string, type: string, fieldId?: number])[]): readonly ParquetElement[] =>
  [{ name: 'schema', children: columns.length }, ...columns.map(([name, type, fieldId]) => ({ name, type, children: 0, ...(fieldId !== undefined && { fieldId }) }))]
const TODAY = [column('id', 'long', 1), column('price', 'decimal(9, 2)', 2), column('name', 'string', 3)]

describe('a file is read as it is', () => {
  it.each<readonly [string, boolean, readonly ParquetElement[], readonly RelationColumn[]]>([
    ['where it has every column by name, type and field id', true, file(['id', 'BIGINT', 1], ['price', 'DECIMAL(9,2)', 2], ['name', 'VARCHAR', 3]), TODAY],
    ['in another order, and with more of them', true, file(['x', 'DATE', 9], ['name', 'VARCHAR', 3], ['price', 'DECIMAL(9,2)', 2], ['id', 'BIGINT', 1]), TODAY],
    ['but not where one has another name', false, file(['id', 'BIGINT', 1], ['cost', 'DECIMAL(9,2)', 2], ['name', 'VARCHAR', 3]), TODAY],
    ['nor another case', false, file(['id', 'BIGINT', 1], ['price', 'DECIMAL(9,2)', 2], ['Name', 'VARCHAR', 3]), TODAY],
    ['nor where one is missing', false, file(['id', 'BIGINT', 1], ['name', 'VARCHAR', 3]), TODAY],
    ['nor where another column has its name', false, file(['id', 'BIGINT', 7], ['price', 'DECIMAL(9,2)', 2], ['name', 'VARCHAR', 3]), TODAY],
    ['nor without field ids', false, file(['id', 'BIGINT'], ['price', 'DECIMAL(9,2)'], ['name', 'VARCHAR']), TODAY],
    ['nor where one is narrower', false, file(['id', 'INTEGER', 1], ['price', 'DECIMAL(9,2)', 2], ['name', 'VARCHAR', 3]), TODAY],
    ['nor where two differ in case alone', false, file(['id', 'BIGINT', 1], ['price', 'DECIMAL(9,2)', 2], ['name', 'VARCHAR', 3], ['NAME', 'VARCHAR', 4]), TODAY],
    ['nor for nested columns', false, file(['id', 'BIGINT', 1]), [column('id', 'long', 1), column('list', { type: 'list', element: 'int' }, 4)]],
  ])('%s', (_, asItIs, elements, columns) => {
    const tree = parquetTree(elements)
    const [, statement] = relationStatements([], [{ schema: 's', name: 't', columns, files: [{ path: '/one.parquet' }] }], { trees: new Map(tree === undefined ? [] : [['/one.parquet', tree]]) })
    expect(statement?.includes(`read_parquet('/one.parquet', hive_partitioning = false)`)).toBe(asItIs)
    expect(statement?.includes('schema = MAP')).toBe(!asItIs)
  })

  it('and is looked into for it, where it is the only one', () => {
    const of = (...paths: readonly string[]): Relation => ({ schema: 's', name: paths.join(''), columns: TODAY, files: paths.map((path) => ({ path })) })
    expect(filesToLookInto([of('/a'), of('/b', '/c'), of('/a'), of()])).toEqual(['/a'])
    expect(filesToLookInto([{ ...of('/b', '/c'), files: [{ path: '/b', nested: {} }, { path: '/c' }] }])).toEqual(['/b'])
  })
})

describe('a single file shows the same either way', () => {
  const MANY = 300_000
  const write = async (name: string, sql: string, fieldIds: FieldIds): Promise<Relation['files'][number]> => {
    const written = await worker.write(sql, { path: join(rig.data, name), fieldIds })
    if (!written.ok) throw new Error(JSON.stringify(written.diagnostics))
    return { path: written.value.path, rows: written.value.rows }
  }
  const shown = async (columns: readonly RelationColumn[], of: Relation['files'][number]): Promise<unknown> => {
    const defined = await worker.define([{ schema: 's', name: 't', columns, files: [of] }])
    if (!defined.ok) throw new Error(JSON.stringify(defined.diagnostics))
    return rowsOf(worker, 'select count(*), min(a), max(a), min(b), max(b), count(b) from s.t')
  }

  it('with names that changed places, which are found by field id', async () => {
    const one = await write('swapped.parquet', `select i::bigint as a, (-i)::bigint as b from range(${MANY}) r(i)`, { a: 1, b: 2 })
    expect(await shown([column('a', 'long', 1), column('b', 'long', 2)], one)).toEqual([[MANY, 0, MANY - 1, 1 - MANY, 0, MANY]])
    expect(await shown([column('b', 'long', 1), column('a', 'long', 2)], one)).toEqual([[MANY, 1 - MANY, 0, 0, MANY - 1, MANY]])
  })

  it('with a name that was dropped and came again, whose old values stay gone', async () => {
    const one = await write('again.parquet', `select i::bigint as a, i::bigint as b from range(${MANY}) r(i)`, { a: 1, b: 2 })
    expect(await shown([column('a', 'long', 1), column('b', 'long', 5)], one)).toEqual([[MANY, 0, MANY - 1, null, null, 0]])
  })

  it('with deleted rows', async () => {
    const one = await write('deleted.parquet', `select i::bigint as a, i::bigint as b from range(${MANY}) r(i)`, { a: 1, b: 2 })
    expect(await shown([column('a', 'long', 1), column('b', 'long', 2)], { ...one, deletedRows: [0, MANY - 1] })).toEqual([[MANY - 2, 1, MANY - 2, 1, MANY - 2, MANY - 2]])
  })

  it('and the empty file beside a large one is seen nowhere', async () => {
    const [, statement] = relationStatements([], [{ schema: 's', name: 't', columns: TODAY, files: [{ path: '/one.parquet', rows: MANY }] }], { trees: new Map(), emptyFile: '/scratch/empty.parquet' })
    expect(statement).toContain(`read_parquet(['/one.parquet', '/scratch/empty.parquet'], schema = MAP`)
    const one = await write('numbered.parquet', `select i::bigint as a from range(${MANY}) r(i)`, { a: 1 })
    const defined = await worker.define([{ schema: 's', name: 't', columns: [column('renamed', 'long', 1)], files: [one], rowNumber: 'n' }])
    expect(defined.ok).toBe(true)
    expect(await rowsOf(worker, 'select count(*), count(n), bool_and(n = renamed) from s.t')).toEqual([[MANY, MANY, true]])
  })
})
