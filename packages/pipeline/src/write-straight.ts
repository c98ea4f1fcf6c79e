// The data sets that come straight from a source, each to files that nobody sees yet.

import type { Diagnostic, Result } from '@tulle/kernel'
import { Bug, fail, ok } from '@tulle/kernel'
import type { Relation } from '@tulle/engine'
import type { Lake } from '@tulle/lake'
import { quoteIdentifier } from '@tulle/sql'
import type { StepContext } from '@tulle/workflow'
import type { Ingested, Session, StagedFile, StagedFiles, Target, Workshop } from './types.ts'
import type { ReadPlan } from './read-plan.ts'
import { foreignRelation } from './foreign-tables.ts'
import { openInput } from './input-rights.ts'
import { dataSetOfPort, findPort } from './product-plan.ts'
import { lineType, readPort, selectColumns } from './read-port.ts'
import { checkDrift } from './check-drift.ts'
import { queryOfPort } from './merge-drawn.ts'
import { shapeToContract } from './model-columns.ts'
import { rowsOf, writeDataSet } from './write-data-set.ts'
import { messages } from './messages.ts'

type Sources = Pick<Ingested, 'ports' | 'pinned'>

/** Writes every data set without a model; what its source has beyond the contract is a warning. */
export async function writeStraight(workshop: Workshop, session: Session, plan: ReadPlan, sources: Sources, step: Pick<StepContext, 'signal' | 'log'>): Promise<Result<StagedFiles>> {
  const staged: Record<string, readonly StagedFile[]> = {}
  const warnings: Diagnostic[] = []
  for (const target of plan.targets.filter(({ dataSet }) => dataSet.model === undefined)) {
    const files = await writeFromPort(workshop, session, plan, { target, sources, signal: step.signal })
    if (!files.ok) return files
    warnings.push(...files.diagnostics)
    staged[target.dataSet.name] = files.value
    step.log(`Read ${rowsOf(files.value)} rows into ${target.address}.`)
  }
  return ok(staged, warnings)
}

interface FromPort { readonly target: Target; readonly sources: Sources; readonly signal: AbortSignal }

/** A data set that is its input port: files as the contract types them, or another product's or platform's table as it is. */
async function writeFromPort(workshop: Workshop, session: Session, plan: ReadPlan, { target, sources, signal }: FromPort): Promise<Result<readonly StagedFile[]>> {
  const { lake } = workshop
  const { columns } = target.contract
  const port = findPort(plan.product, target.dataSet.from ?? '')
  if (port?.kind === 'product') {
    const found = dataSetOfPort(port, plan.dataSetsOf)
    const pinned = sources.pinned.find((one) => one.product === found?.product && one.dataSet === found.dataSet)
    if (pinned === undefined) throw new Bug(`${target.address} reads a data set that was not pinned.`)
    const relation = await openInput(workshop, plan, pinned, session.inFolder)
    return relation.ok ? writeRelation(lake, session, { target, relation: relation.value, signal }) : relation
  }
  if (port?.kind === 'iceberg') return writeRelation(lake, session, { target, relation: await foreignRelation(session, port.name), signal })
  const copies = sources.ports.find((one) => one.port === port?.name)
  if ((port?.kind !== 'file' && port?.kind !== 'connected') || copies === undefined) throw new Bug(`${target.address} reads a port that was not copied.`)
  const drift = checkDrift(target, `${plan.product.name}.${port.name}`, copies.drawn?.columns)
  if (drift.length > 0) return fail(...drift)
  // Nothing is added to what is there.
  if (copies.drawn?.mode === 'append' && copies.copies.length === 0) return ok([])
  const query = await queryOfPort(lake, session, { target, port: port.name, drawn: copies.drawn })
  if (!query.ok) return query
  const isDrawn = copies.drawn?.columns !== undefined
  const read = await readPort(session, port, copies, [...(isDrawn ? columns.map(({ name, type }) => ({ name, type: lineType(type) })) : columns), ...query.value.marks])
  if (!read.ok) return read
  const written = await writeDataSet(lake, session, { target, query: query.value.text, signal })
  if (!written.ok) return written
  const { unread } = read.value
  const where = { port: `${plan.product.name}.${port.name}`, dataSet: target.address }
  return ok(written.value, unread.length === 0 ? [] : [messages['source-column-extra']({ ...where, columns: unread })])
}

interface FromRelation { readonly target: Target; readonly relation: Relation; readonly signal: AbortSignal }

async function writeRelation(lake: Lake, session: Session, { target, relation, signal }: FromRelation): Promise<Result<readonly StagedFile[]>> {
  const defined = await session.process.define([relation])
  if (!defined.ok) return defined
  const shaped = await shapeOfRelation(session, target, relation)
  return shaped.ok ? writeDataSet(lake, session, { target, query: shaped.value, signal }) : shaped
}

/** Columns of a table that the contract does not name stay behind; one that it names and that is not there is told. */
async function shapeOfRelation({ process }: Session, target: Target, { schema, name }: Relation): Promise<Result<string>> {
  const whole = await process.prepare(`SELECT * FROM ${quoteIdentifier(schema)}.${quoteIdentifier(name)}`)
  if (!whole.ok) return whole
  const promised = new Set(target.contract.columns.map((column) => column.name))
  const given = whole.value.columns.filter((column) => promised.has(column.name))
  return shapeToContract(target, given.length === 0 ? 'SELECT 1' : selectColumns(schema, name, given), given)
}
