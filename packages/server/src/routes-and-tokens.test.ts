// Every route × everything that is no credential × every way to write its path: nobody gets in. The routes are those that
// the door itself hangs up, so that a new one cannot be forgotten.

import { createHmac } from 'node:crypto'
import { request } from 'node:http'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestIssuer } from '@tulle/access/testing'
import { testIssuer } from '@tulle/access/testing'
import { API_ROOT, endpoints } from '@tulle/api'
import type { Endpoint } from '@tulle/api'
import { startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'
import type { House } from './house.ts'
import { openApp } from './http/app.ts'
import { mountEverything } from './http/open-http-door.ts'
import { shopMesh } from './testing-mesh.ts'

interface Route { readonly method: string; readonly path: string }

/** What strangers may reach; everything else that is ever hung up needs somebody who is signed in. */
const PUBLIC: ReadonlySet<string> = new Set([
  'GET /api/v1/status', 'POST /api/v1/session', 'POST /api/v1/session/code', 'POST /api/v1/session/device', 'POST /api/v1/session/device/answer', 'GET /openapi.json', 'GET /oidc/sign-in', 'GET /oidc/callback',
  // Pages without data: the scripts on them ask for what they show, as whoever looks.
  'GET /data/v1/:product/docs', 'GET /data/v1/:product/docs.js',
])
const isPublic = ({ method, path }: Route): boolean => {
  const key = `${method === 'HEAD' ? 'GET' : method} ${path}`
  return PUBLIC.has(key) || /^GET \/docs(?:\/|$)/u.test(key) || (key.startsWith('GET /') && !/^GET \/(?:api|data|iceberg|products|opa|mcp)\b/u.test(key))
}

/** Hangs up everything that the door has, and says what that is. Handlers are not called but for strangers, whom nothing is looked up for. */
async function hangUp(more: (app: FastifyInstance) => void = () => undefined): Promise<{ readonly app: FastifyInstance; readonly routes: readonly Route[] }> {
  const routes: Route[] = []
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined } as unknown as House['log']
  const app = openApp(log)
  app.addHook('onRoute', ({ method, url }) => void routes.push(...[method].flat().map((one) => ({ method: one, path: url }))))
  // Every setting is a text that leads nowhere: what is hung up must not depend on it.
  const settings = new Proxy({ httpPort: 1 } as Record<string, unknown>, { get: (known, name) => known[String(name)] ?? '/nowhere' })
  await mountEverything(app, { log, settings, url: 'http://127.0.0.1:1', issuer: {}, sessions: {}, clock: { now: () => 0 } } as unknown as House)
  more(app)
  await app.ready()
  return { app, routes }
}

const concrete = (path: string): string => path.replaceAll(/:product/gu, 'orders').replaceAll(/:dataSet/gu, 'orders').replaceAll(/:\w+/gu, 'ana').replace('*', 'v1/namespaces')

/** Ways to write one address so that two readers may read it differently. */
const TRICKS: readonly (readonly [why: string, write: (path: string) => string])[] = [
  ['as it is', (path) => path],
  ['a slash twice', (path) => `/${path}`],
  ['a slash twice inside', (path) => path.replace(/\/(?=[^/]+$)/u, '//')],
  ['a slash at the end', (path) => `${path}/`],
  ['a step aside and back', (path) => path.replace(/\/(?=[^/]+$)/u, '/x/../')],
  ['a step in place', (path) => path.replace(/\/(?=[^/]+$)/u, '/./')],
  ['from a public address', (path) => `/docs/..${path}`],
  ['from a public address, encoded', (path) => `/docs/%2e%2e${path}`],
  ['a parameter of the path', (path) => `${path};x=1`],
  ['a public address as parameter', (path) => `${path};/api/v1/status`],
  ['encoded slashes', (path) => `/${path.slice(1).replaceAll('/', '%2f')}`],
  ['encoded letters', (path) => path.replace('/api', '/%61pi').replace('/data', '/%64ata').replace('/iceberg', '/%69ceberg')],
  ['encoded twice', (path) => path.replace('/api', '/%2561pi').replace('/data', '/%2564ata').replace('/iceberg', '/%2569ceberg')],
  ['other case', (path) => path.toUpperCase()],
  ['a dot at the end', (path) => `${path}.`],
  ['a NUL at the end', (path) => `${path}%00`],
  ['backslashes', (path) => path.replaceAll('/', '\\')],
  ['an ending', (path) => `${path}.json`],
  ['a fragment', (path) => `${path}#/api/v1/status`],
  ['a question mark, encoded', (path) => `${path}%3f/api/v1/status`],
  ['a whole address', (path) => `http://127.0.0.1${path}`],
  ['a whole address of elsewhere', (path) => `http://evil.example${path}`],
]

