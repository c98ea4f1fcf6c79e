// Kafka in a living mesh: a topic that is read, from the broker to the rows that people ask for, and who may do what with schemas.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_ROOT } from '@tulle/api'
import { startBroker } from '@tulle/kafka/testing'
import type { TestBroker } from '@tulle/kafka/testing'
import { startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'
import { shopMesh } from './testing-mesh.ts'

let broker: TestBroker
let tulle: TestTulle
let mesh: string

beforeAll(async () => {
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
  broker.put('tickets', { value: Buffer.from('{"id":1,"text":"lost"}') })
  tulle = await startTulle({ mesh, environment: { TULLE_SOURCE_HOSTS: '127.0.0.1', TULLE_SECRET_KAFKA: 'open sesame' } })
}, 180_000)

afterAll(async () => {
  await tulle?.stop()
  await broker?.stop()
  rmSync(mesh, { recursive: true, force: true })
})

function write(path: string, text: string): void {
  mkdirSync(join(mesh, path, '..'), { recursive: true })
  writeFileSync(join(mesh, path), text)
}
const asked = async (who: string, path: string, body?: object, method = body === undefined ? 'GET' : 'POST'): Promise<{ status: number; body: Record<string, unknown> }> => {
  const response = await fetch(`${tulle.url}${path}`, { method, headers: { authorization: `Basic ${btoa(`${who}:${tulle.secret(who)}`)}`, ...(body !== undefined && { 'content-type': 'application/json' }) }, ...(body !== undefined && { body: JSON.stringify(body) }) })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> }
}
describe('the schema registry', () => {
  it('is for whoever is signed in: those who write to a product register in its subjects, others read, and no other subject is theirs', async () => {
    const schema = { schema: '{"type":"record","name":"T","fields":[]}' }
    expect((await fetch(`${tulle.url}/schema-registry/subjects`)).status).toBe(401)
    expect((await asked('dora', '/schema-registry/subjects/orders.made-value/versions', schema)).body).toMatchObject({ id: 1, version: 1 })
    expect((await asked('bo', '/schema-registry/subjects/orders.made-value/versions/latest')).body).toEqual({ subject: 'orders.made-value', version: 1, id: 1, ...schema })
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
