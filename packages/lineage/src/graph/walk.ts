// Walks from a column to all that it comes from, or all that comes from it. Columns are numbers in here: a mesh has many.

import type { ColumnAt, Edge, Place, ProductLineage } from './types.ts'

export type Direction = 'upstream' | 'downstream'

export interface Walked {
  readonly columns: readonly ColumnAt[]
  readonly edges: readonly Edge[]
  /** True where there is more than was asked for. */
  readonly isCut: boolean
}

export interface WalkOptions { readonly direction: Direction; /** Steps from where it starts. */ readonly depth: number; readonly most: number }

export const keyOfPlace = ({ product, kind, name }: Place): string => `${product}${kind === 'port' ? ':' : '.'}${name}`
export const keyOfColumn = (column: ColumnAt): string => `${keyOfPlace(column)}.${column.column.toLowerCase()}`

export class LineageGraph {
  readonly #ids = new Map<string, number>()
  readonly #columns: ColumnAt[] = []
  readonly #edges: Edge[] = []
  /** Edges by the column that they leave, and by the one that they reach. */
  readonly #out: number[][] = []
  readonly #in: number[][] = []
  readonly #ends: { readonly from: number; readonly to: number }[] = []
  readonly #ofPlace = new Map<string, number[]>()

  constructor(products: Iterable<Pick<ProductLineage, 'edges' | 'columns'>>) {
    for (const { edges, columns } of products) {
      for (const column of columns) this.#idOf(column)
      for (const edge of edges) {
        const [from, to] = [this.#idOf(edge.from), this.#idOf(edge.to)]
        const id = this.#edges.push(edge) - 1
        this.#ends.push({ from, to })
        this.#out[from]?.push(id)
        this.#in[to]?.push(id)
      }
    }
  }

  get size(): { readonly columns: number; readonly edges: number } {
    return { columns: this.#columns.length, edges: this.#edges.length }
  }

  columnsOf(place: Place): readonly ColumnAt[] {
    return (this.#ofPlace.get(keyOfPlace(place)) ?? []).map((id) => this.#columns[id] as ColumnAt)
  }

  /** Breadth first, so that what is cut is what is farthest. */
  walk(starts: readonly ColumnAt[], { direction, depth, most }: WalkOptions): Walked {
    const seen = new Set<number>()
    const taken = new Set<number>()
    let front: number[] = []
    for (const start of starts) {
      const id = this.#ids.get(keyOfColumn(start))
      if (id !== undefined && !seen.has(id)) front.push(id)
      if (id !== undefined) seen.add(id)
    }
    let isCut = false
    for (let step = 0; step < depth && front.length > 0; step += 1) {
      const next: number[] = []
      for (const id of front) {
        for (const edge of this.#edgesAt(id, direction)) {
          taken.add(edge)
          const { from, to } = this.#ends[edge] as { from: number; to: number }
          for (const reached of direction === 'downstream' ? this.#meantBy(to) : [from]) {
            if (seen.has(reached)) continue
            if (seen.size >= most) {
              isCut = true
              continue
            }
            seen.add(reached)
            next.push(reached)
          }
        }
      }
      front = next
    }
    if (front.some((id) => this.#edgesAt(id, direction).length > 0)) isCut = true
    const columns = [...seen].map((id) => this.#columns[id] as ColumnAt).filter(({ column }) => column !== '*')
    const edges = [...taken].filter((edge) => this.#isWithin(this.#ends[edge] as { from: number; to: number }, seen, direction)).map((edge) => this.#edges[edge] as Edge)
    return { columns, edges, isCut }
  }

  #isWithin({ from, to }: { readonly from: number; readonly to: number }, seen: ReadonlySet<number>, direction: Direction): boolean {
    return seen.has(direction === 'downstream' ? from : this.#isAll(to) ? from : to) && (seen.has(direction === 'downstream' ? to : from) || this.#isAll(to))
  }

  readonly #isAll = (id: number): boolean => this.#columns[id]?.column === '*'

  /** What decides about rows stands at the whole place, and concerns each of its columns. */
  #edgesAt(id: number, direction: Direction): readonly number[] {
    if (direction === 'downstream') return this.#out[id] ?? []
    const whole = this.#ids.get(keyOfColumn({ ...this.#columns[id] as ColumnAt, column: '*' }))
    return whole === undefined || whole === id ? (this.#in[id] ?? []) : [...this.#in[id] ?? [], ...this.#in[whole] ?? []]
  }

  #meantBy(id: number): readonly number[] {
    return this.#isAll(id) ? (this.#ofPlace.get(keyOfPlace(this.#columns[id] as ColumnAt)) ?? []) : [id]
  }

  #idOf(column: ColumnAt): number {
    const key = keyOfColumn(column)
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const id = this.#columns.push(column) - 1
    this.#ids.set(key, id)
    this.#out.push([])
    this.#in.push([])
    const place = keyOfPlace(column)
    if (column.column === '*') return id
    const own = this.#ofPlace.get(place)
    if (own === undefined) this.#ofPlace.set(place, [id])
    else own.push(id)
    return id
  }
}
