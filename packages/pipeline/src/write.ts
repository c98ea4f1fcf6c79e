// What was built becomes a snapshot of each data set, on the run's own branch: checks read it there, and nobody else. Main
// does not move. Written again, it finds what an earlier try left.

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { canonicalJson, fail, ok } from '@tulle/kernel'
import type { DataFile, StagedCommit, Table } from '@tulle/lake'
import { stageAppend, stageOverwrite } from '@tulle/lake'
import { dataFileOf, takeIn } from '@tulle/tables'
import type { RunContext, StepContext, StepOutcome } from '@tulle/workflow'
import type { Ingested, RunFolders, Snapshots, StagedFile, StagedFiles, Target, Workshop } from './types.ts'
import type { ReadPlan } from './read-plan.ts'
import { hasCode } from './fail-step.ts'
import type { Side } from './quarantine/side-commits.ts'
import { sidesWith, stageSide } from './quarantine/side-commits.ts'
import { asidesOf, basesOf, handOn, ingestedOf, planOfRun, stagedOf } from './take-up.ts'
import { RUN_SUMMARY, runBranch } from './run-summary.ts'
import type { Staged } from './move-tables.ts'
import { moveTables } from './move-tables.ts'
import { baseOf, readFacts, rowsOf } from './write-data-set.ts'
import { messages } from './messages.ts'

/** Hands on `Written`. */
export async function write(workshop: Workshop, context: RunContext, step: StepContext): Promise<StepOutcome> {
  const { runId } = step
  const plan = await planOfRun(workshop, context)
  if (!plan.ok) return { status: 'failed', diagnostics: plan.diagnostics }
  // The process has open files in there; what is checked and published must be out of its reach.
  await workshop.sessions.drop(runId)
  // The one that checks starts meanwhile. It is given nothing to do before the files have left its folder.
  void workshop.sessions.of(runId).catch(() => undefined)
  const folders = await workshop.sessions.foldersOf(runId)
  const staged = stagedOf(context)
  const work: Work = { workshop, plan: plan.value, ingested: ingestedOf(context), staged, bases: basesOf(context), sides: sidesWith(plan.value.targets, asidesOf(context)), folders, runId }
  const moved = await moveTables(workshop, { runId, product: context.subject, targets: [...plan.value.targets, ...work.sides], stage: (tables) => stageAll(work, tables) })
  if (!moved.ok) return { status: 'failed', diagnostics: moved.diagnostics, retryable: hasCode(moved.diagnostics, 'publish-conflict') }
  for (const files of [...Object.values(staged), ...work.sides.map(({ aside }) => aside.files)]) for (const file of files) await rm(join(folders.outFolder, file.name), { force: true })
  for (const [dataSet, snapshot] of Object.entries(moved.value)) step.log(`Wrote ${context.subject}.${dataSet} as snapshot ${snapshot}, which waits on the branch ${runBranch(runId)}.`)
  const rows = Object.values(staged).reduce((sum, files) => sum + rowsOf(files), 0)
  return { status: 'succeeded', output: handOn({ snapshots: moved.value }), rowsWritten: rows }
}

interface Work {
  readonly workshop: Workshop
  readonly plan: ReadPlan
  readonly ingested: Ingested
  readonly staged: StagedFiles
  readonly bases: Snapshots
  readonly sides: readonly Side[]
  readonly folders: RunFolders
  readonly runId: string
}

async function stageAll(work: Work, tables: readonly Table[]): Promise<Result<Staged>> {
  const commits: StagedCommit[] = []
  const snapshots: Record<string, string> = {}
  for (const [i, target] of work.plan.targets.entries()) {
    const table = tables[i] as Table
    const before = table.metadata.refs[runBranch(work.runId)]
    const commit = before === undefined ? await stage(work, target, table) : undefined
    if (commit?.ok === false) return commit
    if (commit !== undefined) commits.push(commit.value)
    snapshots[target.dataSet.name] = before?.snapshotId ?? commit?.value.snapshot?.id ?? ''
  }
  for (const [i, { aside }] of work.sides.entries()) {
    const commit = await stageSide(work.workshop.lake, work.runId, tables[work.plan.targets.length + i] as Table, aside, (table, file) => take(work, { table, dataSet: table.name.name }, file))
    if (!commit.ok) return commit
    if (commit.value !== undefined) commits.push(commit.value)
  }
  return ok({ commits, snapshots })
}

/** A staged file as the table has it by now. */
async function take({ workshop, folders, runId }: Pick<Work, 'workshop' | 'folders' | 'runId'>, { table, dataSet }: { readonly table: Table; readonly dataSet: string }, file: StagedFile): Promise<Result<DataFile>> {
  const facts = await readFacts(folders, file)
  if (facts === undefined) return fail(messages['staged-file-missing']({ dataSet }))
  const folder = workshop.objects.pathOf(table.location)
  if (!folder.ok) return folder
  // Its name follows from the run, so a second try finds the first one's file.
  const taken = await takeIn(workshop.lake, table, { ...facts.file, path: join(folders.outFolder, file.name) }, `${folder.value}/data/${runId}-${file.name}`, { reuse: true })
  return taken.ok ? ok(dataFileOf(table, { ...facts, file: taken.value.file }, taken.value.address)) : taken
}

async function stage({ workshop, ingested, plan, staged, bases, folders, runId }: Work, target: Target, table: Table): Promise<Result<StagedCommit>> {
  const files: DataFile[] = []
  for (const file of staged[target.dataSet.name] ?? []) {
    const taken = await take({ workshop, folders, runId }, { table, dataSet: target.address }, file)
    if (!taken.ok) return taken
    files.push(taken.value)
  }
  const isOnTop = baseOf(ingested.ports, target, bases) !== undefined
  return (isOnTop ? stageAppend : stageOverwrite)(workshop.lake, table, {
    branch: runBranch(runId),
    files,
    summary: snapshotSummary({ plan, ingested, runId }, target),
  })
}

/** What a snapshot says of where it comes from. */
export const snapshotSummary = ({ plan, ingested, runId }: Pick<Work, 'plan' | 'ingested' | 'runId'>, target: Target): Readonly<Record<string, string>> => ({
  [RUN_SUMMARY.run]: runId,
  [RUN_SUMMARY.code]: plan.code,
  [RUN_SUMMARY.contract]: target.contract.version,
  [RUN_SUMMARY.inputs]: canonicalJson(ingested.inputs),
  ...(ingested.dbt?.prints?.[target.dataSet.name] !== undefined && { [RUN_SUMMARY.model]: ingested.dbt.prints[target.dataSet.name] ?? '' }),
  ...(ingested.workflow !== undefined && { [RUN_SUMMARY.workflow]: ingested.workflow }),
  [RUN_SUMMARY.recipe]: ingested.recipe,
})
