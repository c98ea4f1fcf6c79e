// The runtime that keeps its checkpoints in an object: as durable as that object. For tests, and the measure for the others.

import type { Clock, Json } from '@tulle/kernel'
import { Bug } from '@tulle/kernel'
import type { Dispatcher, FindQueueRules, RunRecorder, StepOutcome, Ticket, WorkflowDefinition, WorkflowRuntime } from './types.ts'
import type { FlowRun } from './carry-flow.ts'
import { carryFlow } from './carry-flow.ts'
import type { DurablePort } from './dsl/durable-port.ts'
import type { Journal } from './dsl/ports/memory-port.ts'
import { emptyJournal, memoryPort } from './dsl/ports/memory-port.ts'
import { tellSteps } from './tell-steps.ts'
import type { Checkpoint } from './run-steps.ts'
import { runSteps } from './run-steps.ts'
import { newBell, withBell, workflowRuntime } from './workflow-runtime.ts'

/** What outlives a memory runtime: results of finished steps, by run and step; of documents, what their runs were answered. */
export interface MemoryCheckpoints { readonly results: Map<string, Map<string, Json | StepOutcome>>; readonly journal: Journal }

export const memoryCheckpoints = (): MemoryCheckpoints => ({ results: new Map(), journal: emptyJournal() })

export interface MemoryRuntimeOptions {
  readonly workflows: readonly WorkflowDefinition[]
  readonly recorder: RunRecorder
  readonly clock: Clock
  readonly newRunId: () => string
  readonly checkpoints?: MemoryCheckpoints
  /** Runs at once; 2 by default. */
  readonly concurrency?: number
  readonly queueRules?: FindQueueRules
}

export function memoryRuntime({ checkpoints = memoryCheckpoints(), ...options }: MemoryRuntimeOptions): Promise<WorkflowRuntime> {
  const bell = newBell()
  return workflowRuntime({ ...options, bell, dispatcher: memoryDispatcher({ ...options, recorder: withBell(options.recorder, bell.ring), checkpoints }) })
}

function memoryDispatcher(options: MemoryRuntimeOptions & { readonly checkpoints: MemoryCheckpoints }): Dispatcher {
  const { recorder, clock, checkpoints } = options
  const workflows = new Map(options.workflows.map((workflow) => [workflow.name, workflow]))
  const waiting: Ticket[] = []
  const running = new Map<string, { readonly subject: string; readonly stop: AbortController }>()
  let closed = false

  const dispatch = (): void => {
    if (closed) return
    for (;;) {
      const busy = new Set([...running.values()].map((run) => run.subject))
      const next = waiting.findIndex((ticket) => !busy.has(ticket.subject))
      if (next === -1) return
      void carry(waiting.splice(next, 1)[0] as Ticket)
    }
  }

  const carry = async (ticket: Ticket): Promise<void> => {
    const workflow = workflows.get(ticket.workflow)
    if (workflow === undefined) throw new Bug(`run ${ticket.runId} belongs to no workflow.`)
    const stop = new AbortController()
    running.set(ticket.runId, { subject: ticket.subject, stop })
    try {
      if (workflow.flow === undefined) await runSteps({ ...ticket, workflow, recorder, clock, signal: stop.signal, checkpoint: checkpointOf(ticket.runId, checkpoints, stop.signal) })
      else await carryFlow({ ticket, workflow, flow: workflow.flow, recorder, clock, ...journaled(ticket.runId, stop.signal) })
    } catch (error) {
      if (!stop.signal.aborted) throw error
    } finally {
      await workflow.release?.(ticket.runId)
      running.delete(ticket.runId)
      dispatch()
    }
  }

  const journaled = (runId: string, signal: AbortSignal): Pick<FlowRun, 'teller' | 'openPort'> => {
    const teller = tellSteps(runId, recorder)
    return {
      teller,
      async openPort(begin, host) {
        const port = memoryPort({ runId, journal: checkpoints.journal, clock, host, signal })
        const step: DurablePort['step'] = async (name, key, work) => {
          let isLive = false
          try {
            return await port.step(name, key, async (effect) => {
              isLive = true
              await teller.flush()
              return work(effect)
            })
          } finally {
            if (!isLive) teller.forget()
          }
        }
        return { port: { ...port, step }, began: await step('begin', `${runId}:begin`, begin) }
      },
    }
  }

  return {
    async enqueue(ticket) {
      if (running.has(ticket.runId) || waiting.some((other) => other.runId === ticket.runId)) return 'held'
      waiting.push(ticket)
      dispatch()
      return 'held'
    },
    async cancel(runId) {
      const at = waiting.findIndex((ticket) => ticket.runId === runId)
      if (at !== -1) waiting.splice(at, 1)
      running.get(runId)?.stop.abort(new Error('The run was cancelled.'))
    },
    async close() {
      closed = true
      for (const run of running.values()) run.stop.abort(new Error('This process goes down.'))
    },
  }
}

const checkpointOf = (runId: string, { results }: MemoryCheckpoints, signal: AbortSignal): Checkpoint => {
  const kept = results.get(runId) ?? new Map<string, Json | StepOutcome>()
  results.set(runId, kept)
  return async (name, work) => {
    // A name always keeps what the same step returned, so the type is the same.
    if (kept.has(name)) return kept.get(name) as Awaited<ReturnType<typeof work>>
    const result = await work()
    signal.throwIfAborted()
    kept.set(name, result)
    return result
  }
}
