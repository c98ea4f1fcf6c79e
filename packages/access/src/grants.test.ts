import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Result } from '@tulle/kernel'
import type { Decision, Subject } from '@tulle/policy'
import type { Store } from '@tulle/store'
import { appendEvent, readEvents } from '@tulle/store'
import type { TestStore } from '@tulle/store/testing'
import { testStore, valueOf } from '@tulle/store/testing'
import { accessControl } from './access-control.ts'
import { createAccount } from './accounts.ts'
import { ensureDemoGrants } from './demo-users.ts'
import { revoke } from './change-grant.ts'
import { listGrants } from './grant-rows.ts'
import { grant, SYSTEM } from './grants.ts'
import type { AccessControl, NewGrant } from './types.ts'

const people = { name: 'people', columns: [{ name: 'id' }, { name: 'email' }] }
const product = { id: 'p1', name: 'passengers', domain: 'customer', team: 'customer_data' }

let keep: TestStore
let rig: TestStore
let access: AccessControl
let ana: Subject
let olga: Subject
beforeAll(async () => {
  keep = await testStore()
})
afterAll(() => keep.close())
beforeEach(async () => {
  rig = await testStore()
  await declareMesh(rig.store)
  access = await accessControl(rig.store)
  ana = valueOf(await createAccount(rig.store, { name: 'ana', password: 'a long password', role: 'consumer', purposes: ['care'] })).subject
  olga = valueOf(await createAccount(rig.store, { name: 'olga', password: 'a long password', role: 'owner', teams: ['customer_data'] })).subject
})
afterEach(async () => {
  await access.close()
  await rig.close()
})

/** The rows that applying a mesh leaves behind. */
async function declareMesh(store: Store): Promise<void> {
  const row = (id: string, kind: string, ref: string, spec: object) => ({ id, kind, ref: `${kind}:${ref}`, product: 'passengers', spec: JSON.stringify(spec), fingerprint: '', archived_at: null, updated_at: new Date() })
  await store.db.insertInto('resource').values([
    row('p1', 'data-product', 'passengers', { name: 'passengers', domain: 'customer', team: 'customer_data' }),
    row('d1', 'data-set', 'passengers.people', { product: 'passengers', name: 'people', contract: { columns: [{ name: 'id' }, { name: 'email' }] } }),
    row('t1', 'technical-team', 'safety_lab', { name: 'safety_lab' }),
  ]).execute()
  await store.db.updateTable('mesh_state').set({ mesh: JSON.stringify({ purposes: [{ name: 'care' }, { name: 'safety' }] }) }).execute()
}

const request = (): NewGrant => ({ by: SYSTEM, subjectKind: 'user', subject: 'ana', product: 'passengers', purposes: ['care'] })
const words = (result: Result<unknown>): string => (result.ok ? 'ok' : result.diagnostics.map((d) => d.message).join(' | '))
const read = (of: AccessControl, subject: Subject, purpose = 'care'): string => spoken(of.policy().decide(subject, 'read', { product, dataSet: people }, purpose, { now: Date.now(), environment: 'prod' }))
const spoken = (decision: Decision): string => (decision.effect === 'allow' ? decision.columns.join(' ') : `deny ${decision.reasons[0]?.rule}`)

const REPLICATED = { timeout: 20_000, interval: 5 }

