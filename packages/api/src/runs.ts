// A product's workflow at work: its runs, their steps, counts and log.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { diagnostic, instant, json, limit, named, permission } from './nouns.ts'

const runStatus = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled'])
export type RunStatus = z.infer<typeof runStatus>

export const runSummary = z.object({
  id: z.string(),
  product: z.string(),
  status: runStatus,
  /** Why it runs, for a person: `by ana`, `schedule 0 4 * * *`, `flights published`. */
  trigger: z.string(),
  requestedBy: z.string(),
  requestedAt: instant,
  startedAt: instant.optional(),
  finishedAt: instant.optional(),
  rowsWritten: z.number().optional(),
  /** By which workflow document it goes; `from` is the mesh, the platform or the product. Absent until it begins. */
  document: z.object({ name: z.string(), version: z.string(), from: z.string().optional() }).optional(),
  /** Higher ones go first among those that wait. */
  priority: z.number(),
  /** Of a queued run: what it waits for. */
  waits: z.string().optional(),
  /** It stops, or has stopped, before its next step. */
  paused: z.object({ by: z.string(), at: instant }).optional(),
}).meta({ id: 'RunSummary' })
export type RunSummary = z.infer<typeof runSummary>

const runStep = z.object({
  name: z.string(),
  status: z.enum(['pending', 'running', 'succeeded', 'skipped', 'failed', 'cancelled']),
  attempt: z.number(),
  startedAt: instant.optional(),
  finishedAt: instant.optional(),
  rowsRead: z.number().optional(),
  rowsWritten: z.number().optional(),
  /** Why it was skipped or failed. */
  reason: z.string().optional(),
  /** References and counts, never row values. */
  output: json.optional(),
}).meta({ id: 'RunStep' })
export type RunStep = z.infer<typeof runStep>

const run = runSummary.extend({
  steps: z.array(runStep),
  log: z.array(z.object({
    seq: z.string(),
    time: instant,
    step: z.string().optional(),
    level: z.enum(['info', 'warning', 'error']),
    message: z.string(),
  })),
  diagnostics: z.array(diagnostic),
  can: z.object({ cancel: permission, pause: permission, rerun: permission }),
}).meta({ id: 'Run' })
export type Run = z.infer<typeof run>

const triggerState = z.object({
  product: z.string(),
  /** Since when and by whom, and how often a trigger would have started a run meanwhile. */
  paused: z.object({ by: z.string(), at: instant, missed: z.number() }).optional(),
  /** The run that makes up for what came meanwhile. */
  runId: z.string().optional(),
  can: z.object({ pause: permission }),
}).meta({ id: 'TriggerState' })
export type TriggerState = z.infer<typeof triggerState>

const backfill = z.object({
  id: z.string(),
  product: z.string(),
  /** Days, both of the range. */
  from: z.string(),
  to: z.string(),
  by: z.enum(['day', 'month']),
  /** Of the workflow: they are given the first day of a part, and the first day after it. Empty: the cursor of an input port says what a part is. */
  parameters: z.array(z.string()),
  priority: z.number(),
  requestedBy: z.string(),
  requestedAt: instant,
  /** Oldest first. `missing`: nothing is queued for it. */
  parts: z.array(z.object({
    name: z.string(),
    status: z.enum(['missing', 'queued', 'running', 'succeeded', 'failed', 'cancelled']),
    runId: z.string().optional(),
    waits: z.string().optional(),
    /** Why it failed. */
    why: z.string().optional(),
  })),
}).meta({ id: 'Backfill' })
export type Backfill = z.infer<typeof backfill>

const day = z.string().min(10).max(10)

