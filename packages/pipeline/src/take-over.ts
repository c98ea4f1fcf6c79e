// What a run that begins in the middle has to do first: makes what another run did before that step its own. Inputs come out
// of keeping, rows that were written are written on this run's branch, so from here on it is a run as any other.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { DataFile, Lake, Scan, Snapshot, StagedCommit, Table } from '@tulle/lake'
import { filesAt, planScan, snapshotOf, stageOverwrite, stageRowDelta } from '@tulle/lake'
import type { RunContext, StepContext, StepOutcome } from '@tulle/workflow'
import type { DbtRun, Ingested, Snapshots, Target, Transformed, Workshop, Written } from './types.ts'
import { dbtRunOf } from './dbt-run.ts'
import { failStep } from './fail-step.ts'
import { messages } from './messages.ts'
import { bringForeignTables, findForeignTables } from './foreign-tables.ts'
import { rightFingerprint, rightsOf } from './input-rights.ts'
import type { Staged } from './move-tables.ts'
import { moveTables } from './move-tables.ts'
import type { Side } from './quarantine/side-commits.ts'
import { sidesWith, takeOverSide } from './quarantine/side-commits.ts'
import { decisionsOf } from './quarantine/side-table.ts'
import type { Decisions } from './quarantine/types.ts'
import type { ReadPlan } from './read-plan.ts'
import type { Recipe } from './recipe.ts'
import { keepRecipe } from './recipe.ts'
import type { Takeover } from './rerun.ts'
import { checkRerun, rerunOf } from './rerun.ts'
import { restoreInputs } from './restore-inputs.ts'
import { RUN_SUMMARY, runBranch } from './run-summary.ts'
import { printsOf } from './unchanged-models.ts'
import { snapshotSummary } from './write.ts'
import { workflowOf } from './workflow-of-run.ts'
import { writeStraight } from './write-straight.ts'

/** Hands on the outputs of the steps before, by step. */
export async function takeOver(workshop: Workshop, { subject, input }: RunContext, step: StepContext): Promise<StepOutcome> {
  const rerun = rerunOf(input)
  if (rerun === undefined) return { status: 'succeeded', output: {} }
  const found = await checkRerun(workshop, subject, rerun)
  if (!found.ok) return failStep(workshop, step.runId, found.diagnostics)
  const { outputs, read } = found.value
  step.log(`Takes over ${Object.keys(outputs).length === 0 ? 'nothing' : Object.keys(outputs).join(', ')} from run ${rerun.run}.`)
  if (read === undefined) return { status: 'succeeded', output: outputs }
  const ingested = await takeInputs(workshop, found.value, read, step)
  if (!ingested.ok) return failStep(workshop, step.runId, ingested.diagnostics)
  const written = await takeRows(workshop, found.value, ingested.value, step, rerun.run)
  if (!written.ok) return failStep(workshop, step.runId, written.diagnostics)
  const own: Readonly<Record<string, unknown>> = { ...outputs, ingest: ingested.value, ...(written.value !== undefined && { write: written.value }) }
  return { status: 'succeeded', output: own as Readonly<Record<string, Json>> }
}

