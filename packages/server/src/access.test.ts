// Ask, approve, see, revoke, gone: by the command line and the API on one side, by PostgreSQL's own clients on the other,
// in sessions, prepared statements and cursors that stay open throughout.
// The delays that it measures stand in its output.

import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client as McpClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_ROOT } from '@tulle/api'
import type { AccessRequest, Grant } from '@tulle/api'
import type { TestTulle } from '@tulle/server/testing'
import { startTulle } from '@tulle/server/testing'
import { withClient } from '@tulle/store/testing'
import { openTarget, verify } from '@tulle/webhooks/testing'
import { ORDERS_YAML, shopMesh } from './testing-mesh.ts'

let tulle: TestTulle
const tokens = new Map<string, string>()

beforeAll(async () => {
  const mesh = shopMesh()
  const path = (name: string): string => join(mesh, name)
  writeFileSync(path('mesh.yaml'), readFileSync(path('mesh.yaml'), 'utf8')
    .replace('[{ name: reporting }]', '[{ name: reporting }, { name: marketing }]')
    .replace('      - { name: bo,', '      - { name: otto, role: owner, teams: [sales_team] }\n      - { name: stella, role: steward }\n      - { name: bo,'))
  appendFileSync(path(ORDERS_YAML), "    - name: terms\n      type: data-sharing-agreement\n      properties: { version: '2', description: Only for reports. }\n")
  writeFileSync(path('domains/sales/totals/product.yaml'), readFileSync(path('domains/sales/totals/product.yaml'), 'utf8').replace('type: sql-output-port', 'type: sql-output-port\n      properties: { approval: two-persons }'))
  tulle = await startTulle({ mesh, environment: { TULLE_WEBHOOK_HOSTS: '127.0.0.1' } })
  for (const name of ['ada', 'olga', 'otto', 'stella', 'ana', 'bo', 'dora']) {
    const answer = await fetch(`${tulle.url}${API_ROOT}/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name, password: tulle.secret(name) }) })
    tokens.set(name, ((await answer.json()) as { token: string }).token)
  }
}, 180_000)
afterAll(() => tulle?.stop())

async function call<T>(as: string, method: string, path: string, body?: object): Promise<{ status: number; body: T; code: string }> {
  const answer = await fetch(`${tulle.url}${API_ROOT}${path}`, { method, headers: { authorization: `Bearer ${tokens.get(as)}`, ...(body !== undefined && { 'content-type': 'application/json' }) }, ...(body !== undefined && { body: JSON.stringify(body) }) })
  const text = await answer.text()
  const json = (text === '' ? {} : JSON.parse(text)) as T & { diagnostics?: { code: string }[] }
  return { status: answer.status, body: json, code: json.diagnostics?.map(({ code }) => code).join(' ') ?? '' }
}

type Client = Parameters<Parameters<typeof withClient>[1]>[0]
/** A session at the SQL port that stays open until it is ended. */
async function connect(user = 'bo'): Promise<{ readonly client: Client; end(): Promise<unknown> }> {
  let end = (): void => undefined
  const ended = new Promise<void>((resolve) => { end = resolve })
  const opened = Promise.withResolvers<Client>()
  const session = withClient({ host: '127.0.0.1', port: tulle.sqlPort, user, password: tulle.secret(user), database: 'tulle' } as Parameters<typeof withClient>[0], async (client) => {
    opened.resolve(client)
    await ended
  })
  session.catch(opened.reject)
  return { client: await opened.promise, end: () => { end(); return session } }
}
type Session = Awaited<ReturnType<typeof connect>>
const answerOf = async ({ client }: Session, query: string | { readonly name: string; readonly text: string }): Promise<string> => {
  try {
    return (await client.query<unknown[]>({ ...(typeof query === 'string' ? { text: query } : query), rowMode: 'array' })).rows.map((row) => row.join(',')).join(' ')
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

const ask = { product: 'orders', dataSet: 'orders', purpose: 'reporting', justification: 'Weekly report.', agreements: ['terms@2'] }
const request = async (change: object = {}, as = 'bo'): Promise<string> => {
  const made = await call<AccessRequest>(as, 'POST', '/access/requests', { ...ask, ...change })
  expect([made.status, made.code]).toEqual([201, ''])
  return made.body.id
}
const approve = async (id: string, change: object = {}, as = 'olga'): Promise<string> => {
  const done = await call<AccessRequest>(as, 'POST', `/access/requests/${id}/approve`, change)
  expect([done.status, done.code]).toEqual([200, ''])
  return done.body.grant ?? ''
}
const revoke = async (grant: string): Promise<void> => expect((await call('olga', 'DELETE', `/grants/${grant}`)).status).toBe(204) as void

const ALL = '1,Ada,12.50 2,Bo,7.25 3,Cy,1.00'
const SELECT = 'select * from orders.orders order by 1'

describe('an approved request', () => {
  it('is in force in open sessions and prepared statements, and gone from them when it is revoked', async () => {
    const client = await connect()
    try {
      const prepared = { name: 'all_orders', text: SELECT }
      expect([await answerOf(client, SELECT), await answerOf(client, prepared)]).toEqual(['42501', '42501'])
      const grant = await approve(await request())
      expect([await answerOf(client, SELECT), await answerOf(client, prepared)]).toEqual([ALL, ALL])
      await revoke(grant)
      expect([await answerOf(client, SELECT), await answerOf(client, prepared)]).toEqual(['42501', '42501'])
    } finally {
      await client.end()
    }
  }, 60_000)

  it('that is revoked ends an open cursor at its next FETCH', async () => {
    const client = await connect()
    try {
      const grant = await approve(await request())
      await client.client.query('begin')
      await client.client.query(`declare c cursor for ${SELECT}`)
      expect(await answerOf(client, 'fetch 1 from c')).toBe('1,Ada,12.50')
      await revoke(grant)
      expect(await answerOf(client, 'fetch 1 from c')).toBe('42501')
    } finally {
      await client.end()
    }
  }, 60_000)

  it('that runs out ends an open cursor at that moment', async () => {
    const client = await connect()
    try {
      await approve(await request({ seconds: 3 }))
      await client.client.query('begin')
      await client.client.query(`declare c cursor for ${SELECT}`)
      expect(await answerOf(client, 'fetch 1 from c')).toBe('1,Ada,12.50')
      await new Promise((wake) => setTimeout(wake, 3_000))
      expect(await answerOf(client, 'fetch 1 from c')).toBe('42501')
      await client.client.query('rollback')
      expect(await answerOf(client, SELECT)).toBe('42501')
    } finally {
      await client.end()
    }
  }, 60_000)

  it('that is narrowed shows what is left, and a cursor that saw more ends', async () => {
    const client = await connect()
    try {
      const wide = await approve(await request())
      const narrow = await approve(await request({ columns: ['id', 'customer'], seconds: 600 }), { columns: ['id'] })
      await client.client.query('begin')
      await client.client.query(`declare c cursor for ${SELECT}`)
      expect(await answerOf(client, 'fetch 1 from c')).toBe('1,Ada,12.50')
      await revoke(wide)
      expect(await answerOf(client, 'fetch 1 from c')).toBe('42501')
      await client.client.query('rollback')
      expect([await answerOf(client, SELECT), await answerOf(client, 'select customer from orders.orders')]).toEqual(['1 2 3', '42703'])
      await revoke(narrow)
    } finally {
      await client.end()
    }
  }, 60_000)

  it('with a condition gives the rows that fulfil it, and its owner sees how many that are', async () => {
    const client = await connect()
    try {
      const id = await request({ rowCondition: "amount > 5 and customer <> 'Cy'" })
      const exposed = await call<{ shows: { rows: number; conditionReads: string[] }[] }>('olga', 'POST', `/access/requests/${id}/exposure`, { rowCondition: 'amount < 10 or id = 7' })
      expect(exposed.body.shows).toMatchObject([{ rows: 1, filtered: true, conditionReads: ['id', 'customer', 'amount'] }])
      const grant = await approve(id, { rowCondition: 'amount < 10 or id = 7' })
      expect(await answerOf(client, SELECT)).toBe('2,Bo,7.25')
      expect(await answerOf(client, "select count(*) from orders.orders where customer = 'Ada'")).toBe('0')
      await revoke(grant)
    } finally {
      await client.end()
    }
  }, 60_000)

  it('reaches psql, too, between two of its statements', async () => {
    const psql = spawn('psql', ['-X', '-At', '-v', 'ON_ERROR_STOP=0', `postgresql://bo@127.0.0.1:${tulle.sqlPort}/tulle`], { env: { ...process.env, PGPASSWORD: tulle.secret('bo') }, stdio: 'pipe' })
    let said = ''
    psql.stdout.on('data', (bytes: Buffer) => { said += bytes.toString() })
    psql.stderr.on('data', (bytes: Buffer) => { said += bytes.toString() })
    const tell = async (statement: string, want: RegExp): Promise<void> => {
      said = ''
      psql.stdin.write(`${statement}\n`)
      for (let i = 0; i < 200 && !want.test(said); i += 1) await new Promise((wake) => setTimeout(wake, 50))
      expect(said).toMatch(want)
    }
    try {
      await tell('\\set VERBOSITY verbose\nselect count(*) from orders.orders;', /42501/u)
      const grant = await approve(await request())
      await tell('select count(*) from orders.orders;', /^3$/mu)
      await tell('begin; declare c cursor for select id from orders.orders order by 1; fetch 1 from c;', /^1$/mu)
      await revoke(grant)
      await tell('fetch 1 from c;', /42501/u)
    } finally {
      psql.stdin.end('\\q\n')
    }
  }, 60_000)

  it('is in force for every statement that begins after the owner was answered, in 40 rounds of give and take', async () => {
    const client = await connect()
    const answers: { begun: number; ended: number; answer: string }[] = []
    const delays = { given: [] as number[], taken: [] as number[] }
    const enough = new AbortController()
    const hammer = (async () => {
      while (!enough.signal.aborted) {
        const begun = performance.now()
        const answer = await answerOf(client, 'select count(*) from orders.orders')
        answers.push({ begun, ended: performance.now(), answer })
        await new Promise((wake) => setTimeout(wake, 2))
      }
    })()
    const changed = async (want: string, act: () => Promise<unknown>): Promise<number> => {
      const clicked = performance.now()
      await act()
      const acknowledged = performance.now()
      while (!answers.some(({ begun, answer }) => begun >= acknowledged && answer === want)) await new Promise((wake) => setTimeout(wake, 2))
      expect(answers.filter(({ begun, answer }) => begun >= acknowledged && answer !== want)).toEqual([])
      const first = answers.find(({ begun, answer }) => begun >= clicked && answer === want)
      answers.length = 0
      return (first?.ended ?? Infinity) - clicked
    }
    try {
      for (let round = 0; round < 40; round += 1) {
        const id = await request({ justification: `Round ${round}.` })
        let grant = ''
        delays.given.push(await changed('3', async () => { grant = await approve(id) }))
        delays.taken.push(await changed('42501', () => revoke(grant)))
      }
    } finally {
      enough.abort()
      await hammer
      await client.end()
    }
    const at = (of: readonly number[], share: number): number => Math.round(of.toSorted((x, y) => x - y)[Math.ceil(of.length * share) - 1] ?? 0)
    console.log(`From the owner's click to the first other answer, 40 rounds: given p50 ${at(delays.given, 0.5)} ms, p99 ${at(delays.given, 0.99)} ms; taken p50 ${at(delays.taken, 0.5)} ms, p99 ${at(delays.taken, 0.99)} ms.`)
  }, 300_000)
})

