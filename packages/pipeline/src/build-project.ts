// The models of a product within its run: built before the rows are written, tested when they are.

import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { counted, fail, ok } from '@tulle/kernel'
import type { Node, NodeResult } from '@tulle/dbt'
import { build } from '@tulle/dbt'
import type { Relation } from '@tulle/engine'
import type { StepContext } from '@tulle/workflow'
import type { DbtRun, Refreshed, Snapshots, StagedFiles, Target, ToldResult, Transformed, Workshop } from './types.ts'
import type { TakenUp } from './take-up.ts'
import type { OpenProject } from './dbt-project.ts'
import { aboutNode } from './about-node.ts'
import { buildProgram } from './build-program.ts'
import { modelTargets, openProject, relationRead, told } from './dbt-project.ts'
import type { RunWarehouseOptions } from './run-warehouse.ts'
import { missingOf, RunWarehouse } from './run-warehouse.ts'
import { keepInStep, toldInStep } from './continuous/keep-in-step.ts'
import { joinAsides, setAside } from './quarantine/set-aside.ts'
import type { SetAside } from './quarantine/types.ts'
import { isLeft } from './unchanged-models.ts'
import { openInputs } from './open-inputs.ts'
import { baseOf, relationOfStaged, rowsOf } from './write-data-set.ts'
import { messages } from './messages.ts'

export interface BuiltProject extends Required<Transformed> { readonly rows: number; readonly diagnostics: readonly Diagnostic[] }

type Step = Pick<StepContext, 'runId' | 'signal' | 'log'>

/** Builds what the data sets need, unit tests first, and stages the data sets. */
export async function buildProject(workshop: Workshop, begun: TakenUp, step: Step): Promise<Result<BuiltProject>> {
  const { ingested } = begun
  const run: DbtRun = ingested.dbt ?? { now: new Date(workshop.clock.now()).toISOString(), fullRefresh: false, own: [] }
  const opened = await open(workshop, begun, run, { step, sources: sourcesOf(begun) })
  if (!opened.ok) return opened
  const { project, warehouse, targets } = opened.value
  const published = await warehouse.givePublished(run.own)
  if (!published.ok) return published
  const results = await carryOut(project, warehouse, { selected: project.build, run, step, targets })
  if (!results.ok) return results
  await warehouse.save()
  const missing = missingOf(warehouse, targets.filter(({ target }) => !isLeft(run.left, target)))
  if (!missing.ok) return missing
  const staged: Record<string, StagedFiles[string]> = { ...begun.staged }
  const bases: Record<string, string> = {}
  const aside: Record<string, SetAside> = { ...ingested.aside }
  const refreshed: Record<string, Refreshed> = {}
  for (const { target } of targets) {
    const { dataSet } = target
    const published = isLeft(run.left, target) ? run.own.find((one) => one.dataSet === dataSet.name) : undefined
    if (published !== undefined) {
      step.log(`Left ${target.address} as it is at snapshot ${published.snapshot}: same code, same inputs.`)
      bases[dataSet.name] = published.snapshot
    }
    const kept = warehouse.keptOf(dataSet.name)
    staged[dataSet.name] = kept?.files ?? []
    const waiting = joinAsides(kept?.aside ?? [])
    if (waiting !== undefined) aside[dataSet.name] = waiting
    if (kept?.base !== undefined) bases[dataSet.name] = kept.base
    if (kept?.refreshed !== undefined) refreshed[dataSet.name] = kept.refreshed
  }
  return ok({ staged, bases, aside, refreshed, results: results.value.map(toldResult), rows: targets.reduce((sum, { target }) => sum + rowsOf(staged[target.dataSet.name] ?? []), 0), diagnostics: results.diagnostics })
}

export interface CheckedProject { readonly verdicts: readonly Json[]; readonly results: readonly ToldResult[]; readonly diagnostics: readonly Diagnostic[] }

/** Tests that read data sets, over exactly the snapshots that are to be published. */
export async function checkProject(workshop: Workshop, begun: TakenUp, snapshots: Snapshots, step: Step): Promise<Result<CheckedProject>> {
  const { plan, ingested } = begun
  const { dbt } = plan.product
  if (dbt === undefined || ingested.dbt === undefined) return ok({ verdicts: [], results: [], diagnostics: [] })
  const opened = await open(workshop, begun, ingested.dbt, { step, sources: new Set(dbt.sources.map((source) => source.name)) })
  if (!opened.ok) return opened
  const { project, warehouse, targets } = opened.value
  await warehouse.load()
  for (const { target, node } of targets) {
    const given = await warehouse.giveSnapshot(target, node, snapshots[target.dataSet.name] ?? '')
    if (!given.ok) return given
  }
  const results = await carryOut(project, warehouse, { selected: project.checks, run: ingested.dbt, step, targets, goesOn: true })
  if (!results.ok) return results
  const dataSets = new Map(targets.map(({ target, node }) => [node.id, target.address]))
  const about = ({ id }: NodeResult): string => (project.compiler.project.nodes.get(id)?.needs ?? []).map((need) => dataSets.get(need)).find((one) => one !== undefined) ?? plan.product.name
  return ok({
    verdicts: results.value.map((one) => ({ dataSet: about(one), check: one.id, status: one.status === 'pass' ? 'pass' : one.status === 'skipped' ? 'not-run' : 'fail', failing: one.failures ?? null, sentence: one.message })),
    results: results.value.map(toldResult),
    diagnostics: results.diagnostics,
  })
}

