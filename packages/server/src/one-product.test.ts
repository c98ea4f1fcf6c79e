// One product of the sample mesh over every port: the same rows, the same masks, and the same end within a second. The table in
// docs/ports.md is what is found here.

import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client as McpClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_ROOT } from '@tulle/api'
import { duckdbEngine } from '@tulle/engine'
import type { Engine } from '@tulle/engine'
import { messageDecoder } from '@tulle/kafka'
import { startBroker } from '@tulle/kafka/testing'
import type { TestBroker } from '@tulle/kafka/testing'
import type { TestTulle } from '@tulle/server/testing'
import { startTulle } from '@tulle/server/testing'
import { withClient } from '@tulle/store/testing'
import { openTarget } from '@tulle/webhooks/testing'
import type { Target } from '@tulle/webhooks/testing'
import { loadOverHttp, readFiles } from './testing-part.ts'

const PRODUCT = 'passengers'
const KEY = 'passenger_id'
const PURPOSE = 'flight_safety'
/** The process domain whose view the topic holds: of the same states as Ana, for the same purpose. */
const DESK = 'desk'
const STATES = ['CA', 'NV', 'OR', 'WA']
const SKYLINE = join(import.meta.dirname, '../../../examples/skyline')
const PAGE = join(import.meta.dirname, '../../../docs/ports.md')

type Row = Readonly<Record<string, string | null>>
/** The rows that a port gives, or that it gives none. */
type Given = readonly Row[] | 'refused'

let tulle: TestTulle
let folder: string
let engine: Engine
let token: string
let broker: TestBroker
let target: Target
/** How many rows there are to see. */
let seen = 0
const closers: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  folder = mkdtempSync('/tmp/tulle-ports-')
  chmodSync(folder, 0o711)
  broker = await startBroker()
  target = await openTarget()
  tulle = await startTulle({ mesh: passengersAlone(), environment: { TULLE_SOURCE_HOSTS: '127.0.0.1', TULLE_WEBHOOK_HOSTS: '127.0.0.1' } })
  engine = duckdbEngine({ folder: join(folder, 'engines') })
  const made = await call('ana', 'POST', '/tokens', { label: 'every port', scope: 'full' })
  token = (made.body as { secret: string }).secret
  // The identity of a process domain is there once somebody asks for it: its port does.
  let changed: Awaited<ReturnType<typeof call>> | undefined
  for (let i = 0; i < 100 && changed?.status !== 200; i += 1) {
    changed = await call('ada', 'PUT', `/accounts/application.${DESK}`, { attributes: { states: STATES } })
    if (changed.status !== 200) await sleep(200)
  }
  expect(changed?.status, JSON.stringify(changed?.body)).toBe(200)
  expect((await call('olga', 'POST', '/grants', { subjectKind: 'application', subject: DESK, product: PRODUCT, purposes: [PURPOSE] })).status).toBe(201)
}, 180_000)
afterAll(async () => {
  for (const close of closers) await close().catch(() => undefined)
  await engine?.close()
  await tulle?.stop()
  await broker?.stop()
  await target?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The sample mesh without the products that passengers have nothing to do with, so that it lives within seconds. */
function passengersAlone(): string {
  const mesh = join(folder, 'mesh')
  const others = ['grants', 'domains/operations', 'domains/safety', 'domains/weather', 'domains/network', 'domains/customer/bookings']
  cpSync(SKYLINE, mesh, { recursive: true, filter: (path) => !others.some((other) => path.startsWith(join(SKYLINE, other))) })
  const edit = (path: string, from: RegExp, to: string): void => {
    const text = readFileSync(join(mesh, path), 'utf8')
    expect(text).toMatch(from)
    writeFileSync(join(mesh, path), text.replaceAll(from, to))
  }
  edit('mesh.yaml', /grants: \[flights, passengers\]/gu, 'grants: [passengers]')
  edit('policies/personal_data.yaml', /    - name: fares\n(?:      .*\n)+/gu, '')
  mkdirSync(join(mesh, 'applications'))
  writeFileSync(join(mesh, `applications/${DESK}.yaml`), `apiVersion: tulle.dev/v1\nkind: ProcessDomain\nmetadata: { name: ${DESK} }\nspec: { team: customer_data }\n`)
  edit('domains/customer/passengers/product.yaml', /$(?![^])/gu, `\n    - name: topics\n      type: kafka-output-port\n      properties: { brokers: ['${broker.address}'], tls: 'off', application: ${DESK}, purpose: ${PURPOSE} }\n`)
  return mesh
}

async function call(as: string, method: string, path: string, body?: object): Promise<{ readonly status: number; readonly body: unknown }> {
  const authorization = as === 'ana' && token !== undefined ? `Bearer ${token}` : `Basic ${btoa(`${as}:${tulle.secret(as)}`)}`
  const answer = await fetch(`${tulle.url}${API_ROOT}${path}`, { method, headers: { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) }, ...(body !== undefined && { body: JSON.stringify(body) }) })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) as unknown }
}

