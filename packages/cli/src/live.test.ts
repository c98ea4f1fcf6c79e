// The whole way, with the real server in a process of its own: from an empty folder to a live product over one's own
// CSV file, and every remote command on it.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chmodSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundledProgram } from '@tulle/kernel/testing'
import { workspace } from './testing.ts'

const SERVER = await bundledProgram('packages/server/src/main.ts')

const work = workspace()
// PostgreSQL and the engines may run as users of their own and must be able to walk in.
chmodSync(work.folder, 0o755)
let ports: NodeJS.ProcessEnv = {}
let server: ChildProcess | undefined
let printed = ''

async function freePort(): Promise<string> {
  const probe = createServer()
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done))
  const { port } = probe.address() as AddressInfo
  await new Promise((done) => probe.close(done))
  return String(port)
}

const tulle = (...command: string[]) => work.tulle(command, { environment: ports, from: 'my' })
const as = (user: string, ...command: string[]) => tulle(...command, '--as', user)
const parsed = async <T>(ran: Promise<{ code: number | null; out: string; err: string }>): Promise<T> => {
  const { code, out, err } = await ran
  expect({ code, err }).toEqual({ code: 0, err: expect.any(String) as string })
  return JSON.parse(out) as T
}

beforeAll(async () => {
  ports = { TULLE_HTTP_PORT: await freePort(), TULLE_SQL_PORT: await freePort() }
  work.write('orders.csv', `order_id,customer,amount,ordered_on\n${Array.from({ length: 500 }, (_, i) => `${i + 1},customer ${i % 7},${i}.5,2026-01-0${(i % 9) + 1}`).join('\n')}\n`)
  expect((await work.tulle(['init', 'mesh', 'my'])).code).toBe(0)
  expect((await tulle('init', 'domain', 'sales')).code).toBe(0)
  expect((await tulle('init', 'product', 'orders', '--csv', '../orders.csv')).code).toBe(0)
  const { DATABASE_URL: _, ...environment } = process.env
  server = spawn(process.execPath, [SERVER, join(work.folder, 'my')], { env: { ...environment, ...ports, TULLE_HOME: join(work.folder, 'home') }, stdio: ['ignore', 'pipe', 'pipe'] })
  server.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  server.stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  const gone = new Promise<never>((_, failed) => server?.once('exit', () => failed(new Error(`The server has ended:\n${printed}`))))
  const ready = await Promise.race([tulle('status', '--wait', '50', '-o', 'json'), gone])
  expect(ready.code, printed + ready.err).toBe(0)
  gone.catch(() => undefined)
  // Ready means that the doors are open; the first run may still be under way.
  while (!(await as('dev', 'product', 'show', 'orders')).out.includes('500 rows')) await new Promise((done) => setTimeout(done, 200))
}, 60_000)

afterAll(async () => {
  server?.kill('SIGTERM')
  await new Promise<void>((done) => (server === undefined || server.exitCode !== null ? done() : server.once('exit', () => done())))
  work[Symbol.dispose]()
}, 30_000)