describe('a request', () => {
  const REFUSED: readonly [what: string, as: string, change: object, status: number, code: string][] = [
    ['an unknown product', 'bo', { product: 'order' }, 404, 'unknown-product'],
    ['an unknown data set', 'bo', { dataSet: 'order' }, 404, 'unknown-data-set'],
    ['an unknown column', 'bo', { columns: ['ammount'] }, 400, 'unknown-column'],
    ['a condition that does not parse', 'bo', { rowCondition: 'amount >' }, 400, 'sql-syntax'],
    ['a condition that reads another table', 'bo', { rowCondition: 'id in (select id from totals.totals)' }, 422, 'condition-reads-table'],
    ['a condition with a function that reaches files', 'bo', { rowCondition: "read_text('/etc/passwd') is null" }, 400, 'sql-function-not-allowed'],
    ['a condition with a column that is not there', 'bo', { rowCondition: 'ammount > 1' }, 422, 'condition-unknown-column'],
    ['a condition that is a number', 'bo', { rowCondition: 'amount + 1' }, 422, 'condition-not-true-or-false'],
    ['a condition of types that do not fit', 'bo', { rowCondition: "amount > [1]" }, 400, 'engine-'],
    ['a purpose that the mesh lacks', 'bo', { purpose: 'fun' }, 400, 'unknown-purpose'],
    ['no agreement', 'bo', { agreements: [] }, 422, 'agreement-needed'],
    ['an agreement of yesterday', 'bo', { agreements: ['terms@1'] }, 422, 'agreement-needed'],
    ['the access of another', 'bo', { subject: 'ana' }, 403, 'not-allowed'],
    ['a member of the body that nobody knows', 'bo', { approved: true }, 400, 'bad-request'],
  ]
  it.each(REFUSED)('for %s is refused with its status and code', async (_what, as, change, status, code) => {
    const refused = await call(as, 'POST', '/access/requests', { ...ask, ...change })
    expect(refused.status).toBe(status)
    expect(refused.code.split(' ')[0]).toMatch(new RegExp(`^${code}`, 'u'))
  })

  it('is there for whoever made it and whoever may decide it, and for nobody else', async () => {
    const id = await request({ justification: 'Who sees this?' })
    const seen = async (as: string): Promise<number> => (await call(as, 'GET', `/access/requests/${id}`)).status
    expect(await Promise.all(['bo', 'olga', 'stella', 'ada', 'ana', 'dora'].map(seen))).toEqual([200, 200, 200, 200, 404, 404])
    expect((await call('ana', 'POST', `/access/requests/${id}/approve`, {})).status).toBe(404)
    expect((await call('bo', 'POST', `/access/requests/${id}/approve`, {})).status).toBe(403)
    expect((await call('olga', 'POST', `/access/requests/${id}/decline`, { note: ' ' })).status).toBe(422)
    expect((await call('olga', 'POST', `/access/requests/${id}/decline`, { note: 'Ask for totals.' })).status).toBe(200)
    expect((await call('olga', 'POST', `/access/requests/${id}/approve`, {})).code).toBe('request-decided')
    expect((await fetch(`${tulle.url}${API_ROOT}/access/requests/${id}`)).status).toBe(401)
  })

  it('is tried as it is written: what it would show, without a row or a number of rows', async () => {
    const tried = await call<{ shows: object[]; persons: number; agreements: object[] }>('bo', 'POST', '/access/check', { product: 'orders', dataSet: 'orders', columns: ['id', 'customer'], rowCondition: 'amount > 5', purpose: 'reporting' })
    expect(tried.status).toBe(200)
    expect(tried.body).toMatchObject({
      persons: 1, agreements: [{ id: 'terms@2', description: 'Only for reports.' }],
      shows: [{ dataSet: 'orders', filtered: true, columns: [{ name: 'id', visible: true, masked: false }, { name: 'customer', visible: true, masked: false }] }],
    })
    expect(JSON.stringify(tried.body)).not.toMatch(/Ada|rows/u)
  })

  it('is shown to its owner as it would be, rows and all, and to a steward without a row; each look is in the audit', async () => {
    const id = await request({ columns: ['id', 'customer'], justification: 'What would it show?' })
    const look = (as: string, change: object = {}) => call<{ shows: { rows?: number; withheld?: string; preview?: { columns: string[]; rows: unknown[][] } }[] }>(as, 'POST', `/access/requests/${id}/exposure`, { limit: 2, ...change })
    const owner = await look('olga')
    expect(owner.body.shows).toMatchObject([{ dataSet: 'orders', rows: 3, preview: { columns: ['id', 'customer'], rows: [[1, 'Ada'], [2, 'Bo']] } }])
    expect((await look('olga', { columns: ['customer'] })).body.shows[0]?.preview?.columns).toEqual(['customer'])
    expect((await look('olga', { columns: ['amount'] })).code).toBe('not-narrower')
    const steward = await look('stella')
    expect([steward.body.shows[0]?.rows, steward.body.shows[0]?.preview, steward.body.shows[0]?.withheld?.slice(0, 24)]).toEqual([undefined, undefined, 'You may not read it your'])
    expect([(await look('bo')).status, (await look('ana')).status]).toEqual([403, 404])
    expect(tulle.sh(`cat .tulle/audit/* | grep '"preview":"${id}"' | grep '"as":"bo"' | grep -c '"subject":"olga"'`).stdout).toBe('4\n')
    expect((await call('bo', 'POST', `/access/requests/${id}/withdraw`)).status).toBe(200)
  }, 60_000)

  it('of a port that says so needs two persons, and the first is seen to have agreed', async () => {
    const id = await request({ product: 'totals', dataSet: 'totals', agreements: [] })
    const once = await call<AccessRequest>('olga', 'POST', `/access/requests/${id}/approve`, {})
    expect([once.body.state, once.body.persons, once.body.verdicts.length]).toEqual(['submitted', 2, 1])
    expect((await call('olga', 'POST', `/access/requests/${id}/approve`, {})).code).toBe('already-agreed')
    const client = await connect()
    expect(await answerOf(client, 'select count(*) from totals.totals')).toBe('42501')
    await approve(id, {}, 'otto')
    expect(await answerOf(client, 'select count(*) from totals.totals')).toBe('3')
    await client.end()
    expect((await call('olga', 'POST', '/grants', { subjectKind: 'user', subject: 'dora', product: 'totals', purposes: ['reporting'] })).code).toBe('two-persons-needed')
  }, 60_000)
})

