// Folders of tables that are in no catalogue: they go whole when all of them is old, and nothing else ever goes with them.

import { existsSync } from 'node:fs'
import { fakeClock } from '@tulle/kernel/testing'
import type { FakeClock } from '@tulle/kernel/testing'
import type { Lake, Table } from '@tulle/lake'
import { commit, loadTable, newDataPath, openLake, stageAppend } from '@tulle/lake'
import { postgresCatalog } from '@tulle/providers'
import type { ProviderRig } from '@tulle/providers/testing'
import { meshOf, providerRig } from '@tulle/providers/testing'
import { OBJECT_REMOVAL, withAdvisoryLock } from '@tulle/store'
import { valueOf } from '@tulle/store/testing'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findDropped, removeDropped } from './dropped-tables.ts'

const DAY = 86_400_000
const AGE = 3 * DAY
let rig: ProviderRig
let clock: FakeClock
let lake: Lake
beforeEach(async () => {
  rig = await providerRig()
  clock = fakeClock(Date.now())
  lake = openLake({ catalog: postgresCatalog(rig.store.db), objects: rig.context.objects, clock: { ...clock, sleep: async () => undefined } })
  await rig.create(meshOf({ products: { flights: { dataSets: { kept: { columns: { id: 'long' } }, gone: { columns: { id: 'long' } } } } } }))
  await write('kept')
  await write('gone')
})
afterEach(() => rig[Symbol.asyncDispose]())

const named = (name: string) => ({ namespace: 'flights', name })
async function write(name: string): Promise<void> {
  const table = valueOf(await loadTable(lake, named(name)))
  const path = valueOf(await lake.objects.create(newDataPath(lake, table), Buffer.from(name)))
  const staged = valueOf(await stageAppend(lake, table, { files: [{ path, rows: 1, bytes: name.length }]}))
  valueOf(await commit(lake, [staged]))
}

/** As a crash or a person with a database client leaves it. */
async function forget(name: string, { resource = true } = {}): Promise<Table> {
  const table = valueOf(await loadTable(lake, named(name)))
  await rig.store.db.deleteFrom('table_pointer').where('namespace', '=', 'flights').where('name', '=', name).execute()
  if (resource) await rig.store.db.deleteFrom('resource').where('ref', '=', `data-set:flights.${name}`).execute()
  return table
}
const dropped = () => ({ store: rig.store, lake, orphanAge: AGE })
const found = async (): Promise<readonly string[]> => valueOf(await findDropped(dropped())).map(({ name }) => name).toSorted()
async function filesOf({ location }: Pick<Table, 'location'>): Promise<readonly string[]> {
  const files: string[] = []
  for await (const address of lake.objects.list(valueOf(lake.objects.pathOf(location)))) files.push(address)
  return files.toSorted()
}

describe('the folder of a table that is in no catalogue any more', () => {
  it('goes whole when every file of it is old; tables in use keep every file', async () => {
    const [gone, kept] = [await forget('gone'), valueOf(await loadTable(lake, named('kept')))]
    expect(await found()).toEqual([])
    await clock.advance(AGE + DAY)
    const [files, others] = [await filesOf(gone), await filesOf(kept)]
    expect(files.length).toBeGreaterThan(3)
    expect(await found()).toEqual(files)
    expect(await filesOf(gone)).toEqual(files)
    expect(valueOf(await removeDropped(dropped())).map(({ name }) => name).toSorted()).toEqual(files)
    expect(await filesOf(gone)).toEqual([])
    expect(await filesOf(kept)).toEqual(others)
    expect(await found()).toEqual([])
  })

  it('goes where a destruction of the data set was interrupted', async () => {
    const gone = await forget('gone', { resource: false })
    await rig.store.db.updateTable('resource').set({ spec: sql`jsonb_set(spec, '{made,destroying}', 'true')` }).where('ref', '=', 'data-set:flights.gone').execute()
    await clock.advance(AGE + DAY)
    expect(await found()).toEqual(await filesOf(gone))
  })

  it.each<[string, () => Promise<unknown>]>([
    ['the table is archived', () => rig.store.db.updateTable('table_pointer').set({ archived_at: new Date() }).where('name', '=', 'gone').execute()],
    ['its data set can be found again by what it says of itself', () => forget('gone', { resource: false })],
    ['a view lies in it', async () => {
      const { location } = await forget('gone')
      await rig.store.db.insertInto('table_pointer').values({ uuid: 'v', kind: 'view', namespace: 'free', name: 'v', metadata_location: `${location}/metadata/0.metadata.json`, version: '1' }).execute()
    }],
    ['its product is not known here', async () => {
      await forget('gone')
      await rig.store.db.updateTable('resource').set({ id: 'another' }).where('ref', '=', 'data-product:flights').execute()
    }],
    ['another table cannot be loaded, so that nobody can say where its files lie', async () => {
      await forget('gone')
      await rig.store.db.updateTable('table_pointer').set({ metadata_location: `file://${rig.warehouse}/nowhere/metadata/1.metadata.json` }).where('name', '=', 'kept').execute()
    }],
    ['its metadata cannot be read', async () => {
      const { location } = await forget('gone')
      valueOf(await lake.objects.create(`${valueOf(lake.objects.pathOf(location))}/metadata/99999-x.metadata.json`, Buffer.from('{')))
    }],
    ['it forbids it', async () => {
      const { location } = await forget('gone')
      valueOf(await lake.objects.create(`${valueOf(lake.objects.pathOf(location))}/metadata/99999-x.metadata.json`, Buffer.from('{"properties":{"gc.enabled":"false"}}')))
    }],
  ])('stays where %s', async (_, arrange) => {
    await arrange()
    await clock.advance(AGE + DAY)
    const listed = await findDropped(dropped())
    expect(listed.ok ? listed.value : []).toEqual([])
    const removed = await removeDropped(dropped())
    expect(removed.ok ? removed.value : []).toEqual([])
  })

  it('stays while a backup copies objects', async () => {
    const gone = await forget('gone')
    await clock.advance(AGE + DAY)
    await withAdvisoryLock(rig.store, OBJECT_REMOVAL, async () => expect(valueOf(await removeDropped(dropped()))).toEqual([]))
    expect((await filesOf(gone)).every((address) => existsSync(address.slice('file://'.length)))).toBe(true)
    expect(valueOf(await removeDropped(dropped()))).not.toEqual([])
  })
})
