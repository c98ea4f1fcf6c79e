// Before anything reads what came of a data set: rows that break a promise whose contract says `quarantine` are set aside, rows
// that somebody corrected come in, and the data set is what is left. So models of the product never see a row that was set aside.
// What breaks more than it may is left as it is, and the checks stop it.

import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { Bug, ok } from '@tulle/kernel'
import type { EngineProcess, Relation } from '@tulle/engine'
import { duckdbTypeOf } from '@tulle/engine'
import type { Field, SnapshotId } from '@tulle/lake'
import { loadTable, printType } from '@tulle/lake'
import type { Check } from '@tulle/quality'
import { compileChecks, gateQueries, planScans, runChecks } from '@tulle/quality'
import { quoteIdentifier } from '@tulle/sql'
import { writeRows } from '@tulle/tables'
import type { Session, StagedFile, Target, Workshop } from '../types.ts'
import { relationAt } from '../pin-inputs.ts'
import { relationOfStaged, rowsOf, writeDataSet, writeFacts } from '../write-data-set.ts'
import type { GateRelations, GateRules } from './gate-sql.ts'
import { countsSql, entriesSql, gateSql, goodSql, hasRows } from './gate-sql.ts'
import { ensureSideTable, sideName, timeSql } from './side-table.ts'
import type { UnfitRows } from '../drift/unfit-rows.ts'
import { checkUnfit } from '../drift/unfit-rows.ts'
import type { SetAside } from './types.ts'
import { RAW } from './types.ts'

export interface Coming {
  readonly target: Target
  readonly staged: readonly StagedFile[]
  /** The version that the staged rows come to. */
  readonly base: SnapshotId | undefined
  /** What was set aside before does not come again. */
  readonly accumulates: boolean
  /** The side table when the run began. */
  readonly decisions: SnapshotId | undefined
  readonly productId: string
  /** Absent of a rebuild: nothing is told, the rows are the same. */
  readonly runId?: string
  /** Of the rows, for people: a port, or `model`. */
  readonly source: string
  /** Of the files that are written, once in a run. */
  readonly name: string
  /** Rows that did not fit the contract, where there were any. */
  readonly unfit?: UnfitRows
}

export interface Gone { readonly staged: readonly StagedFile[]; readonly aside?: SetAside }

type Step = { readonly signal: AbortSignal; readonly log: (message: string) => void }
const SCHEMA = 'tulle (gate)'