interface SeenProfile { readonly closed?: string; readonly profile?: { readonly rows: number; readonly columns: readonly { readonly name: string }[] } }
const profileAs = async (who: string): Promise<SeenProfile> => (await call<SeenProfile>(who, 'GET', '/products/orders/datasets/orders/profile')).body
const columnOf = ({ profile }: SeenProfile, name: string) => profile?.columns.find((one) => one.name === name)

describe('a profile', () => {
  it('shows the columns that the policy gives, to whom it gives all rows, as long as it does', async () => {
    await expect.poll(async () => (await profileAs('olga')).profile?.rows, { timeout: 30_000 }).toBe(3)
    expect((await profileAs('olga')).profile?.columns.map(({ name }) => name)).toEqual(['id', 'customer', 'amount'])
    const listed = await call<{ grants: Grant[] }>('olga', 'GET', '/grants?product=orders')
    for (const { id, subject, state } of listed.body.grants) if (subject === 'bo' && state === 'active') await revoke(id)
    expect((await call('bo', 'GET', '/products/orders/datasets/orders/profile')).status).toBe(403)
    const some = await approve(await request({ columns: ['id', 'customer'] }))
    expect((await profileAs('bo')).profile?.columns.map(({ name }) => name)).toEqual(['id', 'customer'])
    await revoke(some)
    // Of rows that are not there not even the number is told.
    const filtered = await approve(await request({ rowCondition: 'amount < 10' }))
    const closed = await profileAs('bo')
    expect(closed).toEqual({ product: 'orders', dataSet: 'orders', snapshots: [], closed: expect.stringContaining('some of its rows') as string })
    expect((await call<object>('bo', 'GET', '/products/orders/datasets/orders/suggested-checks')).body).toEqual({ closed: closed.closed, suggestions: [] })
    await revoke(filtered)
    const whole = await approve(await request())
    expect((await profileAs('bo')).profile).toMatchObject({ rows: 3 })
    await revoke(whole)
    expect((await call('olga', 'GET', '/products/orders/datasets/nothing/profile')).code).toBe('unknown-data-set')
    expect((await call('olga', 'GET', '/products/orders/datasets/orders/profile?snapshot=1')).code).toBe('profile-missing')
  }, 60_000)
})

