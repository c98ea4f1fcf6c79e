// Walks the steps of a run in order. What a step handed on is kept by the runtime's checkpoint, so a walk that starts again
// goes past the steps that were done.

import type { Clock, Diagnostic, Json } from '@tulle/kernel'
import type { RunInput, RunRecorder, StepOutcome, WorkflowDefinition } from './types.ts'
import { executeStep } from './execute-step.ts'

/** Runs `work` once per run and name: the second time, its kept result is the answer. */
export type Checkpoint = <T extends Json | StepOutcome>(name: string, work: () => Promise<T>) => Promise<T>

export interface Walk {
  readonly runId: string
  readonly subject: string
  readonly input: RunInput
  readonly workflow: WorkflowDefinition
  readonly recorder: RunRecorder
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly checkpoint: Checkpoint
}

/** Runs the steps up to the first failure and writes down how the run ended. Throws the signal's reason when aborted. */
export async function runSteps({ runId, subject, input, workflow, recorder, clock, signal, checkpoint }: Walk): Promise<void> {
  const started = await checkpoint('start', () => recorder.startRun(runId))
  if (!started) return
  const outputs: Record<string, Json> = {}
  const diagnostics: Diagnostic[] = []
  let skipReason: string | undefined
  let failed = false
  for (const [ordinal, step] of workflow.steps.entries()) {
    signal.throwIfAborted()
    const context = { subject, input, outputs: { ...outputs } }
    const outcome = await checkpoint(step.name, async (): Promise<StepOutcome> => {
      if (skipReason === undefined) return executeStep(step, { runId, ordinal, context, recorder, clock, signal })
      const skipped: StepOutcome = { status: 'skipped', reason: skipReason }
      await recorder.endStep(runId, ordinal, skipped)
      return skipped
    })
    if (outcome.status !== 'skipped') diagnostics.push(...(outcome.diagnostics ?? []))
    failed = outcome.status === 'failed'
    if (outcome.status === 'failed') break
    if (outcome.output !== undefined) outputs[step.name] = outcome.output
    if (outcome.status === 'skipped' && outcome.skipRest === true) skipReason = outcome.reason
  }
  await checkpoint('end', () => recorder.endRun(runId, failed ? 'failed' : 'succeeded', diagnostics))
}
