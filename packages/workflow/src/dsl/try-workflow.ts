// Runs a workflow once, here and now, in memory: nothing of it is kept, and what it may reach is said by whoever tries it.

import { randomUUID } from 'node:crypto'
import type { Clock, Json } from '@tulle/kernel'
import { openHttpDoor } from './doors/http-door.ts'
import { runProcess } from './doors/process-door.ts'
import type { Outcome } from './durable-port.ts'
import type { WorkflowHost } from './host.ts'
import { runWorkflow } from './interpret/run-workflow.ts'
import type { Jq } from './jq/jq.ts'
import { memoryEvents } from './ports/memory-events.ts'
import { emptyJournal, memoryPort } from './ports/memory-port.ts'
import type { WorkflowDocument } from './types.ts'

export interface Trial {
  readonly document: WorkflowDocument
  readonly input: Json
  readonly jq: Jq
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly hosts: readonly string[]
  readonly privateHosts: readonly string[]
  readonly allowsProcesses: boolean
  readonly secret: (name: string) => string | undefined
  /** Other documents that it may run. */
  readonly others: readonly WorkflowDocument[]
  readonly observe: NonNullable<WorkflowHost['observe']>
}

/** Throws where the signal ends it. */
export function tryWorkflow({ document, input, jq, clock, signal, hosts, privateHosts, allowsProcesses, secret, others, observe }: Trial): Promise<Outcome> {
  const host: WorkflowHost = {
    jq, clock, secret, observe,
    events: memoryEvents(clock),
    http: openHttpDoor({ hosts, privateHosts }),
    functions: {},
    workflow: async (namespace, name, version) => others.find(({ document: one }) => one.namespace === namespace && one.name === name && (version === 'latest' || one.version === version)),
    ...(allowsProcesses && { process: runProcess }),
    runtime: { name: 'Tulle', version: '0.1.0' },
  }
  return runWorkflow({ document, input }, memoryPort({ runId: randomUUID(), journal: emptyJournal(), clock, host, signal }), host)
}