const POLICY = 'examples/skyline/policies/names_are_hidden.yaml'
const apply = () => expect(tulle.sh('tulle apply --as ada --yes').status).toBe(0)
function hideNames(): void {
  mkdirSync(join(tulle.checkout, 'examples/skyline/policies'), { recursive: true })
  writeFileSync(join(tulle.checkout, POLICY), "apiVersion: tulle.dev/v1\nkind: Policy\nmetadata: { name: names_are_hidden, title: Names are hidden }\nspec:\n  status: enforced\n  rules:\n    - name: names\n      on: { columns: [customer] }\n      mask: { kind: constant, value: '***' }\n")
  apply()
}
function showNames(): void {
  rmSync(join(tulle.checkout, POLICY))
  apply()
}

/** An AI client that holds a token of somebody. */
async function openClient(as: string, scope: 'read' | 'full' = 'full') {
  const made = await call<{ secret: string }>(as, 'POST', '/tokens', { label: 'assistant', scope })
  const client = new McpClient({ name: 'assistant', version: '1' }, { versionNegotiation: { mode: 'auto' } })
  await client.connect(new StreamableHTTPClientTransport(new URL(`${tulle.url}/mcp`), { authProvider: { token: async () => made.body.secret } }))
  return async (name: string, given: Record<string, unknown> = {}) => {
    const { content, isError = false, structuredContent } = await client.callTool({ name, arguments: given })
    return { says: (content as { text: string }[])[0]?.text ?? '', isError, data: (structuredContent as { untrusted: Record<string, never> }).untrusted }
  }
}