const plain = (row: Readonly<Record<string, unknown>>): Row => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null || value === undefined ? null : String(value)]))
const inOrder = (rows: readonly Readonly<Record<string, unknown>>[]): readonly Row[] => rows.map(plain).toSorted((a, b) => ((a[KEY] ?? '') < (b[KEY] ?? '') ? -1 : 1))
const REFUSALS = [401, 403, 404]

async function fetched(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Buffer | 'refused'> {
  const answer = await fetch(path.startsWith('http') ? path : `${tulle.url}${path}`, { headers })
  if (REFUSALS.includes(answer.status)) return 'refused'
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
  return Buffer.from(await answer.arrayBuffer())
}
const rest = (format: string): Promise<Buffer | 'refused'> => fetched(`/data/v1/${PRODUCT}/${PRODUCT}?format=${format}${format === 'json' ? '&limit=10000' : ''}`, { authorization: `Bearer ${token}` })

/** Files are read by the engine that our pipelines read files of others with. */
async function read(bytes: Buffer | 'refused', format: 'arrow' | 'parquet' | 'csv' | 'ndjson'): Promise<Given> {
  if (bytes === 'refused') return 'refused'
  const path = join(folder, `given-${crypto.randomUUID()}`)
  writeFileSync(path, bytes, { mode: 0o644 })
  const started = await engine.start({ readPaths: [folder], writePaths: [], memoryMegabytes: 512, threads: 1 })
  if (!started.ok) throw new Error(JSON.stringify(started.diagnostics))
  try {
    const columns = ['passenger_id', 'name', 'email', 'phone', 'passport', 'birth_date', 'home_state'].map((name) => ({ name, type: name === 'birth_date' ? 'date' : 'string' }))
    const ingested = await started.value.ingest({ port: 'given', format, paths: [path], columns })
    if (!ingested.ok) throw new Error(JSON.stringify(ingested.diagnostics))
    const cursor = await started.value.open('select * from source.given', { encoding: { kind: 'ndjson' } })
    if (!cursor.ok) throw new Error(JSON.stringify(cursor.diagnostics))
    const batch = await cursor.value.fetch(100_000)
    if (!batch.ok) throw new Error(JSON.stringify(batch.diagnostics))
    return inOrder(Buffer.from(batch.value.bytes).toString('utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>))
  } finally {
    await started.value.kill()
  }
}

/** A session at the SQL port that was open before rights ended. */
async function sqlSession(): Promise<() => Promise<Given>> {
  const opened = Promise.withResolvers<Parameters<Parameters<typeof withClient>[1]>[0]>()
  const ended = Promise.withResolvers<void>()
  const session = withClient({ host: '127.0.0.1', port: tulle.sqlPort, user: `ana+${PURPOSE}`, password: token, database: 'tulle' } as Parameters<typeof withClient>[0], async (client) => {
    opened.resolve(client)
    await ended.promise
  })
  session.catch(opened.reject)
  const client = await opened.promise
  closers.push(async () => {
    ended.resolve()
    await session
  })
  return async () => {
    try {
      return inOrder((await client.query({ text: `select * from ${PRODUCT}.${PRODUCT}`, types: { getTypeParser: () => (text: string) => text } as never })).rows)
    } catch (error) {
      if ((error as { code?: string }).code === '42501') return 'refused'
      throw error
    }
  }
}

async function linked(format: 'csv' | 'parquet' | 'arrow'): Promise<() => Promise<Given>> {
  const made = await call('ana', 'GET', `/products/${PRODUCT}/datasets/${PRODUCT}/link?format=${format}&purpose=${PURPOSE}`)
  const { url } = made.body as { url: string }
  return async () => read(await fetched(url), format)
}

async function workbench(): Promise<Given> {
  const asked = await call('ana', 'POST', '/query', { sql: `select * from ${PRODUCT}.${PRODUCT}`, purpose: PURPOSE, limit: 10_000 })
  if (REFUSALS.includes(asked.status)) return 'refused'
  const { columns, rows } = asked.body as { columns: { name: string }[]; rows: unknown[][] }
  return inOrder(rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i]]))))
}

