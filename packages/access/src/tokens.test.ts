import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Result } from '@tulle/kernel'
import { fakeClock } from '@tulle/kernel/testing'
import { readEvents } from '@tulle/store'
import type { TestStore } from '@tulle/store/testing'
import { testStore, valueOf } from '@tulle/store/testing'
import { createAccount, disableAccount, setPassword } from './accounts.ts'
import { changeAccount } from './change-account.ts'
import { findAccount } from './find-accounts.ts'
import { isPassword, parseVerifier } from './scram.ts'
import { openSessions } from './sessions.ts'
import { createToken, findAccountBySecret, findAccountByToken, findDecider, listTokens, MOST_TOKENS, revokeToken, rotateToken, tokenVerifiers } from './tokens.ts'
import type { Account } from './types.ts'

let keep: TestStore
let rig: TestStore
let olga: Account
const clock = fakeClock()
const HOUR = 3_600_000
beforeAll(async () => {
  keep = await testStore()
})
afterAll(() => keep.close())
beforeEach(async () => {
  rig = await testStore()
  await rig.store.db.updateTable('mesh_state').set({ mesh: JSON.stringify({ purposes: [{ name: 'care' }, { name: 'safety' }] }) }).execute()
  olga = valueOf(await createAccount(rig.store, { name: 'olga', password: 'a long password', role: 'owner', teams: ['lab'], purposes: ['care', 'safety'] }))
})
afterEach(() => rig.close())

const words = (result: Result<unknown>): string => (result.ok ? 'ok' : result.diagnostics.map((d) => d.message).join('\n'))
const make = (more: Partial<Parameters<typeof createToken>[2]> = {}) => createToken(rig.store, olga, { by: 'olga', label: 'laptop', scope: 'full', ...more }, clock)
const whose = (secret: string): Promise<Account | undefined> => findAccountBySecret(rig.store, secret, clock)

