// The AsyncAPI 3.0 description of what one product tells by itself, as its reader would be told it: changes of rows at stream ports,
// what happens to the product at addresses of consumers, and topics of Kafka as their process domain sees the rows.

import type { Json } from '@tulle/kernel'
import type { VisibleTable } from '../types.ts'
import { rowSchemaOf } from './row-schema.ts'
import { topicParts } from './topic-channels.ts'
import type { TopicChannel } from './topic-channels.ts'

export interface MovingPorts {
  /** Of the server, such as `http://127.0.0.1:8740`. */
  readonly url: string
  /** Where streams are mounted, such as `/streams/v1`. */
  readonly base: string
  readonly product: { readonly schema: string; readonly name: string; readonly title?: string; readonly description?: string }
  /** What the reader sees of the data sets that a stream port offers. */
  readonly streamed: readonly VisibleTable[]
  /** Types of the events that webhooks carry. */
  readonly events: readonly string[]
  /** That its ports write. */
  readonly topics?: readonly TopicChannel[]
  /** Where their schemas are. */
  readonly registry?: string
}

export function movingPortsAsyncApi({ url, base, product, streamed, events, topics = [], registry = '' }: MovingPorts): Json {
  const { protocol, host } = new URL(url)
  const kafka = topicParts(topics, registry)
  return {
    asyncapi: '3.0.0',
    info: {
      title: product.title ?? product.name, version: /@(\d+)$/u.exec(product.schema)?.[1] ?? '1',
      ...(product.description !== undefined && { description: product.description }),
    },
    defaultContentType: 'application/json',
    servers: { tulle: { host, protocol: protocol.slice(0, -1), security: [{ $ref: '#/components/securitySchemes/bearer' }, { $ref: '#/components/securitySchemes/basic' }] }, ...kafka.servers },
    channels: {
      ...Object.fromEntries(streamed.map((table) => [`changes_of_${table.dataSet.name}`, {
        address: `${base}/${product.schema}/${table.dataSet.name}`,
        title: `Changes of ${table.dataSet.title ?? table.dataSet.name}`,
        description: 'Server-sent events where `Accept: text/event-stream` asks for them, batches otherwise. The id of an event is the position to go on from, by `Last-Event-ID` or `?from=`; `?from=start` begins with the rows of the newest snapshot.',
        servers: [{ $ref: '#/servers/tulle' }],
        messages: Object.fromEntries([...CHANGES.map((op) => [op, { $ref: `#/components/messages/${table.dataSet.name}_${op}` }] as const), ['happened', { $ref: '#/components/messages/happened' }]]),
      }])),
      webhook: {
        address: null,
        title: 'Webhooks of consumers',
        description: 'An address that a consumer has named (`tulle webhooks create`). Requests are POST, signed as Standard Webhooks has it; several events may come as one batch.',
        messages: { event: { $ref: '#/components/messages/cloud_event' } },
      },
      ...kafka.channels,
    },
    operations: {
      ...Object.fromEntries(streamed.map(({ dataSet }) => [`stream_${dataSet.name}`, { action: 'send', channel: { $ref: `#/channels/changes_of_${dataSet.name}` }, bindings: { http: { method: 'GET', bindingVersion: '0.3.0' } } }])),
      call_webhook: { action: 'send', channel: { $ref: '#/channels/webhook' }, bindings: { http: { method: 'POST', bindingVersion: '0.3.0' } } },
      ...kafka.operations,
    },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' }, basic: { type: 'http', scheme: 'basic' }, ...kafka.securitySchemes },
      schemas: Object.fromEntries(streamed.map((table) => [table.dataSet.name, rowSchemaOf(table)])),
      messages: {
        ...Object.fromEntries(streamed.flatMap((table) => CHANGES.map((op) => [`${table.dataSet.name}_${op}`, changeOf(table, op)] as const))),
        ...kafka.messages,
        happened: { name: 'happened', title: 'What happened to the product', contentType: 'application/json', payload: HAPPENED },
        cloud_event: {
          name: 'cloud_event', title: 'What happened to the product, as a CloudEvent', contentType: 'application/cloudevents+json',
          headers: { type: 'object', required: ['webhook-id', 'webhook-timestamp', 'webhook-signature'], properties: { 'webhook-id': { type: 'string' }, 'webhook-timestamp': { type: 'string' }, 'webhook-signature': { type: 'string' } } },
          payload: {
            type: 'object', required: ['specversion', 'id', 'source', 'type', 'time', 'data'],
            properties: { specversion: { const: '1.0' }, id: { type: 'string' }, source: { type: 'string' }, type: { type: 'string', enum: [...events] }, subject: { type: 'string' }, time: { type: 'string', format: 'date-time' }, datacontenttype: { type: 'string' }, data: { type: 'object' } },
          },
        },
      },
    },
  }
}

const CHANGES = ['insert', 'update', 'delete'] as const

const FACTS: Readonly<Record<string, Json>> = {
  id: { type: 'string', description: 'The same whenever it is read again.' }, position: { type: 'string', description: 'Where to go on after it.' },
  snapshot: { type: 'string' }, run: { type: 'string' }, schemaVersion: { type: 'string', description: 'Of the contract.' }, time: { type: 'string', format: 'date-time' },
}

const HAPPENED: Json = { type: 'object', required: ['kind', 'id', 'position', 'type', 'time', 'data'], properties: { kind: { const: 'event' }, type: { type: 'string' }, data: { type: 'object' }, ...FACTS } }

function changeOf({ dataSet, columns }: VisibleTable, op: (typeof CHANGES)[number]): Json {
  const row: Json = { $ref: `#/components/schemas/${dataSet.name}` }
  const key = columns.filter(({ primaryKey }) => primaryKey === true).map(({ name }) => name)
  const rows = { ...(op !== 'insert' && { before: row }), ...(op !== 'delete' && { after: row }) }
  return {
    name: `${dataSet.name}_${op}`, title: `${op} of ${dataSet.title ?? dataSet.name}`, contentType: 'application/json',
    payload: {
      type: 'object', required: ['kind', 'id', 'position', 'op', 'snapshot', 'time', ...Object.keys(rows)],
      properties: {
        kind: { const: 'row' }, op: { const: op }, ...(op === 'insert' && { isInitial: { const: true, description: 'A row of the snapshot that the reader began with.' } }),
        ...(key.length > 0 && { key: { type: 'object', description: `Absent where the reader does not see all of it as it is: ${key.join(', ')}.` } }),
        ...rows, ...FACTS,
      },
    },
  }
}
