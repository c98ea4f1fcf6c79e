// The definition of a product to what a run of it does: which data sets it fills in which order, which ports and which data
// sets of other products it reads. Pure.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, orderByDependencies, resultOf } from '@tulle/kernel'
import type { ConnectedInputPort, DataProduct, FileInputPort, IcebergInputPort, InputDataSet } from '@tulle/model'
import { dataSetOfPort, resolveRef } from '@tulle/model'
import type { ProductDefinition } from '@tulle/providers'
import { dataSetsNamed } from '@tulle/quality'
import type { Target } from './types.ts'
import { messages } from './messages.ts'

export interface ProductPlan {
  readonly product: DataProduct
  /** Needed ones first. */
  readonly targets: readonly Target[]
  /** File ports that something reads. */
  readonly ports: readonly FileInputPort[]
  /** Ports that read other platforms' tables, where something reads them. */
  readonly foreign: readonly IcebergInputPort[]
  /** Ports that draw from systems of others, where something reads them. */
  readonly connected: readonly ConnectedInputPort[]
  /** Data sets of other products that models read. */
  readonly inputs: readonly InputDataSet[]
}

/** `dataSetsOf` lists another product's data sets, or undefined where there is no such product. */
export function planProduct(definition: ProductDefinition, dataSetsOf: (product: string) => readonly string[] | undefined): Result<ProductPlan> {
  const { product } = definition
  const targets = targetsOf(definition)
  if (targets.length === 0) return fail(messages['product-has-no-data']({ product: product.name }))
  const diagnostics: Diagnostic[] = []
  const ports = new Map<string, FileInputPort>()
  const foreign = new Map<string, IcebergInputPort>()
  const connected = new Map<string, ConnectedInputPort>()
  const inputs = new Map<string, InputDataSet>()
  const needs = new Map<string, string[]>(targets.map(({ dataSet }) => [dataSet.name, []]))

  const readPort = (name: string): void => {
    const port = product.inputPorts.find((one) => one.name === name)
    if (port?.kind === 'file') ports.set(name, port)
    else if (port?.kind === 'iceberg') foreign.set(name, port)
    else if (port?.kind === 'connected') connected.set(name, port)
    else if (port?.kind === 'product') readDataSet(dataSetOfPort(port, dataSetsOf), `${port.product}.${port.dataSet ?? port.product}`)
    else diagnostics.push(messages['source-external']({ port: `${product.name}.${name}` }))
  }
  const readDataSet = (found: InputDataSet | undefined, asWritten: string): void => {
    if (found === undefined) diagnostics.push(messages['input-unknown']({ product: product.name, input: asWritten }))
    else if (found.product !== product.name) inputs.set(`${found.product}.${found.dataSet}`, found)
  }

  for (const { dataSet } of targets) {
    if (dataSet.from !== undefined && dataSet.model === undefined) readPort(dataSet.from)
    for (const source of dataSet.model?.sources ?? []) readPort(source.name)
    for (const ref of dataSet.model?.refs ?? []) {
      const found = resolveRef(product, ref, dataSetsOf)
      readDataSet(found, [ref.product, ref.name].filter(Boolean).join('.'))
      if (found?.product === product.name) needs.get(dataSet.name)?.push(found.dataSet)
    }
  }
  for (const { contract } of targets) {
    for (const name of dataSetsNamed(contract)) {
      const found = namedDataSet(product, name, dataSetsOf)
      if (found !== undefined) readDataSet(found, name)
    }
  }
  for (const source of product.dbt?.sources ?? []) readPort(source.name)
  for (const ref of product.dbt?.refs ?? []) readDataSet(resolveRef(product, ref, dataSetsOf), [ref.product, ref.name].filter(Boolean).join('.'))
  const { order, circles } = orderByDependencies(needs)
  for (const circle of circles) diagnostics.push(messages['model-cycle']({ circle: circle.map((name) => `${product.name}.${name}`) }))
  const ordered = order.flatMap((name) => targets.filter(({ dataSet }) => dataSet.name === name))
  return resultOf({ product, targets: ordered, ports: [...ports.values()], foreign: [...foreign.values()], connected: [...connected.values()], inputs: [...inputs.values()] }, diagnostics)
}

/** What a check calls `data_set` or `product.data_set`: its own, or one of a product that an input port names. */
export function namedDataSet(product: DataProduct, name: string, dataSetsOf: (product: string) => readonly string[] | undefined): InputDataSet | undefined {
  const [first = '', second, ...rest] = name.split('.')
  if (rest.length > 0) return undefined
  if (second === undefined && product.dataSets.some((dataSet) => dataSet.name === first)) return { product: product.name, dataSet: first }
  if (second !== undefined) return resolveRef(product, { product: first, name: second }, dataSetsOf)
  return product.inputPorts.flatMap((port) => (port.kind === 'product' ? [dataSetOfPort(port, dataSetsOf)] : [])).find((one) => one?.dataSet === first)
}

function targetsOf({ product, tables }: ProductDefinition): readonly Target[] {
  return product.dataSets.flatMap((dataSet) => {
    const table = tables[dataSet.name]
    if (dataSet.contract === undefined || table === undefined) return []
    if (dataSet.model === undefined && dataSet.from === undefined) return []
    return [{ dataSet, contract: dataSet.contract, table, address: `${product.name}.${dataSet.name}` }]
  })
}
