// Every ref of a model leads to rows of the mesh, every source to an input port of its product.

import type { Diagnostic } from '@tulle/kernel'
import { addAll } from '../add-all.ts'
import { messages } from '../messages.ts'
import type { Suggest } from '../suggestions.ts'
import { suggestions } from '../suggestions.ts'
import type { DataProduct, Model, ModelRef } from '../types.ts'

type Reader = Pick<Model, 'file'>

interface Context {
  readonly products: ReadonlyMap<string, DataProduct>
  /** Products left out for mistakes of their own: who reads them makes no second mistake. */
  readonly refused: ReadonlySet<string>
  readonly likeRef: Suggest
}

export function checkModelReads(products: ReadonlyMap<string, DataProduct>, refused: ReadonlySet<string>): readonly Diagnostic[] {
  const context: Context = { products, refused, likeRef: suggestions(() => readable(products)) }
  const diagnostics: Diagnostic[] = []
  for (const product of products.values()) {
    const { dbt } = product
    const tests = dbt === undefined ? [] : [{ ...dbt, file: `${product.folder}/${dbt.folder}` }]
    for (const model of [...product.dataSets.flatMap((dataSet) => dataSet.model ?? []), ...tests]) {
      for (const source of model.sources) addAll(diagnostics, checkSource(source, model, product, context))
      for (const ref of model.refs) addAll(diagnostics, checkRef(ref, model, product, context))
    }
  }
  return diagnostics
}

function checkSource(source: ModelRef, model: Reader, product: DataProduct, { refused }: Context): readonly Diagnostic[] {
  const port = product.inputPorts.find((p) => p.name === source.name)
  if (port === undefined) {
    if (refused.has(product.name)) return []
    return [messages['unknown-source']({ name: source.name, model: model.file, known: product.inputPorts.map((p) => p.name) }, { place: source.place })]
  }
  return port.kind === 'external' ? [messages['unstored-ref']({ name: port.name, model: model.file }, { place: source.place })] : []
}

function checkRef(ref: ModelRef, model: Reader, product: DataProduct, { products, refused, likeRef }: Context): readonly Diagnostic[] {
  const owner = ref.product ?? product.name
  const dataSet = products.get(owner)?.dataSets.find((d) => d.name === ref.name)
  if (dataSet === undefined) {
    if (refused.has(owner)) return []
    // `ref('x')` of a data set that is nowhere was taken for the product x, so it is named as it was written.
    const written = owner === ref.name ? ref.name : `${owner}.${ref.name}`
    return [messages['unknown-ref']({ name: written, model: model.file, known: [...product.dataSets.map((d) => d.name), ...likeRef(written)] }, { place: ref.place })]
  }
  const isStored = dataSet.contract !== undefined || dataSet.from !== undefined || dataSet.model !== undefined
  return isStored ? [] : [messages['unstored-ref']({ name: `${owner}.${ref.name}`, model: model.file }, { place: ref.place })]
}

function* readable(products: ReadonlyMap<string, DataProduct>): Iterable<string> {
  for (const product of products.values()) {
    for (const dataSet of product.dataSets) yield dataSet.name === product.name ? product.name : `${product.name}.${dataSet.name}`
  }
}
