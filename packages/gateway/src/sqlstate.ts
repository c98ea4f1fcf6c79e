// Diagnostic → what a PostgreSQL client is told: one table of codes, and the place as a character position.

import type { Diagnostic, Place } from '@tulle/kernel'
import type { SqlError } from './types.ts'

/** Every code that can reach a client. One that is missing here is an `internal-error`. */
export const SQLSTATES: Readonly<Record<string, string>> = {
  'read-denied': '42501',
  'purpose-needed': '42501',
  'rights-changed': '42501',
  'account-gone': '28000',
  'filter-unsupported': '42501',
  'result-changed': '0A000',
  'unknown-table': '42P01',
  'ambiguous-table': '42P09',
  'nothing-published': '55000',
  'version-not-literal': '42601',
  'version-misplaced': '42601',
  'bad-version': '22023',
  'bad-version-time': '22007',
  'unknown-version': '42704',
  'two-versions': '22023',
  'version-not-visible': '42501',
  'unknown-purpose': '22023',
  'two-purposes': '22023',
  'sign-in-failed': '28P01',
  'too-many-sign-ins': '28000',
  'user-missing': '28000',
  'sign-in-timeout': '08006',
  'unknown-database': '3D000',
  'tls-needed': '28000',
  'too-many-connections': '53300',
  'too-many-connections-of-account': '53300',
  'protocol-violation': '08P01',
  'unsupported-protocol': '0A000',
  'bad-text': '22021',
  'idle-too-long': '57P05',
  'idle-session': '57P05',
  'idle-in-transaction': '25P03',
  'client-gone': '08006',
  'server-stopping': '57P01',
  'read-only': '25006',
  'unsupported-statement': '0A000',
  'transaction-failed': '25P02',
  'statement-syntax': '42601',
  'statement-too-long': '54000',
  'too-many-statements': '54000',
  'statement-cancelled': '57014',
  'statement-timeout': '57014',
  'unknown-prepared-statement': '26000',
  'duplicate-prepared-statement': '42P05',
  'unknown-cursor': '34000',
  'duplicate-cursor': '42P03',
  'cursor-limit': '53400',
  'cursor-backward': '55000',
  'cursor-outside-transaction': '25P01',
  'several-statements': '42601',
  'wrong-parameter-count': '08P01',
  'bad-parameter': '22P02',
  'bad-binary-parameter': '22P03',
  'unknown-setting': '42704',
  'fixed-setting': '55P02',
  'bad-setting': '22023',
  'catalogue-refused': '42501',
  'catalogue-mixed': '0A000',
  'catalogue-unavailable': '58000',
  'catalogue-too-large': '54000',
  'engines-busy': '53300',
  'files-missing': '58030',
  'shredding-altered': 'XX001',
  'shredding-key-missing': 'XX001',
  'shredding-secret-lost': '58000',
  'slice-too-large': '53100',
  'slice-failed': '58000',
  'sql-syntax': '42601',
  'sql-too-long': '54000',
  'sql-too-complex': '54001',
  'sql-one-statement': '42601',
  'sql-not-select': '25006',
  'sql-not-allowed': '0A000',
  'sql-unknown-table': '42P01',
  'sql-function-not-allowed': '42883',
  'sql-method-call': '42883',
  'sql-unbounded-size': '54000',
  'sql-version-not-literal': '42601',
  'engine-syntax': '42601',
  'engine-undefined-table': '42P01',
  'engine-undefined-column': '42703',
  'engine-undefined-function': '42883',
  'engine-type': '42804',
  'engine-invalid-value': '22P02',
  'engine-out-of-range': '22003',
  'engine-division': '22012',
  'engine-timeout': '57014',
  'engine-cancelled': '57014',
  'engine-out-of-memory': '53200',
  'engine-out-of-disk': '53100',
  'engine-denied': '42501',
  'engine-unsupported': '0A000',
  'engine-died': '57P01',
  'engine-internal': 'XX000',
  'engine-start-failed': '58000',
  'engine-unsafe': '58000',
  'audit-unavailable': '58030',
  // A class of our own: no client may take it for a fault that passes by itself.
  'export-cut': 'TX001',
  'export-frozen': 'TX002',
  'limit-reached': '53400',
  'internal-error': 'XX000',
}

/** What PostgreSQL itself says, or would say in our place, in its words: the code carries its SQLSTATE. */
export const foreignDiagnostic = (sqlstate: string, message: string, more: { help?: string; place?: Place } = {}): Diagnostic => ({
  code: `postgres:${sqlstate}`, severity: 'error', message, ...more,
})

/** What a client is told of a diagnostic. `statement` is the text that its place counts in. */
export function toSqlError(diagnostic: Diagnostic, statement = '', severity: SqlError['severity'] = 'ERROR'): SqlError {
  const foreign = /^postgres:([0-9A-Z]{5})$/.exec(diagnostic.code)?.[1]
  const position = positionOf(diagnostic, statement)
  return {
    severity,
    sqlstate: foreign ?? SQLSTATES[diagnostic.code] ?? 'XX000',
    message: diagnostic.message,
    ...(diagnostic.help !== undefined && { hint: diagnostic.help }),
    ...(position !== undefined && { position }),
  }
}

// PostgreSQL counts characters, a place counts UTF-16 units on a line.
function positionOf({ place }: Diagnostic, statement: string): number | undefined {
  if (place === undefined || statement === '') return undefined
  const lines = statement.split('\n')
  if (place.line > lines.length) return undefined
  const before = lines.slice(0, place.line - 1).reduce((sum, line) => sum + line.length + 1, 0) + place.column - 1
  return Array.from(statement.slice(0, before)).length + 1
}
