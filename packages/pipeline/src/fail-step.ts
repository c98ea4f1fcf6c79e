// How a step fails. A process of the engine that died is replaced and the step tried again, as it is where a database that went away did not say
// whether it took a change, which a second try finds; everything else would fail again.

import type { Diagnostic } from '@tulle/kernel'
import type { StepOutcome } from '@tulle/workflow'
import type { Workshop } from './types.ts'

const PASSING: ReadonlySet<string> = new Set(['engine-died', 'engine-start-failed', 'commit-unknown'])

export async function failStep({ sessions }: Pick<Workshop, 'sessions'>, runId: string, diagnostics: readonly Diagnostic[]): Promise<StepOutcome> {
  if (!diagnostics.some(({ code }) => PASSING.has(code))) return { status: 'failed', diagnostics }
  await sessions.drop(runId)
  return { status: 'failed', diagnostics, retryable: true }
}

/** True where one of the findings is this one. */
export const hasCode = (diagnostics: readonly Diagnostic[], code: string): boolean => diagnostics.some((one) => one.code === code)
