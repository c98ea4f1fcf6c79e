// Where the boxes and links of a picture of lineage stand: data sets in layers, by how many steps they are away from the one in the
// middle; what it comes from at the left, where it goes at the right. All heights are known, so nothing has to be measured.

import type { Lineage, LineageColumn } from '@tulle/api'

export type Place = Pick<LineageColumn, 'product' | 'kind' | 'name' | 'snapshot'>
export type Edge = Lineage['edges'][number]

export interface Box extends Place {
  readonly key: string
  /** Steps from the middle: below 0 where it comes from, above 0 where it goes. */
  readonly layer: number
  /** Columns that are shown, in order. */
  readonly rows: readonly string[]
  /** How many more it has that are not shown. */
  readonly more: number
  /** Pixels of the picture. */
  readonly x: number
  readonly y: number
  readonly height: number
}

export interface Link {
  readonly key: string
  /** Of an SVG path. */
  readonly path: string
  /** False where the value only decides. */
  readonly flows: boolean
}

export interface Layout {
  readonly boxes: readonly Box[]
  readonly links: readonly Link[]
  readonly width: number
  readonly height: number
}

export interface LayoutOptions {
  readonly lineage: Pick<Lineage, 'edges'>
  readonly middle: Place
  /** Of the data set in the middle, in their order. */
  readonly columns: readonly string[]
  /** Whether the other boxes show columns: those that take part. */
  readonly isOpen: boolean
  /** Columns that a box shows at most. */
  readonly most: number
}

/** Pixels. */
export const SIZE = { width: 264, head: 54, row: 26, foot: 6, between: 18, gap: 88, top: 30 } as const

export const keyOfPlace = ({ product, kind, name }: Place): string => JSON.stringify([product, kind, name])

/** Steps from the middle of each place that hangs together with it, by its key. A place on a circle is where it comes from. */
export function layersOf(edges: readonly Edge[], middle: Place): ReadonlyMap<string, number> {
  const [ahead, behind] = [new Map<string, Set<string>>(), new Map<string, Set<string>>()]
  for (const { from, to } of edges) {
    const [a, b] = [keyOfPlace(from), keyOfPlace(to)]
    if (a === b) continue
    add(ahead, a, b)
    add(behind, b, a)
  }
  const start = keyOfPlace(middle)
  const upstream = reach(start, behind)
  const downstream = new Set([...reach(start, ahead)].filter((key) => !upstream.has(key)))
  const layers = new Map([[start, 0]])
  const before = farthest(start, ahead, upstream)
  const after = farthest(start, behind, downstream)
  for (const key of upstream) layers.set(key, -before(key))
  for (const key of downstream) layers.set(key, after(key))
  return layers
}

export function layOut({ lineage: { edges }, middle, columns, isOpen, most }: LayoutOptions): Layout {
  const layers = layersOf(edges, middle)
  const shown = edges.filter(({ from, to }) => layers.has(keyOfPlace(from)) && layers.has(keyOfPlace(to)))
  const places = new Map([[keyOfPlace(middle), middle], ...shown.flatMap(({ from, to }) => [from, to]).map((at) => [keyOfPlace(at), at] as const)])
  const start = keyOfPlace(middle)
  const taking = columnsByPlace([...columns.map((column) => ({ ...middle, column })), ...shown.flatMap(({ from, to }) => [from, to])])
  const sized = inOrder([...layers], shown).map(([key, layer]) => {
    const all = taking.get(key) ?? []
    const rows = key === start || isOpen ? all.slice(0, most) : []
    const more = all.slice(rows.length).filter((column) => column !== '*').length
    const lines = rows.length + (rows.length > 0 && more > 0 ? 1 : 0)
    return { ...(places.get(key) ?? middle), key, layer, rows, more, height: SIZE.head + lines * SIZE.row + (lines > 0 ? SIZE.foot : 0) }
  })
  const heights = new Map<number, number>()
  for (const { layer, height } of sized) heights.set(layer, (heights.get(layer) ?? -SIZE.between) + height + SIZE.between)
  const tallest = Math.max(...heights.values())
  const order = [...heights.keys()].toSorted((a, b) => a - b)
  const filled = new Map<number, number>()
  const boxes = sized.map((box): Box => {
    const y = filled.get(box.layer) ?? SIZE.top + (tallest - (heights.get(box.layer) ?? 0)) / 2
    filled.set(box.layer, y + box.height + SIZE.between)
    return { ...box, x: order.indexOf(box.layer) * (SIZE.width + SIZE.gap), y }
  })
  return { boxes, links: linksOf(shown, boxes), width: order.length * (SIZE.width + SIZE.gap) - SIZE.gap, height: SIZE.top + tallest + 2 }
}

