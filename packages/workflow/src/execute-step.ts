// Runs one step to its outcome: tries, limits each try, waits, tries again, and writes down what happened. Never throws
// for what the step did; throws the signal's reason when the run leaves this process.

import type { Clock, Diagnostic } from '@tulle/kernel'
import type { RetryPolicy, RunContext, RunRecorder, StepContext, StepDefinition, StepOutcome } from './types.ts'
import { messages } from './messages.ts'

export interface StepExecution {
  readonly runId: string
  readonly ordinal: number
  readonly context: RunContext
  readonly recorder: RunRecorder
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Other branches of the run go beside it. */
  readonly isBranch?: boolean
}

/** The outcome of a step after its last try. */
export async function executeStep(step: StepDefinition, execution: StepExecution): Promise<StepOutcome> {
  const { runId, ordinal, recorder, clock, signal } = execution
  const attempts = step.retry?.attempts ?? 1
  for (let attempt = 1; ; attempt += 1) {
    await passWhenAllowed(step.name, execution)
    signal.throwIfAborted()
    await recorder.startStep(runId, ordinal)
    const outcome = await tryStep(step, execution)
    signal.throwIfAborted()
    if (outcome.status !== 'failed' || outcome.retryable !== true || attempt >= attempts) {
      await recorder.endStep(runId, ordinal, outcome)
      return outcome
    }
    const wait = delayBefore(attempt + 1, step.retry as RetryPolicy)
    await recorder.log(runId, step.name, 'warning', `Try ${attempt} of ${attempts} failed: ${reasonOf(outcome.diagnostics)} Next try in ${wait} ms.`)
    await clock.sleep(wait, signal)
  }
}

const LOOK_MILLISECONDS = 500

/** A run waits here before its next step while it is paused, or has given its place away; both are written down, so they outlive this process. */
async function passWhenAllowed(step: string, { runId, recorder, clock, signal }: StepExecution): Promise<void> {
  for (let told = false; ;) {
    const may = await recorder.mayGoOn(runId)
    if (may === 'yes') return
    if (may === 'paused' && !told) await recorder.log(runId, step, 'info', `Paused before ${step}.`)
    told ||= may === 'paused'
    await clock.sleep(LOOK_MILLISECONDS, signal)
  }
}

async function tryStep(step: StepDefinition, execution: StepExecution): Promise<StepOutcome> {
  const { runId, context, recorder, clock, signal } = execution
  const attempt = new AbortController()
  const stop = (): void => attempt.abort(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  // Lines are written one after the other, and all of them before the outcome.
  let lines: Promise<void> = Promise.resolve()
  const stepContext: StepContext = {
    runId,
    idempotencyKey: `${runId}/${step.name}`,
    signal: attempt.signal,
    log: (message) => {
      lines = lines.then(() => recorder.log(runId, step.name, 'info', message)).catch(() => undefined)
    },
    async standAside(why, wait) {
      if (execution.isBranch === true) return wait()
      await recorder.standAside(runId, why)
      const waited = await wait()
      while ((await recorder.mayGoOn(runId)) === 'no-place') await clock.sleep(LOOK_MILLISECONDS, attempt.signal)
      return waited
    },
  }
  try {
    const work = step.run(context, stepContext)
    return await Promise.race([work, ...limitsOf(step, clock, attempt.signal)])
  } catch (error) {
    return crashed(step.name, error)
  } finally {
    signal.removeEventListener('abort', stop)
    attempt.abort(new Error('The try is over.'))
    await lines
  }
}

function limitsOf(step: StepDefinition, clock: Clock, signal: AbortSignal): readonly Promise<StepOutcome>[] {
  const ended = new Promise<never>((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error)
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
  const milliseconds = step.timeoutMilliseconds
  if (milliseconds === undefined) return [ended]
  const timeout = clock.sleep(milliseconds, signal).then((): StepOutcome => ({
    status: 'failed',
    diagnostics: [messages['step-timeout']({ step: step.name, milliseconds, limit: step.timeoutName })],
    // Whoever sets a limit wants to hear of it, not to wait for it several times.
    retryable: step.timeoutName === undefined,
  }))
  return [ended, timeout]
}

const crashed = (step: string, error: unknown): StepOutcome => ({
  status: 'failed',
  diagnostics: [messages['step-crashed']({ step, error: (error instanceof Error ? error.message : String(error)).slice(0, 300) })],
  retryable: true,
})

function delayBefore(attempt: number, retry: RetryPolicy): number {
  const grown = retry.delayMilliseconds * (retry.factor ?? 2) ** (attempt - 2)
  return Math.min(grown, retry.maxDelayMilliseconds ?? 60_000)
}

const reasonOf = (diagnostics: readonly Diagnostic[]): string => diagnostics[0]?.message ?? 'no reason was given.'