/** `Ingested`, as if this run had read the same. */
async function takeInputs(workshop: Workshop, { plan, done }: Takeover, { ingested, recipe }: NonNullable<Takeover['read']>, step: StepContext): Promise<Result<Ingested>> {
  const session = await workshop.sessions.of(step.runId)
  if (!session.ok) return session
  const ports = await restoreInputs(workshop, session.value, recipe)
  if (!ports.ok) return ports
  const found = await findForeignTables(workshop, plan, recipe.foreign ?? [])
  if (!found.ok) return found
  const foreign = await bringForeignTables(session.value, plan.product.name, found.value)
  if (!foreign.ok) return foreign
  const { pinned } = ingested
  const inputs = await inputsNow(workshop, plan, ingested)
  if (!inputs.ok) return inputs
  const dbt = await modelsNow(workshop, { plan, isWritten: done.has('write') }, ingested, inputs.value)
  if (!dbt.ok) return dbt
  // What was written keeps the decisions that it was written by.
  const decisions = done.has('write') ? ok(ingested.decisions ?? {}) : await decisionsOf(workshop.lake, plan.targets.map(({ dataSet, table }) => ({ dataSet: dataSet.name, table: table.name })))
  if (!decisions.ok) return decisions
  const staged = done.has('write') ? ok({ staged: ingested.staged, aside: ingested.aside ?? {} }) : await writeStraight(workshop, session.value, plan, { sources: { ports: ports.value, pinned }, quarantine: { decisions: decisions.value, runId: step.runId } }, step)
  if (!staged.ok) return staged
  const kept = await keepRecipe(workshop.objects, recipeNow(recipe, plan, dbt.value, decisions.value))
  if (!kept.ok) return kept
  const { dbt: _before, ...rest } = ingested
  const print = await workflowOf(workshop, step.runId)
  return ok({
    ...rest, definition: plan.definition.fingerprint, code: plan.code, recipe: kept.value, inputs: inputs.value, ports: ports.value, foreign: foreign.value, staged: staged.value.staged, aside: staged.value.aside, decisions: decisions.value,
    ...(print !== undefined && { workflow: print }), ...(dbt.value !== undefined && { dbt: dbt.value }),
  })
}

const recipeNow = ({ dbt: _before, decisions: _earlier, ...recipe }: Recipe, { definition, others }: ReadPlan, dbt: DbtRun | undefined, decisions: Decisions): Recipe =>
  ({ ...recipe, definition, others, ...(dbt !== undefined && { dbt }), ...(Object.keys(decisions).length > 0 && { decisions }) })

/** The same snapshots, seen by the rights of today. */
async function inputsNow(workshop: Workshop, plan: ReadPlan, { pinned, inputs }: Ingested): Promise<Result<Ingested['inputs']>> {
  const rights = await rightsOf(workshop, plan, pinned)
  if (!rights.ok) return rights
  const seen = [...rights.value].flatMap(([address, right]) => ((print) => (print === undefined ? [] : [[`access:${address}`, print] as const]))(rightFingerprint(right)))
  return ok(Object.fromEntries([...Object.entries(inputs).filter(([ref]) => !ref.startsWith('access:')), ...seen]))
}

/** Models that are yet to be built are those of today; what was written stays what it was, under the name that it has today. */
async function modelsNow(workshop: Workshop, { plan, isWritten }: { readonly plan: ReadPlan; readonly isWritten: boolean }, { dbt }: Ingested, inputs: Ingested['inputs']): Promise<Result<DbtRun | undefined>> {
  if (isWritten) return ok(dbt === undefined ? undefined : { ...dbt, prints: printsOf(plan, inputs) })
  return dbtRunOf(workshop, plan, inputs, { fullRefresh: dbt?.fullRefresh === true, all: false, variables: dbt?.variables })
}

/** Undefined where nothing was written, or it is published already. */
async function takeRows(workshop: Workshop, { plan, done, outputs }: Takeover, ingested: Ingested, { runId, log }: StepContext, rerun: string): Promise<Result<Written | undefined>> {
  if (!done.has('write') || done.has('publish')) return ok(undefined)
  const { snapshots } = outputs['write'] as unknown as Written
  const sides = sidesWith(plan.targets, (outputs['transform'] as unknown as Transformed | undefined)?.aside ?? ingested.aside ?? {})
  const moved = await moveTables(workshop, { runId, product: plan.product.name, targets: [...plan.targets, ...sides], stage: (tables) => stageAgain(workshop, { plan, ingested, snapshots, sides, from: rerun, runId }, tables) })
  if (!moved.ok) return moved
  for (const [dataSet, snapshot] of Object.entries(moved.value)) log(`The rows of ${plan.product.name}.${dataSet} wait as snapshot ${snapshot} on the branch ${runBranch(runId)}.`)
  return ok({ snapshots: moved.value })
}

