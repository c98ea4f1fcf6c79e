// What a workflow may use of the world, as the house lends it. What is not lent is refused with a reason.

import type { Clock, Json } from '@tulle/kernel'
import type { JsonObject, WorkflowDocument } from './types.ts'
import type { Effect } from './durable-port.ts'
import type { Jq } from './jq/jq.ts'

export interface HttpCall {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  readonly signal: AbortSignal
}
export interface HttpAnswer { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array }

/** A message for a topic of Kafka. Brokers are `host:port`. */
export interface TopicMessage {
  readonly brokers: readonly string[]
  readonly tls: boolean
  readonly sasl?: { readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'; readonly user: string; readonly password: string }
  readonly topic: string
  readonly payload: Uint8Array
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** A CloudEvent with its place in the order of all. */
export interface KeptEvent { readonly position: number; readonly event: JsonObject }

/** Events between workflows, in one order, kept. */
export interface EventLog {
  /** Nothing where an event of this key is kept already. */
  append(key: string, event: JsonObject): Promise<void>
  /** Of the newest event that was kept before a moment; 0 where there is none. */
  positionAt(milliseconds: number): Promise<number>
  /** Oldest first, at most a page. */
  read(after: number): Promise<readonly KeptEvent[]>
  /** Resolves soon after there may be events beyond `position`, or rejects with the signal's reason. */
  beyond(position: number, signal: AbortSignal): Promise<void>
}

export interface ProcessRequest {
  readonly command: readonly string[]
  readonly stdin: string
  readonly environment: Readonly<Record<string, string>>
  readonly files: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}
export interface ProcessOutcome { readonly code: number; readonly stdout: string; readonly stderr: string }

/** A function that the house itself offers to workflows. */
export type HostFunction = (arguments_: JsonObject, effect: CallEffect) => Promise<Json>

/** The effect of a call, and what its function may say besides its answer. */
export interface CallEffect extends Effect {
  /** Of the whole run, also within a branch. */
  readonly runId: string
  /** Of the task that calls. */
  readonly reference: string
  /** What the whole workflow was given. */
  readonly input: Json
  readonly log: (message: string) => void
  /** Ends the workflow well after this task: there is nothing more to do, and `why` is a sentence. */
  readonly leaveOutRest: (why: string) => void
  /** Findings that stand in no way. */
  readonly note: (findings: readonly Json[]) => void
}

/** What functions said besides their answers. Told again whenever a run starts again. */
export interface Noted { readonly findings?: readonly Json[]; readonly rest?: string }

/** `began` is what a task had when its turn came. */
export interface Observed { readonly reference: string; readonly status: TaskStatus; readonly why: string; readonly began?: { readonly input: Json; readonly context: Json } }

export type TaskStatus = 'started' | 'skipped' | 'completed' | 'faulted' | 'retried'

export interface WorkflowHost {
  readonly jq: Jq
  readonly clock: Clock
  readonly http: (call: HttpCall) => Promise<HttpAnswer>
  readonly events: EventLog
  /** A text, or an object with members. Undefined where it is not there or not for this workflow. */
  readonly secret: (name: string) => Json | undefined
  readonly functions: Readonly<Record<string, HostFunction>>
  /** Workflows that `run` may name; undefined where it is not there. */
  readonly workflow: (namespace: string, name: string, version: string) => Promise<WorkflowDocument | undefined>
  /** Undefined where shell and scripts are not allowed. */
  readonly process?: (request: ProcessRequest) => Promise<ProcessOutcome>
  /** Resolves when all brokers that keep the topic have the message. Undefined where nothing is sent to topics. */
  readonly topic?: (message: TopicMessage) => Promise<void>
  readonly runtime: { readonly name: string; readonly version: string }
  readonly noted?: (noted: Noted) => void
  /** Told of what happens, again after a crash. `why` is a sentence. */
  readonly observe?: (event: Observed) => void
}