let tulle: TestTulle
let issuer: TestIssuer
let mesh: string
let secrets: string
let routes: readonly Route[]
let credentials: readonly (readonly [why: string, headers: Readonly<Record<string, string>>])[]
let living: string

beforeAll(async () => {
  mesh = shopMesh()
  secrets = mkdtempSync('/tmp/tulle-routes-')
  issuer = await testIssuer()
  writeFileSync(join(secrets, 'client'), issuer.clientSecret, { mode: 0o600 })
  tulle = await startTulle({ mesh, environment: { TULLE_OIDC_ISSUER: issuer.url, TULLE_OIDC_CLIENT_ID: issuer.clientId, TULLE_OIDC_CLIENT_SECRET_FILE: join(secrets, 'client'), TULLE_OIDC_AUDIENCE: issuer.audience } })
  issuer.admit(tulle.url)
  issuer.people.set('ana', { groups: [] })
  const hung = await hangUp()
  routes = hung.routes
  await hung.app.close()
  credentials = await makeCredentials()
}, 180_000)

afterAll(async () => {
  await tulle?.stop()
  await issuer?.close()
  for (const folder of [mesh, secrets]) rmSync(folder, { recursive: true, force: true })
})

const basic = (user: string, password = tulle.secret(user)): string => `Basic ${btoa(`${user}:${password}`)}`
const api = async (authorization: string, method: string, path: string, body?: object): Promise<unknown> => {
  const answer = await fetch(`${tulle.url}${API_ROOT}${path}`, { method, headers: { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) }, ...(body !== undefined && { body: JSON.stringify(body) }) })
  return answer.status === 204 ? undefined : answer.json()
}

async function makeCredentials(): Promise<typeof credentials> {
  const token = async (user: string, more: object = {}) => (await api(basic(user), 'POST', '/tokens', { label: 'x', scope: 'full', ...more })) as { secret: string; token: { id: string } }
  living = (await token('ada')).secret
  const expired = await token('ada', { expiresAt: new Date(Date.now() + 1500).toISOString() })
  const revoked = await token('ada')
  await api(basic('ada'), 'DELETE', `/tokens/${revoked.token.id}`)
  const disabled = await token('olga')
  const session = (await api('', 'POST', '/session', { name: 'ada', password: tulle.secret('ada') })) as { token: string }
  await api(`Bearer ${session.token}`, 'DELETE', '/session')
  const open = (await api('', 'POST', '/session', { name: 'ada', password: tulle.secret('ada') })) as { token: string }
  await api(basic('ada'), 'DELETE', '/accounts/olga')
  await new Promise((wake) => setTimeout(wake, 1600))
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const body = part({ iss: issuer.url, aud: issuer.audience, sub: 'ana', iat: now, exp: now + 300 })
  const { keys: [jwk] } = (await (await fetch(`${issuer.url}/jwks`)).json()) as { keys: [{ n: string }] }
  const confused = `${part({ alg: 'HS256', typ: 'at+jwt', kid: 'key-1' })}.${body}`
  const bearer = (value: string) => ({ authorization: `Bearer ${value}` })
  const cookie = `tulle_${new URL(tulle.url).port}`
  return [
    ['nothing', {}],
    ['an expired token', bearer(expired.secret)],
    ['a revoked token', bearer(revoked.secret)],
    ['a token of a disabled account', bearer(disabled.secret)],
    ['a session that was ended', bearer(session.token)],
    ['a living token, cut short', bearer(living.slice(0, -1))],
    ['a living token under another scheme', { authorization: `Token ${living}` }],
    ['a living token with a word before it', { authorization: `Bearer x ${living}` }],
    ['a living token in a cookie of another name', { cookie: `tulle_1=${living}` }],
    ['a living session in the cookie, sent by another site', { cookie: `${cookie}=${open.token}`, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['a password of a disabled account', { authorization: basic('olga') }],
    ['a name without a password', { authorization: `Basic ${btoa('ada:')}` }],
    ['an access token of another issuer', bearer(await issuer.sign({ claims: { iss: 'https://evil.example' } }))],
    ['an access token for another audience', bearer(await issuer.sign({ claims: { aud: 'elsewhere' } }))],
    ['an access token of a stranger\'s key', bearer(await issuer.sign({ by: 'stranger' }))],
    ['an access token that has expired', bearer(await issuer.sign({ seconds: -10 }))],
    ['an access token without a signature', bearer(`${part({ alg: 'none', typ: 'at+jwt' })}.${body}.`)],
    ['an access token signed by the public key', bearer(`${confused}.${createHmac('sha256', jwk.n).update(confused).digest('base64url')}`)],
    ['an identity token', bearer(await issuer.sign({ header: { typ: 'JWT' } }))],
    ['garbage', bearer('a.b.c')],
    ['a lot of garbage', bearer('A'.repeat(8000))],
  ]
}

interface Answer { readonly status: number; readonly type: string }

function send(method: string, path: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  const { hostname, port } = new URL(tulle.url)
  return new Promise((resolve) => {
    const body = method === 'GET' || method === 'HEAD' || method === 'DELETE' ? undefined : '{}'
    const asked = request({ host: hostname, port, method, path: '/', agent: false, headers: { accept: 'application/json', ...headers, ...(body !== undefined && { 'content-type': 'application/json', 'content-length': '2' }) } }, (answer) => {
      answer.resume()
      answer.once('close', () => resolve({ status: answer.statusCode ?? 0, type: answer.headers['content-type'] ?? '' }))
    })
    // Node would refuse some of these paths, or tidy them up; what is sent is exactly what is written.
    ;(asked as unknown as { path: string }).path = path
    asked.once('error', () => resolve({ status: 400, type: '' }))
    asked.end(body)
  })
}

/** Whether somebody got in. A page of the console is nobody's data. */
const isIn = ({ status, type }: Answer): boolean => status > 0 && status < 400 && !type.startsWith('text/html')

async function inTurn<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items]
  await Promise.all(Array.from({ length: 8 }, async () => {
    for (let item = rest.pop(); item !== undefined; item = rest.pop()) await work(item)
  }))
}

