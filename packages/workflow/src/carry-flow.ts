// Carries a run whose workflow is a document, from its ticket to its end.

import type { Clock, Diagnostic, Json } from '@tulle/kernel'
import type { DurablePort, Outcome } from './dsl/durable-port.ts'
import type { WorkflowHost } from './dsl/host.ts'
import { runWorkflow } from './dsl/interpret/run-workflow.ts'
import type { WorkflowDocument } from './dsl/types.ts'
import type { Flow, RunRecorder, Ticket, WorkflowDefinition } from './types.ts'
import { messages } from './messages.ts'
import { stepFunctions } from './step-functions.ts'
import type { StepTeller } from './tell-steps.ts'

/** How a run of a document is kept. A run of another format is not gone on with. */
export const FLOW_FORMAT = 1

interface Begun { readonly format: number; readonly document?: WorkflowDocument; readonly input?: Json; readonly refused?: readonly Diagnostic[] }

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
    const { document, input, from } = found.value
    const { name, version } = document.document
    await recorder.beginFlow(runId, { name, version, ...(from !== undefined && { from }) }, firstLevelOf(document))
    return { format: FLOW_FORMAT, document, input } satisfies Begun as unknown as Json
  }, host)
  if (began === null) return
  const { format, document, input = null, refused } = began as unknown as Begun
  if (format !== FLOW_FORMAT || document === undefined) {
    await recorder.endRun(runId, 'failed', refused ?? [messages['flow-format']({ found: format, known: FLOW_FORMAT })])
    return
  }
  const outcome = await runWorkflow({ document, input }, port, host)
  await port.step('end', `${runId}:end`, async () => {
    await teller.flush()
    if (outcome.ok) await teller.leaveOut(document.do.length, rest ?? 'The workflow went another way.')
    await flow.ended?.(ticket, outcome)
    return recorder.endRun(runId, outcome.ok ? 'succeeded' : 'failed', [...findings, ...faultsOf(outcome)])
  })
}

/** The names of a document's first level, for people to see what is to come. */
export const firstLevelOf = (document: WorkflowDocument): readonly string[] => document.do.map((item) => Object.keys(item)[0] ?? '')

function faultsOf(outcome: Outcome): readonly Diagnostic[] {
  if (outcome.ok) return []
  const { diagnostics } = outcome.error
  return Array.isArray(diagnostics) ? diagnostics as unknown as readonly Diagnostic[] : [messages['flow-faulted']({ ...outcome.error })]
}
