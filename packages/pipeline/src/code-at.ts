// What made a version of a product, as statements: from the recipe that its snapshot names, rendered as its run rendered it.
// Without a version, what is published, or what was applied where nothing is. Nothing is run.

import type { Result } from '@tulle/kernel'
import { Bug, ok } from '@tulle/kernel'
import type { Node } from '@tulle/dbt'
import type { SnapshotId } from '@tulle/lake'
import { loadTable } from '@tulle/lake'
import { readProductDefinition } from '@tulle/providers'
import type { DbtRun, PinnedInput, ProductCode, Snapshots, Workshop } from './types.ts'
import type { ReadPlan } from './read-plan.ts'
import { planOf, readPlan } from './read-plan.ts'
import { findOrigin } from './find-origin.ts'
import { dataSetOfPort, findPort, SOURCES } from '@tulle/model'
import { openProject, relationRead } from './dbt-project.ts'
import { RUN_SUMMARY } from './run-summary.ts'
import { readRecipe } from './recipe.ts'

export async function codeAt(workshop: Workshop, product: string, snapshot?: SnapshotId): Promise<Result<ProductCode>> {
  const found = snapshot ?? (await publishedOf(workshop, product))
  const origin = found === undefined ? undefined : await findOrigin(workshop, product, found)
  if (origin?.ok === true) {
    const recipe = await readRecipe(workshop.objects, origin.value.productId, origin.value.recipe)
    if (recipe.ok) {
      const plan = planOf(recipe.value.definition, recipe.value.others)
      return plan.ok ? ok(codeOf(plan.value, { run: recipe.value.dbt, pinned: recipe.value.pinned, snapshots: origin.value.snapshots, name: origin.value.recipe })) : plan
    }
    if (snapshot !== undefined) return recipe
  } else if (snapshot !== undefined && origin !== undefined) return origin
  const plan = await readPlan(workshop.store, product)
  return plan.ok ? ok(codeOf(plan.value, { run: undefined, pinned: [], snapshots: {}, name: plan.value.definition.fingerprint })) : plan
}

async function publishedOf({ store, lake }: Workshop, product: string): Promise<SnapshotId | undefined> {
  const definition = await readProductDefinition(store.db, product)
  if (!definition.ok) return undefined
  for (const { name } of Object.values(definition.value.tables)) {
    const table = await loadTable(lake, name)
    const current = table.ok ? table.value.currentSnapshot : undefined
    if (current?.summary[RUN_SUMMARY.recipe] !== undefined) return current.id
  }
  return undefined
}

interface Known { readonly run: DbtRun | undefined; readonly pinned: readonly PinnedInput[]; readonly snapshots: Snapshots; readonly name: string }

function codeOf(plan: ReadPlan, { run, pinned, snapshots, name }: Known): ProductCode {
  const { product, targets } = plan
  const project = openProject(plan, run ?? { now: '1970-01-01T00:00:00.000Z', fullRefresh: true, own: [] })
  const compiler = project.ok ? project.value.compiler : undefined
  // A product that only takes in what others send has none, and nothing of it is guessed.
  const unread: string[] = project.ok || targets.every(({ dataSet }) => dataSet.model === undefined) ? [] : [`The models of ${product.name} cannot be rendered.`]
  const statements: ProductCode['statements'][number][] = []
  const programs = programsOf(plan, project.ok ? project.value.nodes : new Map())
  for (const id of project.ok ? project.value.build : []) {
    const node = compiler?.project.nodes.get(id)
    if (node !== undefined && programs.has(node.id)) continue
    if (compiler === undefined || node === undefined || !['model', 'snapshot'].includes(node.type) || node.config['materialized'] === 'ephemeral') continue
    const { schema, identifier } = compiler.relationOf(node).parts
    const sql = rendered(() => compiler.compile(node))
    if (sql === undefined) unread.push(`"${node.name}" asks the engine while it renders.`)
    else statements.push({ schema: schema ?? '', name: identifier ?? node.name, sql })
  }
  return {
    product: product.name, name, snapshots, statements, unread, programs: [...programs.values()],
    reads: Object.fromEntries(pinned.map((one) => [`${one.product}.${one.dataSet}`, one.snapshot])),
    ports: product.inputPorts.map((port) => port.name),
    portSchema: SOURCES,
    dataSets: targets.map(({ dataSet, contract }) => {
      const node = project.ok ? project.value.nodes.get(dataSet.name) : undefined
      const made = node === undefined ? undefined : compiler?.relationOf(node).parts
      return {
        name: dataSet.name,
        columns: contract.columns.map((column) => column.name),
        from: dataSet.model === undefined ? relationOfPort(plan, dataSet.from ?? '') : { schema: made?.schema ?? product.name, name: made?.identifier ?? dataSet.name },
      }
    }),
  }
}

/** By id of the node that stands for it. */
function programsOf(plan: ReadPlan, nodes: ReadonlyMap<string, Node>): ReadonlyMap<string, ProductCode['programs'][number]> {
  return new Map(plan.targets.flatMap(({ dataSet, contract }) => {
    const program = dataSet.model?.program
    const node = nodes.get(dataSet.name)
    if (program === undefined || node === undefined) return []
    const reads = program.reads.flatMap((read) => ((relation) => (relation === undefined ? [] : [{ input: read.name, ...relation }]))(relationRead(plan, read)))
    return [[node.id, { schema: node.schema, name: node.alias, columns: contract.columns.map((column) => column.name), reads, declared: program.lineage ?? {} }] as const]
  }))
}

/** A port of a product is that product's data set. */
function relationOfPort({ product, dataSetsOf }: ReadPlan, name: string): { readonly schema: string; readonly name: string } {
  const port = findPort(product, name)
  const found = port?.kind === 'product' ? dataSetOfPort(port, dataSetsOf) : undefined
  return found === undefined ? { schema: SOURCES, name } : { schema: found.product, name: found.dataSet }
}

/** Undefined where the template wants an answer of the engine, or is wrong. */
function rendered(compile: () => Result<string>): string | undefined {
  try {
    const text = compile()
    return text.ok ? text.value : undefined
  } catch (error) {
    if (error instanceof Bug) throw error
    return undefined
  }
}