describe('a new mesh over one\'s own CSV file', () => {
  it('says where its doors are, exactly as scripts expect it', async () => {
    const status = await parsed<Record<string, unknown>>(tulle('status', '-o', 'json'))
    expect(status).toEqual({
      ready: true,
      url: `http://127.0.0.1:${ports['TULLE_HTTP_PORT']}`,
      sql: { host: '127.0.0.1', port: Number(ports['TULLE_SQL_PORT']), database: 'tulle' },
      users: ['admin', 'dev', 'ana'].map((name) => ({ name, role: { admin: 'administrator', dev: 'developer', ana: 'consumer' }[name], secretFile: join(work.folder, 'home/secrets', name) })),
    })
  })

  it('answers SQL to the team that owns it', async () => {
    const rows = await parsed<unknown>(as('dev', 'sql', '-o', 'json', 'select count(*) as n, sum(amount) as total, min(ordered_on) as first from orders.orders'))
    expect(rows).toEqual([{ n: 500, total: 125_000, first: '2026-01-01' }])
  })

  it('answers nobody else until a grant says so, and no longer than it says so', async () => {
    const ask = () => as('ana', 'sql', '-o', 'csv', 'select customer from orders.orders where order_id = 1')
    const refused = await ask()
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('sql-failed')
    const grant = await parsed<{ id: string; columns: string[] }>(as('admin', 'grant', 'ana', 'orders', '--purpose', 'exploration', '--columns', 'order_id,customer', '-o', 'json'))
    expect(await ask()).toEqual({ code: 0, out: 'customer\ncustomer 0\n', err: '' })
    expect((await as('ana', 'sql', 'select amount from orders.orders')).code).toBe(1)
    expect((await as('admin', 'grants', 'list', 'orders')).out).toContain(grant.id)
    expect(await as('admin', 'grants', 'revoke', grant.id)).toEqual({ code: 0, out: `Grant ${grant.id} is revoked.\n`, err: '' })
    expect((await ask()).code).toBe(1)
  })

  it('keeps a query beside its product, for whoever may see that to run under their own rights', async () => {
    const sum = ['queries', 'save', 'orders.total', '--sql', 'select sum(amount) as total from orders.orders', '--title', 'All of it'] as const
    expect(await as('dev', ...sum)).toMatchObject({ code: 0, out: 'Saved orders.total as version 1: all who may see orders see its text.\n' })
    expect(await as('dev', ...sum)).toMatchObject({ code: 1, err: expect.stringContaining('work-exists') as string })
    expect(await as('ana', ...sum, '--overwrite')).toMatchObject({ code: 1, err: expect.stringContaining('not-allowed') as string })
    expect((await as('ana', 'queries', 'list')).out).toContain('orders.total')
    expect((await as('dev', 'queries', 'run', 'orders.total')).out).toContain('125000')
    expect(await as('ana', 'queries', 'run', 'orders.total')).toMatchObject({ code: 1, err: expect.stringContaining('read-denied') as string })
    expect(await as('dev', 'queries', 'delete', 'orders.total')).toMatchObject({ code: 0 })
    expect(await as('dev', 'queries', 'show', 'orders.totl')).toMatchObject({ code: 1, err: expect.stringContaining('unknown-work') as string })
    expect(await as('dev', 'queries', 'show', 'orders')).toMatchObject({ code: 2 })
  })

  it('lists and shows what there is', async () => {
    expect(await parsed<{ name: string }[]>(as('ana', 'product', 'list', '-o', 'json'))).toMatchObject([{ name: 'orders', domain: 'sales', dataSets: 1, access: 'none' }])
    expect((await as('dev', 'product', 'show', 'orders')).out).toContain('orders.orders  500 rows')
    expect(await parsed<{ rows: number }[]>(as('dev', 'history', 'orders', '-o', 'json'))).toMatchObject([{ dataSet: 'orders.orders', rows: 500, current: true }])
    expect((await as('admin', 'account', 'list')).out).toContain('ana')
    expect((await as('dev', 'capability', 'list')).out).toContain('file-input-port')
    expect(await parsed<unknown>(as('dev', 'capability', 'show', 'file-input-port', '-o', 'json'))).toMatchObject({ type: 'file-input-port', schema: { type: 'object' } })
  })

  it('runs again when it is told, and shows the run', async () => {
    const run = await parsed<{ id: string; status: string; steps: { name: string }[] }>(as('dev', 'run', 'orders', '--wait', '--force', '-o', 'json'))
    expect(run).toMatchObject({ status: 'succeeded', product: 'orders' })
    expect(run.steps.map((step) => step.name)).toEqual(['ingest', 'transform', 'write', 'check', 'publish', 'notify', 'profile'])
    expect((await as('dev', 'runs', 'show', run.id)).out).toContain('✔ succeeded  publish')
    expect((await as('dev', 'runs', 'list', 'orders')).out).toContain(run.id)
    expect((await as('dev', 'runs', 'logs', run.id)).code).toBe(0)
    expect(await as('dev', 'run', 'order')).toMatchObject({ code: 1, err: expect.stringContaining('Did you mean "orders"?') as string })
  })

  it('ends with exit code 1 where a run fails, and the port keeps serving what was good', async () => {
    const data = 'my/domains/sales/orders/data/orders.csv'
    const good = readFileSync(join(work.folder, data), 'utf8')
    work.write(data, `${good}501,customer 1,1.5,2026-01-01,one too many\n`)
    const failed = await as('dev', 'run', 'orders', '--wait')
    expect(failed).toMatchObject({ code: 1, out: expect.stringMatching(/^✖ failed  orders/) as string })
    expect(failed.err).toContain('✖ failed  ingest')
    expect(failed.err).not.toContain('one too many')
    expect(await parsed<unknown>(as('dev', 'sql', '-o', 'json', 'select count(*) as n from orders.orders'))).toEqual([{ n: 500 }])
    work.write(data, good)
  })

  it('shows every version, newest first, and serves an older one again', async () => {
    interface Version { readonly id: string; readonly state: string; readonly time: string; readonly runId?: string; readonly requestedBy?: string }
    const data = 'my/domains/sales/orders/data/orders.csv'
    const good = readFileSync(join(work.folder, data), 'utf8')
    work.write(data, good.split('\n').slice(0, 11).join('\n'))
    expect((await as('dev', 'run', 'orders', '--wait')).code).toBe(0)
    const versions = await parsed<Version[]>(as('dev', 'history', 'orders', '-o', 'json'))
    expect(versions.map((one) => one.time)).toEqual(versions.map((one) => one.time).toSorted().toReversed())
    expect(versions[0]).toMatchObject({ dataSet: 'orders.orders', state: 'current', current: true, rows: 10, rowsAdded: 10, rowsRemoved: 500, requestedBy: 'dev', contractVersion: expect.any(String) as string })
    expect(versions[0]).toMatchObject({ refs: expect.arrayContaining([{ name: 'main', type: 'branch' }, { name: expect.stringMatching(/^contract-/u) as string, type: 'tag' }]) as unknown })
    expect((await as('dev', 'history', 'orders')).out).toContain(versions[1]?.id)

    interface Difference { readonly rows: readonly { readonly change: string; readonly before?: { readonly order_id: number } }[] }
    const difference = await parsed<Difference>(as('dev', 'diff', 'orders.orders', '-n', '5', '-o', 'json'))
    expect(difference).toMatchObject({ dataSet: 'orders.orders', from: versions[1]?.id, to: versions[0]?.id, added: 0, removed: 490, changed: 0, read: { files: 2 }, skipped: { files: 0 } })
    expect(difference.rows.map((row) => [row.change, (row.before?.order_id ?? 0) > 10])).toEqual(Array.from({ length: 5 }, () => ['removed', true]))
    expect((await as('dev', 'diff', 'orders.orders', '--from', versions[0]?.id ?? '', '--to', versions[0]?.id ?? '')).out).toContain('0 rows added, 0 removed, 0 changed')
    expect(await as('ana', 'diff', 'orders.orders')).toMatchObject({ code: 1, out: '', err: expect.stringContaining('read-denied') as string })
    expect(await as('dev', 'diff', 'orders.orders', '--from', 'contract-9')).toMatchObject({ code: 1, err: expect.stringContaining('unknown-version') as string })
    expect(await as('dev', 'diff', 'orders')).toMatchObject({ code: 2, err: expect.stringContaining('bad-argument') as string })

    expect(await as('ana', 'rollback', 'orders')).toMatchObject({ code: 1, err: expect.stringContaining('not-allowed') as string })
    expect(await as('dev', 'rollback', 'orders', '--snapshot', '12')).toMatchObject({ code: 1, err: expect.stringContaining('rollback-target-unknown') as string })
    expect(await as('dev', 'rollback', 'orders', '--snapshot', 'x')).toMatchObject({ code: 2, err: expect.stringContaining('bad-argument') as string })
    expect(await parsed<unknown>(as('dev', 'rollback', 'orders', '-o', 'json'))).toEqual({ product: 'orders', dataSets: [{ dataSet: 'orders.orders', from: versions[0]?.id, to: versions[1]?.id }] })
    expect(await parsed<unknown>(as('dev', 'sql', '-o', 'json', 'select count(*) as n from orders.orders'))).toEqual([{ n: 500 }])
    expect(await parsed<Version[]>(as('ana', 'history', 'orders.orders', '-o', 'json'))).toMatchObject([{ state: 'undone' }, { state: 'current' }, ...versions.slice(2).map(() => ({ state: 'past' }))])
    work.write(data, good)

    const reproduced = await parsed<{ identical: boolean; dataSets: unknown[] }>(as('dev', 'reproduce', 'orders', '--snapshot', versions[0]?.id ?? '', '-o', 'json'))
    expect(reproduced).toMatchObject({ identical: true, dataSets: [{ dataSet: 'orders.orders', rows: { snapshot: 10, rebuilt: 10 } }] })
    expect(await as('ana', 'reproduce', 'orders', '--snapshot', versions[0]?.id ?? '')).toMatchObject({ code: 1, err: expect.stringContaining('not-allowed') as string })
    expect(await as('dev', 'reproduce', 'orders', '--snapshot', '12')).toMatchObject({ code: 1, err: expect.stringContaining('product-snapshot-unknown') as string })
  })

  it('plans nothing when nothing changed, and applies what did', async () => {
    expect(await parsed<{ summary: unknown }>(as('admin', 'plan', '-o', 'json'))).toMatchObject({ summary: {} })
    const contract = 'my/domains/sales/orders/contracts/orders.odcs.yaml'
    work.write(contract, readFileSync(join(work.folder, contract), 'utf8').replace('      - name: customer\n', '      - name: customer\n        description: Who ordered.\n'))
    const kept = await as('admin', 'plan', '--out', '../plan.json')
    expect(kept.code).toBe(0)
    expect((await as('admin', 'plan', '-o', 'json')).out).not.toContain('"summary": {}')
    expect(await as('admin', 'apply')).toMatchObject({ code: 2, err: expect.stringContaining('Say --yes') as string })
    expect(await as('ana', 'apply', '--yes')).toMatchObject({ code: 1, err: expect.stringContaining('not-allowed') as string })
    const applied = await as('admin', 'apply', '--plan', '../plan.json', '--yes')
    expect(applied).toMatchObject({ code: 0 })
    expect(await as('admin', 'apply', '--plan', '../plan.json', '--yes')).toMatchObject({ code: 1, err: expect.stringContaining('plan-stale') as string })
    expect((await as('admin', 'plan', '-o', 'json')).out).toContain('"summary": {}')
    expect((await work.tulle(['plan', '--as', 'admin', '-o', 'json'], { from: 'home/logs', environment: ports })).out, 'outside any mesh the one that is served is meant').toContain('"summary": {}')
    work.write('broken.json', '{}')
    expect(await as('admin', 'apply', '--plan', '../broken.json')).toMatchObject({ code: 2, err: expect.stringContaining('plan-file-broken') as string })
  })

  it('takes a second product in while it runs, whatever its columns are called', async () => {
    work.write('items.csv', 'Item No;Größe;sold on\n7;L;2026-02-01\n8;;2026-02-02\n')
    expect((await tulle('init', 'product', 'items', '--csv', '../items.csv')).code).toBe(0)
    expect((await as('admin', 'apply', '--yes')).code).toBe(0)
    expect((await as('dev', 'run', 'items', '--wait')).code).toBe(0)
    expect(await parsed<unknown>(as('dev', 'sql', '-o', 'json', 'select * from items.items order by item_no'))).toEqual([
      { item_no: 7, grosse: 'L', sold_on: '2026-02-01' }, { item_no: 8, grosse: null, sold_on: '2026-02-02' },
    ])
  })
})