describe('an AI client', () => {
  it('searches, reads the contract, is denied with a reason, asks, and answers by what its person was given: masks too, until it is revoked', async () => {
    hideNames()
    try {
      const listed = await call<{ grants: Grant[] }>('olga', 'GET', '/grants?product=orders')
      for (const { id, subject, state } of listed.body.grants) if (subject === 'bo' && state === 'active') await revoke(id)
      const tool = await openClient('bo')
      expect((await tool('search', { words: 'what people ordered' })).data).toMatchObject({ products: [{ product: 'orders', access: 'none' }] })
      expect((await tool('contract', { product: 'orders' })).data).toMatchObject({ contracts: [{ dataSet: 'orders', version: '1.0.0', document: { kind: 'DataContract', schema: [{ properties: [{ name: 'id' }, { name: 'customer' }, { name: 'amount' }] }] } }] })
      expect((await tool('lineage', { product: 'totals', column: 'customer' })).data).toMatchObject({ edges: expect.arrayContaining(['orders.orders.customer → totals.totals.customer (identity)']) as string[] })

      const SQL = { sql: SELECT, purpose: 'reporting' }
      const denied = await tool('query', SQL)
      expect(denied).toMatchObject({ isError: true, says: expect.stringMatching(/^Refused \(read-denied\).*request_access/u) as string, data: { refused: [{ message: expect.stringContaining('orders') as string }] } })
      expect((await tool('describe', { product: 'orders' })).data).toMatchObject({ dataSets: [{ dataSet: 'orders', access: { effect: 'deny', reasons: expect.arrayContaining([expect.any(String)]) as string[] } }] })

      const wanted = { product: 'orders', dataSet: 'orders', columns: ['id', 'customer'], purpose: 'reporting', justification: 'Letters.' }
      expect(await tool('request_access', { ...wanted, onlyCheck: true })).toMatchObject({ isError: false, data: { agreements: [{ id: 'terms@2' }], shows: [{ columns: [{ name: 'id', masked: false }, { name: 'customer', masked: true }] }] } })
      expect((await tool('my_requests', { product: 'orders', limit: 1 })).data).not.toMatchObject({ requests: [{ state: 'submitted' }] })
      expect((await tool('request_access', wanted)).says).toMatch(/^Refused \(agreement-needed\)\. Show the person the terms/u)
      const asked = await tool('request_access', { ...wanted, agreements: ['terms@2'] })
      const { id } = asked.data['request'] as unknown as { id: string }
      expect((await tool('query', SQL)).isError).toBe(true)
      expect((await tool('my_requests', { limit: 1 })).data).toMatchObject({ requests: [{ id, state: 'submitted' }] })

      const grant = await approve(id)
      expect((await tool('query', SQL)).data).toMatchObject({ columns: [{ name: 'id' }, { name: 'customer' }], rows: [[1, '***'], [2, '***'], [3, '***']], reads: ['orders.orders'], purpose: 'reporting' })
      expect((await tool('my_requests', { limit: 1 })).data).toMatchObject({ requests: [{ state: 'approved', grant }] })
      await revoke(grant)
      expect((await tool('query', SQL)).says).toMatch(/^Refused \(read-denied\)/u)
      const audit = (port: string, more: string): number => Number(tulle.sh(`cat .tulle/audit/* | grep '"port":"${port}"' | grep '"subject":"bo"' | grep -c '${more}'`).stdout)
      expect([audit('mcp', '"decision":"allow".*"rows":3'), audit('mcp', '"outcome":"read-denied"'), audit('mcp', '"operation":"requestAccess"')]).toEqual([1, 3, 2])
    } finally {
      showNames()
    }
  }, 120_000)

  it('with a token for reading reads, and asks for nothing; without one it is told where tokens come from', async () => {
    const tool = await openClient('ana', 'read')
    expect((await tool('query', { sql: 'select count(*) from orders.orders' })).data).toMatchObject({ rows: [[3]] })
    expect((await tool('request_access', { product: 'orders', purpose: 'reporting', justification: 'More.' })).says).toMatch(/^Refused \(token-reads-only\)/u)
    for (const headers of [{}, { authorization: 'Bearer tulle_x' }, { cookie: `tulle_${new URL(tulle.url).port}=${tokens.get('ana')}`, origin: tulle.url }]) {
      const refused = await fetch(`${tulle.url}/mcp`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: '{' })
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, `Bearer realm="tulle", resource_metadata="${tulle.url}/.well-known/oauth-protected-resource/mcp"`])
    }
    const elsewhere = await fetch(`${tulle.url}/mcp`, { method: 'POST', headers: { authorization: `Bearer ${tokens.get('ana')}`, origin: 'https://evil.example' }, body: '{}' })
    expect(elsewhere.status).toBe(403)
    // Without an issuer there is nobody to send a client to.
    expect(await (await fetch(`${tulle.url}/.well-known/oauth-protected-resource/mcp`)).json()).toEqual({ resource: `${tulle.url}/mcp`, resource_name: 'Tulle', bearer_methods_supported: ['header'] })
  }, 60_000)
})

