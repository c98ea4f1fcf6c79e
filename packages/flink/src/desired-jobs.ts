// Data sets that say `flink` → the jobs that should run, as resources of a plan. The statements are in them with the names of secrets alone.

import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { flinkJobs } from '@tulle/lineage'
import type { FlinkJob } from '@tulle/lineage'
import type { MeshModel } from '@tulle/model'
import { resourceOf } from '@tulle/providers'
import type { Resource } from '@tulle/providers'
import type { Tree } from '@tulle/sql'
import { messages } from './messages.ts'

export type Parse = (sql: string) => Promise<Result<Tree>>

/** `isSet`: whether there is a Flink; a mesh without one is planned the same, and says that nothing runs. */
export async function desiredJobs(products: MeshModel['products'], { parse, isSet }: { readonly parse: Parse; readonly isSet: boolean }): Promise<Result<{ readonly resources: readonly Resource[]; readonly findings: readonly Diagnostic[] }>> {
  const jobs = await flinkJobs(products, { isWanted: (_, { flink }) => flink !== undefined }, parse)
  if (!jobs.ok) return jobs
  const resources = jobs.value.map(resourceOfJob)
  return ok({ resources, findings: isSet || resources.length === 0 ? [] : [messages['flink-not-set']({ dataSets: jobs.value.map(({ product, dataSet }) => `${product}.${dataSet}`) })] })
}

/** Equal jobs have equal fingerprints. */
export const resourceOfJob = ({ product, dataSet, topic, cluster, tables, insert, place }: FlinkJob): Resource =>
  resourceOf({
    kind: 'stream-job', name: `${product}.${dataSet}`, product, declaredBy: { place },
    facts: { product, dataSet, engine: 'flink', topic, cluster: cluster as unknown as Json, tables: Object.fromEntries(tables.map(({ name, head, options }) => [name, { head, options }])), insert },
  })
