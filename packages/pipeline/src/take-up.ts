// What a step after `ingest` begins with: the plan that the run began with, what was handed on so far, and the run's
// session, in this process or in the one that took the run over.

import type { Json, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { RunContext } from '@tulle/workflow'
import type { Ingested, Session, StagedFiles, Transformed, Workshop } from './types.ts'
import type { ReadPlan } from './read-plan.ts'
import { readPlan } from './read-plan.ts'

export interface TakenUp {
  readonly plan: ReadPlan
  readonly ingested: Ingested
  readonly staged: StagedFiles
  readonly session: Session
}

/** What a step hands on is plain JSON by its type. */
export const handOn = (output: Ingested | Transformed): Json => output as unknown as Json

/** What `ingest` handed on. */
export const ingestedOf = ({ outputs }: RunContext): Ingested => outputs['ingest'] as unknown as Ingested

/** Files of every data set written so far. */
export const stagedOf = (context: RunContext): StagedFiles => (context.outputs['transform'] as unknown as Transformed | undefined)?.staged ?? ingestedOf(context).staged

/** Refuses a run whose product was changed by an apply meanwhile. */
export async function takeUp({ store, sessions }: Workshop, context: RunContext, runId: string): Promise<Result<TakenUp>> {
  const ingested = ingestedOf(context)
  const plan = await readPlan(store, context.subject, ingested.definition)
  if (!plan.ok) return plan
  const session = await sessions.of(runId)
  return session.ok ? ok({ plan: plan.value, ingested, staged: stagedOf(context), session: session.value }) : session
}
