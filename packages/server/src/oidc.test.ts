// Signing in by an issuer, at a running Tulle: a real issuer, a browser's way to it and back, and what a group is worth.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CookieJar, TestIssuer } from '@tulle/access/testing'
import { testIssuer } from '@tulle/access/testing'
import { API_ROOT } from '@tulle/api'
import { startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'
import { shopMesh } from './testing-mesh.ts'

let tulle: TestTulle
let issuer: TestIssuer
let mesh: string
let secrets: string

beforeAll(async () => {
  mesh = shopMesh()
  secrets = mkdtempSync('/tmp/tulle-oidc-')
  issuer = await testIssuer({ devices: true })
  writeFileSync(join(secrets, 'client'), `${issuer.clientSecret}\n`, { mode: 0o600 })
  tulle = await startTulle({
    mesh,
    environment: {
      TULLE_OIDC_ISSUER: issuer.url, TULLE_OIDC_CLIENT_ID: issuer.clientId, TULLE_OIDC_CLIENT_SECRET_FILE: join(secrets, 'client'), TULLE_OIDC_AUDIENCE: issuer.audience,
      TULLE_OIDC_TEAMS: 'Sales People=sales_team,Support People=support_team', TULLE_OIDC_ROLES: 'Product Owners=owner,Mesh Admins=administrator',
    },
  })
  issuer.admit(tulle.url)
  issuer.people.set('kim', { groups: ['Sales People', 'Product Owners'] })
  issuer.people.set('ana', { groups: [] })
}, 120_000)

afterAll(async () => {
  await tulle?.stop()
  await issuer?.close()
  for (const folder of [mesh, secrets]) rmSync(folder, { recursive: true, force: true })
})

interface Me { readonly name: string; readonly role: string; readonly teams: readonly string[]; readonly title: string }
const cookies = (jar: CookieJar): string => [...(jar.get(new URL(tulle.url).host) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
const me = async (headers: Readonly<Record<string, string>>): Promise<Me | number> => {
  const answer = await fetch(`${tulle.url}${API_ROOT}/me`, { headers })
  return answer.ok ? ((await answer.json()) as Me) : answer.status
}
const signIn = async (person: string, jar: CookieJar = new Map()): Promise<CookieJar> => {
  issuer.visitor = person
  await issuer.browse(`${tulle.url}/oidc/sign-in?to=/catalogue`, jar)
  return jar
}

describe('signing in by an issuer', () => {
  it('makes an account with the teams and the role of its groups, and a session that scripts cannot read', async () => {
    issuer.visitor = 'kim'
    const jar: CookieJar = new Map()
    const page = await issuer.browse(`${tulle.url}/oidc/sign-in?to=/catalogue`, jar)
    expect(page.url === '' || new URL(page.url).pathname === '/catalogue').toBe(true)
    expect(await me({ cookie: cookies(jar) })).toMatchObject({ name: 'kim', title: 'kim of the issuer', role: 'owner', teams: ['sales_team'] })
    const status = (await (await fetch(`${tulle.url}${API_ROOT}/status`)).json()) as { issuer?: unknown }
    expect(status.issuer).toEqual({ title: new URL(issuer.url).host, path: '/oidc/sign-in' })
  })

  it('never takes over a local account of the same name', async () => {
    expect(await me({ cookie: cookies(await signIn('ana')) })).toMatchObject({ name: 'ana-2', role: 'consumer', teams: [] })
  })

  it('follows a group that was changed there, at the next sign-in and for a session that is open', async () => {
    const jar = await signIn('kim')
    issuer.people.set('kim', { groups: ['Support People'] })
    expect(await me({ cookie: cookies(await signIn('kim')) })).toMatchObject({ role: 'consumer', teams: ['support_team'] })
    expect(await me({ cookie: cookies(jar) })).toMatchObject({ role: 'consumer', teams: ['support_team'] })
    issuer.people.set('kim', { groups: ['Sales People', 'Product Owners'] })
    expect(await me({ cookie: cookies(await signIn('kim')) })).toMatchObject({ role: 'owner', teams: ['sales_team'] })
  })

  it('comes to nothing without the cookie of the browser that began it, and is used once', async () => {
    issuer.visitor = 'kim'
    const begun = await fetch(`${tulle.url}/oidc/sign-in`, { redirect: 'manual' })
    const address = new URL(begun.headers.get('location') ?? '')
    expect([...address.searchParams.keys()].toSorted()).toEqual(['client_id', 'code_challenge', 'code_challenge_method', 'nonce', 'prompt', 'redirect_uri', 'response_type', 'scope', 'state'])
    expect(begun.headers.get('set-cookie')).toMatch(/^tulle_sign_in_\d+=[\w-]+; Path=\/oidc\/; HttpOnly; SameSite=Lax; Max-Age=600$/u)
    const lost = await fetch(`${tulle.url}/oidc/callback?code=x&state=${address.searchParams.get('state')}`, { redirect: 'manual' })
    expect([lost.status, lost.headers.get('location')]).toEqual([302, '/sign-in?trouble=sign-in-lost'])
    const [cookie = ''] = (begun.headers.get('set-cookie') ?? '').split(';')
    const forged = await fetch(`${tulle.url}/oidc/callback?code=x&state=forged`, { redirect: 'manual', headers: { cookie } })
    expect(forged.headers.get('location')).toBe('/sign-in?trouble=issuer-refused')
    const guessed = await fetch(`${tulle.url}/oidc/callback?code=guessed&state=${address.searchParams.get('state')}&iss=${encodeURIComponent(issuer.url)}`, { redirect: 'manual', headers: { cookie } })
    expect(guessed.headers.get('location')).toBe('/sign-in?trouble=issuer-refused')
    for (const answer of [lost, forged, guessed]) expect(answer.headers.getSetCookie().some((line) => /^tulle_\d+=/u.test(line))).toBe(false)
  })

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example', '/a\tb', ''])('leads to no page elsewhere: %j', async (to) => {
    issuer.visitor = 'kim'
    const jar: CookieJar = new Map()
    await issuer.browse(`${tulle.url}/oidc/sign-in?to=${encodeURIComponent(to)}`, jar)
    expect(await me({ cookie: cookies(jar) })).toMatchObject({ name: 'kim' })
  })

  it('says no secret in the log', () => {
    expect(tulle.output()).not.toContain(issuer.clientSecret)
    expect(tulle.sh('cat .tulle/logs/*').stdout).not.toContain(issuer.clientSecret)
  })
})

/** `tulle login` as its user sees it: what it says on the way, and how it ends. */
function login(...flags: readonly string[]): { readonly address: Promise<string>; readonly ended: Promise<{ code: number | null; out: string; err: string }> } {
  const child = spawn('tulle', ['login', ...flags], { cwd: tulle.checkout, env: tulle.environment, stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  const ended = new Promise<{ code: number | null; out: string; err: string }>((done) => child.once('close', (code) => done({ code, out, err })))
  const address = new Promise<string>((found, failed) => {
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString()
      const [, url] = /Open (\S+) in a browser/u.exec(err) ?? []
      if (url !== undefined) found(url)
    })
    child.once('close', () => failed(new Error(err)))
  })
  return { address, ended }
}
const whoami = (): unknown => JSON.parse(tulle.sh('tulle whoami -o json').stdout || '{}')

describe('the command line, signing in by the issuer', () => {
  it('waits while a person confirms its code in a browser elsewhere', async () => {
    issuer.visitor = 'kim'
    const { address, ended } = login()
    const page = await address
    expect(new URL(page).origin).toBe(issuer.url)
    expect((await issuer.confirmDevice(page)).status).toBe(200)
    expect(await ended).toMatchObject({ code: 0, out: expect.stringMatching(/^Signed in at \S+ as kim \(owner\)\.\n$/u) as string })
    expect(whoami()).toMatchObject({ name: 'kim', role: 'owner', teams: ['sales_team'] })
    expect(statSync(join(tulle.checkout, '.config/sessions.json')).mode & 0o777).toBe(0o600)
    expect(tulle.sh('tulle logout').status).toBe(0)
  })

  it('is told where the person refuses', async () => {
    const { address, ended } = login()
    await issuer.confirmDevice(await address, 'no')
    expect(await ended).toMatchObject({ code: 1, err: expect.stringContaining('issuer-refused') as string })
  })

  it('listens at a port of its own for a browser that comes back, and to nobody without its state', async () => {
    issuer.visitor = 'kim'
    const { address, ended } = login('--browser')
    const begun = await address
    const { searchParams } = new URL(begun)
    const own = `http://127.0.0.1:${searchParams.get('port')}/`
    for (const forged of ['', '?code=x', `?code=x&state=${'A'.repeat(43)}`, `?state=${searchParams.get('state')}`]) expect((await fetch(own + forged)).status, forged).toBe(400)
    const last = await issuer.browse(begun, new Map())
    expect([last.status, await last.text()]).toEqual([200, 'You are signed in. This page can be closed.\n'])
    expect(await ended).toMatchObject({ code: 0, out: expect.stringContaining('as kim (owner)') as string })
    expect(whoami()).toMatchObject({ name: 'kim' })
    expect(readFileSync(join(tulle.checkout, '.config/sessions.json'), 'utf8')).not.toContain(searchParams.get('state'))
  })

  it('gets a session by its code once, and nobody gets one without the verifier', async () => {
    issuer.visitor = 'kim'
    const post = (body: object): Promise<Response> => fetch(`${tulle.url}${API_ROOT}/session/code`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    const verifier = 'v'.repeat(43)
    const challenge = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(verifier))).toString('base64url')
    const code = async (): Promise<string> => new URL(await (await issuer.browse(`${tulle.url}/oidc/sign-in?port=9999&challenge=${challenge}&state=${'s'.repeat(43)}`, new Map(), 'http://127.0.0.1:9999/')).text()).searchParams.get('code') ?? ''
    const stolen = await code()
    expect((await post({ code: stolen, verifier: 'w'.repeat(43) })).status).toBe(401)
    expect((await post({ code: stolen, verifier })).status, 'a code that was tried is used up').toBe(401)
    const good = await code()
    expect((await post({ code: good, verifier })).status).toBe(201)
    expect((await post({ code: good, verifier })).status).toBe(401)
  })

  it.each(['port=80&challenge=C&state=S', 'port=9999', 'port=99999&challenge=C&state=S', 'port=9999@evil.example&challenge=C&state=S', 'port=9999&challenge=short&state=S', 'port=9999&challenge=C&state=a%0d%0ab'])('sends no browser to %s', async (query) => {
    const answer = await fetch(`${tulle.url}/oidc/sign-in?${query.replace('=C', `=${'C'.repeat(43)}`).replace('=S', `=${'S'.repeat(43)}`)}`, { redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/sign-in?trouble=sign-in-lost'])
  })
})

describe('a client of the Model Context Protocol', () => {
  it('is led to the issuer, and comes back with a token that names this Tulle or its address', async () => {
    const refused = await fetch(`${tulle.url}/mcp`, { method: 'POST', body: '{}' })
    const [, at = ''] = /resource_metadata="([^"]+)"/u.exec(refused.headers.get('www-authenticate') ?? '') ?? []
    const metadata = (await (await fetch(at)).json()) as { resource: string; authorization_servers: string[] }
    expect(metadata).toMatchObject({ resource: `${tulle.url}/mcp`, authorization_servers: [issuer.url] })
    const hello = (token: string) => fetch(metadata.resource, {
      method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'x', version: '1' } } }),
    })
    expect((await hello(await issuer.accessToken('kim'))).status).toBe(200)
    expect((await hello(await issuer.sign({ claims: { sub: 'kim', aud: metadata.resource } }))).status).toBe(200)
    for (const other of [{ aud: 'another-api' }, { aud: `${tulle.url}/` }, { aud: `${metadata.resource}/x` }, { aud: undefined }]) expect((await hello(await issuer.sign({ claims: { sub: 'kim', ...other } }))).status).toBe(401)
    expect((await hello(await issuer.sign({ by: 'stranger', claims: { sub: 'kim', aud: metadata.resource } }))).status).toBe(401)
  })
})

