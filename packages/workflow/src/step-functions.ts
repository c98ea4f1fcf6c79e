// A workflow's steps as functions that its document may call. What they hand each other is kept beside the run and never
// passes through the document, which could change it.

import type { Clock, Diagnostic, Json } from '@tulle/kernel'
import type { CallEffect, HostFunction } from './dsl/host.ts'
import { Fault, fault, standardError } from './dsl/errors.ts'
import type { JsonObject } from './dsl/types.ts'
import { valueFault } from './dsl/validate-value.ts'
import { executeStep } from './execute-step.ts'
import type { RunRecorder, StepDefinition, StepOutcome, Ticket, WorkflowDefinition } from './types.ts'
import { firstLevelAt } from './tell-steps.ts'

interface Stage { readonly ticket: Ticket; readonly workflow: WorkflowDefinition; readonly recorder: RunRecorder; readonly clock: Clock }

export function stepFunctions(stage: Stage): Readonly<Record<string, HostFunction>> {
  const { steps, flow } = stage.workflow
  const named = new Map(steps.map((step) => [step.name, step]))
  const names = flow?.functions ?? Object.fromEntries(steps.map(({ name }) => [name, name]))
  return Object.fromEntries(Object.entries(names).flatMap(([name, of]) => {
    const step = named.get(of)
    return step === undefined ? [] : [[name, (given: JsonObject, effect: CallEffect) => perform(stage, { step, name }, given, effect)]]
  }))
}

async function perform({ ticket, workflow, recorder, clock }: Stage, { step, name }: { readonly step: StepDefinition; readonly name: string }, given: JsonObject, effect: CallEffect): Promise<Json> {
  const { runId, subject, input } = ticket
  const at = firstLevelAt(effect.reference)
  const why = step.takes === undefined ? undefined : valueFault({ document: step.takes }, given as Json)
  if (why !== undefined) throw fault('validation', `What "${step.name}" is given does not fit: ${why}.`)
  const outputs = await recorder.outputs(runId)
  const missing = (step.needs ?? []).filter((name) => !Object.hasOwn(outputs, name))
  if (missing.length > 0) throw fault('configuration', `"${step.name}" works on what "${missing.join('" and "')}" did, which this run has not done.`)
  const passed = laterThan(workflow, step).find((name) => Object.hasOwn(outputs, name))
  if (passed !== undefined) throw fault('configuration', `"${step.name}" comes before "${passed}", which this run has done already.`)
  const own = await step.ownTimeout?.({ subject, function: name })
  const named = { ...step, name: at.name ?? step.name, ...(own !== undefined && { timeoutMilliseconds: own.milliseconds, timeoutName: own.limit }) }
  const outcome = await executeStep(named, {
    runId, ordinal: at.ordinal ?? 0, clock, signal: effect.signal, isBranch: effect.reference.includes('/fork/branches/'),
    context: { subject, input, outputs, call: { function: name, arguments: given, input: effect.input } },
    recorder: at.isWhole ? withoutFirstStart(recorder) : asLog(recorder, { runId, step: at.name, reference: effect.reference }),
  })
  if (outcome.status === 'failed') throw faultOf(outcome.diagnostics)
  if (outcome.output !== undefined) await recorder.keepOutput(runId, step.name, outcome.output)
  if (outcome.status === 'skipped') {
    if (outcome.skipRest === true) effect.leaveOutRest(outcome.reason)
    return { status: outcome.status, reason: outcome.reason }
  }
  effect.note((outcome.diagnostics ?? []) as unknown as readonly Json[])
  const { rowsRead, rowsWritten, output } = outcome
  return { status: outcome.status, ...(rowsRead !== undefined && { rowsRead }), ...(rowsWritten !== undefined && { rowsWritten }), ...(step.isOpen === true && { output }) }
}

/** Steps that take up what this one does: nothing may be published that was checked before it was built. */
const laterThan = ({ steps }: WorkflowDefinition, step: StepDefinition): readonly string[] =>
  step.needs === undefined ? [] : steps.slice(steps.indexOf(step) + 1).filter(({ needs }) => needs !== undefined).map(({ name }) => name)

/** The run's findings are those of the step; a document sees the first of them. */
function faultOf(diagnostics: readonly Diagnostic[]): Fault {
  const [first] = diagnostics
  return new Fault({ ...standardError('runtime', first?.message ?? 'no reason was given', { title: first?.code ?? 'step-failed' }), diagnostics: diagnostics as unknown as Json })
}

/** That a first-level task begins is written down by whoever follows the tasks. */
function withoutFirstStart(recorder: RunRecorder): RunRecorder {
  let isFirst = true
  return {
    ...recorder,
    async startStep(runId, ordinal) {
      if (!isFirst) await recorder.startStep(runId, ordinal)
      isFirst = false
    },
  }
}

/** Within a task of the first level, what happens is lines of that one's log. */
function asLog(recorder: RunRecorder, { runId, step, reference }: { readonly runId: string; readonly step: string | undefined; readonly reference: string }): RunRecorder {
  return {
    ...recorder,
    startStep: async () => undefined,
    endStep: (_runId, _ordinal, outcome) => recorder.log(runId, step, outcome.status === 'failed' ? 'warning' : 'info', `${reference} ${outcome.status}${detailOf(outcome)}.`),
  }
}

function detailOf(outcome: StepOutcome): string {
  switch (outcome.status) {
    case 'succeeded': return outcome.rowsWritten === undefined ? '' : `: ${outcome.rowsWritten} rows`
    case 'skipped': return `: ${outcome.reason.replace(/\.$/u, '')}`
    case 'failed': return `: ${(outcome.diagnostics[0]?.message ?? 'no reason was given').replace(/\.$/u, '')}`
  }
}
