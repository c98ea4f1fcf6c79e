// Kafka in a living mesh: a topic that is read, from the broker to the rows that people ask for; a topic that is written, from the
// declaration to its last record; and who may do what with schemas.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_ROOT } from '@tulle/api'
import { startGateway } from '@tulle/flink/testing'
import type { TestGateway } from '@tulle/flink/testing'
import { messageDecoder } from '@tulle/kafka'
import { startBroker } from '@tulle/kafka/testing'
import type { TestBroker } from '@tulle/kafka/testing'
import { startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'
import { ORDERS_CONTRACT, ORDERS_CSV, ORDERS_YAML, shopMesh } from './testing-mesh.ts'

let broker: TestBroker
let flink: TestGateway
let tulle: TestTulle
let mesh: string

beforeAll(async () => {
  flink = await startGateway()
  broker = await startBroker({ user: { name: 'tulle', password: 'open sesame' } })
  mesh = shopMesh()
  write('domains/support/tickets/product.yaml', `apiVersion: core.oam.dev/v1beta1
kind: DataProduct
metadata: { name: tickets, title: Tickets }
spec:
  components:
    - { name: tickets, type: data-product, properties: { definition: What people asked } }
    - { name: topic, type: kafka-input-port, properties: { brokers: ['${broker.address}'], tls: 'off', topic: tickets, sasl: { mechanism: PLAIN, user: tulle, password: { secret: KAFKA } } } }
    - { name: tickets, type: data-set, properties: { from: topic } }
    - { name: sql, type: sql-output-port }
    - { name: rest, type: rest-output-port }
`)
  write('domains/support/tickets/contracts/tickets.odcs.yaml', `apiVersion: v3.1.0
kind: DataContract
id: tickets
name: tickets
version: 1.0.0
status: active
schema:
  - name: tickets
    properties:
      - { name: id, logicalType: integer, required: true }
      - { name: text, logicalType: string }
      - { name: kafka_offset, logicalType: integer }
`)
  write('applications/crm.yaml', 'apiVersion: tulle.dev/v1\nkind: ProcessDomain\nmetadata: { name: crm, title: Customers }\nspec: { team: support_team, systems: [crm] }\n')
  write(ORDERS_YAML, withPort(readFileSync(join(mesh, ORDERS_YAML), 'utf8')))
  write(ORDERS_CONTRACT, readFileSync(join(mesh, ORDERS_CONTRACT), 'utf8').replace('unique: true }', 'unique: true, primaryKey: true, primaryKeyPosition: 1 }'))
  broker.put('tickets', { value: Buffer.from('{"id":1,"text":"lost"}') })
  tulle = await startTulle({ mesh, environment: { TULLE_SOURCE_HOSTS: '127.0.0.1', TULLE_SECRET_KAFKA: 'open sesame', TULLE_FLINK_GATEWAY: flink.url, TULLE_SCHEMA_REGISTRY_USER_INFO: 'dora:lamp' } })
}, 180_000)

afterAll(async () => {
  await tulle?.stop()
  await broker?.stop()
  await flink?.[Symbol.asyncDispose]()
  rmSync(mesh, { recursive: true, force: true })
})

function write(path: string, text: string): void {
  mkdirSync(join(mesh, path, '..'), { recursive: true })
  writeFileSync(join(mesh, path), text)
}
const PORT = (more = ''): string => `    - { name: topics, type: kafka-output-port, properties: { brokers: ['${broker.address}'], tls: 'off', application: crm, purpose: reporting, sasl: { mechanism: PLAIN, user: tulle, password: { secret: KAFKA } }${more} } }\n`
const withPort = (product: string, more?: string): string => `${product}${PORT(more)}`

const asked = async (who: string, path: string, body?: object, method = body === undefined ? 'GET' : 'POST'): Promise<{ status: number; body: Record<string, unknown> }> => {
  const response = await fetch(`${tulle.url}${path}`, { method, headers: { authorization: `Basic ${btoa(`${who}:${tulle.secret(who)}`)}`, ...(body !== undefined && { 'content-type': 'application/json' }) }, ...(body !== undefined && { body: JSON.stringify(body) }) })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> }
}
describe('the schema registry', () => {
  it('is for whoever is signed in: those who write to a product register in its subjects, others read, and no other subject is theirs', async () => {
    const schema = { schema: '{"type":"record","name":"T","fields":[]}' }
    expect((await fetch(`${tulle.url}/schema-registry/subjects`)).status).toBe(401)
    expect((await asked('dora', '/schema-registry/subjects/orders.made-value/versions', schema)).body).toMatchObject({ id: expect.any(Number) as number, version: 1 })
    expect((await asked('bo', '/schema-registry/subjects/orders.made-value/versions/latest')).body).toMatchObject({ subject: 'orders.made-value', version: 1, ...schema })
    expect((await asked('bo', '/schema-registry/subjects/orders.made-value/versions', schema)).body).toMatchObject({ error_code: 40301 })
    expect((await asked('dora', '/schema-registry/subjects/foreign/versions', schema)).status).toBe(403)
    expect((await asked('dora', '/schema-registry/config', { compatibility: 'NONE' }, 'PUT')).status).toBe(403)
  })
})

