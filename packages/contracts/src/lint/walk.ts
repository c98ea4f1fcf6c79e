// The parts of a contract's schema with where each of them stands. Total: what has not the expected form is no part.

import type { Json } from '@tulle/kernel'
import { isObj, nameOf, schemaOf } from '../document.ts'
import type { Obj } from '../document.ts'

export type Path = readonly (string | number)[]

/** A data set of the contract, a column, or what lies within one. */
export interface Part {
  readonly node: Obj
  readonly at: Path
  /** `orders.lines.price`: elements of lists have no name of their own. */
  readonly ref: string
  readonly table: string
  /** The column by its own name; absent for the data set itself. */
  readonly column?: string
  readonly members: readonly Part[]
}

/** The data sets, and all parts of them from the outside in. `most` bounds the walk; one more is visited, to be pointed at. */
export function partsOf(document: Json, most: number): { readonly tables: readonly Part[]; readonly columns: readonly Part[] } {
  const columns: Part[] = []
  const membersOf = (node: Obj, at: Path, owner: string, table: string): readonly Part[] => {
    const members: Part[] = []
    const key = Array.isArray(node['columns']) ? 'columns' : 'properties'
    for (const [member, i] of itemsOf(node[key])) {
      if (columns.length > most) break
      const column = nameOf(member)
      members.push(partOf(member, [...at, key, i], `${owner}.${column}`, table, column))
    }
    const { items } = node
    // The element of a list is judged as a part, under the name of the list.
    if (isObj(items) && columns.length <= most) members.push(...partOf(items, [...at, 'items'], owner, table, '').members)
    return members
  }
  const partOf = (node: Obj, at: Path, ref: string, table: string, column: string): Part => {
    const members: Part[] = []
    const part: Part = { node, at, ref, table, column, members }
    columns.push(part)
    members.push(...membersOf(node, at, ref, table))
    return part
  }
  const key = isObj(document) && Array.isArray(document['schema']) ? 'schema' : 'dataset'
  const places = isObj(document) ? itemsOf(document[key]) : []
  const tables = schemaOf(document).map((node, i): Part => {
    const at: Path = [key, places[i]?.[1] ?? i]
    return { node, at, ref: nameOf(node), table: nameOf(node), members: membersOf(node, at, nameOf(node), nameOf(node)) }
  })
  return { tables, columns }
}

export const itemsOf = (list: Json | undefined): readonly (readonly [Obj, number])[] =>
  Array.isArray(list) ? (list as readonly Json[]).flatMap((item, i) => (isObj(item) ? [[item, i] as const] : [])) : []
