// What the interpreter asks of whoever keeps its runs. Everything that is not a function of the document and the input
// passes here: so a run that starts again with the same answers goes the same way.

import type { Json } from '@tulle/kernel'
import type { JsonObject, Task, WorkflowDocument } from './types.ts'
import type { WorkflowError } from './errors.ts'

/** One effect on the world outside. */
export interface Effect {
  /** The same whenever this effect is tried again: after a crash, and by `retry`. */
  readonly idempotencyKey: string
  /** Aborted when the run is cancelled or leaves this process. */
  readonly signal: AbortSignal
}

export interface DurablePort {
  readonly runId: string
  /** The moment at which the last answer came; milliseconds since 1970. */
  now(): number
  /** Does `work` unless its answer is kept, and keeps what it answers or the fault that it throws. */
  step(name: string, key: string, work: (effect: Effect) => Promise<Json>): Promise<Json>
  sleep(name: string, milliseconds: number): Promise<void>
  /** Goes all ways at once, each with a port of its own. Competing, the first that succeeds ends the others. */
  fork(name: string, branches: readonly BranchTicket[], isRace: boolean): Promise<readonly BranchOutcome[]>
}

/** All that a branch needs to be gone anywhere, any time. */
export interface BranchTicket {
  readonly document: WorkflowDocument
  /** Of the whole workflow. */
  readonly workflowId: string
  readonly workflowInput: Json
  readonly startedAt: number
  readonly name: string
  readonly reference: string
  readonly task: Task
  readonly input: Json
  readonly context: Json
  readonly variables: JsonObject
  readonly deadlines: readonly Deadline[]
  readonly tasksLeft: number
  readonly nested: number
  /** That it may run; absent: none. */
  readonly documents?: readonly WorkflowDocument[]
}

/** `reference` is the task whose time ends; empty for the workflow's. */
export interface Deadline { readonly at: number; readonly reference: string }

export type Outcome =
  | { readonly ok: true; readonly output: Json }
  | { readonly ok: false; readonly error: WorkflowError; readonly timed?: string }

/** A branch that lost has none. */
export type BranchOutcome = Outcome | undefined
