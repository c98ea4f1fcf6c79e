// What stops a topic, each with its remedy. Codes are never renamed or reused.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'kafka-key-missing': {
    severity: 'error',
    message: (p: { product: string; dataSet: string }) => `The Kafka port offers ${p.product}.${p.dataSet}, whose contract has no primary key.`,
    help: () => 'Mark the columns that name a row with primaryKey in its contract: messages are keyed by them. Or leave the data set out of the port (data_sets).',
  },
  'kafka-schema-forbidden': {
    severity: 'error',
    message: (p: { product: string; dataSet: string; subject: string; level: string; problems: readonly string[] }) => `The contract of ${p.product}.${p.dataSet} gives a message schema that the subject ${p.subject} does not allow (${p.level}): ${p.problems.slice(0, 3).join('; ')}.`,
    help: () => 'Make the change so that readers can follow, offer a new major version beside this one, or declare another compatibility at the port.',
  },
  'kafka-schema-invalid': { severity: 'error', message: (p: { product: string; dataSet: string; why: string }) => `${p.product}.${p.dataSet} cannot be written as messages: ${p.why}`, help: () => 'Choose another format at the port, or leave the data set out of it (data_sets).' },
  'kafka-broker-refused': { severity: 'error', message: (p: { port: string; why: string }) => `The Kafka port ${p.port} sends nothing: ${p.why}.`, help: () => 'Ask the operator to list the broker (TULLE_SOURCE_HOSTS).' },
  'kafka-unreachable': { severity: 'error', message: (p: { port: string; why: string }) => `The Kafka port ${p.port} cannot write: ${p.why}.`, help: () => 'What is to be written waits in the log and is written when the brokers answer again.' },
  'kafka-row-refused': { severity: 'error', message: (p: { topic: string; id: string; why: string }) => `The change ${p.id} does not go into the topic ${p.topic}: ${p.why}.`, help: () => 'Nothing behind it is written until it fits: change the contract or the rights of the port.' },
  'kafka-key-hidden': { severity: 'error', message: (p: { topic: string; application: string }) => `The process domain ${p.application} does not see the whole key of ${p.topic} as it is, so messages have no key.`, help: () => 'Grant it the columns of the primary key without a mask, or leave the data set out of the port.' },
  'kafka-application-unknown': { severity: 'error', message: (p: { port: string; application: string; hint: string }) => `The Kafka port ${p.port} is written as the process domain ${p.application}, and there is none of this name.${p.hint}`, help: () => 'Name a process domain that a file below applications/ declares: its grants say what the topics hold.' },
  'kafka-topic-twice': { severity: 'error', message: (p: { topic: string; ports: readonly string[] }) => `The topic ${p.topic} would be written by ${p.ports.join(' and ')}.`, help: () => 'Give one of the ports a topic_suffix, or other data_sets.' },
  'kafka-rights-changed': { severity: 'error', message: (p: { topic: string }) => `The rights of the topic ${p.topic} changed while it was written: what was under way was taken back.`, help: () => 'It is written anew as the process domain sees it now.' },
})
