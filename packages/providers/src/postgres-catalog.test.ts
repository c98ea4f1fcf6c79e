import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeCatalog } from '@tulle/lake/testing'
import { testStore } from '@tulle/store/testing'
import type { TestStore } from '@tulle/store/testing'
import { postgresCatalog } from './postgres-catalog.ts'

// One server for all the databases of the suite.
let kept: TestStore
beforeAll(async () => {
  kept = await testStore()
})
afterAll(() => kept.close())

describeCatalog('PostgreSQL', async () => {
  const rig = await testStore()
  const others = [await rig.another(), await rig.another()]
  return { catalog: postgresCatalog(rig.store.db), others: others.map((store) => postgresCatalog(store.db)), close: () => rig.close() }
})

it('keeps pointers of tables and of views apart, and gives a name to one of them', async () => {
  const rig = await testStore()
  const [tables, views] = [postgresCatalog(rig.store.db), postgresCatalog(rig.store.db, 'view')]
  const name = { namespace: 'n', name: 'x' }
  const [table, view] = [{ uuid: 'a', metadataLocation: 'file:///a' }, { uuid: 'b', metadataLocation: 'file:///b' }]
  expect(await views.swap([{ name, expected: undefined, next: view }])).toBe('swapped')
  expect(await tables.swap([{ name, expected: undefined, next: table }])).toBe('conflict')
  expect(await tables.find(name)).toBeUndefined()
  expect(await tables.list()).toEqual([])
  expect(await tables.swap([{ name, expected: view, next: table }])).toBe('conflict')
  expect(await views.list()).toEqual([name])
  expect(await views.swap([{ name, expected: view, next: undefined }])).toBe('swapped')
  expect(await tables.swap([{ name, expected: undefined, next: table }])).toBe('swapped')
  await rig.close()
})

it('takes keys of persons along with a table that goes, in the same transaction, and leaves those of one that is renamed', async () => {
  const rig = await testStore()
  const { db } = rig.store
  const tables = postgresCatalog(db)
  const [old, now] = [{ namespace: 'n', name: 'old' }, { namespace: 'n', name: 'now' }]
  const [pointer, anew] = [{ uuid: 'table-1', metadataLocation: 'file:///a' }, { uuid: 'table-2', metadataLocation: 'file:///b' }]
  const keys = async (): Promise<readonly string[]> => (await db.selectFrom('person_key').select('id').orderBy('id').execute()).map(({ id }) => id)
  await tables.swap([{ name: old, expected: undefined, next: pointer }])
  const key = (id: string, tableId: string) => ({ id, table_id: tableId, digest: id, wrapped: 'w', erasure_id: null, destroyed_at: null })
  await db.insertInto('person_key').values([key('k1', 'table-1'), key('k2', 'table-1'), key('k3', 'table-2'), { ...key('k4', 'table-1'), digest: null, wrapped: null, destroyed_at: new Date(0) }]).execute()
  expect(await tables.swap([{ name: old, expected: pointer, next: undefined }, { name: now, expected: undefined, next: pointer }])).toBe('swapped')
  expect(await keys()).toEqual(['k1', 'k2', 'k3', 'k4'])
  // Whoever dies before the end has dropped nothing and forgotten nothing.
  const dying = db.transaction().execute(async (tx) => {
    await tables.swapIn(tx, [{ name: now, expected: pointer, next: undefined }])
    throw new Error('died')
  })
  await expect(dying).rejects.toThrow('died')
  expect(await keys()).toEqual(['k1', 'k2', 'k3', 'k4'])
  expect(await tables.swap([{ name: now, expected: pointer, next: anew }])).toBe('swapped')
  expect(await keys()).toEqual(['k3'])
  expect(await tables.swap([{ name: now, expected: anew, next: undefined }])).toBe('swapped')
  expect(await keys()).toEqual([])
  // Those of an archive go with the archive.
  await db.insertInto('cold_table').values({ table_uuid: 'table-1', product_id: 'p', product: 'p', data_set: 'd', uuid: 'archive-1', metadata_location: 'file:///c' }).execute()
  await db.insertInto('person_key').values([key('k5', 'archive-1'), key('k6', 'archive-2')]).execute()
  await db.deleteFrom('cold_table').execute()
  expect(await keys()).toEqual(['k6'])
  await rig.close()
})
