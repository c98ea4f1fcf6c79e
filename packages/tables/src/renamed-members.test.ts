// The contract: members of nested columns are found by field id in files of any age, at every version of the table. The
// model keeps each row by field ids and never looks at a file.

import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Result } from '@tulle/kernel'
import { duckdbTypeOf } from '@tulle/engine'
import type { EngineProcess, Relation } from '@tulle/engine'
import { engineRig, rowsOf } from '@tulle/engine/testing'
import type { EngineRig } from '@tulle/engine/testing'
import { commit, createTable, loadTable, memoryCatalog, newDataPath, openLake, parseType, planScan, stageAppend, stageRowDelta, stageSchema, tableOf } from '@tulle/lake'
import type { Field, FieldType, Lake, Schema, Table } from '@tulle/lake'
import { memoryObjects } from '@tulle/objects'
import { compact } from './compact.ts'
import { tableRelation } from './relation.ts'
import { renamedMembers } from './renamed-members.ts'
import type { RowWork } from './row-work.ts'
import { bringHome, writeQuery } from './row-work.ts'

const NAME = { namespace: 'n', name: 't' }
/** By field id where a struct has members, by key where a map has entries. */
type Value = null | number | string | readonly Value[] | ReadonlyMap<number | string, Value>

let rig: EngineRig
let worker: EngineProcess
let lake: Lake
let work: RowWork
let rows: Map<number, Value>[] = []
let placed = 0
let counter = 0

beforeAll(async () => {
  rig = engineRig()
  worker = await rig.process()
})
afterAll(() => rig.close())
beforeEach(() => open())

async function open(): Promise<void> {
  lake = openLake({ catalog: memoryCatalog(), objects: memoryObjects() })
  work = { lake, process: worker, folder: rig.data, place: async (file) => {
    const path = join(rig.data, `nested-${placed++}.parquet`)
    await copyFile(file, path)
    return path
  } }
  rows = []
  counter = 0
  const columns = [['id', 'long'], ['s', 'struct<a: int, b: string, f: float, inner: struct<p: int, q: string>>'], ['l', 'list<struct<a: int, b: string>>'], ['m', 'map<string, struct<a: int, b: float, c: list<struct<a: int, b: int>>>>']] as const
  valueOf(await createTable(lake, { name: NAME, folder: 'p', columns: columns.map(([name, type]) => ({ name, type: valueOf(parseType(type)) })) }))
}

const load = async (): Promise<Table> => valueOf(await loadTable(lake, NAME))

/** Another value each time, with nulls at every depth. */
function invent(type: FieldType): Value {
  counter += 1
  if (counter % 7 === 0) return null
  if (typeof type === 'string') return type === 'string' ? `t${counter}` : counter
  switch (type.type) {
    case 'struct':
      return new Map(type.fields.map((field) => [field.id, invent(field.type)]))
    case 'list':
      return Array.from({ length: counter % 4 }, () => invent(type.element))
    case 'map':
      return new Map(Array.from({ length: counter % 3 }, (_, i) => [`k${i}`, invent(type.value)]))
  }
}

function literal(type: FieldType, value: Value): string {
  const text = value === null ? 'NULL' : typeof type === 'string' ? `'${String(value)}'`
    : type.type === 'struct' ? `struct_pack(${type.fields.map((field) => `"${field.name}" := ${literal(field.type, (value as ReadonlyMap<number, Value>).get(field.id) ?? null)}`).join(', ')})`
      : type.type === 'list' ? `[${(value as readonly Value[]).map((one) => literal(type.element, one)).join(', ')}]`
        : `map([${[...(value as ReadonlyMap<string, Value>).keys()].map((key) => `'${key}'`).join(', ')}], [${[...(value as ReadonlyMap<string, Value>).values()].map((one) => literal(type.value, one)).join(', ')}])`
  return `CAST(${text} AS ${duckdbTypeOf(type)})`
}

/** A value under a schema's names. */
function shown(type: FieldType, value: Value | undefined): unknown {
  if (value === null || value === undefined || typeof type === 'string') return value ?? null
  switch (type.type) {
    case 'struct':
      return Object.fromEntries(type.fields.map((field) => [field.name, shown(field.type, (value as ReadonlyMap<number, Value>).get(field.id))]))
    case 'list':
      return (value as readonly Value[]).map((one) => shown(type.element, one))
    case 'map':
      return Object.fromEntries([...(value as ReadonlyMap<string, Value>)].map(([key, one]) => [key, shown(type.value, one)]))
  }
}
const expected = ({ fields }: Schema, of: readonly ReadonlyMap<number, Value>[] = rows): unknown => of.map((row) => fields.map(({ id, type }) => shown(type, row.get(id)))).toSorted(byId)
const byId = (a: readonly unknown[], b: readonly unknown[]): number => Number(a[0]) - Number(b[0])