export const runEndpoints = {
  startBackfill: {
    method: 'POST', path: '/products/:product/backfills', tag: 'runs', auth: 'signed-in', status: 202,
    summary: 'Queues a run of the product for each part of a range of days, oldest first.',
    params: z.object({ product: named }),
    body: z.object({
      from: day,
      to: day,
      by: z.enum(['day', 'month']).default('day'),
      /** Without it: the only parameter of the workflow whose format is date, or the cursor of an input port. */
      parameters: z.array(z.string().min(1).max(100)).min(1).max(2).optional(),
      /** Run parts also where nothing has changed since. */
      force: z.boolean().default(false),
      /** Among runs that wait; 300 without it. */
      priority: z.int().min(0).max(1000).optional(),
    }),
    response: backfill,
    errors: ['unknown-product', 'not-allowed', 'backfill-range', 'backfill-no-parameter', 'backfill-parameter'],
  },
  listBackfills: {
    method: 'GET', path: '/products/:product/backfills', tag: 'runs', auth: 'signed-in',
    summary: 'Lists the backfills of a product, newest first.',
    params: z.object({ product: named }),
    response: z.object({ backfills: z.array(backfill) }),
    errors: ['unknown-product'],
  },
  getBackfill: {
    method: 'GET', path: '/backfills/:backfill', tag: 'runs', auth: 'signed-in',
    summary: 'Shows a backfill: each part with its run.',
    params: z.object({ backfill: named }),
    response: backfill,
    errors: ['backfill-unknown'],
  },
  resumeBackfill: {
    method: 'POST', path: '/backfills/:backfill/resume', tag: 'runs', auth: 'signed-in', status: 202,
    summary: 'Queues a run for each part that has none which succeeded or is under way.',
    params: z.object({ backfill: named }),
    response: backfill,
    errors: ['backfill-unknown', 'not-allowed'],
  },
  cancelBackfill: {
    method: 'POST', path: '/backfills/:backfill/cancel', tag: 'runs', auth: 'signed-in', status: 202,
    summary: 'Ends its runs that have not ended; what they published stays.',
    params: z.object({ backfill: named }),
    response: backfill,
    errors: ['backfill-unknown', 'not-allowed'],
  },
  startRun: {
    method: 'POST', path: '/products/:product/runs', tag: 'runs', auth: 'signed-in', status: 202,
    summary: 'Queues a run of the product\'s workflow.',
    params: z.object({ product: named }),
    body: z.object({
      /** Run also where no input has changed since the last success. */
      force: z.boolean().default(false),
      /** Among those that wait, higher ones go first. Without it: 700, of a backfill 300. */
      priority: z.int().min(0).max(1000).optional(),
      /** Build incremental models of dbt anew, from all of their inputs. */
      fullRefresh: z.boolean().default(false),
      /** Read anew what ports with a cursor have from `from` up to, and not at, `to`. */
      backfill: z.object({ from: z.string().min(1).max(200), to: z.string().min(1).max(200) }).optional(),
      /** Parameters of the product's workflow, over those that its folder gives. */
      with: z.record(z.string().min(1).max(100), json).optional(),
    }),
    response: z.object({ runId: z.string() }),
    errors: ['unknown-product', 'not-allowed', 'run-parameter'],
  },
  listRuns: {
    method: 'GET', path: '/runs', tag: 'runs', auth: 'signed-in',
    summary: 'Lists runs, newest first.',
    query: z.object({ product: z.string().optional(), status: runStatus.optional(), limit: limit(50, 500) }),
    response: z.object({ runs: z.array(runSummary) }),
  },
  getRun: {
    method: 'GET', path: '/runs/:run', tag: 'runs', auth: 'signed-in',
    summary: 'Shows a run: steps, times, row counts, log.',
    params: z.object({ run: named }),
    response: run,
    errors: ['unknown-run'],
  },
  cancelRun: {
    method: 'POST', path: '/runs/:run/cancel', tag: 'runs', auth: 'signed-in', status: 202,
    summary: 'Asks a run to stop; it publishes nothing.',
    params: z.object({ run: named }),
    response: run,
    errors: ['unknown-run', 'run-ended', 'not-allowed'],
  },
  rerunRun: {
    method: 'POST', path: '/runs/:run/rerun', tag: 'runs', auth: 'signed-in', status: 202,
    summary: 'Queues a new run that takes over what an ended run made before a step, and does that step and the rest anew.',
    params: z.object({ run: named }),
    body: z.object({
      /** The name of a step of that run. Without it: the one that failed or was cancelled. */
      from: z.string().min(1).max(200).optional(),
    }),
    response: z.object({ runId: z.string() }),
    errors: ['unknown-run', 'rerun-refused', 'not-allowed'],
  },
  getDbtArtifacts: {
    method: 'GET', path: '/runs/:run/dbt', tag: 'runs', auth: 'signed-in',
    summary: 'What the run made of its product\'s models, in the files that tools of dbt read. They hold code, so whoever may run the product reads them.',
    params: z.object({ run: named }),
    response: z.object({ manifest: json, runResults: json, catalog: json }),
    errors: ['unknown-run', 'not-allowed', 'run-without-models'],
  },
  pauseRun: {
    method: 'POST', path: '/runs/:run/pause', tag: 'runs', auth: 'signed-in', status: 202,
    summary: 'Asks a run to stop before its next step, until it is resumed.',
    params: z.object({ run: named }),
    response: run,
    errors: ['unknown-run', 'run-ended', 'not-allowed'],
  },
  resumeRun: {
    method: 'POST', path: '/runs/:run/resume', tag: 'runs', auth: 'signed-in', status: 202,
    summary: 'Lets a paused run go on.',
    params: z.object({ run: named }),
    response: run,
    errors: ['unknown-run', 'run-ended', 'not-allowed'],
  },
  pauseTriggers: {
    method: 'POST', path: '/products/:product/triggers/pause', tag: 'runs', auth: 'signed-in',
    summary: 'Lets schedules, events and webhooks start no run of a product until it is resumed.',
    params: z.object({ product: named }),
    response: triggerState,
    errors: ['unknown-product', 'not-allowed'],
  },
  resumeTriggers: {
    method: 'POST', path: '/products/:product/triggers/resume', tag: 'runs', auth: 'signed-in',
    summary: 'Lets triggers start runs of a product again; one run makes up for all that came meanwhile.',
    params: z.object({ product: named }),
    response: triggerState,
    errors: ['unknown-product', 'not-allowed'],
  },
  getTriggers: {
    method: 'GET', path: '/products/:product/triggers', tag: 'runs', auth: 'signed-in',
    summary: 'Says whether the triggers of a product are paused.',
    params: z.object({ product: named }),
    response: triggerState,
    errors: ['unknown-product'],
  },
  watchRun: {
    method: 'GET', path: '/runs/:run/events', tag: 'runs', auth: 'signed-in', stream: 'sse',
    summary: 'Sends the run now and after each change, until it is finished.',
    params: z.object({ run: named }),
    response: run,
    errors: ['unknown-run'],
  },
} as const satisfies Record<string, Endpoint>