describe('a topic that is read', () => {
  it('becomes rows that people ask for, each record once', async () => {
    const rows = async (): Promise<unknown> => (await asked('dora', '/data/v1/tickets/tickets?order=id')).body['rows']
    await asked('ada', `${API_ROOT}/grants`, { subjectKind: 'user', subject: 'dora', product: 'tickets', purposes: ['reporting'] })
    await expect.poll(rows, { timeout: 30_000 }).toEqual([{ id: 1, text: 'lost', kafka_offset: 0 }])
    broker.put('tickets', { value: Buffer.from('{"id":2,"text":"found"}') })
    expect(tulle.sh('npx tulle run tickets --as ada').status).toBe(0)
    await expect.poll(rows, { timeout: 20_000 }).toEqual([{ id: 1, text: 'lost', kafka_offset: 0 }, { id: 2, text: 'found', kafka_offset: 1 }])
    // A further run takes what is new, and nothing that is there.
    broker.put('tickets', { value: Buffer.from('{"id":3,"text":"again"}'), partition: 1 })
    expect(tulle.sh('npx tulle run tickets --as ada').status).toBe(0)
    await expect.poll(async () => (await rows() as { id: number }[]).map(({ id }) => id), { timeout: 20_000 }).toEqual([1, 2, 3])
  }, 120_000)
})

