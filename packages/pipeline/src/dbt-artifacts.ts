// What a run made of its product's models, in the files that tools of dbt read: from the recipe that the run kept, and from
// what its steps said.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { NodeResult } from '@tulle/dbt'
import { catalogOf, manifestOf, runResultsOf } from '@tulle/dbt'
import { duckdbTypeOf } from '@tulle/engine'
import { readProductDefinition } from '@tulle/providers'
import type { DbtArtifacts, Ingested, ToldResult, Workshop } from './types.ts'
import { modelTargets, openProject } from './dbt-project.ts'
import { planOf } from './read-plan.ts'
import { readRecipe } from './recipe.ts'
import { messages } from './messages.ts'

export async function dbtArtifacts({ store: { db }, objects }: Pick<Workshop, 'store' | 'objects'>, runId: string): Promise<Result<DbtArtifacts>> {
  const nothing = (): Result<never> => fail(messages['run-without-models']({ run: runId.slice(0, 100) }))
  const run = await db.selectFrom('run').select('product').where('id', '=', runId).executeTakeFirst()
  if (run === undefined) return nothing()
  const steps = await db.selectFrom('run_step').select(['name', 'output']).where('run_id', '=', runId).orderBy('ordinal').execute()
  const outputOf = (name: string): unknown => steps.findLast((step) => step.name === name && step.output !== null)?.output
  const ingested = outputOf('ingest') as Partial<Ingested> | undefined
  if (ingested?.recipe === undefined || ingested.dbt === undefined) return nothing()
  const definition = await readProductDefinition(db, run.product)
  if (!definition.ok) return definition
  const recipe = await readRecipe(objects, definition.value.id, ingested.recipe)
  if (!recipe.ok) return recipe
  const plan = planOf(recipe.value.definition, recipe.value.others)
  if (!plan.ok) return plan
  const opened = openProject(plan.value, ingested.dbt)
  if (!opened.ok) return opened
  const { compiler: { project }, nodes } = opened.value
  const results = ['transform', 'check'].flatMap((name) => ((outputOf(name) as { results?: readonly ToldResult[] } | undefined)?.results ?? []).map(resultOf))
  const options = { invocation: runId, generatedAt: new Date(ingested.dbt.now) }
  const relations = new Map(modelTargets(plan.value).flatMap(({ dataSet, contract }) => {
    const node = nodes.get(dataSet.name)
    return node === undefined ? [] : [[`${node.schema}.${node.alias}`, { schema: node.schema, name: node.alias, kind: 'table' as const, columns: contract.columns.map(({ name, type }) => ({ name, type: duckdbTypeOf(type) })) }] as const]
  }))
  return ok({
    manifest: manifestOf(project, options),
    runResults: runResultsOf(results, { ...options, seconds: results.reduce((sum, { seconds }) => sum + seconds, 0), args: { which: 'build', full_refresh: ingested.dbt.fullRefresh } }),
    catalog: await catalogOf(project, { relation: async (schema, name) => relations.get(`${schema}.${name}`) }, options),
  })
}

const resultOf = ({ id, status, message, failures, rows, startedAt, seconds }: ToldResult): NodeResult =>
  ({ id, status: status as NodeResult['status'], message, failures, rows, compiled: undefined, relation: undefined, startedAt: new Date(startedAt), seconds, diagnostics: [] })
