// The first step of a rehearsal: what production's version was made from, taken out of keeping, so that code alone makes the
// difference. Sources of others are not asked.

import { ok } from '@tulle/kernel'
import type { Diagnostic, Result } from '@tulle/kernel'
import { loadTable } from '@tulle/lake'
import type { RunContext, StepContext, StepOutcome } from '@tulle/workflow'
import type { DbtRun, Ingested, IngestedPort, PinnedInput, Workshop } from '../types.ts'
import { failStep } from '../fail-step.ts'
import { bringForeignTables, findForeignTables } from '../foreign-tables.ts'
import { pinInputs } from '../pin-inputs.ts'
import type { Recipe } from '../recipe.ts'
import { readRecipe } from '../recipe.ts'
import { restoreInputs } from '../restore-inputs.ts'
import { RUN_SUMMARY } from '../run-summary.ts'
import { handOn } from '../take-up.ts'
import { messages } from '../messages.ts'
import type { Rehearsal } from './read-rehearsal.ts'
import { readRehearsal, requestIn } from './read-rehearsal.ts'

/** Hands on `Ingested`, as a run does. */
export async function rehearse(workshop: Workshop, { subject, input }: RunContext, step: StepContext): Promise<StepOutcome> {
  const fall = (diagnostics: readonly Diagnostic[]): Promise<StepOutcome> => failStep(workshop, step.runId, diagnostics)
  const rehearsal = await readRehearsal(workshop, subject, requestIn(input))
  if (!rehearsal.ok) return fall(rehearsal.diagnostics)
  const { plan, built, published } = rehearsal.value
  const names = new Set(built.map(({ dataSet }) => dataSet.name))
  const recipe = await recipeOf(workshop, rehearsal.value)
  const pinned = await pinnedFor(workshop, rehearsal.value, recipe)
  if (!pinned.ok) return fall(pinned.diagnostics)
  const session = await workshop.sessions.of(step.runId)
  if (!session.ok) return fall(session.diagnostics)
  const read = new Set(built.flatMap(({ dataSet }) => (dataSet.model?.sources ?? []).map((source) => source.name)))
  const wanted = [...plan.ports, ...plan.connected].filter(({ name }) => read.has(name))
  const missing = wanted.filter(({ name }) => recipe?.ports.some(({ port }) => port === name) !== true)
  if (missing.length > 0) return fall(missing.map(({ name, place }) => messages['rehearsal-port']({ port: `${subject}.${name}` }, { place })))
  const restored = recipe === undefined ? ok<readonly IngestedPort[]>([]) : await restoreInputs(workshop, session.value, { ...recipe, ports: recipe.ports.filter(({ port }) => read.has(port)) })
  if (!restored.ok) return fall(restored.diagnostics)
  const found = await findForeignTables(workshop, plan, recipe?.foreign)
  if (!found.ok) return fall(found.diagnostics)
  const foreign = await bringForeignTables(session.value, subject, found.value)
  if (!foreign.ok) return fall(foreign.diagnostics)
  for (const one of pinned.value) step.log(`Reads ${one.product}.${one.dataSet} at snapshot ${one.snapshot}, as production did.`)
  const left = plan.targets.filter(({ dataSet }) => !names.has(dataSet.name))
  for (const { dataSet, address } of left) step.log(`Reads ${address} at snapshot ${published[dataSet.name] ?? ''}, as production has it.`)
  const own = left.map(({ dataSet }): PinnedInput => ({ product: subject, dataSet: dataSet.name, snapshot: published[dataSet.name] ?? '' }))
  const dbt: DbtRun = { now: recipe?.dbt?.now ?? new Date(workshop.clock.now()).toISOString(), fullRefresh: true, own, left: left.map(({ dataSet }) => dataSet.name), ...(recipe?.dbt?.variables !== undefined && { variables: recipe.dbt.variables }) }
  // What comes straight from a port is production's, with nothing added.
  const straight = left.flatMap(({ dataSet }): readonly IngestedPort[] => (dataSet.model !== undefined || dataSet.from === undefined ? [] : [{ port: dataSet.from, copies: [], shown: [], bytes: 0, drawn: { mode: 'append', keys: [], reads: '', base: { dataSet: dataSet.name, snapshot: published[dataSet.name] ?? '' } } }]))
  const output: Ingested = {
    definition: plan.definition.fingerprint, code: plan.code, recipe: '', inputs: {}, pinned: pinned.value, foreign: foreign.value, staged: {}, dbt,
    ports: [...restored.value.filter(({ port }) => !straight.some((one) => one.port === port)), ...straight],
    rebuilds: { productId: plan.definition.id, snapshots: published },
  }
  return { status: 'succeeded', output: handOn(output) }
}

/** Of what is published; undefined where no run made it, or its recipe is gone. */
async function recipeOf({ lake, objects }: Workshop, { plan, published }: Rehearsal): Promise<Recipe | undefined> {
  for (const { dataSet, table } of plan.targets) {
    const id = published[dataSet.name]
    const loaded = id === undefined ? undefined : await loadTable(lake, table.name)
    const name = loaded?.ok === true ? loaded.value.currentSnapshot?.summary[RUN_SUMMARY.recipe] : undefined
    const recipe = name === undefined ? undefined : await readRecipe(objects, plan.definition.id, name)
    if (recipe?.ok === true) return recipe.value
  }
  return undefined
}

/** The snapshots that production read; of what it did not read, those that are published now. */
async function pinnedFor({ lake }: Workshop, { plan }: Rehearsal, recipe: Recipe | undefined): Promise<Result<readonly PinnedInput[]>> {
  const known = recipe?.pinned ?? []
  const isKnown = (input: { readonly product: string; readonly dataSet: string }): boolean => known.some((one) => one.product === input.product && one.dataSet === input.dataSet)
  const fresh = await pinInputs(lake, plan.product.name, plan.inputs.filter((input) => !isKnown(input)))
  return fresh.ok ? ok([...known.filter((one) => plan.inputs.some((input) => input.product === one.product && input.dataSet === one.dataSet)), ...fresh.value]) : fresh
}
