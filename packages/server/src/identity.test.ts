// Who is who at every door of a running Tulle: attributes that change, tokens that open, narrow and end.

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_ROOT } from '@tulle/api'
import { startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'
import { shopMesh } from './testing-mesh.ts'

let tulle: TestTulle
let mesh: string

beforeAll(async () => {
  mesh = shopMesh()
  mkdirSync(join(mesh, 'applications'))
  writeFileSync(join(mesh, 'applications/roster.yaml'), 'apiVersion: tulle.dev/v1\nkind: ProcessDomain\nmetadata: { name: roster, title: Shifts }\nspec: { team: support_team, systems: [shift_planner] }\n')
  tulle = await startTulle({ mesh })
}, 120_000)

afterAll(async () => {
  await tulle?.stop()
  rmSync(mesh, { recursive: true, force: true })
})

const basic = (user: string, password = tulle.secret(user)): string => `Basic ${btoa(`${user}:${password}`)}`
const ask = (authorization: string, method: string, path: string, body?: object): Promise<Response> =>
  fetch(`${tulle.url}${path}`, { method, headers: { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) }, ...(body !== undefined && { body: JSON.stringify(body) }) })
const api = (authorization: string, method: string, path: string, body?: object): Promise<Response> => ask(authorization, method, `${API_ROOT}${path}`, body)
const codeOf = async (response: Response): Promise<string> => `${response.status} ${((await response.json()) as { type: string }).type.replace('urn:tulle:problem:', '')}`

interface Made { readonly secret: string; readonly id: string }
/** By the command line, as its user would. */
function makeToken(user: string, ...flags: readonly string[]): Made {
  const ran = tulle.sh(`npx tulle token create laptop -o json --as ${user} ${flags.join(' ')}`)
  expect(ran.stderr).toBe('')
  return JSON.parse(ran.stdout) as Made
}

async function connect(user: string, password: string): Promise<pg.Client> {
  const client = new pg.Client({ host: '127.0.0.1', port: tulle.sqlPort, user, password, database: 'tulle' })
  client.on('error', () => {})
  await client.connect()
  return client
}

describe('a token for reading', () => {
  it('opens SQL, REST, the API and the Iceberg catalogue, and changes nothing anywhere', async () => {
    const { secret } = makeToken('ana')
    const bearer = `Bearer ${secret}`
    const client = await connect('ana', secret)
    expect((await client.query('select count(*)::int as n from orders.orders')).rows).toEqual([{ n: 3 }])
    await client.end()
    expect(((await (await api(bearer, 'GET', '/me')).json()) as { name: string }).name).toBe('ana')
    expect((await ask(bearer, 'GET', '/data/v1/orders/orders')).status).toBe(200)
    expect((await ask(basic('ana', secret), 'GET', '/data/v1/orders/orders')).status).toBe(200)
    expect(await codeOf(await ask(basic('bo', secret), 'GET', '/data/v1/orders/orders'))).toBe('401 wrong-password')
    const oauth = await fetch(`${tulle.url}/iceberg/v1/oauth/tokens`, { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'ana', client_secret: secret, scope: 'catalog' }) })
    const { access_token: access } = (await oauth.json()) as { access_token: string }
    expect(((await (await ask(`Bearer ${access}`, 'GET', '/iceberg/v1/namespaces')).json()) as { namespaces: unknown }).namespaces).toEqual([['orders'], ['totals']])
    expect(await codeOf(await api(bearer, 'POST', '/grants', { subjectKind: 'user', subject: 'bo', product: 'orders', purposes: ['reporting'] }))).toBe('403 token-reads-only')
    expect(await codeOf(await api(bearer, 'DELETE', '/session'))).toBe('403 token-reads-only')
  })

  it('has none of its owner\'s duties at any door', async () => {
    const { secret } = makeToken('dora')
    const dropped = await ask(`Bearer ${secret}`, 'DELETE', '/iceberg/v1/namespaces/orders/tables/orders')
    expect(dropped.status).toBe(403)
    expect(((await (await api(`Bearer ${secret}`, 'GET', '/me')).json()) as { role: string }).role).toBe('consumer')
  })

  it('ends at every door when it is revoked, in open sessions too', async () => {
    const { secret, id } = makeToken('ana')
    const client = await connect('ana', secret)
    const gone = new Promise<string>((resolve) => client.once('error', (error: pg.DatabaseError) => resolve(error.code ?? '')))
    expect((await api(basic('ana'), 'DELETE', `/tokens/${id}`)).status).toBe(204)
    expect(await gone).toBe('28000')
    expect((await api(`Bearer ${secret}`, 'GET', '/me')).status).toBe(401)
    await expect(connect('ana', secret)).rejects.toMatchObject({ code: '28P01' })
  })

  it('is rotated by itself, and makes no other', async () => {
    const { secret, id } = makeToken('ana', '--scope full')
    expect(await codeOf(await api(`Bearer ${secret}`, 'POST', '/tokens', { label: 'more' }))).toBe('403 token-makes-no-token')
    const rotated = await api(`Bearer ${secret}`, 'POST', `/tokens/${id}/rotate`, { overlapSeconds: 0 })
    expect(rotated.status).toBe(201)
    expect([(await api(`Bearer ${secret}`, 'GET', '/me')).status, (await api(`Bearer ${((await rotated.json()) as Made).secret}`, 'GET', '/me')).status]).toEqual([401, 200])
  })

  it('is listed, made and ended by its owner, listed and ended by an administrator, and touched by nobody else', async () => {
    const { id } = makeToken('ana')
    expect(await codeOf(await api(basic('bo'), 'DELETE', `/tokens/${id}`))).toBe('403 not-allowed')
    expect(await codeOf(await api(basic('bo'), 'GET', '/tokens?account=ana'))).toBe('403 not-allowed')
    expect(await codeOf(await api(basic('ada'), 'POST', '/tokens', { account: 'ana', label: 'mine now' }))).toBe('403 not-allowed')
    expect(await codeOf(await api(basic('ada'), 'POST', `/tokens/${id}/rotate`, {}))).toBe('403 not-allowed')
    expect(tulle.sh('npx tulle token list --of ana --as ada').stdout).toContain(id)
    expect((await api(basic('ada'), 'DELETE', `/tokens/${id}`)).status).toBe(204)
  })
})

