// People decide about rows that were set aside: corrected, sent on with the next snapshot, or left out for a reason. A decision is
// an entry more in the side table, with who and when; the row as it came stays there. What goes on passes the same checks.

import { writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Json, Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import type { DataFile, Table } from '@tulle/lake'
import { loadTable, printType, stageAppend } from '@tulle/lake'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import { dataFileOf, writeRows } from '@tulle/tables'
import { appendEvent } from '@tulle/store'
import type { InputRight, Workshop } from '../types.ts'
import { messages } from '../messages.ts'
import { checkExpressions } from './check-expressions.ts'
import type { OpenSide } from './read-side.ts'
import { filterSql, withSide } from './read-side.ts'
import { typed } from './set-aside.ts'
import { ensureSideTable, latestSql, timeSql } from './side-table.ts'
import { readAgain } from '../drift/unfit-rows.ts'
import type { QuarantineFilter, RowDecision, RowState } from './types.ts'
import { SIDE } from './types.ts'

export interface Deciding {
  readonly product: string
  readonly dataSet: string
  readonly by: string
  readonly decision: RowDecision
  readonly chosen: Pick<QuarantineFilter, 'rows' | 'where' | 'rule' | 'run'>
  readonly limits: InputRight['limits']
}

const TRIES = 5
const MOST_ROWS = 10_000

/** Answers how many rows were decided; none is a failure, because it was meant to be some. */
export async function decideRows(workshop: Workshop, deciding: Deciding): Promise<Result<number>> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const decided = await withSide(workshop, deciding, deciding.limits, (side) => decideOnce(workshop, side, deciding))
    if (!decided.ok) return decided
    if (decided.value === undefined) break
    if (decided.value !== 'conflict') return decided.value === 0 ? nothing(deciding) : ok(decided.value)
  }
  return nothing(deciding)
}

const nothing = ({ product, dataSet, decision }: Deciding): Result<never> => fail(messages['quarantine-nothing']({ dataSet: `${product}.${dataSet}`, what: DEEDS[decision.kind].what }))

/** From which states a row comes to which; rows that are named one by one may come from more. */
const DEEDS: Readonly<Record<RowDecision['kind'], { readonly what: string; readonly to: RowState; readonly from: readonly RowState[]; readonly named: readonly RowState[]; readonly event: string }>> = {
  repair: { what: 'repaired', to: 'repaired', from: ['open', 'repaired'], named: ['open', 'repaired', 'discarded'], event: 'tulle.rows.repaired' },
  replay: { what: 'replayed', to: 'replay', from: ['repaired'], named: ['open', 'repaired', 'discarded'], event: 'tulle.rows.replay-asked' },
  discard: { what: 'discarded', to: 'discarded', from: ['open', 'repaired'], named: ['open', 'repaired'], event: 'tulle.rows.discarded' },
}

async function decideOnce(workshop: Workshop, side: OpenSide, deciding: Deciding): Promise<Result<number | 'conflict'>> {
  const { decision, chosen, by } = deciding
  const { session, plan, target } = side
  const dataSet = await loadTable(workshop.lake, target.table.name)
  if (!dataSet.ok) return dataSet
  const table = await ensureSideTable(workshop.lake, plan.definition.id, dataSet.value)
  if (!table.ok) return table
  // Another column was added to it just now: looked at anew.
  if (table.value.metadataLocation !== side.table.metadataLocation) return ok('conflict')
  const isOpenToo = chosen.rows !== undefined || (decision.kind === 'replay' && decision.isOpenToo === true)
  const where = await filterSql(side, { ...chosen, states: isOpenToo ? DEEDS[decision.kind].named : DEEDS[decision.kind].from })
  if (!where.ok) return where
  const corrected = decision.kind === 'repair' ? await corrections(side, decision) : ok<Corrections>({ values: {}, join: '' })
  if (!corrected.ok) return corrected
  const facts: Readonly<Record<string, string>> = {
    [SIDE.state]: quoteLiteral(DEEDS[decision.kind].to), [SIDE.by]: quoteLiteral(by), [SIDE.at]: timeSql(workshop.clock.now()),
    [SIDE.reason]: decision.kind === 'discard' ? quoteLiteral(decision.reason) : decision.kind === 'repair' ? quoteLiteral(decision.note ?? 'Corrected.') : quoteLiteral('To be published with the next snapshot.'),
  }
  const fields = table.value.schema.fields
  const again = decision.kind === 'replay' && side.hasRaw ? readAgain(plan, target, side.has) : undefined
  const list = typed(fields).map(({ name, type }) => `CAST(${facts[name] ?? corrected.value.values[name] ?? again?.values[name] ?? (side.has.has(name) ? `r.${quoteIdentifier(name)}` : 'NULL')} AS ${type}) AS ${quoteIdentifier(name)}`)
  const query = `SELECT ${list.join(', ')} FROM (SELECT * FROM (${latestSql(side.raw)}) WHERE ${where.value}) AS r${corrected.value.join}${again === undefined ? '' : ` WHERE ${again.where}`}`
  const written = await writeRows(session.process, table.value, { query, fields, folder: session.outFolder, name: 'decided' })
  if (!written.ok) return written
  const count = written.value.reduce((sum, { file }) => sum + file.rows, 0)
  if (count === 0) return ok(0)
  // Out of the process's reach before it is anything.
  await session.process.kill()
  const files: DataFile[] = []
  const folder = workshop.objects.pathOf(table.value.location)
  if (!folder.ok) return folder
  for (const rows of written.value) {
    const adopted = await workshop.objects.adopt(`${folder.value}/data/decided-${workshop.lake.ids.uuid()}-${basename(rows.file.path)}`, rows.file.path)
    if (!adopted.ok) return adopted
    files.push(dataFileOf(table.value, rows, adopted.value))
  }
  return commitDecision(workshop, table.value, files, { count, deciding, productId: plan.definition.id })
}

