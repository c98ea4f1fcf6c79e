// `kafka-output-port`: what changes in the product's data sets, as records of topics, as one process domain may see it.

import { z } from 'zod'
import { exportRulesOf } from '../kinds/export-rules.ts'
import { nameText } from '../kinds/envelope.ts'
import { defineCapability } from './capability-definition.ts'
import { clusterProperties, topicText } from './kafka-properties.ts'
import { offerProperties } from './served-port.ts'
import { withoutUndefined } from './without-undefined.ts'

export const kafkaOutputPortCapability = defineCapability({
  type: 'kafka-output-port',
  title: 'Kafka output port',
  description: 'Writes the rows of data sets, and what changes in them, to a topic of Kafka each: keyed by the primary key, tombstones for rows that are gone, each page in one transaction. Brokers cannot ask who reads a record, so a topic holds what one process domain may see, by its grants. The operator says which hosts may be reached.',
  targets: ['embedded', 'lakehouse'],
  properties: z.strictObject({
    ...offerProperties,
    ...clusterProperties,
    application: nameText.describe('The process domain as which it is written: its grants say which columns, masks and rows the topics hold.'),
    purpose: nameText.optional().describe('For what it is written. Without it: the only purpose that the process domain is granted.'),
    format: z.enum(['avro', 'json', 'protobuf']).optional().describe('How keys and values are written, led by the id of their schema: Avro (without it), JSON Schema or Protobuf. The schemas follow from the contract and are in the schema registry.'),
    compatibility: z.enum(['NONE', 'BACKWARD', 'BACKWARD_TRANSITIVE', 'FORWARD', 'FORWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE']).optional().describe('Which changes of those schemas a plan allows. Without it: BACKWARD.'),
    topic_suffix: topicText.optional().describe('Topics are called <product>.<data set>, and with it <product>.<data set>.<suffix>: a second port of the same data sets needs one.'),
    partitions: z.number().int().min(1).max(10_000).optional().describe('Partitions of a topic that is made. Without it: as the brokers have it.'),
    replicas: z.number().int().min(1).max(100).optional().describe('Copies of each partition of a topic that is made. Without it: as the brokers have it.'),
  }),
  examples: [
    { brokers: ['kafka.example.com:9093'], application: 'crew_planning', sasl: { mechanism: 'SCRAM-SHA-512', user: 'tulle', password: { secret: 'KAFKA' } } },
    { data_sets: ['flights'], brokers: ['kafka.example.com:9092'], tls: 'off', application: 'crew_planning', purpose: 'flight_safety', format: 'protobuf', compatibility: 'FULL_TRANSITIVE', partitions: 6, replicas: 3 },
  ],
  counterexamples: [
    { properties: { brokers: ['kafka:9092'] }, code: 'missing-key', at: [] },
    { properties: { brokers: ['kafka:9092'], application: 'crew', format: 'csv' }, code: 'not-one-of', at: ['format'] },
    { properties: { brokers: ['kafka:9092'], application: 'crew', topic: 'flights' }, code: 'unknown-key', at: ['topic'] },
    { properties: { brokers: ['kafka:9092'], application: 'crew', sasl: { mechanism: 'PLAIN', user: 'x', password: 'hunter2' } }, code: 'literal-secret', at: ['sasl', 'password'] },
  ],
  contribute: ({ title, description, data_sets: dataSets, approval, exports, ...settings }) => ({
    part: 'output-port',
    port: { kind: 'kafka', ...withoutUndefined({ title, description, dataSets, approval, exports: exportRulesOf(exports) }), settings: withoutUndefined({ ...settings }) },
  }),
})
