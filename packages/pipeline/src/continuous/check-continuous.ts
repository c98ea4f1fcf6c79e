// Before anything is applied: whether the statements of data sets that are to be kept in step can be. What a run would build as a
// whole each time is refused, because nobody asked for that.

import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { Bug, fingerprintOf } from '@tulle/kernel'
import { changedRows } from '@tulle/lineage'
import type { DataContract, DataProduct, MeshModel } from '@tulle/model'
import type { ProductDefinition } from '@tulle/providers'
import { compileChecks } from '@tulle/quality'
import type { Tree } from '@tulle/sql'
import type { Target } from '../types.ts'
import type { OpenProject } from '../dbt-project.ts'
import { modelTargets, openProject } from '../dbt-project.ts'
import { findPort } from '@tulle/model'
import type { ReadPlan } from '../read-plan.ts'
import { planOf } from '../read-plan.ts'
import { messages } from '../messages.ts'

type Parse = (sql: string) => Promise<Result<Tree>>

export async function checkContinuous(mesh: Pick<MeshModel, 'products'>, parse: Parse): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = []
  for (const product of mesh.products.values()) {
    if (product.dataSets.every(({ refresh }) => refresh === undefined)) continue
    const others = Object.fromEntries([...mesh.products.values()].map((one) => [one.name, one.dataSets.map(({ name }) => name)]))
    const plan = planOf(declared(product), others)
    const project = plan.ok ? openProject(plan.value, { now: '1970-01-01T00:00:00.000Z', fullRefresh: true, own: [] }) : plan
    // Whatever is wrong with the product itself is told by those whose business it is.
    if (!plan.ok || !project.ok) continue
    for (const target of modelTargets(plan.value)) {
      if (target.dataSet.refresh === 'continuous') found.push(...await checkOne({ mesh, plan: plan.value, project: project.value, target }, parse))
    }
  }
  return found
}

/** A product as its run would see it once it is applied. */
function declared(product: DataProduct): ProductDefinition {
  const tables = Object.fromEntries(product.dataSets.map(({ name }) => [name, { uuid: '', name: { namespace: product.name, name }, location: '', fieldIds: {} }]))
  return { id: '', product, tables, fingerprint: fingerprintOf(product.fingerprint as Json) }
}

interface Checking { readonly mesh: Pick<MeshModel, 'products'>; readonly plan: ReadPlan; readonly project: OpenProject; readonly target: Target }

async function checkOne(checking: Checking, parse: Parse): Promise<readonly Diagnostic[]> {
  const { plan, project, target } = checking
  const { address, contract, dataSet } = target
  const at = { place: (dataSet.model ?? dataSet).place }
  const refuse = (clause: string, remedy: string): readonly Diagnostic[] => [messages['continuous-refused']({ dataSet: address, clause, remedy }, at)]
  const compiled = compileChecks(contract, { schema: target.table.name.namespace, name: target.table.name.name })
  if (compiled.ok && compiled.value.checks.some(({ action }) => action === 'quarantine')) return refuse('a promise of its contract whose broken rows are set aside', 'let the data sets that it reads set such rows aside, or leave "refresh" out')
  const node = project.nodes.get(dataSet.name)
  if (node === undefined) return []
  const { materialized } = node.config
  if (materialized !== undefined && materialized !== 'table' && materialized !== 'view') return refuse(`materialized: ${String(materialized)}`, 'leave it out: "refresh" says how the rows are kept')
  for (const { name } of dataSet.model?.sources ?? []) {
    if (findPort(plan.product, name)?.kind !== 'product') return refuse(`source('${name}'), which keeps no earlier versions`, `make it a data set with "from: ${name}", and read that`)
  }
  const sql = compiledOf(project, node)
  if (sql === undefined) return refuse('a template that asks the engine while it renders', 'write the SQL out')
  const tree = await parse(sql)
  if (!tree.ok) return []
  const changes = changedRows(tree.value, {
    columnsOf: ({ schema, name }) => contractOf(checking, schema, name)?.columns.map((column) => ({ name: column.name })),
    addressOf: (read) => read,
  })
  return changes.kind === 'refused' ? refuse(changes.clause, changes.remedy) : []
}

function contractOf({ mesh, plan, project }: Checking, schema: string, name: string): DataContract | undefined {
  const own = plan.targets.find(({ dataSet }) => {
    const node = project.nodes.get(dataSet.name)
    return dataSet.model === undefined ? dataSet.name === name && plan.product.name === schema : node?.schema.toLowerCase() === schema && node.alias.toLowerCase() === name
  })
  return own?.contract ?? mesh.products.get(schema)?.dataSets.find((one) => one.name === name)?.contract
}

function compiledOf({ compiler }: OpenProject, node: Parameters<OpenProject['compiler']['compile']>[0]): string | undefined {
  try {
    const text = compiler.compile(node)
    return text.ok ? text.value : undefined
  } catch (error) {
    if (error instanceof Bug) throw error
    return undefined
  }
}