async function append(count = 6): Promise<void> {
  const table = await load()
  const added = Array.from({ length: count }, (_, i) => new Map(table.schema.fields.map((field): [number, Value] => [field.id, field.name === 'id' ? rows.length + i : invent(field.type)])))
  const query = added.map((row) => `SELECT ${table.schema.fields.map(({ id, name, type }) => `${literal(type, row.get(id) ?? null)} AS "${name}"`).join(', ')}`).join(' UNION ALL ')
  const files = valueOf(await bringHome(work, table, valueOf(await writeQuery(work, table, query))))
  valueOf(await commit(lake, [valueOf(await stageAppend(lake, table, { files }))]))
  rows = [...rows, ...added]
}

/** Deletes the second row of the first file by its position. */
async function deleteByPosition(): Promise<void> {
  const table = await load()
  const [first] = valueOf(await planScan(lake, table)).files.toSorted((a, b) => a.sequenceNumber - b.sequenceNumber)
  const path = join(rig.data, `deletes-${placed++}.parquet`)
  valueOf(await worker.write(`SELECT '${first?.file.path}'::varchar AS file_path, 1::bigint AS pos`, { path, fieldIds: { file_path: 2_147_483_546, pos: 2_147_483_545 } }))
  const address = valueOf(await lake.objects.adopt(newDataPath(lake, table), path))
  valueOf(await commit(lake, [valueOf(await stageRowDelta(lake, table, { deletes: [{ path: address, rows: 1, bytes: 500, content: 'position-deletes', ...(first?.file.specId !== undefined && { specId: first.file.specId }) }] }))]))
  rows = rows.filter((_, i) => i !== 1)
}

/** Puts other members into the struct at a path, through lists and maps: `s`, `s.inner`, `l`, `m`, `m.c`. */
async function evolve(path: string, change: (members: readonly Field[]) => readonly Field[]): Promise<void> {
  const table = await load()
  const inside = (type: FieldType, names: readonly string[]): FieldType => {
    if (typeof type === 'string') return type
    if (type.type === 'list') return { ...type, element: inside(type.element, names) }
    if (type.type === 'map') return { ...type, value: inside(type.value, names) }
    const [name, ...more] = names
    return { ...type, fields: name === undefined ? change(type.fields) : type.fields.map((field) => (field.name === name ? { ...field, type: inside(field.type, more) } : field)) }
  }
  const [column, ...names] = path.split('.')
  const staged = valueOf(await stageSchema(lake, table, table.schema.fields.map((field) => ({ name: field.name, type: field.name === column ? inside(field.type, names) : field.type }))))
  if (staged !== undefined) valueOf(await commit(lake, [staged]))
}
const rename = (from: string, to: string) => (members: readonly Field[]): readonly Field[] => members.map((one) => (one.name === from ? { ...one, name: to, renamedFrom: from } : one))
const drop = (name: string) => (members: readonly Field[]): readonly Field[] => members.filter((one) => one.name !== name)
const add = (name: string, type: string) => (members: readonly Field[]): readonly Field[] => [{ id: 0, name, required: false, type }, ...members]
const widen = (members: readonly Field[]): readonly Field[] => members.map((one) => ({ ...one, type: one.type === 'int' ? 'long' : one.type === 'float' ? 'double' : one.type }))
const reverse = (members: readonly Field[]): readonly Field[] => members.toReversed()

async function relation(snapshotId?: string): Promise<Relation> {
  const table = await load()
  const scan = valueOf(await planScan(lake, table, snapshotId === undefined ? {} : { snapshotId }))
  return valueOf(await tableRelation(lake, table, scan, { place: work.place }))
}
async function read(shape: Relation): Promise<unknown> {
  valueOf(await worker.define([shape]))
  return (await rowsOf(worker, 'SELECT * FROM n.t')).toSorted(byId)
}
const withoutIds = (shape: Relation): Relation => ({ ...shape, files: shape.files.map((file) => ({ ...file, nested: {} })) })

