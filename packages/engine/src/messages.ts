// What can go wrong in an engine, in words that give away neither values, nor paths, nor the machine.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'engine-syntax': { severity: 'error', message: (p: { detail: string }) => p.detail },
  'engine-undefined-table': {
    severity: 'error',
    message: (p: { name: string }) => `There is no table "${p.name}" that you may read.`,
    help: () => 'Write product.data_set; the catalogue lists the products, and a grant lets you read one.',
  },
  'engine-undefined-column': { severity: 'error', message: (p: { name: string }) => `There is no column "${p.name}" here.` },
  'engine-undefined-function': { severity: 'error', message: (p: { name: string }) => `There is no function "${p.name}" with these arguments.` },
  'engine-type': { severity: 'error', message: (p: { detail: string }) => p.detail },
  'engine-invalid-value': { severity: 'error', message: (p: { detail: string }) => p.detail },
  'engine-out-of-range': { severity: 'error', message: () => 'A value is out of range for its type.' },
  'engine-division': { severity: 'error', message: () => 'Division by zero.' },
  'engine-timeout': {
    severity: 'error',
    message: (p: { milliseconds: number }) => `The statement was stopped after ${p.milliseconds} ms, its limit.`,
    help: () => 'Read fewer rows or columns, or ask the platform team for a higher limit.',
  },
  'engine-cancelled': { severity: 'error', message: () => 'The statement was cancelled.' },
  'engine-out-of-memory': {
    severity: 'error',
    message: () => 'The statement needs more memory than it may use.',
    help: () => 'Filter or aggregate earlier, or select fewer columns.',
  },
  'engine-out-of-disk': {
    severity: 'error',
    message: () => 'The statement needs more room on disk than there is.',
    help: () => 'Free space in TULLE_HOME, or select, sort and join less at once.',
  },
  'engine-denied': { severity: 'error', message: () => 'The engine refuses this: it reaches outside the data that you may read.' },
  'engine-unsupported': { severity: 'error', message: () => 'The engine cannot do this.' },
  'engine-died': {
    severity: 'error',
    message: () => 'The engine process of this session ended.',
    help: () => 'Send the statement again; a new process answers. If it ends again, the statement is too large for the engine.',
  },
  'engine-internal': { severity: 'error', message: () => 'The engine failed on this statement.', help: () => 'Write it differently, and report it to the platform team.' },
  'engine-start-failed': {
    severity: 'error',
    message: (p: { why: string }) => `An engine process could not be started: ${p.why}.`,
    help: () => 'Run `tulle doctor`, which checks the machine.',
  },
  'engine-unsafe': {
    severity: 'error',
    message: (p: { setting: string; wanted: string; actual: string }) => `The engine did not take the setting ${p.setting}: it should be ${p.wanted} and is ${p.actual}.`,
    help: () => 'Tulle runs no statement on an engine that is not locked down. Check that the installed DuckDB is the version in package.json.',
  },
  'engine-file': {
    severity: 'error',
    message: (p: { file: string; what: string }) => `${p.file}: ${p.what}`,
    help: () => 'Correct the file or the input port\'s options, then run again.',
  },
})