describe('a grant', () => {
  it('is in force when the call returns, and so is its revocation', async () => {
    expect(read(access, ana)).toBe('deny no-grant')
    const before = access.version()
    const given = valueOf(await grant(access, request()))
    expect(access.version()).toBeGreaterThan(before)
    expect(read(access, ana)).toBe('id email')
    const between = access.version()
    valueOf(await revoke(access, { grantId: given.grant.id, by: SYSTEM }))
    expect(access.version()).toBeGreaterThan(between)
    expect(read(access, ana)).toBe('deny no-grant')
  })

  it('is in force in another replica, and ends there', async () => {
    const replica = await accessControl(await rig.another())
    try {
      const given = valueOf(await grant(access, request()))
      await vi.waitUntil(() => read(replica, ana) === 'id email', REPLICATED)
      valueOf(await revoke(access, { grantId: given.grant.id, by: SYSTEM }))
      await vi.waitUntil(() => read(replica, ana) === 'deny no-grant', REPLICATED)
    } finally {
      await replica.close()
    }
  })

  it('leaves an event of references in the journal, in the transaction that made it true', async () => {
    const { grant: given } = valueOf(await grant(access, request()))
    valueOf(await revoke(access, { grantId: given.id, by: SYSTEM }))
    const events = (await readEvents(rig.store.db, { after: '0', limit: 99, types: ['tulle.grant.changed'] })).map((e) => [e.subject, e.data])
    const data = { grant: given.id, product: 'p1', subjectKind: 'user', subject: ana.id }
    expect(events).toEqual([['p1', { ...data, change: 'granted' }], ['p1', { ...data, change: 'revoked' }]])
  })

  it('to a team is for its members', async () => {
    valueOf(await grant(access, { ...request(), subjectKind: 'team', subject: 'safety_lab' }))
    expect(read(access, { ...ana, teams: ['safety_lab'] })).toBe('id email')
    expect(read(access, ana)).toBe('deny no-grant')
  })

  it('on columns gives those', async () => {
    valueOf(await grant(access, { ...request(), dataSet: 'people', columns: ['email'] }))
    expect(read(access, ana)).toBe('email')
  })

  it('is given by an owner of the product\'s team and by nobody less', async () => {
    expect(words(await grant(access, { ...request(), by: olga }))).toBe('ok')
    expect(words(await grant(access, { ...request(), by: ana }))).toBe('ana may not give or take rights to passengers. The role consumer may not grant.')
    expect(words(await grant(access, { ...request(), by: { ...olga, teams: ['flight_ops'] } })))
      .toBe('olga may not give or take rights to passengers. olga does not belong to the team customer_data, whose members may grant passengers.')
    const [given] = await listGrants(rig.store)
    expect(words(await revoke(access, { grantId: given?.grant.id ?? '', by: ana }))).toBe('ana may not give or take rights to passengers. The role consumer may not grant.')
  })

  const REFUSED: readonly [why: string, change: Partial<NewGrant>, message: string][] = [
    ['an unknown product', { product: 'passenger' }, 'There is no data product "passenger". Did you mean "passengers"?'],
    ['a hostile product', { product: '\' or 1=1 --\0' }, 'There is no data product "\' or 1=1 --\0".'],
    ['a hostile user', { subject: '\0' }, 'There is no user "\0".'],
    ['an unknown user', { subject: 'anna' }, 'There is no user "anna". Did you mean "ana"?'],
    ['an unknown team', { subjectKind: 'team', subject: 'safety_lap' }, 'There is no team "safety_lap". Did you mean "safety_lab"?'],
    ['an unknown data set', { dataSet: 'peple' }, 'The product passengers has no data set "peple". Did you mean "people"?'],
    ['an unknown column', { dataSet: 'people', columns: ['mail', 'id'] }, 'passengers.people has no column "mail". Did you mean "email"?'],
    ['columns without a data set', { columns: ['id'] }, 'Columns of passengers are granted without saying of which data set.'],
    ['an unknown purpose', { purposes: ['care', 'sale'] }, 'The mesh has no purpose "sale".'],
    ['no purpose', { purposes: [] }, 'A grant needs at least one purpose.'],
    ['an expiry in the past', { expiresAt: new Date(0) }, 'The grant would have expired already, at 1970-01-01T00:00:00.000Z.'],
    ['everything wrong at once', { subject: 'x', purposes: [], dataSet: 'y' }, 'There is no user "x". | The product passengers has no data set "y". | A grant needs at least one purpose.'],
  ]
  it.each(REFUSED)('with %s is refused, and nothing is written', async (_why, change, message) => {
    expect(words(await grant(access, { ...request(), ...change }))).toBe(message)
    expect(await listGrants(rig.store)).toEqual([])
  })

  it('that is not there, or not any more, cannot be revoked', async () => {
    const { grant: given } = valueOf(await grant(access, request()))
    valueOf(await revoke(access, { grantId: given.id, by: SYSTEM }))
    expect(words(await revoke(access, { grantId: given.id, by: SYSTEM }))).toBe(`There is no active grant "${given.id}".`)
    expect(words(await revoke(access, { grantId: '\' or true --', by: SYSTEM }))).toBe('There is no active grant "\' or true --".')
  })

  it('stays in the history with who gave it and who took it', async () => {
    const { grant: given } = valueOf(await grant(access, { ...request(), by: olga }))
    valueOf(await revoke(access, { grantId: given.id, by: SYSTEM }))
    expect(await listGrants(rig.store, { product: 'passengers' })).toMatchObject([{ subject: 'ana', product: 'passengers', grantedBy: 'olga', revokedBy: 'system', grant: { purposes: ['care'] } }])
    expect(await listGrants(rig.store, { product: 'flights' })).toEqual([])
    expect(await listGrants(rig.store, { subject: olga })).toEqual([])
    expect(await listGrants(rig.store, { subject: ana })).toHaveLength(1)
  })
})

