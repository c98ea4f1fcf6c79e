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

export const keyOfPlace = ({ product, kind, name }: Place): string => kind === 'foreign' ? `foreign ${JSON.stringify([product, name])}` : `${product}${kind === 'port' ? ':' : '.'}${name}`
export const keyOfColumn = (column: ColumnAt): string => `${keyOfPlace(column)}.${column.column.toLowerCase()}`

interface Forward { readonly heads: Int32Array; readonly targets: Int32Array; readonly seen: Float64Array }

export class LineageGraph {
  readonly #ids = new Map<string, number>()
  readonly #columns: ColumnAt[] = []
  readonly #edges: Edge[] = []
  /** Edges by the column that they leave, and by the one that they reach. */
  readonly #out: number[][] = []
  readonly #in: number[][] = []
  readonly #from: number[] = []
  readonly #to: number[] = []
  /** Of each column the one that stands for all of its place, or none: -1. */
  readonly #whole: number[] = []
  readonly #ofPlace = new Map<string, number[]>()
  #forward: Forward | undefined
  #turn = 0

  constructor(products: Iterable<Pick<ProductLineage, 'edges' | 'columns'>>) {
    for (const { edges, columns } of products) {
      for (const column of columns) this.#idOf(column)
      for (const edge of edges) {
        const [from, to] = [this.#idOf(edge.from), this.#idOf(edge.to)]
        const id = this.#edges.push(edge) - 1
        this.#from.push(from)
        this.#to.push(to)
        this.#out[from]?.push(id)
        this.#in[to]?.push(id)
      }
    }
    for (const column of this.#columns) this.#whole.push(column.column === '*' ? -1 : (this.#ids.get(keyOfColumn({ ...column, column: '*' })) ?? -1))
  }

  get size(): { readonly columns: number; readonly edges: number } {
    return { columns: this.#columns.length, edges: this.#edges.length }
  }

  columnsOf(place: Place): readonly ColumnAt[] {
    return (this.#ofPlace.get(keyOfPlace(place)) ?? []).map((id) => this.#columns[id] as ColumnAt)
  }

  /** Breadth first, so that what is cut is what is farthest. */
  walk(starts: readonly ColumnAt[], { direction, depth, most }: WalkOptions): Walked {
    const isDown = direction === 'downstream'
    // 1 where a column or an edge was met: sets of numbers would be most of the time.
    const seen = new Uint8Array(this.#columns.length)
    const taken = new Uint8Array(this.#edges.length)
    const met: number[] = []
    const edges: number[] = []
    let isCut = false
    const meet = (id: number, next: number[]): void => {
      if (seen[id] === 1) return
      if (met.length >= most) {
        isCut = true
        return
      }
      seen[id] = 1
      met.push(id)
      next.push(id)
    }
    let front: number[] = []
    for (const start of starts) {
      const id = this.#ids.get(keyOfColumn(start))
      if (id !== undefined) meet(id, front)
    }
    const follow = (list: readonly number[] | undefined, next: number[]): void => {
      for (const edge of list ?? []) {
        if (taken[edge] === 1) continue
        taken[edge] = 1
        edges.push(edge)
        if (!isDown) meet(this.#from[edge] as number, next)
        else if (this.#isAll(this.#to[edge] as number)) for (const one of this.#columnsAt(this.#to[edge] as number)) meet(one, next)
        else meet(this.#to[edge] as number, next)
      }
    }
    for (let step = 0; step < depth && front.length > 0; step += 1) {
      const next: number[] = []
      for (const id of front) {
        follow(isDown ? this.#out[id] : this.#in[id], next)
        if (!isDown) follow(this.#in[this.#whole[id] as number], next)
      }
      front = next
    }
    if (front.some((id) => (isDown ? this.#out[id] : [...this.#in[id] ?? [], ...this.#in[this.#whole[id] as number] ?? []])?.some((edge) => taken[edge] !== 1))) isCut = true
    const isThere = (id: number): boolean => seen[id] === 1 || this.#isAll(id)
    return {
      columns: met.map((id) => this.#columns[id] as ColumnAt).filter(({ column }) => column !== '*'),
      edges: edges.filter((edge) => isThere(this.#from[edge] as number) && isThere(this.#to[edge] as number)).map((edge) => this.#edges[edge] as Edge),
      isCut,
    }
  }

  /**
   * What a change of some columns reaches: all columns downstream, the nearest first, the changed ones left out. Nothing is told of
   * the way, so that it costs little in a graph of hundreds of thousands of edges.
   */
  reach(starts: readonly ColumnAt[], most: number): { readonly columns: readonly ColumnAt[]; readonly isCut: boolean } {
    const { heads, targets, seen } = (this.#forward ??= this.#laidOut())
    this.#turn += 1
    const met: number[] = []
    const turn = this.#turn
    for (const start of starts) {
      const id = this.#ids.get(keyOfColumn(start))
      if (id === undefined || seen[id] === turn) continue
      seen[id] = turn
      met.push(id)
    }
    const begun = met.length
    for (let at = 0; at < met.length; at += 1) {
      const id = met[at] as number
      for (let edge = heads[id] as number; edge < (heads[id + 1] as number); edge += 1) {
        const to = targets[edge] as number
        if (seen[to] === turn) continue
        seen[to] = turn
        for (const one of this.#isAll(to) ? this.#columnsAt(to) : [to]) {
          if (one !== to && seen[one] === turn) continue
          if (met.length >= most + begun) return { columns: this.#named(met.slice(begun)), isCut: true }
          seen[one] = turn
          met.push(one)
        }
      }
    }
    return { columns: this.#named(met.slice(begun)), isCut: false }
  }

  readonly #named = (ids: readonly number[]): readonly ColumnAt[] => ids.map((id) => this.#columns[id] as ColumnAt)

  /** Edges by the column that they leave, in one piece; and when a column was last seen, so that nothing has to be forgotten in between. */
  #laidOut(): Forward {
    const heads = new Int32Array(this.#columns.length + 1)
    const targets = new Int32Array(this.#edges.length)
    let at = 0
    for (const [id, edges] of this.#out.entries()) {
      heads[id] = at
      for (const edge of edges) targets[at++] = this.#to[edge] as number
    }
    heads[this.#columns.length] = at
    return { heads, targets, seen: new Float64Array(this.#columns.length) }
  }

  readonly #isAll = (id: number): boolean => this.#columns[id]?.column === '*'

  /** What decides about rows concerns each column of the place. */
  #columnsAt(all: number): readonly number[] {
    return this.#ofPlace.get(keyOfPlace(this.#columns[all] as ColumnAt)) ?? []
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