describe('an exception from a mask', () => {
  it('shows what the mask hides, to whom it was given and down to the cell, until it is revoked', async () => {
    hideNames()
    const plain = await approve(await request())
    const session = await connect()
    try {
      const NAMES = 'select customer from orders.orders order by id'
      expect(await answerOf(session, NAMES)).toBe('*** *** ***')
      const table = await fetch(`${tulle.url}/iceberg/v1/namespaces/orders/tables/orders`, { headers: { authorization: `Bearer ${tokens.get('bo')}` } })
      const seen = await profileAs('bo')
      expect(columnOf(seen, 'customer')).toEqual({ name: 'customer', type: 'string', kind: 'text', masked: true, nulls: 0, distinct: 3 })
      expect(JSON.stringify(seen)).not.toContain('Ada')
      expect((await call<{ suggestions: { column?: string }[] }>('bo', 'GET', '/products/orders/datasets/orders/suggested-checks')).body.suggestions.filter(({ column }) => column === 'customer')).toEqual([])
      // Files of a part, never the table's own.
      const part = JSON.stringify(await table.json())
      expect([table.status, part]).toEqual([200, expect.stringContaining('"metadata-location":"s3://tulle-tables/')])
      expect(part).not.toContain('Ada')
      const exception = await approve(await request({ unmask: ['customer'], justification: 'Letters need names.' }))
      expect(await answerOf(session, NAMES)).toBe('Ada Bo Cy')
      expect(columnOf(await profileAs('bo'), 'customer')).toMatchObject({ min: 'Ada', max: 'Cy' })
      await revoke(exception)
      expect(await answerOf(session, NAMES)).toBe('*** *** ***')
      await revoke(plain)
      expect(await answerOf(session, NAMES)).toBe('42501')
    } finally {
      await session.end()
      showNames()
    }
  }, 120_000)
})