/** Each once, as it is written first: the names of columns do not tell small letters from large ones. */
function columnsByPlace(all: readonly (Place & { readonly column: string })[]): ReadonlyMap<string, readonly string[]> {
  const byPlace = new Map<string, Map<string, string>>()
  for (const at of all) {
    const own = byPlace.get(keyOfPlace(at)) ?? new Map<string, string>()
    if (!own.has(at.column.toLowerCase())) own.set(at.column.toLowerCase(), at.column)
    byPlace.set(keyOfPlace(at), own)
  }
  return new Map([...byPlace].map(([key, own]) => [key, [...own.values()]]))
}

/** Layer by layer from the middle outwards, each beside what it is linked with, so that few links cross. */
function inOrder(layers: readonly (readonly [string, number])[], edges: readonly Edge[]): readonly (readonly [string, number])[] {
  const pairs = edges.map(({ from, to }) => [keyOfPlace(from), keyOfPlace(to)] as const)
  const height = new Map<string, number>()
  const scored = (key: string): number => {
    const near = pairs.flatMap(([a, b]) => (a === key ? [height.get(b)] : b === key ? [height.get(a)] : [])).filter((one) => one !== undefined)
    return near.length === 0 ? 0.5 : near.reduce((sum, one) => sum + one, 0) / near.length
  }
  const out: (readonly [string, number])[] = []
  for (const layer of [...new Set(layers.map(([, one]) => one))].toSorted((a, b) => Math.abs(a) - Math.abs(b))) {
    const own = layers.filter(([, one]) => one === layer).map((one) => ({ one, score: scored(one[0]) })).toSorted((a, b) => a.score - b.score || (a.one[0] < b.one[0] ? -1 : 1))
    for (const [index, { one }] of own.entries()) {
      height.set(one[0], (index + 0.5) / own.length)
      out.push(one)
    }
  }
  return out
}

/** One for each two ends that can be seen: columns that are not shown are linked at the head of their box. */
function linksOf(edges: readonly Edge[], boxes: readonly Box[]): readonly Link[] {
  const byKey = new Map(boxes.map((box) => [box.key, box]))
  const links = new Map<string, Link>()
  for (const { from, to, how } of edges) {
    const [a, b] = [byKey.get(keyOfPlace(from)), byKey.get(keyOfPlace(to))]
    if (a === undefined || b === undefined || a === b) continue
    const [left, right, start, end] = [a.x + SIZE.width, b.x, heightOf(a, from.column), heightOf(b, to.column)]
    const key = JSON.stringify([left, start, right, end])
    const bend = Math.max(48, Math.abs(right - left) / 2)
    const flows = how !== undefined || links.get(key)?.flows === true
    links.set(key, { key, flows, path: `M ${left} ${start} C ${left + bend} ${start}, ${right - bend} ${end}, ${right} ${end}` })
  }
  // What flows lies above what decides.
  return [...links.values()].toSorted((a, b) => Number(a.flows) - Number(b.flows))
}

function heightOf({ y, rows }: Box, column: string): number {
  const index = rows.findIndex((row) => row.toLowerCase() === column.toLowerCase())
  return y + (index < 0 ? SIZE.head / 2 : SIZE.head + index * SIZE.row + SIZE.row / 2)
}

function reach(start: string, next: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  const met = new Set<string>()
  const waiting = [start]
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    for (const one of next.get(key) ?? []) {
      if (one === start || met.has(one)) continue
      met.add(one)
      waiting.push(one)
    }
  }
  return met
}

/** The longest way to the start among some places, so that every link leads on to a later layer; steps round a circle are not counted. */
function farthest(start: string, next: ReadonlyMap<string, ReadonlySet<string>>, among: ReadonlySet<string>): (key: string) => number {
  const known = new Map([[start, 0]])
  const under = new Set<string>()
  const of = (key: string): number => {
    const found = known.get(key)
    if (found !== undefined) return found
    under.add(key)
    const steps = [...(next.get(key) ?? [])].filter((one) => one === start || (among.has(one) && !under.has(one))).map(of)
    under.delete(key)
    const longest = Math.max(0, ...steps) + 1
    known.set(key, longest)
    return longest
  }
  return of
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  const own = map.get(key)
  if (own === undefined) map.set(key, new Set([value]))
  else own.add(value)
}
