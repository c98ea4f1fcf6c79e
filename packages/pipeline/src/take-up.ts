// What a step after `ingest` begins with: the plan that the run began with, what was handed on so far, and the run's
// session, in this process or in the one that took the run over.

import type { Json, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { RunContext } from '@tulle/workflow'
import type { Ingested, Session, Snapshots, StagedFiles, Transformed, Workshop, Written } from './types.ts'
import type { SetAsides } from './quarantine/types.ts'
import type { ReadPlan } from './read-plan.ts'
import { planOf, readPlan } from './read-plan.ts'
import { readRecipe } from './recipe.ts'

export interface TakenUp {
  readonly plan: ReadPlan
  readonly ingested: Ingested
  readonly staged: StagedFiles
  readonly session: Session
}

/** What a step hands on is plain JSON by its type. */
export const handOn = (output: Ingested | Transformed | Written): Json => output as unknown as Json

/** What `ingest` handed on. */
export const ingestedOf = ({ outputs }: RunContext): Ingested => outputs['ingest'] as unknown as Ingested

/** What `write` handed on. */
export const writtenOf = ({ outputs }: RunContext): Written => outputs['write'] as unknown as Written

/** Files of every data set written so far. */
export const stagedOf = (context: RunContext): StagedFiles => (context.outputs['transform'] as unknown as Transformed | undefined)?.staged ?? ingestedOf(context).staged

/** What of every data set waits to be set aside. */
export const asidesOf = (context: RunContext): SetAsides => (context.outputs['transform'] as unknown as Transformed | undefined)?.aside ?? ingestedOf(context).aside ?? {}

/** The versions that staged files of models are added to. */
export const basesOf = (context: RunContext): Snapshots => (context.outputs['transform'] as unknown as Transformed | undefined)?.bases ?? {}

/** How data sets that are kept in step were made. */
export const refreshedOf = (context: RunContext): NonNullable<Transformed['refreshed']> => (context.outputs['transform'] as unknown as Transformed | undefined)?.refreshed ?? {}

/** The plan that the run began with: of a rebuild its recipe's; of a run as applied, refused where an apply changed it meanwhile. */
export async function planOfRun({ store, objects }: Workshop, context: RunContext): Promise<Result<ReadPlan>> {
  const { rebuilds, recipe, definition } = ingestedOf(context)
  if (rebuilds === undefined) return readPlan(store, context.subject, definition)
  const kept = await readRecipe(objects, rebuilds.productId, recipe)
  if (!kept.ok) return kept
  const plan = planOf(kept.value.definition, kept.value.others)
  return plan.ok ? ok(asOfSnapshots(plan.value, rebuilds.snapshots)) : plan
}

/** A plan whose rows have the columns that their snapshots had, whatever became of the tables since. */
export const asOfSnapshots = (plan: ReadPlan, snapshots: Snapshots): ReadPlan => ({
  ...plan,
  targets: plan.targets.map((target) => {
    const asOf = snapshots[target.dataSet.name]
    return asOf === undefined ? target : { ...target, asOf }
  }),
})

/** Opens the run's session for a step after `ingest`. */
export async function takeUp(workshop: Workshop, context: RunContext, runId: string): Promise<Result<TakenUp>> {
  const ingested = ingestedOf(context)
  const plan = await planOfRun(workshop, context)
  if (!plan.ok) return plan
  const session = await workshop.sessions.of(runId)
  return session.ok ? ok({ plan: plan.value, ingested, staged: stagedOf(context), session: session.value }) : session
}
