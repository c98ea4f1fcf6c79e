// Walks from a column to all that it comes from, or all that comes from it. Columns are numbers in here: a mesh has many.

import { groupNumbers, reachDownstream } from './reach.ts'
import type { Downstream, Groups, Reached } from './reach.ts'
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

const EDGES_AT_ONCE = 10_000

/** What a graph is made of, as it grows: columns get their numbers. */
class Drawing {
  readonly ids = new Map<string, Map<string, number>>()
  readonly columns: ColumnAt[] = []
  readonly edges: Edge[] = []
  readonly places: Place[] = []
  readonly from: number[] = []
  readonly to: number[] = []
  readonly placeOf: number[] = []
  readonly #places = new Map<ReadonlyMap<string, number>, number>()

  add({ edges, columns }: Pick<ProductLineage, 'edges' | 'columns'>): void {
    for (const column of columns) this.#idOf(column)
    // What flows into one column comes together.
    let last: { readonly column: ColumnAt; readonly id: number } | undefined
    for (const edge of edges) {
      this.from.push(this.#idOf(edge.from))
      if (last?.column !== edge.to) last = { column: edge.to, id: this.#idOf(edge.to) }
      this.to.push(last.id)
      this.edges.push(edge)
    }
  }

  #idOf(column: ColumnAt): number {
    const key = keyOfPlace(column)
    let own = this.ids.get(key)
    if (own === undefined) {
      own = new Map()
      this.ids.set(key, own)
      this.#places.set(own, this.places.push({ product: column.product, kind: column.kind, name: column.name }) - 1)
    }
    const name = column.column.toLowerCase()
    const known = own.get(name)
    if (known !== undefined) return known
    const id = this.columns.push(column) - 1
    own.set(name, id)
    this.placeOf.push(this.#places.get(own) as number)
    return id
  }
}

export class LineageGraph {
  /** Numbers of columns, by place and by name in lower case. */
  readonly #ids: ReadonlyMap<string, ReadonlyMap<string, number>>
  readonly #columns: readonly ColumnAt[]
  readonly #edges: readonly Edge[]
  readonly #from: Int32Array
  readonly #to: Int32Array
  /** Edges by the column that they leave, and by the one that they reach. */
  readonly #out: Groups
  readonly #in: Groups
  readonly #places: readonly Place[]
  readonly #placeOf: Int32Array
  readonly #isAll: Uint8Array
  readonly #ofPlace: Groups
  /** Of each place the column that stands for all of it, or none: -1. */
  readonly #wholeOf: Int32Array
  readonly #downstream: Downstream

  constructor(products: Iterable<Pick<ProductLineage, 'edges' | 'columns'>>, drawing = new Drawing()) {
    for (const product of products) drawing.add(product)
    ;({ ids: this.#ids, columns: this.#columns, edges: this.#edges, places: this.#places } = drawing)
    const size = this.#columns.length
    ;[this.#from, this.#to, this.#placeOf] = [Int32Array.from(drawing.from), Int32Array.from(drawing.to), Int32Array.from(drawing.placeOf)]
    ;[this.#out, this.#in] = [groupNumbers(this.#from, size), groupNumbers(this.#to, size)]
    this.#isAll = Uint8Array.from(this.#columns, ({ column }) => (column === '*' ? 1 : 0))
    this.#ofPlace = groupNumbers(this.#placeOf.map((place, id) => (this.#isAll[id] === 1 ? -1 : place)), this.#places.length)
    this.#wholeOf = Int32Array.from(this.#places, (place) => this.numberOf({ ...place, column: '*' }) ?? -1)
    this.#downstream = {
      columns: this.#columns, places: this.#places, placeOf: this.#placeOf, isAll: this.#isAll, ofPlace: this.#ofPlace,
      heads: this.#out.heads, targets: this.#out.members.map((edge) => this.#to[edge] as number),
    }
  }

  /** The same, with a pause now and then: a large mesh takes a quarter of a second. */
  static async drawn(products: Iterable<Pick<ProductLineage, 'edges' | 'columns'>>, pause: () => Promise<void>): Promise<LineageGraph> {
    const drawing = new Drawing()
    let since = 0
    for (const product of products) {
      drawing.add(product)
      since += product.edges.length + product.columns.length
      if (since < EDGES_AT_ONCE) continue
      since = 0
      await pause()
    }
    return new LineageGraph([], drawing)
  }

  get size(): { readonly columns: number; readonly edges: number } {
    return { columns: this.#columns.length, edges: this.#edges.length }
  }

  /** By which `Reached` knows the column; undefined: it is not in the graph. */
  numberOf(column: ColumnAt): number | undefined {
    return this.#ids.get(keyOfPlace(column))?.get(column.column.toLowerCase())
  }

  /** The place of that number. */
  placeAt(number: number): Place {
    return this.#places[number] as Place
  }

  columnsOf(place: Place): readonly ColumnAt[] {
    return [...this.#ids.get(keyOfPlace(place))?.values() ?? []].filter((id) => this.#isAll[id] !== 1).map((id) => this.#columns[id] as ColumnAt)
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
      const id = this.numberOf(start)
      if (id !== undefined) meet(id, front)
    }
    const follow = ({ heads, members }: Groups, id: number, next: number[]): void => {
      for (let at = heads[id] as number; at < (heads[id + 1] as number); at += 1) {
        const edge = members[at] as number
        if (taken[edge] === 1) continue
        taken[edge] = 1
        edges.push(edge)
        if (!isDown) meet(this.#from[edge] as number, next)
        else if (this.#isAll[this.#to[edge] as number] === 1) for (const one of this.#columnsAt(this.#to[edge] as number)) meet(one, next)
        else meet(this.#to[edge] as number, next)
      }
    }
    for (let step = 0; step < depth && front.length > 0; step += 1) {
      const next: number[] = []
      for (const id of front) {
        follow(isDown ? this.#out : this.#in, id, next)
        const whole = this.#wholeAt(id)
        if (!isDown && whole >= 0) follow(this.#in, whole, next)
      }
      front = next
    }
    const isOpen = ({ heads, members }: Groups, id: number): boolean => id >= 0 && members.subarray(heads[id], heads[id + 1]).some((edge) => taken[edge] !== 1)
    if (front.some((id) => (isDown ? isOpen(this.#out, id) : isOpen(this.#in, id) || isOpen(this.#in, this.#wholeAt(id))))) isCut = true
    const isThere = (id: number): boolean => seen[id] === 1 || this.#isAll[id] === 1
    return {
      columns: met.map((id) => this.#columns[id] as ColumnAt).filter(({ column }) => column !== '*'),
      edges: edges.filter((edge) => isThere(this.#from[edge] as number) && isThere(this.#to[edge] as number)).map((edge) => this.#edges[edge] as Edge),
      isCut,
    }
  }

  /**
   * What a change of some columns reaches: all columns downstream, the nearest first, the changed ones left out; of them those at
   * places that are kept, unless told all. Nothing is told of the way, so that it costs little in a graph of hundreds of thousands of edges.
   */
  reach(starts: readonly ColumnAt[], { most, keeps = () => true }: { readonly most: number; readonly keeps?: (place: Place) => boolean }): Reached {
    return reachDownstream(this.#downstream, starts.flatMap((start) => this.numberOf(start) ?? []), { most, keeps })
  }

  /** The column that stands for all of a column's place, but for that one itself; or none: -1. */
  #wholeAt(id: number): number {
    return this.#isAll[id] === 1 ? -1 : this.#wholeOf[this.#placeOf[id] as number] as number
  }

  /** What decides about rows concerns each column of the place. */
  #columnsAt(all: number): Int32Array {
    const { heads, members } = this.#ofPlace
    const place = this.#placeOf[all] as number
    return members.subarray(heads[place], heads[place + 1])
  }
}
