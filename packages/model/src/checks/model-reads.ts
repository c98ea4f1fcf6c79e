// Every ref of a model leads to rows of the mesh, every source to an input port of its product.

import type { Diagnostic } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { DataProduct, Model, ModelRef } from '../types.ts'

type Products = ReadonlyMap<string, DataProduct>

/** `refused` are products left out for mistakes of their own: who reads them makes no second mistake. */
export function checkModelReads(products: Products, refused: ReadonlySet<string>): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  for (const product of products.values()) {
    for (const { model } of product.dataSets) {
      for (const source of model?.sources ?? []) diagnostics.push(...checkSource(source, model as Model, product, refused))
      for (const ref of model?.refs ?? []) diagnostics.push(...checkRef(ref, model as Model, product, products, refused))
    }
  }
  return diagnostics
}

function checkSource(source: ModelRef, model: Model, product: DataProduct, refused: ReadonlySet<string>): readonly Diagnostic[] {
  const port = product.inputPorts.find((p) => p.name === source.name)
  if (port === undefined) {
    if (refused.has(product.name)) return []
    return [messages['unknown-source']({ name: source.name, model: model.file, known: product.inputPorts.map((p) => p.name) }, { place: source.place })]
  }
  return port.kind === 'external' ? [messages['unstored-ref']({ name: port.name, model: model.file }, { place: source.place })] : []
}

function checkRef(ref: ModelRef, model: Model, product: DataProduct, products: Products, refused: ReadonlySet<string>): readonly Diagnostic[] {
  const owner = ref.product ?? product.name
  const dataSet = products.get(owner)?.dataSets.find((d) => d.name === ref.name)
  if (dataSet === undefined) {
    // `ref('x')` of a data set that is nowhere was taken for the product x, so it is named as it was written.
    const written = owner === ref.name ? ref.name : `${owner}.${ref.name}`
    return refused.has(owner) ? [] : [messages['unknown-ref']({ name: written, model: model.file, known: readable(product, products) }, { place: ref.place })]
  }
  const isStored = dataSet.contract !== undefined || dataSet.from !== undefined || dataSet.model !== undefined
  return isStored ? [] : [messages['unstored-ref']({ name: `${owner}.${ref.name}`, model: model.file }, { place: ref.place })]
}

function* readable(product: DataProduct, products: Products): Iterable<string> {
  for (const dataSet of product.dataSets) yield dataSet.name
  for (const other of products.values()) {
    for (const dataSet of other.dataSets) yield dataSet.name === other.name ? other.name : `${other.name}.${dataSet.name}`
  }
}
