// Everything that drawing from others can have to say. What is quoted are names and places: never values of rows, never secrets,
// never more of an address than its host and path.

import { defineDiagnostics } from '@tulle/kernel'

interface Port { readonly port: string }

export const messages = defineDiagnostics({
  'source-host-refused': {
    severity: 'error',
    message: (p: Port & { host: string; why: string }) => `${p.port} may not reach ${p.host}: ${p.why}.`,
    help: () => 'Whoever runs Tulle may name it in TULLE_SOURCE_HOSTS, which is a list such as api.example.com,db.internal:5432,10.0.0.0/8.',
  },
  'source-secret-missing': {
    severity: 'error',
    message: (p: Port & { secret: string }) => `${p.port} signs in with the secret ${p.secret}, which this platform does not hold.`,
    help: (p: Port & { secret: string }) => `Whoever runs Tulle may start it with TULLE_SECRET_${p.secret} set, or write ${p.secret} into the file that TULLE_SECRETS_FILE names.`,
  },
  'source-unreachable': {
    severity: 'error',
    message: (p: Port & { what: string; why: string }) => `${p.port} cannot read ${p.what}: ${p.why}.`,
    help: () => 'The last published data stays.',
  },
  'source-refused': {
    severity: 'error',
    message: (p: Port & { what: string; why: string }) => `${p.port} was refused by ${p.what}: ${p.why}.`,
    help: () => 'Mend the input port, or what it may do there. The last published data stays.',
  },
  'source-limit': {
    severity: 'error',
    message: (p: Port & { limit: string; most: number; what: string }) => `${p.port} would draw more than the limit ${p.limit} of ${p.most} ${p.what}.`,
    help: () => 'Draw less at once (a narrower query, a cursor), or ask whoever runs Tulle to raise the limit. The last published data stays.',
  },
  'source-answer-unfit': {
    severity: 'error',
    message: (p: Port & { what: string; why: string }) => `${p.port} cannot use what ${p.what} answers: ${p.why}.`,
    help: () => 'Mend the settings of the input port. The last published data stays.',
  },
  'source-cursor-unfit': {
    severity: 'error',
    message: (p: Port & { cursor: string; why: string }) => `${p.port} cannot go on by the cursor "${p.cursor}": ${p.why}.`,
    help: () => 'Name a column that every row has and whose values only grow.',
  },
  'source-records-gone': {
    severity: 'error',
    message: (p: Port & { topic: string; partition: number; from: string; oldest: string }) => `${p.port} stopped at record ${p.from} of ${p.topic}, partition ${p.partition}, and the oldest that the brokers still have is ${p.oldest}.`,
    help: () => 'Records were dropped before they were read. Keep them longer there. To go on without them, give the input port another name: it then begins anew.',
  },
  'source-record-unfit': {
    severity: 'error',
    message: (p: Port & { topic: string; partition: number; offset: string; why: string }) => `${p.port} cannot read the record ${p.offset} of ${p.topic}, partition ${p.partition}: ${p.why}.`,
    help: () => 'Nothing of this run is published. With poison: set_aside such records come as rows that have kafka_error, which the contract may quarantine.',
  },
  'changes-unfit': {
    severity: 'error',
    message: (p: Port & { table: string; why: string; remedy: string }) => `${p.port} cannot follow the changes of ${p.table}: ${p.why}.`,
    help: (p: Port & { table: string; why: string; remedy: string }) => p.remedy,
  },
})
