// What others tell, joined to the graph of the mesh: a data set of theirs that is ours by another name is that place, every other is a
// place of its own. What they claim of how our data sets are made is not taken: that stands in our own code. Pure.

import type { ColumnAt, Edge, Place, ProductLineage } from '../graph/types.ts'
import { keyOfPlace } from '../graph/walk.ts'
import type { ForeignFlow, ForeignName } from './foreign-types.ts'

export interface JoinOptions {
  /** The place of the mesh that has this name elsewhere too. */
  readonly placeOf: (name: ForeignName) => Place | undefined
  /** Columns of places of the mesh. */
  readonly columnsOf: (place: Place) => readonly string[]
  /** Edges in all; what comes after is left out. */
  readonly most: number
}

/** Stands for what is known only as a whole. */
export const WHOLE_COLUMN = '(all)'

export function joinForeign(flows: readonly ForeignFlow[], { placeOf, columnsOf, most }: JoinOptions): { readonly lineage: Pick<ProductLineage, 'edges' | 'columns'>; readonly isCut: boolean } {
  const known = new Map<string, Set<string>>()
  const at = (name: ForeignName): Place => placeOf(name) ?? { product: name.namespace, kind: 'foreign', name: name.name }
  const learn = (name: ForeignName, columns: readonly string[]): void => {
    const place = at(name)
    if (place.kind !== 'foreign') return
    const own = known.get(keyOfPlace(place)) ?? new Set()
    for (const column of columns) if (column !== '*') own.add(column)
    known.set(keyOfPlace(place), own)
  }
  for (const { inputs, outputs } of flows) {
    for (const one of [...inputs, ...outputs]) learn(one, one.columns)
    for (const { fields, rows } of outputs) for (const source of [...Object.values(fields).flat(), ...rows]) learn(source, [source.column])
  }
  const columnsAt = (place: Place): readonly string[] => {
    const found = place.kind === 'foreign' ? [...(known.get(keyOfPlace(place)) ?? [])] : columnsOf(place)
    return found.length === 0 ? [WHOLE_COLUMN] : found
  }
  const edges: Edge[] = []
  const places = new Map<string, Place>()
  const met = (place: Place): Place => {
    if (place.kind === 'foreign') places.set(keyOfPlace(place), place)
    return place
  }
  let isCut = false
  const add = (edge: Edge): void => {
    if (edges.length >= most) isCut = true
    else edges.push(edge)
  }
  for (const { inputs, outputs } of flows) {
    for (const one of inputs) met(at(one))
    for (const output of outputs) {
      const to = met(at(output))
      if (to.kind === 'data-set') continue
      const told = Object.entries(output.fields).flatMap(([column, sources]) => sources.map((source) => ({ column, source })))
      for (const { column, source } of [...told, ...output.rows.map((source) => ({ column: '*', source }))]) {
        const from = met(at(source))
        for (const one of source.column === '*' ? columnsAt(from) : [source.column]) add({ from: { ...from, column: one }, to: { ...to, column }, ...(source.how !== undefined && { how: source.how }), by: source.by })
      }
      if (told.length > 0 || output.rows.length > 0) continue
      // Only that one is made of the others is known: every column of the one may be of every column of the others.
      for (const input of inputs) {
        const from = at(input)
        if (keyOfPlace(from) === keyOfPlace(to)) continue
        const whole = columnsAt(to).length === 1 && columnsAt(to)[0] === WHOLE_COLUMN ? WHOLE_COLUMN : '*'
        for (const column of columnsAt(from)) add({ from: { ...from, column }, to: { ...to, column: whole }, by: ['condition'] })
      }
    }
  }
  const columns = [...places.values()].flatMap((place) => columnsAt(place).map((column): ColumnAt => ({ ...place, column })))
  return { lineage: { edges, columns }, isCut }
}
