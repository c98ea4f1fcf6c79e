// The rows of a run that are at fault by its contract, as somebody may see them. They are not copied anywhere: what a run wrote
// stays on its branch, published or not, until maintenance takes it, and the checks find them in it again.

import { randomUUID } from 'node:crypto'
import type { Json, Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import type { Relation } from '@tulle/engine'
import type { SnapshotId, Table } from '@tulle/lake'
import { loadTable } from '@tulle/lake'
import type { Check } from '@tulle/quality'
import { badRows, compileChecks, gateQueries } from '@tulle/quality'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import type { FailingRows, FailingRowsQuestion, InputRight, Session, Target, Workshop } from './types.ts'
import { limited } from './input-rights.ts'
import { messages } from './messages.ts'
import { relationAt } from './pin-inputs.ts'
import { hasRows } from './quarantine/gate-sql.ts'
import { listOf } from './quarantine/read-side.ts'
import { readPlan } from './read-plan.ts'
import { RUN_SUMMARY, runBranch } from './run-summary.ts'

const SCHEMA = 'tulle (failing)'

/** By the contract as it is applied now. A condition holds for rows as they are; what is shown of them is masked. */
export async function failingRows(workshop: Workshop, { run, product, dataSet, check, limit }: FailingRowsQuestion, limits: InputRight['limits']): Promise<Result<FailingRows>> {
  const plan = await readPlan(workshop.store, product)
  if (!plan.ok) return plan
  const target = plan.value.targets.find((one) => one.dataSet.name === dataSet)
  if (target === undefined) return fail(messages['quarantine-data-set']({ product, dataSet, hint: didYouMean(dataSet, plan.value.targets.map((one) => one.dataSet.name)) }))
  const table = await loadTable(workshop.lake, target.table.name)
  if (!table.ok) return table
  const snapshot = writtenBy(table.value, run)
  if (snapshot === undefined) return fail(messages['run-rows-gone']({ run, dataSet: target.address }))
  const id = `failing-${randomUUID()}`
  try {
    const session = await workshop.sessions.of(id)
    if (!session.ok) return session
    const relation = await relationAt(workshop.lake, { product: table.value.name.namespace, dataSet: table.value.name.name, snapshot }, session.value.inFolder)
    if (!relation.ok) return relation
    return await readFailing(workshop, session.value, { target, relation: { ...relation.value, schema: SCHEMA, name: 'rows' }, check, limit }, limits)
  } finally {
    await workshop.sessions.release(id)
  }
}

/** On its branch while it is not published; after that the snapshot says whose it is. */
const writtenBy = (table: Table, run: string): SnapshotId | undefined =>
  table.metadata.refs[runBranch(run)]?.snapshotId ?? table.snapshots.findLast(({ summary }) => summary[RUN_SUMMARY.run] === run)?.id

interface Reading { readonly target: Target; readonly relation: Relation; readonly check: string | undefined; readonly limit: number }

async function readFailing({ lake }: Workshop, session: Session, { target, relation, check, limit }: Reading, limits: InputRight['limits']): Promise<Result<FailingRows>> {
  const promised = target.contract.columns.map(({ name }) => name)
  const own: Relation = { ...relation, columns: relation.columns.filter(({ name }) => promised.includes(name)) }
  const compiled = compileChecks(target.contract, own)
  if (!compiled.ok) return compiled
  const known = compiled.value.checks.filter(hasRows)
  const asked = check === undefined ? known : known.filter(({ name }) => name === check)
  if (check !== undefined && asked.length === 0) return fail(messages['check-without-rows']({ check, dataSet: target.address, known: known.map(({ name }) => name) }))
  const shown = await limited(lake, relation, limits, session.inFolder)
  if (!shown.ok) return shown
  const { source, rowFilter } = shown.value
  const defined = await session.process.define([{ ...own, ...(source !== undefined && { source }), ...(rowFilter !== undefined && { rowFilter }) }])
  if (!defined.ok) return defined
  const gated = await gateQueries({ checks: asked, scans: [] }, { relation: own, columns: own.columns.map(({ name }) => name), parse: (sql) => session.process.parse(sql) })
  if (!gated.ok) return gated
  const columns = shown.value.columns.filter(({ name }) => promised.includes(name)).map((column) => ({ name: column.name, sql: column.expression === undefined ? quoteIdentifier(column.name) : `(${column.expression})` }))
  return askFor(session, own, { checks: gated.value.checks, columns, limit })
}

interface Question { readonly checks: readonly Check[]; readonly columns: readonly { readonly name: string; readonly sql: string }[]; readonly limit: number }

async function askFor(session: Session, relation: Relation, { checks, columns, limit }: Question): Promise<Result<FailingRows>> {
  const names = columns.map(({ name }) => name)
  const conditions = checks.flatMap((one) => { const sql = badRows(one, relation); return sql === undefined ? [] : [{ name: one.name, sql }] })
  if (conditions.length === 0 || columns.length === 0) return ok({ total: 0, columns: names, rows: [] })
  const from = `${quoteIdentifier(relation.schema)}.${quoteIdentifier(relation.name)}`
  const where = conditions.map(({ sql }) => `(${sql})`).join(' OR ')
  const broken = `concat_ws(chr(10), ${conditions.map(({ name, sql }) => `CASE WHEN ${sql} THEN ${quoteLiteral(name)} END`).join(', ')})`
  const counted = await listOf(session, `SELECT count(*) FROM ${from} WHERE ${where}`, 1)
  if (!counted.ok) return counted
  const rows = await listOf(session, `SELECT ${[broken, ...columns.map(({ sql }) => sql)].join(', ')} FROM ${from} WHERE ${where} LIMIT ${limit}`, limit)
  if (!rows.ok) return rows
  return ok({ total: Number(counted.value[0]?.[0] ?? 0), columns: names, rows: rows.value.map(([rules, ...values]) => ({ checks: String(rules).split('\n'), values: values as readonly Json[] })) })
}
