// What was rebuilt, held against the snapshots that it should be: row by row, however often each is there, and column by
// column where rows differ. Only counts and names leave the engine.

import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { counted, ok } from '@tulle/kernel'
import type { EngineProcess, Relation } from '@tulle/engine'
import { quoteIdentifier } from '@tulle/sql'
import { differenceSql } from '@tulle/tables'
import type { RunContext, StepContext, StepOutcome } from '@tulle/workflow'
import type { Workshop } from './types.ts'
import { failStep } from './fail-step.ts'
import { relationAt } from './pin-inputs.ts'
import { basesOf, takeUp } from './take-up.ts'
import { baseOf, relationOfStaged } from './write-data-set.ts'

/** How a data set came out. */
export interface Comparison {
  readonly dataSet: string
  readonly snapshot: string
  readonly identical: boolean
  readonly rows: { readonly snapshot: number; readonly rebuilt: number }
  /** Rows that the other side lacks, or has fewer times. */
  readonly onlyInSnapshot: number
  readonly onlyInRebuilt: number
  /** Columns whose values, taken alone, differ; none may, where only the combinations do. */
  readonly columns: readonly string[]
}

const SNAPSHOT = { schema: 'snapshot', name: 'rows' }
const REBUILT = { schema: 'rebuilt', name: 'rows' }

export async function compare(workshop: Workshop, context: RunContext, step: StepContext): Promise<StepOutcome> {
  const fall = (diagnostics: readonly Diagnostic[]): Promise<StepOutcome> => failStep(workshop, step.runId, diagnostics)
  const begun = await takeUp(workshop, context, step.runId)
  if (!begun.ok) return fall(begun.diagnostics)
  const { plan, ingested, staged, session } = begun.value
  const comparisons: Comparison[] = []
  for (const target of plan.targets) {
    const snapshot = target.asOf
    // What the run did not write then is nothing to compare.
    if (snapshot === undefined) continue
    const there = await relationAt(workshop.lake, { product: target.table.name.namespace, dataSet: target.table.name.name, snapshot }, session.inFolder)
    if (!there.ok) return fall(there.diagnostics)
    const here = await relationOfStaged(workshop.lake, session, target, staged[target.dataSet.name] ?? [], baseOf(ingested.ports, target, basesOf(context)))
    if (!here.ok) return fall(here.diagnostics)
    const compared = await compareRelations(session.process, { there: there.value, here: here.value, signal: step.signal })
    if (!compared.ok) return fall(compared.diagnostics)
    comparisons.push({ dataSet: target.address, snapshot, ...compared.value })
    step.log(sentenceOf({ dataSet: target.address, snapshot, ...compared.value }))
  }
  return { status: 'succeeded', output: { identical: comparisons.every((one) => one.identical), dataSets: comparisons as unknown as Json } }
}

function sentenceOf({ dataSet, snapshot, identical, rows, onlyInSnapshot, onlyInRebuilt, columns }: Comparison): string {
  if (identical) return `${dataSet} is identical to snapshot ${snapshot}: ${counted(rows.rebuilt, 'row')}.`
  return `${dataSet} differs from snapshot ${snapshot}: ${counted(onlyInSnapshot, 'row')} only there, ${onlyInRebuilt} only in what was rebuilt${columns.length === 0 ? '' : `; columns ${columns.join(', ')}`}.`
}

interface Sides { readonly there: Relation; readonly here: Relation; readonly signal: AbortSignal }

export async function compareRelations(process: EngineProcess, { there, here, signal }: Sides): Promise<Result<Omit<Comparison, 'dataSet' | 'snapshot'>>> {
  const defined = await process.define([{ ...there, ...SNAPSHOT }, { ...here, ...REBUILT }])
  if (!defined.ok) return defined
  const columns = here.columns.map((column) => column.name).filter((name) => there.columns.some((column) => column.name === name))
  const count = async (sql: string): Promise<Result<readonly number[]>> => countsOf(process, sql, signal)
  const rows = await count(`SELECT (SELECT count(*) FROM ${nameOf(SNAPSHOT)}), (SELECT count(*) FROM ${nameOf(REBUILT)})`)
  if (!rows.ok) return rows
  const differing = await count(`SELECT count(*) FILTER (change = 'removed'), count(*) FILTER (change = 'added') FROM (${differenceSql({ before: SNAPSHOT, after: REBUILT, columns })})`)
  if (!differing.ok) return differing
  const [onlyInSnapshot = 0, onlyInRebuilt = 0] = differing.value
  const identical = onlyInSnapshot === 0 && onlyInRebuilt === 0
  const alone: string[] = []
  for (const column of identical ? [] : columns) {
    const found = await count(`SELECT count(*) FROM (${differenceSql({ before: SNAPSHOT, after: REBUILT, columns: [column] })})`)
    if (!found.ok) return found
    if (found.value[0] !== 0) alone.push(column)
  }
  const [snapshot = 0, rebuilt = 0] = rows.value
  return ok({ identical, rows: { snapshot, rebuilt }, onlyInSnapshot, onlyInRebuilt, columns: alone })
}

const nameOf = ({ schema, name }: typeof SNAPSHOT): string => `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`

async function countsOf(process: EngineProcess, sql: string, signal: AbortSignal): Promise<Result<readonly number[]>> {
  const cursor = await process.open(sql, { encoding: { kind: 'rows' }, signal })
  if (!cursor.ok) return cursor
  try {
    const batch = await cursor.value.fetch(1, { signal })
    if (!batch.ok) return batch
    const [row = []] = JSON.parse(Buffer.from(batch.value.bytes).toString('utf8')) as readonly (readonly unknown[])[]
    return ok(row.map(Number))
  } finally {
    await cursor.value.close()
  }
}
