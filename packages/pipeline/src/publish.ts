// What was checked becomes what everybody reads: all data sets of the product in one transaction, with the event that says
// so. A run publishes once, however often this step is run: it finds its own snapshots by the run's id.

import { join } from 'node:path'
import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { canonicalJson, fail, ok } from '@tulle/kernel'
import type { StagedCommit, Table } from '@tulle/lake'
import { loadTable, stageOverwrite, toDataFile } from '@tulle/lake'
import { appendEvent } from '@tulle/store'
import type { RunContext, StepContext, StepOutcome } from '@tulle/workflow'
import type { Ingested, RunFolders, StagedFile, StagedFiles, Target, Workshop } from './types.ts'
import type { ReadPlan } from './read-plan.ts'
import { readPlan } from './read-plan.ts'
import { ingestedOf, stagedOf } from './take-up.ts'
import { readFacts, rowsOf } from './write-data-set.ts'
import { messages } from './messages.ts'

/** What a snapshot's summary says of where it comes from. */
export const RUN_SUMMARY = {
  run: 'tulle.run-id',
  code: 'tulle.code-fingerprint',
  contract: 'tulle.contract-version',
  inputs: 'tulle.inputs',
} as const

const TRIES = 5

/** Snapshot ids by data set. */
type Snapshots = Readonly<Record<string, string>>

export async function publish(workshop: Workshop, context: RunContext, step: StepContext): Promise<StepOutcome> {
  const { subject } = context
  const ingested = ingestedOf(context)
  const staged = stagedOf(context)
  const plan = await readPlan(workshop.store, subject, ingested.definition)
  if (!plan.ok) return { status: 'failed', diagnostics: plan.diagnostics }
  // The process has open files in there; what is published must be out of its reach.
  await workshop.sessions.drop(step.runId)
  const folders = await workshop.sessions.foldersOf(step.runId)
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const published = await publishOnce({ workshop, plan: plan.value, ingested, staged, folders, runId: step.runId })
    if (!published.ok) return { status: 'failed', diagnostics: published.diagnostics }
    if (published.value === 'conflict') {
      step.log('The tables were changed by somebody else meanwhile; staging again.')
      continue
    }
    for (const [dataSet, snapshot] of Object.entries(published.value)) step.log(`Published ${subject}.${dataSet} as snapshot ${snapshot}.`)
    const rows = Object.values(staged).reduce((sum, files) => sum + rowsOf(files), 0)
    return { status: 'succeeded', output: { snapshots: published.value }, rowsWritten: rows }
  }
  return { status: 'failed', diagnostics: [messages['publish-conflict']({ product: subject, tries: TRIES })], retryable: true }
}

interface Publication {
  readonly workshop: Workshop
  readonly plan: ReadPlan
  readonly ingested: Ingested
  readonly staged: StagedFiles
  readonly folders: RunFolders
  readonly runId: string
}

async function publishOnce(publication: Publication): Promise<Result<Snapshots | 'conflict'>> {
  const { workshop, plan, runId } = publication
  const tables: Table[] = []
  for (const target of plan.targets) {
    const table = await loadTable(workshop.lake, target.table.name)
    if (!table.ok) return table
    tables.push(table.value)
  }
  const before = ownSnapshots(plan.targets, tables, runId)
  if (before !== undefined) return ok(before)
  const commits: StagedCommit[] = []
  const snapshots: Record<string, string> = {}
  for (const [i, target] of plan.targets.entries()) {
    const commit = await stage(publication, target, tables[i] as Table)
    if (!commit.ok) return commit
    commits.push(commit.value)
    snapshots[target.dataSet.name] = commit.value.snapshot?.id ?? ''
  }
  return swap(publication, commits, snapshots)
}

/** What this run has published already: a reply was lost, or the process died after the commit. */
function ownSnapshots(targets: readonly Target[], tables: readonly Table[], runId: string): Snapshots | undefined {
  const own = targets.map((target, i) => [target.dataSet.name, tables[i]?.snapshots.find((one) => one.summary[RUN_SUMMARY.run] === runId)?.id] as const)
  return own.every(([, id]) => id !== undefined) ? Object.fromEntries(own as readonly (readonly [string, string])[]) : undefined
}

async function stage({ workshop, ingested, plan, staged, folders, runId }: Publication, target: Target, table: Table): Promise<Result<StagedCommit>> {
  const { lake } = workshop
  const files = []
  for (const file of staged[target.dataSet.name] ?? []) {
    const facts = await readFacts(folders, file)
    if (facts === undefined) return fail(messages['staged-file-missing']({ dataSet: target.address }))
    const address = await adopt({ workshop, folders, table, runId }, file)
    if (!address.ok) return address
    files.push(toDataFile(table.schema, { ...facts, path: address.value }))
  }
  return stageOverwrite(lake, table, {
    files,
    summary: {
      [RUN_SUMMARY.run]: runId,
      [RUN_SUMMARY.code]: plan.code,
      [RUN_SUMMARY.contract]: target.contract.version,
      [RUN_SUMMARY.inputs]: canonicalJson(ingested.inputs),
    },
  })
}

/** Moves a staged file to where the table keeps its data. Its name follows from the run, so a second try finds the first one's file. */
async function adopt({ workshop, folders, runId, table }: Pick<Publication, 'workshop' | 'folders' | 'runId'> & { readonly table: Table }, file: StagedFile): Promise<Result<string>> {
  const folder = workshop.objects.pathOf(table.location)
  if (!folder.ok) return folder
  const path = `${folder.value}/data/${runId}-${file.name}`
  const adopted = await workshop.objects.adopt(path, join(folders.outFolder, file.name))
  return !adopted.ok && hasCode(adopted.diagnostics, 'object-exists') ? ok(workshop.objects.address(path)) : adopted
}

const hasCode = (diagnostics: readonly Diagnostic[], code: string): boolean => diagnostics.some((one) => one.code === code)

class Stop extends Error {
  readonly outcome: 'conflict' | 'ended'
  constructor(outcome: 'conflict' | 'ended') {
    super(outcome)
    this.outcome = outcome
  }
}

async function swap({ workshop, plan, runId }: Publication, commits: readonly StagedCommit[], snapshots: Snapshots): Promise<Result<Snapshots | 'conflict'>> {
  const product = plan.product.name
  try {
    await workshop.store.db.transaction().execute(async (tx) => {
      // The row is held until the commit, so a run is either cancelled or published, never both.
      const run = await tx.selectFrom('run').select('status').where('id', '=', runId).forUpdate().executeTakeFirst()
      if (run?.status !== 'running') throw new Stop('ended')
      if (await workshop.catalog.swapIn(tx, commits.map((commit) => commit.swap)) === 'conflict') throw new Stop('conflict')
      await appendEvent(tx, {
        type: 'tulle.product.published',
        source: '/tulle/pipeline',
        subject: product,
        data: { product, productId: plan.id, runId, snapshots: snapshots as Json },
      })
    })
    return ok(snapshots)
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    return error.outcome === 'conflict' ? ok('conflict') : fail(messages['publish-cancelled']({ product }))
  }
}
