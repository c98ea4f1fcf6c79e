// Builds the models of a product in the order in which they read each other, each to files that nobody sees yet. A model is a
// stranger's SQL: it passes the same gate as a consumer's and sees only what it declared.

import type { RunContext, StepContext, StepOutcome } from '@tulle/workflow'
import type { Workshop } from './types.ts'
import { failStep } from './fail-step.ts'
import type { TakenUp } from './take-up.ts'
import { handOn, takeUp } from './take-up.ts'
import { buildProject } from './build-project.ts'
import { isLeft } from './unchanged-models.ts'

/** Hands on `Transformed`: every data set's files, straight ones included. */
export async function transform(workshop: Workshop, context: RunContext, step: StepContext): Promise<StepOutcome> {
  const begun = await takeUp(workshop, context, step.runId)
  return begun.ok ? transformWith(workshop, begun.value, step) : failStep(workshop, step.runId, begun.diagnostics)
}

export async function transformWith(workshop: Workshop, begun: TakenUp, step: StepContext): Promise<StepOutcome> {
  const { plan, ingested } = begun
  if (plan.targets.every(({ dataSet }) => dataSet.model === undefined)) {
    return { status: 'skipped', reason: 'No data set has a model.', output: handOn({ staged: ingested.staged }) }
  }
  const built = await buildProject(workshop, begun, step)
  if (!built.ok) return failStep(workshop, step.runId, built.diagnostics)
  const { staged, bases, aside, refreshed, results, rows, diagnostics } = built.value
  if (plan.targets.every((target) => target.dataSet.model === undefined || isLeft(ingested.dbt?.left, target))) {
    return { status: 'skipped', reason: 'No model has other code or other inputs.', output: handOn({ staged, bases, aside, results, refreshed }) }
  }
  return { status: 'succeeded', output: handOn({ staged, bases, aside, results, refreshed }), rowsWritten: rows, diagnostics }
}
