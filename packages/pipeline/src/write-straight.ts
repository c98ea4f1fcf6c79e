// The data sets that come straight from a source, each to files that nobody sees yet.

import type { Diagnostic, Result } from '@tulle/kernel'
import { Bug, counted, fail, ok } from '@tulle/kernel'
import type { Relation } from '@tulle/engine'
import { duckdbTypeOf } from '@tulle/engine'
import type { ConnectedInputPort, FileInputPort } from '@tulle/model'
import { quoteIdentifier } from '@tulle/sql'
import type { StepContext } from '@tulle/workflow'
import type { Ingested, IngestedPort, Session, StagedFile, StagedFiles, Target, Workshop } from './types.ts'
import type { ReadPlan } from './read-plan.ts'
import { foreignRelation } from './foreign-tables.ts'
import { openInput } from './input-rights.ts'
import { dataSetOfPort, findPort } from '@tulle/model'
import { lineType, readPort, selectColumns } from './read-port.ts'
import { checkDrift } from './check-drift.ts'
import { columnsFound } from './columns-found.ts'
import type { KeptColumns } from './keep-columns.ts'
import { keepColumns, MOST_KEPT } from './keep-columns.ts'
import { queryOfPort } from './merge-drawn.ts'
import { shapeToContract } from './model-columns.ts'
import { baseOf, rowsOf, writeDataSet } from './write-data-set.ts'
import type { UnfitRows } from './drift/unfit-rows.ts'
import { apartOf, unfitRows } from './drift/unfit-rows.ts'
import { setAside } from './quarantine/set-aside.ts'
import type { Decisions, SetAside, SetAsides } from './quarantine/types.ts'
import { messages } from './messages.ts'

type Sources = Pick<Ingested, 'ports' | 'pinned'>

export interface Straight { readonly staged: StagedFiles; readonly aside: SetAsides }
/** `decisions` as the run found them; a rebuild has no `runId` and tells nobody. */
export interface Quarantine { readonly decisions: Decisions; readonly runId?: string }

/** Writes every data set without a model; what its source has beyond the contract is a warning. */
export async function writeStraight(workshop: Workshop, session: Session, plan: ReadPlan, { sources, quarantine }: { readonly sources: Sources; readonly quarantine: Quarantine }, step: Pick<StepContext, 'signal' | 'log'> & { readonly runId?: string }): Promise<Result<Straight>> {
  const staged: Record<string, readonly StagedFile[]> = {}
  const aside: Record<string, SetAside> = {}
  const warnings: Diagnostic[] = []
  for (const target of plan.targets.filter(({ dataSet }) => dataSet.model === undefined)) {
    const files = await writeFromPort(workshop, session, plan, { target, sources, signal: step.signal, runId: step.runId })
    if (!files.ok) return files
    warnings.push(...files.diagnostics)
    step.log(`Read ${counted(rowsOf(files.value.files), 'row')} into ${target.address}.`)
    // With the columns that are kept, or the rows that stay would lose them.
    const left = await leave(workshop, session, plan, { target: files.value.target, sources, files: files.value.files, unfit: files.value.unfit, quarantine, step })
    if (!left.ok) return left
    staged[target.dataSet.name] = left.value.staged
    if (left.value.aside !== undefined) aside[target.dataSet.name] = left.value.aside
  }
  return ok({ staged, aside }, warnings)
}

interface Leaving { readonly target: Target; readonly sources: Sources; readonly files: readonly StagedFile[]; readonly unfit: UnfitRows | undefined; readonly quarantine: Quarantine; readonly step: Pick<StepContext, 'signal' | 'log'> }

function leave(workshop: Workshop, session: Session, plan: ReadPlan, { target, sources, files, unfit, quarantine: { decisions, runId }, step }: Leaving) {
  const drawn = sources.ports.find(({ port }) => port === target.dataSet.from)?.drawn
  return setAside(workshop, session, {
    target, staged: files, base: baseOf(sources.ports, target),
    // What is there stays, and others come to it.
    accumulates: drawn?.base !== undefined && drawn.mode !== 'replace',
    decisions: decisions[target.dataSet.name], productId: plan.definition.id, source: target.dataSet.from ?? '', name: target.dataSet.name, ...(runId !== undefined && { runId }), ...(unfit !== undefined && { unfit }),
  }, step)
}

/** The target has what is kept beyond its contract, too. `unfit` are rows that came beside those of the files. */
interface FilesOfPort { readonly files: readonly StagedFile[]; readonly target: Target; readonly unfit?: UnfitRows }
interface FromPort { readonly target: Target; readonly sources: Sources; readonly signal: AbortSignal; readonly runId: string | undefined }

