// What a workflow may cost, whoever wrote it. Each limit has a name that a diagnostic says.

export interface WorkflowLimits {
  /** Tasks in one document, nested ones counted. */
  readonly tasksInDocument: number
  /** How deep tasks may be nested. */
  readonly depth: number
  readonly expressionCharacters: number
  /** Of one evaluation. */
  readonly expressionMilliseconds: number
  readonly expressionOutputBytes: number
  /** Tasks that one run may perform, loops counted. */
  readonly tasksInRun: number
  /** Of what one task hands on. */
  readonly outputBytes: number
  readonly branches: number
  readonly retries: number
  /** Workflows that run workflows that run workflows. */
  readonly nestedWorkflows: number
  /** Events that one `listen` consumes. */
  readonly eventsInListen: number
  readonly httpBodyBytes: number
  readonly httpMilliseconds: number
  readonly httpRedirects: number
  readonly processOutputBytes: number
  readonly processMilliseconds: number
  readonly processMemoryMegabytes: number
}

export const LIMITS: WorkflowLimits = {
  tasksInDocument: 1_000,
  depth: 30,
  expressionCharacters: 20_000,
  expressionMilliseconds: 5_000,
  expressionOutputBytes: 4_000_000,
  tasksInRun: 20_000,
  outputBytes: 4_000_000,
  branches: 100,
  retries: 100,
  nestedWorkflows: 10,
  eventsInListen: 10_000,
  httpBodyBytes: 10_000_000,
  httpMilliseconds: 60_000,
  httpRedirects: 10,
  processOutputBytes: 1_000_000,
  processMilliseconds: 60_000,
  processMemoryMegabytes: 256,
}
