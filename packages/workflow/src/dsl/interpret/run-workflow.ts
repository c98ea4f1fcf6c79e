// Begins a workflow, or one branch of one, over a durable port.

import type { Json } from '@tulle/kernel'
import type { BranchTicket, DurablePort, Outcome } from '../durable-port.ts'
import type { WorkflowHost } from '../host.ts'
import { LIMITS } from '../limits.ts'
import type { WorkflowDocument } from '../types.ts'
import type { RunState } from './run.ts'
import type { Beginning } from './run-task.ts'
import { outcomeOf, performWorkflow, runBranch } from './run-task.ts'

export interface WorkflowStart { readonly document: WorkflowDocument; readonly input: Json; readonly begins?: Beginning | undefined; /** That it may run, before those that the host finds. */ readonly documents?: readonly WorkflowDocument[] | undefined }

const freshState = (context: Json, tasksLeft: number): RunState => ({ context, tasksLeft, turns: new Map(), eventsFrom: undefined, consumed: new Set(), isRestLeftOut: false })

/** Never throws for what the workflow did; throws what the port throws when the run leaves this process. */
export const runWorkflow = ({ document, input, begins, documents }: WorkflowStart, port: DurablePort, host: WorkflowHost): Promise<Outcome> =>
  performWorkflow({ port, host, id: port.runId, document, documents: documents ?? [], input, startedAt: port.now(), nested: 0, state: freshState(null, LIMITS.tasksInRun) }, '', [], begins)

/** The same for one branch of a fork, wherever it is run. */
export function runBranchTicket(ticket: BranchTicket, port: DurablePort, host: WorkflowHost): Promise<Outcome> {
  const { document, workflowId: id, workflowInput: input, startedAt, nested, context, tasksLeft, documents = [] } = ticket
  const run = { port, host, id, document, documents, input, startedAt, nested, state: freshState(context, tasksLeft) }
  return outcomeOf(() => runBranch(run, ticket, ticket.input, { variables: ticket.variables, deadlines: ticket.deadlines }))
}
