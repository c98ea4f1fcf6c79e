// Every ref of a model leads to rows of the mesh, every source to an input port of its product.

import type { Diagnostic } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { DataProduct, Model, ModelRef } from '../types.ts'

/** The products with the refs of their models resolved, and what does not resolve. `refused` are products left out for mistakes of their own. */
export function resolveModelReads(products: ReadonlyMap<string, DataProduct>, refused: ReadonlySet<string>): { products: ReadonlyMap<string, DataProduct>; diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const resolved = new Map<string, DataProduct>()
  for (const product of products.values()) {
    if (!product.dataSets.some((dataSet) => dataSet.model !== undefined && dataSet.model.refs.length + dataSet.model.sources.length > 0)) {
      resolved.set(product.name, product)
      continue
    }
    const dataSets = product.dataSets.map((dataSet) => {
      if (dataSet.model === undefined) return dataSet
      const { model } = dataSet
      checkSources(model, product, diagnostics)
      const refs = model.refs.map((ref) => resolveRef(ref, model, product, products, refused, diagnostics))
      return withMembers(dataSet, { model: { ...model, refs } })
    })
    resolved.set(product.name, withMembers(product, { dataSets }))
  }
  return { products: resolved, diagnostics }
}

/** A copy with other members; places stay to be looked up when asked for, which a spread would do now. */
const withMembers = <T extends object>(noun: T, members: Partial<T>): T =>
  Object.defineProperties({}, { ...Object.getOwnPropertyDescriptors(noun), ...Object.getOwnPropertyDescriptors(members) }) as T

function checkSources(model: Model, product: DataProduct, diagnostics: Diagnostic[]): void {
  for (const source of model.sources) {
    const port = product.inputPorts.find((p) => p.name === source.name)
    const known = product.inputPorts.map((p) => p.name)
    if (port === undefined) diagnostics.push(messages['unknown-source']({ name: source.name, model: model.file, known }, { place: source.place }))
    else if (port.kind === 'external') diagnostics.push(messages['unstored-ref']({ name: port.name, model: model.file }, { place: source.place }))
  }
}

function resolveRef(ref: ModelRef, model: Model, product: DataProduct, products: ReadonlyMap<string, DataProduct>, refused: ReadonlySet<string>, diagnostics: Diagnostic[]): ModelRef {
  const own = ref.product === undefined && product.dataSets.some((dataSet) => dataSet.name === ref.name)
  const owner = own ? product.name : (ref.product ?? ref.name)
  const target = products.get(owner)
  const dataSet = target?.dataSets.find((d) => d.name === ref.name)
  if (dataSet === undefined) {
    if (!refused.has(owner)) diagnostics.push(messages['unknown-ref']({ name: nameOf(ref), model: model.file, known: candidates(ref, product, products) }, { place: ref.place }))
  } else if (dataSet.contract === undefined && dataSet.from === undefined && dataSet.model === undefined) {
    diagnostics.push(messages['unstored-ref']({ name: `${owner}.${ref.name}`, model: model.file }, { place: ref.place }))
  }
  return { ...ref, product: owner }
}

const nameOf = (ref: ModelRef): string => (ref.product === undefined ? ref.name : `${ref.product}.${ref.name}`)

function* candidates(ref: ModelRef, product: DataProduct, products: ReadonlyMap<string, DataProduct>): Iterable<string> {
  if (ref.product === undefined) for (const dataSet of product.dataSets) yield dataSet.name
  for (const other of products.values()) {
    for (const dataSet of other.dataSets) {
      if (ref.product !== undefined) yield `${other.name}.${dataSet.name}`
      else if (dataSet.name === other.name) yield other.name
    }
  }
}
