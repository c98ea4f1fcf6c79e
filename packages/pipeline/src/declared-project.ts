// The models of a product as a run would have them once the files of the mesh are applied. Nothing of it is stored yet.

import { Bug, fingerprintOf } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import type { Node } from '@tulle/dbt'
import type { DataProduct, MeshModel } from '@tulle/model'
import type { ProductDefinition } from '@tulle/providers'
import type { OpenProject } from './dbt-project.ts'
import { openProject } from './dbt-project.ts'
import type { ReadPlan } from './read-plan.ts'
import { planOf } from './read-plan.ts'

export interface DeclaredProject { readonly plan: ReadPlan; readonly project: OpenProject }

/** Undefined where something is wrong with the product itself, which is told by those whose business it is. */
export function declaredProject(product: DataProduct, mesh: Pick<MeshModel, 'products'>): DeclaredProject | undefined {
  const others = Object.fromEntries([...mesh.products.values()].map((one) => [one.name, one.dataSets.map(({ name }) => name)]))
  const plan = planOf(declared(product), others)
  const project = plan.ok ? openProject(plan.value, { now: '1970-01-01T00:00:00.000Z', fullRefresh: true, own: [] }) : plan
  return plan.ok && project.ok ? { plan: plan.value, project: project.value } : undefined
}

function declared(product: DataProduct): ProductDefinition {
  const tables = Object.fromEntries(product.dataSets.map(({ name }) => [name, { uuid: '', name: { namespace: product.name, name }, location: '', fieldIds: {} }]))
  return { id: '', product, tables, fingerprint: fingerprintOf(product.fingerprint as Json) }
}

/** The SQL of a model; undefined where its template is wrong, or asks the engine while it renders. */
export function compiledOf({ compiler }: OpenProject, node: Node): string | undefined {
  try {
    const text = compiler.compile(node)
    return text.ok ? text.value : undefined
  } catch (error) {
    if (error instanceof Bug) throw error
    return undefined
  }
}
