// Data sets that are kept in step → what Flink is given to keep their results in step in topics, from topics of Kafka ports.

import type { Diagnostic, Place, Result } from '@tulle/kernel'
import { Bug, fail, ok } from '@tulle/kernel'
import type { DataContract, DataProduct, DataSet, MeshModel } from '@tulle/model'
import { projectOf, relationsNamed } from '@tulle/model'
import type { Tree } from '@tulle/sql'
import type { TableName } from '../types.ts'
import { flinkStatements } from './flink-statements.ts'
import type { FlinkCreate } from './flink-statements.ts'
import { messages } from './messages.ts'
import type { Refusal } from './sorts.ts'
import { topicTables } from './topic-tables.ts'
import type { TopicCluster, TopicTable } from './topic-tables.ts'

type Products = MeshModel['products']
type Parse = (sql: string) => Promise<Result<Tree>>

/** What keeps the result of one data set in step. */
export interface FlinkJob {
  readonly product: string
  readonly dataSet: string
  /** Of the result; `cluster` is where it is, and where the topics are that are read. */
  readonly topic: string
  readonly cluster: TopicCluster
  /** What is read, in the order of the names, and the result. */
  readonly tables: readonly FlinkCreate[]
  readonly insert: string
  readonly place: Place
}

interface Wanted {
  /** Whose topics are read where several Kafka ports offer a data set. Undefined: whose the data set says. */
  readonly application?: string | undefined
  /** Of the data sets that are kept in step; without it all of them. */
  readonly isWanted?: (product: DataProduct, dataSet: DataSet) => boolean
}

/** In the order of their names; what cannot be said in Flink is told of each of them, at its model. */
export async function flinkJobs(products: Products, { application, isWanted = () => true }: Wanted, parse: Parse): Promise<Result<readonly FlinkJob[]>> {
  const found: Diagnostic[] = []
  const jobs: FlinkJob[] = []
  for (const product of [...products.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    for (const dataSet of product.dataSets.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (dataSet.refresh !== 'continuous' || dataSet.contract === undefined || !isWanted(product, dataSet)) continue
      const made = await jobOf(products, product, { ...dataSet, contract: dataSet.contract }, application ?? dataSet.flink?.application, parse)
      if ('clause' in made) found.push(messages['flink-refused']({ dataSet: `${product.name}.${dataSet.name}`, clause: made.clause, remedy: made.remedy }, { place: (dataSet.model ?? dataSet).place }))
      else jobs.push(made)
    }
  }
  return found.length > 0 ? fail(...found) : ok(jobs)
}

const refused = (clause: string, remedy: string): Refusal => ({ clause, remedy })

async function jobOf(products: Products, product: DataProduct, dataSet: DataSet & { readonly contract: DataContract }, application: string | undefined, parse: Parse): Promise<FlinkJob | Refusal> {
  if (dataSet.model?.program !== undefined) return refused('a model that is a program', 'write it in SQL')
  const compiled = await compiledModel(products, product, dataSet.name)
  if (compiled === undefined) return refused('a template that asks the engine while it renders', 'write the SQL out')
  const tree = await parse(compiled.sql)
  if (!tree.ok) return refused('SQL that the engine does not read', 'see "tulle validate"')
  const topics = topicTables(products, { application })
  const read: TopicTable[] = []
  const tableOf = ({ schema, name }: TableName): TopicTable | Refusal => {
    const own = compiled.own({ schema, name })
    const table = topics.input(own === undefined ? schema : product.name, own ?? name)
    if ('options' in table) read.push(table)
    return table
  }
  // The result goes where its inputs are, so they are asked for first.
  const inputs = flinkStatements(tree.value, { result: topics.anywhere(product.name, dataSet), tableOf })
  if (inputs.kind === 'refused') return inputs
  const result = topics.result(product, dataSet, read)
  if ('clause' in result) return result
  const made = flinkStatements(tree.value, { result, tableOf })
  return made.kind === 'refused' ? made : { product: product.name, dataSet: dataSet.name, topic: result.name, cluster: result.cluster, tables: made.tables, insert: made.insert, place: dataSet.place }
}

interface Compiled { readonly sql: string; readonly own: (relation: { readonly schema: string; readonly name: string }) => string | undefined }

async function compiledModel(products: Products, product: DataProduct, name: string): Promise<Compiled | undefined> {
  // What reads Jinja is large, and lineage is asked for by many that render nothing.
  const { Compiler, meshSettings, nodesOfDataSets, readProject } = await import('@tulle/dbt')
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
