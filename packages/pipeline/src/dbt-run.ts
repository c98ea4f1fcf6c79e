// What a run's models depend on beside its inputs, fixed when the run begins: the time, what was published of them, what of
// them has to be built.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { DbtRun, Variables, Workshop } from './types.ts'
import type { ReadPlan } from './read-plan.ts'
import { modelTargets, pinOwn } from './dbt-project.ts'
import { printsOf, unchangedModels } from './unchanged-models.ts'

/** Undefined where the product has no models. With `all`, what did not change is built too. */
export async function dbtRunOf({ lake, clock }: Pick<Workshop, 'lake' | 'clock'>, plan: ReadPlan, inputs: Readonly<Record<string, string>>, { fullRefresh, all, variables }: { readonly fullRefresh: boolean; readonly all: boolean; readonly variables: Variables | undefined }): Promise<Result<DbtRun | undefined>> {
  if (modelTargets(plan).length === 0) return ok(undefined)
  const own = await pinOwn(lake, plan)
  if (!own.ok) return own
  const prints = printsOf(plan, inputs)
  const left = all || fullRefresh ? ok([]) : await unchangedModels(lake, plan, prints)
  return left.ok ? ok({ now: new Date(clock.now()).toISOString(), fullRefresh, own: own.value, left: left.value, prints, ...(variables !== undefined && { variables }) }) : left
}
