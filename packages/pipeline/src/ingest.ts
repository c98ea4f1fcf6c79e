// The first step: fixes what the run reads (files by their content, other products by their snapshot), stops where nothing
// changed, and writes the data sets that come straight from a source.

import type { Diagnostic, Result } from '@tulle/kernel'
import { Bug, canonicalJson, fail, ok } from '@tulle/kernel'
import type { FileInputPort } from '@tulle/model'
import { loadTable } from '@tulle/lake'
import { quoteIdentifier } from '@tulle/sql'
import type { RunContext, StepContext, StepOutcome } from '@tulle/workflow'
import type { Ingested, IngestedPort, PinnedInput, Session, StagedFile, Target, Workshop } from './types.ts'
import type { ReadPlan } from './read-plan.ts'
import { failStep } from './fail-step.ts'
import { readPlan } from './read-plan.ts'
import { handOn } from './take-up.ts'
import type { HashedFile } from './source-files.ts'
import { findSourceFiles, hashSourceFile, readingFault } from './source-files.ts'
import { copyInto } from './sessions.ts'
import { pinInputs, relationOfInput } from './pin-inputs.ts'
import { dataSetOfPort, findPort } from './product-plan.ts'
import { readPort, selectColumns } from './read-port.ts'
import { shapeToContract } from './model-columns.ts'
import { rowsOf, writeDataSet } from './write-data-set.ts'
import { messages } from './messages.ts'
import { RUN_SUMMARY } from './publish.ts'

/** Hands on `Ingested`, or skips the run with its reason. */
export async function ingest(workshop: Workshop, { subject, input }: RunContext, step: StepContext): Promise<StepOutcome> {
  const fall = (diagnostics: readonly Diagnostic[]): Promise<StepOutcome> => failStep(workshop, step.runId, diagnostics)
  const plan = await readPlan(workshop.store, subject)
  if (!plan.ok) return fall(plan.diagnostics)
  const pinned = await pinInputs(workshop.lake, subject, plan.value.inputs)
  if (!pinned.ok) return fall(pinned.diagnostics)
  const sources = await findSources(workshop.meshFolder, plan.value)
  if (!sources.ok) return fall(sources.diagnostics)
  const inputs = inputsOf(plan.value, pinned.value, sources.value)
  if (input['force'] !== true) {
    const published = await publishedBy(workshop, plan.value, inputs)
    if (!published.ok) return fall(published.diagnostics)
    if (published.value !== undefined) {
      return { status: 'skipped', reason: `Nothing changed since run ${published.value}: same code, same inputs.`, skipRest: true }
    }
  }
  for (const one of pinned.value) step.log(`Reads ${one.product}.${one.dataSet} at snapshot ${one.snapshot}.`)
  const session = await workshop.sessions.of(step.runId)
  if (!session.ok) return fall(session.diagnostics)
  const ports = await copySources(session.value, plan.value.product.name, sources.value)
  if (!ports.ok) return { status: 'failed', diagnostics: ports.diagnostics, retryable: true }
  for (const port of ports.value) step.log(`Copied ${port.copies.length} ${port.copies.length === 1 ? 'file' : 'files'} of ${port.port}, ${port.bytes} bytes.`)

  const staged: Record<string, readonly StagedFile[]> = {}
  const warnings: Diagnostic[] = [...plan.diagnostics]
  for (const target of plan.value.targets.filter(isStraight)) {
    const files = await writeFromPort(workshop, session.value, plan.value, { target, ingested: { ports: ports.value, pinned: pinned.value }, signal: step.signal })
    if (!files.ok) return fall(files.diagnostics)
    warnings.push(...files.diagnostics)
    staged[target.dataSet.name] = files.value
    step.log(`Read ${rowsOf(files.value)} rows into ${target.address}.`)
  }
  const rows = Object.values(staged).reduce((sum, files) => sum + rowsOf(files), 0)
  const output: Ingested = { definition: plan.value.definition, code: plan.value.code, inputs, pinned: pinned.value, ports: ports.value, staged }
  return { status: 'succeeded', output: handOn(output), rowsRead: rows, rowsWritten: rows, diagnostics: warnings }
}

const isStraight = ({ dataSet }: Target): boolean => dataSet.model === undefined

interface Source { readonly port: FileInputPort; readonly files: readonly HashedFile[] }

/** Every port's files; everything that is missing is told at once. */
async function findSources(meshFolder: string, { product, ports }: ReadPlan): Promise<Result<readonly Source[]>> {
  const sources: Source[] = []
  const diagnostics: Diagnostic[] = []
  for (const port of ports) {
    const name = `${product.name}.${port.name}`
    const found = await findSourceFiles(meshFolder, { port: name, path: port.path })
    if (!found.ok) {
      diagnostics.push(...found.diagnostics)
      continue
    }
    const files: HashedFile[] = []
    for (const file of found.value) {
      const hashed = await hashSourceFile(file, name)
      if (hashed.ok) files.push(hashed.value)
      else diagnostics.push(...hashed.diagnostics)
    }
    sources.push({ port, files })
  }
  return diagnostics.length > 0 ? fail(...diagnostics) : ok(sources)
}

