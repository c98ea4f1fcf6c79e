import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Result } from '@tulle/kernel'
import { fakeClock } from '@tulle/kernel/testing'
import { readEvents } from '@tulle/store'
import type { TestStore } from '@tulle/store/testing'
import { testStore, valueOf } from '@tulle/store/testing'
import { accessControl } from './access-control.ts'
import { createAccount } from './accounts.ts'
import { elevate, ELEVATION_MILLISECONDS, endElevation, listElevations } from './elevations.ts'
import { findAccount } from './find-accounts.ts'
import { createToken, findAccountBySecret } from './tokens.ts'
import type { AccessControl, Account } from './types.ts'

let keep: TestStore
let rig: TestStore
let access: AccessControl
let clock: ReturnType<typeof fakeClock>
beforeAll(async () => {
  keep = await testStore()
})
afterAll(() => keep.close())
beforeEach(async () => {
  rig = await testStore()
  clock = fakeClock(Date.now())
  access = await accessControl(rig.store)
  for (const role of ['steward', 'owner', 'developer', 'consumer', 'administrator'] as const) valueOf(await createAccount(rig.store, { name: role, password: 'a long password', role }))
})
afterEach(async () => {
  await access.close()
  await rig.close()
})

const REASON = 'the nightly run of flights hangs'
const account = async (name: string): Promise<Account> => await findAccount(rig.store, name, clock) as Account
const roleOf = async (name: string): Promise<string> => (await account(name)).subject.role
const ask = async (name: string, reason = REASON) => elevate(access, await account(name), reason, clock)
const words = (result: Result<unknown>): string => (result.ok ? 'ok' : result.diagnostics.map((d) => d.message).join('\n'))

describe('an administrator for a while', () => {
  it('is one for ten minutes and then, by itself, what it was', async () => {
    const { endsAt } = valueOf(await ask('owner'))
    expect(endsAt.getTime() - clock.now()).toBe(10 * 60_000)
    expect(await account('owner')).toMatchObject({ subject: { role: 'administrator' }, ownRole: 'owner', elevatedUntil: endsAt, goodUntil: endsAt })
    await clock.advance(ELEVATION_MILLISECONDS - 1)
    expect(await roleOf('owner')).toBe('administrator')
    await clock.advance(1)
    expect(await account('owner')).toMatchObject({ subject: { role: 'owner' } })
    expect(await account('owner')).not.toHaveProperty('goodUntil')
  })

  it('moves the rights, so that open sessions look anew', async () => {
    const before = access.version()
    valueOf(await ask('steward'))
    expect(access.version()).toBeGreaterThan(before)
  })

  it('is a steward or an owner, and nobody else', async () => {
    expect(Object.fromEntries(await Promise.all(['steward', 'owner', 'developer', 'consumer', 'administrator'].map(async (name) => [name, (await ask(name)).ok])))).toEqual({ steward: true, owner: true, developer: false, consumer: false, administrator: false })
  })

  it('says why, in so many words', async () => {
    expect(words(await ask('owner', '  short  '))).toBe('The reason has 10 to 500 printable characters.')
    expect(words(await ask('owner', `${REASON}\u001b[2J`))).toBe('The reason has 10 to 500 printable characters.')
    expect(await listElevations(rig.store)).toEqual([])
  })

  it('does not lengthen itself, also when two try at once, and may ask again afterwards', async () => {
    const both = await Promise.all([ask('owner'), ask('owner'), ask('owner')])
    expect(both.filter((one) => one.ok)).toHaveLength(1)
    expect(words(await ask('owner'))).toContain('You are an administrator already, until ')
    await clock.advance(ELEVATION_MILLISECONDS)
    expect(words(await ask('owner'))).toBe('ok')
  })

  it('may end it before its time', async () => {
    valueOf(await ask('owner'))
    await clock.advance(1000)
    valueOf(await endElevation(access, await account('owner'), clock))
    expect(await roleOf('owner')).toBe('owner')
    expect(words(await endElevation(access, await account('owner'), clock))).toBe('owner is no administrator for a while, so there is nothing to end.')
  })

  it('does not reach the tokens of the account', async () => {
    const { secret } = valueOf(await createToken(rig.store, await account('owner'), { by: 'owner', label: 'job', scope: 'full' }, clock))
    valueOf(await ask('owner'))
    expect((await findAccountBySecret(rig.store, secret, clock))?.subject.role).toBe('owner')
  })

  it('leaves who, why and how long behind, and references in the journal', async () => {
    valueOf(await ask('owner'))
    expect(await listElevations(rig.store)).toMatchObject([{ account: 'owner', justification: REASON, endsAt: new Date(clock.now() + ELEVATION_MILLISECONDS) }])
    const events = await readEvents(rig.store.db, { after: '0', limit: 50 })
    expect(events.at(-1)?.data).toMatchObject({ change: 'elevated' })
    expect(JSON.stringify(events)).not.toContain(REASON)
  })
})