describe('a service identity', () => {
  it('is opened by a token that an owner of its product makes, and by nobody else\'s', async () => {
    expect(await codeOf(await api(basic('bo'), 'POST', '/tokens', { account: 'product.orders', label: 'loader' }))).toBe('403 not-allowed')
    expect(await codeOf(await api(basic('olga'), 'POST', '/tokens', { account: 'application.roster', label: 'loader' }))).toBe('403 not-allowed')
    expect(await codeOf(await api(basic('ada'), 'POST', '/tokens', { account: 'product.order', label: 'loader' }))).toBe('404 unknown-service')
    const { secret } = makeToken('olga', '--of product:orders')
    expect(await (await api(`Bearer ${secret}`, 'GET', '/me')).json()).toMatchObject({ name: 'product.orders', kind: 'service', role: 'consumer', teams: [] })
    const client = await connect('product.orders', secret)
    await expect(client.query('select * from totals.totals')).rejects.toMatchObject({ code: '42501' })
    await client.end()
  })

  it('reads what is granted to what it acts for, at the SQL port too, until that is revoked', async () => {
    const { secret } = makeToken('ada', '--of application:roster')
    const given = await api(basic('olga'), 'POST', '/grants', { subjectKind: 'application', subject: 'roster', product: 'orders', purposes: ['reporting'] })
    expect(given.status).toBe(201)
    const client = await connect('application.roster+reporting', secret)
    expect((await client.query('select count(*)::int as n from orders.orders')).rows).toEqual([{ n: 3 }])
    expect((await api(basic('olga'), 'DELETE', `/grants/${((await given.json()) as { id: string }).id}`)).status).toBe(204)
    await expect(client.query('select count(*)::int as n from orders.orders')).rejects.toMatchObject({ code: '42501' })
    await client.end()
  })

  it('stays the same where its process domain goes to another team and another file', async () => {
    const { secret, id } = makeToken('ada', '--of application:roster')
    const me = async (): Promise<unknown> => (await api(`Bearer ${secret}`, 'GET', '/me')).json()
    const before = await me()
    const file = join(tulle.checkout, 'examples/skyline/applications/roster.yaml')
    writeFileSync(file, readFileSync(file, 'utf8').replace('support_team', 'sales_team'))
    renameSync(file, file.replace('roster.yaml', 'shifts.yaml'))
    const planned = tulle.sh('npx tulle plan examples/skyline --as ada')
    expect(planned.stdout).toContain('process-domain:roster')
    expect(tulle.sh('npx tulle apply examples/skyline --as ada --yes').status).toBe(0)
    expect(await me()).toEqual(before)
    expect((await api(basic('olga'), 'DELETE', `/tokens/${id}`)).status).toBe(204)
  })
})