describe('an API token', () => {
  it('opens its account, as a session does', async () => {
    const { secret, token } = valueOf(await make())
    expect(secret).toMatch(/^tulle_api_[\w-]{43}$/u)
    expect(await whose(secret)).toMatchObject({ subject: olga.subject, purposes: ['care', 'safety'], token: { id: token.id, label: 'laptop', scope: 'full' } })
    expect((await openSessions(rig.store, { clock }).authenticateToken(secret))?.subject).toEqual(olga.subject)
  })

  it('is kept as digest and verifier only, and is told of by its account alone', async () => {
    const { secret } = valueOf(await make())
    const { rows } = await rig.store.pool.query<{ all: string }>(`select (select json_agg(t) from api_token t)::text || (select json_agg(o) from outbox o)::text as all`)
    expect(rows[0]?.all).not.toContain(secret.slice('tulle_api_'.length))
    expect(JSON.stringify(await listTokens(rig.store))).not.toMatch(/SCRAM|digest/u)
    expect((await readEvents(rig.store.db, { after: '0', limit: 9 })).map((e) => e.data)).toEqual([{ account: olga.subject.id, change: 'created' }, { account: olga.subject.id, change: 'token-created' }])
  })

  it('has a SCRAM verifier under the salt of the password, also after that changed', async () => {
    const first = valueOf(await make())
    valueOf(await setPassword(rig.store, 'olga', 'another password'))
    olga = await findAccount(rig.store, 'olga') as Account
    const second = valueOf(await make())
    const verifiers = await tokenVerifiers(rig.store, olga.subject.id, clock)
    const salts = [olga.verifier, ...verifiers.map((v) => v.verifier)].map((v) => parseVerifier(v)?.salt.toString('hex'))
    expect(new Set(salts).size).toBe(1)
    expect(await Promise.all(verifiers.map(({ verifier }) => isPassword(first.secret, verifier)))).toEqual([true, false])
    expect(await Promise.all(verifiers.map(({ verifier }) => isPassword(second.secret, verifier)))).toEqual([false, true])
  })

  it('for reading has no role, but the teams and attributes of its account', async () => {
    const { secret } = valueOf(await make({ scope: 'read' }))
    expect((await whose(secret))?.subject).toEqual({ ...olga.subject, role: 'consumer' })
  })

  it('to ask decisions by opens nothing of its account, and ends with it', async () => {
    const { secret, token } = valueOf(await make({ scope: 'decide' }))
    expect(await findDecider(rig.store, secret, clock)).toEqual({ token: token.id, account: 'olga', accountId: olga.subject.id })
    expect([await whose(secret), await findAccountByToken(rig.store, token.id, clock), await openSessions(rig.store, { clock }).authenticateToken(secret)]).toEqual([undefined, undefined, undefined])
    expect(await tokenVerifiers(rig.store, olga.subject.id, clock)).toEqual([])
    const { secret: other } = valueOf(await make({ scope: 'full' }))
    expect(await findDecider(rig.store, other, clock)).toBeUndefined()
    valueOf(await revokeToken(rig.store, token.id, 'olga', clock))
    expect(await findDecider(rig.store, secret, clock)).toBeUndefined()
  })

  it('for one purpose serves no other, whatever the account may', async () => {
    const { secret } = valueOf(await make({ purposes: ['care'] }))
    expect(await whose(secret)).toMatchObject({ purposes: ['care'], onlyPurposes: ['care'] })
    valueOf(await changeAccount(rig.store, 'olga', { purposes: ['safety'] }))
    expect(await whose(secret)).toMatchObject({ purposes: [], onlyPurposes: ['care'] })
  })

  it('ends at the instant of its expiry', async () => {
    const { secret } = valueOf(await make({ expiresAt: new Date(clock.now() + HOUR) }))
    await clock.advance(HOUR - 1)
    expect((await whose(secret))?.goodUntil).toEqual(new Date(clock.now() + 1))
    await clock.advance(1)
    expect(await whose(secret)).toBeUndefined()
    expect(await tokenVerifiers(rig.store, olga.subject.id, clock)).toEqual([])
  })

  it('ends when it is revoked, and stays in the list with who did it', async () => {
    const { secret, token } = valueOf(await make())
    valueOf(await revokeToken(rig.store, token.id, 'ada', clock))
    expect(await whose(secret)).toBeUndefined()
    expect(await listTokens(rig.store, { accountId: olga.subject.id })).toMatchObject([{ id: token.id, revokedBy: 'ada', revokedAt: new Date(clock.now()) }])
    expect(words(await revokeToken(rig.store, token.id, 'ada', clock))).toBe(`There is no living token "${token.id}".`)
  })

  it('opens nothing once its account is disabled, and survives a change of role and team as what that is now', async () => {
    const { secret } = valueOf(await make())
    valueOf(await changeAccount(rig.store, 'olga', { role: 'developer', teams: [] }))
    expect((await whose(secret))?.subject).toMatchObject({ role: 'developer', teams: [] })
    valueOf(await disableAccount(rig.store, 'olga'))
    expect(await whose(secret)).toBeUndefined()
  })

  it('says when it was used last, to the minute', async () => {
    const { secret } = valueOf(await make())
    const lastUsed = async () => (await listTokens(rig.store))[0]?.lastUsedAt?.getTime()
    expect(await lastUsed()).toBeUndefined()
    await whose(secret)
    const first = clock.now()
    await clock.advance(59_999)
    await whose(secret)
    expect(await lastUsed()).toBe(first)
    await clock.advance(1)
    await whose(secret)
    expect(await lastUsed()).toBe(first + 60_000)
  })

  it('is rotated: both secrets work for the overlap, then the new one alone, with the same label, scope and life', async () => {
    const old = valueOf(await make({ purposes: ['care'], scope: 'read', expiresAt: new Date(clock.now() + 10 * HOUR) }))
    await clock.advance(5 * HOUR)
    const next = valueOf(await rotateToken(rig.store, old.token.id, { by: 'olga', overlap: HOUR }, clock))
    expect(next.token).toMatchObject({ label: 'laptop', scope: 'read', purposes: ['care'], rotatedFrom: old.token.id, expiresAt: new Date(clock.now() + 10 * HOUR) })
    await clock.advance(HOUR - 1)
    expect([(await whose(old.secret)) !== undefined, (await whose(next.secret)) !== undefined]).toEqual([true, true])
    await clock.advance(1)
    expect([(await whose(old.secret)) !== undefined, (await whose(next.secret)) !== undefined]).toEqual([false, true])
    expect(words(await rotateToken(rig.store, old.token.id, { by: 'olga', overlap: HOUR }, clock))).toBe(`There is no living token "${old.token.id}".`)
  })

  it('that is rotated does not live longer than it would have', async () => {
    const old = valueOf(await make({ expiresAt: new Date(clock.now() + HOUR) }))
    valueOf(await rotateToken(rig.store, old.token.id, { by: 'olga', overlap: 10 * HOUR }, clock))
    await clock.advance(HOUR)
    expect(await whose(old.secret)).toBeUndefined()
  })

  it(`is one of at most ${MOST_TOKENS}, also when many are made at once`, async () => {
    const made = await Promise.all(Array.from({ length: MOST_TOKENS + 5 }, () => make()))
    expect(made.filter((m) => m.ok)).toHaveLength(MOST_TOKENS)
    expect(words(made.find((m) => !m.ok) as Result<unknown>)).toBe(`olga has ${MOST_TOKENS} living tokens, and no account has more.`)
  })

  const REFUSED: readonly [why: string, more: Parameters<typeof make>[0], message: string][] = [
    ['an empty label', { label: '' }, 'The label of a token has 1 to 100 printable characters.'],
    ['a control character in its label', { label: 'a\u001b[2J' }, 'The label of a token has 1 to 100 printable characters.'],
    ['an end that is past', { expiresAt: new Date(clock.now()) }, `A token cannot end at ${new Date(clock.now()).toISOString()}: it lives for 366 days at most.`],
    ['an end that is no date', { expiresAt: new Date(Number.NaN) }, 'A token cannot end at never: it lives for 366 days at most.'],
    ['no purpose at all', { purposes: [] }, 'A token for no purpose at all would open nothing.'],
    ['a purpose that there is not', { purposes: ['car'] }, 'The mesh has no purpose "car". Did you mean "care"?'],
  ]
  it.each(REFUSED)('with %s is refused', async (_why, more, message) => {
    expect(words(await make(more))).toBe(message)
    expect(await listTokens(rig.store)).toEqual([])
  })

  it.each(['', 'tulle_api_', `tulle_api_${'a'.repeat(43)}`, `tulle_api_${'a'.repeat(42)}\0`, 'x'.repeat(100_000)])('is not made up', async (secret) => {
    expect(await whose(secret)).toBeUndefined()
  })
})
