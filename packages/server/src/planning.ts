// Files become a plan against the mesh as it is; a plan is carried out by one applier at a time.

import { randomUUID } from 'node:crypto'
import type { ConditionChecker } from '@tulle/access'
import { checkKafkaPorts } from '@tulle/kafka'
import type { Clock, Diagnostic, Json, Result } from '@tulle/kernel'
import { fail, ok, resultOf } from '@tulle/kernel'
import { loadMesh } from '@tulle/model'
import type { DataProduct, MeshFiles, MeshModel, ParseCache } from '@tulle/model'
import { lintMesh } from '@tulle/contracts'
import type { LintMemory, ParseSql } from '@tulle/contracts'
import { checkContinuous, checkModels } from '@tulle/pipeline'
import { applyPlan, changesOf, parsePlan, planMesh } from '@tulle/planner'
import type { Applied, Plan, PlanOptions } from '@tulle/planner'
import { checkMeshPolicies, writtenConditions } from '@tulle/policy'
import { compileChecks } from '@tulle/quality'
import type { CheckedRelation } from '@tulle/quality'
import { checkRego } from '@tulle/rego'
import { desiredJobs } from '@tulle/flink'
import type { FlinkJobProvider } from '@tulle/flink'
import { desiredMesh, embeddedProviders, meshObserver } from '@tulle/providers'
import type { DesiredCache } from '@tulle/providers'
import type { Objects } from '@tulle/objects'
import type { SchemaRegistry } from '@tulle/schema-registry'
import type { Store } from '@tulle/store'
import { readProductProject } from '@tulle/dbt'
import type { MayRead } from './input-rights.ts'
import { ungrantedInputs } from './input-rights.ts'
import { checkMeshWorkflows } from '@tulle/workflow'
import type { ConditionDesk } from './check-conditions.ts'
import type { Knows, UseOptions } from './who-uses.ts'
import { whoUses } from './who-uses.ts'

export interface Planning {
  load(files: MeshFiles): Result<MeshModel>
  /** What the files declare, whether or not policies and standards allow it. */
  read(files: MeshFiles): Result<MeshModel>
  /** `knows` says over which products the user may see who ran what; without it, over none. */
  plan(files: MeshFiles, options: PlanOptions, knows?: Knows): Promise<Result<Plan>>
  /** Starts to carry a plan out and resolves when it has come to its end. */
  apply(plan: Json, options: { readonly startedBy: string; readonly id?: string }): Promise<Result<Applied>>
}

interface PlanningOptions {
  readonly store: Store
  readonly objects: Objects
  /** Where the schemas of messages are; without it nobody holds ports against them. */
  readonly schemas?: SchemaRegistry
  readonly clock: Clock
  readonly cache: ParseCache
  readonly conditions: ConditionChecker
  /** That rules may ask. */
  readonly opaServers: ReadonlySet<string>
  /** Whether workflows may run shell commands and scripts. */
  readonly allowsProcesses: boolean
  /** Which of the mesh's environments plans are for. */
  readonly environment?: string
  readonly mayRead: MayRead
  /** For the queries in contracts; without it contracts are judged by their form alone. */
  readonly parseSql?: ParseSql
  /** A process of the engine without data, for the models; without it a run is the first to read them. */
  readonly engineAlone?: ConditionDesk['alone']
  /** What else goes with data sets (by their refs) that a plan destroys. */
  readonly tellDestroyed?: (refs: readonly string[]) => Promise<readonly Diagnostic[]>
  /** What keeps jobs of Flink; without it there are none. Jobs are planned by `parseSql`. */
  readonly jobs?: { readonly provider: FlinkJobProvider; readonly isSet: boolean }
  /** Where to look for who uses what; without it nobody looks. */
  readonly use?: Omit<UseOptions, 'store' | 'clock'>
}

