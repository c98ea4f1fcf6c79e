import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestStore } from '@tulle/store/testing'
import { testStore } from '@tulle/store/testing'
import { checkEnvironment } from './check-environment.ts'

describe('the environment that a Tulle says it is', () => {
  let rig: TestStore
  beforeAll(async () => { rig = await testStore() })
  afterAll(() => rig.close())
  const apply = (mesh: object) => sql`insert into mesh_state (one, generation, mesh) values (true, 1, ${JSON.stringify(mesh)}::jsonb) on conflict (one) do update set mesh = excluded.mesh`.execute(rig.store.db)

  it('is any before a mesh was applied, and where the mesh lists none', async () => {
    expect(await checkEnvironment(rig.store, 'anything')).toMatchObject({ ok: true })
    await apply({ environments: [] })
    expect(await checkEnvironment(rig.store, 'anything')).toMatchObject({ ok: true })
  })

  it('is one of those that the mesh lists, or nothing starts', async () => {
    await apply({ environments: ['dev', 'prod'] })
    expect(await checkEnvironment(rig.store, 'prod')).toMatchObject({ ok: true })
    const refused = await checkEnvironment(rig.store, 'prd')
    expect(refused.diagnostics.map(({ message }) => message)).toEqual(['TULLE_ENVIRONMENT is "prd", which is not one of the mesh\'s environments (dev, prod).'])
  })
})