/** Every route with every credential, every way to write a path with none, and an eighth of the rest; `TULLE_TEST_WHOLE=1` asks all. */
const WHOLE = process.env['TULLE_TEST_WHOLE'] === '1'

describe('every route', () => {
  it('is known: those of the description, and others', () => {
    const described = Object.values<Endpoint>(endpoints).map(({ method, path }) => `${method} ${API_ROOT}${path}`)
    const hung = new Set(routes.map(({ method, path }) => `${method} ${path}`))
    expect(described.filter((one) => !hung.has(one))).toEqual([])
    expect(Object.values<Endpoint>(endpoints).filter(({ method, path, auth }) => (auth === 'public') !== isPublic({ method, path: `${API_ROOT}${path}` })).map(({ path }) => path)).toEqual([])
    expect(routes.filter((route) => !isPublic(route)).length).toBeGreaterThan(60)
  })

  it('lets nobody in without a credential that is good now, however its path is written', async () => {
    const guarded = routes.filter((route) => !isPublic(route))
    const work = guarded.flatMap((route, r) => credentials.flatMap(([why, headers], c) => TRICKS.flatMap(([trick, write], t) =>
      WHOLE || c === 0 || trick === 'as it is' || (r + c + t) % 8 === 0 ? [{ route, why, headers, trick, path: write(concrete(route.path)) }] : [])))
    const through: string[] = []
    const unlike: string[] = []
    let asked = 0
    await inTurn(work, async ({ route, why, headers, trick, path }) => {
      const answer = await send(route.method, path, headers)
      asked += 1
      if (isIn(answer)) through.push(`${route.method} ${path} with ${why} (${trick}): ${answer.status}`)
      // Whoever tries too often has to wait: 429, which the protocol of the Iceberg catalogue knows as 503.
      if (trick === 'as it is' && ![401, 403, 429, 503].includes(answer.status)) unlike.push(`${route.method} ${path} with ${why}: ${answer.status}`)
    })
    console.info(`${asked} requests: ${WHOLE ? 'all' : 'a part'} of ${guarded.length} routes × ${credentials.length} credentials × ${TRICKS.length} ways to write a path`)
    expect({ through, unlike }).toEqual({ through: [], unlike: [] })
    expect(asked).toBeGreaterThan(WHOLE ? 40_000 : 8_000)
  }, 600_000)

  it('control: a credential that is good gets in by the same way of asking', async () => {
    expect(isIn(await send('GET', `${API_ROOT}/me`, { authorization: `Bearer ${living}` }))).toBe(true)
    expect(isIn(await send('GET', '/iceberg/v1/namespaces', { authorization: `Bearer ${living}` }))).toBe(true)
  })

  it('control: a route that is opened by mistake is caught', async () => {
    const { app, routes: hung } = await hangUp((door) => {
      door.get('/api/v1/forgotten', async () => ({ rows: [] }))
      door.post('/data/v1/:product/forgotten', async () => ({ rows: [] }))
    })
    const open: string[] = []
    for (const route of hung.filter((one) => !isPublic(one) && one.method !== 'HEAD')) {
      const answer = await app.inject({ method: route.method as 'GET', url: concrete(route.path), headers: { accept: 'application/json' }, ...(route.method !== 'GET' && route.method !== 'DELETE' && { payload: {} }) })
      if (isIn({ status: answer.statusCode, type: String(answer.headers['content-type']) })) open.push(`${route.method} ${route.path}`)
    }
    await app.close()
    expect(open).toEqual(['GET /api/v1/forgotten', 'POST /data/v1/:product/forgotten'])
  })
})
