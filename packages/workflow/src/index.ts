// Runs steps durably, on a clock or on events.

// What runs.
export { defineWorkflow } from './define-workflow.ts'
export type { RetryPolicy, RunContext, RunInput, StepContext, StepDefinition, StepFunction, StepOutcome, StepStatus, WorkflowDefinition } from './types.ts'

// Running it: over PostgreSQL, or in memory.
export { dbosRuntime } from './dbos-runtime.ts'
export type { DbosRuntimeOptions } from './dbos-runtime.ts'
export { DBOS_SCHEMA, prepareDbos } from './prepare-dbos.ts'
export { memoryCheckpoints, memoryRuntime } from './memory-runtime.ts'
export type { MemoryCheckpoints, MemoryRuntimeOptions } from './memory-runtime.ts'
export { isEnded } from './workflow-runtime.ts'
export type { QueueRules, SubjectRules } from './admit.ts'
export type { RunRecord, RunRequest, RunStatus, RunTrigger, StartedRun, WorkflowRuntime } from './types.ts'

// Writing it down for people to see.
export { lastEnded, lastServed, storeRecorder } from './store-recorder.ts'
export { memoryRecorder } from './memory-recorder.ts'
export type { MemoryRecorder } from './memory-recorder.ts'
export type { FindQueueRules, LogLevel, NewRun, RunRecorder } from './types.ts'

// When it starts by itself.
export { parseSchedule } from './cron.ts'
export type { Schedule } from './cron.ts'
export { cronTriggers } from './cron-triggers.ts'
export type { CronTriggerOptions } from './cron-triggers.ts'
export { eventTriggers } from './event-triggers.ts'
export type { EventTriggerOptions } from './event-triggers.ts'
export type { CronTrigger, EventTrigger, Triggers } from './types.ts'

// Workflows as documents, and what they may use of the world.
export { checkMeshWorkflows } from './check-mesh-workflows.ts'
export { parseWorkflow } from './dsl/parse-workflow.ts'
export { openJq } from './dsl/jq/jq.ts'
export { tryWorkflow } from './dsl/try-workflow.ts'
export { storeEvents } from './dsl/ports/store-events.ts'
export { firstLevelOf } from './carry-flow.ts'
export { flowFingerprint } from './flow-fingerprint.ts'
export { printBefore } from './tell-steps.ts'
export type { Flow, FlowBeginning, FoundFlow, RunDocument, StepBegan } from './types.ts'
export { openHttpDoor } from './dsl/doors/http-door.ts'
export { runProcess } from './dsl/doors/process-door.ts'
export type { Jq } from './dsl/jq/jq.ts'
export type { HostFunction, TopicMessage, WorkflowHost } from './dsl/host.ts'
export type { Outcome } from './dsl/durable-port.ts'
export type { WorkflowDocument } from './dsl/types.ts'
