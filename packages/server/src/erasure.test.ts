// One person is erased from a whole Tulle: every value that was planted is found before, decoded wherever Tulle keeps something,
// and none after; whoever kills the server in the middle changes nothing of that.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_ROOT } from '@tulle/api'
import type { Erasure, ErasurePreview } from '@tulle/api'
import { startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'
import { searchEverything } from './testing-decode.ts'
import { loadOverHttp, readFiles } from './testing-part.ts'
import { shopMesh } from './testing-mesh.ts'

const FOLDER = 'domains/sales/customers'
const PLANTED = { id: 'C-7391-ZYX', name: 'Zyxanthe Plantedova', email: 'zyx.7391@planted.example', phone: '+49-7391-555-0142', order: 'O-ZYX-889123', unread: 'RAW-ZYX-440917', card: 'CARD-ZYX-306612' }
const SECOND = { id: 'C-5500-QQQ', name: 'Quirina Secondgrave', email: 'quirina@second.example', phone: '+49-5500-555-0007', order: 'O-QQQ-551177', unread: 'RAW-QQQ-202846', card: 'CARD-QQQ-774410' }
const CUSTOMERS = (rows: readonly (typeof PLANTED)[]): string => `customer_id,name,email,phone\nC-1,Ada Lovelace,ada@example.com,+44-1\nC-2,Bo Diddley,bo@example.com,+44-2\n${rows.map(({ id, name, email, phone }) => `${id},${name},${email},${phone}\n`).join('')}`
const PURCHASES = (rows: readonly (typeof PLANTED)[]): string => `purchase_id,customer_id,amount\nO-1,C-1,5.00\nO-2,C-2,7.00\n${rows.map(({ id, order, unread }) => `${order},${id},99.50\n${unread},${id}\n`).join('')}`

const contract = (name: string, properties: string, extra = ''): string => `apiVersion: v3.1.0
kind: DataContract
id: ${name}
name: ${name}
version: 1.0.0
status: active
schema:
  - name: ${name}
${extra}    properties:
${properties}`
const key = (name: string, business: string): string => `      - { name: ${name}, logicalType: string, customProperties: [{ property: businessKey, value: ${business} }] }\n`
const text = (name: string): string => `      - { name: ${name}, logicalType: string }\n`
const product = (name: string, components: string): string => `apiVersion: core.oam.dev/v1beta1
kind: DataProduct
metadata: { name: ${name}, title: ${name} }
spec:
  components:
    - { name: ${name}, type: data-product, properties: { definition: About ${name}, data_product_owner: olga } }
${components}    - { name: sql, type: sql-output-port }
    - { name: rest, type: rest-output-port }
    - { name: changes, type: stream-output-port }
`

const FILES: Readonly<Record<string, string>> = {
  [`${FOLDER}/product.yaml`]: product('customers', `    - { name: customers_file, type: file-input-port, properties: { path: ${FOLDER}/customers.csv } }
    - { name: purchases_file, type: file-input-port, properties: { path: ${FOLDER}/purchases.csv } }
    - { name: customers, type: data-set, properties: { from: customers_file } }
    - { name: purchases, type: data-set, properties: { from: purchases_file } }
`),
  [`${FOLDER}/contracts/customers.odcs.yaml`]: contract('customers', `${key('customer_id', 'customer_id')}${text('name')}${key('email', 'customer_email')}${text('phone')}`),
  [`${FOLDER}/contracts/purchases.odcs.yaml`]: contract('purchases', `${text('purchase_id')}${key('customer_id', 'customer_id')}      - { name: amount, logicalType: number, physicalType: 'decimal(9,2)' }\n`, '    customProperties: [{ property: schemaDrift, value: quarantine }]\n'),
  // Carries the key under another name, which no contract says: lineage does. It is kept in step with what it reads, rows under a key
  // of each person among that.
  'domains/sales/labels/product.yaml': product('labels', '    - { name: labels, type: data-set, properties: { refresh: continuous } }\n'),
  'domains/sales/labels/contracts/labels.odcs.yaml': contract('labels', `      - { name: who, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1 }\n${text('label')}      - { name: points, logicalType: integer }\n`),
  'domains/sales/labels/models/labels.sql': "with v as (select customer_id, max(points) as points from {{ ref('vault', 'vault') }} where length(card) > 0 group by 1) select c.customer_id as who, upper(c.name) || ' <' || c.email || '>' as label, v.points from {{ ref('customers', 'customers') }} c left join v on v.customer_id = c.customer_id\n",
  // Lies under a key of each person, which goes in place of the rows. So do rows of it that were archived, and one that could not be read.
  'domains/sales/vault/product.yaml': product('vault', '    - { name: vault_file, type: file-input-port, properties: { path: domains/sales/vault/vault.csv } }\n    - { name: vault, type: data-set, properties: { from: vault_file } }\n'),
  'domains/sales/vault/contracts/vault.odcs.yaml': contract('vault', `${key('customer_id', 'customer_id')}${text('card')}      - { name: points, logicalType: integer }\n      - { name: since, logicalType: date, physicalType: date }\n`, '    customProperties: [{ property: shredding, value: { key: customer_id, columns: [card] } }, { property: schemaDrift, value: quarantine }, { property: retention, value: { column: since, for: 400d, action: archive } }]\n'),
  'domains/sales/vault/vault.csv': `customer_id,card,points,since\nC-1,none,1,2999-01-01\n${PLANTED.id},${PLANTED.card},2,2999-01-01\n${SECOND.id},${SECOND.card},3,2999-01-01\n${PLANTED.id},old ${PLANTED.card},4,2001-01-01\n${PLANTED.id},${PLANTED.card},many,2999-01-01\n`,
  // Does not say whose its rows are, and holds a value of somebody.
  'domains/sales/extremes/product.yaml': product('extremes', '    - { name: extremes, type: data-set }\n'),
  'domains/sales/extremes/contracts/extremes.odcs.yaml': contract('extremes', `${text('last_name')}      - { name: people, logicalType: integer }\n`),
  'domains/sales/extremes/models/extremes.sql': "select max(name) as last_name, count(*) as people from {{ ref('customers', 'customers') }}\n",
}

/** Archived before anybody is erased, and may come back. */
const PAST: Readonly<Record<string, string>> = {
  'domains/sales/past/product.yaml': product('past', `    - { name: past_file, type: file-input-port, properties: { path: domains/sales/past/past.csv } }
    - { name: past, type: data-set, properties: { from: past_file } }
`),
  'domains/sales/past/contracts/past.odcs.yaml': contract('past', `${key('customer_id', 'customer_id')}${text('said')}`),
  'domains/sales/past/past.csv': `customer_id,said\nC-1,nothing\n${PLANTED.id},call me at ${PLANTED.phone}\n${SECOND.id},${SECOND.phone}\n`,
}

const MORE: Readonly<Record<string, string>> = {
  // Nothing of it may go, whoever asks.
  'domains/sales/ledger/product.yaml': product('ledger', '    - { name: ledger_file, type: file-input-port, properties: { path: domains/sales/ledger/ledger.csv } }\n    - { name: ledger, type: data-set, properties: { from: ledger_file } }\n'),
  'domains/sales/ledger/ledger.csv': 'entry,customer_id\nE-1,C-77-HELD\nE-2,C-1\n',
  'domains/sales/ledger/contracts/ledger.odcs.yaml': contract('ledger', `${text('entry')}${key('customer_id', 'customer_id')}`, '    customProperties: [{ property: legalHold, value: Case 12 }]\n'),
  // Keeps its rows for a time.
  'domains/sales/visits/product.yaml': product('visits', '    - { name: visits_file, type: file-input-port, properties: { path: domains/sales/visits/visits.csv } }\n    - { name: visits, type: data-set, properties: { from: visits_file } }\n'),
  'domains/sales/visits/visits.csv': 'visit,happened_on,state\nV-1,2001-02-03,closed\nV-2,2001-02-04,void\nV-3,2999-01-01,closed\nV-4,2001-02-05,open\nV-5,2001-02-06,\n',
  'domains/sales/visits/contracts/visits.odcs.yaml': contract('visits', `${text('visit')}      - { name: happened_on, logicalType: date, physicalType: date }\n${text('state')}`, '    customProperties: [{ property: retention, value: { column: happened_on, for: 400d, where: { state: [closed, void] } } }]\n'),
}

/** Rows that are archived: of whom is found in the cold store, too. */
const TRIPS: Readonly<Record<string, string>> = {
  'domains/sales/trips/product.yaml': product('trips', '    - { name: trips_file, type: file-input-port, properties: { path: domains/sales/trips/trips.csv } }\n    - { name: trips, type: data-set, properties: { from: trips_file } }\n'),
  'domains/sales/trips/trips.csv': `trip,customer_id,went_on\nT-1,${PLANTED.id},2001-02-03\nT-2,C-1,2001-02-04\nT-3,C-2,2999-01-01\n`,
  'domains/sales/trips/contracts/trips.odcs.yaml': contract('trips', `${text('trip')}${key('customer_id', 'customer_id')}      - { name: went_on, logicalType: date, physicalType: date }\n`, '    customProperties: [{ property: retention, value: { column: went_on, for: 400d, action: archive } }]\n'),
}

let tulle: TestTulle
let mesh: string
const coldStore = mkdtempSync('/tmp/tulle-erasure-cold-')
const backups = mkdtempSync('/tmp/tulle-erasure-backups-')
const restored = `${backups}.restored`
const write = (path: string, content: string): void => {
  const file = join(mesh, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
}
const source = (rows: readonly (typeof PLANTED)[]): void => {
  for (const [path, content] of [[`${FOLDER}/customers.csv`, CUSTOMERS(rows)], [`${FOLDER}/purchases.csv`, PURCHASES(rows)]] as const) writeFileSync(join(tulle.checkout, 'examples/skyline', path), content)
}

beforeAll(async () => {
  mesh = shopMesh()
  for (const [path, content] of Object.entries({ ...FILES, ...MORE, ...PAST, ...TRIPS })) write(path, content)
  write(`${FOLDER}/customers.csv`, CUSTOMERS([PLANTED, SECOND]))
  write(`${FOLDER}/purchases.csv`, PURCHASES([PLANTED, SECOND]))
  const facts = readFileSync(join(mesh, 'mesh.yaml'), 'utf8')
  write('mesh.yaml', facts
    .replace('  demo:', '  businessKeys:\n    - { name: customer_id, type: string, identifies: person }\n    - { name: customer_email, type: string, identifies: person, compare: folded }\n    - { name: shop_id, type: string }\n  demo:')
    .replace('      - { name: dora,', '      - { name: sten, role: steward }\n      - { name: ada2, role: administrator }\n      - { name: dora,')
    .replace('grants: [orders, totals]', 'grants: [orders, totals, customers, labels, extremes, ledger, visits, vault, trips]'))
  tulle = await startTulle({ mesh, environment: { TULLE_COLD_STORE: coldStore } })
}, 180_000)
afterAll(async () => {
  await tulle?.stop()
  for (const folder of [mesh, backups, restored, coldStore]) rmSync(folder, { recursive: true, force: true })
})

const token = new Map<string, string>()
async function api<T>(who: string, method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: T }> {
  if (!token.has(who)) {
    const signedIn = await fetch(`${tulle.url}${API_ROOT}/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: who, password: tulle.secret(who) }) })
    token.set(who, ((await signedIn.json()) as { token: string }).token)
  }
  const answer = await fetch(`${tulle.url}${API_ROOT}${path}`, { method, headers: { authorization: `Bearer ${token.get(who)}`, ...(body !== undefined && { 'content-type': 'application/json' }) }, ...(body !== undefined && { body: JSON.stringify(body) }) })
  return { status: answer.status, body: (await answer.json().catch(() => undefined)) as T }
}

async function sql(statement: string): Promise<readonly (readonly unknown[])[]> {
  const client = new pg.Client({ host: '127.0.0.1', port: tulle.sqlPort, database: 'tulle', user: 'ana', password: tulle.secret('ana'), ssl: { rejectUnauthorized: false } })
  await client.connect()
  try {
    return (await client.query({ text: statement, rowMode: 'array' })).rows as unknown[][]
  } finally {
    await client.end()
  }
}

/** Keys of persons as the control database has them, each under a key that lies elsewhere. */
async function wrappedKeys(): Promise<readonly string[]> {
  const folder = join(tulle.home, 'pg')
  const client = new pg.Client({ host: join(folder, 'cluster/run'), port: 5432, user: 'tulle', password: readFileSync(join(folder, 'password'), 'utf8').trim(), database: 'tulle' })
  await client.connect()
  try {
    return (await client.query<{ wrapped: string }>('select wrapped from person_key where wrapped is not null')).rows.map(({ wrapped }) => wrapped)
  } finally {
    await client.end()
  }
}

/** Which texts a client of the Iceberg catalogue finds in the vault, in all versions that it is offered. */
async function overIceberg(texts: readonly string[]): Promise<readonly string[]> {
  await api('ana', 'GET', '/session')
  const loaded = await loadOverHttp(tulle.url, `Bearer ${token.get('ana')}`, ['vault', 'vault'])
  if (!('metadata' in loaded)) throw new Error(loaded.text)
  const folder = mkdtempSync(`${backups}.iceberg-`)
  try {
    expect(loaded.metadata.snapshots.length).toBeGreaterThan(0)
    for (const { id } of loaded.metadata.snapshots) {
      const files = await readFiles(loaded, folder, id)
      if (!files.ok) throw new Error(JSON.stringify(files.diagnostics))
      for (const [i, { bytes }] of files.value.entries()) writeFileSync(join(folder, `${id}-${i}.parquet`), bytes)
    }
    return [...(await searchEverything(folder, texts))].flatMap(([text, where]) => (where.size > 0 ? [text] : []))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function until<T>(what: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + 120_000; Date.now() < deadline; await new Promise((wake) => setTimeout(wake, 100))) {
    const found = await what().catch(() => undefined)
    if (found !== undefined) return found
  }
  throw new Error(`it did not come about:\n${tulle.output()}`)
}

/** Accounts and the mesh folder are no data of products; neither are programs that run. */
const isOutside = (path: string): boolean => path.startsWith('secrets/')
const places = async (person: typeof PLANTED, home = tulle.home): Promise<Readonly<Record<string, readonly string[]>>> => {
  const texts = [...Object.values(person), person.name.toUpperCase()]
  const found = await searchEverything(home, texts, isOutside)
  return Object.fromEntries([...found].map(([planted, where]) => [planted, [...where].toSorted()]))
}
const NOWHERE = (person: typeof PLANTED): Readonly<Record<string, readonly string[]>> => Object.fromEntries([...Object.values(person), person.name.toUpperCase()].map((planted) => [planted, []]))

// First, for a server that has lived for a while does the same by itself.
describe('the retention of a contract', () => {
  it('lets rows go that are older than it keeps them and meet its condition, after a dry run that only counts', async () => {
    await until(async () => ((await sql('select visit from visits.visits')).length === 5 ? true : undefined))
    const dry = tulle.sh('npx tulle maintain visits --dry-run --as ada')
    expect(dry.stdout).toContain('2 rows')
    expect(dry.stdout).toContain('Their state is closed or void, and their happened_on is older than 400d')
    expect(await sql('select count(*)::int from visits.visits')).toEqual([[5]])
    expect(tulle.sh('npx tulle maintain visits --as ada').status).toBe(0)
    await until(async () => ((await sql('select visit from visits.visits')).length === 3 ? true : undefined))
    expect(await sql('select visit from visits.visits order by 1')).toEqual([['V-3'], ['V-4'], ['V-5']])
    expect(tulle.sh('npx tulle maintain visits --dry-run --as ada').stdout).not.toContain('retention')
  }, 120_000)
})

describe('rows that a contract has archived', () => {
  it('leave their port for the cold store, and are listed for who may bring them back', async () => {
    await until(async () => ((await sql('select trip from trips.trips')).length === 3 ? true : undefined))
    expect(tulle.sh('npx tulle maintain trips --as ada').stdout).toContain('archived rows')
    await until(async () => ((await sql('select trip from trips.trips')).length === 1 ? true : undefined))
    expect(JSON.parse(tulle.sh('npx tulle archive list -o json --as olga').stdout)).toMatchObject([{ product: 'trips', dataSet: 'trips', rows: 2, oldest: '2001-02-03', newest: '2001-02-04', can: { restore: { allowed: true } }, moves: [{ action: 'archived', rows: 2 }] }])
    expect(tulle.sh('npx tulle archive restore trips.trips --as ana').stderr).toContain('not-allowed')
    expect((await places(PLANTED, coldStore))[PLANTED.id]).not.toEqual([])
    // What lies under keys in the table does so in its archive.
    expect(tulle.sh('npx tulle maintain vault --as ada').stdout).toContain('archived rows')
    await until(async () => ((await sql('select card from vault.vault')).length === 3 ? true : undefined))
    expect((await places(PLANTED, coldStore))[PLANTED.card]).toEqual([])
  }, 120_000)
})

describe('erasing one person', () => {
  const before = new Map<string, string>()
  let pastVersion = ''
  let wrapped: readonly string[] = []

  it('is shown first, to who may, and finds the person by keys and by lineage', async () => {
    await until(async () => ((await sql('select last_name from extremes.extremes')).length === 1 ? true : undefined))
    await until(async () => ((await sql('select who from labels.labels')).length === 4 ? true : undefined))
    // So that there are two versions, and a stream has what changed.
    source([{ ...PLANTED, phone: '+49-old' }, SECOND])
    expect(tulle.sh('npx tulle run customers --wait --as ada').status).toBe(0)
    source([PLANTED, SECOND])
    expect(tulle.sh('npx tulle run customers --wait --as ada').status).toBe(0)
    await until(async () => ((await places(PLANTED))[PLANTED.phone]?.some((path) => path.includes('/streams/')) === true ? true : undefined))
    // A product leaves the mesh, and its table stays, out of everybody's sight.
    pastVersion = await until(async () => (JSON.parse(tulle.sh('npx tulle history past -o json --as ada').stdout) as readonly { readonly id: string }[])[0]?.id)
    rmSync(join(tulle.checkout, 'examples/skyline/domains/sales/past'), { recursive: true })
    expect(tulle.sh('npx tulle apply examples/skyline --prune --as ada --yes').stdout).toContain('Archive past')
    // What people read is remembered in places, too.
    expect(await sql(`select phone from customers.customers where name = '${PLANTED.name}'`)).toEqual([[PLANTED.phone]])
    await sql('select * from labels.labels')
    const { status, body } = await api<ErasurePreview>('sten', 'POST', '/erasures/preview', { key: 'customer_email', value: PLANTED.email })
    expect(status).toBe(200)
    expect(body.keys.toSorted((a, b) => (a.key < b.key ? -1 : 1))).toEqual([{ key: 'customer_email', values: 1 }, { key: 'customer_id', values: 1 }])
    expect(body.tables.find(({ dataSet }) => dataSet === 'customers')?.rows.older).toBeGreaterThan(0)
    // Labels are kept in step: where the vault came after them, the row that was replaced lies in their files still.
    expect(body.tables.map(({ product, dataSet, rows }) => [`${product}.${dataSet}`, dataSet === 'labels' ? Math.min(rows.current, 1) : rows.current]).toSorted()).toEqual([['customers.customers', 1], ['customers.purchases', 1], ['customers.purchases', 1], ['labels.labels', 1], ['past.past', 1], ['trips.trips', 0], ['trips.trips', 1], ['vault.vault', 1], ['vault.vault', 1], ['vault.vault', 1]])
    expect(body.tables.filter(({ sealedFiles }) => sealedFiles > 0).map(({ dataSet, files, sealedFiles }) => [dataSet, files - sealedFiles])).toEqual([['vault', 0], ['vault', 0]])
    expect(await sql('select customer_id, card from vault.vault order by points')).toEqual([['C-1', 'none'], [PLANTED.id, PLANTED.card], [SECOND.id, SECOND.card]])
    // One of them could not be read, and is found by what its text says.
    expect(body.tables.filter(({ isAside }) => isAside).map(({ dataSet }) => dataSet)).toEqual(['purchases', 'vault'])
    expect(body.tables.filter(({ isArchived }) => isArchived).map(({ dataSet }) => dataSet).toSorted()).toEqual(['past', 'trips', 'vault'])
    expect(body.derived).toEqual([{ product: 'extremes', dataSet: 'extremes', flow: 'values' }])
    expect((await api('olga', 'POST', '/erasures/preview', { key: 'customer_email', value: PLANTED.email })).status).toBe(403)
    expect((await api('ana', 'POST', '/erasures', { key: 'customer_email', value: PLANTED.email })).status).toBe(403)
    expect(await api('sten', 'POST', '/erasures/preview', { key: 'shop_id', value: 'x' })).toMatchObject({ status: 400, body: { diagnostics: [{ code: 'erasure-key-unknown' }] } })
    for (const { name, snapshot } of await versions()) before.set(name, snapshot)
  }, 180_000)

  it('control: before it every planted value is found, in files of many kinds', async () => {
    const found = await places(PLANTED)
    for (const [planted, where] of Object.entries(found)) expect([planted, where.length > 0]).toEqual([planted, true])
    const all = Object.values(found).flat()
    for (const kind of [/\.parquet$/u, /-m\d+\.avro$/u, /\/inputs\//u, /\/streams\//u, /^pg\//u]) expect(all.some((path) => kind.test(path))).toBe(true)
    // Where it lies under a key nobody finds it, without that key.
    expect(found[PLANTED.card]?.filter((path) => path.endsWith('.sealed.parquet'))).toEqual([])
    expect(found[PLANTED.id]?.filter((path) => path.endsWith('.sealed.parquet'))).toEqual([])
    // In plain it lies in what runs read.
    expect(found[PLANTED.card]?.some((path) => path.includes('/inputs/'))).toBe(true)
    // A client of the catalogue reads what its rights show, and not what lies in the files.
    expect(await overIceberg([PLANTED.id, PLANTED.card, SECOND.card])).toEqual([PLANTED.id, PLANTED.card, SECOND.card])
    wrapped = await wrappedKeys()
    expect(wrapped).toHaveLength(5)
    expect([...(await searchEverything(tulle.home, wrapped)).values()].every((where) => [...where].some((path) => path.startsWith('pg/')))).toBe(true)
    expect(tulle.sh(`npx tulle backup ${backups} --as ada`).status).toBe(0)
    const saved = await places(PLANTED, backups)
    for (const [planted, where] of Object.entries(saved)) expect([planted, where.length > 0]).toEqual([planted, true])
  }, 120_000)

  it('leaves nothing of the person, and everybody else', async () => {
    const done = tulle.sh(`npx tulle erase --as sten --subject customer_email=${PLANTED.email.toUpperCase()} --yes -o json`)
    expect(done.stderr).toContain('rows left 8 tables')
    const erasure = JSON.parse(done.stdout) as Erasure
    expect(erasure).toMatchObject({ state: 'done', requestedBy: 'sten', report: { rebuilt: [{ product: 'extremes' }], database: { log: 'replaced' } } })
    expect(JSON.stringify(erasure)).not.toMatch(new RegExp(Object.values(PLANTED).map((one) => one.replaceAll(/[+.]/gu, '\\$&')).join('|'), 'u'))
    expect(await places(PLANTED)).toEqual(NOWHERE(PLANTED))
    expect(await places(PLANTED, coldStore)).toEqual(NOWHERE(PLANTED))
    expect(await sql('select customer_id from customers.customers order by 1')).toEqual([['C-1'], ['C-2'], [SECOND.id]])
    expect(await sql('select last_name, people::int from extremes.extremes')).toEqual([[SECOND.name, 3]])
    // One key is gone, from the heap and the log of PostgreSQL too; rows that it sealed stay, and say so.
    expect(erasure.report?.shredded).toMatchObject([{ product: 'vault', dataSet: 'vault', method: 'key destroyed', keys: 1 }, { product: 'vault', dataSet: 'vault (archived)', method: 'key destroyed', rows: 1, keys: 1 }])
    expect(await overIceberg([PLANTED.id, PLANTED.card, SECOND.card])).toEqual([SECOND.card])
    const still = await wrappedKeys()
    const gone = wrapped.filter((one) => !still.includes(one))
    expect([gone.length, [...(await searchEverything(tulle.home, gone)).values()].flatMap((where) => [...where])]).toEqual([3, []])
    expect(await sql('select customer_id, card, points::int from vault.vault order by points')).toEqual([['C-1', 'none', 1], [expect.stringMatching(/^\[shredded\] \S{8}$/u), null, 2], [SECOND.id, SECOND.card, 3]])
    expect(await sql(`select count(*)::int from labels.labels where who = '${PLANTED.id}'`)).toEqual([[0]])
  }, 180_000)

  it('leaves none in backups: another one took the place of those from before, and a restore of it has nobody of it either', async () => {
    const [{ report }] = (await api<{ erasures: readonly Erasure[] }>('sten', 'GET', '/erasures')).body.erasures as [Erasure]
    expect(report?.backups).toEqual([{ place: backups, removed: [expect.any(String)], made: expect.any(String) as string }])
    const listed = JSON.parse(tulle.sh(`npx tulle backup --list ${backups} -o json`).stdout) as readonly { readonly id: string }[]
    expect(listed.map(({ id }) => id)).toEqual([report?.backups[0]?.made])
    expect(await places(PLANTED, backups)).toEqual(NOWHERE(PLANTED))
    expect(tulle.sh(`npx tulle restore ${backups} --home ${restored}`).stderr).toContain('restore-secret-missing')
    expect(tulle.sh(`npx tulle restore ${backups} --home ${restored} --secret ${tulle.home}/secrets/.erasure`).stderr).toContain('secrets/.shredding')
    expect(tulle.sh(`npx tulle restore ${backups} --home ${restored} --secret ${tulle.home}/secrets/.erasure --secret ${tulle.home}/secrets/.shredding`)).toMatchObject({ status: 0 })
    expect(await places(PLANTED, restored)).toEqual(NOWHERE(PLANTED))
    expect((await places(SECOND, restored))[SECOND.phone]).not.toEqual([])
  }, 120_000)

  it('leaves none in what was before: versions keep their ids and have one row less, or are gone', async () => {
    const now = await versions()
    for (const name of ['customers.customers', 'customers.purchases', 'labels.labels']) expect(now.some((one) => one.name === name && one.snapshot === before.get(name))).toBe(true)
    expect(now.some(({ snapshot }) => snapshot === before.get('extremes.extremes'))).toBe(false)
    const rows = await sql(`select customer_id from customers.customers for version as of ${before.get('customers.customers')} order by 1`)
    expect(rows).toEqual([['C-1'], ['C-2'], [SECOND.id]])
    expect(await sql(`select card from vault.vault for version as of ${before.get('vault.vault')} order by points`)).toEqual([['none'], [null], [SECOND.card], [null]])
    for (const [name, snapshot] of before) {
      if (!/customers|labels|extremes|vault/u.test(name)) continue
      expect(tulle.sh(`npx tulle reproduce ${name.split('.')[0]} --snapshot ${snapshot} --as ada`)).toMatchObject({ status: 1, stderr: expect.stringContaining('erased') as string })
    }
  }, 120_000)

  it('stays so when the source is read again, which still holds the person', async () => {
    source([PLANTED, SECOND, { ...SECOND, id: 'C-3', name: 'Cy Twombly', email: 'cy@example.com', phone: '+44-3', order: 'O-3', unread: 'RAW-3' }])
    expect(tulle.sh('npx tulle run customers --force --wait --as ada')).toMatchObject({ status: 0 })
    expect(await sql('select customer_id from customers.customers order by 1')).toEqual([['C-1'], ['C-2'], ['C-3'], [SECOND.id]])
    expect(tulle.sh('npx tulle run vault --force --wait --as ada')).toMatchObject({ status: 0 })
    expect(await sql('select card from vault.vault order by points')).toEqual([['none'], [SECOND.card]])
    await until(async () => ((await sql('select who from labels.labels')).length === 4 ? true : undefined))
    await until(async () => ((await api<{ runs: readonly { status: string }[] }>('ada', 'GET', '/runs')).body.runs.every(({ status }) => status !== 'running' && status !== 'queued') ? true : undefined))
    expect(await places(PLANTED)).toEqual(NOWHERE(PLANTED))
  }, 180_000)

  it('has left rows that were archived: they come back without the person', async () => {
    expect(tulle.sh('npx tulle archive restore trips.trips --from 2001-01-01 --to 2002-01-01 --as ada').stdout).toContain('1 row left the archive')
    await until(async () => ((await sql('select trip from trips.trips')).length === 2 ? true : undefined))
    expect(await sql('select trip from trips.trips order by 1')).toEqual([['T-2'], ['T-3']])
    expect(tulle.sh('npx tulle maintain trips --dry-run --as ada').stdout).not.toContain('archived rows')
    // Where a key was destroyed they are there, and say nothing of anybody.
    expect(tulle.sh('npx tulle archive restore vault.vault --as ada').stdout).toContain('1 row left the archive')
    await until(async () => ((await sql('select card from vault.vault')).length === 3 ? true : undefined))
    expect(await sql('select customer_id, card from vault.vault where points = 4')).toEqual([[expect.stringMatching(/^\[shredded\] \S{8}$/u), null]])
  }, 120_000)

  it('has left an archived data set too: it comes back with its versions, and without the person', async () => {
    for (const [path, content] of Object.entries(PAST)) {
      mkdirSync(dirname(join(tulle.checkout, 'examples/skyline', path)), { recursive: true })
      writeFileSync(join(tulle.checkout, 'examples/skyline', path), content)
    }
    expect(tulle.sh('npx tulle apply examples/skyline --as ada --yes').status).toBe(0)
    expect(tulle.sh('npx tulle grant ana past --purpose reporting --as olga').status).toBe(0)
    const then = await until(async () => sql(`select customer_id from past.past for version as of ${pastVersion} order by 1`))
    expect(then).toEqual([['C-1'], [SECOND.id]])
    await until(async () => ((await api<{ runs: readonly { status: string }[] }>('ada', 'GET', '/runs')).body.runs.every(({ status }) => status !== 'running' && status !== 'queued') ? true : undefined))
    expect(await sql('select customer_id from past.past order by 1')).toEqual([['C-1'], [SECOND.id]])
    expect(await sql('select customer_id from past.past where said like \'call me%\'')).toEqual([])
    // As a folder of the mesh it is no data of Tulle's.
    rmSync(join(tulle.checkout, 'examples/skyline/domains/sales/past/past.csv'))
  }, 120_000)

  it('is proven by a certificate that names nobody, which only this mesh can have signed', async () => {
    const [{ id }] = (await api<{ erasures: readonly Erasure[] }>('sten', 'GET', '/erasures')).body.erasures as [Erasure]
    const { certificate = '' } = (await api<Erasure>('sten', 'GET', `/erasures/${id}`)).body
    writeFileSync(join(tulle.checkout, 'erasure.jws'), certificate)
    expect(tulle.sh('npx tulle erase verify erasure.jws --as sten')).toMatchObject({ status: 0, stdout: expect.stringContaining('is by this mesh and unchanged') as string })
    const [head, payload, signature] = certificate.split('.')
    const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString('utf8')) as { readonly unacknowledged: unknown; readonly requestedBy: string; readonly digests: readonly unknown[] }
    expect(claims).toMatchObject({ iss: 'shop', jti: id, requestedBy: 'sten', unacknowledged: [{ kind: 'user', name: expect.any(String) as string }] })
    // Of the e-mail in both spellings, and of the identifier.
    expect(claims.digests).toHaveLength(3)
    for (const planted of Object.values(PLANTED)) expect(JSON.stringify(claims)).not.toContain(planted)
    const forged = [head, Buffer.from(JSON.stringify({ ...claims, requestedBy: 'olga' })).toString('base64url'), signature].join('.')
    expect(await api('sten', 'POST', '/erasures/verify', { certificate: forged })).toMatchObject({ status: 400, body: { diagnostics: [{ code: 'certificate-invalid' }] } })
    // A consumer finds which of its own copies are meant, and says that they are gone.
    expect((await api('ana', 'POST', `/erasures/${id}/match`, { key: 'customer_id', values: ['C-1', PLANTED.id] })).body).toEqual({ values: [PLANTED.id] })
    expect((await api('bo', 'POST', `/erasures/${id}/acknowledge`)).status).toBe(403)
    expect((await api<Erasure>('ana', 'POST', `/erasures/${id}/acknowledge`)).body.consumers).toMatchObject([{ kind: 'user', acknowledgedBy: 'ana' }])
  }, 60_000)

  it('is completed by the next server when this one is killed in the middle, again and again', async () => {
    const begun = await api<Erasure>('ada', 'POST', '/erasures', { key: 'customer_id', value: SECOND.id })
    const { id } = begun.body
    const stepsOf = async (): Promise<Erasure> => (await api<Erasure>('ada', 'GET', `/erasures/${id}`)).body
    let kills = 0
    for (let seen = 0; kills < 4;) {
      const now = await until(async () => {
        const one = await stepsOf()
        return one.state !== 'running' || one.steps.length > seen ? one : undefined
      })
      if (now.state !== 'running') break
      // Control: what stands there when it dies is not what an erasure leaves.
      if (kills === 0) {
        tulle.server.kill('SIGKILL')
        expect((await places(SECOND))[SECOND.phone]).not.toEqual([])
      }
      await tulle.killAndRestart()
      kills += 1
      seen = now.steps.length
    }
    expect(kills).toBeGreaterThan(0)
    const done = await until(async () => {
      const one = await stepsOf()
      return one.state === 'running' ? undefined : one
    })
    expect([done.state, done.problem]).toEqual(['done', undefined])
    expect(await places(SECOND)).toEqual(NOWHERE(SECOND))
    expect(await sql('select last_name from extremes.extremes')).toEqual([['Cy Twombly']])
  }, 300_000)
})

describe('what a contract says of its rows', () => {
  it('keeps those under a legal hold, and preview and certificate name it', async () => {
    const preview = await api<ErasurePreview>('sten', 'POST', '/erasures/preview', { key: 'customer_id', value: 'C-77-HELD' })
    expect(preview.body).toMatchObject({ tables: [], held: [{ product: 'ledger', dataSet: 'ledger', reason: 'Case 12', rows: 1 }] })
    const done = JSON.parse(tulle.sh('npx tulle erase --as sten --subject customer_id=C-77-HELD --yes -o json').stdout) as Erasure
    expect(done).toMatchObject({ state: 'done', report: { tables: [], held: [{ product: 'ledger', reason: 'Case 12', rows: 1 }] } })
    expect(await sql('select customer_id from ledger.ledger order by 1')).toEqual([['C-1'], ['C-77-HELD']])
    expect(tulle.sh('npx tulle run ledger --force --wait --as ada').status).toBe(0)
    expect(await sql('select customer_id from ledger.ledger order by 1')).toEqual([['C-1'], ['C-77-HELD']])
  }, 120_000)

  it('is read by every port as it is now, by the statement that was asked before, after one erasure and after another', async () => {
    const statement = 'select customer_id from customers.purchases where amount < 8 order by 1'
    await api('ana', 'GET', '/session')
    const rest = async (): Promise<readonly string[]> => {
      const answer = await fetch(`${tulle.url}/data/v1/customers/purchases?select=customer_id&order=customer_id&amount=lt.8`, { headers: { authorization: `Bearer ${token.get('ana')}` } })
      return ((await answer.json()) as { readonly rows: readonly { readonly customer_id: string }[] }).rows.map((row) => row.customer_id)
    }
    const everywhere = async (): Promise<unknown> => [(await sql(statement)).flat(), await rest()]
    expect(await everywhere()).toEqual([['C-1', 'C-2'], ['C-1', 'C-2']])
    for (const [id, left] of [['C-1', ['C-2']], ['C-2', []]] as const) {
      expect(JSON.parse(tulle.sh(`npx tulle erase --as sten --subject customer_id=${id} --yes -o json`).stdout)).toMatchObject({ state: 'done' })
      expect(await everywhere()).toEqual([left, left])
    }
  }, 120_000)
})

describe('where the mesh wants two persons', () => {
  const stateOf = async (id: string): Promise<string> => (await api<Erasure>('ada', 'GET', `/erasures/${id}`)).body.state

  it('waits for the second by API and command line, and by nobody who may not', async () => {
    const facts = join(tulle.checkout, 'examples/skyline/mesh.yaml')
    writeFileSync(facts, readFileSync(facts, 'utf8').replace('  demo:', '  erasure: { approval: two-persons }\n  demo:'))
    expect(tulle.sh('npx tulle apply examples/skyline --as ada --yes').status).toBe(0)
    const ask = (): Erasure => JSON.parse(tulle.sh('npx tulle erase --as sten --subject customer_id=C-NOBODY --yes -o json').stdout) as Erasure
    const first = ask()
    expect(first).toMatchObject({ state: 'requested', can: { approve: { allowed: false, reason: expect.stringContaining('You asked for it') as string } } })
    expect(JSON.stringify(first)).not.toContain('requestedById')
    expect(tulle.sh(`npx tulle erase approve ${first.id} --as sten`).stderr).toContain('erasure-own-request')
    expect((await api('olga', 'POST', `/erasures/${first.id}/approve`)).status).toBe(403)
    expect(await stateOf(first.id)).toBe('requested')
    expect((await api<Erasure>('ada', 'GET', `/erasures/${first.id}`)).body.can).toEqual({ approve: { allowed: true } })
    expect(tulle.sh(`npx tulle erase approve ${first.id} --as ada`).stdout).toContain('decided by ada')
    await until(async () => ((await stateOf(first.id)) === 'done' ? true : undefined))
    expect((await api('ada2', 'POST', `/erasures/${first.id}/decline`)).status).toBe(409)

    const second = ask()
    expect(tulle.sh(`npx tulle erase decline ${second.id} --as ada2`).stdout).toContain('declined')
    expect(tulle.sh(`npx tulle erase approve ${second.id} --as ada`).stderr).toContain('erasure-not-requested')
    expect(tulle.sh('npx tulle erase list --as sten').stdout).toMatch(/declined/u)
  }, 120_000)
})

async function versions(): Promise<readonly { readonly name: string; readonly snapshot: string }[]> {
  const found: { readonly name: string; readonly snapshot: string }[] = []
  for (const name of ['customers.customers', 'customers.purchases', 'labels.labels', 'extremes.extremes', 'vault.vault']) {
    const listed = tulle.sh(`npx tulle history ${name} -o json --as ada`)
    found.push(...(JSON.parse(listed.stdout) as readonly { readonly id: string }[]).map(({ id }) => ({ name, snapshot: id })))
  }
  return found
}