function inputsOf({ product }: ReadPlan, pinned: readonly PinnedInput[], sources: readonly Source[]): Readonly<Record<string, string>> {
  return Object.fromEntries([
    ...pinned.map((one) => [`data-set:${one.product}.${one.dataSet}`, one.snapshot]),
    ...sources.map(({ port, files }) => [`input-port:${product.name}.${port.name}`, files.map((file) => file.sha256).toSorted().join(' ')]),
  ])
}

/** The run that published exactly this from exactly these inputs, if all of the product's current snapshots are its. */
async function publishedBy({ lake }: Workshop, { targets, code }: ReadPlan, inputs: Readonly<Record<string, string>>): Promise<Result<string | undefined>> {
  let run: string | undefined
  for (const target of targets) {
    const table = await loadTable(lake, target.table.name)
    if (!table.ok) return table
    const summary = table.value.currentSnapshot?.summary
    if (summary === undefined || summary[RUN_SUMMARY.code] !== code || summary[RUN_SUMMARY.inputs] !== canonicalJson(inputs)) return ok(undefined)
    if (run !== undefined && run !== summary[RUN_SUMMARY.run]) return ok(undefined)
    run = summary[RUN_SUMMARY.run]
  }
  return ok(run)
}

/** Copies the files into the run's folder, and makes sure that they are what was fingerprinted. */
async function copySources({ inFolder }: Session, product: string, sources: readonly Source[]): Promise<Result<readonly IngestedPort[]>> {
  const ports: IngestedPort[] = []
  for (const { port, files } of sources) {
    const copies: string[] = []
    for (const [i, file] of files.entries()) {
      const name = `${port.name}.${i}${endingOf(file.shown)}`
      let copy: string
      try {
        copy = await copyInto(inFolder, name, file.path)
      } catch (error) {
        return fail(messages['source-not-copied']({ port: `${product}.${port.name}`, path: file.shown, why: copyingFault(error) }))
      }
      const again = await hashSourceFile({ path: copy, shown: file.shown }, port.name)
      if (!again.ok) return again
      if (again.value.sha256 !== file.sha256) return fail(messages['source-changed']({ port: `${product}.${port.name}`, path: file.shown }))
      copies.push(name)
    }
    ports.push({ port: port.name, copies, shown: files.map((file) => file.shown), bytes: files.reduce((sum, file) => sum + file.bytes, 0) })
  }
  return ok(ports)
}

function copyingFault(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'the disk is full'
  if (code === 'EROFS') return 'the file system is read-only'
  return readingFault(error)
}

/** `.csv.gz`: the engine tells compression by it. */
const endingOf = (name: string): string => /(?:\.[A-Za-z0-9]{1,10}){1,2}$/u.exec(name)?.[0].toLowerCase() ?? ''

interface FromPort { readonly target: Target; readonly ingested: Pick<Ingested, 'ports' | 'pinned'>; readonly signal: AbortSignal }

/** A data set that is its input port: files as the contract types them, or another product's data set as it is. */
async function writeFromPort({ lake }: Workshop, session: Session, plan: ReadPlan, { target, ingested, signal }: FromPort): Promise<Result<readonly StagedFile[]>> {
  const { columns } = target.contract
  const port = findPort(plan.product, target.dataSet.from ?? '')
  if (port?.kind === 'product') {
    const found = dataSetOfPort(port, plan.dataSetsOf)
    const pinned = ingested.pinned.find((one) => one.product === found?.product && one.dataSet === found.dataSet)
    if (pinned === undefined) throw new Bug(`${target.address} reads a data set that was not pinned.`)
    const relation = await relationOfInput(lake, pinned, session.inFolder)
    if (!relation.ok) return relation
    const defined = await session.process.define([relation.value])
    if (!defined.ok) return defined
    const shaped = await shapeOfInput(session, target, pinned)
    return shaped.ok ? writeDataSet(lake, session, { target, query: shaped.value, signal }) : shaped
  }
  const copies = ingested.ports.find((one) => one.port === port?.name)
  if (port?.kind !== 'file' || copies === undefined) throw new Bug(`${target.address} reads a port that was not copied.`)
  const read = await readPort(session, port, copies, columns)
  if (!read.ok) return read
  const written = await writeDataSet(lake, session, { target, query: selectColumns('source', port.name, columns), signal })
  if (!written.ok) return written
  const { unread } = read.value
  const where = { port: `${plan.product.name}.${port.name}`, dataSet: target.address }
  return ok(written.value, unread.length === 0 ? [] : [messages['source-column-extra']({ ...where, columns: unread })])
}

/** Columns of the other product that the contract does not name stay behind; one that it names and that is not there is told. */
async function shapeOfInput({ process }: Session, target: Target, { product, dataSet }: PinnedInput): Promise<Result<string>> {
  const whole = await process.prepare(`SELECT * FROM ${quoteIdentifier(product)}.${quoteIdentifier(dataSet)}`)
  if (!whole.ok) return whole
  const promised = new Set(target.contract.columns.map((column) => column.name))
  const given = whole.value.columns.filter((column) => promised.has(column.name))
  return shapeToContract(target, given.length === 0 ? 'SELECT 1' : selectColumns(product, dataSet, given), given)
}
