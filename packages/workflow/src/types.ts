// The nouns of a workflow. It knows steps and runs, and no word of the mesh.

import type { Diagnostic, Json, Result } from '@tulle/kernel'
import type { QueueRules } from './admit.ts'
import type { Outcome } from './dsl/durable-port.ts'
import type { WorkflowHost } from './dsl/host.ts'
import type { JsonObject, WorkflowDocument } from './dsl/types.ts'

/** What a step does. It must bear being run again: a step in flight at a crash runs a second time. */
export type StepFunction<Context> = (context: Context, step: StepContext) => Promise<StepOutcome>

export interface StepContext {
  readonly runId: string
  /** The same on every try of this step of this run; effects use it as their key. */
  readonly idempotencyKey: string
  /** Aborted when the run is cancelled, the step is out of time, or this process goes down. */
  readonly signal: AbortSignal
  log(message: string): void
  /** While `wait` goes on, the run's place is others'; `why` says for what it waits. Resolves when the run has a place again. In a branch that goes beside others the place is kept. */
  standAside<T>(why: string, wait: () => Promise<T>): Promise<T>
}

/** What the steps of a run share: what the run was started with, and what the steps before handed on. */
export interface RunContext {
  readonly subject: string
  readonly input: RunInput
  /** Outputs of the steps that succeeded so far, by step name; they survive a crash. */
  readonly outputs: Readonly<Record<string, Json>>
  /** Of a document's run: what this call of the step is given, and what the whole workflow was given. */
  readonly call?: { readonly function: string; readonly arguments: JsonObject; readonly input: Json }
}

/** `output` carries references and counts, never row values. */
export type StepOutcome =
  | { readonly status: 'succeeded'; readonly output: Json; readonly rowsRead?: number; readonly rowsWritten?: number; readonly diagnostics?: readonly Diagnostic[] }
  /** A skipped step may ask to leave out the rest of the run, which then ends as succeeded. */
  | { readonly status: 'skipped'; readonly reason: string; readonly output?: Json; readonly skipRest?: boolean }
  /** `retryable` where another try of the same step may do better: a lost race, a busy service. Bad data is not. */
  | { readonly status: 'failed'; readonly diagnostics: readonly Diagnostic[]; readonly retryable?: boolean }

export type StepStatus = 'pending' | 'running' | 'succeeded' | 'skipped' | 'failed' | 'cancelled'
export type RunStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'

/** Tries again after `delayMilliseconds`, then `factor` times that, and so on up to `maxDelayMilliseconds`. */
export interface RetryPolicy {
  /** All tries, the first one included. */
  readonly attempts: number
  readonly delayMilliseconds: number
  readonly factor?: number
  readonly maxDelayMilliseconds?: number
}

export interface StepDefinition {
  readonly name: string
  readonly run: StepFunction<RunContext>
  readonly retry?: RetryPolicy
  /** Of one try. */
  readonly timeoutMilliseconds?: number
  /** What that limit is called, where somebody set it; such a step is not tried again. */
  readonly timeoutName?: string
  /** Where a document calls it: the time of one try that somebody asked for, and what that limit is called. */
  readonly ownTimeout?: (call: { readonly subject: string; readonly function: string }) => Promise<{ readonly milliseconds: number; readonly limit: string } | undefined>
  /** Where a document calls it: the steps whose outputs it takes up. It has no turn after one that stands behind it. */
  readonly needs?: readonly string[]
  /** Where a document calls it: the JSON Schema of what it is given. */
  readonly takes?: Json
  /** Where a document calls it: its output is the document's to see. */
  readonly isOpen?: boolean
}

export interface WorkflowDefinition {
  readonly name: string
  readonly steps: readonly StepDefinition[]
  /** A document of the DSL says how a run goes; the steps are functions that it may call. */
  readonly flow?: Flow
  /** Called once in this process when a run leaves it, ended or not: closes what its steps hold open. */
  readonly release?: (runId: string) => Promise<void>
}

/** How runs go that are described by a document. */
export interface Flow {
  /** The document of a run and what it is given. Asked once per run: what was found stays with it. */
  find(ticket: Ticket): Promise<Result<FoundFlow>>
  /** By the names that documents call them: the names of steps. Without it: their own. */
  readonly functions?: Readonly<Record<string, string>>
  /** What the run may use of the world. */
  host(ticket: Ticket): WorkflowHost
  /** Where the flow found begins at a later task: makes what the tasks before have made this run's. Its output is outputs by step. */
  readonly takeOver?: StepDefinition
  /** Called before the run is written down as ended; again after a crash. */
  ended?(ticket: Ticket, outcome: Outcome): Promise<void>
}

/** `from` says where the document is kept: `mesh`, `platform`, `product`. */
export interface FoundFlow {
  readonly document: WorkflowDocument
  readonly input: Json
  readonly from?: string
  readonly begins?: FlowBeginning
  /** Workflows that it runs as a part of itself. They stay with the run too. */
  readonly documents?: readonly WorkflowDocument[]
}

/** Where a run begins that takes over what another one did: at a task of the first level, with what that one had there. */
export interface FlowBeginning {
  readonly task: string
  readonly input: Json
  readonly context: Json
  /** Of the tasks before it, as a sentence. */
  readonly why: string
}

/** What a first-level task began with. `before` is the fingerprint of the tasks that stand before it. */
export interface StepBegan { readonly input: Json; readonly context: Json; readonly before: string }

/** By which document a run goes. Equal fingerprints: it goes the same way, given the same. */
export interface RunDocument { readonly name: string; readonly version: string; readonly from?: string; readonly fingerprint?: string }

/** What a run is started with. `workflow` is a reserved key. */
export type RunInput = Readonly<Record<string, Json>>