export function openPlanning({ store, objects, schemas, clock, cache, conditions, opaServers, allowsProcesses, environment, mayRead, use, parseSql, engineAlone, tellDestroyed, jobs }: PlanningOptions): Planning {
  const providers = jobs === undefined ? embeddedProviders : [...embeddedProviders, jobs.provider]
  const observe = meshObserver(providers)
  const desired: DesiredCache = new Map()
  const judged = new Map<string, readonly Diagnostic[]>()
  const found: FindingsCache = new Map()
  const linted: LintMemory = new Map()
  const read = (files: MeshFiles): Result<MeshModel> => loadMesh(files, { modelReads: readProductProject, cache, ...(environment !== undefined && { environment }) })
  const load = (files: MeshFiles): Result<MeshModel> => {
    const mesh = read(files)
    return mesh.ok ? resultOf(mesh.value, [...mesh.diagnostics, ...checkMeshPolicies(mesh.value)]) : mesh
  }
  return {
    load, read,
    plan: async (files, options, knows = () => false) => {
      const mesh = load(files)
      if (!mesh.ok) return mesh
      const contracts = parseSql === undefined ? [] : await lintMesh(files, parseSql, linted)
      const wrong = [...contracts, ...(parseSql === undefined ? [] : await checkContinuous(mesh.value, parseSql)), ...(schemas === undefined ? [] : await checkKafkaPorts(mesh.value, schemas)), ...await conditionsOf(mesh.value, conditions), ...await checkRego(mesh.value, { hosts: opaServers }), ...await checkMeshWorkflows(mesh.value, { allowsProcesses, known: judged })]
      const errors = wrong.filter(({ severity }) => severity === 'error')
      if (errors.length > 0) return fail(...wrong)
      const asJobs = jobs === undefined || parseSql === undefined ? ok({ resources: [], findings: [] }) : await desiredJobs(mesh.value.products, { parse: parseSql, isSet: jobs.isSet })
      const streamJobs = asJobs.ok ? asJobs.value : { resources: [], findings: asJobs.diagnostics }
      const [wanted, seen] = [desiredMesh(mesh.value, { providers, cache: desired, more: streamJobs.resources }), await observe({ db: store.db, objects })]
      const unseen = jobs?.provider.trouble()
      const asked = { providers, findings: [...findingsOf(mesh.value, found), ...streamJobs.findings, ...(unseen === undefined ? [] : [unseen])], ...options }
      const bare = planMesh(wanted, seen, asked)
      const changed = new Set(changesOf(bare).flatMap(({ product }) => product ?? []))
      const models = await engineAlone?.((process) => checkModels(mesh.value, changed, process)) ?? []
      const request = { ...asked, findings: [...asked.findings, ...models] }
      const first = models.length === 0 ? bare : planMesh(wanted, seen, request)
      const destroyed = changesOf(first).filter(({ action, kind }) => action === 'destroy' && kind === 'data-set').map(({ ref }) => ref)
      const goes = destroyed.length === 0 ? [] : await tellDestroyed?.(destroyed) ?? []
      const used = use === undefined ? undefined : await whoUses({ ...use, store, clock }, { mesh: mesh.value, plan: first, observed: seen, knows })
      const findings = [...request.findings, ...goes, ...used?.notes ?? []]
      const plan = findings.length === request.findings.length && used === undefined ? first : planMesh(wanted, seen, { ...request, ...(used !== undefined && { columnsRead: used.columnsRead, findQueries: used.findQueries }), findings })
      const ids = new Map((await store.db.selectFrom('resource').select(['id', 'product']).where('kind', '=', 'data-product').where('archived_at', 'is', null).execute()).map(({ id, product }) => [product, id]))
      return ok(plan, [...mesh.diagnostics, ...contracts, ...ungrantedInputs(mesh.value, (product) => ids.get(product), mayRead)])
    },
    apply: async (json, request) => {
      const plan = parsePlan(json)
      if (!plan.ok) return fail(...plan.diagnostics)
      return applyPlan({ store, objects, clock, newId: randomUUID, providers, observe }, plan.value, request)
    },
  }
}

/** Rows that grants of the folder are for, and what policies hold of SQL, asked of the engine as conditions of requests are. */
async function conditionsOf(mesh: MeshModel, conditions: ConditionChecker): Promise<readonly Diagnostic[]> {
  const wrong: Diagnostic[] = []
  for (const { text, columns, place } of writtenConditions(mesh)) {
    const checked = await conditions.check(text, { columns })
    if (!checked.ok) wrong.push(...checked.diagnostics.map((diagnostic) => ({ ...diagnostic, place })))
  }
  for (const { product, dataSet, rows, place } of mesh.grants.values()) {
    const columns = mesh.products.get(product)?.dataSets.find(({ name }) => name === dataSet)?.contract?.columns
    if (rows === undefined || columns === undefined) continue
    const checked = await conditions.check(rows, { columns })
    // Where in the condition is in the words; the place is that of the file.
    if (!checked.ok) wrong.push(...checked.diagnostics.map((diagnostic) => ({ ...diagnostic, place })))
  }
  return wrong
}

type FindingsCache = Map<string, { readonly fingerprint: string; readonly findings: readonly Diagnostic[] }>

/** Checks that a run would stumble over are found before anything is applied; products that did not change are not compiled again. */
function findingsOf(mesh: MeshModel, cache: FindingsCache): readonly Diagnostic[] {
  for (const name of cache.keys()) if (!mesh.products.has(name)) cache.delete(name)
  return [...mesh.products.values()].flatMap((product) => {
    const known = cache.get(product.name)
    if (known?.fingerprint === product.fingerprint) return known.findings
    const findings = product.dataSets.flatMap(({ name, contract }) => (contract === undefined ? [] : compileChecks(contract, { schema: product.name, name }, { other: (named) => otherOf(mesh, product, named) }).diagnostics))
    cache.set(product.name, { fingerprint: product.fingerprint, findings })
    return findings
  })
}

/** What a check of the product calls `data_set` or `product.data_set`: its own, or one of a product that an input port names. */
function otherOf(mesh: MeshModel, product: DataProduct, named: string): CheckedRelation | undefined {
  const [first = '', second] = named.split('.')
  const read = product.inputPorts.flatMap((port) => (port.kind === 'product' ? [port.product] : []))
  const offers = [product.name, ...read].filter((name) => second === undefined || name === first)
  const dataSet = second ?? first
  const owner = offers.find((name) => mesh.products.get(name)?.dataSets.some((one) => one.name === dataSet) === true)
  return owner === undefined ? undefined : { schema: owner, name: dataSet }
}