/** What goes on of the staged rows, and what waits beside it. */
export async function setAside(workshop: Workshop, session: Session, coming: Coming, step: Step): Promise<Result<Gone>> {
  const { target, staged, base, decisions, accumulates, unfit } = coming
  const whole = await relationOfStaged(workshop.lake, session, target, staged, base)
  if (!whole.ok) return whole
  const relation = { ...whole.value, schema: SCHEMA, name: 'whole' }
  const compiled = compileChecks(target.contract, relation)
  // The step that checks says what is wrong with them.
  if (!compiled.ok) return ok({ staged })
  const about = compiled.value.checks.filter((check) => hasRows(check) && check.action !== 'warn')
  if (!about.some(({ action }) => action === 'quarantine') && decisions === undefined && unfit === undefined) return ok({ staged })
  const sides = await sidesOf(workshop, session, coming)
  if (!sides.ok) return sides
  const defined = await session.process.define([relation, ...sides.value.relations])
  if (!defined.ok) return defined
  // Conditions that somebody wrote pass the gate first; those that do not are told by the step that checks.
  const gated = await gateQueries({ checks: about, scans: [] }, { relation, columns: relation.columns.map(({ name }) => name), parse: (sql) => session.process.parse(sql) })
  if (!gated.ok) return ok({ staged })
  const all = gated.value.checks
  const rules = all.filter(({ action }) => action === 'quarantine')
  const plan = { checks: rules, scans: planScans(rules, relation, { gated: true }) }
  const judged = await runChecks(session.process, { plan, relation, dataSet: target.address, signal: step.signal })
  if (!judged.ok) return judged
  const broken = rules.filter((_rule, i) => judged.value[i]?.status === 'fail')
  if (broken.length === 0 && decisions === undefined && unfit === undefined) return ok({ staged })
  const again = await session.process.define([relation, ...sides.value.relations])
  if (!again.ok) return again
  const columns = relation.columns.map(({ name }) => name)
  const gateRules: GateRules = { columns, broken, all, accumulates, mark: (coming.runId ?? 'rebuilt').slice(-8) }
  const gate = gateSql({ ...sides.value.names, ...(unfit !== undefined && { unfit: unfit.sql }) }, gateRules)
  const named = [...broken, ...(unfit?.rules ?? []).map((name): Pick<Check, 'name' | 'atMost'> => ({ name }))]
  const counted = await numbersOf(session.process, countsSql(gate, named), step.signal)
  if (!counted.ok) return counted
  const [came = 0, bad = 0, fresh = 0, failedAgain = 0, done = 0, gone = 0, decided = 0, replayed = 0, misfits = 0, ...byRule] = counted.value
  const refused = unfit === undefined ? ok(undefined) : checkUnfit(coming, unfit, { misfits, came })
  if (!refused.ok) return refused
  const over = broken.findIndex((check, i) => exceeds(check, byRule[i] ?? 0, came))
  if (over >= 0) {
    step.log(`${target.address}: ${byRule[over]} of ${came} rows break ${broken[over]?.name}, more than may be set aside.`)
    return ok({ staged })
  }
  if (bad + failedAgain + done + gone + decided === 0) return ok({ staged })
  const good = bad - misfits + failedAgain + done + decided === 0 ? ok(staged) : await writeDataSet(workshop, session, { target, query: goodSql(gate, columns), signal: step.signal, name: `${coming.name}.good` })
  if (!good.ok) return good
  const aside = coming.runId === undefined ? ok(undefined) : await writeEntries(workshop, session, { coming, runId: coming.runId, gate, columns, signal: step.signal })
  if (!aside.ok) return aside
  const kept = new Set(good.value.map(({ name }) => name))
  for (const { name } of staged) if (!kept.has(name)) await rm(join(session.outFolder, name), { force: true })
  if (bad > 0) step.log(`Set ${bad} of ${came} rows of ${target.address} aside: ${named.flatMap(({ name }, i) => ((byRule[i] ?? 0) > 0 ? [`${byRule[i]} break ${name}`] : [])).join(', ')}.`)
  if (replayed > 0) step.log(`Took ${replayed} corrected rows into ${target.address}.`)
  if (failedAgain > 0) step.log(`${failedAgain} corrected rows of ${target.address} are at fault again.`)
  const files = aside.value ?? []
  return ok({ staged: good.value, ...(rowsOf(files) > 0 && { aside: { files, quarantined: fresh + failedAgain, replayed, rules: Object.fromEntries(named.flatMap(({ name }, i) => (byRule[named.length + i] ?? 0) > 0 ? [[name, byRule[named.length + i] ?? 0]] : [])) } }) })
}

/** What several writes of one data set set aside. */
export function joinAsides(asides: readonly SetAside[]): SetAside | undefined {
  if (asides.length === 0) return undefined
  const rules: Record<string, number> = {}
  for (const aside of asides) for (const [rule, rows] of Object.entries(aside.rules)) rules[rule] = (rules[rule] ?? 0) + rows
  const sum = (of: 'quarantined' | 'replayed'): number => asides.reduce((all, one) => all + one[of], 0)
  return { files: asides.flatMap(({ files }) => files), quarantined: sum('quarantined'), replayed: sum('replayed'), rules }
}

const exceeds = ({ atMost }: Check, bad: number, came: number): boolean => {
  if (atMost === undefined) return false
  return atMost.unit === 'rows' ? bad > atMost.value : bad > (came * atMost.value) / 100
}

interface Sides { readonly relations: readonly Relation[]; readonly names: GateRelations }