export interface RunRequest {
  readonly workflow: string
  /** Runs of one subject never overlap, and a queued run is shared by requests that want the same. */
  readonly subject: string
  readonly input: RunInput
  /** Why: `{kind: 'manual' | 'cron' | 'event', …}`. */
  readonly trigger: RunTrigger
  readonly requestedBy: string
  /** Of a flow: the names of its first level, for people to see what is to come. */
  readonly steps?: readonly string[]
  /** Higher ones go first among those that wait; 500 unless told. */
  readonly priority?: number
}

export interface RunTrigger { readonly kind: string; readonly [detail: string]: Json }

/** `shared` where an equal run was queued already and this request joined it. */
export interface StartedRun { readonly runId: string; readonly shared: boolean }

export interface RunRecord {
  readonly runId: string
  readonly workflow: string
  readonly subject: string
  readonly input: RunInput
  readonly status: RunStatus
  readonly diagnostics: readonly Diagnostic[]
}

export interface NewRun extends RunRequest { readonly runId: string; readonly steps: readonly string[] }

export type LogLevel = 'info' | 'warning' | 'error'

/**
 * Where runs are written down for people to see. Every method may be called again with the same words after a crash and
 * then changes nothing. INVARIANT: a run that has ended never changes again.
 */
export interface RunRecorder {
  /** Writes a queued run, or answers with the equal one that is queued already. Durable when it resolves. */
  queue(run: NewRun): Promise<StartedRun>
  /** Gives places to those that wait, by these rules, and says of the others what they wait for. Answers every run that has a place and has not begun. */
  admit(rules: FindQueueRules): Promise<readonly RunRecord[]>
  /** Somebody wants the run to stop before its next step, or to go on. False where it has ended. */
  pause(runId: string, by: string | undefined): Promise<boolean>
  /** Its place is others' from now on, but not its subject; `why` says what it waits for. */
  standAside(runId: string, why: string): Promise<void>
  /** Whether its next step may begin. A run without its place is one of those that wait from then on. */
  mayGoOn(runId: string): Promise<'yes' | 'paused' | 'no-place'>
  /** False where the run has ended meanwhile (it was cancelled). */
  startRun(runId: string): Promise<boolean>
  /** By which document the run goes, and its steps, which may be others than when it was queued. */
  beginFlow(runId: string, document: RunDocument, steps: readonly string[]): Promise<void>
  /** Outputs of steps that documents called, by step. */
  outputs(runId: string): Promise<Readonly<Record<string, Json>>>
  /** In the place of an older one. */
  keepOutput(runId: string, step: string, output: Json): Promise<void>
  /** One more try of a step. What it began with is kept, with the names of the outputs that were there. */
  startStep(runId: string, ordinal: number, began?: StepBegan): Promise<void>
  endStep(runId: string, ordinal: number, outcome: StepOutcome): Promise<void>
  /** False where the run had ended already; what is left of its steps becomes cancelled. */
  endRun(runId: string, status: 'succeeded' | 'failed' | 'cancelled', diagnostics: readonly Diagnostic[]): Promise<boolean>
  log(runId: string, step: string | undefined, level: LogLevel, message: string): Promise<void>
  find(runId: string): Promise<RunRecord | undefined>
  /** Those that have a place and have not ended, oldest first. */
  unfinished(): Promise<readonly RunRecord[]>
}

/** The rules for these subjects, as they are now. */
export type FindQueueRules = (subjects: readonly string[]) => Promise<QueueRules>

/** A run on its way to a dispatcher. */
export interface Ticket { readonly runId: string; readonly workflow: string; readonly subject: string; readonly input: RunInput }

/**
 * Carries tickets to the steps, one per subject at once. Who has a place is decided before. What it keeps survives the process, or (in memory) the dispatcher.
 */
export interface Dispatcher {
  /** Does nothing for a run that it holds already. `lost` where it holds it as ended without an outcome. */
  enqueue(ticket: Ticket): Promise<'held' | 'lost'>
  cancel(runId: string): Promise<void>
  close(): Promise<void>
}

/**
 * Runs workflows durably. A run that was started is run to its end by this or a later process of the same executor: steps
 * that were done are not run again, the step in flight is. At most `concurrency` runs at once, one per subject, unless the rules of its queue say otherwise.
 */
export interface WorkflowRuntime {
  /** Durable when it resolves. */
  start(request: RunRequest): Promise<Result<StartedRun>>
  /** Stops the run before its next step; `by` says who. Durable when it resolves. */
  pause(runId: string, by: string): Promise<Result<void>>
  resume(runId: string): Promise<Result<void>>
  /** Ends the run now; the step in flight sees its signal and its outcome is dropped. */
  cancel(runId: string): Promise<Result<void>>
  status(runId: string): Promise<Result<RunRecord>>
  /** Resolves when the run has ended. */
  wait(runId: string, options?: { readonly signal?: AbortSignal }): Promise<Result<RunRecord>>
  /** Stops without waiting for runs; the next process goes on with them. */
  close(): Promise<void>
}

/** A five-field cron expression in UTC, and what it starts. */
export interface CronTrigger {
  readonly schedule: string
  readonly request: Omit<RunRequest, 'trigger'>
  /** Of times that passed while nobody watched: none is made up for, one run makes up for all (unless told), each has its run. */
  readonly catchUp?: 'none' | 'last' | 'all' | undefined
}

/** What an event of the outbox starts. */
export interface EventTrigger { readonly eventType: string; readonly eventSubject: string; readonly request: Omit<RunRequest, 'trigger'> }

/** A background loop that its owner must close. */
export interface Triggers {
  /** Reads the triggers anew: call it when what is declared has changed. */
  refresh(): Promise<void>
  /** Resolves once everything that happened before the call is acted on. */
  caughtUp(): Promise<void>
  close(): Promise<void>
}
