// SQL that a check was written with, before it may run: the same gate as for consumers' statements, over the checked table and
// those that are declared beside it, and nothing else. Names of tables become the engine's.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok, resultOf } from '@tulle/kernel'
import type { ReplacedReference, TableReference, Tree } from '@tulle/sql'
import { ALLOWED_FUNCTIONS, checkCondition, checkStatement, checkText, conditionProbe, quoteIdentifier, sameStatement } from '@tulle/sql'
import type { Check, CheckedRelation, CheckPlan, Measure } from './types.ts'
import { messages } from './messages.ts'
import { planScans, writtenSql } from './plan-scans.ts'

export type ParseSql = (sql: string) => Promise<Result<Tree>>

export interface GateOptions {
  readonly relation: CheckedRelation
  readonly columns: readonly string[]
  /** Other names of the checked table, without a schema; its own name is one. */
  readonly names?: readonly string[]
  /** Other tables that a check may read, as the engine process has them. */
  readonly others?: readonly CheckedRelation[]
  /** The engine's own; nothing is run. */
  readonly parse: ParseSql
}

/** The plan with its SQL as it will be run; every check whose SQL is refused is an error at its place. */
export async function gateQueries(plan: CheckPlan, options: GateOptions): Promise<Result<CheckPlan>> {
  const diagnostics: Diagnostic[] = []
  const checks: Check[] = []
  for (const check of plan.checks) {
    const measure = await gateMeasure(check.measure, options)
    const total = check.total === undefined || !measure.ok ? ok(undefined) : await gateMeasure(check.total, options)
    const refused = [...(measure.ok ? [] : measure.diagnostics), ...(total.ok ? [] : total.diagnostics)]
    diagnostics.push(...refused.map((one) => messages['check-sql-refused']({ check: check.name, why: one.message }, { place: check.place })))
    if (measure.ok && total.ok) checks.push({ ...check, measure: measure.value, ...(total.value !== undefined && { total: total.value }) })
  }
  return resultOf({ checks, scans: planScans(checks, options.relation, { gated: true }) }, diagnostics)
}

/** Whether a plan has SQL that must pass the gate. */
export const hasQueries = ({ checks }: CheckPlan): boolean => checks.some(({ measure, total }) => [measure, total].some((one) => one !== undefined && writtenSql(one).length > 0))

async function gateMeasure(measure: Measure, options: GateOptions): Promise<Result<Measure>> {
  if (measure.kind === 'query') {
    const sql = await gateQuery(measure.sql, options)
    return sql.ok ? ok({ ...measure, sql: sql.value }) : sql
  }
  for (const condition of writtenSql(measure)) {
    const probe = conditionProbe(condition)
    if (!probe.ok) return probe
    const tree = await options.parse(probe.value)
    const checked = tree.ok ? checkCondition(tree.value, options.columns) : tree
    if (!checked.ok) return checked
  }
  return ok(measure)
}

async function gateQuery(written: string, { relation, names = [], others = [], parse }: GateOptions): Promise<Result<string>> {
  const sql = written.replace(/[\s;]+$/u, '')
  const text = checkText(sql)
  if (!text.ok) return text
  const tree = await parse(sql)
  if (!tree.ok) return tree
  const known = new Map([[printed(relation), relation], ...others.map((other) => [printed(other), other] as const)])
  const own = new Set([relation.name, ...names].map((name) => name.toLowerCase()))
  const checked = checkStatement(tree.value, { functions: ALLOWED_FUNCTIONS, tables: (schema, name) => (schema === '' ? own.has(name) : known.has(`${schema}.${name}`)) })
  if (!checked.ok) return checked
  const bare = checked.value.references.filter(({ schema }) => schema === '')
  if (bare.length === 0) return ok(sql)
  const replaced: readonly ReplacedReference[] = bare.map((reference) => ({ reference, by: relation }))
  const rewritten = rewrite(sql, bare, relation)
  const again = rewritten === undefined ? undefined : await parse(rewritten)
  // A text was cut and joined: it runs only where the engine reads the same statement in it.
  return rewritten !== undefined && again?.ok === true && sameStatement(tree.value, again.value, replaced) ? ok(rewritten) : fail(messages['check-table-unclear']({}))
}

const printed = ({ schema, name }: CheckedRelation): string => `${schema}.${name}`.toLowerCase()

/** The table's own name in the engine in place of each name without a schema, under which columns go on being called. */
function rewrite(sql: string, references: readonly TableReference[], { schema, name }: CheckedRelation): string | undefined {
  const bytes = Buffer.from(sql, 'utf8')
  const parts: string[] = []
  let at = 0
  for (const { offset, spelled, alias } of references.toSorted((a, b) => a.offset - b.offset)) {
    const written = [quoteIdentifier(spelled), spelled].map((one) => Buffer.from(one, 'utf8')).find((one) => bytes.subarray(offset, offset + one.length).equals(one))
    if (written === undefined || offset < at) return undefined
    parts.push(bytes.subarray(at, offset).toString('utf8'), `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`, alias === '' ? ` AS ${quoteIdentifier(spelled)}` : '')
    at = offset + written.length
  }
  return [...parts, bytes.subarray(at).toString('utf8')].join('')
}
