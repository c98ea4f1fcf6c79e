// Products that read REST APIs: pages in every way that APIs have them, every way to sign in, and the last good version where an
// API is away, slow, wrong or hostile. No secret is ever shown.

import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig } from './testing/pipeline-rig.ts'
import { allowing } from './testing/source-rig.ts'

type Answer = (request: IncomingMessage, url: URL, response: ServerResponse) => unknown

const SECRETS = { API: 'planted-secret-api', CLIENT: 'planted-secret-client', TOKEN: 'planted-secret-token' }
// Each runs products, over and over, beside whatever else the machine does.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })

let rig: PipelineRig
let server: Server
let host: string
let answer: Answer
const asked: { readonly url: string; readonly headers: IncomingMessage['headers'] }[] = []
beforeAll(async () => {
  rig = await pipelineRig()
  server = createServer((request, response) => void (async () => {
    const url = new URL(request.url ?? '/', 'http://x')
    asked.push({ url: `${url.pathname}${url.search}`, headers: request.headers })
    const body = await answer(request, url, response)
    if (body !== undefined) response.writeHead(200, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body))
  })())
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  await rig.open({ sources: allowing([host], SECRETS) })
})
afterAll(async () => {
  server?.closeAllConnections()
  server?.close()
  await rig?.[Symbol.asyncDispose]()
})
beforeEach(() => {
  asked.length = 0
})

const ROWS = Array.from({ length: 25 }, (_, i) => ({ id: i + 1, at: `2024-01-${String(Math.floor(i / 5) + 1).padStart(2, '0')}` }))
const apply = (settings: Readonly<Record<string, unknown>> = {}, columns: Readonly<Record<string, string>> = { id: 'long!*', at: 'string' }): Promise<void> => rig.apply({
  shop: { connected: { api: ['rest-input-port', { url: `http://${host}/orders`, ...settings }] }, dataSets: { orders: { from: 'api', columns } } },
})
const ids = async (): Promise<readonly number[]> => (await rig.rows('shop.orders', 'select id from shop.orders order by id') as readonly { readonly id: number }[]).map(({ id }) => id)
const ALL = ROWS.map(({ id }) => id)
const between = (from: number, size: number): typeof ROWS => ROWS.slice(from, from + size)

describe('pages', () => {
  it.each<[string, Readonly<Record<string, unknown>>, Answer, number]>([
    ['there are none', {}, () => ROWS, 1],
    ['offsets', { rows: 'data.items', pages: { type: 'offset', size_parameter: 'limit', size: 10 } }, (_, url) => ({ data: { items: between(Number(url.searchParams.get('offset')), Number(url.searchParams.get('limit'))) } }), 4],
    ['numbers', { rows: 'items', pages: { type: 'page', parameter: 'p', first: 0 } }, (_, url) => ({ items: between(Number(url.searchParams.get('p')) * 10, 10) }), 4],
    ['cursors', { rows: 'items', pages: { type: 'cursor', path: 'meta.next', parameter: 'after' } }, (_, url) => {
      const from = Number(url.searchParams.get('after') ?? 0)
      return { items: between(from, 10), meta: { next: from + 10 < ROWS.length ? from + 10 : null } }
    }, 3],
    ['addresses', { rows: 'items', parameters: { kind: 'open & closed' }, pages: { type: 'next_url', path: 'next' } }, (_, url) => {
      const from = Number(url.searchParams.get('from') ?? 0)
      return { items: between(from, 10), next: from + 10 < ROWS.length ? `/orders?from=${from + 10}` : null }
    }, 3],
    ['links', { pages: { type: 'link' } }, (_, url, response) => {
      const from = Number(url.searchParams.get('from') ?? 0)
      if (from + 10 < ROWS.length) response.setHeader('link', `<http://${host}/orders?from=0>; rel="first", <http://${host}/orders?from=${from + 10}>; rel="next"`)
      return between(from, 10)
    }, 3],
  ])('are read to the end where %s', async (_, settings, given, pages) => {
    answer = given
    await apply(settings)
    expect((await rig.run('shop')).diagnostics).toEqual([])
    expect(await ids()).toEqual(ALL)
    expect(asked).toHaveLength(pages)
  })

  it('have numbers as they are written, and members that no column names are left', async () => {
    answer = () => '[{"id": 9007199254740993, "at": "x", "amount": 0.1234567890123456789, "more": {"a": [1]}}]'
    await apply({}, { id: 'long!*', amount: 'decimal(20, 19)', more: 'string' })
    await rig.run('shop')
    expect(await rig.rows('shop.orders', 'select id::varchar as id, amount::varchar as amount, more from shop.orders')).toEqual([{ id: '9007199254740993', amount: '0.1234567890123456789', more: '{"a":[1]}' }])
  })
})