/** Without the SQL, which the project gives again. */
const toldResult = ({ id, status, message, failures, rows, startedAt, seconds }: NodeResult): ToldResult =>
  ({ id, status, message: message.slice(0, 1_000), ...(failures !== undefined && { failures }), ...(rows !== undefined && { rows }), startedAt: startedAt.toISOString(), seconds })

/** Ports that models read, and tests. */
function sourcesOf({ plan: { product, targets } }: TakenUp): ReadonlySet<string> {
  return new Set([...targets.flatMap(({ dataSet }) => dataSet.model?.sources ?? []), ...(product.dbt?.sources ?? [])].map((source) => source.name))
}

interface Opened { readonly project: OpenProject; readonly warehouse: RunWarehouse; readonly targets: readonly { readonly target: Target; readonly node: Node }[] }

async function open(workshop: Workshop, { plan, ingested, session, staged }: TakenUp, run: DbtRun, { step, sources }: { readonly step: Step; readonly sources: ReadonlySet<string> }): Promise<Result<Opened>> {
  const project = openProject(plan, run)
  if (!project.ok) return project
  const inputs = await openInputs(workshop, session, plan, ingested, sources)
  if (!inputs.ok) return inputs
  const given: Relation[] = [...inputs.value]
  for (const target of plan.targets.filter(({ dataSet }) => dataSet.model === undefined)) {
    const relation = await relationOfStaged(workshop.lake, session, target, staged[target.dataSet.name] ?? [], baseOf(ingested.ports, target))
    if (!relation.ok) return relation
    given.push(relation.value)
  }
  const leave: RunWarehouseOptions['setAside'] = ({ isFirst, ...coming }) => {
    const { name } = coming.target.dataSet
    const isIncremental = project.value.nodes.get(name)?.config['materialized'] === 'incremental' && !run.fullRefresh && run.own.some((one) => one.dataSet === name)
    return setAside(workshop, session, { ...coming, accumulates: coming.base !== undefined || isIncremental || !isFirst, decisions: isFirst ? ingested.decisions?.[name] : undefined, productId: plan.definition.id, source: 'model', ...(ingested.rebuilds === undefined && { runId: step.runId }) }, step)
  }
  const programs: RunWarehouseOptions['build'] = (target, ready) => buildProgram({ programs: workshop.programs, sources: workshop.sources, session, run, runId: step.runId, memoryMegabytes: workshop.sessions.megabytesOf(step.runId), milliseconds: workshop.programMilliseconds, signal: step.signal, relationOf: (read) => relationRead(plan, read), ready }, target)
  const targets = modelTargets(plan).flatMap((target) => ((node) => (node === undefined ? [] : [{ target, node }]))(project.value.nodes.get(target.dataSet.name)))
  const ownOf = (schema: string, name: string): Target | undefined => targets.find(({ node }) => node.schema.toLowerCase() === schema && node.alias.toLowerCase() === name)?.target
    ?? plan.targets.find(({ dataSet, table }) => dataSet.model === undefined && table.name.namespace === schema && table.name.name === name)
  const inStep: RunWarehouseOptions['keepInStep'] = async (keeping) => {
    const made = await keepInStep({ ...keeping, workshop, session, plan, ingested, run, ownOf, signal: step.signal })
    if (made.ok) step.log(made.value.kind === 'whole' ? `Builds ${keeping.target.address} as a whole: ${made.value.why}.` : toldInStep(keeping.target.address, made.value))
    return made
  }
  return ok({ project: project.value, warehouse: new RunWarehouse({ keepInStep: inStep, lake: workshop.lake, ...(workshop.suppression !== undefined && { suppression: workshop.suppression }), session, given, ports: sources, targets, signal: step.signal, setAside: leave, build: programs }), targets })
}

interface CarryingOut { readonly selected: ReadonlySet<string>; readonly run: DbtRun; readonly step: Step; readonly targets: Opened['targets']; /** Failed tests are findings, and the others still run. */ readonly goesOn?: boolean }

/** Errors and failed tests are errors; warnings of tests warn. */
async function carryOut({ compiler, files, inMesh }: OpenProject, warehouse: RunWarehouse, { selected, run, step, targets, goesOn = false }: CarryingOut): Promise<Result<readonly NodeResult[]>> {
  const dataSets = new Map(targets.map(({ target, node }) => [node.id, target]))
  const results = await build({
    compiler, warehouse, files, selected, fullRefresh: run.fullRefresh, signal: step.signal,
    log: (line) => step.log(line),
    about: (node, found) => aboutNode(node, dataSets.get(node.id), found, inMesh),
    onResult: (result) => {
      const target = dataSets.get(result.id)
      step.log(target === undefined || result.status !== 'success' ? told(result) : `Built ${counted(result.rows ?? 0, 'row')} of ${target.address}.`)
    },
  })
  if (!results.ok) return fail(...inMesh(results.diagnostics))
  const diagnostics = results.value.flatMap((result): readonly Diagnostic[] => {
    if (result.diagnostics.length > 0) return compiler.project.nodes.has(result.id) ? result.diagnostics : inMesh(result.diagnostics)
    const test = compiler.project.nodes.get(result.id) ?? compiler.project.unitTests.get(result.id)
    if (test === undefined || (result.status !== 'fail' && result.status !== 'warn')) return []
    const words = { test: test.name, failures: result.failures ?? 0 }
    return inMesh([messages[result.status === 'fail' ? 'dbt-test-failed' : 'dbt-test-warns'](words, { place: { file: test.file, line: 1, column: 1 } })])
  })
  const isFailed = diagnostics.some((one) => one.severity === 'error')
  return isFailed && !goesOn ? fail(...diagnostics) : { ok: true, value: results.value, diagnostics }
}
