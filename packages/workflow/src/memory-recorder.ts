// Runs written down in memory, and what was told about them.

import type { Diagnostic, Json } from '@tulle/kernel'
import { canonicalJson } from '@tulle/kernel'
import { admit, USUAL_PRIORITY } from './admit.ts'
import type { LogLevel, NewRun, RunDocument, RunRecord, RunRecorder, RunStatus, StepBegan, StepStatus } from './types.ts'

export interface MemoryStep { readonly name: string; status: StepStatus; attempt: number; reason?: string; began?: StepBegan }
export interface MemoryRun {
  readonly request: NewRun
  status: RunStatus
  isAdmitted: boolean
  isPaused: boolean
  aside?: string | undefined
  returns: boolean
  waits?: string | undefined
  diagnostics: readonly Diagnostic[]
  document?: RunDocument
  readonly steps: MemoryStep[]
  readonly log: { readonly step: string | undefined; readonly level: LogLevel; readonly message: string }[]
}

export interface MemoryRecorder extends RunRecorder {
  readonly runs: ReadonlyMap<string, MemoryRun>
  /** Types of the events told, with their run. */
  readonly events: readonly { readonly type: string; readonly runId: string }[]
}

export function memoryRecorder(): MemoryRecorder {
  const runs = new Map<string, MemoryRun>()
  const outputs = new Map<string, Record<string, Json>>()
  const events: { type: string; runId: string }[] = []
  const open = (runId: string): MemoryRun | undefined => {
    const run = runs.get(runId)
    return run?.status === 'queued' || run?.status === 'running' ? run : undefined
  }

  return {
    runs,
    events,
    async queue(request) {
      const equal = [...runs.values()].find((run) => run.status === 'queued' && isSame(run.request, request))
      if (equal !== undefined) return { runId: equal.request.runId, shared: true }
      const steps = request.steps.map((name): MemoryStep => ({ name, status: 'pending', attempt: 0 }))
      runs.set(request.runId, { request, status: 'queued', isAdmitted: false, isPaused: false, returns: false, diagnostics: [], steps, log: [] })
      events.push({ type: 'tulle.run.queued', runId: request.runId })
      return { runId: request.runId, shared: false }
    },
    async admit(find) {
      const all = [...runs.values()].filter(({ request }) => open(request.runId) !== undefined)
      const going = all.filter(({ isAdmitted }) => isAdmitted).map(({ request, isPaused, aside }) => ({ subject: request.subject, isResting: isPaused || aside !== undefined }))
      const waiting = all.flatMap(({ isAdmitted, returns, request: { runId, subject, priority = USUAL_PRIORITY } }, i) => (isAdmitted && !returns ? [] : [{ runId, subject, priority, isTriggered: false, requestedAt: i, returns }]))
      const { admitted, waits } = admit(await find([...new Set(waiting.map(({ subject }) => subject))]), { waiting, going, triggered: new Map() })
      for (const run of all) {
        if (admitted.includes(run.request.runId)) Object.assign(run, { isAdmitted: true, aside: undefined, returns: false })
        run.waits = waits.get(run.request.runId) ?? run.aside
      }
      return all.filter(({ isAdmitted, status }) => isAdmitted && status === 'queued').map(recordOf)
    },
    async pause(runId, by) {
      const run = open(runId)
      if (run !== undefined) run.isPaused = by !== undefined
      return run !== undefined
    },
    async standAside(runId, why) {
      const run = open(runId)
      if (run !== undefined) Object.assign(run, { aside: why, waits: why, returns: false })
    },
    async mayGoOn(runId) {
      const run = open(runId)
      if (run?.aside === undefined) return run?.isPaused === true ? 'paused' : 'yes'
      run.returns = true
      return 'no-place'
    },
    async startRun(runId) {
      const run = open(runId)
      if (run?.status === 'queued') {
        run.status = 'running'
        events.push({ type: 'tulle.run.started', runId })
      }
      return run !== undefined
    },
    async beginFlow(runId, document, names) {
      const run = open(runId)
      if (run === undefined) return
      run.document = document
      if (run.steps.length === names.length && run.steps.every(({ name }, i) => name === names[i])) return
      run.steps.splice(0, Infinity, ...names.map((name): MemoryStep => ({ name, status: 'pending', attempt: 0 })))
    },
    outputs: async (runId) => ({ ...outputs.get(runId) }),
    async keepOutput(runId, step, output) {
      outputs.set(runId, { ...outputs.get(runId), [step]: output })
    },
    async startStep(runId, ordinal, began) {
      const step = open(runId)?.steps[ordinal]
      if (step === undefined) return
      step.status = 'running'
      step.attempt += 1
      if (began !== undefined) step.began = began
    },
    async endStep(runId, ordinal, outcome) {
      const step = open(runId)?.steps[ordinal]
      if (step === undefined || (step.status !== 'pending' && step.status !== 'running')) return
      step.status = outcome.status
      if (outcome.status === 'skipped') step.reason = outcome.reason
    },
    async endRun(runId, status, diagnostics) {
      const run = open(runId)
      if (run === undefined) return false
      run.status = status
      run.diagnostics = diagnostics
      for (const step of run.steps) if (step.status === 'pending' || step.status === 'running') step.status = 'cancelled'
      events.push({ type: status === 'succeeded' ? 'tulle.run.succeeded' : 'tulle.run.failed', runId })
      return true
    },
    async log(runId, step, level, message) {
      runs.get(runId)?.log.push({ step, level, message })
    },
    async find(runId) {
      const run = runs.get(runId)
      return run === undefined ? undefined : recordOf(run)
    },
    async unfinished() {
      return [...runs.values()].filter((run) => run.isAdmitted && open(run.request.runId) !== undefined).map(recordOf)
    },
  }
}

const isSame = (a: NewRun, b: NewRun): boolean =>
  a.workflow === b.workflow && a.subject === b.subject && canonicalJson(a.input) === canonicalJson(b.input)

const recordOf = ({ request, status, diagnostics }: MemoryRun): RunRecord => ({
  runId: request.runId,
  workflow: request.workflow,
  subject: request.subject,
  input: request.input,
  status,
  diagnostics,
})
