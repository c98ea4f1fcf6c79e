// What stands between a data set and its job of Flink, each with its remedy. Codes are never renamed or reused.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'flink-unreachable': {
    severity: 'error',
    message: (p: { why: string }) => `The SQL gateway of Flink does not answer: ${p.why}.`,
    help: () => 'Nothing of the job was begun that is not looked at again: apply once more when it answers.',
  },
  'flink-unseen': {
    severity: 'warning',
    message: (p: { why: string }) => `Nobody knows whether the jobs of Flink run: ${p.why}.`,
    help: () => 'They are looked at by the next plan.',
  },
  'flink-not-set': {
    severity: 'warning',
    message: (p: { dataSets: readonly string[] }) => `No job keeps ${p.dataSets.join(', ')} in step in a topic: this Tulle knows of no Flink.`,
    help: () => 'Set TULLE_FLINK_GATEWAY to the address of its SQL gateway, or leave "flink" out and use "tulle export flink".',
  },
  'flink-gateway-refused': {
    severity: 'error',
    message: (p: { job: string; why: string }) => `Flink refuses the job of ${p.job}: ${p.why}.`,
    help: () => "Flink's own log says more. It needs its Kafka connector and flink-sql-avro-confluent-registry.",
  },
  'flink-job-failed': {
    severity: 'error',
    message: (p: { job: string; status: string }) => `The job of ${p.job} is ${p.status} at once.`,
    help: () => "Its exceptions are on its page in Flink. The next plan starts it again.",
  },
  'flink-job-stays': {
    severity: 'error',
    message: (p: { job: string; id: string }) => `The job ${p.id} of ${p.job} was told to stop and still runs.`,
    help: () => 'Cancel it in Flink, and apply again.',
  },
  'flink-secret-missing': {
    severity: 'error',
    message: (p: { job: string; names: readonly string[] }) => `The job of ${p.job} needs ${p.names.join(', ')}, which ${p.names.length === 1 ? 'is' : 'are'} not set.`,
    help: () => 'Whoever runs Tulle sets them in its environment, or in TULLE_SECRETS_FILE without the prefix TULLE_ or TULLE_SECRET_.',
  },
  'flink-plan-differs': {
    severity: 'error',
    message: (p: { job: string }) => `The plan has another job for ${p.job} than the models, contracts and ports that are applied.`,
    help: () => 'Plan again.',
  },
})
