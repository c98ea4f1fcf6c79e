// Running an ended run again from one of its steps: which step, what of the run it takes along, and what stands in the way.

import type { Json, Result } from '@tulle/kernel'
import { canonicalJson, didYouMean, fail, ok } from '@tulle/kernel'
import { loadTable, snapshotOf } from '@tulle/lake'
import type { Store } from '@tulle/store'
import type { FlowBeginning, RunInput, RunRequest, RunStatus, StepBegan, WorkflowDocument } from '@tulle/workflow'
import { isEnded, printBefore } from '@tulle/workflow'
import type { Ingested, Workshop, Written } from './types.ts'
import { rowsFingerprint } from './code-fingerprint.ts'
import type { ReadPlan } from './read-plan.ts'
import { readPlan } from './read-plan.ts'
import type { Recipe } from './recipe.ts'
import { readRecipe } from './recipe.ts'
import { RUN_SUMMARY } from './run-summary.ts'
import { messages } from './messages.ts'

/** Kept in the input of the new run. */
export interface Rerun { readonly run: string; readonly from: string }

export const rerunOf = (input: RunInput): Rerun | undefined => input['rerun'] as unknown as Rerun | undefined

interface Began extends StepBegan { readonly done: readonly string[] }

/** What the run begins with that was asked for. Without a step: the one that failed or was cancelled. */
export async function rerunRequest(workshop: Workshop, runId: string, step: string | undefined): Promise<Result<Pick<RunRequest, 'subject' | 'input' | 'trigger'>>> {
  const { db } = workshop.store
  const run = await db.selectFrom('run').selectAll().where('id', '=', runId).executeTakeFirst()
  const refuse = (why: string, from = step ?? ''): Result<never> => fail(messages['rerun-refused']({ run: runId, from, why }))
  if (run === undefined) return refuse('there is no such run')
  const { workflow, rerun: _of, ...given } = run.parameters as RunInput
  if (workflow !== 'run-product') return refuse('it is no run of a product\'s workflow')
  if (!isEnded(run.status as RunStatus)) return refuse(`it is ${run.status}`)
  const steps = await db.selectFrom('run_step').select(['ordinal', 'name', 'status', 'began']).where('run_id', '=', runId).orderBy('ordinal').execute()
  const wanted = step === undefined ? steps.find(({ status }) => status === 'failed' || status === 'cancelled') : steps.find(({ name }) => name === step)
  if (wanted === undefined) return refuse(step === undefined ? 'all of its steps went well; name the one to begin with' : `it has no such step.${didYouMean(step, steps.map(({ name }) => name))}`.replace(/\.$/u, ''))
  const from = builtAgainFrom(steps, wanted)
  const trigger = { kind: 'rerun', run: runId, from: from.name, ...(from !== wanted && { wanted: wanted.name }) }
  if (from.ordinal === 0) return ok({ subject: run.product, input: { ...given, force: true }, trigger })
  const rerun: Rerun = { run: runId, from: from.name }
  const fit = await checkRerun(workshop, run.product, rerun)
  return fit.ok ? ok({ subject: run.product, input: { ...given, rerun: { ...rerun } }, trigger }) : fit
}

interface StepRow { readonly ordinal: number; readonly name: string; readonly began: unknown }

/** The step itself, or where files that it needs went with the run's folder, the one that builds them. */
function builtAgainFrom<Step extends StepRow>(steps: readonly Step[], wanted: Step): Step {
  const doneAt = ({ began }: StepRow): readonly string[] => (began as Began | null)?.done ?? []
  const isBuilt = (step: StepRow): boolean => doneAt(step).includes('transform')
  if (!isBuilt(wanted) || doneAt(wanted).includes('write')) return wanted
  return steps.findLast((step) => step.ordinal < wanted.ordinal && step.began !== null && !isBuilt(step)) ?? wanted
}

/** Where in the document as it is now the new run begins. */
export async function beginningOf({ db }: Pick<Store, 'db'>, rerun: Rerun, document: WorkflowDocument): Promise<Result<FlowBeginning>> {
  const began = await beganOf({ db }, rerun)
  if (!began.ok) return began
  const at = document.do.findIndex((item) => Object.hasOwn(item, rerun.from))
  if (at === -1) return fail(messages['rerun-refused']({ ...rerun, why: 'the product\'s workflow has no such step any more' }))
  const { input, context, before } = began.value
  if (printBefore(document.do, at) !== before) return fail(messages['rerun-refused']({ ...rerun, why: 'the workflow before that step is another one since' }))
  return ok({ task: rerun.from, input, context, why: `Taken over from run ${rerun.run}.` })
}

