import { afterAll, beforeAll } from 'vitest'
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
