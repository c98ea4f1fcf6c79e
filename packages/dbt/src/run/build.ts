// Selected nodes built and tested in the order in which they read each other. What fails is said, and what reads it is skipped.

import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { fail, fingerprintOf, ok, orderByDependencies } from '@tulle/kernel'
import { renderWithAnswers } from '../context/answers.ts'
import { normalForm } from '../graph/normal-form.ts'
import { messages } from '../messages.ts'
import { listOf, mapOf, textOf } from '../project/read-yaml.ts'
import type { Node, Project, ProjectFiles, UnitTest } from '../types.ts'
import type { Compiler } from './compile-node.ts'
import { addressOf, placeOfNode, writeIncremental, writeWhole } from './materialise.ts'
import { batchesOf } from './microbatch.ts'
import { runTest } from './run-test.ts'
import { runUnitTest } from './run-unit-test.ts'
import { writeSeed } from './seed.ts'
import { writeSnapshot } from './snapshot.ts'
import type { NodeResult, Status } from './types.ts'
import type { Warehouse, Written } from './warehouse.ts'

export interface BuildOptions {
  readonly compiler: Compiler
  readonly warehouse: Warehouse
  readonly files: ProjectFiles
  /** Ids of what is to be done: nodes, tests, unit tests. */
  readonly selected: ReadonlySet<string>
  readonly fullRefresh?: boolean
  readonly failFast?: boolean
  /** Fingerprints of what was built before, by id; equal ones are not built again. It is kept up to date. */
  readonly built?: Map<string, string>
  readonly log?: (line: string) => void
  /** Says findings about a node in the words of whoever asks; else they are told of it by its name and file. */
  readonly about?: (node: Node, diagnostics: readonly Diagnostic[]) => readonly Diagnostic[]
  readonly onResult?: (result: NodeResult) => void
  readonly clock?: () => Date
  readonly signal?: AbortSignal
}

type Step = { readonly kind: 'node'; readonly node: Node } | { readonly kind: 'unit'; readonly test: UnitTest }

export async function build(options: BuildOptions): Promise<Result<readonly NodeResult[]>> {
  const { compiler: { project, house }, selected } = options
  const steps = orderSteps(options)
  const failed = new Set<string>()
  const results: NodeResult[] = []
  const add = (result: NodeResult): void => {
    results.push(result)
    options.onResult?.(result)
  }
  const root = [...project.packages.values()].find((one) => one.root)
  const [any] = project.nodes.values()
  const hooks = async (texts: readonly string[]): Promise<Result<void>> => (any === undefined ? ok(undefined) : runHooks(options, any, texts))
  const started = await hooks(root?.onRunStart ?? [])
  if (!started.ok) return started
  const parents = parentsOf(options)
  for (const step of steps) {
    if (options.signal?.aborted === true) break
    const id = step.kind === 'node' ? step.node.id : step.test.id
    const blocking = (parents.get(id) ?? []).find((parent) => failed.has(parent))
    const begun = clockOf(options)
    const result = blocking !== undefined || (options.failFast === true && failed.size > 0)
      ? { ...blank(id, begun), status: 'skipped' as const, message: blocking === undefined ? 'Skipped after the first failure.' : `Skipped because of ${project.nodes.get(blocking)?.name ?? blocking}.` }
      : await runStep(options, step)
    if (result.status === 'error' || result.status === 'fail' || result.status === 'skipped') {
      failed.add(id)
      // A model whose tests fail is not read on.
      const about = step.kind === 'unit' ? [step.test.model] : step.node.type === 'test' && result.status !== 'skipped' ? step.node.needs.filter((need) => selected.has(need)) : []
      for (const one of about) failed.add(one)
    }
    add(result)
  }
  const ended = await hooks(root?.onRunEnd ?? [])
  void house
  return ended.ok ? ok(results) : ended
}

const clockOf = ({ clock, compiler }: BuildOptions): Date => clock?.() ?? compiler.project.settings.now
const blank = (id: string, startedAt: Date): NodeResult => ({ id, status: 'success', message: '', failures: undefined, rows: undefined, compiled: undefined, relation: undefined, startedAt, seconds: 0, diagnostics: [] })

/** Tests come before whatever else reads what they test, unit tests before their model. */
function orderSteps(options: BuildOptions): readonly Step[] {
  const { compiler: { project }, selected } = options
  const steps = new Map<string, Step>()
  for (const node of project.nodes.values()) if (selected.has(node.id) && node.type !== 'analysis') steps.set(node.id, { kind: 'node', node })
  for (const test of project.unitTests.values()) if (selected.has(test.id)) steps.set(test.id, { kind: 'unit', test })
  const { order } = orderByDependencies(parentsOf(options))
  return order.flatMap((id) => steps.get(id) ?? [])
}

const parentMaps = new WeakMap<BuildOptions, ReadonlyMap<string, readonly string[]>>()

