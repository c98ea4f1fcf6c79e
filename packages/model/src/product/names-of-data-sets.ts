// What the names in a model mean (data sets of its own product and of others, input ports), and what a topic of a data set is called. Pure.

import type { DataProduct, InputDataSet, InputPort, ModelRef } from '../types.ts'

type DataSetsOf = (product: string) => readonly string[] | undefined
interface Relation { readonly schema: string; readonly name: string }

/** What engines call the files of an input port. */
export const SOURCES = 'source'

/** What a `ref` in a model of `product` means: its own data set first, else another product's. */
export function resolveRef(product: DataProduct, ref: Pick<ModelRef, 'product' | 'name'>, dataSetsOf: DataSetsOf): InputDataSet | undefined {
  const own = product.dataSets.some((dataSet) => dataSet.name === ref.name)
  if (own && (ref.product === undefined || ref.product === product.name)) return { product: product.name, dataSet: ref.name }
  return dataSetOfPort({ product: ref.product ?? ref.name, dataSet: ref.product === undefined ? undefined : ref.name }, dataSetsOf)
}

/** What a `source` of a product input port means: the data set that it names, else the one of the product's name, else the only one. */
export function dataSetOfPort(port: { readonly product: string; readonly dataSet?: string | undefined }, dataSetsOf: DataSetsOf): InputDataSet | undefined {
  const offered = dataSetsOf(port.product) ?? []
  const wanted = port.dataSet ?? (offered.includes(port.product) ? port.product : offered.length === 1 ? offered[0] : undefined)
  return wanted !== undefined && offered.includes(wanted) ? { product: port.product, dataSet: wanted } : undefined
}

export const findPort = (product: DataProduct, name: string): InputPort | undefined => product.inputPorts.find((port) => port.name === name)

/** What engines call what models of the product name. */
export function relationsNamed(product: DataProduct, dataSetsOf: DataSetsOf): { readonly dataSet: (of: string | undefined, name: string) => Relation | undefined; readonly port: (name: string) => Relation | undefined } {
  const relationOf = (found: InputDataSet | undefined): Relation | undefined => (found === undefined ? undefined : { schema: found.product, name: found.dataSet })
  return {
    dataSet: (of, name) => relationOf(resolveRef(product, { name, ...(of !== undefined && { product: of }) }, dataSetsOf)),
    port: (name) => {
      const port = findPort(product, name)
      if (port?.kind === 'product') return relationOf(dataSetOfPort(port, dataSetsOf))
      return port === undefined ? undefined : { schema: SOURCES, name }
    },
  }
}

/** `<product>.<data set>`, and the suffix of the port behind it. */
export const topicName = (product: string, dataSet: string, { topic_suffix: suffix }: { readonly topic_suffix?: string | undefined }): string => [product, dataSet, ...(suffix === undefined ? [] : [suffix])].join('.')
