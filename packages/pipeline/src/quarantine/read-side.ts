// Rows that were set aside, as somebody may see them: masks, hidden columns and conditions on rows hold here as at every port.

import { randomUUID } from 'node:crypto'
import type { Json, Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import type { Relation } from '@tulle/engine'
import type { Table } from '@tulle/lake'
import { loadTable } from '@tulle/lake'
import { isKept } from '@tulle/providers'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import type { InputRight, Session, Target, Workshop } from '../types.ts'
import { limited } from '../input-rights.ts'
import { messages } from '../messages.ts'
import { relationAt } from '../pin-inputs.ts'
import type { ReadPlan } from '../read-plan.ts'
import { readPlan } from '../read-plan.ts'
import { checkExpressions } from './check-expressions.ts'
import { findSideTable, latestSql, sideName } from './side-table.ts'
import type { QuarantineCounts, QuarantineFilter, QuarantinedRows, RowState } from './types.ts'
import { RAW, SIDE } from './types.ts'

export interface OpenSide {
  readonly plan: ReadPlan
  readonly target: Target
  readonly table: Table
  readonly session: Session
  /** The side table in quotes, with every column as it is, and only rows that may be seen. */
  readonly raw: string
  /** The same as it may be shown. */
  readonly shown: string
  /** Columns of the data set that are shown, and those of them that are shown as they are. */
  readonly columns: readonly string[]
  readonly plain: readonly string[]
  /** Whether rows that did not fit were ever set aside, and whether their text may be seen. */
  readonly hasRaw: boolean
  /** Columns of the version that is read: a younger one has no values in it. */
  readonly has: ReadonlySet<string>
  readonly seesRaw: boolean
}

/** Text of a row may hold any column, also one that is masked or withheld. */
const seesAll = ({ contract }: Target, limits: InputRight['limits']): boolean => limits === undefined || contract.columns.every(({ name }) => limits.columns.includes(name) && limits.masks[name] === undefined)

const SCHEMA = 'tulle (quarantine)'

/** Opens the side table for one piece of work; without one, `work` is not asked. */
export async function withSide<T>(workshop: Workshop, { product, dataSet }: { readonly product: string; readonly dataSet: string }, limits: InputRight['limits'], work: (side: OpenSide) => Promise<Result<T>>): Promise<Result<T | undefined>> {
  const found = await findTarget(workshop, product, dataSet)
  if (!found.ok) return found
  const { plan, target } = found.value
  const table = await findSideTable(workshop.lake, target.table.name)
  if (!table.ok) return table
  const snapshot = table.value?.currentSnapshot
  if (table.value === undefined || snapshot === undefined) return ok(undefined)
  // Nobody's run: its folder goes with the work.
  const id = `quarantine-${randomUUID()}`
  try {
    const session = await workshop.sessions.of(id)
    if (!session.ok) return session
    const { namespace, name } = sideName(target.table.name)
    const relation = await relationAt(workshop.lake, { product: namespace, dataSet: name, snapshot: snapshot.id }, session.value.inFolder)
    if (!relation.ok) return relation
    const meta = new Set<string>(Object.values(SIDE))
    // Nobody has classified a column that no contract names: it is shown to nobody, here as at every port.
    const whole = await loadTable(workshop.lake, target.table.name)
    if (!whole.ok) return whole
    const unnamed = new Set(whole.value.schema.fields.filter(isKept).map((field) => field.name))
    const own = relation.value.columns.filter((column) => column.name !== RAW && !meta.has(column.name) && !unnamed.has(column.name)).map((column) => column.name)
    const hasRaw = relation.value.columns.some(({ name: column }) => column === RAW)
    const seesRaw = hasRaw && seesAll(target, limits)
    const seen = limits === undefined ? undefined : { ...limits, columns: [...limits.columns, ...meta, ...(seesRaw ? [RAW] : [])] }
    const shown = await limited(workshop.lake, { ...relation.value, schema: SCHEMA, name: 'shown' }, seen, session.value.inFolder)
    if (!shown.ok) return shown
    const raw: Relation = { ...relation.value, schema: SCHEMA, name: 'raw', ...(shown.value.rowFilter !== undefined && { rowFilter: shown.value.rowFilter }) }
    const defined = await session.value.process.define([raw, shown.value])
    if (!defined.ok) return defined
    const columns = own.filter((column) => limits === undefined || limits.columns.includes(column))
    const named = (one: string): string => `${quoteIdentifier(SCHEMA)}.${quoteIdentifier(one)}`
    return await work({ plan, target, table: table.value, session: session.value, raw: named('raw'), shown: named('shown'), columns, plain: [...columns.filter((column) => limits?.masks[column] === undefined), ...(seesRaw ? [RAW] : [])], hasRaw, seesRaw, has: new Set(relation.value.columns.map(({ name: column }) => column)) })
  } finally {
    await workshop.sessions.release(id)
  }
}

async function findTarget(workshop: Workshop, product: string, dataSet: string): Promise<Result<{ readonly plan: ReadPlan; readonly target: Target }>> {
  const plan = await readPlan(workshop.store, product)
  if (!plan.ok) return plan
  const target = plan.value.targets.find((one) => one.dataSet.name === dataSet)
  const known = plan.value.targets.map((one) => one.dataSet.name)
  return target === undefined ? fail(messages['quarantine-data-set']({ product, dataSet, hint: didYouMean(dataSet, known) })) : ok({ plan: plan.value, target })
}

/** What a filter means, as SQL over the last entry of each row. `where` reads only what is shown as it is. */
export async function filterSql({ session, plain }: OpenSide, { states, run, rule, rows, where }: QuarantineFilter): Promise<Result<string>> {
  const parts: string[] = []
  if (states !== undefined) parts.push(`${quoteIdentifier(SIDE.state)} IN (${states.map(quoteLiteral).join(', ')})`)
  if (run !== undefined) parts.push(`${quoteIdentifier(SIDE.run)} = ${quoteLiteral(run)}`)
  if (rule !== undefined) parts.push(`list_contains(string_split(${quoteIdentifier(SIDE.rules)}, '; '), ${quoteLiteral(rule)})`)
  if (rows !== undefined) parts.push(rows.length === 0 ? 'false' : `${quoteIdentifier(SIDE.row)} IN (${rows.map(quoteLiteral).join(', ')})`)
  if (where !== undefined) {
    const checked = await checkExpressions(session.process, plain, [where])
    if (!checked.ok) return checked
    parts.push(`coalesce((${where}\n), false)`)
  }
  return ok(parts.length === 0 ? 'true' : parts.join(' AND '))
}

/** Of a data set that never had any, no row. */
export async function readRows(workshop: Workshop, of: { readonly product: string; readonly dataSet: string }, filter: QuarantineFilter & { readonly limit: number }, limits: InputRight['limits']): Promise<Result<QuarantinedRows>> {
  const read = await withSide(workshop, of, limits, async (side): Promise<Result<QuarantinedRows>> => {
    const where = await filterSql(side, filter)
    if (!where.ok) return where
    const facts = [SIDE.row, SIDE.state, SIDE.rules, SIDE.reason, SIDE.run, SIDE.number, SIDE.source, SIDE.by, SIDE.at]
    const latest = latestSql(side.raw)
    // The condition holds for rows as they are; what is shown of them is masked.
    const chosen = `SELECT ${quoteIdentifier(SIDE.row)} AS row, ${quoteIdentifier(SIDE.at)} AS at FROM (${latest}) WHERE ${where.value}`
    const list = [...facts.map((name) => (name === SIDE.at ? `strftime(s.${quoteIdentifier(name)}, '%Y-%m-%dT%H:%M:%S.%gZ')` : `s.${quoteIdentifier(name)}`)), side.seesRaw ? `s.${quoteIdentifier(RAW)}` : 'NULL', ...side.columns.map((name) => `s.${quoteIdentifier(name)}`)]
    const sql = `SELECT ${list.join(', ')} FROM ${side.shown} AS s JOIN (${chosen}) AS c ON s.${quoteIdentifier(SIDE.row)} = c.row AND s.${quoteIdentifier(SIDE.at)} = c.at QUALIFY row_number() OVER (PARTITION BY c.row ORDER BY s.${quoteIdentifier(SIDE.by)} IS NULL DESC) = 1 ORDER BY c.at DESC, s.${quoteIdentifier(SIDE.number)}, c.row LIMIT ${filter.limit}`
    const counted = await listOf(side.session, `SELECT count(*) FROM (${latest}) WHERE ${where.value}`, 1)
    if (!counted.ok) return counted
    const rows = await listOf(side.session, sql, filter.limit)
    if (!rows.ok) return rows
    return ok({
      total: Number(counted.value[0]?.[0] ?? 0),
      columns: side.columns,
      rows: rows.value.map(([row, state, rules, reason, run, number, source, by, at, raw, ...values]) => ({
        row: String(row), state: String(state) as RowState, rules: typeof rules === 'string' && rules !== '' ? rules.split('; ') : [], reason: textOf(reason), run: textOf(run),
        ...(number !== null && { number: Number(number) }), source: textOf(source), ...(by !== null && { by: textOf(by) }), at: textOf(at), ...(typeof raw === 'string' && { raw }), values: values as readonly Json[],
      })),
    })
  })
  return read.ok ? ok(read.value ?? { total: 0, columns: [], rows: [] }) : read
}

/** How many rows of each data set stand how; data sets that never had any are left out. */
export async function countQuarantine(workshop: Workshop, product: string): Promise<Result<readonly QuarantineCounts[]>> {
  const plan = await readPlan(workshop.store, product)
  if (!plan.ok) return plan
  const counts: QuarantineCounts[] = []
  for (const { dataSet } of plan.value.targets) {
    const found = await withSide(workshop, { product, dataSet: dataSet.name }, undefined, async (side): Promise<Result<QuarantineCounts>> => {
      const latest = latestSql(side.raw)
      const states = await listOf(side.session, `SELECT ${quoteIdentifier(SIDE.state)}, count(*) FROM (${latest}) GROUP BY 1`, 100)
      if (!states.ok) return states
      const rules = await listOf(side.session, `SELECT rule, count(*) FROM (SELECT unnest(string_split(${quoteIdentifier(SIDE.rules)}, '; ')) AS rule FROM (${latest}) WHERE ${quoteIdentifier(SIDE.state)} = 'open') GROUP BY 1 ORDER BY 2 DESC, 1`, 1_000)
      if (!rules.ok) return rules
      const numbers = (rows: readonly (readonly Json[])[]): Readonly<Record<string, number>> => Object.fromEntries(rows.map(([name, rowCount]) => [String(name), Number(rowCount)]))
      return ok({ dataSet: dataSet.name, states: numbers(states.value), rules: numbers(rules.value) })
    })
    if (!found.ok) return found
    if (found.value !== undefined) counts.push(found.value)
  }
  return ok(counts)
}

const textOf = (value: Json | undefined): string => (value === null || value === undefined ? '' : String(value))

export async function listOf({ process }: Pick<Session, 'process'>, sql: string, most: number): Promise<Result<readonly (readonly Json[])[]>> {
  const cursor = await process.open(sql, { encoding: { kind: 'rows' }, timeoutMilliseconds: 60_000 })
  if (!cursor.ok) return cursor
  const rows: (readonly Json[])[] = []
  try {
    for (let done = false; !done && rows.length < most;) {
      const batch = await cursor.value.fetch(most - rows.length)
      if (!batch.ok) return batch
      rows.push(...JSON.parse(Buffer.from(batch.value.bytes).toString('utf8') || '[]') as (readonly Json[])[])
      done = batch.value.done
    }
    return ok(rows)
  } finally {
    await cursor.value.close()
  }
}
