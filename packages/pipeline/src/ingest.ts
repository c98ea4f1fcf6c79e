// The first step: fixes what the run reads (files by their content, tables of other products and platforms by their snapshot), stops where nothing
// changed, keeps what it read, and writes the data sets that come straight from a source.

import { join } from 'node:path'
import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { canonicalJson, fail, fingerprintOf, ok } from '@tulle/kernel'
import type { FileInputPort } from '@tulle/model'
import { loadTable } from '@tulle/lake'
import type { RunContext, StepContext, StepOutcome } from '@tulle/workflow'
import type { DbtRun, ForeignInput, Ingested, IngestedPort, InputRight, PinnedInput, Range, Session, Variables, Workshop } from './types.ts'
import type { Decisions } from './quarantine/types.ts'
import type { ReadPlan } from './read-plan.ts'
import { mayHoldSuppressed } from './leave-out.ts'
import { failStep } from './fail-step.ts'
import { readPlan } from './read-plan.ts'
import { handOn } from './take-up.ts'
import type { HashedFile } from './source-files.ts'
import { checkCollection, collectionFingerprint } from './list-collection.ts'
import { copyName, findSourceFiles, hashSourceFile, readingFault } from './source-files.ts'
import { copyInto } from './sessions.ts'
import { bringForeignTables, findForeignTables } from './foreign-tables.ts'
import type { DrawnPort } from './draw-ports.ts'
import { drawPorts, ingestedOfDrawn } from './draw-ports.ts'
import { dbtRunOf } from './dbt-run.ts'
import { describeRight, rightFingerprint, rightsOf } from './input-rights.ts'
import { pinInputs } from './pin-inputs.ts'
import { keepFile, keepRecipe } from './recipe.ts'
import { rowsOf } from './write-data-set.ts'
import { writeStraight } from './write-straight.ts'
import { decisionsOf } from './quarantine/side-table.ts'
import { messages } from './messages.ts'
import { workflowOf } from './workflow-of-run.ts'
import { isByOther, RUN_SUMMARY } from './run-summary.ts'

