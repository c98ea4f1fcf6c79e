// What was made from rows of the person without saying whose its rows are: it is made anew, and older versions of it go where
// values may have come over.

import type { ColumnAt, LineageGraph } from '@tulle/lineage'
import type { DerivedDataSet, PersonTable } from './types.ts'

const MOST = 100_000
const STEPS = 100

/** In the order in which they are to be made: a product before those that read it. */
export function derivedFrom(graph: LineageGraph, hit: readonly PersonTable[], all: readonly PersonTable[]): readonly DerivedDataSet[] {
  const starts = hit.filter(({ isAside }) => !isAside).flatMap(({ product, dataSet }) => graph.columnsOf({ product, kind: 'data-set', name: dataSet }))
  const { edges } = graph.walk(starts, { direction: 'downstream', depth: STEPS, most: MOST })
  const placeOf = ({ product, kind, name }: ColumnAt): string => `${kind}\0${product}\0${name}`
  const carried = new Set(starts.map((column) => `${placeOf(column)}\0${column.column.toLowerCase()}`))
  const values = new Set<string>()
  const reached = new Map<string, ColumnAt>()
  for (const { to } of edges) if (to.kind === 'data-set') reached.set(placeOf(to), to)
  for (let grew = true; grew;) {
    grew = false
    for (const { from, to, how } of edges) {
      const key = `${placeOf(to)}\0${to.column.toLowerCase()}`
      if (how === undefined || carried.has(key) || !carried.has(`${placeOf(from)}\0${from.column.toLowerCase()}`)) continue
      carried.add(key)
      values.add(placeOf(to))
      grew = true
    }
  }
  const knows = new Set(all.map(({ product, dataSet }) => `data-set\0${product}\0${dataSet}`))
  const derived = [...reached].filter(([place]) => !knows.has(place)).map(([place, { product, name }]): DerivedDataSet => ({ product, dataSet: name, flow: values.has(place) ? 'values' : 'counts' }))
  const after = (a: string, b: string): boolean => edges.some(({ from, to }) => from.product === b && to.product === a && a !== b)
  const order: string[] = []
  const waiting = [...new Set(derived.map(({ product }) => product))].toSorted()
  while (waiting.length > 0) {
    const next = waiting.findIndex((one) => !waiting.some((other) => other !== one && after(one, other)))
    order.push(...waiting.splice(Math.max(0, next), 1))
  }
  return derived.toSorted((a, b) => order.indexOf(a.product) - order.indexOf(b.product) || (a.dataSet < b.dataSet ? -1 : 1))
}
