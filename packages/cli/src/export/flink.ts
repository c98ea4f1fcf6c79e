// Data sets that are kept in step → a file of Flink SQL that keeps their results in step in topics, from topics of Kafka ports.

import type { Diagnostic, Result } from '@tulle/kernel'
import { Bug, fail, ok } from '@tulle/kernel'
import type { FlinkTable } from '@tulle/lineage'
import type { DataContract, DataProduct, DataSet, MeshModel } from '@tulle/model'
import type { Tree } from '@tulle/sql'
import { messages } from '../messages.ts'
import { topicTables } from './flink-topics.ts'
import type { Asking } from './flink-topics.ts'

type Products = MeshModel['products']
type Parse = (sql: string) => Promise<Result<Tree>>

export interface FlinkFile { readonly text: string; readonly dataSets: readonly string[] }

/** Of all continuous data sets, or those of one product; what cannot be said in Flink is told of each of them. */
export async function flinkFile(products: Products, { product: only, ...asking }: Asking & { readonly product?: string | undefined }, parse: Parse): Promise<Result<FlinkFile>> {
  const found: Diagnostic[] = []
  const tables = new Set<string>()
  const inserts: string[] = []
  const dataSets: string[] = []
  for (const product of [...products.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (only !== undefined && product.name !== only) continue
    for (const dataSet of product.dataSets.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (dataSet.refresh !== 'continuous' || dataSet.contract === undefined) continue
      const name = `${product.name}.${dataSet.name}`
      const made = await statementsOf(products, product, { ...dataSet, contract: dataSet.contract }, asking, parse)
      if (made.kind === 'refused') {
        found.push(messages['flink-refused']({ dataSet: name, clause: made.clause, remedy: made.remedy }, { place: (dataSet.model ?? dataSet).place }))
        continue
      }
      for (const table of made.tables) tables.add(table)
      inserts.push(made.insert)
      dataSets.push(name)
    }
  }
  if (found.length > 0) return fail(...found)
  if (inserts.length === 0) return fail(messages['flink-nothing']({ of: only ?? 'the mesh' }))
  return ok({ text: `${HEAD}${[...tables, ...inserts].join('\n\n')}\n`, dataSets })
}

const HEAD = `-- Written by "tulle export flink", which writes it again: run it where models, contracts or ports change.
-- Names in \${} are for whoever runs it to fill in. Times are microseconds since 1970, in UTC.

`

type Refused = { readonly kind: 'refused'; readonly clause: string; readonly remedy: string }
type Statements = { readonly kind: 'statements'; readonly tables: readonly string[]; readonly insert: string } | Refused

const refused = (clause: string, remedy: string): Refused => ({ kind: 'refused', clause, remedy })

async function statementsOf(products: Products, product: DataProduct, dataSet: DataSet & { readonly contract: DataContract }, asking: Asking, parse: Parse): Promise<Statements> {
  if (dataSet.model?.program !== undefined) return refused('a model that is a program', 'write it in SQL')
  const compiled = await compiledModel(products, product, dataSet.name)
  if (compiled === undefined) return refused('a template that asks the engine while it renders', 'write the SQL out')
  const tree = await parse(compiled.sql)
  if (!tree.ok) return refused('SQL that the engine does not read', 'see "tulle validate"')
  const { flinkStatements } = await import('@tulle/lineage')
  const topics = topicTables(products, asking)
  const read: FlinkTable[] = []
  const tableOf = (schema: string, name: string): ReturnType<typeof topics.input> => {
    const own = compiled.own({ schema, name })
    const table = topics.input(own === undefined ? schema : product.name, own ?? name)
    if ('options' in table) read.push(table)
    return table
  }
  // The result goes where its inputs are, so they are asked for first.
  const inputs = flinkStatements(tree.value, { result: topics.anywhere(product.name, dataSet), tableOf: (one) => tableOf(one.schema, one.name) })
  if (inputs.kind === 'refused') return inputs
  const result = topics.result(product, dataSet, read)
  return 'clause' in result ? refused(result.clause, result.remedy) : flinkStatements(tree.value, { result, tableOf: (one) => tableOf(one.schema, one.name) })
}

interface Compiled { readonly sql: string; readonly own: (relation: { readonly schema: string; readonly name: string }) => string | undefined }

async function compiledModel(products: Products, product: DataProduct, name: string): Promise<Compiled | undefined> {
  const [{ Compiler, meshSettings, nodesOfDataSets, readProject }, { projectOf, relationsNamed }] = await Promise.all([import('@tulle/dbt'), import('@tulle/model')])
  const project = projectOf(product)
  if (project === undefined) return undefined
  const relations = relationsNamed(product, (one) => products.get(one)?.dataSets.map((dataSet) => dataSet.name))
  const read = readProject(project.files, { settings: meshSettings({ product: product.name, plain: project.shown !== undefined, now: new Date(0), ...relations }) })
  if (!read.ok) return undefined
  const nodes = nodesOfDataSets(read.value.project, product.dataSets.filter(({ model }) => model !== undefined).map((one) => one.name))
  const node = nodes.get(name)
  if (node === undefined) return undefined
  const own: Compiled['own'] = (relation) => [...nodes].find(([, one]) => one.schema.toLowerCase() === relation.schema && one.alias.toLowerCase() === relation.name)?.[0]
  try {
    const sql = new Compiler(read.value.project, read.value.house).compile(node)
    return sql.ok ? { sql: sql.value, own } : undefined
  } catch (error) {
    if (error instanceof Bug) throw error
    return undefined
  }
}
