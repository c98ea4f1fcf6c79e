// The HTTP door under people who should not pass it.

import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_ROOT, endpoints } from '@tulle/api'
import type { Endpoint } from '@tulle/api'
import { startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'

const MESH = `apiVersion: tulle.dev/v1
kind: Mesh
metadata: { name: small }
spec:
  purposes: [{ name: sales }]
  demo: { users: [{ name: ada, title: Ada, role: administrator, purposes: [sales] }, { name: ana, title: Ana, role: consumer, purposes: [sales] }] }
`

const SIGNED_IN = Object.entries<Endpoint>(endpoints).filter(([, endpoint]) => endpoint.auth === 'signed-in')
const addressOf = (endpoint: Endpoint): string => `${API_ROOT}${endpoint.path.replace(/:\w+/gu, 'x')}`

let tulle: TestTulle
let token: string
let mesh: string

beforeAll(async () => {
  mesh = mkdtempSync('/tmp/tulle-small-')
  writeFileSync(join(mesh, 'mesh.yaml'), MESH)
  tulle = await startTulle({ mesh })
  token = await signIn('ana')
}, 120_000)

afterAll(async () => {
  await tulle?.stop()
  rmSync(mesh, { recursive: true, force: true })
})

const call = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${tulle.url}${path}`, { redirect: 'manual', ...init })

async function signIn(name: string): Promise<string> {
  const response = await call(`${API_ROOT}/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name, password: tulle.secret(name) }) })
  return ((await response.json()) as { token: string }).token
}

describe('every endpoint that needs a session', () => {
  it.each(SIGNED_IN.map(([name, endpoint]) => [name, endpoint] as const))('%s refuses a stranger', async (_name, endpoint) => {
    const response = await call(addressOf(endpoint), { method: endpoint.method, ...(endpoint.body !== undefined && { headers: { 'content-type': 'application/json' }, body: '{}' }) })
    expect([response.status, response.headers.get('content-type')]).toEqual([401, 'application/problem+json; charset=utf-8'])
  })

  it.each([
    ['a token that nobody gave', () => ({ authorization: `Bearer tulle_${'A'.repeat(43)}` })],
    ['half a token', () => ({ authorization: `Bearer ${token.slice(0, -1)}` })],
    ['a token that was ended', async () => {
      const ended = await signIn('ana')
      await call(`${API_ROOT}/session`, { method: 'DELETE', headers: { authorization: `Bearer ${ended}` } })
      return { authorization: `Bearer ${ended}` }
    }],
    ['a wrong password', () => ({ authorization: `Basic ${Buffer.from('ana:wrong').toString('base64')}` })],
    ['a name that does not exist', () => ({ authorization: `Basic ${Buffer.from('nobody:wrong').toString('base64')}` })],
    ['another scheme', () => ({ authorization: 'Negotiate abc' })],
  ])('refuses %s', async (_what, headers) => {
    const response = await call(`${API_ROOT}/me`, { headers: await headers() })
    expect(response.status).toBe(401)
  })

  it.each(['/api/v1/me;v1/status', '/api/v1//me', '/api/v1/status/../me', '/api/v1/%2e%2e/v1/me', '/API/V1/ME', '/api/v1/me/', '/api/v1/me%00', '/api/v1/status%2f..%2fme'])('is not reached without one by %s', async (path) => {
    const response = await call(path)
    expect([401, 404, 400]).toContain(response.status)
    expect(await response.text()).not.toContain('"role"')
  })
})

describe('a browser\'s session', () => {
  const cookie = async (): Promise<string> => {
    const response = await call(`${API_ROOT}/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'ana', password: tulle.secret('ana') }) })
    const header = response.headers.get('set-cookie') ?? ''
    expect(header).toMatch(/^tulle_\d+=tulle_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/u)
    return header.split(';')[0] ?? ''
  }

  it('is a cookie that no script reads, and works for the console\'s own pages', async () => {
    const response = await call(`${API_ROOT}/me`, { headers: { cookie: await cookie() } })
    expect(response.status).toBe(200)
  })

  it.each([
    ['another origin', { origin: 'http://evil.example' }, 403],
    ['another port of this host', { origin: 'http://127.0.0.1:1' }, 403],
    ['no origin at all', {}, 403],
  ])('changes nothing for a page of %s', async (_what, headers, status) => {
    const response = await call(`${API_ROOT}/session`, { method: 'DELETE', headers: { cookie: await cookie(), ...headers } })
    expect(response.status).toBe(status)
  })

  it('changes what its own page asks for', async () => {
    const response = await call(`${API_ROOT}/session`, { method: 'DELETE', headers: { cookie: await cookie(), origin: tulle.url } })
    expect(response.status).toBe(204)
  })
})

describe('an answer', () => {
  it.each(['/', '/api/v1/status', '/nowhere', '/docs/'])('of %s carries the headers that keep a browser strict', async (path) => {
    const { headers } = await call(path, { headers: { accept: 'text/html' } })
    expect(headers.get('content-security-policy')).toMatch(/script-src 'self'/u)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('to more than it takes comes before the body is read', async () => {
    const sent = request(`${tulle.url}${API_ROOT}/plans`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': 65 * 1024 * 1024 } })
    sent.on('error', () => undefined).flushHeaders()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(413)
    sent.destroy()
  })

  it('to bad JSON or a wrong type is a sentence and the right status', async () => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const post = async (body: string): Promise<readonly [number, string]> => {
      const response = await call(`${API_ROOT}/plans`, { method: 'POST', headers, body })
      return [response.status, ((await response.json()) as { type: string }).type]
    }
    expect(await post('{"files": ')).toEqual([400, 'urn:tulle:problem:bad-input'])
    expect(await post('{"files": 5}')).toEqual([400, 'urn:tulle:problem:bad-request'])
    expect(await post('{"files": {}, "__proto__": {"polluted": true}}')).toEqual([400, expect.stringMatching(/bad-(input|request)/u)])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('to somebody whose role does not allow it says which rule stands in the way', async () => {
    const response = await call(`${API_ROOT}/accounts`, { headers: { authorization: `Bearer ${token}` } })
    expect([response.status, ((await response.json()) as { title: string }).title]).toEqual([403, expect.stringMatching(/^ana may not administer here: /u)])
  })

  it('to whoever asks for maintenance says what would go, and only to who administers', async () => {
    const ask = (who: string, body: object): Promise<Response> =>
      call(`${API_ROOT}/maintenance`, { method: 'POST', headers: { authorization: `Bearer ${who}`, 'content-type': 'application/json' }, body: JSON.stringify(body) })
    expect((await ask(token, { dryRun: true })).status).toBe(403)
    expect((await ask(token, { product: 'nothing' })).status).toBe(404)
    const answer = await ask(await signIn('ada'), { dryRun: true })
    expect([answer.status, await answer.json()]).toEqual([200, { dryRun: true, tables: [], journal: [], diagnostics: [] }])
  })

  it('never holds a secret', async () => {
    const answers = await Promise.all(['/api/v1/status', '/openapi.json', '/api/v1/me', '/api/v1/purposes'].map(async (path) => (await call(path, { headers: { authorization: `Bearer ${token}` } })).text()))
    for (const user of ['ada', 'ana']) expect(answers.join('\n')).not.toContain(tulle.secret(user))
    expect(tulle.output()).not.toContain(tulle.secret('ada'))
  })
})
