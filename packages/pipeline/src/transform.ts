// Runs the models of a product in the order in which they read each other, each to files that nobody sees yet. A model is a
// stranger's SQL: it passes the same gate as a consumer's and sees only what it declared.

import type { Diagnostic, Result } from '@tulle/kernel'
import type { Relation } from '@tulle/engine'
import type { RunContext, StepContext, StepOutcome } from '@tulle/workflow'
import type { Session, StagedFile, Target, Workshop } from './types.ts'
import type { ReadPlan } from './read-plan.ts'
import { failStep } from './fail-step.ts'
import { handOn, takeUp } from './take-up.ts'
import { openInputs } from './open-inputs.ts'
import { buildProject } from './build-project.ts'
import { baseOf, relationOfStaged, rowsOf, writeDataSet } from './write-data-set.ts'
import { inModel, modelQuery } from './model-query.ts'

/** Hands on `Transformed`: every data set's files, straight ones included. */
export async function transform(workshop: Workshop, context: RunContext, step: StepContext): Promise<StepOutcome> {
  const fall = (diagnostics: readonly Diagnostic[]): Promise<StepOutcome> => failStep(workshop, step.runId, diagnostics)
  const begun = await takeUp(workshop, context, step.runId)
  if (!begun.ok) return fall(begun.diagnostics)
  const { plan, ingested, session } = begun.value
  if (plan.targets.every(({ dataSet }) => dataSet.model === undefined)) {
    return { status: 'skipped', reason: 'No data set has a model.', output: handOn({ staged: ingested.staged }) }
  }
  if (plan.product.dbt !== undefined) {
    const built = await buildProject(workshop, begun.value, step)
    if (!built.ok) return fall(built.diagnostics)
    const { staged, bases, rows, diagnostics } = built.value
    return { status: 'succeeded', output: handOn({ staged, bases }), rowsWritten: rows, diagnostics }
  }
  const relations = await openInputs(workshop, session, plan, ingested, new Set(plan.targets.flatMap(({ dataSet }) => (dataSet.model?.sources ?? []).map((source) => source.name))))
  if (!relations.ok) return fall(relations.diagnostics)

  const visible = [...relations.value]
  const staged: Record<string, readonly StagedFile[]> = { ...ingested.staged }
  let rowsWritten = 0
  for (const target of plan.targets) {
    if (target.dataSet.model !== undefined) {
      const files = await runModel(workshop, session, plan, { target, visible, signal: step.signal })
      if (!files.ok) return fall(files.diagnostics)
      staged[target.dataSet.name] = files.value
      rowsWritten += rowsOf(files.value)
      step.log(`Built ${rowsOf(files.value)} rows of ${target.address}.`)
    }
    const relation = await relationOfStaged(workshop.lake, session, target, staged[target.dataSet.name] ?? [], baseOf(ingested.ports, target))
    if (!relation.ok) return fall(relation.diagnostics)
    visible.push(relation.value)
  }
  return { status: 'succeeded', output: handOn({ staged }), rowsWritten }
}

interface ModelRun { readonly target: Target; readonly visible: readonly Relation[]; readonly signal: AbortSignal }

async function runModel(workshop: Workshop, session: Session, plan: ReadPlan, { target, visible, signal }: ModelRun): Promise<Result<readonly StagedFile[]>> {
  const defined = await session.process.define([...visible])
  if (!defined.ok) return defined
  const query = await modelQuery(session.process, plan, target, visible)
  if (!query.ok) return query
  const written = await writeDataSet(workshop.lake, session, { target, query: query.value, signal })
  if (written.ok) return written
  // A place in a file of a port is kept; the engine's place in the shaped query is nobody's line.
  return inModel(target, written.diagnostics.map(({ place, ...rest }) => (rest.code === 'engine-file' && place !== undefined ? { ...rest, place } : rest)))
}