async function beganOf({ db }: Pick<Store, 'db'>, { run, from }: Rerun): Promise<Result<Began>> {
  const row = await db.selectFrom('run_step').select('began').where('run_id', '=', run).where('name', '=', from).executeTakeFirst()
  if (row?.began === undefined || row.began === null) return fail(messages['rerun-refused']({ run, from, why: 'that run never came to this step, or it is too long ago' }))
  return ok(row.began as unknown as Began)
}

/** What a rerun takes over: everything that was there when the step began. */
export interface Takeover {
  readonly plan: ReadPlan
  readonly done: ReadonlySet<string>
  readonly outputs: Readonly<Record<string, Json>>
  /** Absent where the product was not read before that step. */
  readonly read?: { readonly ingested: Ingested; readonly recipe: Recipe }
}

/** Asked before the run is queued, and again by the run. */
export async function checkRerun(workshop: Workshop, product: string, rerun: Rerun): Promise<Result<Takeover>> {
  const refuse = (why: string): Result<never> => fail(messages['rerun-refused']({ ...rerun, why }))
  const plan = await readPlan(workshop.store, product)
  if (!plan.ok) return plan
  const began = await beganOf(workshop.store, rerun)
  if (!began.ok) return began
  const rows = await workshop.store.db.selectFrom('run_output').select(['step', 'output']).where('run_id', '=', rerun.run).where('step', 'in', ['', ...began.value.done]).execute()
  const outputs = Object.fromEntries(rows.map(({ step, output }) => [step, output]))
  const done = new Set(began.value.done)
  if (rows.length < done.size) return refuse('what its steps handed on is gone')
  if (!done.has('ingest')) return ok({ plan: plan.value, done, outputs })
  if (done.has('transform') && !done.has('write')) return refuse('the files that were made before it went with the run\'s folder; begin with the step that makes them')
  const ingested = outputs['ingest'] as unknown as Ingested
  const recipe = await readRecipe(workshop.objects, plan.value.definition.id, ingested.recipe)
  if (!recipe.ok) return refuse('what it read is gone')
  const fit = compareCode(plan.value, recipe.value, done.has('write'))
  if (fit !== undefined) return refuse(fit)
  if (!done.has('publish')) {
    const stands = await standsInTheWay(workshop, plan.value, rerun, done.has('write') ? outputs['write'] as unknown as Written : undefined)
    if (!stands.ok) return stands
    if (stands.value !== undefined) return refuse(stands.value)
  }
  return ok({ plan: plan.value, done, outputs, read: { ingested, recipe: recipe.value } })
}

/** Rows that were made must be what the code of today makes. */
function compareCode(plan: ReadPlan, { definition, pinned }: Recipe, isWritten: boolean): string | undefined {
  const of = { models: isWritten }
  if (rowsFingerprint(definition.product, of) !== rowsFingerprint(plan.product, of)) return `${isWritten ? 'the models, columns or input ports' : 'the input ports, or the columns that come from them,'} of the product are others since`
  const tables = (all: ReadPlan['definition']['tables']): string => canonicalJson(Object.fromEntries(Object.entries(all).map(([name, { uuid, fieldIds }]) => [name, { uuid, fieldIds: { ...fieldIds } }])))
  if (tables(definition.tables) !== tables(plan.definition.tables)) return 'the tables of the product are others since'
  const known = new Set(pinned.map((one) => `${one.product}.${one.dataSet}`))
  const added = plan.inputs.find((one) => !known.has(`${one.product}.${one.dataSet}`))
  return added === undefined ? undefined : `the product reads ${added.product}.${added.dataSet} since, which that run did not`
}

async function standsInTheWay({ lake, store }: Workshop, plan: ReadPlan, { run }: Rerun, written: Written | undefined): Promise<Result<string | undefined>> {
  const { requested_at: asked } = await store.db.selectFrom('run').select('requested_at').where('id', '=', run).executeTakeFirstOrThrow()
  for (const { table: { name }, dataSet, address } of plan.targets) {
    const table = await loadTable(lake, name)
    if (!table.ok) return table
    const main = table.value.currentSnapshot
    const by = main?.summary[RUN_SUMMARY.run]
    if (main !== undefined && by !== undefined && by !== run && main.timestamp > asked.getTime()) return ok(`run ${by} has published ${address} since, and older rows would take the place of its`)
    if (written !== undefined && !snapshotOf(table.value, written.snapshots[dataSet.name] ?? '').ok) return ok(`the rows that it wrote to ${address} are gone`)
  }
  return ok(undefined)
}
