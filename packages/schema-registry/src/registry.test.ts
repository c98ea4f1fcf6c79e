// The registry over HTTP, as its clients use it: what they register, find, and are refused.

import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { COMPATIBILITY, SchemaRegistry as KafkaJsRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testStore } from '@tulle/store/testing'
import type { TestStore } from '@tulle/store/testing'
import { openRegistry, serveRegistry } from './index.ts'
import type { Authority, SchemaRegistry } from './index.ts'

/** The id in the first five bytes of a message; NaN where there is none. */
const readConfluent = (message: Buffer): number => (message[0] === 0 && message.length >= 5 ? message.readInt32BE(1) : Number.NaN)

let rig: TestStore
let registry: SchemaRegistry
let server: Server
let url: string

/** Ana keeps what is `hers`, and knows nothing of what is `secret`. */
const ana: Authority = {
  mayRead: async (subject) => !subject.startsWith('secret'),
  whyNotWrite: async (subject) => (subject.startsWith('others') || subject.startsWith('secret') ? 'It is of another team.' : undefined),
  whyNotGovern: async () => undefined,
}

beforeAll(async () => {
  rig = await testStore()
  registry = await openRegistry(rig.store)
  server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
      const [path = '', query = ''] = (request.url ?? '').split('?')
      void serveRegistry(registry, ana, { method: request.method ?? '', path, query: new URLSearchParams(query), body: Buffer.concat(parts).toString() }).then(({ status, headers, body }) => response.writeHead(status, headers).end(body), (error: unknown) => response.writeHead(500).end(String(error)))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  server?.close()
  await registry?.close()
  await rig?.close()
})

