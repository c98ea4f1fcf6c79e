// The first step of a reproduction: takes what a snapshot was made from out of keeping, makes sure that it is the same to the
// byte, and writes the data sets that come straight from a source. Nothing of it reaches a table.

import type { Diagnostic } from '@tulle/kernel'
import type { RunContext, StepContext, StepOutcome } from '@tulle/workflow'
import type { Ingested, Workshop } from './types.ts'
import { failStep } from './fail-step.ts'
import { bringForeignTables, findForeignTables } from './foreign-tables.ts'
import { findOrigin } from './find-origin.ts'
import { planOf } from './read-plan.ts'
import { readRecipe } from './recipe.ts'
import { restoreInputs } from './restore-inputs.ts'
import { asOfSnapshots, handOn } from './take-up.ts'
import { rowsOf } from './write-data-set.ts'
import { writeStraight } from './write-straight.ts'

/** Hands on `Ingested`, as the run did that made the snapshot. */
export async function rebuild(workshop: Workshop, { subject, input }: RunContext, step: StepContext): Promise<StepOutcome> {
  const fall = (diagnostics: readonly Diagnostic[]): Promise<StepOutcome> => failStep(workshop, step.runId, diagnostics)
  const origin = await findOrigin(workshop, subject, String(input['snapshot']))
  if (!origin.ok) return fall(origin.diagnostics)
  const { productId, snapshots, inputs } = origin.value
  const recipe = await readRecipe(workshop.objects, productId, origin.value.recipe)
  if (!recipe.ok) return fall(recipe.diagnostics)
  const plan = planOf(recipe.value.definition, recipe.value.others)
  if (!plan.ok) return fall(plan.diagnostics)
  const session = await workshop.sessions.of(step.runId)
  if (!session.ok) return fall(session.diagnostics)
  const ports = await restoreInputs(workshop, session.value, recipe.value)
  if (!ports.ok) return fall(ports.diagnostics)
  const { pinned, definition, decisions = {} } = recipe.value
  const found = await findForeignTables(workshop, plan.value, recipe.value.foreign ?? [])
  if (!found.ok) return fall(found.diagnostics)
  const foreign = await bringForeignTables(session.value, plan.value.product.name, found.value)
  if (!foreign.ok) return fall(foreign.diagnostics)
  for (const one of foreign.value) step.log(`Reads ${one.table} of ${one.port} at snapshot ${one.snapshot}, as then.`)
  for (const one of pinned) step.log(`Reads ${one.product}.${one.dataSet} at snapshot ${one.snapshot}, as then.`)
  const staged = await writeStraight(workshop, session.value, asOfSnapshots(plan.value, snapshots), { sources: { ports: ports.value, pinned }, quarantine: { decisions } }, { signal: step.signal, log: (line) => step.log(line) })
  if (!staged.ok) return fall(staged.diagnostics)
  const rows = Object.values(staged.value.staged).reduce((sum, files) => sum + rowsOf(files), 0)
  const output: Ingested = {
    definition: definition.fingerprint, code: plan.value.code, recipe: origin.value.recipe, inputs, pinned, ports: ports.value, foreign: foreign.value, staged: staged.value.staged, decisions, ...(recipe.value.dbt !== undefined && { dbt: recipe.value.dbt }), rebuilds: { productId, snapshots },
  }
  return { status: 'succeeded', output: handOn(output), rowsRead: rows, rowsWritten: rows, diagnostics: staged.diagnostics }
}
