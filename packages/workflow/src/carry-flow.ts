// Carries a run whose workflow is a document, from its ticket to its end.

import type { Clock, Diagnostic, Json } from '@tulle/kernel'
import type { DurablePort, Outcome } from './dsl/durable-port.ts'
import type { WorkflowHost } from './dsl/host.ts'
import { runWorkflow } from './dsl/interpret/run-workflow.ts'
import type { WorkflowDocument } from './dsl/types.ts'
import type { Flow, FlowBeginning, RunRecorder, StepOutcome, Ticket, WorkflowDefinition } from './types.ts'
import { executeStep } from './execute-step.ts'
import { flowFingerprint } from './flow-fingerprint.ts'
import { messages } from './messages.ts'
import { stepFunctions } from './step-functions.ts'
import type { StepTeller } from './tell-steps.ts'

/** How a run of a document is kept. A run of another format is not gone on with. */
export const FLOW_FORMAT = 1

interface Begun { readonly format: number; readonly document?: WorkflowDocument; readonly input?: Json; readonly refused?: readonly Diagnostic[]; readonly begins?: FlowBeginning; readonly documents?: readonly WorkflowDocument[] }

export interface FlowRun {
  readonly ticket: Ticket
  readonly workflow: WorkflowDefinition
  readonly flow: Flow
  readonly recorder: RunRecorder
  readonly clock: Clock
  readonly teller: StepTeller
  /** Opens the port with its first step. */
  readonly openPort: (begin: () => Promise<Json>, host: WorkflowHost) => Promise<{ readonly port: DurablePort; readonly began: Json }>
}

/** What a run of a document may use: what its flow lends, and the workflow's steps as functions. */
export const hostOf = ({ ticket, workflow, flow, recorder, clock }: Pick<FlowRun, 'ticket' | 'workflow' | 'flow' | 'recorder' | 'clock'>): WorkflowHost => {
  const host = flow.host(ticket)
  return { ...host, functions: { ...stepFunctions({ ticket, workflow, recorder, clock }), ...host.functions } }
}

/** Throws `LeftRun` where the run leaves this process. */
export async function carryFlow(run: FlowRun): Promise<void> {
  const { ticket, flow, recorder, teller, openPort } = run
  const { runId } = ticket
  const findings: Diagnostic[] = []
  let rest: string | undefined
  const lent = hostOf(run)
  const host: WorkflowHost = {
    ...lent,
    observe: (event) => {
      teller.hear(event)
      lent.observe?.(event)
    },
    noted: (noted) => {
      findings.push(...(noted.findings ?? []) as unknown as readonly Diagnostic[])
      rest ??= noted.rest
    },
  }
  const { port, began } = await openPort(async () => {
    if (!(await recorder.startRun(runId))) return null
    const found = await flow.find(ticket)
    if (!found.ok) return { format: FLOW_FORMAT, refused: found.diagnostics } satisfies Begun as unknown as Json
    const { document, input, from, begins, documents } = found.value
    const { name, version } = document.document
    const names = firstLevelOf(document)
    await recorder.beginFlow(runId, { name, version, ...(from !== undefined && { from }), fingerprint: flowFingerprint(found.value) }, names)
    const taken = begins === undefined ? [] : names.slice(0, names.indexOf(begins.task))
    for (const at of taken.keys()) await recorder.endStep(runId, at, { status: 'skipped', reason: begins?.why ?? '' })
    return { format: FLOW_FORMAT, document, input, ...(begins !== undefined && { begins }), ...(documents !== undefined && { documents }) } satisfies Begun as unknown as Json
  }, host)
  if (began === null) return
  const { format, document, input = null, refused, begins, documents } = began as unknown as Begun
  if (format !== FLOW_FORMAT || document === undefined) {
    await recorder.endRun(runId, 'failed', refused ?? [messages['flow-format']({ found: format, known: FLOW_FORMAT })])
    return
  }
  teller.follow(document)
  if (begins !== undefined) {
    const taken = await port.step('take-over', `${runId}:take-over`, async ({ signal }) => takeOver(run, begins, signal) as unknown as Json) as unknown as StepOutcome
    if (taken.status === 'failed') {
      await port.step('end', `${runId}:end`, () => recorder.endRun(runId, 'failed', taken.diagnostics))
      return
    }
  }
  const outcome = await runWorkflow({ document, input, begins, documents }, port, host)
  await port.step('end', `${runId}:end`, async () => {
    await teller.flush()
    if (outcome.ok) await teller.leaveOut(document.do.length, rest ?? 'The workflow went another way.')
    await flow.ended?.(ticket, outcome)
    return recorder.endRun(runId, outcome.ok ? 'succeeded' : 'failed', [...findings, ...faultsOf(outcome)])
  })
}

/** Makes the outputs of the steps before this run's own. */
async function takeOver({ ticket, flow, recorder, clock }: FlowRun, { task }: FlowBeginning, signal: AbortSignal): Promise<StepOutcome> {
  const { runId, subject, input } = ticket
  const step = flow.takeOver
  if (step === undefined) return { status: 'skipped', reason: 'There is nothing to take over.' }
  // It is no step of the document; what it says is lines of the log of the one that it begins with.
  const unseen: RunRecorder = { ...recorder, startStep: async () => undefined, endStep: async () => undefined }
  const outcome = await executeStep({ ...step, name: task }, { runId, ordinal: 0, clock, signal, context: { subject, input, outputs: {} }, recorder: unseen })
  if (outcome.status === 'failed') return outcome
  for (const [name, output] of Object.entries(outcome.output ?? {})) await recorder.keepOutput(runId, name, output as Json)
  return { status: 'succeeded', output: null }
}

/** The names of a document's first level, for people to see what is to come. */
export const firstLevelOf = (document: WorkflowDocument): readonly string[] => document.do.map((item) => Object.keys(item)[0] ?? '')

function faultsOf(outcome: Outcome): readonly Diagnostic[] {
  if (outcome.ok) return []
  const { diagnostics } = outcome.error
  return Array.isArray(diagnostics) ? diagnostics as unknown as readonly Diagnostic[] : [messages['flow-faulted']({ ...outcome.error })]
}