describe('an account', () => {
  it('is shown to itself and to administrators, and changed by these alone', async () => {
    expect(await codeOf(await api(basic('bo'), 'PUT', '/accounts/bo', { role: 'administrator' }))).toBe('403 not-allowed')
    expect(await codeOf(await api(basic('bo'), 'GET', '/accounts/ana'))).toBe('403 not-allowed')
    const set = tulle.sh('npx tulle account set bo --attribute region=EU --attribute clearance=2 --attribute \'desks=["A","B"]\' --teams support_team --as ada -o json')
    expect(JSON.parse(set.stdout)).toMatchObject({ name: 'bo', teams: ['support_team'], domains: ['support'], attributes: { region: 'EU', clearance: 2, desks: ['A', 'B'] } })
    expect(((await (await api(basic('bo'), 'GET', '/accounts/bo')).json()) as { attributes: object }).attributes).toEqual({ region: 'EU', clearance: 2, desks: ['A', 'B'] })
    expect(tulle.sh('npx tulle account show bo --as bo').stdout).toContain('attributes  clearance=2, desks=["A","B"], region=EU')
    expect(JSON.parse(tulle.sh('npx tulle account set bo --without clearance --teams "" --as ada -o json').stdout)).toMatchObject({ teams: [], domains: [], attributes: { region: 'EU' } })
  })
})

describe('somebody who joins', () => {
  it('is made by an administrator alone, and is in by a password that is shown once', async () => {
    expect(await codeOf(await api(basic('olga'), 'POST', '/accounts', { name: 'eve', password: 'a long password', role: 'administrator' }))).toBe('403 not-allowed')
    const byToken = `Bearer ${makeToken('ada', '--scope full').secret}`
    expect(await codeOf(await api(byToken, 'POST', '/accounts', { name: 'eve', password: 'a long password', role: 'consumer' }))).toBe('403 token-sets-no-password')
    expect(await codeOf(await api(basic('ada'), 'POST', '/accounts', { name: 'eve', password: 'short', role: 'consumer' }))).toBe('400 bad-password')
    expect(await codeOf(await api(basic('ada'), 'POST', '/accounts', { name: 'eve', password: 'a long password', role: 'consumer', purposes: ['mischief'] }))).toMatch(/unknown-purpose$/)
    const made = JSON.parse(tulle.sh('npx tulle account create eve --purposes reporting --attribute region=EU --as ada -o json').stdout) as { password: string }
    expect(made).toMatchObject({ name: 'eve', role: 'consumer', attributes: { region: 'EU' }, password: expect.stringMatching(/^[\w-]{24}$/) })
    expect(await codeOf(await api(basic('ada'), 'POST', '/accounts', { name: 'eve', password: 'a long password', role: 'consumer' }))).toBe('409 account-exists')
    const eve = await connect('eve', made.password)
    await eve.end()
    expect(tulle.sh(`grep -rlF -e '${made.password}' .tulle --include=*.log --include=*.jsonl .tulle/audit`).stdout).toBe('')
  })

  it('changes the own password with the present one, which ends the open sessions', async () => {
    const first = 'the first password'
    expect((await api(basic('ada'), 'PUT', '/accounts/eve/password', { password: first })).status).toBe(204)
    const session = (await (await api('', 'POST', '/session', { name: 'eve', password: first })).json()) as { token: string }
    expect(await codeOf(await api(`Bearer ${session.token}`, 'PUT', '/accounts/eve/password', { password: 'the second password' }))).toBe('403 present-password-wrong')
    expect(await codeOf(await api(`Bearer ${session.token}`, 'PUT', '/accounts/ana/password', { password: 'the second password' }))).toBe('403 not-allowed')
    expect((await api(`Bearer ${session.token}`, 'PUT', '/accounts/eve/password', { password: 'the second password', present: first })).status).toBe(204)
    expect((await api(`Bearer ${session.token}`, 'GET', '/me')).status).toBe(401)
    expect([(await api(basic('eve', first), 'GET', '/me')).status, (await api(basic('eve', 'the second password'), 'GET', '/me')).status]).toEqual([401, 200])
  })
})

describe('an administrator for a while', () => {
  it('says why, is one at once, does not raise itself for good, and is told of in the audit', async () => {
    expect(await codeOf(await api(basic('ana'), 'POST', '/elevations', { justification: 'I would like to look around' }))).toBe('403 not-allowed')
    expect(await codeOf(await api(basic('olga'), 'GET', '/accounts/bo'))).toBe('403 not-allowed')
    expect(tulle.sh("npx tulle account elevate 'the owner of the account is ill' --as olga").stdout).toContain('You are an administrator until ')
    expect((await api(basic('olga'), 'GET', '/accounts/bo')).status).toBe(200)
    expect(await codeOf(await api(basic('olga'), 'PUT', '/accounts/olga', { role: 'administrator' }))).toBe('403 own-role-while-elevated')
    expect(tulle.sh('npx tulle account elevations --as ada').stdout).toContain('the owner of the account is ill')
    expect(tulle.sh('npx tulle account elevate --end --as olga').status).toBe(0)
    expect(await codeOf(await api(basic('olga'), 'GET', '/accounts/bo'))).toBe('403 not-allowed')
    expect(tulle.sh('grep -rh elevate .tulle/audit').stdout).toContain('the owner of the account is ill')
  })

  it('is never one by a token', async () => {
    const { secret } = makeToken('olga', '--scope full')
    expect(await codeOf(await api(`Bearer ${secret}`, 'POST', '/elevations', { justification: 'a token would like to' }))).toBe('403 token-never-elevates')
  })
})

