// The port to an issuer, against a real one: the way there and back, asking again, and what happens when it is gone.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Result } from '@tulle/kernel'
import type { TestIssuer } from '../testing.ts'
import { testIssuer } from '../testing.ts'
import { openIssuer } from './open-issuer.ts'
import type { Issuer, IssuerAnswer, SignInMemory } from './types.ts'

const HERE = 'http://127.0.0.1:9'
let rig: TestIssuer
let issuer: Issuer

beforeAll(async () => {
  rig = await testIssuer()
  rig.admit(HERE)
  issuer = openIssuer({ issuer: rig.url, clientId: rig.clientId, clientSecret: () => rig.clientSecret, audience: rig.audience, groupsClaim: 'groups', groups: { teams: undefined, roles: new Map() } })
})
afterAll(() => rig.close())

const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => d.message).join('\n'))
  return result.value
}
const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : (result.diagnostics[0]?.code ?? ''))

async function goThere(person: string): Promise<{ readonly back: URL; readonly memory: SignInMemory }> {
  rig.visitor = person
  const { url, memory } = valueOf(await issuer.start({ redirectUri: `${HERE}/oidc/callback`, to: '/' }))
  return { back: new URL(await (await rig.browse(url.href, new Map())).text()), memory }
}

async function signIn(person: string): Promise<IssuerAnswer> {
  const { back, memory } = await goThere(person)
  return valueOf(await issuer.finish(back, memory))
}

it('says where there is no way for devices', async () => {
  expect(await issuer.startDevice()).toMatchObject({ ok: false, diagnostics: [{ code: 'device-not-offered' }] })
})

describe('an issuer', () => {
  it('says who came back, and with which groups', async () => {
    rig.people.set('kim', { groups: ['lab', 'ops'] })
    const { person, refreshToken } = await signIn('kim')
    expect(person).toMatchObject({ issuer: rig.url, subject: 'kim', name: 'kim', title: 'kim of the issuer', groups: ['lab', 'ops'] })
    expect(refreshToken).toMatch(/^.{20,}$/u)
  })

  it('is asked again without the person, and says the groups of then', async () => {
    rig.people.set('kim', { groups: ['lab'] })
    const { refreshToken = '' } = await signIn('kim')
    rig.people.set('kim', { groups: ['ops'] })
    const again = valueOf(await issuer.refresh(refreshToken, 'kim'))
    expect(again).toMatchObject({ person: { subject: 'kim', groups: ['ops'] } })
  })

  it('vouches no longer for whoever it has forgotten, nor for another person', async () => {
    const first = await signIn('kim')
    expect(valueOf(await issuer.refresh(first.refreshToken ?? '', 'bo'))).toBe('over')
    const second = await signIn('kim')
    rig.forget()
    expect(valueOf(await issuer.refresh(second.refreshToken ?? '', 'kim'))).toBe('over')
    expect(valueOf(await issuer.refresh('made up', 'kim'))).toBe('over')
  })

  const WRONG: readonly [why: string, change: (back: URL, memory: SignInMemory) => readonly [URL, SignInMemory]][] = [
    ['another state', (back, memory) => [back, { ...memory, state: 'x' }]],
    ['another nonce', (back, memory) => [back, { ...memory, nonce: 'x' }]],
    ['another verifier of PKCE', (back, memory) => [back, { ...memory, verifier: 'x'.repeat(43) }]],
    ['another issuer in the address', (back, memory) => [new URL(back.href.replace(/iss=[^&]*/u, 'iss=https%3A%2F%2Fevil.example')), memory]],
    ['a refusal', (back, memory) => [new URL(`${HERE}/oidc/callback?error=access_denied&state=${back.searchParams.get('state')}&iss=${encodeURIComponent(rig.url)}`), memory]],
  ]
  it.each(WRONG)('is not believed with %s', async (_why, change) => {
    const { back, memory } = await goThere('kim')
    expect(codeOf(await issuer.finish(...change(back, memory)))).toBe('issuer-refused')
  })

  it('is believed once', async () => {
    const { back, memory } = await goThere('kim')
    expect(codeOf(await issuer.finish(back, memory))).toBe('ok')
    expect(codeOf(await issuer.finish(back, memory))).toBe('issuer-refused')
  })

  it('that does not answer is a sentence, and is found when it does', async () => {
    const late = await testIssuer()
    const port = openIssuer({ issuer: late.url, clientId: 'tulle', clientSecret: () => late.clientSecret, audience: undefined, groupsClaim: 'groups', groups: { teams: undefined, roles: new Map() } })
    expect(codeOf(await port.start({ redirectUri: `${HERE}/oidc/callback`, to: '/' }))).toMatch(/^issuer-(?:unreachable|refused)$/u)
    late.admit(HERE)
    expect(codeOf(await port.start({ redirectUri: `${HERE}/oidc/callback`, to: '/' }))).toBe('ok')
    expect(await port.verify(await late.sign({}))).toBeUndefined()
    await late.close()
    expect(codeOf(await port.refresh('any', 'kim'))).toBe('issuer-unreachable')
  })
})
