// What was built becomes a snapshot of each data set, on the run's own branch: checks read it there, and nobody else. Main
// does not move. Written again, it finds what an earlier try left.

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { canonicalJson, fail, ok } from '@tulle/kernel'
import type { DataFile, StagedCommit, Table } from '@tulle/lake'
import { ancestorsOf, planScan, stageAppend, stageOverwrite, stageRowDelta } from '@tulle/lake'
import { dataFileOf, positionDeletesOf, takeIn } from '@tulle/tables'
import type { RunContext, StepContext, StepOutcome } from '@tulle/workflow'
import type { Ingested, Refreshed, RunFolders, Snapshots, StagedFile, StagedFiles, StagedGone, Target, Workshop } from './types.ts'
import type { ReadPlan } from './read-plan.ts'
import { hasCode } from './fail-step.ts'
import type { Side } from './quarantine/side-commits.ts'
import { sidesWith, stageSide } from './quarantine/side-commits.ts'
import { asidesOf, basesOf, handOn, ingestedOf, planOfRun, refreshedOf, stagedOf } from './take-up.ts'
import { madeBy, RUN_SUMMARY, runBranch } from './run-summary.ts'
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
  const work: Work = { workshop, plan: plan.value, ingested: ingestedOf(context), staged, bases: basesOf(context), refreshed: refreshedOf(context), sides: sidesWith(plan.value.targets, asidesOf(context)), folders, runId }
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
  readonly refreshed: Readonly<Record<string, Refreshed>>
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

async function stage(work: Work, target: Target, table: Table): Promise<Result<StagedCommit>> {
  const { workshop, ingested, plan, staged, bases, refreshed, folders, runId } = work
  const files: DataFile[] = []
  for (const file of staged[target.dataSet.name] ?? []) {
    const taken = await take({ workshop, folders, runId }, { table, dataSet: target.address }, file)
    if (!taken.ok) return taken
    files.push(taken.value)
  }
  const base = baseOf(ingested.ports, target, bases)
  const kept = refreshed[target.dataSet.name] ?? stayed(target, table, base)
  const summary = { ...snapshotSummary({ plan, ingested, runId }, target), ...(kept !== undefined && { [RUN_SUMMARY.statement]: kept.statement, [RUN_SUMMARY.refresh]: kept.gone === undefined ? 'whole' : 'changes' }) }
  if (kept?.gone !== undefined) return stageChanges(work, { target, table, added: files, gone: kept.gone, summary })
  return (base !== undefined ? stageAppend : stageOverwrite)(workshop.lake, table, {
    branch: runBranch(runId),
    files,
    summary,
  })
}

/** A version that stays as it is was made by the statement that it was made by. */
function stayed({ dataSet }: Target, table: Table, base: string | undefined): Refreshed | undefined {
  const statement = dataSet.refresh === undefined || base === undefined ? undefined : madeBy(ancestorsOf(table, base))?.summary[RUN_SUMMARY.statement]
  return statement === undefined ? undefined : { statement, gone: { rows: 0, files: [] } }
}

interface Changes { readonly target: Target; readonly table: Table; readonly added: readonly DataFile[]; readonly gone: StagedGone; readonly summary: Readonly<Record<string, string>> }

/** Rows that come and rows that go, on top of the version that they were worked out from and no other. */
async function stageChanges({ workshop, bases, folders, runId }: Work, { target, table, added, gone, summary }: Changes): Promise<Result<StagedCommit>> {
  const from = bases[target.dataSet.name] ?? ''
  if (table.currentSnapshot?.id !== from) return fail(messages['continuous-overtaken']({ dataSet: target.address }))
  const scan = await planScan(workshop.lake, table, { snapshotId: from })
  if (!scan.ok) return scan
  const folder = workshop.objects.pathOf(table.location)
  if (!folder.ok) return folder
  const deletes: DataFile[] = []
  const removed: DataFile[] = []
  for (const { data, name } of gone.files) {
    const file = scan.value.files.find((one) => one.file.path === data)?.file
    if (file === undefined) return fail(messages['continuous-overtaken']({ dataSet: target.address }))
    if (name === undefined) {
      removed.push(file)
      continue
    }
    const staged = { name, rows: 0, bytes: 0 }
    const facts = await readFacts(folders, staged)
    if (facts === undefined) return fail(messages['staged-file-missing']({ dataSet: target.address }))
    const path = `${folder.value}/data/${runId}-${name}`
    const adopted = await workshop.objects.adopt(path, join(folders.outFolder, name))
    if (!adopted.ok && !hasCode(adopted.diagnostics, 'object-exists')) return adopted
    deletes.push(positionDeletesOf(facts.file, workshop.objects.address(path), file))
  }
  return stageRowDelta(workshop.lake, table, { branch: runBranch(runId), added, deletes, removed, validate: { from }, summary })
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
