// What became of a statement → its line in the audit: who, for what, what was read by which rules, how much left, and the text
// without its literals. What its writer made up is nowhere in the open: neither a name nor a purpose that nobody knows.

import type { Audit, AuditLine } from '@tulle/audit'
import type { Parameter } from '@tulle/engine'
import type { Clock, Diagnostic, Result } from '@tulle/kernel'
import type { Authorizer, NamedTable } from './authorize.ts'
import type { Reading } from './governed-relations.ts'
import type { Asker } from './types.ts'
import { meshWords } from './mesh-words.ts'
import { redactStatement, withParameters } from './redact-statement.ts'

export interface StatementLine {
  readonly port: AuditLine['port']
  readonly asker: Asker
  readonly since: number
  readonly sql?: string
  readonly parameters?: readonly Parameter[]
  /** What it names, where it came no further. */
  readonly names?: readonly NamedTable[]
  readonly readings?: readonly Reading[]
  readonly rows?: number
  readonly bytes?: number
  readonly diagnostics?: readonly Diagnostic[]
}

export type RecordStatement = (line: StatementLine) => Promise<Result<void>>

export function statementRecorder({ audit, authorizer, clock }: { readonly audit: Audit; readonly authorizer: Authorizer; readonly clock: Clock }): RecordStatement {
  return async ({ port, asker, since, sql, parameters = [], names = [], readings = [], rows = 0, bytes = 0, diagnostics = [] }) => {
    const { subject, purpose, purposes, token } = asker
    const failure = diagnostics[0]
    const words = meshWords(await authorizer.served())
    const redacted = sql === undefined ? undefined : withParameters(redactStatement(sql, words.isKnown), parameters)
    const rules = [...new Set(readings.flatMap(({ table }) => table.rules ?? []))]
    return audit.record({
      time: new Date(clock.now()).toISOString(),
      port,
      subject: subject.name,
      subjectId: subject.id,
      ...(token !== undefined && { token }),
      purpose: purpose === undefined ? null : purposes.includes(purpose) ? purpose : '?:text',
      decision: failure !== undefined && DENIALS.has(failure.code) ? 'deny' : 'allow',
      reads: readings.length > 0
        ? readings.map(({ table, snapshot, columns, form }) => ({ product: table.product.schema, productId: table.product.id, dataSet: table.dataSet.name, ...(table.dataSet.version !== undefined && { major: table.dataSet.version.major }), snapshot, columns, ...(form !== undefined && { form }) }))
        : words.readsOf(names),
      rows,
      bytes,
      milliseconds: Math.round(clock.now() - since),
      outcome: failure?.code ?? 'ok',
      reasons: diagnostics.filter((d) => DENIALS.has(d.code) && d.code !== 'unknown-purpose').map((d) => d.message),
      ...(rules.length > 0 && { rules }),
      ...(redacted !== undefined && { statement: redacted.text, values: redacted.values }),
    })
  }
}

const DENIALS: ReadonlySet<string> = new Set(['read-denied', 'purpose-needed', 'filter-unsupported', 'rights-changed', 'account-gone', 'unknown-purpose', 'export-cut', 'export-frozen', 'limit-reached'])