describe('a session', () => {
  it('lasts from login to logout, in a file that nobody else reads', async () => {
    expect(await tulle('whoami')).toMatchObject({ code: 1, err: expect.stringContaining('nobody-signed-in') as string })
    const wrong = await work.spawned(['login', 'ana', '--password-stdin'], { environment: ports, input: 'wrong' })
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('wrong-password') as string })
    const password = readFileSync(join(work.folder, 'home/secrets/ana'), 'utf8')
    expect(await work.spawned(['login', 'ana', '--password-stdin'], { environment: ports, input: password })).toMatchObject({ code: 0, out: expect.stringContaining('as ana (consumer)') as string })
    expect(statSync(join(work.folder, 'config/sessions.json')).mode & 0o777).toBe(0o600)
    expect(await parsed<{ name: string }>(tulle('whoami', '-o', 'json'))).toMatchObject({ name: 'ana', role: 'consumer' })
    expect((await tulle('logout')).code).toBe(0)
    expect((await tulle('whoami')).code).toBe(1)
  })

  it.each([['nobody', 'ENOENT'], ['../pg', 'it is no user name']])('acts as demo users only: not as "%s"', async (user, reason) => {
    expect(await as(user, 'whoami')).toMatchObject({ code: 1, err: expect.stringContaining(reason) as string })
  })
})

