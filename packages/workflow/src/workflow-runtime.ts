// The front of every runtime: writes a run down, hands it to the dispatcher, and answers questions from what was written.
// The recorder's word on how a run ended is final.

import type { Clock, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Dispatcher, RunRecord, RunRecorder, RunStatus, WorkflowDefinition, WorkflowRuntime } from './types.ts'
import { messages } from './messages.ts'

export interface RuntimeParts {
  readonly workflows: readonly WorkflowDefinition[]
  readonly recorder: RunRecorder
  readonly dispatcher: Dispatcher
  readonly clock: Clock
  readonly newRunId: () => string
}

const POLL_MILLISECONDS = 100
/** A database that is restarted under a waiting caller is back in seconds. */
const PATIENCE_MILLISECONDS = 60_000

/** Takes up the runs that an earlier process left, then serves. */
export async function workflowRuntime({ workflows, recorder, dispatcher, clock, newRunId }: RuntimeParts): Promise<WorkflowRuntime> {
  const known = new Map(workflows.map((workflow) => [workflow.name, workflow]))

  // A crash between writing a run down and handing it over leaves it to us; handing over twice does nothing.
  for (const run of await recorder.unfinished()) {
    const held = await dispatcher.enqueue(run)
    if (held === 'lost') await recorder.endRun(run.runId, 'failed', [messages['run-lost']({ runId: run.runId })])
  }

  const status = async (runId: string): Promise<Result<RunRecord>> => {
    const run = await recorder.find(runId)
    return run === undefined ? fail(messages['run-unknown']({ runId })) : ok(run)
  }

  return {
    status,
    async start(request) {
      const workflow = known.get(request.workflow)
      if (workflow === undefined) return fail(messages['workflow-unknown']({ workflow: request.workflow, known: [...known.keys()] }))
      const started = await recorder.queue({ ...request, runId: newRunId(), steps: request.steps ?? workflow.steps.map((step) => step.name) })
      // A shared run too: whoever wrote it down may have died before handing it over.
      await dispatcher.enqueue({ ...request, runId: started.runId })
      return ok(started)
    },
    async cancel(runId) {
      const run = await recorder.find(runId)
      if (run === undefined) return fail(messages['run-unknown']({ runId }))
      const ended = await recorder.endRun(runId, 'cancelled', [messages['run-cancelled']({ runId })])
      if (!ended) return fail(messages['run-ended']({ runId, status: (await recorder.find(runId))?.status ?? run.status }))
      await dispatcher.cancel(runId)
      return ok(undefined)
    },
    async wait(runId, { signal } = {}) {
      let lastAnswer = clock.now()
      for (;;) {
        try {
          const run = await status(runId)
          if (!run.ok || isEnded(run.value.status)) return run
          lastAnswer = clock.now()
        } catch (error) {
          if (clock.now() - lastAnswer > PATIENCE_MILLISECONDS) throw error
        }
        await clock.sleep(POLL_MILLISECONDS, signal)
      }
    },
    close: () => dispatcher.close(),
  }
}

/** True for a status that never changes again. */
export const isEnded = (status: RunStatus): boolean => status === 'succeeded' || status === 'failed' || status === 'cancelled'