async function sidesOf({ lake }: Workshop, session: Session, { target, staged, base, decisions }: Coming): Promise<Result<Sides>> {
  const came = await relationOfStaged(lake, session, target, staged)
  if (!came.ok) return came
  const relations: Relation[] = [{ ...came.value, schema: SCHEMA, name: 'came' }]
  const promised = new Set(target.contract.columns.map(({ name }) => name))
  if (base !== undefined) {
    const below = await relationAt(lake, { product: target.table.name.namespace, dataSet: target.table.name.name, snapshot: base }, session.inFolder)
    if (!below.ok) return below
    relations.push({ ...below.value, schema: SCHEMA, name: 'base', columns: withMissing(below.value.columns.filter(({ name }) => promised.has(name)), came.value.columns) })
  }
  if (decisions !== undefined) {
    const { namespace, name } = sideName(target.table.name)
    const side = await relationAt(lake, { product: namespace, dataSet: name, snapshot: decisions }, session.inFolder)
    if (!side.ok) return side
    relations.push({ ...side.value, schema: SCHEMA, name: 'side', columns: withMissing(side.value.columns, [...came.value.columns, { name: RAW, type: 'string', fieldId: 0 }]) })
  }
  const named = (name: string): string => `${quoteIdentifier(SCHEMA)}.${quoteIdentifier(name)}`
  return ok({ relations, names: { came: named('came'), ...(base !== undefined && { base: named('base') }), ...(decisions !== undefined && { side: named('side') }) } })
}

/** A column that is younger than the last row of a table is null in all of them. */
const withMissing = (columns: Relation['columns'], wanted: Relation['columns']): Relation['columns'] =>
  [...columns, ...wanted.filter((column) => !columns.some(({ name }) => name === column.name)).map((column, i) => ({ ...column, fieldId: UNKNOWN_FIELD + i }))]

/** No file of ours has a column with such an id. */
const UNKNOWN_FIELD = 1_900_000_000

interface Entries { readonly coming: Coming; readonly runId: string; readonly gate: string; readonly columns: readonly string[]; readonly signal: AbortSignal }

async function writeEntries({ lake, clock }: Workshop, session: Session, { coming: { target, productId, source, name: given }, runId, gate, columns, signal }: Entries): Promise<Result<readonly StagedFile[]>> {
  const dataSet = await loadTable(lake, target.table.name)
  if (!dataSet.ok) return dataSet
  const side = await ensureSideTable(lake, productId, dataSet.value)
  if (!side.ok) return side
  const fields = side.value.schema.fields
  const query = entriesSql(gate, columns, typed(fields), { run: runId, source, at: timeSql(clock.now()) })
  const written = await writeRows(session.process, side.value, { query, fields, folder: session.outFolder, name: `${given}.aside`, signal })
  if (!written.ok) return written
  return ok(await Promise.all(written.value.map(async (rows): Promise<StagedFile> => {
    const name = basename(rows.file.path)
    await writeFacts(session, name, rows)
    return { name, rows: rows.file.rows, bytes: rows.file.bytes }
  })))
}

export const typed = (fields: readonly Field[]): readonly { readonly name: string; readonly type: string }[] => fields.map(({ name, type }) => ({ name, type: duckdbTypeOf(printType(type)) }))

/** The one row of a statement, as numbers. */
export async function numbersOf(process: EngineProcess, sql: string, signal: AbortSignal): Promise<Result<readonly number[]>> {
  const cursor = await process.open(sql, { encoding: { kind: 'rows' }, signal })
  if (!cursor.ok) return cursor
  try {
    const batch = await cursor.value.fetch(1, { signal })
    if (!batch.ok) return batch
    const [row] = JSON.parse(Buffer.from(batch.value.bytes).toString('utf8')) as readonly (readonly unknown[])[]
    if (row === undefined) throw new Bug('a statement of one row answered none')
    return ok(row.map(Number))
  } finally {
    await cursor.value.close()
  }
}