/** Hands on `Ingested`, or skips the run with its reason. */
export async function ingest(workshop: Workshop, { subject, input, call }: RunContext, step: StepContext): Promise<StepOutcome> {
  const fall = (diagnostics: readonly Diagnostic[]): Promise<StepOutcome> => failStep(workshop, step.runId, diagnostics)
  const plan = await readPlan(workshop.store, subject)
  if (!plan.ok) return fall(plan.diagnostics)
  const pinned = await pinInputs(workshop.lake, subject, plan.value.inputs)
  if (!pinned.ok) return fall(pinned.diagnostics)
  const rights = await rightsOf(workshop, plan.value, pinned.value)
  if (!rights.ok) return fall(rights.diagnostics)
  const sources = await findSources(workshop.meshFolder, plan.value)
  if (!sources.ok) return fall(sources.diagnostics)
  const foreign = await findForeignTables(workshop, plan.value)
  if (!foreign.ok) return fall(foreign.diagnostics)
  const range = input['backfill'] as unknown as Range | undefined
  // What connected ports bring is known only when it is here.
  const early = plan.value.connected.length === 0 ? undefined : await workshop.sessions.of(step.runId)
  if (early?.ok === false) return fall(early.diagnostics)
  const drawn = early === undefined ? ok([]) : await drawPorts(workshop, early.value, plan.value, step.signal, { range })
  if (!drawn.ok) return fall(drawn.diagnostics)
  const variables = variablesOf(plan.value, call?.input)
  const inputs = inputsOf(plan.value, { pinned: pinned.value, rights: rights.value, sources: sources.value, foreign: foreign.value, drawn: drawn.value, variables })
  const workflow = await workflowOf(workshop, step.runId)
  if (input['force'] !== true && input['fullRefresh'] !== true && range === undefined) {
    const published = await publishedBy(workshop, plan.value, inputs, workflow)
    if (!published.ok) return fall(published.diagnostics)
    if (published.value !== undefined) {
      return { status: 'skipped', reason: `Nothing changed since run ${published.value}: same code, same inputs.`, skipRest: true }
    }
  }
  const isSame = drawn.value.some(({ input }) => input.mode === 'same')
  const whole = isSame && early !== undefined ? await drawPorts(workshop, early.value, plan.value, step.signal, { isWhole: true, range }) : drawn
  if (!whole.ok) return fall(whole.diagnostics)
  for (const one of pinned.value) step.log(`Reads ${one.product}.${one.dataSet} at snapshot ${one.snapshot}${describeRight(rights.value.get(`${one.product}.${one.dataSet}`) ?? {})}.`)
  const session = await workshop.sessions.of(step.runId)
  if (!session.ok) return fall(session.diagnostics)
  const copied = await copySources(session.value, plan.value.product.name, sources.value)
  if (!copied.ok) return { status: 'failed', diagnostics: copied.diagnostics, retryable: true }
  for (const { port, told } of whole.value) step.log(`${port.name}: ${told}`)
  const ports = [...copied.value, ...whole.value.map(ingestedOfDrawn)]
  for (const port of copied.value) step.log(`Copied ${port.copies.length} ${port.copies.length === 1 ? 'file' : 'files'} of ${port.port}, ${port.bytes} bytes.`)
  for (const one of foreign.value) step.log(`Reads ${one.table} of ${one.port} at snapshot ${one.snapshot}.`)
  const brought = await bringForeignTables(session.value, plan.value.product.name, foreign.value)
  if (!brought.ok) return fall(brought.diagnostics)
  const dbt = await dbtRunOf(workshop, plan.value, inputs, { fullRefresh: input['fullRefresh'] === true, all: input['force'] === true || range !== undefined, variables })
  if (!dbt.ok) return fall(dbt.diagnostics)
  const decisions = await decisionsOf(workshop.lake, plan.value.targets.map(({ dataSet, table }) => ({ dataSet: dataSet.name, table: table.name })))
  if (!decisions.ok) return fall(decisions.diagnostics)
  const recipe = await keep(workshop, session.value, { plan: plan.value, pinned: pinned.value, sources: sources.value, ports: copied.value, drawn: whole.value, foreign: brought.value, dbt: dbt.value, decisions: decisions.value })
  if (!recipe.ok) return fall(recipe.diagnostics)

  const staged = await writeStraight(workshop, session.value, plan.value, { sources: { ports, pinned: pinned.value }, quarantine: { decisions: decisions.value, runId: step.runId } }, step)
  if (!staged.ok) return fall(staged.diagnostics)
  const rows = Object.values(staged.value.staged).reduce((sum, files) => sum + rowsOf(files), 0)
  const output: Ingested = {
    definition: plan.value.definition.fingerprint, code: plan.value.code, recipe: recipe.value, inputs, pinned: pinned.value, ports, foreign: brought.value, staged: staged.value.staged, aside: staged.value.aside, decisions: decisions.value,
    ...(workflow !== undefined && { workflow }),
    ...(dbt.value !== undefined && { dbt: dbt.value }),
  }
  return { status: 'succeeded', output: handOn(output), rowsRead: rows, rowsWritten: rows, diagnostics: [...plan.diagnostics, ...staged.diagnostics] }
}

/** What the run is given, where a model asks for some of it. */
function variablesOf({ product }: ReadPlan, given: Json | undefined): Variables | undefined {
  const texts = [...product.dataSets.flatMap(({ model }) => (model === undefined ? [] : [model.text])), ...(product.macros ?? []).map(({ text }) => text), ...Object.values(product.dbt?.files ?? {})]
  const asks = texts.some((text) => /\bvar\s*\(/u.test(text))
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given)
  return asks && isObject && Object.keys(given).length > 0 ? given as Variables : undefined
}

interface Source { readonly port: FileInputPort; readonly files: readonly HashedFile[] }

/** Every port's files; everything that is missing is told at once. */
async function findSources(meshFolder: string, { product, ports }: ReadPlan): Promise<Result<readonly Source[]>> {
  const sources: Source[] = []
  const diagnostics: Diagnostic[] = []
  for (const port of ports) {
    const name = `${product.name}.${port.name}`
    const found = await findSourceFiles(meshFolder, { port: name, path: port.path, isCollection: port.format === 'files' })
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
    const tooLarge = port.format === 'files' ? checkCollection(name, files) : undefined
    if (tooLarge !== undefined) diagnostics.push(tooLarge)
    sources.push({ port, files })
  }
  return diagnostics.length > 0 ? fail(...diagnostics) : ok(sources)
}

