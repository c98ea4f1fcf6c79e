import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { fail, ok } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { fakeClock } from '@tulle/kernel/testing'
import type { TestStore } from '@tulle/store/testing'
import { testStore, valueOf } from '@tulle/store/testing'
import { createAccount, disableAccount } from '../accounts.ts'
import { changeAccount } from '../change-account.ts'
import { findAccount, ISSUER_WORD_MILLISECONDS } from '../find-accounts.ts'
import { messages } from '../messages.ts'
import { openSessions } from '../sessions.ts'
import type { Sessions } from '../sessions.ts'
import { rightsOf } from './keep-person.ts'
import { seal, unseal } from './seal.ts'
import type { GroupMapping, Issuer, IssuerPerson } from './types.ts'

const MINUTE = 60_000
const MAPPING: GroupMapping = { teams: new Map([['Lab', 'lab'], ['Ops', 'ops']]), roles: new Map([['Stewards', 'steward'], ['Owners', 'owner']]) }

let keep: TestStore
let rig: TestStore
let clock: ReturnType<typeof fakeClock>
let sessions: Sessions
/** What the issuer would say now: groups, that it is over, or nothing. */
let says: readonly string[] | 'over' | 'silent'
let asked: string[]
beforeAll(async () => {
  keep = await testStore()
})
afterAll(() => keep.close())
beforeEach(async () => {
  rig = await testStore()
  clock = fakeClock(Date.now())
  says = ['Lab', 'Owners']
  asked = []
  sessions = openSessions(rig.store, { clock, issuer: { at: memoryIssuer, groups: MAPPING } })
})
afterEach(() => rig.close())

const person = (groups: readonly string[] | undefined = ['Lab', 'Owners'], more: Partial<IssuerPerson> = {}): IssuerPerson => ({ issuer: 'https://login', subject: 'u-1', name: 'Kim Doe', title: 'Kim', groups, saidAt: new Date(clock.now()), ...more })
const memoryIssuer: Issuer = {
  title: 'login',
  start: async () => fail(messages['issuer-unreachable']({ issuer: 'login', why: 'no browser here' })),
  finish: async () => fail(messages['issuer-unreachable']({ issuer: 'login', why: 'no browser here' })),
  startDevice: async () => fail(messages['device-not-offered']({ issuer: 'login' })),
  finishDevice: async () => ok('pending'),
  refresh: async (token) => {
    asked.push(token)
    if (says === 'silent') return fail(messages['issuer-unreachable']({ issuer: 'login', why: 'ECONNREFUSED' }))
    return ok(says === 'over' ? says : { person: person(says), refreshToken: `refresh ${asked.length + 1}` })
  },
  verify: async () => undefined,
}
const signIn = async () => valueOf(await sessions.signInByIssuer({ person: person(), refreshToken: 'refresh 1' }))
const words = (result: Result<unknown>): string => (result.ok ? 'ok' : result.diagnostics.map((d) => d.message).join('\n'))

describe('a session by an issuer\'s word', () => {
  it('follows groups that were changed there within five minutes, and asks no more often', async () => {
    const { token, account } = await signIn()
    expect(account.subject).toMatchObject({ name: 'kimdoe', role: 'owner', teams: ['lab'] })
    says = ['Ops', 'Stewards']
    await clock.advance(5 * MINUTE - 1)
    expect((await sessions.authenticateToken(token))?.subject).toMatchObject({ role: 'owner', teams: ['lab'] })
    await clock.advance(1)
    expect((await sessions.authenticateToken(token))?.subject).toMatchObject({ role: 'steward', teams: ['ops'] })
    await sessions.authenticateToken(token)
    await clock.advance(5 * MINUTE)
    await sessions.authenticateToken(token)
    expect(asked).toEqual(['refresh 1', 'refresh 2'])
  })

  it('ends where the issuer no longer vouches', async () => {
    const { token } = await signIn()
    says = 'over'
    await clock.advance(5 * MINUTE)
    expect(await sessions.authenticateToken(token)).toBeUndefined()
    says = ['Lab']
    expect(await sessions.authenticateToken(token)).toBeUndefined()
  })

  it('goes on while the issuer cannot be asked, but its last word holds no longer than twelve hours', async () => {
    sessions = openSessions(rig.store, { clock, lifetime: 48 * 60 * MINUTE, issuer: { at: memoryIssuer, groups: MAPPING } })
    const { token } = await signIn()
    says = 'silent'
    await clock.advance(ISSUER_WORD_MILLISECONDS - 1)
    expect(await sessions.authenticateToken(token)).toMatchObject({ subject: { role: 'owner', teams: ['lab'] }, goodUntil: new Date(clock.now() + 1) })
    await clock.advance(1)
    expect((await sessions.authenticateToken(token))?.subject).toMatchObject({ role: 'consumer', teams: [] })
    says = ['Lab']
    await clock.advance(5 * MINUTE)
    expect((await sessions.authenticateToken(token))?.subject).toMatchObject({ role: 'consumer', teams: ['lab'] })
  })

  it('lives an hour where the issuer gave nothing to ask again by', async () => {
    const { expiresAt } = valueOf(await sessions.signInByIssuer({ person: person(), refreshToken: undefined }))
    expect(expiresAt.getTime() - clock.now()).toBe(60 * MINUTE)
  })

  it('keeps what it asks by sealed, so that the database speaks for nobody', async () => {
    const { token } = await signIn()
    const { rows } = await rig.store.pool.query<{ sealed_refresh: string }>('select sealed_refresh from session_token')
    expect(rows[0]?.sealed_refresh).not.toContain('refresh')
    expect(unseal(rows[0]?.sealed_refresh ?? '', token, 'refresh token of a session')).toBe('refresh 1')
    expect(unseal(rows[0]?.sealed_refresh ?? '', `${token}x`, 'refresh token of a session')).toBeUndefined()
  })
})

