// Holds what was written, and not yet published, against its contracts. One failed check stops the whole product.

import type { Diagnostic, Json } from '@tulle/kernel'
import { compileChecks, diagnosticOf, runChecks } from '@tulle/quality'
import type { RunContext, StepContext, StepOutcome } from '@tulle/workflow'
import type { Workshop } from './types.ts'
import { failStep } from './fail-step.ts'
import { takeUp } from './take-up.ts'
import { relationOfStaged } from './write-data-set.ts'

export async function check(workshop: Workshop, context: RunContext, step: StepContext): Promise<StepOutcome> {
  const fall = (diagnostics: readonly Diagnostic[]): Promise<StepOutcome> => failStep(workshop, step.runId, diagnostics)
  const begun = await takeUp(workshop, context, step.runId)
  if (!begun.ok) return fall(begun.diagnostics)
  const { plan, staged, session } = begun.value
  const diagnostics: Diagnostic[] = []
  const verdicts: Json[] = []
  for (const target of plan.targets) {
    const relation = await relationOfStaged(workshop.lake, session, target, staged[target.dataSet.name] ?? [])
    if (!relation.ok) return fall(relation.diagnostics)
    const defined = await session.process.define([relation.value])
    if (!defined.ok) return fall(defined.diagnostics)
    const checks = compileChecks(target.contract, relation.value)
    if (!checks.ok) return fall(checks.diagnostics)
    const judged = await runChecks(session.process, { plan: checks.value, relation: relation.value, dataSet: target.address, signal: step.signal })
    if (!judged.ok) return fall(judged.diagnostics)
    diagnostics.push(...checks.diagnostics)
    for (const verdict of judged.value) {
      if (verdict.status === 'fail') diagnostics.push(diagnosticOf(target.address, verdict))
      verdicts.push({ dataSet: target.address, check: verdict.check, status: verdict.status, failing: verdict.failing ?? null, sentence: verdict.sentence })
    }
    step.log(`Checked ${target.address}: ${countsOf(judged.value.map((verdict) => verdict.status))}.`)
  }
  if (diagnostics.some((one) => one.severity === 'error')) return { status: 'failed', diagnostics }
  return { status: 'succeeded', output: { verdicts }, diagnostics }
}

function countsOf(statuses: readonly string[]): string {
  const counts = Map.groupBy(statuses, (status) => status)
  return ['pass', 'fail', 'not-run'].flatMap((status) => (counts.has(status) ? [`${counts.get(status)?.length} ${status}`] : [])).join(', ')
}
