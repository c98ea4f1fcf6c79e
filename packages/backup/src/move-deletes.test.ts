// A table whose rows are deleted by position, restored under another address: the delete files name its data files where they
// are now, and the same rows are gone, for any reader.

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EngineProcess, FieldIds, Relation } from '@tulle/engine'
import type { EngineRig } from '@tulle/engine/testing'
import { engineRig, rowsOf } from '@tulle/engine/testing'
import type { DataFile, Lake, Table } from '@tulle/lake'
import { commit, createTable, loadTable, memoryCatalog, newDataPath, openLake, planScan, stageAppend, stageRowDelta } from '@tulle/lake'
import { localObjects } from '@tulle/objects'
import { valueOf } from '@tulle/store/testing'
import type { BackupRig } from './testing/backup-rig.ts'
import { backupRig } from './testing/backup-rig.ts'

const NAME = { namespace: 'sales', name: 'marked' }
const DELETES = { file_path: 2_147_483_546, pos: 2_147_483_545 }
let rig: BackupRig
let engines: EngineRig
let worker: EngineProcess
beforeAll(async () => {
  rig = await backupRig()
  engines = engineRig()
  worker = await engines.process()
  valueOf(await createTable(rig.lake, { name: NAME, folder: 'p1', columns: [{ name: 'id', type: 'long' }] }))
  const data = [await write('select i::bigint as id from range(0, 10) r(i)', { id: 1 }), await write('select i::bigint as id from range(10, 20) r(i)', { id: 1 })]
  await change((table) => stageAppend(rig.lake, table, { files: data }))
})
afterAll(async () => {
  await engines?.close()
  await rig?.[Symbol.asyncDispose]()
})

const change = async (stage: (table: Table) => ReturnType<typeof stageAppend>): Promise<void> => {
  valueOf(await commit(rig.lake, [valueOf(await stage(valueOf(await loadTable(rig.lake, NAME))))]))
}
let written = 0
async function write(sql: string, fieldIds: FieldIds): Promise<DataFile> {
  written += 1
  const file = valueOf(await worker.write(sql, { path: join(engines.data, `${written}.parquet`), fieldIds }))
  const table = valueOf(await loadTable(rig.lake, NAME))
  return { path: valueOf(await rig.lake.objects.adopt(newDataPath(rig.lake, table), file.path)), rows: file.rows, bytes: file.bytes }
}
const dataFiles = async (lake: Lake) => valueOf(await planScan(lake, valueOf(await loadTable(lake, NAME)))).files
const local = (address: string): string => address.replace(/^file:\/\//u, '')

/** The rows as a reader sees them who knows files by the addresses in the metadata alone. */
async function idsOf(lake: Lake): Promise<readonly unknown[]> {
  const files: Relation['files'][number][] = []
  for (const [i, { file, deletes }] of (await dataFiles(lake)).entries()) {
    const here = async (address: string, name: string): Promise<string> => {
      const path = join(engines.data, `read-${randomUUID()}-${name}`)
      await writeFile(path, await readFile(local(address)), { mode: 0o644 })
      return path
    }
    const named = await Promise.all(deletes.filter(({ content }) => content === 'position-deletes').map(({ path }) => here(path, 'deletes.parquet')))
    files.push({ path: await here(file.path, `${i}.parquet`), rows: file.rows, addresses: [file.path], positionDeletes: named })
  }
  valueOf(await worker.define([{ schema: 's', name: 't', columns: [{ name: 'id', type: 'long', fieldId: 1 }], files }]))
  return (await rowsOf(worker, 'select id from s.t order by id')).flat()
}

/** The lake of a restored home. */
async function lakeOf(home: string): Promise<Lake> {
  const [from, to] = [rig.objects.address(''), `file://${home}/warehouse/`]
  const pointer = await rig.lake.catalog.find(NAME)
  if (pointer === undefined) throw new Error('no pointer')
  const moved = { ...pointer, metadataLocation: pointer.metadataLocation.replace(from, to) }
  return openLake({ catalog: { ...memoryCatalog(), find: () => Promise.resolve(moved) }, objects: localObjects(join(home, 'warehouse')) })
}

describe('position deletes in a warehouse that moves', () => {
  it('mark the same rows there, however they spelled their files', async () => {
    const [first, second] = (await dataFiles(rig.lake)).map(({ file }) => file.path) as [string, string]
    const deletes = await write(`select * from (values ('${first}', 3::bigint), ('${first}', 4), ('${local(second)}', 0), ('file:${local(second)}', 9)) v(file_path, pos)`, DELETES)
    await change((table) => stageRowDelta(rig.lake, table, { deletes: [{ ...deletes, content: 'position-deletes' }] }))
    const place = await rig.place('marked')
    valueOf(await rig.backUp(place))
    const restored = valueOf(await rig.restore(place, { engine: engines.engine }))
    expect(restored.moved).toBe(true)
    const lake = await lakeOf(restored.home)
    expect(await idsOf(lake)).toEqual([0, 1, 2, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18])

    const [scanned] = await dataFiles(lake)
    const [file] = scanned?.deletes ?? []
    expect((await readFile(local(file?.path ?? ''))).length).toBe(file?.bytes)
    expect((await readFile(local(file?.path ?? ''))).includes(rig.home)).toBe(false)
    // The backup and the warehouse that it was made of are as they were.
    valueOf(await rig.restore(place, { engine: engines.engine }))
    expect((await readFile(local(deletes.path))).length).toBe(deletes.bytes)
  })

  it('are refused where nobody can write them anew, and nothing is left', async () => {
    const place = await rig.place('refused')
    valueOf(await rig.backUp(place))
    const home = join(rig.folder, 'restored/refused')
    await mkdir(join(rig.folder, 'restored'), { recursive: true })
    const refused = await rig.restore(place, { home })
    expect(refused.diagnostics.map(({ code }) => code)).toEqual(['file-not-relocatable'])
    await expect(readFile(home)).rejects.toThrow('ENOENT')
  })

  it('without field ids are refused: nobody can tell what their columns are', async () => {
    const [first] = (await dataFiles(rig.lake)).map(({ file }) => file.path) as [string]
    const deletes = await write(`select '${first}' as file_path, 7::bigint as pos`, {})
    await change((table) => stageRowDelta(rig.lake, table, { deletes: [{ ...deletes, content: 'position-deletes' }] }))
    const place = await rig.place('nameless')
    valueOf(await rig.backUp(place))
    expect((await rig.restore(place, { engine: engines.engine })).diagnostics.map(({ code }) => code)).toEqual(['file-not-relocatable'])
  })
})
