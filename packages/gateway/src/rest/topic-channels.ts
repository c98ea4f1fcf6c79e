// Topics of Kafka in an AsyncAPI 3.0 document: brokers as servers, topics as channels, with what the bindings of Kafka say of them.

import type { Json } from '@tulle/kernel'

/** A topic that an output port writes; texts of schemas as the registry has them. */
export interface TopicChannel {
  readonly port: string
  readonly dataSet: string
  readonly topic: string
  readonly brokers: readonly string[]
  readonly tls: boolean
  readonly sasl?: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly partitions?: number
  readonly replicas?: number
  /** The process domain whose rights say what it holds. */
  readonly application: string
  readonly format: 'avro' | 'json' | 'protobuf'
  /** Absent until the port was looked at after its apply. */
  readonly schemas?: { readonly key: string; readonly value: string }
}

type Parts = Readonly<Record<'servers' | 'channels' | 'operations' | 'messages' | 'securitySchemes', Readonly<Record<string, Json>>>>

const BINDING = { bindingVersion: '0.5.0' } as const
const SASL = { PLAIN: 'plain', 'SCRAM-SHA-256': 'scramSha256', 'SCRAM-SHA-512': 'scramSha512' } as const

export function topicParts(topics: readonly TopicChannel[], registry: string): Parts {
  const named = topics.map((topic) => ({ topic, name: topic.topic.replaceAll(/[^\w-]/gu, '_') }))
  return {
    servers: Object.fromEntries(topics.flatMap((topic) => topic.brokers.map((host, i) => [serverOf(topic, i), {
      host, protocol: topic.tls ? 'kafka-secure' : 'kafka', description: `Broker of the port ${topic.port}; it has users of its own.`,
      ...(topic.sasl !== undefined && { security: [{ $ref: `#/components/securitySchemes/${SASL[topic.sasl]}` }] }),
      bindings: { kafka: { schemaRegistryUrl: registry, schemaRegistryVendor: 'confluent', ...BINDING } },
    }] as const))),
    channels: Object.fromEntries(named.map(({ topic, name }) => [`topic_${name}`, {
      address: topic.topic, title: `Rows of ${topic.dataSet} and what changes in them`,
      description: `As the process domain ${topic.application} may see them. Keyed by the primary key; no value is a row that is gone.`,
      servers: topic.brokers.map((_host, i) => ({ $ref: `#/servers/${serverOf(topic, i)}` })),
      messages: { row: { $ref: `#/components/messages/topic_${name}` } },
      bindings: { kafka: { topic: topic.topic, ...(topic.partitions !== undefined && { partitions: topic.partitions }), ...(topic.replicas !== undefined && { replicas: topic.replicas }), ...BINDING } },
    }])),
    operations: Object.fromEntries(named.map(({ name }) => [`write_${name}`, { action: 'send', channel: { $ref: `#/channels/topic_${name}` }, bindings: { kafka: { ...BINDING } } }])),
    messages: Object.fromEntries(named.map(({ topic, name }) => [`topic_${name}`, messageOf(topic)])),
    securitySchemes: Object.fromEntries(topics.flatMap(({ sasl }) => (sasl === undefined ? [] : [[SASL[sasl], { type: SASL[sasl] }] as const]))),
  }
}

const serverOf = ({ port }: TopicChannel, i: number): string => `kafka_${port.replaceAll(/[^\w-]/gu, '_')}_${i + 1}`

const FORMATS = { avro: 'application/vnd.apache.avro;version=1.9.0', json: 'application/schema+json;version=draft-07', protobuf: 'application/vnd.google.protobuf;version=3' } as const
const CONTENT = { avro: 'application/vnd.apache.avro', json: 'application/json', protobuf: 'application/x-protobuf' } as const
const HEADERS = ['tulle-id', 'tulle-op', 'tulle-snapshot', 'tulle-time', 'tulle-run', 'tulle-schema-version', 'tulle-initial'] as const

function messageOf({ dataSet, topic, format, schemas }: TopicChannel): Json {
  return {
    name: topic, title: `A row of ${dataSet}`, contentType: CONTENT[format],
    headers: { type: 'object', properties: Object.fromEntries(HEADERS.map((name) => [name, { type: 'string' }])) },
    ...(schemas !== undefined && { payload: { schemaFormat: FORMATS[format], schema: schemaOf(format, schemas.value) } }),
    bindings: { kafka: {
      // What the binding calls a key is a schema of AsyncAPI; of the other formats it says where the schema is.
      ...(schemas !== undefined && format === 'json' && { key: schemaOf(format, schemas.key) }),
      schemaIdLocation: 'payload', schemaIdPayloadEncoding: 'confluent', schemaLookupStrategy: 'TopicNameStrategy', ...BINDING,
    } },
  }
}

const schemaOf = (format: TopicChannel['format'], text: string): Json => (format === 'protobuf' ? text : JSON.parse(text) as Json)
