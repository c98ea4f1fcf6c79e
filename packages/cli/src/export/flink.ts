// Data sets that are kept in step → a file of Flink SQL that keeps their results in step in topics.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { MeshModel } from '@tulle/model'
import type { Tree } from '@tulle/sql'
import { messages } from '../messages.ts'

export interface FlinkFile { readonly text: string; readonly dataSets: readonly string[] }

interface Asking {
  /** Only its data sets. */
  readonly product?: string | undefined
  /** Whose topics are read, where several ports offer a data set. */
  readonly application?: string | undefined
  /** Where the values are that names are replaced by; without it the names stay. */
  readonly environment?: NodeJS.ProcessEnv
}

export async function flinkFile(products: MeshModel['products'], { product, application, environment }: Asking, parse: (sql: string) => Promise<Result<Tree>>): Promise<Result<FlinkFile>> {
  const { filledTable, flinkJobs, namesIn, printTable } = await import('@tulle/lineage')
  const jobs = await flinkJobs(products, { application, isWanted: ({ name }) => product === undefined || name === product }, parse)
  if (!jobs.ok) return jobs
  if (jobs.value.length === 0) return fail(messages['flink-nothing']({ of: product ?? 'the mesh' }))
  const tables = jobs.value.flatMap((job) => job.tables)
  const values = new Map(namesIn(tables).map((name) => [name, environment?.[name] ?? '']))
  const missing = [...values].flatMap(([name, value]) => (value === '' ? [name] : []))
  if (environment !== undefined && missing.length > 0) return fail(messages['flink-unfilled']({ names: missing }))
  const printed = new Set(tables.map((table) => (environment === undefined ? printTable(table) : filledTable(table, values))))
  return ok({ text: `${HEAD}${environment === undefined ? NAMES : ''}${[...printed, ...jobs.value.map(({ insert }) => insert)].join('\n\n')}\n`, dataSets: jobs.value.map((job) => `${job.product}.${job.dataSet}`) })
}

const HEAD = `-- Written by "tulle export flink", which writes it again: run it where models, contracts or ports change.
-- Times are microseconds since 1970, in UTC.

`
const NAMES = `-- Names in \${} are for whoever runs it to fill in: "tulle export flink --fill" does.

`
