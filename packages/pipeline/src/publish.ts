// What was checked becomes what everybody reads: main of all data sets of the product moves to the run's snapshots in one
// transaction, with the event that says so. A run publishes once, however often this step is run: it finds its own snapshots
// in main's past by the run's id.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Snapshot, StagedCommit, Table } from '@tulle/lake'
import { ancestorsOf, filesAt, nextTime, snapshotOf, stageOverwrite, withRef, writeMetadata } from '@tulle/lake'
import type { RunContext, StepContext, StepOutcome } from '@tulle/workflow'
import type { Snapshots, Target, Workshop } from './types.ts'
import type { ReadPlan } from './read-plan.ts'
import { hasCode } from './fail-step.ts'
import type { Staged } from './move-tables.ts'
import { moveTables } from './move-tables.ts'
import { publishedEvent } from './published-event.ts'
import { contractTag, RUN_SUMMARY, runBranch } from './run-summary.ts'
import type { Side } from './quarantine/side-commits.ts'
import { eventsOfSides, publishSide, sidesWith } from './quarantine/side-commits.ts'
import { asidesOf, planOfRun, stagedOf, writtenOf } from './take-up.ts'
import { rowsOf } from './write-data-set.ts'
import { messages } from './messages.ts'

export async function publish(workshop: Workshop, context: RunContext, step: StepContext): Promise<StepOutcome> {
  const { subject } = context
  const plan = await planOfRun(workshop, context)
  if (!plan.ok) return { status: 'failed', diagnostics: plan.diagnostics }
  const work: Work = { workshop, plan: plan.value, written: writtenOf(context).snapshots, sides: sidesWith(plan.value.targets, asidesOf(context)), runId: step.runId, log: step.log }
  const moved = await moveTables(workshop, { product: subject, runId: step.runId, targets: [...plan.value.targets, ...work.sides], stage: (tables) => stageAll(work, tables) })
  if (!moved.ok) return { status: 'failed', diagnostics: moved.diagnostics, retryable: hasCode(moved.diagnostics, 'publish-conflict') }
  for (const [dataSet, snapshot] of Object.entries(moved.value)) step.log(`Published ${subject}.${dataSet} as snapshot ${snapshot}.`)
  const rows = Object.values(stagedOf(context)).reduce((sum, files) => sum + rowsOf(files), 0)
  return { status: 'succeeded', output: { snapshots: moved.value }, rowsWritten: rows }
}

interface Work {
  readonly workshop: Workshop
  readonly plan: ReadPlan
  readonly written: Snapshots
  readonly sides: readonly Side[]
  readonly runId: string
  readonly log: (message: string) => void
}

async function stageAll(work: Work, tables: readonly Table[]): Promise<Result<Staged>> {
  const { plan, runId } = work
  const before = ownSnapshots(plan.targets, tables, runId)
  if (before !== undefined) return ok({ commits: [], snapshots: before })
  const commits: StagedCommit[] = []
  const snapshots: Record<string, string> = {}
  for (const [i, target] of plan.targets.entries()) {
    const commit = await stage(work, target, tables[i] as Table)
    if (!commit.ok) return commit
    commits.push(commit.value)
    snapshots[target.dataSet.name] = commit.value.table.currentSnapshot?.id ?? ''
  }
  for (const i of work.sides.keys()) {
    const commit = await publishSide(work.workshop.lake, runId, tables[plan.targets.length + i] as Table)
    if (!commit.ok) return commit
    if (commit.value !== undefined) commits.push(commit.value)
  }
  const [product, productId] = [plan.product.name, plan.definition.id]
  return ok({ commits, snapshots, events: [publishedEvent({ product, productId, snapshots, runId }), ...eventsOfSides(product, productId, runId, work.sides)] })
}

/** What this run has published already: a reply was lost, or the process died after the commit. */
function ownSnapshots(targets: readonly Target[], tables: readonly Table[], runId: string): Snapshots | undefined {
  const own = targets.map(({ dataSet }, i) => [dataSet.name, tables[i] === undefined ? undefined : snapshotOfRun(tables[i], runId)?.id] as const)
  return own.every(([, id]) => id !== undefined) ? Object.fromEntries(own as readonly (readonly [string, string])[]) : undefined
}

const snapshotOfRun = ({ metadata, snapshots }: Table, runId: string): Snapshot | undefined =>
  snapshots.find(({ id, summary }) => summary[RUN_SUMMARY.run] === runId && metadata.snapshotLog.some((entry) => entry.snapshotId === id))

/** Main, tag and branch move in one metadata file. */
async function stage({ workshop: { lake }, written, runId, log }: Work, target: Target, table: Table): Promise<Result<StagedCommit>> {
  const snapshot = snapshotOf(table, written[target.dataSet.name] ?? '')
  if (!snapshot.ok) return snapshot
  const main = table.currentSnapshot
  if (main === undefined || ancestorsOf(table, snapshot.value.id).some((one) => one.id === main.id)) return stageMain({ lake, runId, target }, table, snapshot.value)
  // Somebody else wrote to main since. A run says what the whole data set is, and these files are what was checked, so they
  // follow the other's snapshot, which stays in the table's past and is named.
  if (snapshot.value.summary[RUN_SUMMARY.refresh] === 'changes') return fail(messages['continuous-overtaken']({ dataSet: target.address }))
  const followed = await follow({ lake, table, checked: snapshot.value, main })
  if (!followed.ok) return followed
  log(`Somebody else wrote snapshot ${main.id} to ${target.address} meanwhile; the run's rows replace it.`)
  return followed.value.snapshot === undefined ? followed : stageMain({ lake, runId, target }, followed.value.table, followed.value.snapshot)
}

interface Follow { readonly lake: Workshop['lake']; readonly table: Table; readonly checked: Snapshot; readonly main: Snapshot }

async function follow({ lake, table, checked, main }: Follow): Promise<Result<StagedCommit>> {
  const files = await filesAt(lake, table, checked.id)
  if (!files.ok) return files
  const known = new Set(ancestorsOf(table, checked.id).map((one) => one.id))
  const replaced = ancestorsOf(table, main.id).map((one) => one.id).filter((id) => !known.has(id))
  const own = Object.fromEntries(Object.entries(checked.summary).filter(([key]) => key.startsWith('tulle.')))
  return stageOverwrite(lake, table, { files: files.value, summary: { ...own, [RUN_SUMMARY.replaced]: replaced.toReversed().join(' ') } })
}

function stageMain({ lake, runId, target }: { readonly lake: Workshop['lake']; readonly runId: string; readonly target: Target }, table: Table, snapshot: Snapshot): Promise<Result<StagedCommit>> {
  const { metadata } = table
  const lastUpdated = nextTime(lake, table)
  const moved = { ...metadata, ...withRef(metadata, 'main', { ...metadata.refs['main'], type: 'branch', snapshotId: snapshot.id }, lastUpdated) }
  const { [runBranch(runId)]: _over, ...refs } = moved.refs
  const tag = contractTag(target.contract.version)
  // A branch that somebody gave this name is theirs.
  const tagged = refs[tag]?.type === 'branch' ? refs : { ...refs, [tag]: { type: 'tag', snapshotId: snapshot.id } as const }
  return writeMetadata(lake, table, { ...moved, refs: tagged, lastUpdated })
}