async function commitDecision({ lake, store, catalog }: Workshop, table: Table, files: readonly DataFile[], { count, deciding: { product, dataSet, by, decision }, productId }: { readonly count: number; readonly deciding: Deciding; readonly productId: string }): Promise<Result<number | 'conflict'>> {
  const staged = await stageAppend(lake, table, { files, summary: { 'tulle.decided-by': by } })
  if (!staged.ok) return staged
  try {
    await store.db.transaction().execute(async (tx) => {
      if ((await catalog.swapIn(tx, [staged.value.swap])) === 'conflict') throw new Conflict()
      await appendEvent(tx, { type: DEEDS[decision.kind].event, source: '/tulle/pipeline', subject: product, data: { product, productId, dataSet, by, rows: count } })
    })
    return ok(count)
  } catch (error) {
    if (error instanceof Conflict) return ok('conflict')
    throw error
  }
}

class Conflict extends Error {}

/** `values` are expressions by column; `join` brings what they read. */
interface Corrections { readonly values: Readonly<Record<string, string>>; readonly join: string }

function corrections(side: OpenSide, decision: Extract<RowDecision, { kind: 'repair' }>): Promise<Result<Corrections>> {
  return 'set' in decision ? byStatement(side, decision.set) : byRows(side, decision.corrected)
}

async function byStatement({ session, target, plain }: OpenSide, set: Readonly<Record<string, string>>): Promise<Result<Corrections>> {
  const known = target.contract.columns.map(({ name }) => name)
  const unknown = Object.keys(set).filter((name) => !known.includes(name))
  if (unknown.length > 0 || Object.keys(set).length === 0) return fail(...(unknown.length === 0 ? [''] : unknown).map((column) => messages['quarantine-column']({ column, hint: didYouMean(column, known) })))
  const checked = await checkExpressions(session.process, plain, Object.values(set))
  // A column of the correction is named as the condition's are: without a table, and so of the row alone.
  return checked.ok ? ok({ values: Object.fromEntries(Object.entries(set).map(([name, expression]) => [name, `(${expression}\n)`])), join: '' }) : checked
}

/** Rows say which they are by `row`, by the primary key of the contract, or by a unique column. */
async function byRows({ session, target, table }: OpenSide, corrected: readonly Readonly<Record<string, Json>>[]): Promise<Result<Corrections>> {
  const names = Object.keys(corrected[0] ?? {})
  if (corrected.length === 0 || corrected.length > MOST_ROWS) return fail(messages['quarantine-rows']({ why: `there are ${corrected.length} of them; ${MOST_ROWS} are allowed` }))
  const odd = corrected.findIndex((row) => Object.keys(row).length !== names.length || !names.every((name) => Object.hasOwn(row, name)))
  if (odd >= 0) return fail(messages['quarantine-rows']({ why: `row ${odd + 1} has other columns than the first` }))
  const primary = target.contract.columns.filter(({ primaryKey }) => primaryKey !== undefined).map(({ name }) => name)
  const unique = target.contract.columns.filter(({ name, unique: isUnique }) => isUnique && names.includes(name)).map(({ name }) => name).slice(0, 1)
  const key = names.includes('row') ? ['row'] : primary.length > 0 ? primary : unique
  if (key.length === 0 || !key.every((name) => names.includes(name))) return fail(messages['quarantine-rows']({ why: key.length === 0 ? 'they have no unique column of the contract, so each needs "row", as the list shows it' : `they need ${key.join(', ')}, or "row", as the list shows it` }))
  const given = names.filter((name) => !key.includes(name))
  const types = new Map(table.schema.fields.map(({ name, type }) => [name, printType(type)]))
  const known = target.contract.columns.map(({ name }) => name)
  const unknown = given.filter((name) => !known.includes(name))
  if (unknown.length > 0) return fail(...unknown.map((column) => messages['quarantine-column']({ column, hint: didYouMean(column, known) })))
  if (given.length === 0) return fail(messages['quarantine-rows']({ why: 'they correct no column' }))
  const path = join(session.inFolder, 'corrections.ndjson')
  await writeFile(path, corrected.map((row) => JSON.stringify(row)).join('\n'), { mode: 0o644 })
  const read = await session.process.ingest({ port: 'corrections', format: 'ndjson', paths: [path], labels: { [path]: 'corrections' }, columns: names.map((name) => ({ name, type: name === 'row' && key[0] === 'row' ? 'string' : (types.get(name) ?? 'string') })), options: {} })
  if (!read.ok) return read
  const on = key.map((name) => (name === 'row' && key.length === 1 ? `c.row = r.${quoteIdentifier(SIDE.row)}` : `c.${quoteIdentifier(name)} = r.${quoteIdentifier(name)}`)).join(' AND ')
  const columns = names.map(quoteIdentifier).join(', ')
  // The last word for a row holds.
  const once = `(SELECT ${columns} FROM (SELECT ${columns}, row_number() OVER () AS "_n" FROM source.corrections) QUALIFY row_number() OVER (PARTITION BY ${key.map(quoteIdentifier).join(', ')} ORDER BY "_n" DESC) = 1)`
  return ok({ values: Object.fromEntries(given.map((name) => [name, `c.${quoteIdentifier(name)}`])), join: ` JOIN ${once} AS c ON ${on}` })
}

