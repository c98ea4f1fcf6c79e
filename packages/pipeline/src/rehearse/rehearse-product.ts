// The workflow that builds what a folder would change of a product, beside production and never into it, and says how it differs.
// What it built goes with the run's folder.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { RunContext, StepContext, StepOutcome, WorkflowDefinition } from '@tulle/workflow'
import { defineWorkflow } from '@tulle/workflow'
import type { Workshop } from '../types.ts'
import { failStep } from '../fail-step.ts'
import { RETRY } from '../run-product.ts'
import type { TakenUp } from '../take-up.ts'
import { ingestedOf, stagedOf } from '../take-up.ts'
import { transformWith } from '../transform.ts'
import { compareRehearsal } from './compare-rehearsal.ts'
import type { Rehearsal } from './read-rehearsal.ts'
import { readRehearsal, requestIn } from './read-rehearsal.ts'
import { rehearsalLake } from './rehearsal-lake.ts'
import { isLeft } from '../unchanged-models.ts'
import { rehearse } from './rehearse.ts'

export const REHEARSE_PRODUCT = 'rehearse-product'

export function rehearseProductWorkflow(workshop: Workshop, timeoutMilliseconds: number): Result<WorkflowDefinition> {
  const step = { retry: RETRY, timeoutMilliseconds }
  return defineWorkflow({
    name: REHEARSE_PRODUCT,
    steps: [
      { ...step, name: 'ingest', run: (context, one) => rehearse(workshop, context, one) },
      { ...step, name: 'transform', run: (context, one) => onStage(workshop, context, one, (stage) => transformWith(stage.workshop, stage.begun, one)) },
      { ...step, name: 'compare', run: (context, one) => onStage(workshop, context, one, (stage) => compareRehearsal(stage.workshop, stage.rehearsal, stage.begun, workshop.lake, one)) },
    ],
    release: (runId) => workshop.sessions.release(runId),
  })
}

interface Stage { readonly workshop: Workshop; readonly rehearsal: Rehearsal; readonly begun: TakenUp }

/** A step with a lake that writes nothing of production's, over what the folder declares. */
async function onStage(workshop: Workshop, context: RunContext, step: StepContext, act: (stage: Stage) => Promise<StepOutcome>): Promise<StepOutcome> {
  const stage = await setStage(workshop, context, step.runId)
  return stage.ok ? act(stage.value) : failStep(workshop, step.runId, stage.diagnostics)
}

async function setStage(workshop: Workshop, context: RunContext, runId: string): Promise<Result<Stage>> {
  const read = await readRehearsal(workshop, context.subject, requestIn(context.input))
  if (!read.ok) return read
  const ingested = ingestedOf(context)
  const { plan } = read.value
  // What its first step found holds, whatever is published meanwhile.
  const rehearsal: Rehearsal = { plan, built: plan.targets.filter((target) => !isLeft(ingested.dbt?.left, target)), published: ingested.rebuilds?.snapshots ?? {} }
  const lake = await rehearsalLake(workshop.lake, rehearsal.built)
  if (!lake.ok) return lake
  const session = await workshop.sessions.of(runId)
  if (!session.ok) return session
  return ok({ workshop: { ...workshop, lake: lake.value, objects: lake.value.objects }, rehearsal, begun: { plan, ingested, staged: stagedOf(context), session: session.value } })
}
