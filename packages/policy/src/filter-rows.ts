// Rules about rows → conditions that must all hold. What cannot be told denies: a subject without the attribute that a
// rule asks for sees no row, and is told why.

import { quoteIdentifier } from '@tulle/sql'
import type { Fitting } from './fit-rule.ts'
import { takes } from './rules.ts'
import type { SqlScope } from './sql-text.ts'
import { columnScope, printSql } from './sql-text.ts'
import type { FilterRead, Reason, ResourceColumn } from './types.ts'

interface RowsQuestion {
  readonly columns: readonly ResourceColumn[]
  readonly value: SqlScope['value']
  readonly productIdOf: (name: string) => string | undefined
}

type Filter = { readonly denied: readonly Reason[] } | { readonly conditions: readonly string[]; readonly reads: readonly FilterRead[]; readonly reasons: readonly Reason[] }
type Printed = { readonly missing: string } | { readonly conditions: readonly string[]; readonly reads: readonly FilterRead[] }

export function filterRows(rules: readonly Fitting[], question: RowsQuestion): Filter {
  const filters = rules.filter(({ live }) => live.rule.effect.kind === 'rows').map((rule) => ({ rule, printed: printRule(rule, question) }))
  const denied = filters.flatMap(({ rule, printed }) => ('missing' in printed ? [takes.rowsUnknown(rule.live, printed.missing)] : []))
  if (denied.length > 0) return { denied }
  const sound = filters.flatMap(({ printed }) => ('missing' in printed ? [] : [printed]))
  return { conditions: sound.flatMap(({ conditions }) => conditions), reads: sound.flatMap(({ reads }) => reads), reasons: filters.map(({ rule }) => takes.rows(rule.live)) }
}

function printRule({ live }: Fitting, { columns, value, productIdOf }: RowsQuestion): Printed {
  const { effect } = live.rule
  if (effect.kind !== 'rows') return { conditions: [], reads: [] }
  if (live.where === 'refused' || live.consentWhere === 'refused') return { missing: 'a condition that can be read' }
  const conditions: string[] = []
  const reads: FilterRead[] = []
  if (live.where !== undefined) {
    const printed = printSql(live.where, { column: columnScope(columns), value })
    if ('missing' in printed) return printed
    conditions.push(printed.sql)
  }
  if (effect.consent !== undefined) {
    const { product, dataSet, column, matches } = effect.consent
    const productId = productIdOf(product)
    const own = columnScope(columns)(column)
    if (productId === undefined) return { missing: `the product ${product}` }
    if (own === undefined) return { missing: `the column ${column}` }
    const as = `consent_${live.id.replaceAll('.', '_')}`
    // Every name belongs to the consent: one that it lacks must not be looked for in the row.
    const inner = (name: string): string => `${quoteIdentifier(as)}.${quoteIdentifier(name)}`
    const printed = live.consentWhere === undefined ? { sql: '(true)' } : printSql(live.consentWhere, { column: inner, value })
    if ('missing' in printed) return printed
    conditions.push(`(${own} IN (SELECT ${inner(matches)} FROM ${quoteIdentifier(as)} WHERE ${printed.sql}))`)
    reads.push({ productId, dataSet, columns: [...new Set([matches, ...(live.consentWhere?.columns ?? [])])], as })
  }
  return { conditions, reads }
}