describe('the SQL terminal', () => {
  it('runs statements as they are typed, and goes on after a mistake', async () => {
    const ran = await work.spawned(['sql', '--as', 'dev', '-o', 'csv'], { environment: ports, input: '\\dt\nselect\n 1 as one;\nselect nonsense from nowhere;\nselect \';\' as semicolon; select 2 as two\n' })
    expect(ran.code).toBe(1)
    expect(ran.out).toContain('schema,name,type\nitems,items,BASE TABLE\norders,orders,BASE TABLE\n')
    expect(ran.out).toContain('one\n1\n')
    expect(ran.out).toContain('semicolon\n;\n')
    expect(ran.out.endsWith('two\n2\n')).toBe(true)
    expect(ran.err).toContain('sql-failed')
  })

  it('shows columns, streams many rows, and gives PostgreSQL\'s own text', async () => {
    expect((await as('dev', 'sql', 'select ordered_on, amount, true as yes, cast(null as varchar) as nothing from orders.orders order by order_id limit 1')).out).toBe([
      'ordered_on │ amount │ yes │ nothing',
      '───────────┼────────┼─────┼────────',
      '2026-01-01 │    0.5 │ t   │ ∅',
      '(1 row)',
      '',
    ].join('\n'))
    const many = await as('dev', 'sql', '-o', 'csv', 'select a.order_id from orders.orders a, orders.orders b limit 100000')
    expect(many.out.split('\n')).toHaveLength(100_002)
  })

  it('describes a table as PostgreSQL would', async () => {
    const described = await parsed<{ column: string; type: string }[]>(as('dev', 'sql', '-o', 'json', '\\d orders.orders'))
    expect(described.map(({ column, type }) => `${column} ${type}`)).toEqual(['order_id bigint', 'customer text', 'amount double precision', 'ordered_on date'])
  })

  it('refuses a wrong password', async () => {
    const ran = await work.tulle(['sql', '--user', 'ana', 'select 1'], { environment: { ...ports, PGPASSWORD: 'wrong' } })
    expect(ran).toMatchObject({ code: 1, err: expect.stringContaining('28P01') as string })
  })
})

it('logs, and stops when it is told', async () => {
  expect((await tulle('logs', '-n', '5')).code).toBe(0)
  expect(await tulle('reset', '--yes')).toMatchObject({ code: 1, err: expect.stringContaining('still-running') as string })
  expect(await tulle('stop')).toEqual({ code: 0, out: 'Tulle has stopped.\n', err: '' })
  expect(await tulle('status', '-o', 'json')).toMatchObject({ code: 1 })
  expect(await tulle('reset', '--yes')).toEqual({ code: 0, out: `${work.folder}/home is gone.\n`, err: '' })
})