/** All that a statement answers, as the workbench saves it. */
async function exported(format: 'parquet' | 'arrow'): Promise<Given> {
  const answer = await fetch(`${tulle.url}/data/v1/query`, {
    method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify({ sql: `select * from ${PRODUCT}.${PRODUCT}`, purpose: PURPOSE, format }),
  })
  if (REFUSALS.includes(answer.status)) return 'refused'
  expect(answer.status).toBe(200)
  return read(Buffer.from(await answer.arrayBuffer()), format)
}

async function assistant(): Promise<() => Promise<Given>> {
  const client = new McpClient({ name: 'every port', version: '1' }, { versionNegotiation: { mode: 'auto' } })
  await client.connect(new StreamableHTTPClientTransport(new URL(`${tulle.url}/mcp`), { authProvider: { token: async () => token } }))
  closers.push(() => client.close())
  return async () => {
    const { isError = false, structuredContent } = await client.callTool({ name: 'query', arguments: { sql: `select * from ${PRODUCT}.${PRODUCT}`, purpose: PURPOSE, limit: 1000 } })
    if (isError) return 'refused'
    const { columns, rows } = (structuredContent as { untrusted: { columns: (string | { name: string })[]; rows: unknown[][] } }).untrusted
    return inOrder(rows.map((row) => Object.fromEntries(columns.map((column, i) => [typeof column === 'string' ? column : column.name, row[i]]))))
  }
}

const STREAM = `/streams/v1/${PRODUCT}/${PRODUCT}?from=start&purpose=${PURPOSE}`
const rowsOfChanges = (entries: readonly { readonly kind: string; readonly after?: Record<string, unknown> }[]): readonly Record<string, unknown>[] => entries.flatMap(({ kind, after }) => (kind === 'row' && after !== undefined ? [after] : []))

async function changes(): Promise<Given> {
  const bytes = await fetched(`${STREAM}&limit=10000`, { authorization: `Bearer ${token}` })
  return bytes === 'refused' ? bytes : inOrder(rowsOfChanges((JSON.parse(bytes.toString('utf8')) as { entries: never[] }).entries))
}