describe('failed sign-ins', () => {
  it('are counted for all doors together', async () => {
    for (let i = 0; i < 3; i += 1) await expect(connect('bo', 'wrong')).rejects.toMatchObject({ code: '28P01' })
    for (let i = 0; i < 2; i += 1) expect(await codeOf(await api(basic('bo', 'wrong'), 'GET', '/me'))).toBe('401 wrong-password')
    expect(await codeOf(await api(basic('bo'), 'GET', '/me'))).toBe('429 too-many-requests')
    await expect(connect('bo', tulle.secret('bo'))).rejects.toMatchObject({ code: '28000' })
  })
})

describe('a token for telling lineage', () => {
  const base = { _producer: 'https://airflow.example/1', _schemaURL: 'https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json' }
  const event = (more: object = {}) => ({
    eventType: 'COMPLETE', eventTime: new Date().toISOString(), producer: 'https://airflow.example/1', schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
    run: { runId: '6f2b3c1e-5a57-4b7d-9f2d-2f6d6c6f1a11' }, job: { namespace: 'airflow', name: 'daily.report' }, ...more,
  })
  const ours = (name: string) => ({ namespace: `postgres://127.0.0.1:${tulle.sqlPort}`, name: `tulle.${name}` })
  const report = () => event({
    inputs: [ours('orders.orders')],
    outputs: [{ namespace: 's3://lake', name: 'report.parquet', facets: { columnLineage: { ...base, fields: { best: { inputFields: [{ ...ours('orders.orders'), field: 'amount', transformations: [{ type: 'DIRECT', subtype: 'AGGREGATION' }] }] } } } } }],
  })

  it('tells what jobs elsewhere made of our data, which stands in the same graph, and opens nothing', async () => {
    const make = (user: string, scope: string): Promise<Response> => api(basic(user), 'POST', '/tokens', { label: 'airflow', scope })
    const secretOf = async (user: string, scope: string): Promise<string> => ((await (await make(user, scope)).json()) as { secret: string }).secret
    const lineage = async (column: string, direction: string): Promise<string> => (await api(basic('ana'), 'GET', `/products/orders/lineage?direction=${direction}${column === '' ? '' : `&column=${column}`}`)).text()
    const secret = await secretOf('dora', 'lineage')
    const tell = (body: object | string, authorization = `Bearer ${secret}`) => fetch(`${tulle.url}${API_ROOT}/lineage`, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: typeof body === 'string' ? body : JSON.stringify(body) })
    expect((await tell(report())).status).toBe(201)
    const down = tulle.sh('npx tulle lineage orders.orders.amount --downstream --as ana').stdout
    expect(down).toMatch(/s3:\/\/lake\/report\.parquet best \(elsewhere\) +orders\.orders\.amount +aggregation/u)
    expect(down).toContain('totals.totals.total')
    expect(await lineage('customer', 'downstream')).not.toContain('report.parquet')
    // A claim about how our own data is made is not taken, and a job is told of by whoever began to.
    expect((await tell(event({ job: { namespace: 'x', name: 'liar' }, inputs: [{ namespace: 'evil', name: 'source' }], outputs: [ours('orders.orders')] }))).status).toBe(201)
    expect(await lineage('', 'upstream')).not.toContain('evil')
    const other = await secretOf('olga', 'lineage')
    expect(await codeOf(await tell(report(), `Bearer ${other}`))).toBe('409 lineage-told-by-another')

    for (const [body, code] of [[{}, '400 openlineage-invalid'], ['[', '400 bad-input'], [event({ run: {} }), '400 openlineage-invalid'], [`{"x":"${'x'.repeat(3_000_000)}"}`, '413 body-too-large']] as const) expect(await codeOf(await tell(body))).toBe(code)
    expect((await tell(report(), `Bearer ${await secretOf('dora', 'full')}`)).status).toBe(401)
    expect((await tell(report(), basic('ada'))).status).toBe(401)
    for (const [method, path] of [['GET', '/me'], ['GET', '/products/orders'], ['POST', '/query']] as const) expect((await api(`Bearer ${secret}`, method, path, method === 'POST' ? { sql: 'select 1' } : undefined)).status).toBe(401)
    await expect(connect('dora', secret)).rejects.toThrow()
    expect(await codeOf(await make('ana', 'lineage'))).toBe('403 not-allowed')
    expect(await codeOf(await tell(report(), `Bearer ${secret.slice(0, -1)}x`))).toBe('401 not-signed-in')
  }, 180_000)
})