describe('an access token of the issuer', () => {
  it('opens the API as the person that it names, with the groups that it says', async () => {
    expect(await me({ authorization: `Bearer ${await issuer.accessToken('kim')}` })).toMatchObject({ name: 'kim', role: 'owner', teams: ['sales_team'] })
  })

  it('that is older than what is known changes nothing', async () => {
    const old = await issuer.sign({ claims: { sub: 'kim', groups: ['Mesh Admins'], iat: Math.floor(Date.now() / 1000) - 200 } })
    expect(await me({ authorization: `Bearer ${old}` })).toMatchObject({ name: 'kim', role: 'owner' })
  })

  const b64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const payload = (): object => ({ iss: issuer.url, aud: issuer.audience, sub: 'kim', iat: Math.floor(Date.now() / 1000), exp: Math.floor(Date.now() / 1000) + 300 })
  const FORGED: readonly [why: string, token: () => Promise<string> | string][] = [
    ['of a stranger\'s key', () => issuer.sign({ by: 'stranger' })],
    ['of a stranger\'s key that it brings along', () => issuer.sign({ by: 'stranger', header: { jwk: { kty: 'RSA', e: 'AQAB', n: 'x' } } })],
    ['with an address of keys', () => issuer.sign({ header: { jku: 'https://evil.example/keys' } })],
    ['for another audience', () => issuer.sign({ claims: { aud: 'elsewhere' } })],
    ['without an audience', () => issuer.sign({ claims: { aud: undefined } })],
    ['of another issuer', () => issuer.sign({ claims: { iss: 'https://evil.example' } })],
    ['that has expired', () => issuer.sign({ seconds: -1 })],
    ['without an end', () => issuer.sign({ claims: { exp: undefined } })],
    ['that is not good yet', () => issuer.sign({ claims: { nbf: Math.floor(Date.now() / 1000) + 60 } })],
    ['that is an identity and no access token', () => issuer.sign({ header: { typ: 'JWT' } })],
    ['without a signature', () => `${b64({ alg: 'none', typ: 'at+jwt' })}.${b64(payload())}.`],
    ['whose signature is anything', () => `${b64({ alg: 'none', typ: 'at+jwt' })}.${b64(payload())}.AAAA`],
    ['signed by the public key as if it were a secret', () => `${b64({ alg: 'HS256', typ: 'at+jwt', kid: 'key-1' })}.${b64(payload())}.AAAA`],
    ['cut short', async () => (await issuer.sign({})).slice(0, -2)],
  ]
  it.each(FORGED)('%s opens nothing', async (_why, token) => {
    expect(await me({ authorization: `Bearer ${await token()}` })).toBe(401)
  })

  it('control: the same token without the flaw opens', async () => {
    expect(await me({ authorization: `Bearer ${await issuer.sign({ claims: { sub: 'kim' } })}` })).toMatchObject({ name: 'kim' })
  })
})