const CHANGES: readonly (readonly [string, string, readonly ((members: readonly Field[]) => readonly Field[])[]])[] = [
  ['renamed in a struct', 's', [rename('a', 'z')]],
  ['renamed in a struct of a struct', 's.inner', [rename('q', 'Q2')]],
  ['renamed itself, a struct', 's', [rename('inner', 'outer')]],
  ['renamed in a list', 'l', [rename('a', 'z')]],
  ['renamed in a map', 'm', [rename('b', 'z'), widen]],
  ['renamed in a list of a map', 'm.c', [rename('a', 'z')]],
  ['dropped and added again', 'l', [drop('b'), add('b', 'string')]],
  ['dropped and added again as another type', 's', [drop('b'), add('B', 'double')]],
  ['renamed to what another was called', 'm', [rename('a', 'old'), rename('c', 'a'), reverse]],
  ['replaced by others, all of them', 's.inner', [add('new', 'int'), drop('p'), drop('q')]],
  ['replaced by others, all of a list', 'l', [add('new', 'string'), drop('a'), drop('b')]],
]

describe('a member of a nested column', () => {
  it.each(CHANGES)('%s, is found in files from before and after, with deletes, and as it was at older versions', async (_, path, changes) => {
    const versions: { readonly snapshot: string; readonly rows: unknown }[] = []
    const note = async (): Promise<void> => {
      const table = await load()
      versions.push({ snapshot: table.currentSnapshot?.id ?? '', rows: expected(table.schema) })
    }
    await append()
    await note()
    for (const change of changes) {
      await evolve(path, change)
      await append()
      await note()
    }
    await deleteByPosition()
    await note()
    for (const version of versions) expect(await read(await relation(version.snapshot))).toEqual(version.rows)
    const now = await relation()
    // The control: found by name, the rows are wrong, or the engine refuses.
    const named = await read(withoutIds(now)).catch(() => 'refused')
    expect(named).not.toEqual(versions.at(-1)?.rows)
    // Rewritten, the files are as the table is.
    valueOf(await compact(work, NAME, { targetBytes: 1_000_000 }))
    expect(await read(await relation())).toEqual(versions.at(-1)?.rows)
  })

  it('is right after any changes', async () => {
    const path = fc.constantFrom('s', 's.inner', 'l', 'm', 'm.c')
    const name = fc.constantFrom('a', 'b', 'p', 'q', 'f')
    const change = fc.oneof(
      fc.tuple(name, name).map(([from, to]) => (members: readonly Field[]) => (members.some((one) => one.name === to) ? members : rename(from, to)(members))),
      name.map((gone) => (members: readonly Field[]) => (members.length > 1 ? drop(gone)(members) : members)),
      fc.tuple(name, fc.constantFrom('int', 'string')).map(([fresh, type]) => (members: readonly Field[]) => (members.some((one) => one.name === fresh) ? members : add(fresh, type)(members))),
      fc.constantFrom(widen, reverse),
    )
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(path, change), { minLength: 2, maxLength: 7 }), async (steps) => {
      await open()
      await append(3)
      for (const [where, how] of steps) {
        await evolve(where, how)
        await append(3)
      }
      expect(await read(await relation())).toEqual(expected((await load()).schema))
    }), { numRuns: 12 })
  }, 60_000)
})

describe('files are not asked', () => {
  it.each([['added', [add('n', 'int')]], ['dropped', [drop('b')]], ['widened and put elsewhere', [widen, reverse]]])('where a member was only %s', async (_, changes) => {
    await append()
    for (const change of changes) await evolve('s', change)
    await append()
    const shape = await relation()
    expect(shape.files.map(({ nested }) => nested)).toEqual([undefined, undefined])
    expect(await read(shape)).toEqual(expected((await load()).schema))
  })

  it('but are where a schema of the past is gone, where version 1 kept none, and where writers spell a name their own way', async () => {
    const table = await load()
    expect(renamedMembers(table, table.schema)).toBeUndefined()
    const asking = [{ schemas: [{ ...table.schema, schemaId: 1 }], currentSchemaId: 1 }, { formatVersion: 1 as const }].map((change) => tableOf(NAME, table.metadataLocation, { ...table.metadata, ...change }, undefined))
    for (const one of asking) expect(Object.keys(renamedMembers(one, one.schema) ?? {})).toEqual(table.schema.fields.slice(1).map(({ id }) => String(id)))
    await evolve('l', rename('a', 'a b'))
    const spaced = await load()
    const only = tableOf(NAME, table.metadataLocation, { ...spaced.metadata, schemas: [{ ...spaced.schema, schemaId: 0 }], currentSchemaId: 0 }, undefined)
    expect(Object.keys(renamedMembers(only, only.schema) ?? {})).toEqual([String(table.schema.fields[2]?.id)])
  })
})

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}
