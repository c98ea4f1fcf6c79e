// Before anything is applied: whether the statements of data sets that are to be kept in step can be. What a run would build as a
// whole each time is refused, because nobody asked for that.

import type { Diagnostic, Result } from '@tulle/kernel'
import { changedRows } from '@tulle/lineage'
import type { DataContract, MeshModel } from '@tulle/model'
import { compileChecks } from '@tulle/quality'
import type { Tree } from '@tulle/sql'
import type { Target } from '../types.ts'
import { modelTargets } from '../dbt-project.ts'
import type { DeclaredProject } from '../declared-project.ts'
import { compiledOf, declaredProject } from '../declared-project.ts'
import { findPort } from '@tulle/model'
import { messages } from '../messages.ts'

type Parse = (sql: string) => Promise<Result<Tree>>

export async function checkContinuous(mesh: Pick<MeshModel, 'products'>, parse: Parse): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = []
  for (const product of mesh.products.values()) {
    if (product.dataSets.every(({ refresh }) => refresh === undefined)) continue
    const declared = declaredProject(product, mesh)
    if (declared === undefined) continue
    for (const target of modelTargets(declared.plan)) {
      if (target.dataSet.refresh === 'continuous') found.push(...await checkOne({ mesh, ...declared, target }, parse))
    }
  }
  return found
}

interface Checking extends DeclaredProject { readonly mesh: Pick<MeshModel, 'products'>; readonly target: Target }

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
  // A column that an input loses is told with that change, and whom it hits.
  return changes.kind === 'refused' && changes.isUnknown !== true ? refuse(changes.clause, changes.remedy) : []
}

function contractOf({ mesh, plan, project }: Checking, schema: string, name: string): DataContract | undefined {
  const own = plan.targets.find(({ dataSet }) => {
    const node = project.nodes.get(dataSet.name)
    return dataSet.model === undefined ? dataSet.name === name && plan.product.name === schema : node?.schema.toLowerCase() === schema && node.alias.toLowerCase() === name
  })
  return own?.contract ?? mesh.products.get(schema)?.dataSets.find((one) => one.name === name)?.contract
}