interface Said { readonly status: number; readonly body: unknown; readonly code?: number }
async function say(method: string, path: string, body?: object): Promise<Said> {
  const response = await fetch(`${url}${path}`, { method, ...(body !== undefined && { body: JSON.stringify(body) }), headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' } })
  const read = await response.json() as { error_code?: number }
  return { status: response.status, body: read, ...(read.error_code !== undefined && { code: read.error_code }) }
}
const avro = (...fields: readonly object[]): { schema: string } => ({ schema: JSON.stringify({ type: 'record', name: 'A', fields }) })
const A = avro({ name: 'a', type: 'int' })
const B = avro({ name: 'a', type: 'int' }, { name: 'b', type: 'int', default: 0 })
const WRONG = avro({ name: 'a', type: 'string' })
const idOf = ({ body }: Said): number => (body as { id: number }).id

describe('a schema', () => {
  it('has one id wherever it is, and the same one when it is registered again', async () => {
    const first = await say('POST', '/subjects/one-value/versions', A)
    expect(first.status).toBe(200)
    expect(idOf(await say('POST', '/subjects/one-value/versions', { schema: JSON.stringify(JSON.parse(A.schema), null, 2) }))).toBe(idOf(first))
    expect(idOf(await say('POST', '/subjects/two-value/versions', A))).toBe(idOf(first))
    expect((await say('GET', '/subjects/one-value/versions')).body).toEqual([1])
    expect((await say('GET', `/schemas/ids/${idOf(first)}`)).body).toEqual({ schema: A.schema })
    expect((await say('GET', `/schemas/ids/${idOf(first)}/versions`)).body).toEqual([{ subject: 'one-value', version: 1 }, { subject: 'two-value', version: 1 }])
  })

  it('is found by what it says, and by the newest of its subject', async () => {
    const second = await say('POST', '/subjects/one-value/versions', B)
    expect((await say('POST', '/subjects/one-value', A)).body).toMatchObject({ subject: 'one-value', version: 1, schema: A.schema })
    expect((await say('GET', '/subjects/one-value/versions/latest')).body).toEqual({ subject: 'one-value', version: 2, id: idOf(second), schema: B.schema })
    expect((await say('GET', '/subjects/one-value/versions/2/schema')).body).toEqual(JSON.parse(B.schema))
  })

  it('is refused where its readers could not follow, with the place', async () => {
    const refused = await say('POST', '/subjects/one-value/versions', WRONG)
    expect([refused.status, refused.code]).toEqual([409, 409])
    expect(JSON.stringify(refused.body)).toContain('TYPE_MISMATCH at /fields/0/type')
    expect((await say('POST', '/compatibility/subjects/one-value/versions/latest?verbose=true', WRONG)).body).toMatchObject({ is_compatible: false, messages: [expect.stringContaining('TYPE_MISMATCH')] })
    expect((await say('POST', '/compatibility/subjects/one-value/versions/latest', B)).body).toEqual({ is_compatible: true })
  })

  it('is found in another order of its members only where both are made normal', async () => {
    const turned = { schema: JSON.stringify({ fields: [{ type: 'int', name: 'a' }], name: 'A', type: 'record' }) }
    expect((await say('POST', '/subjects/one-value', turned)).code).toBe(40403)
    expect((await say('POST', '/subjects/one-value?normalize=true', turned)).body).toMatchObject({ version: 1 })
  })

  it('is seen at once by other processes that kept it in memory', async () => {
    await using another = await openOther()
    expect((await another.registry.subject('seen')).versions).toEqual([])
    await say('POST', '/subjects/seen/versions', A)
    await expect.poll(async () => (await another.registry.subject('seen')).versions.length).toBe(1)
  })

  it('gets one id and one version each when many come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => say('POST', '/subjects/many/versions', avro({ name: 'a', type: 'int' }, { name: `f${i % 6}`, type: 'int', default: 0 }))))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200))
    expect(new Set(answers.map(idOf)).size).toBe(6)
    expect((await say('GET', '/subjects/many/versions')).body).toEqual([1, 2, 3, 4, 5, 6])
  })
})

async function openOther(): Promise<{ registry: SchemaRegistry } & AsyncDisposable> {
  const other = await openRegistry(await rig.another())
  return { registry: other, [Symbol.asyncDispose]: () => other.close() }
}

describe('what is deleted', () => {
  it('is hidden first, still read by its id, and gone only when that is said twice', async () => {
    const first = await say('POST', '/subjects/old/versions', A)
    await say('POST', '/subjects/old/versions', B)
    expect((await say('DELETE', '/subjects/old/versions/1?permanent=true')).code).toBe(40407)
    expect((await say('DELETE', '/subjects/old/versions/1')).body).toBe(1)
    expect((await say('DELETE', '/subjects/old/versions/1')).code).toBe(40406)
    expect((await say('GET', '/subjects/old/versions')).body).toEqual([2])
    expect((await say('GET', '/subjects/old/versions?deleted=true')).body).toEqual([1, 2])
    expect((await say('GET', `/schemas/ids/${idOf(first)}`)).status).toBe(200)
    expect((await say('DELETE', '/subjects/old?permanent=true')).code).toBe(40405)
    expect((await say('DELETE', '/subjects/old')).body).toEqual([2])
    expect((await say('DELETE', '/subjects/old')).code).toBe(40404)
    expect((await say('GET', '/subjects')).body).not.toContain('old')
    expect((await say('GET', '/subjects?deletedOnly=true')).body).toEqual(['old'])
    expect((await say('DELETE', '/subjects/old?permanent=true')).body).toEqual([1, 2])
    expect((await say('GET', '/subjects/old/versions?deleted=true')).code).toBe(40401)
  })

  it('never gives its id to another schema', async () => {
    const only = await say('POST', '/subjects/brief/versions', avro({ name: 'brief', type: 'int' }))
    await say('DELETE', '/subjects/brief')
    await say('DELETE', '/subjects/brief?permanent=true')
    expect((await say('GET', `/schemas/ids/${idOf(only)}`)).code).toBe(40403)
    expect(idOf(await say('POST', '/subjects/brief/versions', avro({ name: 'other', type: 'int' })))).toBeGreaterThan(idOf(only))
  })

  it('stays where another schema refers to it', async () => {
    await say('POST', '/subjects/base/versions', avro({ name: 'a', type: 'int' }))
    const user = { schema: JSON.stringify({ type: 'record', name: 'U', fields: [{ name: 'it', type: 'A' }] }), references: [{ name: 'A', subject: 'base', version: 1 }] }
    const made = await say('POST', '/subjects/user/versions', user)
    expect((await say('GET', `/schemas/ids/${idOf(made)}`)).body).toEqual(user)
    expect((await say('GET', '/subjects/base/versions/1/referencedby')).body).toEqual([idOf(made)])
    expect((await say('DELETE', '/subjects/base/versions/1')).code).toBe(42206)
    expect((await say('POST', '/subjects/user/versions', { ...user, references: [] })).code).toBe(42201)
  })
})

describe('rules', () => {
  it('hold for all, or for one subject', async () => {
    expect((await say('GET', '/config')).body).toEqual({ compatibilityLevel: 'BACKWARD' })
    expect((await say('GET', '/config/rules')).code).toBe(40408)
    expect((await say('GET', '/config/rules?defaultToGlobal=true')).body).toEqual({ compatibilityLevel: 'BACKWARD' })
    expect((await say('PUT', '/config/rules', { compatibility: 'sideways' })).code).toBe(42203)
    expect((await say('PUT', '/config/rules', { compatibility: 'NONE' })).body).toEqual({ compatibility: 'NONE' })
    await say('POST', '/subjects/rules/versions', A)
    expect((await say('POST', '/subjects/rules/versions', WRONG)).status).toBe(200)
    expect((await say('DELETE', '/config/rules')).body).toEqual({ compatibilityLevel: 'NONE' })
    expect((await say('GET', '/config/rules')).code).toBe(40408)
  })

  it('stop registering where a subject is read only', async () => {
    expect((await say('GET', '/mode')).body).toEqual({ mode: 'READWRITE' })
    expect((await say('GET', '/mode/quiet')).code).toBe(40409)
    expect((await say('PUT', '/mode/quiet', { mode: 'asleep' })).code).toBe(42204)
    await say('PUT', '/mode/quiet', { mode: 'READONLY' })
    expect((await say('POST', '/subjects/quiet/versions', A)).code).toBe(42205)
    expect((await say('DELETE', '/mode/quiet')).body).toEqual({ mode: 'READONLY' })
    expect((await say('POST', '/subjects/quiet/versions', A)).status).toBe(200)
  })

  it('let schemas come with the numbers that they have elsewhere', async () => {
    const imported = { ...avro({ name: 'imported', type: 'int' }), id: 4_000, version: 7 }
    expect((await say('POST', '/subjects/imported/versions', imported)).code).toBe(42205)
    await say('PUT', '/mode/imported', { mode: 'IMPORT' })
    expect((await say('POST', '/subjects/imported/versions', imported)).body).toMatchObject({ id: 4_000, version: 7 })
    expect((await say('POST', '/subjects/imported/versions', { ...avro({ name: 'x', type: 'int' }), id: 4_000 })).code).toBe(42205)
    expect(idOf(await say('POST', '/subjects/after/versions', avro({ name: 'after', type: 'int' })))).toBeGreaterThan(4_000)
    expect((await say('PUT', '/mode/one-value', { mode: 'IMPORT' })).code).toBe(42205)
  })
})

describe('who asks', () => {
  it('does not see what is not theirs to know', async () => {
    const kept = await rigRegister('secret-value', avro({ name: 'secret', type: 'int' }).schema)
    const missing = await say('GET', '/subjects/secret-value/versions')
    expect([missing.status, missing.code]).toEqual([404, 40401])
    expect((await say('GET', `/schemas/ids/${kept}`)).code).toBe(40403)
    expect((await say('POST', '/subjects/secret-value/versions', A)).code).toBe(40401)
    expect((await say('GET', '/subjects')).body).not.toContain('secret-value')
    expect((await say('POST', '/subjects/mine/versions', { ...A, references: [{ name: 'S', subject: 'secret-value', version: 1 }] })).code).toBe(42201)
  })

  it('may read what others keep and register nothing in it', async () => {
    await rigRegister('others-value', A.schema)
    expect((await say('GET', '/subjects/others-value/versions')).body).toEqual([1])
    expect(await say('POST', '/subjects/others-value/versions', B)).toMatchObject({ status: 403, code: 40301 })
    expect((await say('DELETE', '/subjects/others-value')).status).toBe(403)
    expect((await say('PUT', '/config/others-value', { compatibility: 'NONE' })).status).toBe(403)
  })

  it('cannot change what a contract declares', async () => {
    const declared = await rig.store.db.transaction().execute((tx) => registry.declare(tx, 'declared-value', { type: 'AVRO', text: A.schema, references: [] }, 'FULL'))
    expect(declared.ok).toBe(true)
    expect((await say('GET', '/config/declared-value')).body).toEqual({ compatibilityLevel: 'FULL' })
    for (const tried of [await say('POST', '/subjects/declared-value/versions', B), await say('DELETE', '/subjects/declared-value'), await say('PUT', '/config/declared-value', { compatibility: 'NONE' })]) expect(tried.code).toBe(42205)
    const refused = await rig.store.db.transaction().execute((tx) => registry.declare(tx, 'declared-value', { type: 'AVRO', text: WRONG.schema, references: [] }, 'FULL'))
    expect(refused.diagnostics.map(({ code }) => code)).toEqual(['schema-incompatible'])
  })

  const rigRegister = async (subject: string, text: string): Promise<number> => {
    const made = await registry.register(subject, { type: 'AVRO', text, references: [] })
    return made.ok ? made.value.id : -1
  }
})

describe('what is wrong with a request', () => {
  it.each<[string, string, object | undefined, number, number]>([
    ['GET', '/subjects/none/versions', undefined, 404, 40401],
    ['GET', '/subjects/one-value/versions/99', undefined, 404, 40402],
    ['GET', '/subjects/one-value/versions/first', undefined, 422, 42202],
    ['GET', '/schemas/ids/999999', undefined, 404, 40403],
    ['GET', '/schemas/ids/x', undefined, 404, 40403],
    ['POST', '/subjects/one-value', avro({ name: 'no', type: 'int' }), 404, 40403],
    ['POST', '/subjects/s/versions', { schema: '{"type":"strange"}' }, 422, 42201],
    ['POST', '/subjects/s/versions', { schema: '' }, 422, 42201],
    ['POST', '/subjects/s/versions', { schema: '"int"', schemaType: 'XML' }, 422, 42201],
    ['POST', '/subjects/s/versions', { schema: '"int"', ruleSet: { domainRules: [] } }, 422, 422],
    ['GET', '/nowhere', undefined, 404, 404],
  ])('%s %s %j is %i with the code %i', async (method, path, body, status, code) => {
    const said = await say(method, path, body)
    expect([said.status, said.code]).toEqual([status, code])
  })
})

describe('the client of kafkajs', () => {
  it.each<[string, SchemaType, string, object]>([
    ['Avro', SchemaType.AVRO, '{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"id","type":"long"},{"name":"note","type":["null","string"],"default":null}]}', { id: 7, note: 'x' }],
    ['JSON Schema', SchemaType.JSON, '{"type":"object","properties":{"id":{"type":"integer"}},"required":["id"],"additionalProperties":false}', { id: 7 }],
    ['Protobuf', SchemaType.PROTOBUF, 'syntax = "proto3";\npackage shop;\nmessage Order {\n  int32 id = 1;\n}\n', { id: 7 }],
  ])('registers %s, writes by it and reads again what it wrote', async (_name, type, schema, value) => {
    const client = new KafkaJsRegistry({ host: url, retry: { retries: 0 } })
    const subject = `kafkajs-${type}`
    const { id } = await client.register({ type, schema } as Parameters<typeof client.register>[0], { subject, compatibility: COMPATIBILITY.BACKWARD })
    const message = await client.encode(id, value)
    expect(readConfluent(message)).toBe(id)
    // Another client, with nothing in its memory.
    const decoded = await new KafkaJsRegistry({ host: url, retry: { retries: 0 } }).decode(message) as object
    expect(JSON.parse(JSON.stringify(decoded))).toEqual(value)
    expect(await client.getRegistryIdBySchema(subject, { type, schema } as Parameters<typeof client.getRegistryIdBySchema>[1])).toBe(id)
    expect(await client.getLatestSchemaId(subject)).toBe(id)
  })

  it('is refused as it expects', async () => {
    const client = new KafkaJsRegistry({ host: url, retry: { retries: 0 } })
    const of = (fields: string): { type: SchemaType.AVRO; schema: string } => ({ type: SchemaType.AVRO, schema: `{"type":"record","name":"Order","namespace":"shop","fields":[${fields}]}` })
    await client.register(of('{"name":"id","type":"long"}'), { subject: 'kafkajs-refused' })
    await expect(client.register(of('{"name":"id","type":"string"}'), { subject: 'kafkajs-refused' })).rejects.toThrow(/incompatible with an earlier schema/u)
    await expect(client.getLatestSchemaId('kafkajs-nowhere')).rejects.toMatchObject({ status: 404 })
  })
})