describe('a webhook', () => {
  it('is made by who may read, told what happens, and told nothing more within a second of the end of the grant', async () => {
    let answer = 204
    await using target = await openTarget(() => answer)
    const wish = { product: 'orders', url: target.url }
    expect(await call('bo', 'POST', '/webhooks', wish)).toMatchObject({ status: 403, code: 'not-allowed' })
    const grant = await approve(await request())
    const { id, secret } = JSON.parse(tulle.sh(`tulle webhooks create orders --url ${target.url} --as bo -o json`).stdout) as { id: string; secret: string }
    expect((await call('bo', 'POST', `/webhooks/${id}/tests`)).body).toMatchObject({ outcome: 'delivered', status: 204 })
    expect((await call('ana', 'GET', `/webhooks/${id}`)).code).toBe('unknown-webhook')
    tulle.sh('tulle run orders --force --wait --as dora')
    await expect.poll(() => target.taken.map(({ type }) => type), { timeout: 30_000 }).toEqual(['tulle.webhook.test', 'tulle.product.published'])
    for (const one of target.requests) verify(secret, one)
    const history = JSON.parse(tulle.sh(`tulle webhooks history ${id} --as bo -o json`).stdout) as { kind: string; outcome: string }[]
    expect(history.map(({ kind, outcome }) => [kind, outcome])).toEqual([['events', 'delivered'], ['test', 'delivered']])
    expect(tulle.sh('tulle webhooks list --product orders --as olga').stdout).toContain(target.host)

    await revoke(grant)
    tulle.sh('tulle run orders --force --wait --as dora')
    expect((await call('bo', 'POST', `/webhooks/${id}/tests`)).code).toBe('not-allowed')
    expect(target.taken).toHaveLength(2)
    const again = await approve(await request())
    await expect.poll(() => target.taken.length, { timeout: 30_000 }).toBe(3)
    expect(target.taken[2]?.type).toBe('tulle.product.published')
    answer = 410
    tulle.sh('tulle run orders --force --wait --as dora')
    await expect.poll(() => tulle.sh('tulle notices --as bo').stdout, { timeout: 30_000, interval: 500 }).toContain(`Your webhook ${id} to ${target.host} is paused: it answered 410: it is gone.`)
    expect(tulle.sh('tulle notices --as ana').stdout).not.toContain(id)
    expect(tulle.sh(`tulle webhooks delete ${id} --as bo`).status).toBe(0)
    await revoke(again)
  }, 120_000)
})

