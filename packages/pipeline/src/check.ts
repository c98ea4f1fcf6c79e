// Holds the snapshots on the run's branch, which nobody else reads yet, against their contracts. One failed check stops the
// whole product.

import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Relation } from '@tulle/engine'
import type { CheckedRelation } from '@tulle/quality'
import { compileChecks, dataSetsNamed, diagnosticOf, gateQueries, hasQueries, runChecks } from '@tulle/quality'
import type { RunContext, StepContext, StepOutcome } from '@tulle/workflow'
import type { Session, Snapshots, Target, Workshop } from './types.ts'
import { checkProject } from './build-project.ts'
import { failStep } from './fail-step.ts'
import { historyOf, keepVerdicts } from './keep-verdicts.ts'
import { openInput } from './input-rights.ts'
import { relationAt } from './pin-inputs.ts'
import { namedDataSet } from './product-plan.ts'
import type { ReadPlan } from './read-plan.ts'
import type { TakenUp } from './take-up.ts'
import { asidesOf, takeUp, writtenOf } from './take-up.ts'

export async function check(workshop: Workshop, context: RunContext, step: StepContext): Promise<StepOutcome> {
  const fall = (diagnostics: readonly Diagnostic[]): Promise<StepOutcome> => failStep(workshop, step.runId, diagnostics)
  const begun = await takeUp(workshop, context, step.runId)
  if (!begun.ok) return fall(begun.diagnostics)
  const { plan, session } = begun.value
  const { snapshots } = writtenOf(context)
  const asides = asidesOf(context)
  const diagnostics: Diagnostic[] = []
  const verdicts: Json[] = []
  for (const target of plan.targets) {
    const relation = await relationOfWritten(workshop, session, target, snapshots)
    if (!relation.ok) return fall(relation.diagnostics)
    const checks = compileChecks(target.contract, relation.value, { other: (name) => otherOf(plan, name) })
    if (!checks.ok) return fall(checks.diagnostics)
    const others = hasQueries(checks.value) || dataSetsNamed(target.contract).length > 0 ? await othersOf(workshop, begun.value, target, snapshots) : ok([])
    if (!others.ok) return fall(others.diagnostics)
    const defined = await session.process.define([relation.value, ...others.value])
    if (!defined.ok) return fall(defined.diagnostics)
    const gated = await gateQueries(checks.value, { relation: relation.value, others: others.value, columns: target.contract.columns.map(({ name }) => name), parse: (sql) => session.process.parse(sql) })
    if (!gated.ok) return fall(gated.diagnostics)
    const of = { runId: step.runId, product: plan.product.name, dataSet: target.dataSet.name }
    const judged = await runChecks(session.process, { plan: gated.value, relation: relation.value, dataSet: target.address, signal: step.signal, now: workshop.clock.now(), history: await historyOf(workshop.store, of, gated.value) })
    if (!judged.ok) return fall(judged.diagnostics)
    await keepVerdicts(workshop.store, of, judged.value)
    diagnostics.push(...checks.diagnostics)
    for (const verdict of judged.value) {
      if (verdict.status === 'fail' || verdict.status === 'warn') diagnostics.push(diagnosticOf(target.address, verdict))
      const setAside = asides[target.dataSet.name]?.rules[verdict.check]
      verdicts.push({ dataSet: target.address, check: verdict.check, status: verdict.status, action: verdict.action, failing: verdict.failing ?? null, sentence: verdict.sentence, ...(setAside !== undefined && { setAside }) })
    }
    step.log(`Checked ${target.address}: ${countsOf(judged.value.map((verdict) => verdict.status))}.`)
  }
  const tested = await checkProject(workshop, begun.value, snapshots, step)
  if (!tested.ok) return fall(tested.diagnostics)
  diagnostics.push(...tested.value.diagnostics)
  verdicts.push(...tested.value.verdicts)
  if (diagnostics.some((one) => one.severity === 'error')) return { status: 'failed', diagnostics }
  return { status: 'succeeded', output: { verdicts, ...(tested.value.results.length > 0 && { results: tested.value.results as unknown as Json }) }, diagnostics }
}

/** Exactly the snapshot that `publish` will publish; columns that the contract does not name are not checked. */
async function relationOfWritten({ lake }: Workshop, { inFolder }: Session, { dataSet, table, contract }: Target, snapshots: Snapshots): Promise<Result<Relation>> {
  const relation = await relationAt(lake, { product: table.name.namespace, dataSet: table.name.name, snapshot: snapshots[dataSet.name] ?? '' }, inFolder)
  const promised = new Set(contract.columns.map((column) => column.name))
  return relation.ok ? ok({ ...relation.value, columns: relation.value.columns.filter((column) => promised.has(column.name)) }) : relation
}

function otherOf(plan: ReadPlan, name: string): CheckedRelation | undefined {
  const found = namedDataSet(plan.product, name, plan.dataSetsOf)
  return found === undefined ? undefined : { schema: found.product, name: found.dataSet }
}

/** What checks of a target may read beside it: the product's other data sets as they are to be published, and what it reads of others. */
async function othersOf(workshop: Workshop, { plan, session, ingested }: TakenUp, target: Target, snapshots: Snapshots): Promise<Result<readonly Relation[]>> {
  const relations: Relation[] = []
  for (const other of plan.targets) {
    if (other === target) continue
    const relation = await relationOfWritten(workshop, session, other, snapshots)
    if (!relation.ok) return relation
    relations.push(relation.value)
  }
  for (const input of ingested.pinned) {
    const relation = await openInput(workshop, plan, input, session.inFolder)
    if (!relation.ok) return relation
    relations.push(relation.value)
  }
  return ok(relations)
}

function countsOf(statuses: readonly string[]): string {
  const counts = Map.groupBy(statuses, (status) => status)
  return ['pass', 'warn', 'fail', 'not-run'].flatMap((status) => (counts.has(status) ? [`${counts.get(status)?.length} ${status}`] : [])).join(', ')
}
