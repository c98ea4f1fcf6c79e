// Carries a run whose workflow is a document, from its ticket to its end.

import type { Json } from '@tulle/kernel'
import type { DurablePort } from './dsl/durable-port.ts'
import { runWorkflow } from './dsl/interpret/run-workflow.ts'
import type { WorkflowDocument } from './dsl/types.ts'
import type { Flow, RunRecorder, Ticket } from './types.ts'
import { messages } from './messages.ts'
import type { StepTeller } from './tell-steps.ts'

/** How a run of a document is kept. A run of another format is not gone on with. */
export const FLOW_FORMAT = 1

interface Begun { readonly format: number; readonly document: WorkflowDocument; readonly input: Json }

export interface FlowRun {
  readonly ticket: Ticket
  readonly flow: Flow
  readonly recorder: RunRecorder
  readonly teller: StepTeller
  /** Opens the port with its first step. */
  readonly openPort: (begin: () => Promise<Json>) => Promise<{ readonly port: DurablePort; readonly began: Json }>
}

/** Throws `LeftRun` where the run leaves this process. */
export async function carryFlow({ ticket, flow, recorder, teller, openPort }: FlowRun): Promise<void> {
  const { runId } = ticket
  const { port, began } = await openPort(async () => {
    if (!(await recorder.startRun(runId))) return null
    const found = await flow.find(ticket)
    return { format: FLOW_FORMAT, ...found } satisfies Begun as unknown as Json
  })
  if (began === null) return
  const { format, document, input } = began as unknown as Begun
  if (format !== FLOW_FORMAT) {
    await recorder.endRun(runId, 'failed', [messages['flow-format']({ found: format, known: FLOW_FORMAT })])
    return
  }
  const host = flow.host(ticket)
  const outcome = await runWorkflow({ document, input }, port, { ...host, observe: (event) => {
    teller.hear(event)
    host.observe?.(event)
  } })
  await port.step('end', `${runId}:end`, async () => {
    await teller.flush()
    const diagnostics = outcome.ok ? [] : [messages['flow-faulted']({ ...outcome.error })]
    await flow.ended?.(ticket, outcome)
    return recorder.endRun(runId, outcome.ok ? 'succeeded' : 'failed', diagnostics)
  })
}
