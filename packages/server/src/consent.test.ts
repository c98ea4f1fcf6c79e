// Consents are a data set: whoever takes theirs back is gone from every port within a second of its publish, from open cursors and
// streams too; and where consents cannot be read, nobody has given one.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_ROOT } from '@tulle/api'
import { startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'
import { openTarget } from '@tulle/webhooks/testing'
import type { Target } from '@tulle/webhooks/testing'
import { shopMesh } from './testing-mesh.ts'

const CONSENTS = 'domains/sales/consents/consents.csv'
const PEOPLE = 20_000
const product = (name: string, file: string): string => `apiVersion: core.oam.dev/v1beta1
kind: DataProduct
metadata: { name: ${name}, title: ${name} }
spec:
  components:
    - { name: ${name}, type: data-product, properties: { definition: About ${name}, data_product_owner: olga } }
    - { name: file, type: file-input-port, properties: { path: ${file} } }
    - { name: ${name}, type: data-set, properties: { from: file } }
    - { name: sql, type: sql-output-port }
    - { name: rest, type: rest-output-port }
    - { name: files, type: files-output-port }
    - { name: changes, type: stream-output-port }
`
const contract = (name: string, columns: string): string => `apiVersion: v3.1.0
kind: DataContract
id: ${name}
name: ${name}
version: 1.0.0
status: active
schema:
  - name: ${name}
    properties:
${columns}`
const column = (name: string, more = ''): string => `      - { name: ${name}, logicalType: string${more} }\n`
const consents = (of: readonly (readonly [person: string, purpose: string])[]): string => `person_id,purpose,withdrawn\n${of.map(([person, purpose]) => `${person},${purpose},no\n`).join('')}`
const policy = (name: string, of: string, dataSet: string): string => `apiVersion: tulle.dev/v1
kind: Policy
metadata: { name: ${name}, title: ${name} }
spec:
  status: enforced
  rules:
    - name: consented
      because: Only who has agreed to the purpose is there.
      on: { products: [${of}] }
      rows: { consent: { data-set: ${dataSet}, column: person_id, where: "purpose = {purpose} and withdrawn = 'no'" } }
`
const [KEPT, TAKEN] = ['P-00001', 'P-00002'] as const
const everybody = Array.from({ length: PEOPLE }, (_, i) => `P-${String(i).padStart(5, '0')}`)
const WITHOUT = everybody.filter((id) => id !== TAKEN).map((id) => [id, 'reporting'] as const)

const FILES: Readonly<Record<string, string>> = {
  'domains/sales/people/product.yaml': product('people', 'domains/sales/people/people.csv'),
  'domains/sales/people/people.csv': `person_id,city\n${everybody.map((id) => `${id},Ulm\n`).join('')}`,
  'domains/sales/people/contracts/people.odcs.yaml': contract('people', column('person_id', ', primaryKey: true') + column('city')),
  'domains/sales/consents/product.yaml': product('consents', CONSENTS),
  'domains/sales/consents/contracts/consents.odcs.yaml': contract('consents', column('person_id') + column('purpose') + column('withdrawn')),
  [CONSENTS]: consents([...WITHOUT, [TAKEN, 'reporting'], ['P-00003', 'marketing']]),
  // Whose consents were never published: its file is not there.
  'domains/sales/guests/product.yaml': product('guests', 'domains/sales/people/people.csv'),
  'domains/sales/guests/contracts/guests.odcs.yaml': contract('guests', column('person_id', ', primaryKey: true') + column('city')),
  'domains/sales/unkept/product.yaml': product('unkept', 'domains/sales/unkept/not-there.csv'),
  'domains/sales/unkept/contracts/unkept.odcs.yaml': contract('unkept', column('person_id') + column('purpose') + column('withdrawn')),
  'policies/consents.yaml': policy('consents', 'people', 'consents.consents'),
  'policies/unkept.yaml': policy('unkept', 'guests', 'unkept.unkept'),
}

let tulle: TestTulle
let mesh: string
let target: Target
let webhook: string | undefined
const tokens = new Map<string, string>()

beforeAll(async () => {
  mesh = shopMesh()
  for (const [path, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(mesh, path)), { recursive: true })
    writeFileSync(join(mesh, path), content)
  }
  const facts = readFileSync(join(mesh, 'mesh.yaml'), 'utf8')
  writeFileSync(join(mesh, 'mesh.yaml'), facts.replace('grants: [orders, totals]', 'grants: [orders, people, guests]'))
  target = await openTarget()
  tulle = await startTulle({ mesh, environment: { TULLE_WEBHOOK_HOSTS: '127.0.0.1' } })
  for (const name of ['ana', 'ada']) {
    const signedIn = await fetch(`${tulle.url}${API_ROOT}/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name, password: tulle.secret(name) }) })
    tokens.set(name, ((await signedIn.json()) as { token: string }).token)
  }
}, 180_000)
afterAll(async () => {
  await tulle?.stop()
  await target?.close()
  rmSync(mesh, { recursive: true, force: true })
})

async function connected<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ host: '127.0.0.1', port: tulle.sqlPort, database: 'tulle', user: 'ana', password: tulle.secret('ana'), ssl: { rejectUnauthorized: false } })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
const get = (path: string, who = 'ana'): Promise<Response> => fetch(`${tulle.url}${path}`, { headers: { authorization: `Bearer ${tokens.get(who)}` } })
const rest = async (of: string, id: string): Promise<number> => ((await (await get(`/data/v1/${of}/${of}?person_id=eq.${id}`)).json()) as { readonly rows?: readonly unknown[] }).rows?.length ?? 0
const sql = (of: string, id: string): Promise<number> => connected(async (client) => (await client.query(`select 1 from ${of}.${of} where person_id = '${id}'`)).rowCount ?? 0)
const streamed = async (of: string, id: string): Promise<number> => {
  const text = await (await get(`/streams/v1/${of}/${of}?from=start&limit=10000`)).text()
  return text.includes(`"${id}"`) ? 1 : 0
}
const post = (path: string, body: unknown): Promise<Response> => fetch(`${tulle.url}${API_ROOT}${path}`, { method: 'POST', headers: { authorization: `Bearer ${tokens.get('ana')}`, 'content-type': 'application/json' }, body: JSON.stringify(body) })
/** What her webhook is sent when everything is told from the start once more. Of two rows in one request the one that stays says that the request is there. */
const hooked = async (of: string, id: string): Promise<number> => {
  if (webhook === undefined) {
    const condition = `row.person_id == '${KEPT}' || row.person_id == '${TAKEN}'`
    const made = await post('/webhooks', { product: of, dataSet: of, url: target.url, kinds: ['insert'], filter: { condition }, batch: { size: 1000 }, from: 'now' })
    webhook = ((await made.json()) as { webhook: { id: string } }).webhook.id
  }
  target.taken.length = 0
  await post(`/webhooks/${webhook}/replays`, { from: 'start' })
  const sent = (): string => JSON.stringify(target.taken.map(({ data }) => data['after']))
  await until(async () => sent().includes(KEPT), 10_000)
  return sent().includes(id) ? 1 : 0
}
const PORTS = { sql, rest, stream: streamed, webhook: hooked } as const
const until = async (what: () => Promise<boolean>, within: number): Promise<number> => {
  const begun = Date.now()
  for (;;) {
    if (await what().catch(() => false)) return Date.now() - begun
    if (Date.now() - begun > within) throw new Error(`it did not come about within ${within} ms:\n${tulle.output()}`)
    await new Promise((wake) => setTimeout(wake, 20))
  }
}
/** When consents were published last; milliseconds since 1970. */
async function publishedAt(): Promise<number> {
  const { events } = (await (await get(`${API_ROOT}/events?limit=1000`, 'ada')).json()) as { readonly events: readonly { readonly type: string; readonly time: string; readonly subject?: string }[] }
  return Math.max(...events.filter(({ type, subject }) => type === 'tulle.product.published' && subject === 'consents').map(({ time }) => Date.parse(time)))
}
/** When a question was asked last that was still answered with the person. */
async function lastSeen(ask: (of: string, id: string) => Promise<number>): Promise<number> {
  for (let seen = Date.now(), deadline = seen + 60_000; ;) {
    const at = Date.now()
    // Who asks while it changes is told so, and asks again.
    const answered = await ask('people', TAKEN).catch(() => undefined)
    if (answered === 0) return seen
    if (answered === 1) seen = at
    if (at > deadline) return Infinity
  }
}
const everywhere = async (ports: Readonly<Record<string, typeof sql>> = PORTS): Promise<Readonly<Record<string, number>>> => Object.fromEntries(await Promise.all(Object.entries(ports).map(async ([port, ask]) => [port, await ask('people', TAKEN)] as const)))

describe('a consent that is taken back', () => {
  it('hides the person on every port within a second of its publish, and ends what was open', async () => {
    await until(async () => (await sql('people', TAKEN)) === 1, 60_000)
    expect(await everywhere()).toEqual({ sql: 1, rest: 1, stream: 1, webhook: 1 })
    const { rights } = (await (await get('/streams/v1/people/people?from=start&limit=1')).json()) as { readonly rights: string }

    await connected(async (client) => {
      await client.query('begin')
      await client.query('declare open cursor for select person_id from people.people')
      expect((await client.query('fetch 10 from open')).rowCount).toBe(10)

      writeFileSync(join(tulle.checkout, 'examples/skyline', CONSENTS), consents(WITHOUT))
      const before = await publishedAt()
      const asking = Promise.all(Object.values(PORTS).map(lastSeen))
      const run = await fetch(`${tulle.url}${API_ROOT}/products/consents/runs`, { method: 'POST', headers: { authorization: `Bearer ${tokens.get('ada')}`, 'content-type': 'application/json' }, body: '{}' })
      expect(run.status).toBe(202)
      const seen = await asking
      const after = await publishedAt()
      expect(after).toBeGreaterThan(before)
      expect(Object.fromEntries(Object.keys(PORTS).map((port, i) => [port, Math.max(0, (seen[i] ?? Infinity) - after) < 1_000]))).toEqual({ sql: true, rest: true, stream: true, webhook: true })
      await expect(client.query('fetch all from open')).rejects.toMatchObject({ code: '42501', message: expect.stringContaining('changed while this result was open') as string })
    })
    expect(((await (await get('/streams/v1/people/people?from=start&limit=1')).json()) as { readonly rights: string }).rights).not.toBe(rights)
    for (const ask of Object.values(PORTS)) expect(await ask('people', KEPT)).toBe(1)
  }, 120_000)

  it('is back where it is given again', async () => {
    writeFileSync(join(tulle.checkout, 'examples/skyline', CONSENTS), consents([...WITHOUT, [TAKEN, 'reporting']]))
    expect(tulle.sh('npx tulle run consents --wait --as ada').status).toBe(0)
    await until(async () => JSON.stringify(await everywhere({ sql, rest, stream: streamed })) === JSON.stringify({ sql: 1, rest: 1, stream: 1 }), 1_000)
    expect(await hooked('people', TAKEN)).toBe(1)
  }, 60_000)

  it('is given by nobody where consents were never published: every port says so, and gives no row', async () => {
    await until(async () => (await get('/data/v1/people/people?limit=1')).status === 200, 60_000)
    await expect(sql('guests', KEPT)).rejects.toMatchObject({ message: expect.stringContaining('cannot be told') as string })
    for (const path of ['/data/v1/guests/guests', '/streams/v1/guests/guests?from=start', `${API_ROOT}/products/guests/datasets/guests/link?format=csv`]) {
      const answer = await get(path)
      const text = await answer.text()
      expect({ path, text }).toMatchObject({ text: expect.stringContaining('filter-unsupported') as string })
      expect(text).not.toContain(KEPT)
    }
  }, 60_000)

  it('cannot be read itself by whom it governs', async () => {
    await expect(connected((client) => client.query('select * from consents.consents'))).rejects.toMatchObject({ code: '42501' })
  })
})