/** A data set that is its input port: files as the contract types them, or another product's or platform's table as it is. */
async function writeFromPort(workshop: Workshop, session: Session, plan: ReadPlan, { target, sources, signal, runId }: FromPort): Promise<Result<FilesOfPort>> {
  const { lake } = workshop
  const port = findPort(plan.product, target.dataSet.from ?? '')
  const name = `${plan.product.name}.${port?.name ?? ''}`
  if (port?.kind === 'product') {
    const found = dataSetOfPort(port, plan.dataSetsOf)
    const pinned = sources.pinned.find((one) => one.product === found?.product && one.dataSet === found.dataSet)
    if (pinned === undefined) throw new Bug(`${target.address} reads a data set that was not pinned.`)
    const relation = await openInput(workshop, plan, pinned, session.inFolder)
    return relation.ok ? writeRelation(workshop, session, { target, relation: relation.value, signal, port: name, runId }) : relation
  }
  if (port?.kind === 'iceberg') return writeRelation(workshop, session, { target, relation: await foreignRelation(session, port.name), signal, port: name, runId })
  const copies = sources.ports.find((one) => one.port === port?.name)
  if ((port?.kind !== 'file' && port?.kind !== 'connected') || copies === undefined) throw new Bug(`${target.address} reads a port that was not copied.`)
  const apart = apartOf(target, port, copies.drawn)
  const drift = apart === undefined ? checkDrift(target, name, copies.drawn?.columns) : []
  if (drift.length > 0) return fail(...drift)
  // Nothing is added to what is there.
  if (copies.drawn?.mode === 'append' && copies.copies.length === 0) return ok({ files: [], target })
  const read = await readKept(workshop, session, { target, port, copies, runId, name })
  if (!read.ok) return read
  const { kept, absent, unread } = read.value
  const query = await queryOfPort(lake, session, { target: kept.target, port: port.name, drawn: copies.drawn, absent })
  if (!query.ok) return query
  const { columns } = kept.target.contract
  const isDrawn = copies.drawn?.columns !== undefined
  const wanted = columns.filter((column) => !absent.has(column.name)).map((column) => ({ name: column.name, type: isDrawn ? lineType(column.type) : column.type, ...(kept.present.has(column.name) && { optional: true }) }))
  const typed = await readPort(session, port, copies, [...wanted, ...query.value.marks], apart)
  if (!typed.ok) return typed
  const unfit = apart === undefined ? ok(undefined) : await unfitRows(workshop, session, target, port.name)
  if (!unfit.ok) return unfit
  const written = await writeDataSet(workshop, session, { target: kept.target, query: query.value.text, signal })
  if (!written.ok) return written
  const extra = (unread ?? typed.value.unread).filter((column) => !kept.present.has(column))
  return ok({ files: written.value, target: kept.target, ...(unfit.value !== undefined && { unfit: unfit.value }) }, [...kept.told, ...(extra.length === 0 ? [] : [messages['source-column-extra']({ port: name, dataSet: target.address, columns: extra })])])
}

interface ReadKept { readonly kept: KeptColumns; /** Kept, and not there now. */ readonly absent: ReadonlySet<string>; readonly unread?: readonly string[] }

/** What a data set that may evolve keeps of its port. */
async function readKept(workshop: Workshop, session: Session, { target, port, copies, runId, name }: { readonly target: Target; readonly port: FileInputPort | ConnectedInputPort; readonly copies: IngestedPort; readonly runId: string | undefined; readonly name: string }): Promise<Result<ReadKept>> {
  if (target.contract.drift !== 'evolve' || copies.copies.length === 0) return ok({ kept: { target, present: new Set(), told: [] }, absent: new Set() })
  const isDrawn = copies.drawn?.columns !== undefined
  const plain = isDrawn ? ok({ unread: [] }) : await readPort(session, port, copies, target.contract.columns)
  if (!plain.ok) return plain
  const found = await columnsFound(session, port, copies, plain.value.unread)
  if (!found.ok) return found
  if (found.value === 'countless') return fail(messages['drift-too-many']({ port: name, dataSet: target.address, most: MOST_KEPT }))
  const kept = await keepColumns(workshop, target, { port: name, found: found.value, runId })
  if (!kept.ok) return kept
  const beyond = kept.value.target.contract.columns.slice(target.contract.columns.length)
  return ok({ kept: kept.value, absent: new Set(beyond.flatMap((column) => (kept.value.present.has(column.name) ? [] : [column.name]))), unread: plain.value.unread })
}

interface FromRelation { readonly target: Target; readonly relation: Relation; readonly signal: AbortSignal; readonly port: string; readonly runId: string | undefined }

async function writeRelation(workshop: Workshop, session: Session, { target, relation, signal, port, runId }: FromRelation): Promise<Result<FilesOfPort>> {
  const defined = await session.process.define([relation])
  if (!defined.ok) return defined
  const found = relation.columns.flatMap(({ name, type }) => (typeof type === 'string' && !type.includes('<') ? [{ name, type }] : []))
  const kept = await keepColumns(workshop, target, { port, found, runId })
  if (!kept.ok) return kept
  const shaped = await shapeOfRelation(session, kept.value, relation, target.contract.columns.length)
  if (!shaped.ok) return shaped
  const written = await writeDataSet(workshop, session, { target: kept.value.target, query: shaped.value, signal })
  return written.ok ? ok({ files: written.value, target: kept.value.target }, kept.value.told) : written
}

/** Columns of a table that are neither promised nor kept stay behind; one that the contract names and that is not there is told. */
async function shapeOfRelation({ process }: Session, { target, present }: KeptColumns, { schema, name }: Relation, promisedCount: number): Promise<Result<string>> {
  const whole = await process.prepare(selectColumns(schema, name, undefined))
  if (!whole.ok) return whole
  const { columns } = target.contract
  const wanted = new Set(columns.map((column) => column.name))
  const given = whole.value.columns.filter((column) => wanted.has(column.name))
  const absent = columns.slice(promisedCount).filter((column) => !present.has(column.name)).map((column) => ({ name: column.name, type: duckdbTypeOf(column.type) }))
  if (given.length === 0) return shapeToContract(target, 'SELECT 1', given)
  const query = absent.length === 0 ? selectColumns(schema, name, given) : `SELECT *, ${absent.map((column) => `CAST(NULL AS ${column.type}) AS ${quoteIdentifier(column.name)}`).join(', ')} FROM (${selectColumns(schema, name, given)})`
  return shapeToContract(target, query, [...given, ...absent])
}