describe('a person whom an issuer names', () => {
  it('is the same account under another name, and another account under the same name', async () => {
    const { account } = await signIn()
    const renamed = valueOf(await sessions.signInByIssuer({ person: person([], { name: 'Kim Roe', title: 'Kim Roe' }), refreshToken: undefined }))
    expect(renamed.account).toMatchObject({ title: 'Kim Roe', subject: { id: account.subject.id, name: 'kimdoe' } })
    const other = valueOf(await sessions.signInByIssuer({ person: person([], { subject: 'u-2' }), refreshToken: undefined }))
    expect(other.account.subject).toMatchObject({ name: 'kimdoe-2' })
  })

  it('never becomes a local account, a service identity or the platform', async () => {
    valueOf(await createAccount(rig.store, { name: 'ada', password: 'a long password', role: 'administrator' }))
    const names = await Promise.all(['ada', 'system', 'product.flights', '123', 'Łódź ', ''].map(async (name, i) =>
      valueOf(await sessions.signInByIssuer({ person: person([], { subject: `s-${i}`, name }), refreshToken: undefined })).account.subject.name))
    expect(names.toSorted()).toEqual(['ada-2', 'odz', 'person-', 'person--2', 'person-product-flights', 'person-system'])
  })

  it('is one account, however often it signs in for the first time at once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => signIn()))
    expect(new Set(all.map(({ account }) => account.subject.id)).size).toBe(1)
  })

  it('who is disabled here stays so, whatever the issuer says', async () => {
    await signIn()
    valueOf(await disableAccount(rig.store, 'kimdoe'))
    expect(words(await sessions.signInByIssuer({ person: person(), refreshToken: 'x' }))).toBe('The account of this person is disabled here.')
  })

  it('has its role and teams from the issuer alone, and no password', async () => {
    await signIn()
    expect(words(await changeAccount(rig.store, 'kimdoe', { role: 'administrator' }))).toBe('Role and teams of kimdoe follow the groups at https://login.')
    expect(words(await changeAccount(rig.store, 'kimdoe', { attributes: { region: 'EU' } }))).toBe('ok')
    expect((await findAccount(rig.store, 'kimdoe', clock))?.subject).toMatchObject({ role: 'owner', attributes: { region: 'EU' } })
  })

  it('of whom something newer is known stays as that', async () => {
    await signIn()
    valueOf(await sessions.signInByIssuer({ person: person(['Stewards'], { saidAt: new Date(clock.now() - 1) }), refreshToken: undefined }))
    expect((await findAccount(rig.store, 'kimdoe', clock))?.subject).toMatchObject({ role: 'owner', teams: ['lab'] })
  })
})

describe('groups', () => {
  const CASES: readonly [why: string, groups: readonly string[], mapping: GroupMapping, teams: readonly string[], role: string][] = [
    ['that are mapped are those teams, and the greatest role counts', ['Ops', 'Lab', 'Lab', 'Owners', 'Stewards'], MAPPING, ['lab', 'ops'], 'steward'],
    ['that are not mapped mean nothing', ['lab', 'administrator', 'stewards'], MAPPING, [], 'consumer'],
    ['without a mapping are the teams of their names', ['lab', 'Not A Name', '../x'], { teams: undefined, roles: new Map() }, ['lab'], 'consumer'],
  ]
  it.each(CASES)('%s', (_why, groups, mapping, teams, role) => {
    expect(rightsOf(groups, mapping)).toEqual({ teams, role })
  })
})

describe('a seal', () => {
  it('is broken by every change, and of no other use', () => {
    const sealed = seal('a secret', 'key', 'one use')
    expect(unseal(sealed, 'key', 'one use')).toBe('a secret')
    expect(unseal(sealed, 'key', 'another use')).toBeUndefined()
    const bytes = Buffer.from(sealed, 'base64url')
    for (let i = 0; i < bytes.length; i += 1) {
      const flipped = Buffer.from(bytes)
      flipped[i] = (flipped[i] ?? 0) ^ 1
      expect(unseal(flipped.toString('base64url'), 'key', 'one use')).toBeUndefined()
    }
    expect(unseal('', 'key', 'one use')).toBeUndefined()
  })
})