describe('the rights in force', () => {
  it('move when data is published, without being loaded again', async () => {
    await access.caughtUp()
    const [before, policy] = [access.version(), access.policy()]
    await rig.store.db.transaction().execute((tx) => appendEvent(tx, { type: 'tulle.product.published', source: '/runs', subject: 'p1', data: {} }))
    await access.caughtUp()
    expect(access.version()).toBe(before + 1)
    expect(access.policy()).toBe(policy)
  })

  it('stand still while other things happen', async () => {
    await access.caughtUp()
    const before = access.version()
    await rig.store.db.transaction().execute((tx) => appendEvent(tx, { type: 'tulle.run.started', source: '/runs', data: {} }))
    await access.caughtUp()
    expect(access.version()).toBe(before)
  })

  it('follow a product to its new team', async () => {
    expect(read(access, olga)).toBe('id email')
    await rig.store.db.transaction().execute(async (tx) => {
      await tx.updateTable('resource').set({ spec: JSON.stringify({ ...product, team: 'safety_lab' }) }).where('id', '=', 'p1').execute()
      await appendEvent(tx, { type: 'tulle.resource.changed', source: '/planner', subject: 'p1', data: {} })
    })
    await access.caughtUp()
    expect(read(access, olga)).toBe('deny no-grant')
  })

  it('deny everything while the database is out of sight, and return with it', async () => {
    valueOf(await grant(access, request()))
    const near = await rig.another()
    const far = await accessControl(near, { patience: 1000 })
    await expect.poll(() => read(far, ana), REPLICATED).toBe('id email')
    const before = far.version()
    const [, database] = [await near.pool.query('select 1'), rig.connection.database]
    await keep.store.pool.query(`alter database ${database} allow_connections false`)
    await keep.store.pool.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [database])
    await expect.poll(() => read(far, ana), REPLICATED).toBe('deny rights-out-of-sight')
    expect(far.version()).toBeGreaterThan(before)
    const during = far.version()
    await keep.store.pool.query(`alter database ${database} allow_connections true`)
    await expect.poll(() => read(far, ana), REPLICATED).toBe('id email')
    expect(far.version()).toBeGreaterThan(during)
    await far.close()
  })
})

describe('demo grants', () => {
  const users = [{ name: 'ana', title: 'Ana', role: 'consumer', teams: [], purposes: ['care'], grants: ['passengers'] }]

  it('are given once', async () => {
    expect([valueOf(await ensureDemoGrants(access, users)), valueOf(await ensureDemoGrants(access, users))]).toEqual([1, 0])
    expect(read(access, ana)).toBe('id email')
  })

  it('are not given again after a revocation', async () => {
    valueOf(await ensureDemoGrants(access, users))
    const [given] = await listGrants(rig.store)
    valueOf(await revoke(access, { grantId: given?.grant.id ?? '', by: SYSTEM }))
    expect(valueOf(await ensureDemoGrants(access, users))).toBe(0)
    expect(read(access, ana)).toBe('deny no-grant')
  })
})
