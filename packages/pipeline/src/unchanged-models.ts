// Which data sets of a product need not be built: what is published of them is by the same code, from the same inputs.

import type { Json, Result } from '@tulle/kernel'
import { fingerprintOf, ok } from '@tulle/kernel'
import type { InputPort } from '@tulle/model'
import type { Lake } from '@tulle/lake'
import { loadTable } from '@tulle/lake'
import type { Target } from './types.ts'
import type { ReadPlan } from './read-plan.ts'
import { codeOfDataSet, codeOfPort } from './code-fingerprint.ts'
import { modelTargets } from './dbt-project.ts'
import { dataSetOfPort, findPort, resolveRef } from '@tulle/model'
import { RUN_SUMMARY } from './run-summary.ts'

/** Of every data set that the run fills: its code, and the fingerprints of what it reads. `inputs` are the run's, by ref. Pure. */
export function printsOf(plan: ReadPlan, inputs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { product, dataSetsOf } = plan
  const prints: Record<string, string> = {}
  /** The same snapshot under other rights is another input. */
  const valueOf = (ref: string): Json => [inputs[ref] ?? null, inputs[ref.replace(/^data-set:/u, 'access:')] ?? null]
  const ofPort = (name: string): Json => {
    const port = findPort(product, name)
    return port === undefined ? null : [codeOfPort(port) as Json, valueOf(inputOf(port))]
  }
  const inputOf = (port: InputPort): string => {
    if (port.kind === 'iceberg') return `iceberg:${port.namespace}.${port.table}`
    const found = port.kind === 'product' ? dataSetOfPort(port, dataSetsOf) : undefined
    return found === undefined ? `input-port:${product.name}.${port.name}` : `data-set:${found.product}.${found.dataSet}`
  }
  // Needed ones come first.
  for (const { dataSet } of plan.targets) {
    const refs = (dataSet.model?.refs ?? []).map((ref): Json => {
      const found = resolveRef(product, ref, dataSetsOf)
      if (found?.product === product.name) return [found.dataSet, prints[found.dataSet] ?? null]
      const address = `${found?.product ?? ''}.${found?.dataSet ?? ''}`
      return [address, valueOf(`data-set:${address}`)]
    })
    const ports = dataSet.model === undefined ? [dataSet.from ?? ''] : dataSet.model.sources.map((source) => source.name)
    prints[dataSet.name] = fingerprintOf({ code: codeOfDataSet(dataSet) as Json, refs: sorted(refs), ports: sorted(ports.map((name) => [name, ofPort(name)])), ...(dataSet.model !== undefined && inputs['parameters'] !== undefined && { parameters: inputs['parameters'] }) })
  }
  return prints
}

const sorted = (list: readonly Json[]): Json => list.map((one) => JSON.stringify(one)).toSorted()

/** Models whose published snapshot was made of the same. What somebody else wrote is not known, so it is built. */
export async function unchangedModels(lake: Lake, plan: ReadPlan, prints: Readonly<Record<string, string>>): Promise<Result<readonly string[]>> {
  const unchanged: string[] = []
  for (const { table, dataSet } of modelTargets(plan)) {
    const loaded = await loadTable(lake, table.name)
    if (!loaded.ok) return loaded
    const print = loaded.value.currentSnapshot?.summary[RUN_SUMMARY.model]
    if (print !== undefined && print === prints[dataSet.name]) unchanged.push(dataSet.name)
  }
  return ok(unchanged)
}

/** Those of the targets that stay. */
export const isLeft = (left: readonly string[] | undefined, { dataSet }: Pick<Target, 'dataSet'>): boolean => left?.includes(dataSet.name) === true