interface Again { readonly plan: ReadPlan; readonly ingested: Ingested; readonly snapshots: Snapshots; readonly sides: readonly Side[]; /** The run before. */ readonly from: string; readonly runId: string }

/** The files that were written, as snapshots of this run. A second try finds those of the first. */
async function stageAgain({ lake }: Workshop, { plan, ingested, snapshots, sides, from, runId }: Again, tables: readonly Table[]): Promise<Result<Staged>> {
  const commits: StagedCommit[] = []
  const staged: Record<string, string> = {}
  for (const [i, target] of plan.targets.entries()) {
    const table = tables[i] as Table
    const before = table.metadata.refs[runBranch(runId)]
    if (before !== undefined) {
      staged[target.dataSet.name] = before.snapshotId
      continue
    }
    const written = snapshotOf(table, snapshots[target.dataSet.name] ?? '')
    if (!written.ok) return written
    const summary = { ...snapshotSummary({ plan, ingested, runId }, target), ...refreshOf(written.value), [RUN_SUMMARY.rowsOf]: written.value.summary[RUN_SUMMARY.run] ?? '' }
    const commit = written.value.summary[RUN_SUMMARY.refresh] === 'changes' ? await stageSameChanges(lake, { target, table, written: written.value, summary, branch: runBranch(runId) }) : await stageSameFiles(lake, { table, written: written.value, summary, branch: runBranch(runId) })
    if (!commit.ok) return commit
    commits.push(commit.value)
    staged[target.dataSet.name] = commit.value.snapshot?.id ?? ''
  }
  for (const i of sides.keys()) {
    const commit = await takeOverSide(lake, { from, runId }, tables[plan.targets.length + i] as Table)
    if (!commit.ok) return commit
    if (commit.value !== undefined) commits.push(commit.value)
  }
  return ok({ commits, snapshots: staged })
}

/** How the rows were made stays true of them, whoever publishes them. */
const refreshOf = ({ summary }: Snapshot): Readonly<Record<string, string>> =>
  Object.fromEntries([RUN_SUMMARY.statement, RUN_SUMMARY.refresh].flatMap((word) => (summary[word] === undefined ? [] : [[word, summary[word]]])))

interface Anew { readonly table: Table; readonly written: Snapshot; readonly summary: Readonly<Record<string, string>>; readonly branch: string }

async function stageSameFiles(lake: Lake, { table, written, summary, branch }: Anew): Promise<Result<StagedCommit>> {
  const files = await filesAt(lake, table, written.id)
  return files.ok ? stageOverwrite(lake, table, { branch, files: files.value, summary }) : files
}

/** The files that come and go, delete files among them, on top of the version that they were worked out from and no other. */
async function stageSameChanges(lake: Lake, { target, table, written, summary, branch }: Anew & { readonly target: Target }): Promise<Result<StagedCommit>> {
  const current = table.currentSnapshot?.id
  // Served already: the same version, told once more.
  if (current === written.id) return stageRowDelta(lake, table, { branch, summary, validate: { from: written.id } })
  const from = written.parentId
  if (from === undefined || current !== from) return fail(messages['continuous-overtaken']({ dataSet: target.address }))
  const [before, after] = [await planScan(lake, table, { snapshotId: from }), await planScan(lake, table, { snapshotId: written.id })]
  if (!before.ok) return before
  if (!after.ok) return after
  const deletesOf = ({ files }: Scan): ReadonlyMap<string, DataFile> => new Map(files.flatMap(({ deletes }) => deletes.map((one) => [one.path, one])))
  const [old, fresh] = [new Set(before.value.files.map(({ file }) => file.path)), new Set(after.value.files.map(({ file }) => file.path))]
  const known = deletesOf(before.value)
  return stageRowDelta(lake, table, {
    branch, summary, validate: { from },
    added: after.value.files.flatMap(({ file }) => (old.has(file.path) ? [] : [file])),
    deletes: [...deletesOf(after.value)].flatMap(([path, one]) => (known.has(path) ? [] : [one])),
    removed: before.value.files.flatMap(({ file }) => (fresh.has(file.path) ? [] : [file])),
  })
}