describe('a grant in the mesh folder', () => {
  const file = 'examples/skyline/grants/bo_reads_orders.yaml'
  const write = (change: (text: string) => string = (text) => text): void => {
    mkdirSync(join(tulle.checkout, 'examples/skyline/grants'), { recursive: true })
    writeFileSync(join(tulle.checkout, file), change("apiVersion: tulle.dev/v1\nkind: AccessGrant\nmetadata: { name: bo_reads_orders }\nspec:\n  subject: { user: bo }\n  product: orders\n  data_set: orders\n  columns: [id]\n  rows: amount > 5\n  purposes: [reporting]\n"))
  }
  const apply = () => tulle.sh('tulle apply --as ada --yes')

  it('is planned and applied like everything else, is healed where somebody revoked it, and goes with its file', async () => {
    const before = await call<{ grants: Grant[] }>('olga', 'GET', '/grants?product=orders')
    for (const { id, subject, state } of before.body.grants) if (subject === 'bo' && state === 'active') await revoke(id)
    const session = await connect()
    try {
      expect(await answerOf(session, SELECT)).toBe('42501')
      write()
      expect(tulle.sh('tulle plan --as ada').stdout).toContain('bo_reads_orders')
      expect(apply()).toMatchObject({ status: 0 })
      expect(await answerOf(session, SELECT)).toBe('1 2')
      expect(tulle.sh('tulle plan --as ada').stdout).toContain('No changes')
      const listed = await call<{ grants: Grant[] }>('olga', 'GET', '/grants?product=orders')
      const grant = listed.body.grants.find(({ declaredBy, state }) => declaredBy === 'access-grant:bo_reads_orders' && state === 'active')
      await revoke(grant?.id ?? '')
      expect(await answerOf(session, SELECT)).toBe('42501')
      expect(tulle.sh('tulle plan --as ada').stdout).toContain('revoked by hand')
      expect(apply()).toMatchObject({ status: 0 })
      expect(await answerOf(session, SELECT)).toBe('1 2')
      rmSync(join(tulle.checkout, file))
      expect(apply()).toMatchObject({ status: 0 })
      expect(await answerOf(session, SELECT)).toBe('42501')
    } finally {
      await session.end()
    }
  }, 180_000)

  it('with a condition that no request could have is refused by plan, with the file', () => {
    write((text) => text.replace('amount > 5', 'id in (select id from totals.totals)'))
    const planned = tulle.sh('tulle plan --as ada')
    expect([planned.status, planned.stderr]).toEqual([1, expect.stringMatching(/grants\/bo_reads_orders\.yaml.*condition-reads-table/u)])
    write((text) => text.replace('product: orders', 'product: totals').replace('data_set: orders', 'data_set: totals').replace('columns: [id]', 'columns: [total]').replace('amount', 'total'))
    expect(tulle.sh('tulle plan --as ada').stderr).toContain('grant-needs-two-persons')
    rmSync(join(tulle.checkout, file))
  }, 60_000)
})

describe('the command line', () => {
  it('asks, shows, narrows, renews and gives back', async () => {
    const bo = <T>(command: string): T => JSON.parse(tulle.sh(`tulle access ${command} --as bo -o json`).stdout) as T
    const made = bo<AccessRequest>('request orders --purpose reporting --because "From a terminal." --columns id,customer --for 2d --accept terms@2')
    expect(made).toMatchObject({ state: 'submitted', terms: { dataSet: 'orders', columns: ['id', 'customer'], seconds: 172_800 } })
    expect(tulle.sh('tulle access list --inbox --as olga').stdout).toContain(made.id)
    expect(tulle.sh('tulle access list --inbox --as ana').stdout).not.toContain(made.id)
    const exposed = tulle.sh(`tulle access expose ${made.id} --columns id --rows 1 --as olga`).stdout
    expect(exposed).toMatch(/rows\s+3/u)
    expect(tulle.sh(`tulle access narrow ${made.id} --columns id --note "No names." --as olga`).stdout).toMatch(/is narrowed: bo may read id of orders\.orders for 2 days for reporting \(grant /u)
    const { grant } = bo<{ grant: string }>(`show ${made.id}`)
    const shown = bo<Grant & { history: { change: string }[] }>(`show ${grant}`)
    expect([shown.state, shown.columns, shown.history.map(({ change }) => change)]).toEqual(['active', ['id'], ['submitted', 'granted', 'narrowed']])
    const renewal = bo<AccessRequest>(`renew ${grant} --because "One more week." --for 1w`)
    expect(tulle.sh(`tulle access approve ${renewal.id} --as olga`).status).toBe(0)
    expect(tulle.sh(`tulle access give-back ${grant} --as bo`).stdout).toBe(`Grant ${grant} is given back.\n`)
    const refused = tulle.sh('tulle access request orders --purpose reporting --because "No reason." --where "ammount > 1" --accept terms@2 --as bo')
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('The row has no column "ammount". Did you mean "amount"?')])
    expect(tulle.sh('tulle access approve nothing --as olga').stderr).toContain('There is no product "nothing"')
    expect(tulle.sh('tulle access request orders --purpose reporting --because "By its name." --accept terms@2 --as bo').status).toBe(0)
    expect(tulle.sh('tulle access approve orders --as olga').stdout).toMatch(/is approved: bo may read orders for reporting/u)
    expect(tulle.sh('tulle access approve 00000000-0000-4000-8000-000000000000 --as olga').stderr).toContain('There is no request "00000000-0000-4000-8000-000000000000" that you may see.')
    expect(tulle.sh('tulle access revoke orders --as olga').stderr).toMatch(/one of the ids/u)
  }, 300_000)
})