describe('an API knows who asks', () => {
  it.each<[string, Readonly<Record<string, unknown>>, (headers: IncomingMessage['headers']) => boolean]>([
    ['by a bearer token', { auth: { type: 'bearer', token: { secret: 'API' } } }, (headers) => headers.authorization === `Bearer ${SECRETS.API}`],
    ['by name and password', { auth: { type: 'basic', user: 'ada', password: { secret: 'API' } } }, (headers) => headers.authorization === `Basic ${Buffer.from(`ada:${SECRETS.API}`).toString('base64')}`],
    ['by a key in a header', { auth: { type: 'header', name: 'X-Api-Key', value: { secret: 'API' } } }, (headers) => headers['x-api-key'] === SECRETS.API],
    ['by headers of its own', { headers: { 'X-Tenant': 'eu', 'X-Token': { secret: 'API' } } }, (headers) => headers['x-tenant'] === 'eu' && headers['x-token'] === SECRETS.API],
  ])('%s', async (_, settings, knows) => {
    answer = (request, _url, response) => (knows(request.headers) ? ROWS : void response.writeHead(401).end(`who is ${request.headers.authorization}?`))
    await apply(settings)
    expect((await rig.run('shop', { force: true })).diagnostics).toEqual([])
    expect(await ids()).toEqual(ALL)
  })

  it('by a token that its issuer gives to a client', async () => {
    answer = (request, url, response) => {
      if (url.pathname === '/token') return request.headers.authorization === `Basic ${Buffer.from(`tulle:${SECRETS.CLIENT}`).toString('base64')}` ? { access_token: SECRETS.TOKEN, token_type: 'Bearer' } : void response.writeHead(401).end()
      return request.headers.authorization === `Bearer ${SECRETS.TOKEN}` ? ROWS : void response.writeHead(401).end()
    }
    await apply({ auth: { type: 'oauth2', token_url: `http://${host}/token`, client_id: 'tulle', client_secret: { secret: 'CLIENT' }, scope: 'read' } })
    expect((await rig.run('shop', { force: true })).diagnostics).toEqual([])
    expect(asked.map(({ url }) => url)).toEqual(['/token', '/orders'])
  })
})

describe('a cursor', () => {
  it('is told to the API, brings what is beyond it, and repeats nothing', async () => {
    const rows = ROWS.map((row) => ({ ...row }))
    answer = (_, url) => rows.filter(({ at }) => at >= (url.searchParams.get('since') ?? ''))
    await rig.apply({ feed: { connected: { api: ['rest-input-port', { url: `http://${host}/orders`, cursor: 'at', cursor_parameter: 'since', cursor_start: '2024-01-02' }] }, dataSets: { orders: { from: 'api', columns: { id: 'long!*', at: 'string' } } } } })
    const count = async (): Promise<number> => (await rig.rows('feed.orders')).length
    await rig.run('feed')
    expect([asked.at(-1)?.url, await count()]).toEqual(['/orders?since=2024-01-02', 20])
    const again = await rig.run('feed')
    expect([(await rig.steps(again.runId))[0]?.status, asked.at(-1)?.url]).toEqual(['skipped', '/orders?since=2024-01-05'])
    rows.push({ id: 26, at: '2024-01-05' }, { id: 27, at: '2024-02-01' })
    await rig.run('feed')
    expect(await count()).toBe(22)
  })
})

