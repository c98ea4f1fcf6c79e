// `kafka-input-port`: the records of a topic, each once.

import { z } from 'zod'
import { defineCapability } from './capability-definition.ts'
import { address } from './http-properties.ts'
import { clusterProperties, topicText } from './kafka-properties.ts'
import { secretReference } from './secret-reference.ts'
import { descriptionProperty, titleProperty } from './shared-properties.ts'
import { withoutUndefined } from './without-undefined.ts'

export const kafkaInputPortCapability = defineCapability({
  type: 'kafka-input-port',
  title: 'Kafka input port',
  description: 'Reads the records of a topic of Kafka, each once: a run takes what came since the published version and keeps the offsets with the rows. Rows have kafka_partition, kafka_offset, kafka_at, kafka_key, kafka_error and kafka_raw besides. The operator says which hosts may be reached.',
  targets: ['embedded', 'lakehouse'],
  properties: z.strictObject({
    title: titleProperty,
    description: descriptionProperty,
    ...clusterProperties,
    topic: topicText.describe('The topic to read.'),
    format: z.enum(['json', 'registry']).optional().describe('json (without it): a JSON object each; registry: Avro, JSON Schema or Protobuf, by the schema whose id leads each record.'),
    registry: z.strictObject({ url: address.describe('Its address.'), user: z.string().min(1).max(200).optional().describe('Whom it knows this platform as.'), password: secretReference.optional().describe('The secret that the operator keeps.') }).optional().describe("The schema registry that knows those schemas, by Confluent's API. Without it: this platform's own."),
    from: z.enum(['start', 'now']).optional().describe('Where the first run begins: with the oldest record (without it), or with what comes.'),
    poison: z.enum(['stop', 'set_aside']).optional().describe('What becomes of a record that cannot be read: the run stops and names it (without it), or it comes as a row with the reason in kafka_error, which the contract may quarantine.'),
  }),
  examples: [
    { brokers: ['kafka.example.com:9093'], topic: 'orders', sasl: { mechanism: 'SCRAM-SHA-512', user: 'tulle', password: { secret: 'KAFKA' } } },
    { brokers: ['kafka.example.com:9092'], tls: 'off', topic: 'orders', format: 'registry', registry: { url: 'https://registry.example.com' }, poison: 'set_aside' },
  ],
  counterexamples: [
    { properties: {}, code: 'missing-key', at: [] },
    { properties: { brokers: [], topic: 'orders' }, code: 'bad-value', at: ['brokers'] },
    { properties: { brokers: ['kafka:9092'], topic: 'or ders' }, code: 'bad-value', at: ['topic'] },
    { properties: { brokers: ['kafka:9092'], topic: 'orders', sasl: { mechanism: 'PLAIN', user: 'x', password: 'hunter2' } }, code: 'literal-secret', at: ['sasl', 'password'] },
  ],
  contribute: ({ title, ...settings }) => ({ part: 'input-port', port: { kind: 'connected', system: 'kafka', ...withoutUndefined({ title }), settings: withoutUndefined({ ...settings, description: undefined }) } }),
})
