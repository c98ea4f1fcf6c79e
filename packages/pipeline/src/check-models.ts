// Before anything is applied: whether the SQL of models is SQL, reads what there is, and gives what its contract promises. The
// engine plans it over empty tables with the columns of the contracts, and the run's own gate and words are asked.

import type { Diagnostic } from '@tulle/kernel'
import type { Node } from '@tulle/dbt'
import { ParquetWarehouse } from '@tulle/dbt'
import type { EngineProcess, Relation } from '@tulle/engine'
import type { DataProduct, DataSet, MeshModel } from '@tulle/model'
import { findPort, SOURCES } from '@tulle/model'
import type { Target } from './types.ts'
import { aboutNode } from './about-node.ts'
import { modelTargets } from './dbt-project.ts'
import type { DeclaredProject } from './declared-project.ts'
import { compiledOf, declaredProject } from './declared-project.ts'
import { shapeToContract } from './model-columns.ts'

/** The engine plans statements by computing what is constant in them. */
const PATIENCE_MILLISECONDS = 2_000

// What is the statement's fault whatever rows there will be. An engine that died, ran out of time or memory accuses nobody.
const FAULTS = /^(?:sql-|engine-syntax$|engine-undefined-|engine-type$|model-column-)/u

/** `process` sees no data. Models that are programs, whole dbt projects and templates that ask the engine are left to the run. */
export async function checkModels(mesh: Pick<MeshModel, 'products'>, products: Iterable<string>, process: EngineProcess): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = []
  for (const name of products) {
    const product = mesh.products.get(name)
    if (product === undefined || product.dbt !== undefined || product.dataSets.every(({ model }) => model === undefined)) continue
    const declared = declaredProject(product, mesh)
    if (declared === undefined) continue
    const relations = relationsOf(product, mesh, declared)
    for (const target of modelTargets(declared.plan)) {
      const node = declared.project.nodes.get(target.dataSet.name)
      if (node === undefined || target.dataSet.model?.program !== undefined) continue
      const wrong = await checkOne(declared, { target, node, relations, product, process })
      found.push(...aboutNode(node, target, wrong.filter(({ code }) => FAULTS.test(code)), declared.project.inMesh))
    }
  }
  return found
}

interface Checking { readonly target: Target; readonly node: Node; readonly relations: readonly Relation[]; readonly product: DataProduct; readonly process: EngineProcess }

async function checkOne({ project }: DeclaredProject, { target, node, relations, product, process }: Checking): Promise<readonly Diagnostic[]> {
  const sql = compiledOf(project, node)
  if (sql === undefined) return []
  const warehouse = new ParquetWarehouse({
    runner: {
      parse: (text) => process.parse(text), define: (given) => process.define(given as readonly Relation[]),
      prepare: (text) => process.prepare(text, { signal: AbortSignal.timeout(PATIENCE_MILLISECONDS) }),
      open: (text, options) => process.open(text, options), write: (text, options) => process.write(text, options),
    },
    folder: '', given: relations, known: (schema) => schema === SOURCES,
  })
  const ready = await warehouse.ready(sql)
  if (!ready.ok) return ready.diagnostics
  // Nobody has looked into the files of a port yet: what columns they have, the run will see.
  if (target.dataSet.model?.sources.some(({ name }) => findPort(product, name)?.kind !== 'product') === true) return []
  const columns = await warehouse.columnsOf(sql)
  return columns.ok ? shapeToContract(target, ready.value, columns.value).diagnostics : columns.diagnostics
}

/** Everything that its models may name, as the contracts have it. */
function relationsOf(product: DataProduct, mesh: Pick<MeshModel, 'products'>, { plan, project }: DeclaredProject): readonly Relation[] {
  const relations = new Map<string, Relation>()
  const give = (schema: string, name: string, { contract }: Pick<DataSet, 'contract'>): void => {
    if (contract === undefined) return
    relations.set(`${schema}.${name}`.toLowerCase(), { schema, name, columns: contract.columns.map((column, i) => ({ name: column.name, type: column.type, fieldId: i + 1 })), files: [] })
  }
  const named = [...product.inputPorts.flatMap((port) => (port.kind === 'product' ? [port.product] : [])), ...product.dataSets.flatMap(({ model }) => (model?.refs ?? []).map((ref) => ref.product ?? ref.name))]
  for (const other of new Set(named)) for (const dataSet of mesh.products.get(other)?.dataSets ?? []) give(other, dataSet.name, dataSet)
  for (const { dataSet, contract } of plan.targets) {
    const node = project.nodes.get(dataSet.name)
    give(node?.schema ?? product.name, node?.alias ?? dataSet.name, { contract })
  }
  return [...relations.values()]
}