describe('an API that is busy', () => {
  it('is asked again when it says so', async () => {
    let refusals = 2
    answer = (_, _url, response) => (refusals-- > 0 ? void response.writeHead(429, { 'retry-after': '0' }).end() : ROWS)
    await apply()
    expect((await rig.run('shop', { force: true })).status).toBe('succeeded')
    expect(asked).toHaveLength(3)
  })
})

describe('the last good version stays where an API', () => {
  const sends = (status: number, headers: Readonly<Record<string, string>> = {}, body = ''): Answer => (_, _url, response) => void response.writeHead(status, headers).end(body)
  it.each<[string, Answer, Readonly<Record<string, unknown>>, string]>([
    ['refuses', sends(403, {}, 'planted-secret-api is wrong'), {}, `source-refused: shop.api was refused by `],
    ['asks to wait for an hour', sends(429, { 'retry-after': '3600' }), {}, 'asks to wait for 3600 seconds'],
    ['sends on to another host', sends(302, { location: 'http://169.254.169.254/latest/meta-data/' }), {}, 'it sends on to 169.254.169.254, which is another place'],
    ['sends on without end', (_, url, response) => void response.writeHead(302, { location: `${url.pathname}?x=${Math.random()}` }).end(), {}, 'it sends on more than 5 times'],
    ['answers no JSON', () => '<html>', {}, 'it is no JSON'],
    ['answers no list', () => ({ items: [] }), {}, 'it is no list'],
    ['has no list where one should be', () => ({ items: [] }), { rows: 'data.items' }, 'there is no list at data.items'],
    ['has rows that are none', () => [1], {}, 'a row is no object'],
    ['names a page of another host', () => ({ items: [], next: 'http://169.254.169.254/' }), { rows: 'items', pages: { type: 'next_url', path: 'next' } }, 'the next page that it names is on 169.254.169.254, which is another host'],
    ['names the same page again', () => ({ items: [], next: '/orders' }), { rows: 'items', pages: { type: 'next_url', path: 'next' } }, 'it names the same page again'],
    ['has pages without end', () => [{ id: 1 }], { pages: { type: 'offset' } }, 'source-limit: shop.api would draw more than the limit pages of 200 pages.'],
    ['has a page without end', () => `[{"id":1,"at":"${'x'.repeat(65 * 1024 ** 2)}"}]`, {}, 'source-limit: shop.api would draw more than the limit page of'],
    ['has a row without the cursor', () => [{ id: 1 }], { cursor: 'at' }, 'source-cursor-unfit: '],
    ['breaks off', (_, _url, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('[')
      response.destroy()
    }, {}, 'source-unreachable: '],
    ['is on a host that is not listed', () => ROWS, { url: 'http://10.0.0.1/orders' }, 'source-host-refused: shop.api may not reach 10.0.0.1'],
  ])('%s', async (_, given, settings, finding) => {
    answer = () => ROWS
    await apply()
    await rig.run('shop')
    const before = (await rig.table('shop.orders')).metadataLocation
    answer = given
    await apply({ auth: { type: 'bearer', token: { secret: 'API' } }, ...settings })
    const run = await rig.run('shop', { force: true })
    const findings = run.diagnostics.map(({ code, message }) => `${code}: ${message}`)
    expect(findings).toHaveLength(1)
    expect(findings[0]).toContain(finding)
    expect((await rig.table('shop.orders')).metadataLocation).toBe(before)
  })

  it('and no secret is in a log, a run, a recipe, a resource or an event', async () => {
    const { db } = rig.store
    const kept = JSON.stringify([
      await db.selectFrom('run').selectAll().execute(), await db.selectFrom('run_step').selectAll().execute(), await db.selectFrom('run_log').selectAll().execute(),
      await db.selectFrom('resource').selectAll().execute(), await db.selectFrom('outbox').selectAll().execute(),
    ], (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
    const files = (await readdir(rig.providers.warehouse, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
    const bytes = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')))
    for (const secret of Object.values(SECRETS)) expect(kept.includes(secret) || bytes.some((text) => text.includes(secret))).toBe(false)
    expect(kept).toContain('"secret":"API"')
  })
})