/** A stream that is open before rights end: what it has told, until it is ended. */
async function serverSent(): Promise<() => Promise<Given>> {
  const heard = { text: '', isOver: true }
  const open = async (): Promise<boolean> => {
    const answer = await fetch(`${tulle.url}${STREAM}`, { headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' } })
    if (!answer.ok || answer.body === null) return false
    heard.text = ''
    heard.isOver = false
    const stream = answer.body.pipeThrough(new TextDecoderStream())
    const reading = (async () => {
      for await (const text of stream) heard.text += text
    })().catch(() => undefined).finally(() => { heard.isOver = true })
    closers.push(async () => void reading)
    return true
  }
  return async () => {
    if (heard.isOver && !(await open())) return 'refused'
    for (let i = 0; i < 200 && !heard.isOver && heard.text.split('event: insert').length <= seen; i += 1) await sleep(50)
    return inOrder(rowsOfChanges(heard.text.split('\n').flatMap((line) => (line.startsWith('data: ') ? [JSON.parse(line.slice(6)) as never] : []))))
  }
}

/** A webhook of hers: what its target is sent when everything is told from the start once more. */
async function webhook(): Promise<() => Promise<Given>> {
  const made = await call('ana', 'POST', '/webhooks', { product: PRODUCT, dataSet: PRODUCT, url: target.url, kinds: ['insert', 'update', 'delete'], purpose: PURPOSE, batch: { size: 1000 }, from: 'now' })
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  const { id } = (made.body as { webhook: { id: string } }).webhook
  return async () => {
    target.taken.length = 0
    await call('ana', 'POST', `/webhooks/${id}/replays`, { from: 'start' })
    for (let i = 0; i < (target.taken.length === 0 ? 40 : 200) && target.taken.length < seen; i += 1) await sleep(50)
    return target.taken.length === 0 ? 'refused' : inOrder(rowsOfChanges(target.taken.map(({ data }) => ({ kind: 'row', after: data['after'] as Record<string, unknown> }))))
  }
}

/** What a compacted topic holds, by the schemas of the registry; while its port says that it may not be written, it is refused. */
async function topic(): Promise<Given> {
  interface Port { readonly kafka?: { readonly topics: readonly { readonly status: string; readonly written: number; readonly trouble?: { readonly code: string } }[] } }
  const state = async () => ((await call('ada', 'GET', `/products/${PRODUCT}`)).body as { outputPorts: readonly Port[] }).outputPorts.flatMap(({ kafka }) => kafka?.topics ?? [])[0]
  const name = `${PRODUCT}.${PRODUCT}`
  const before = broker.records(name).length
  let now = await state()
  for (let i = 0; i < 100 && now?.trouble === undefined && (now?.written ?? 0) < seen; i += 1) {
    await sleep(100)
    now = await state()
  }
  if (now?.trouble?.code === 'read-denied') {
    await sleep(500)
    expect(broker.records(name).length).toBe(before)
    return 'refused'
  }
  const rows = new Map<string, Buffer | null>()
  for (const { key, value } of broker.records(name)) rows.set(key?.toString('hex') ?? '', value)
  const kept = [...rows.values()].filter((value) => value !== null)
  const schema = await fetched(`/schema-registry/schemas/ids/${kept[0]?.readUInt32BE(1)}`, { authorization: `Bearer ${token}` })
  const decoder = messageDecoder({ type: 'AVRO', text: (JSON.parse(schema.toString('utf8')) as { schema: string }).schema, references: [] })
  if (!decoder.ok) throw new Error(JSON.stringify(decoder.diagnostics))
  return inOrder(kept.map((value) => JSON.parse(decoder.value(value)) as Record<string, unknown>))
}

/** A table that was loaded before rights end: its files as a client of the catalogue finds and opens them. */
async function iceberg(): Promise<() => Promise<Given>> {
  const load = () => loadOverHttp(tulle.url, `Bearer ${token}`, [PRODUCT, PRODUCT])
  const held = await load()
  if (!('metadata' in held)) throw new Error(`the catalogue answered ${held.status}`)
  return async () => {
    const [anew, files] = [await load(), await readFiles(held, folder)]
    if (REFUSALS.includes(anew.status)) {
      expect(files.ok, 'its files are given no longer').toBe(false)
      return 'refused'
    }
    if (!files.ok) throw new Error(JSON.stringify(files.diagnostics))
    expect(files.value).toHaveLength(1)
    return read((files.value[0] as { bytes: Buffer }).bytes, 'parquet')
  }
}

interface Port { readonly name: string; readonly asked: string; readonly open: () => Promise<() => Promise<Given>>; /** Whoever sends looks again by itself, a moment later. */ readonly pushed?: true }

const now = (ask: () => Promise<Given>): Port['open'] => async () => ask
const PORTS: readonly Port[] = [
  { name: 'SQL', asked: '`select * from passengers.passengers`, in a session that stays open', open: sqlSession },
  { name: 'REST, JSON', asked: '`/data/v1/passengers/passengers`', open: now(async () => {
    const bytes = await rest('json')
    return bytes === 'refused' ? bytes : inOrder((JSON.parse(bytes.toString('utf8')) as { rows: Record<string, unknown>[] }).rows)
  }) },
  { name: 'REST, NDJSON', asked: '`?format=ndjson`', open: now(async () => read(await rest('ndjson'), 'ndjson')) },
  { name: 'REST, CSV', asked: '`?format=csv`', open: now(async () => read(await rest('csv'), 'csv')) },
  { name: 'REST, Arrow', asked: '`?format=arrow`', open: now(async () => read(await rest('arrow'), 'arrow')) },
  { name: 'REST, Parquet', asked: '`?format=parquet`', open: now(async () => read(await rest('parquet'), 'parquet')) },
  { name: 'File, CSV', asked: 'a signed link', open: () => linked('csv') },
  { name: 'File, Parquet', asked: 'a signed link', open: () => linked('parquet') },
  { name: 'File, Arrow', asked: 'a signed link', open: () => linked('arrow') },
  { name: 'API', asked: '`POST /api/v1/query`', open: now(workbench) },
  { name: 'Export, Parquet', asked: '`POST /data/v1/query`, format `parquet`', open: now(() => exported('parquet')) },
  { name: 'Export, Arrow', asked: '`POST /data/v1/query`, format `arrow`', open: now(() => exported('arrow')) },
  { name: 'MCP', asked: 'the tool `query`', open: assistant },
  { name: 'Changes, SSE', asked: '`/streams/v1/passengers/passengers?from=start`, in a stream that stays open', open: serverSent },
  { name: 'Changes, batches', asked: 'the same address', open: now(changes) },
  { name: 'Webhook', asked: 'replayed from the start, for `insert`, `update`, `delete`', open: webhook, pushed: true },
  { name: 'Kafka', asked: 'the topic `passengers.passengers`, written as a process domain with her grant', open: now(topic), pushed: true },
  { name: 'Iceberg REST', asked: '`/iceberg/v1/namespaces/passengers/tables/passengers`, a table that stays loaded', open: iceberg },
]

const found = new Map<string, readonly [rows: string, ended: string]>()

describe('one product over every port', () => {
  it('gives the same rows under the same masks, and ends everywhere within a second of a revoked grant', async () => {
    const opened = new Map<Port, () => Promise<Given>>()
    for (const port of PORTS) opened.set(port, await port.open())
    const asked = async (port: Port): Promise<Given> => (opened.get(port) as () => Promise<Given>)()

    const rows = await asked(PORTS[0] as Port)
    // What is compared is neither nothing nor everything, and it is masked.
    if (rows === 'refused') throw new Error('SQL gives nothing')
    expect(rows.length).toBeGreaterThan(100)
    seen = rows.length
    // A stream takes in what was published a moment later.
    for (let i = 0; i < 100 && (await changes()).length < seen; i += 1) await sleep(100)
    expect(new Set(rows.map((row) => row['home_state']))).toEqual(new Set(['CA', 'NV', 'OR', 'WA']))
    expect(rows.every((row) => /^.\*\*\*$/u.test(row['name'] ?? '') && /^[0-9a-f]{64}$/u.test(row['email'] ?? '') && row['birth_date']?.endsWith('-01-01') === true)).toBe(true)
    const told = new Map<Port, string>()
    for (const port of PORTS) {
      const given = await asked(port)
      expect(given, port.name).toEqual(rows)
      told.set(port, 'the same')
    }

    const grants = (await call('olga', 'GET', '/grants')).body as { grants: { id: string; subject: string; product: string; state: string; purposes: string[] }[] }
    const ending = grants.grants.filter(({ subject, product, state }) => ['ana', DESK].includes(subject) && product === PRODUCT && state === 'active')
    expect(ending.length).toBe(2)
    for (const { id } of ending) expect((await call('olga', 'DELETE', `/grants/${id}`)).status).toBe(204)
    await sleep(1000)
    for (const port of PORTS) expect(await asked(port), port.name).toBe('refused')
    // Control: it is the grant that was missing, and nothing else.
    for (const [subjectKind, subject] of [['user', 'ana'], ['application', DESK]] as const) expect((await call('olga', 'POST', '/grants', { subjectKind, subject, product: PRODUCT, purposes: [PURPOSE] })).status).toBe(201)
    await sleep(1000)
    for (const port of PORTS) {
      let given = await asked(port)
      for (let i = 0; i < 20 && port.pushed === true && given === 'refused'; i += 1) {
        await sleep(500)
        given = await asked(port)
      }
      expect(given, port.name).toEqual(rows)
      found.set(port.name, [told.get(port) ?? '', 'refused'])
    }
  }, 300_000)

  it('is what the page says', () => {
    const table = ['| port | asked by | rows and masks | a second after the grant was revoked |', '|---|---|---|---|', ...PORTS.map(({ name, asked }) => `| ${name} | ${asked} | ${(found.get(name) ?? []).join(' | ')} |`)]
    const page = readFileSync(PAGE, 'utf8').split('\n')
    expect(page.slice(page.indexOf(table[0] as string)).slice(0, table.length)).toEqual(table)
  })
})
