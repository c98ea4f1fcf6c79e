// A product's run: a workflow document says how it goes, and these are the functions that it may call. What the steps hand
// each other passes by the document, which decides only when they have their turn.

import type { Clock, Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { bindParameters, defaultWorkflow, HOUSE_FUNCTIONS } from '@tulle/model'
import { readProductDefinition } from '@tulle/providers'
import type { Flow, FoundFlow, Jq, RetryPolicy, RunContext, RunRequest, StepDefinition, StepFunction, WorkflowDefinition, WorkflowDocument, WorkflowHost } from '@tulle/workflow'
import { defineWorkflow, storeEvents } from '@tulle/workflow'
import type { FlowDoors, RunLimits, Workshop } from './types.ts'
import { check } from './check.ts'
import { ingest } from './ingest.ts'
import { notify } from './notify.ts'
import { publish } from './publish.ts'
import { ownTimeout, withMemory } from './step-limits.ts'
import { beginningOf, rerunOf } from './rerun.ts'
import { takeOver } from './take-over.ts'
import { profile } from './profile-snapshots.ts'
import { transform } from './transform.ts'
import { waitForProduct } from './wait-for-product.ts'
import { exportDataSets } from './export-data-sets.ts'
import { write } from './write.ts'
import { messages } from './messages.ts'

export const RUN_PRODUCT = 'run-product'

/** A database or an engine that goes away comes back; bad data is never tried again. */
export const RETRY: RetryPolicy = { attempts: 4, delayMilliseconds: 250, factor: 2, maxDelayMilliseconds: 5_000 }

export interface RunProductOptions { readonly limits: RunLimits; readonly jq: Jq; readonly doors: FlowDoors }

export function runProductWorkflow(workshop: Workshop, { limits, jq, doors }: RunProductOptions): Result<WorkflowDefinition> {
  const step = { retry: RETRY, timeoutMilliseconds: limits.stepMilliseconds, ownTimeout: ownTimeout(workshop, limits) }
  const within = (run: StepFunction<RunContext>): StepFunction<RunContext> => withMemory(workshop, limits, run)
  // In this order: a step has no turn any more after one that takes up what it did.
  const steps: readonly StepDefinition[] = [
    { ...step, name: 'ingest', needs: [], run: within((context, one) => ingest(workshop, context, one)) },
    { ...step, name: 'transform', needs: ['ingest'], run: within((context, one) => transform(workshop, context, one)) },
    { ...step, name: 'write', needs: ['ingest'], run: (context, one) => write(workshop, context, one) },
    { ...step, name: 'check', needs: ['write'], isOpen: true, run: within((context, one) => check(workshop, context, one)) },
    { ...step, name: 'publish', needs: ['check'], isOpen: true, run: (context, one) => publish(workshop, context, one) },
    { ...step, name: 'notify', needs: ['publish'], isOpen: true, run: (context, one) => notify(workshop, context, one) },
    { ...step, name: 'profile', needs: ['publish'], isOpen: true, run: within((context, one) => profile(workshop, context, one)) },
    // It ends by itself, when its own time is over.
    { name: 'wait-for-product', isOpen: true, run: (context, one) => waitForProduct(workshop, context, one) },
    { ...step, name: 'export', isOpen: true, run: (context, one) => exportDataSets(workshop, context, one) },
  ]
  const flow: Flow = {
    find: ({ subject, input }) => findFlow(workshop, { subject, input }),
    host: () => hostOf(workshop, jq, doors),
    functions: FUNCTIONS,
    takeOver: { ...step, name: 'take-over', run: (context, one) => takeOver(workshop, context, one) },
  }
  return defineWorkflow({ name: RUN_PRODUCT, steps: steps.map(withSchema), flow, release: (runId) => workshop.sessions.release(runId) })
}

const withSchema = (step: StepDefinition): StepDefinition => ({ ...step, takes: { type: 'object', additionalProperties: false, ...HOUSE_FUNCTIONS[Object.entries(FUNCTIONS).find(([, of]) => of === step.name)?.[0] ?? ''] } as unknown as Json })

type Parameters = Readonly<Record<string, Json>>

/** What documents call the steps. SQL models and a dbt project are both transformed by what the product's folder has. */
const FUNCTIONS: Readonly<Record<string, string>> = { ingest: 'ingest', sql: 'transform', dbt: 'transform', write: 'write', check: 'check', publish: 'publish', notify: 'notify', profile: 'profile', 'wait-for-product': 'wait-for-product', export: 'export' }

/** The document by which the product goes now. Where there is no such product any more, its first step says so. */
export async function findFlow({ store }: Pick<Workshop, 'store'>, { subject, input }: Pick<RunRequest, 'subject' | 'input'>): Promise<Result<FoundFlow>> {
  const definition = await readProductDefinition(store.db, subject)
  const { definition: document, from, parameters, reached } = (definition.ok ? definition.value.product.workflow.flow : undefined) ?? { definition: defaultWorkflow(), from: 'platform', parameters: {}, reached: undefined }
  const bound = bindParameters(document, { ...parameters, ...dueOf(document, input), ...input['with'] as Parameters | undefined })
  const faults = bound.faults.map(({ path, why }) => messages['run-parameter']({ product: subject, parameter: path.join('.'), why }))
  if (faults.length > 0) return fail(...faults)
  const found: FoundFlow = { document: document as unknown as WorkflowDocument, input: bound.parameters, from, ...(reached !== undefined && { documents: reached as unknown as readonly WorkflowDocument[] }) }
  const rerun = rerunOf(input)
  if (rerun === undefined) return ok(found)
  const begins = await beginningOf(store, rerun, found.document)
  return begins.ok ? ok({ ...found, begins: begins.value }) : begins
}

/** The time for which a schedule starts the run, where the document takes it. */
function dueOf(document: Json, { due }: RunRequest['input']): Parameters {
  const { properties } = ((document as { readonly input?: { readonly schema?: { readonly document?: { readonly properties?: Parameters } } } }).input?.schema?.document ?? {})
  return due !== undefined && properties?.['due'] !== undefined ? { due } : {}
}

const hostOf = ({ store, clock }: { readonly store: Workshop['store']; readonly clock: Clock }, jq: Jq, doors: FlowDoors): WorkflowHost => ({
  ...doors,
  jq,
  clock,
  events: storeEvents(store, clock),
  functions: {},
  workflow: async () => undefined,
  runtime: { name: 'Tulle', version: '0.1.0' },
})
