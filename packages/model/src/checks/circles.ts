// Nothing may need itself, neither a product through others nor a data set within its product.

import type { Diagnostic, Place } from '@tulle/kernel'
import { orderByDependencies } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { DataProduct } from '../types.ts'

/** Where one thing says that it needs another. */
type Needs = ReadonlyMap<string, ReadonlyMap<string, () => Place>>

export function checkCircles(products: ReadonlyMap<string, DataProduct>): readonly Diagnostic[] {
  const needs: Needs = new Map([...products.values()].map((product) => [product.name, productNeeds(product)] as const))
  return [
    ...circlesOf(needs).map(({ circle, places }) => messages['product-circle']({ circle }, whereOf(circle, places))),
    ...[...products.values()].filter(readsItself).flatMap((product) =>
      circlesOf(dataSetNeeds(product)).map(({ circle, places }) => messages['data-set-circle']({ product: product.name, circle }, whereOf(circle, places))),
    ),
  ]
}

const readsItself = ({ name, dataSets }: DataProduct): boolean => dataSets.some(({ model }) => model?.refs.some((ref) => ref.product === name) === true)

/** The products that a product reads, through input ports and models. */
export function productNeeds(product: DataProduct): ReadonlyMap<string, () => Place> {
  const needs = new Map<string, () => Place>()
  for (const port of product.inputPorts) if (port.kind === 'product' && !needs.has(port.product)) needs.set(port.product, () => port.place)
  for (const dataSet of product.dataSets) {
    for (const ref of dataSet.model?.refs ?? []) {
      if (ref.product !== undefined && ref.product !== product.name && !needs.has(ref.product)) needs.set(ref.product, () => ref.place)
    }
  }
  return needs
}

function dataSetNeeds(product: DataProduct): Needs {
  return new Map(
    product.dataSets.map((dataSet) => [
      dataSet.name,
      new Map((dataSet.model?.refs ?? []).filter((ref) => ref.product === product.name && ref.name !== dataSet.name).map((ref) => [ref.name, () => ref.place] as const)),
    ] as const),
  )
}

function circlesOf(needs: Needs): readonly { circle: readonly string[]; places: readonly Place[] }[] {
  const { circles } = orderByDependencies(new Map([...needs].map(([name, edges]) => [name, edges.keys()] as const)))
  return circles.map((circle) => ({
    circle,
    places: circle.slice(0, -1).flatMap((name, i) => {
      const place = needs.get(name)?.get(circle[i + 1] ?? '')
      return place === undefined ? [] : [place()]
    }),
  }))
}

const whereOf = (circle: readonly string[], places: readonly Place[]) => ({
  place: places[0],
  related: places.slice(1).map((place, i) => ({ place, message: `${circle[i + 1]} needs ${circle[i + 2]} here.` })),
})
