// The front of every runtime: writes a run down, hands it to the dispatcher, and answers questions from what was written.
// The recorder's word on how a run ended is final.

import type { Clock, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Dispatcher, FindQueueRules, RunRecord, RunRecorder, RunStatus, WorkflowDefinition, WorkflowRuntime } from './types.ts'
import { messages } from './messages.ts'

export interface RuntimeParts {
  readonly workflows: readonly WorkflowDefinition[]
  readonly recorder: RunRecorder
  readonly dispatcher: Dispatcher
  readonly clock: Clock
  readonly newRunId: () => string
  /** Runs at once where no rules say so; 2 by default. */
  readonly concurrency?: number
  /** Of the queue; without it `concurrency` runs at once. */
  readonly queueRules?: FindQueueRules
  /** What a look at the queue fails by; it looks again. */
  readonly warn?: (message: string) => void
}

/** A recorder that tells when a place has become free. */
export const withBell = (recorder: RunRecorder, ring: () => void): RunRecorder => ({
  ...recorder,
  async endRun(runId, status, diagnostics) {
    const ended = await recorder.endRun(runId, status, diagnostics)
    ring()
    return ended
  },
  async standAside(runId, why) {
    await recorder.standAside(runId, why)
    ring()
  },
})

/** Rings once for all who ask while it is being answered. */
export interface Bell { ring(): void; answer: () => void }
export const newBell = (): Bell => {
  const bell: Bell = { ring: () => bell.answer(), answer: () => undefined }
  return bell
}

const POLL_MILLISECONDS = 100
/** Places become free in other processes too, and hours turn. */
const LOOK_MILLISECONDS = 1_000
/** A database that is restarted under a waiting caller is back in seconds. */
const PATIENCE_MILLISECONDS = 60_000

/** Takes up the runs that an earlier process left, then serves. */
export async function workflowRuntime({ workflows, recorder: written, dispatcher, clock, newRunId, concurrency = 2, queueRules, warn = () => undefined, bell = newBell() }: RuntimeParts & { readonly bell?: Bell }): Promise<WorkflowRuntime> {
  const recorder = withBell(written, bell.ring)
  const rules: FindQueueRules = queueRules ?? (async () => ({ atOnce: concurrency, subjects: new Map() }))
  const known = new Map(workflows.map((workflow) => [workflow.name, workflow]))

  // A crash between writing a run down and handing it over leaves it to us; handing over twice does nothing.
  const handOver = async (run: RunRecord): Promise<void> => {
    const held = await dispatcher.enqueue(run)
    if (held === 'lost') await recorder.endRun(run.runId, 'failed', [messages['run-lost']({ runId: run.runId })])
  }
  for (const run of await recorder.unfinished()) await handOver(run)

  const handed = new Set<string>()
  const admit = async (): Promise<void> => {
    const placed = await recorder.admit(rules)
    for (const one of handed) if (!placed.some(({ runId }) => runId === one)) handed.delete(one)
    for (const run of placed) {
      if (handed.has(run.runId)) continue
      await handOver(run)
      handed.add(run.runId)
    }
  }
  // One look at a time; who asks meanwhile is served by the next one.
  let looking: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  const look = (): Promise<void> => {
    next ??= looking.catch(() => undefined).then(() => {
      next = undefined
      looking = admit()
      return looking
    })
    return next
  }
  const closed = new AbortController()
  let wake = new AbortController()
  let isRung = false
  bell.answer = () => {
    isRung = true
    wake.abort()
  }
  const watch = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      wake = new AbortController()
      if (!isRung) await clock.sleep(LOOK_MILLISECONDS, AbortSignal.any([wake.signal, closed.signal])).catch(() => undefined)
      if (closed.signal.aborted) return
      isRung = false
      await look().catch((error: unknown) => {
        if (!closed.signal.aborted) warn(`the queue of runs: ${String(error)}`)
      })
    }
  }
  await look()
  const watching = watch()

  const status = async (runId: string): Promise<Result<RunRecord>> => {
    const run = await recorder.find(runId)
    return run === undefined ? fail(messages['run-unknown']({ runId })) : ok(run)
  }

  const hold = async (runId: string, by: string | undefined): Promise<Result<void>> => {
    const run = await recorder.find(runId)
    if (run === undefined) return fail(messages['run-unknown']({ runId }))
    if (!(await recorder.pause(runId, by))) return fail(messages['run-ended']({ runId, status: (await recorder.find(runId))?.status ?? run.status }))
    bell.ring()
    return ok(undefined)
  }

  return {
    status,
    async start(request) {
      const workflow = known.get(request.workflow)
      if (workflow === undefined) return fail(messages['workflow-unknown']({ workflow: request.workflow, known: [...known.keys()] }))
      const started = await recorder.queue({ ...request, runId: newRunId(), steps: request.steps ?? workflow.steps.map((step) => step.name) })
      // A shared run too: whoever wrote it down may have died before handing it over.
      await look()
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
    pause: (runId, by) => hold(runId, by),
    resume: (runId) => hold(runId, undefined),
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
    async close() {
      closed.abort(new Error('closed'))
      await dispatcher.close()
      await watching
    },
  }
}

/** True for a status that never changes again. */
export const isEnded = (status: RunStatus): boolean => status === 'succeeded' || status === 'failed' || status === 'cancelled'
