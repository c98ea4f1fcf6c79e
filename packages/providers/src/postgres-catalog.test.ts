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
