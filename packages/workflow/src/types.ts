// The nouns of a workflow. It knows steps and runs, and no word of the mesh.

import type { Diagnostic, Json } from '@tulle/kernel'

/** What a step does. It must bear being run again: a step in flight at a crash runs a second time. */
export type StepFunction<Context> = (context: Context, step: StepContext) => Promise<StepOutcome>

export interface StepContext {
  readonly runId: string
  /** The same on every try of this step of this run; effects use it as their key. */
  readonly idempotencyKey: string
  readonly signal: AbortSignal
  log(message: string): void
}

/** `output` carries references and counts, never row values. */
export type StepOutcome =
  | { readonly status: 'succeeded'; readonly output: Json }
  | { readonly status: 'skipped'; readonly reason: string }
  | { readonly status: 'failed'; readonly diagnostics: readonly Diagnostic[] }

export type StepStatus = 'pending' | 'running' | 'succeeded' | 'skipped' | 'failed' | 'cancelled'
export type RunStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'
