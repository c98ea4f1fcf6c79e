import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json } from '@tulle/kernel'
import type { TopicMessage, WorkflowHost } from '../host.ts'
import type { WorkflowWorld } from '../../testing/workflow-world.ts'
import { workflowWorld } from '../../testing/workflow-world.ts'

const V2 = {
  asyncapi: '2.6.0', info: { title: 'Orders', version: '1' }, defaultContentType: 'application/cloudevents+json',
  servers: { mqtt: { url: 'mqtt://broker.example', protocol: 'mqtt' }, web: { url: 'https://api.example:{port}/v2', protocol: 'https', variables: { port: { default: '8443' } } } },
  channels: { '/orders': { publish: { bindings: { http: { type: 'request', method: 'PUT' } } } }, '/prices': { subscribe: {} } },
}
const V3 = {
  asyncapi: '3.0.0', info: { title: 'Orders', version: '1' },
  servers: { amqp: { host: 'broker.example', protocol: 'amqp' }, web: { host: 'api.example', pathname: '/v3', protocol: 'http' }, other: { host: 'other.example', protocol: 'https' }, cluster: { host: 'a.example:9093,b.example:9093', protocol: 'kafka-secure', security: [{ type: 'scramSha512' }] } },
  channels: {
    orders: { address: 'orders/{shop}', parameters: { shop: { default: 'main street' } }, servers: [{ $ref: '#/servers/amqp' }, { $ref: '#/servers/web' }] },
    events: { address: 'events', servers: [{ $ref: '#/servers/amqp' }] },
    topic: { address: 'shop/orders', bindings: { kafka: { topic: 'shop.orders' } }, servers: [{ $ref: '#/servers/cluster' }] },
    odd: { address: 'shop/orders', servers: [{ $ref: '#/servers/cluster' }] },
    open: { address: 'open', parameters: {} },
    asked: { address: 'asked/{who}' },
  },
  operations: Object.fromEntries(['orders', 'events', 'open', 'asked', 'topic', 'odd'].map((channel) => [channel, { action: 'receive', channel: { $ref: `#/channels/${channel}` } }])),
}
const DOCUMENTS: Readonly<Record<string, Json>> = { '/v2.json': V2 as unknown as Json, '/v3.json': V3 as unknown as Json, '/none.json': { openapi: '3.0.0' } }

let world: WorkflowWorld
const sent: { readonly method: string; readonly to: string; readonly type: string | undefined; readonly key: string | undefined; readonly body: string }[] = []
beforeAll(async () => {
  world = await workflowWorld({ answer: ({ method, host, path, headers, body }) => {
    if (host === 'docs.example') return { body: DOCUMENTS[path] ?? null }
    sent.push({ method, to: `${host}${path}`, type: headers['content-type'], key: headers['idempotency-key'], body })
    return { body: { accepted: true } }
  } })
})
afterAll(() => world.close())

async function call(document: string, more: object, host: Partial<WorkflowHost> = {}): Promise<unknown> {
  sent.length = 0
  const { outcome } = await world.run(JSON.stringify({
    document: { dsl: '1.0.3', namespace: 'test', name: 'send', version: '0.1.0' },
    do: [{ send: { call: 'asyncapi', with: { document: { endpoint: `http://docs.example/${document}.json` }, message: { payload: { id: '${ .id }' } }, ...more } } }],
  }), { input: { id: 7 }, host })
  return outcome
}

describe('a message by AsyncAPI', () => {
  it.each<[string, string, object, object]>([
    ['goes to the channel of version 2, by the method that it is bound to', 'v2', { channel: '/orders' }, { method: 'PUT', to: 'api.example:8443/v2/orders', type: 'application/cloudevents+json' }],
    ['goes to a server with variables', 'v2', { channel: '/orders', server: { name: 'web', variables: { port: 9443 } } }, { to: 'api.example:9443/v2/orders' }],
    ['goes to the first server of its channel that speaks HTTP', 'v3', { operation: 'orders' }, { method: 'POST', to: 'api.example/v3/orders/main%20street', type: 'application/json' }],
    ['goes to any server where its channel names none', 'v3', { operation: 'open', protocol: 'http' }, { to: 'api.example/v3/open' }],
    ['goes to the server that is named', 'v3', { operation: 'open', server: { name: 'other' } }, { to: 'other.example/open' }],
  ])('%s', async (_case, document, more, wanted) => {
    expect(await call(document, more)).toMatchObject({ ok: true, output: { accepted: true } })
    expect(sent).toMatchObject([{ body: '{"id":7}', key: expect.any(String) as string, ...wanted }])
  })

  it('goes to the topic that its channel is bound to, with the name and the password that it is given', async () => {
    const messages: TopicMessage[] = []
    const told = await call('v3', { operation: 'topic', authentication: { basic: { username: 'tulle', password: '${ "p" + (.id | tostring) }' } } }, { topic: async (message) => void messages.push(message) })
    expect(told).toMatchObject({ ok: true, output: null })
    expect(messages.map(({ payload, signal: _signal, ...rest }) => ({ ...rest, payload: Buffer.from(payload).toString() }))).toEqual([{
      brokers: ['a.example:9093', 'b.example:9093'], tls: true, topic: 'shop.orders', sasl: { mechanism: 'SCRAM-SHA-512', user: 'tulle', password: 'p7' },
      payload: '{"id":7}', headers: { 'content-type': 'application/json', 'idempotency-key': expect.any(String) as string },
    }])
    expect(await call('v3', { operation: 'topic', authentication: { bearer: { token: 'x' } } }, { topic: async () => undefined })).toMatchObject({ ok: false, error: { detail: expect.stringContaining('Only the authentication basic') as string } })
  })

  it.each<[string, string, object, string]>([
    ['a channel that is not there', 'v2', { channel: '/order' }, 'has no channel "/order"'],
    ['a channel that nothing is published to', 'v2', { channel: '/prices' }, 'Nothing is published to the channel "/prices"'],
    ['an operation that is not there', 'v3', { operation: 'constructor' }, 'has no operation "constructor"'],
    ['a channel of another protocol', 'v3', { operation: 'events' }, 'names no server for it that speaks http'],
    ['a server of another protocol', 'v3', { operation: 'open', server: { name: 'amqp' } }, 'speaks amqp'],
    ['another protocol', 'v3', { operation: 'open', protocol: 'amqp' }, 'speaks amqp, which is not spoken here'],
    ['a topic where nothing is sent to topics', 'v3', { operation: 'topic' }, 'Nothing is sent to topics of Kafka here'],
    ['a channel that no topic can be called', 'v3', { operation: 'odd' }, 'is no topic of Kafka by its name'],
    ['a server that is not there', 'v3', { operation: 'open', server: { name: 'nobody' } }, 'has no server "nobody"'],
    ['a variable that leads elsewhere', 'v2', { channel: '/orders', server: { name: 'web', variables: { port: '80@evil.example/' } } }, 'no value that may stand in an address'],
    ['a parameter without a value', 'v3', { operation: 'asked' }, 'has a parameter "who" without a default'],
    ['another document', 'none', { operation: 'open' }, 'is no AsyncAPI document of version 2 or 3'],
    ['a subscription', 'v3', { operation: 'open', message: undefined, subscription: { consume: { amount: 1 } } }, 'Subscriptions of AsyncAPI are not served here'],
  ])('is refused for %s', async (_case, document, more, why) => {
    expect(await call(document, more)).toMatchObject({ ok: false, error: { type: expect.stringContaining('configuration') as string, detail: expect.stringContaining(why) as string } })
    expect(sent).toEqual([])
  })
})