/** What has to be done before, by id, as far as it is selected. What is not selected in between is passed through. */
function parentsOf(options: BuildOptions): ReadonlyMap<string, readonly string[]> {
  const known = parentMaps.get(options)
  if (known !== undefined) return known
  const { compiler: { project }, selected } = options
  const chosen = (id: string): boolean => selected.has(id) && (project.nodes.get(id)?.type ?? '') !== 'analysis'
  const nearest = new Map<string, readonly string[]>()
  const above = (id: string, seen: ReadonlySet<string>): readonly string[] => {
    const before = nearest.get(id)
    if (before !== undefined || seen.has(id)) return before ?? []
    const found = needsOf(project, project.nodes.get(id)).flatMap((need) => (chosen(need) ? [need] : above(need, new Set([...seen, id]))))
    nearest.set(id, [...new Set(found)])
    return found
  }
  const parents = new Map<string, string[]>()
  for (const id of selected) if (chosen(id) || project.unitTests.has(id)) parents.set(id, [...above(id, new Set())])
  for (const test of project.unitTests.values()) {
    if (!selected.has(test.id)) continue
    parents.set(test.id, above(test.model, new Set()).filter((id) => id !== test.id).slice())
    parents.get(test.model)?.push(test.id)
  }
  for (const node of project.nodes.values()) {
    if (node.type !== 'test' || !selected.has(node.id)) continue
    // Of several that a test reads, all are there when the last one is; only what reads all of them can wait for it.
    const [about] = node.needs.filter(chosen)
    if (about === undefined || node.needs.filter(chosen).length !== 1) continue
    for (const child of project.nodes.values()) if (child.type !== 'test' && child.id !== about && parents.get(child.id)?.includes(about) === true) parents.get(child.id)?.push(node.id)
  }
  parentMaps.set(options, parents)
  return parents
}

/** What a node reads. A source that a seed of the project fills is that seed. */
function needsOf(project: Project, node: Node | undefined): readonly string[] {
  return (node?.needs ?? []).map((id) => {
    const source = project.sources.get(id)
    return source === undefined ? id : (seedsOf(project).get(`${source.schema}.${source.identifier}`.toLowerCase()) ?? id)
  })
}

const seedMaps = new WeakMap<Project, ReadonlyMap<string, string>>()

/** Ids of seeds by where they lie. */
function seedsOf(project: Project): ReadonlyMap<string, string> {
  const known = seedMaps.get(project) ?? new Map([...project.nodes.values()].flatMap((node) => (node.type === 'seed' ? [[`${node.schema}.${node.alias}`.toLowerCase(), node.id] as const] : [])))
  seedMaps.set(project, known)
  return known
}

async function runStep(options: BuildOptions, step: Step): Promise<NodeResult> {
  const { compiler, warehouse } = options
  const startedAt = clockOf(options)
  const from = performance.now()
  const end = (result: Partial<NodeResult>): NodeResult => ({ ...blank(step.kind === 'node' ? step.node.id : step.test.id, startedAt), seconds: (performance.now() - from) / 1000, ...result })
  const failing = (diagnostics: readonly Diagnostic[], compiled?: string): NodeResult => end({ status: 'error', message: diagnostics.map((one) => one.message).join(' '), diagnostics, compiled })
  if (step.kind === 'unit') {
    const verdict = await runUnitTest(warehouse, compiler, step.test)
    return verdict.ok ? end({ ...verdict.value, message: verdict.value.status === 'pass' ? 'The rows are as expected.' : `${verdict.value.failures} rows differ from what is expected.` }) : failing(verdict.diagnostics)
  }
  const { node } = step
  let said: Readonly<Record<string, Json>> = {}
  const onConfig = (settings: Readonly<Record<string, Json>>): void => {
    if (node.test !== undefined) said = settings
  }
  if (node.config['materialized'] === 'ephemeral') return end({ status: 'no-op', message: 'It is part of those that read it.' })
  const before = node.type === 'test' ? undefined : await warehouse.relation(node.schema, node.alias)
  const fullRefresh = node.config['full_refresh'] === true || (options.fullRefresh === true && node.config['full_refresh'] !== false)
  const incremental = node.config['materialized'] === 'incremental' && before?.kind === 'table' && !fullRefresh
  const compiled = node.type === 'seed' ? ok('') : await renderWithAnswers(warehouse, (answers) => compiler.compile(node, { answers, incremental, fullRefresh, onConfig, ...(options.log !== undefined && { log: options.log }) }))
  if (!compiled.ok) return failing((options.about ?? inNode)(node, compiled.diagnostics))
  if (node.type === 'test') {
    const verdict = await runTest(warehouse, { ...node, config: { ...node.config, ...said } }, compiled.value)
    return verdict.ok ? end({ ...verdict.value, compiled: compiled.value, message: told(verdict.value.status, verdict.value.failures) }) : failing((options.about ?? inNode)(node, verdict.diagnostics), compiled.value)
  }
  const relation = compiler.relationOf(node).print()
  const print = printOf(options, node, compiled.value)
  if (options.built !== undefined && before !== undefined && !fullRefresh && options.built.get(node.id) === print) return end({ status: 'no-op', message: 'Nothing changed.', compiled: compiled.value, relation })
  const pre = await runHooks(options, node, listOf(node.config['pre-hook']).map(hookText))
  if (!pre.ok) return failing((options.about ?? inNode)(node, pre.diagnostics), compiled.value)
  const written = await materialise(options, node, compiled.value, incremental)
  if (!written.ok) return failing((options.about ?? inNode)(node, written.diagnostics), compiled.value)
  const post = await runHooks(options, node, listOf(node.config['post-hook']).map(hookText))
  if (!post.ok) return failing((options.about ?? inNode)(node, post.diagnostics), compiled.value)
  options.built?.set(node.id, print)
  return end({ message: `${written.value.rows} rows`, rows: written.value.rows, compiled: node.type === 'seed' ? undefined : compiled.value, relation })
}

