import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Result } from '@tulle/kernel'
import type { TestStore } from '@tulle/store/testing'
import { testStore, valueOf } from '@tulle/store/testing'
import { createAccount, setPassword } from './accounts.ts'
import { changeAccount } from './change-account.ts'
import { findAccount } from './find-accounts.ts'
import { serviceAccount } from './service-accounts.ts'
import { createToken, findAccountBySecret } from './tokens.ts'

let keep: TestStore
let rig: TestStore
beforeAll(async () => {
  keep = await testStore()
})
afterAll(() => keep.close())
beforeEach(async () => {
  rig = await testStore()
  await declare('p1', 'data-product', 'flights', { domain: 'operations', team: 'ops' })
  await declare('a1', 'process-domain', 'crew', { title: 'Crew planning', team: 'ops' })
})
afterEach(() => rig.close())

const declare = (id: string, kind: string, name: string, spec: object): Promise<unknown> => rig.store.db.insertInto('resource').values({
  id, kind, ref: `${kind}:${name}`, product: null, spec: JSON.stringify({ name, ...spec }), fingerprint: '', archived_at: null, updated_at: new Date(),
}).execute()
const words = (result: Result<unknown>): string => (result.ok ? 'ok' : result.diagnostics.map((d) => d.message).join('\n'))

describe('a service identity', () => {
  it('is that of a product or of a process domain, with no role, no team and no password', async () => {
    expect(valueOf(await serviceAccount(rig.store, 'product.flights')).subject).toEqual({
      id: expect.any(String) as string, name: 'product.flights', kind: 'service', role: 'consumer', teams: [], domains: [], attributes: {}, represents: { kind: 'product', id: 'p1' },
    })
    expect(valueOf(await serviceAccount(rig.store, 'application.crew'))).toMatchObject({ title: 'Crew planning', subject: { represents: { kind: 'application', id: 'a1' } } })
    expect(words(await setPassword(rig.store, 'product.flights', 'a long password'))).toBe('product.flights is a service identity and has no password.')
    expect(words(await changeAccount(rig.store, 'product.flights', { role: 'administrator' }))).toBe('product.flights is a service identity: it has neither a role nor teams.')
  })

  it('is one, however often it is asked for at once', async () => {
    const asked = await Promise.all(Array.from({ length: 8 }, () => serviceAccount(rig.store, 'product.flights')))
    expect(new Set(asked.map((account) => valueOf(account).subject.id)).size).toBe(1)
  })

  it('stays the same, tokens and all, where its product moves to another domain and team', async () => {
    const before = valueOf(await serviceAccount(rig.store, 'product.flights'))
    const { secret } = valueOf(await createToken(rig.store, before, { by: 'olga', label: 'loader', scope: 'read' }))
    await rig.store.db.updateTable('resource').set({ spec: JSON.stringify({ name: 'flights', domain: 'network', team: 'net' }) }).where('id', '=', 'p1').execute()
    expect((await findAccountBySecret(rig.store, secret))?.subject).toEqual(before.subject)
    expect(valueOf(await serviceAccount(rig.store, 'product.flights'))).toEqual(before)
  })

  it('sleeps while its product is archived, and wakes with it', async () => {
    const { secret } = valueOf(await createToken(rig.store, valueOf(await serviceAccount(rig.store, 'product.flights')), { by: 'olga', label: 'loader', scope: 'read' }))
    const archive = (at: Date | null) => rig.store.db.updateTable('resource').set({ archived_at: at }).where('id', '=', 'p1').execute()
    await archive(new Date())
    expect(await findAccountBySecret(rig.store, secret)).toBeUndefined()
    expect(words(await serviceAccount(rig.store, 'product.flights'))).toContain('There is no service identity "product.flights".')
    await archive(null)
    expect((await findAccountBySecret(rig.store, secret))?.subject.name).toBe('product.flights')
  })

  it('does not pass to another product of the same name', async () => {
    const before = valueOf(await serviceAccount(rig.store, 'product.flights'))
    const { secret } = valueOf(await createToken(rig.store, before, { by: 'olga', label: 'loader', scope: 'read' }))
    await rig.store.db.deleteFrom('resource').where('id', '=', 'p1').execute()
    await declare('p2', 'data-product', 'flights', { domain: 'operations', team: 'ops' })
    const after = valueOf(await serviceAccount(rig.store, 'product.flights'))
    expect(after.subject).toMatchObject({ represents: { id: 'p2' } })
    expect(after.subject.id).not.toBe(before.subject.id)
    expect(await findAccountBySecret(rig.store, secret)).toBeUndefined()
  })

  it.each(['product.flight', 'application.flights', 'product.', 'product.flights.x', 'product.Flights', 'team.ops', 'product.fl\0ights'])('is not made of the name %j', async (name) => {
    expect(words(await serviceAccount(rig.store, name))).toContain('There is no service identity')
    expect(await findAccount(rig.store, name)).toBeUndefined()
  })

  it('has a name that no person can take', async () => {
    expect(words(await createAccount(rig.store, { name: 'product.flights', password: 'a long password', role: 'owner' }))).toBe('"product.flights" cannot be the name of an account.')
  })
})