describe('a topic that is written', () => {
  interface Port { readonly name: string; readonly kafka?: { readonly topics: readonly { readonly status: string; readonly written: number; readonly lag?: { readonly entries: number; readonly milliseconds: number }; readonly trouble?: { readonly code: string; readonly message?: string } }[] } }
  const topic = async (who = 'ada') => ((await asked(who, `${API_ROOT}/products/orders`)).body['outputPorts'] as readonly Port[]).find(({ name }) => name === 'topics')?.kafka?.topics[0]
  const records = () => broker.records('orders.orders')
  const row = async (value: Buffer): Promise<unknown> => {
    const { schema } = (await asked('dora', `/schema-registry/schemas/ids/${value.readUInt32BE(1)}`)).body as { schema: string }
    const decode = messageDecoder({ type: 'AVRO', text: schema, references: [] })
    return decode.ok ? JSON.parse(decode.value(value)) as unknown : decode.diagnostics
  }
  /** What the topic holds, as a compacted one does. */
  const held = async (): Promise<readonly unknown[]> => {
    const rows = new Map<string, Buffer | null>()
    for (const { key, value } of records()) rows.set(key?.toString('hex') ?? '', value)
    return (await Promise.all([...rows.values()].filter((value) => value !== null).map(row))).toSorted((a, b) => (a as { id: number }).id - (b as { id: number }).id)
  }
  const edit = (path: string, change: (text: string) => string): void => {
    const file = join(tulle.checkout, 'examples/skyline', path)
    writeFileSync(file, change(readFileSync(file, 'utf8')))
  }

  const apply = (): void => {
    const { status, stdout, stderr } = tulle.sh('npx tulle apply examples/skyline --as ada --yes --allow-breaking')
    expect(status, `${stdout}${stderr}`).toBe(0)
  }
  /** By the folder: what the process domain is granted, from now on. */
  const grant = (terms: string): void => {
    mkdirSync(join(tulle.checkout, 'examples/skyline/grants'), { recursive: true })
    writeFileSync(join(tulle.checkout, 'examples/skyline/grants/crm.yaml'), `apiVersion: tulle.dev/v1\nkind: AccessGrant\nmetadata: { name: crm_reads_orders }\nspec: { subject: { application: crm }, product: orders, data_set: orders, purposes: [reporting], ${terms.replace(/rows: ([^,]*)/u, 'rows: "$1"')} }\n`)
    apply()
  }

  it('holds nothing before its process domain is granted anything, then its rows, and nothing more a second after the grant ended', async () => {
    await expect.poll(async () => (await topic())?.trouble?.code, { timeout: 30_000 }).toBe('read-denied')
    expect(broker.topics()).not.toContain('orders.orders')
    // Its words are for those who keep the product.
    expect((await topic('bo'))?.trouble).toEqual({ code: 'read-denied' })
    grant(`rows: customer <> 'Cy', columns: [id, amount]`)
    await expect.poll(async () => records().length, { timeout: 30_000 }).toBe(2)
    expect(await held()).toEqual([{ id: 1, customer: null, amount: 12.5 }, { id: 2, customer: null, amount: 7.25 }])
    await expect.poll(async () => (await topic())?.status).toBe('following')
    expect((await topic())?.lag).toEqual({ entries: 0, milliseconds: 0 })
    expect(tulle.sh('npx tulle product show orders --as dora').stdout).toMatch(/topics +orders\.orders +crm +following +2/u)
    expect(tulle.sh('npx tulle plan examples/skyline --as dora').stdout).toContain('No changes')

    edit(ORDERS_CSV, () => 'id,customer,amount\n1,Ada,99.00\n3,Cy,1.00\n4,Di,5.00\n')
    expect(tulle.sh('npx tulle run orders --as dora --wait').status).toBe(0)
    await expect.poll(held, { timeout: 30_000 }).toEqual([{ id: 1, customer: null, amount: 99 }, { id: 4, customer: null, amount: 5 }])

    const { grants } = (await asked('olga', `${API_ROOT}/grants`)).body as { grants: readonly { readonly id: string; readonly subject: string; readonly state: string }[] }
    const { id } = grants.find(({ subject, state }) => subject === 'crm' && state === 'active') ?? { id: '' }
    expect((await asked('olga', `${API_ROOT}/grants/${id}`, undefined, 'DELETE')).status).toBe(204)
    await sleep(1_000)
    const written = records().length
    edit(ORDERS_CSV, (text) => `${text}5,Ed,6.00\n`)
    expect(tulle.sh('npx tulle run orders --as dora --wait').status).toBe(0)
    await expect.poll(async () => (await topic())?.trouble?.code, { timeout: 5_000 }).toBe('read-denied')
    await sleep(1_500)
    expect(records().length).toBe(written)
    // What was published is in the log soon after.
    await expect.poll(async () => (await topic())?.lag?.entries, { timeout: 20_000 }).toBeGreaterThan(0)
    expect((await topic())?.lag?.milliseconds).toBeGreaterThan(0)
  }, 180_000)

  it('is written anew when rights are others, with a tombstone for what is hidden now, and goes on after a kill of the server and of the broker', async () => {
    grant('rows: id < 5')
    await expect.poll(held, { timeout: 30_000 }).toEqual([{ id: 1, customer: 'Ada', amount: 99 }, { id: 3, customer: 'Cy', amount: 1 }, { id: 4, customer: 'Di', amount: 5 }])
    await broker.goAway()
    grant('rows: id > 3')
    await tulle.killAndRestart()
    await expect.poll(async () => (await topic())?.trouble, { timeout: 30_000 }).toMatchObject({ code: 'kafka-unreachable', message: expect.not.stringContaining('open sesame') })
    await broker.comeBack()
    await expect.poll(held, { timeout: 60_000 }).toEqual([{ id: 4, customer: 'Di', amount: 5 }, { id: 5, customer: 'Ed', amount: 6 }])
  }, 180_000)

  it('is read by a job of Flink where a data set asks for one: planned, started, missed, and stopped with its declaration', async () => {
    const folder = join(tulle.checkout, 'examples/skyline/domains/sales/board')
    for (const part of ['contracts', 'models']) mkdirSync(join(folder, part), { recursive: true })
    writeFileSync(join(folder, 'product.yaml'), "apiVersion: core.oam.dev/v1beta1\nkind: DataProduct\nmetadata: { name: board }\nspec:\n  components:\n    - { name: board, type: data-product, properties: { definition: Who ordered } }\n    - { name: board, type: data-set, properties: { refresh: continuous, flink: {} } }\n")
    writeFileSync(join(folder, 'contracts/board.odcs.yaml'), 'apiVersion: v3.1.0\nkind: DataContract\nid: board\nname: board\nversion: 1.0.0\nstatus: active\nschema:\n  - name: board\n    properties:\n      - { name: customer, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1 }\n      - { name: n, logicalType: integer, physicalType: long }\n')
    writeFileSync(join(folder, 'models/board.sql'), "select customer, count(*) as n from {{ ref('orders', 'orders') }} group by 1\n")
    const plan = async (): Promise<string> => (await tulle.shell('npx tulle plan examples/skyline --as ada 2>&1')).stdout
    const applied = async (): Promise<string> => (await tulle.shell('npx tulle apply examples/skyline --as ada --yes 2>&1')).stdout
    expect(await plan()).toContain('+ stream-job:board.board')
    expect(await applied()).toContain('succeeded')
    const live = () => flink.jobs.filter(({ status }) => status === 'RUNNING')
    expect(live().map(({ name }) => name.split('/').slice(0, 2))).toEqual([['tulle', 'board.board']])
    expect(live()[0]?.statements[0]).toContain('username="tulle" password="open sesame"')
    expect(live()[0]?.statements[0]).toContain(`'value.avro-confluent.url' = '${tulle.url}/schema-registry'`)
    expect([broker.topics().includes('board.board.flink'), (await plan()).includes('stream-job')]).toEqual([true, false])
    for (const one of live()) one.status = 'CANCELED'
    expect(await plan()).toContain('The job of board.board is canceled in Flink.')
    await applied()
    expect(live()).toHaveLength(1)
    flink.answer = (_, response) => void response.writeHead(503).end('away')
    expect(await plan()).toContain('flink-unseen')
    flink.answer = undefined
    edit('domains/sales/board/product.yaml', (text) => text.replace(', flink: {}', ''))
    await applied()
    expect(live()).toEqual([])
    rmSync(folder, { recursive: true, force: true })
    expect(tulle.sh(`grep -rlE 'open sesame|dora:lamp' .tulle/logs | wc -l`).stdout.trim()).toBe('0')
  }, 180_000)

  it('refuses at the plan a contract that its readers could not follow, and is gone when its declaration is', async () => {
    const before = records().length
    edit(ORDERS_CONTRACT, (text) => text.replace("name: customer, logicalType: string", 'name: customer, logicalType: integer'))
    const refused = tulle.sh('npx tulle plan examples/skyline --as dora')
    expect([refused.status === 0, `${refused.stdout}${refused.stderr}`.includes('kafka-schema-forbidden')]).toEqual([false, true])
    edit(ORDERS_CONTRACT, (text) => text.replace('name: customer, logicalType: integer', "name: customer, logicalType: string"))
    edit(ORDERS_YAML, (text) => text.replace('application: crm', 'application: crn'))
    expect(tulle.sh('npx tulle plan examples/skyline --as dora 2>&1').stdout).toContain('kafka-application-unknown')
    edit(ORDERS_YAML, (text) => text.replace(/^.*kafka-output-port.*\n/mu, ''))
    const plan = tulle.sh('npx tulle plan examples/skyline --as dora').stdout
    expect(plan).toContain('orders.topics')
    expect((await asked('dora', '/schema-registry/subjects/orders.orders-value', undefined, 'DELETE')).body).toMatchObject({ error_code: 42205 })
    apply()
    expect(tulle.sh('npx tulle plan examples/skyline --as dora').stdout).toContain('No changes')
    // What was written stays where it is; its subjects are the team's own again.
    await expect.poll(async () => (await asked('dora', '/schema-registry/subjects/orders.orders-value', undefined, 'DELETE')).status, { timeout: 15_000 }).toBe(200)
    expect(records().length).toBe(before)
  }, 180_000)
})