const told = (status: Status, failures: number): string => (status === 'pass' ? 'Passed.' : `Got ${failures} ${failures === 1 ? 'result' : 'results'}, configured to ${status}.`)
const hookText = (hook: unknown): string => (typeof hook === 'string' ? hook : textOf(mapOf(hook as never)['sql']))

async function materialise({ compiler, warehouse, files, fullRefresh }: BuildOptions, node: Node, sql: string, incremental: boolean): Promise<Result<Written>> {
  const { now } = compiler.project.settings
  if (node.type === 'seed') return writeSeed(warehouse, node, files.get(node.file) ?? '')
  if (node.type === 'snapshot') return writeSnapshot(warehouse, node, sql, now)
  const kind = textOf(node.config['materialized'])
  if (kind === 'incremental' && node.config['incremental_strategy'] === 'microbatch') return writeBatches({ compiler, warehouse, node, incremental, fullRefresh: fullRefresh === true })
  if (kind === 'incremental') return incremental ? writeIncremental(warehouse, node, sql) : writeWhole(warehouse, node, sql)
  if (['view', 'table', 'materialized_view'].includes(kind)) return writeWhole(warehouse, node, sql)
  return fail(messages['dbt-config-word']({ node: node.name, key: 'materialized', value: kind, want: 'view, table, incremental or ephemeral' }, { place: placeOfNode(node) }))
}

interface Batches { readonly compiler: Compiler; readonly warehouse: Warehouse; readonly node: Node; readonly incremental: boolean; readonly fullRefresh: boolean }

/** One query for each stretch of time, over inputs that are cut to it; each takes the place of what was there of it. */
async function writeBatches({ compiler, warehouse, node, incremental }: Batches): Promise<Result<Written>> {
  const batches = batchesOf(node, { incremental, now: compiler.project.settings.now })
  if (!batches.ok) return batches
  let rows = 0
  for (const [i, batch] of batches.value.entries()) {
    const instead = new Map(node.needs.flatMap((id) => {
      const parent = compiler.project.nodes.get(id)
      const source = compiler.project.sources.get(id)
      const time = textOf((parent ?? source)?.config['event_time'])
      if (time === '') return []
      const relation = parent === undefined ? undefined : compiler.relationOf(parent)
      return relation === undefined ? [] : [[id, batch.cut(relation, time)] as const]
    }))
    const compiled = await renderWithAnswers(warehouse, (answers) => compiler.compile(node, { answers, instead, incremental }))
    if (!compiled.ok) return compiled
    const written = i === 0 && !incremental ? await writeWhole(warehouse, node, compiled.value) : await writeIncremental(warehouse, node, compiled.value, { covers: batch.covers })
    if (!written.ok) return written
    rows += written.value.rows
  }
  return ok({ rows })
}

/** Hooks may ask; what changes something is the platform's to do, and is refused by the gate. */
async function runHooks({ compiler, warehouse }: BuildOptions, node: Node, hooks: readonly string[]): Promise<Result<void>> {
  for (const hook of hooks) {
    const text = await renderWithAnswers(warehouse, (answers) => compiler.renderText(node, hook, { answers }))
    if (!text.ok) return text
    if (text.value.trim() === '') continue
    const ran = await warehouse.query(text.value)
    if (!ran.ok) return fail(...ran.diagnostics.map((one) => ({ ...one, message: `The hook "${hook.trim().slice(0, 80)}" cannot run: ${one.message}` })))
  }
  return ok(undefined)
}

/** The engine speaks of a query, people know a file. */
const inNode = (node: Node, diagnostics: readonly Diagnostic[]): readonly Diagnostic[] =>
  diagnostics.map((one) => (one.code.startsWith('dbt-') && one.place !== undefined ? one : { ...one, message: `"${node.name}" cannot be built: ${one.message}`, place: { ...placeOfNode(node), ...(one.place !== undefined && { line: one.place.line, column: one.place.column, ...(one.place.source !== undefined && { source: one.place.source }) }) } }))

/** Code as it means, with what it reads as that was built. */
function printOf({ compiler: { project }, built, files }: BuildOptions, node: Node, sql: string): string {
  return fingerprintOf({ code: node.type === 'seed' ? fingerprintOf(files.get(node.file) ?? '') : normalForm(sql), config: JSON.stringify(node.config), columns: node.columns.map((column) => [column.name, column.type ?? null]), address: [addressOf(node).schema, addressOf(node).name], inputs: needsOf(project, node).map((id) => [id, built?.get(id) ?? (project.nodes.has(id) ? 'unknown' : null)]) })
}