interface Inputs { readonly pinned: readonly PinnedInput[]; readonly rights: ReadonlyMap<string, InputRight>; readonly sources: readonly Source[]; readonly foreign: readonly ForeignInput[]; readonly drawn: readonly DrawnPort[]; readonly variables: Variables | undefined }

function inputsOf({ product }: ReadPlan, { pinned, rights, sources, foreign, drawn, variables }: Inputs): Readonly<Record<string, string>> {
  return Object.fromEntries([
    ...pinned.map((one) => [`data-set:${one.product}.${one.dataSet}`, one.snapshot]),
    // The same snapshot under other rights is another input.
    ...[...rights].flatMap(([address, right]) => {
      const fingerprint = rightFingerprint(right)
      return fingerprint === undefined ? [] : [[`access:${address}`, fingerprint]]
    }),
    ...sources.map(({ port, files }) => [`input-port:${product.name}.${port.name}`, port.format === 'files' ? collectionFingerprint(port, files) : files.map((file) => file.sha256).toSorted().join(' ')]),
    ...drawn.map(({ port, fingerprint }) => [`input-port:${product.name}.${port.name}`, fingerprint]),
    // Several ports may read one table, each at a snapshot of its own.
    ...[...Map.groupBy(foreign, (one) => one.table)].map(([table, read]) => [`iceberg:${table}`, read.map((one) => one.snapshot).join(' ')]),
    ...(variables === undefined ? [] : [['parameters', fingerprintOf(variables)] as const]),
  ])
}

/** The run that published exactly this from exactly these inputs by the same workflow, if all of the product's current snapshots are its. */
async function publishedBy({ lake }: Workshop, { targets, code }: ReadPlan, inputs: Readonly<Record<string, string>>, workflow: string | undefined): Promise<Result<string | undefined>> {
  let run: string | undefined
  for (const target of targets) {
    const table = await loadTable(lake, target.table.name)
    if (!table.ok) return table
    const summary = table.value.currentSnapshot?.summary
    if (summary === undefined || summary[RUN_SUMMARY.code] !== code || summary[RUN_SUMMARY.inputs] !== canonicalJson(inputs) || isByOther(summary, workflow)) return ok(undefined)
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
      const name = copyName(port.name, i, file.shown)
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

interface Kept {
  readonly plan: ReadPlan
  readonly pinned: readonly PinnedInput[]
  readonly sources: readonly Source[]
  readonly ports: readonly IngestedPort[]
  readonly drawn: readonly DrawnPort[]
  readonly foreign: readonly ForeignInput[]
  readonly dbt: DbtRun | undefined
  readonly decisions: Decisions
}

/** Keeps what was read beside the product's tables, so that the run can be repeated when the mesh folder has moved on. */
async function keep(workshop: Workshop, { inFolder }: Session, { plan, pinned, sources, ports, drawn, foreign, dbt, decisions }: Kept): Promise<Result<string>> {
  const { objects } = workshop
  const withheld = sources.length + drawn.length > 0 && (await mayHoldSuppressed(workshop, plan.targets))
  for (const [i, { files }] of withheld ? [] : sources.entries()) {
    for (const [j, { sha256 }] of files.entries()) {
      const kept = await keepFile(objects, plan.definition.id, { path: join(inFolder, ports[i]?.copies[j] ?? ''), sha256 })
      if (!kept.ok) return kept
    }
  }
  for (const { files } of withheld ? [] : drawn) {
    for (const { name, sha256 } of files) {
      const kept = await keepFile(objects, plan.definition.id, { path: join(inFolder, name), sha256 })
      if (!kept.ok) return kept
    }
  }
  return keepRecipe(objects, {
    format: 1,
    definition: plan.definition,
    others: plan.others,
    pinned,
    ...(foreign.length > 0 && { foreign }),
    ...(dbt !== undefined && { dbt }),
    ...(Object.keys(decisions).length > 0 && { decisions }),
    ...(withheld && { withheld }),
    ports: [
      ...sources.map(({ port, files }) => ({ port: port.name, files: withheld ? [] : files.map(({ sha256, bytes, shown }) => ({ sha256, bytes, shown })) })),
      ...drawn.map(({ port, files, input }) => ({ port: port.name, files: withheld ? [] : files.map(({ sha256, bytes, shown }) => ({ sha256, bytes, shown })), drawn: input })),
    ],
  })
}

function copyingFault(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'the disk is full'
  if (code === 'EROFS') return 'the file system is read-only'
  return readingFault(error)
}
