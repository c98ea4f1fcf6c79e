// Where products stand on the map: those of a domain together in a field of their own, what is read left of what reads it, lines short.

import type { MeshGraph } from '@tulle/api'
import type { Area } from './view.ts'

export interface Field extends Area { readonly domain: string }
export interface MapLayout {
  readonly spots: ReadonlyMap<string, Area>
  readonly fields: readonly Field[]
  /** Everything; of no extent where nothing is there. */
  readonly whole: Area
}

type Graph = { readonly products: readonly Pick<MeshGraph['products'][number], 'name' | 'domain'>[]; readonly reads: MeshGraph['reads'] }
type Near = ReadonlyMap<string, readonly string[]>

export const BOX = { width: 196, height: 62 } as const
/** Between products; the names of ports stand in it. */
const GAP = { x: 124, y: 26 } as const
/** Within a field around its products; its title stands above them. */
const MARGIN = { side: 66, above: 78, below: 34 } as const
const BETWEEN_FIELDS = 70
/** How many times as wide as high things should be. */
const SHAPE = 1.6
const ROUNDS = 4

/** Pure: equal graphs are laid out alike. Products that read in a circle stand where the circle is first met. */
export function layOut({ products, reads }: Graph): MapLayout {
  const names = products.map(({ name }) => name).toSorted(compare)
  const inputs = nearOf(names, reads.map(({ from, to }) => [to, from]))
  const outputs = nearOf(names, reads.map(({ from, to }) => [from, to]))
  const depths = depthsOf(names, inputs)
  const domainOf = new Map(products.map(({ name, domain }) => [name, domain]))
  const ranks = ranksOf(names.toSorted((a, b) => compare(domainOf.get(a), domainOf.get(b)) || compare(a, b)), depths, inputs, outputs)
  const depth = (name: string): number => depths.get(name) ?? 0
  const blocks = [...Map.groupBy(names, (name) => domainOf.get(name) ?? '')].map(([domain, own]) => {
    const sorted = own.toSorted((a, b) => depth(a) - depth(b) || (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0) || compare(a, b))
    return { domain, ...blockOf(sorted, depth), depth: own.reduce((sum, name) => sum + depth(name), 0) / own.length }
  }).toSorted((a, b) => a.depth - b.depth || compare(a.domain, b.domain))
  const spots = new Map<string, Area>()
  const fields: Field[] = []
  // Fields fill columns from the left, those that others read first.
  const surface = blocks.reduce((sum, { width, height }) => sum + (width + BETWEEN_FIELDS) * (height + BETWEEN_FIELDS), 0)
  const tallest = Math.max(Math.sqrt(surface / SHAPE), ...blocks.map(({ height }) => height))
  let [left, top, widest] = [0, 0, 0]
  for (const { domain, width, height, places } of blocks) {
    if (top > 0 && top + height > tallest) [left, top, widest] = [left + widest + BETWEEN_FIELDS, 0, 0]
    fields.push({ domain, x: left, y: top, width, height })
    for (const { name, column, row } of places) spots.set(name, { x: left + MARGIN.side + column * (BOX.width + GAP.x), y: top + MARGIN.above + row * (BOX.height + GAP.y), ...BOX })
    top += height + BETWEEN_FIELDS
    widest = Math.max(widest, width)
  }
  return { spots, fields, whole: { x: 0, y: 0, width: Math.max(0, ...fields.map(({ x, width }) => x + width)), height: Math.max(0, ...fields.map(({ y, height }) => y + height)) } }
}

/** Products of a domain in columns: one for each depth, unless that would make it much wider than it has to be. */
function blockOf(sorted: readonly string[], depth: (name: string) => number) {
  const cell = { width: BOX.width + GAP.x, height: BOX.height + GAP.y }
  const rows = Math.max(1, Math.ceil(Math.sqrt((sorted.length * cell.width) / (cell.height * SHAPE))))
  const layers = [...Map.groupBy(sorted, depth).values()]
  const byDepth = layers.flatMap((layer) => cut(layer, rows))
  const tight = cut(sorted, rows)
  const columns = byDepth.length <= 2 * tight.length + 2 ? byDepth : tight
  const height = Math.max(...columns.map((column) => column.length))
  return {
    places: columns.flatMap((column, at) => column.map((name, row) => ({ name, column: at, row: row + (height - column.length) / 2 }))),
    width: columns.length * cell.width - GAP.x + 2 * MARGIN.side,
    height: height * cell.height - GAP.y + MARGIN.above + MARGIN.below,
  }
}

/** Into pieces as even as can be, of at most so many. */
function cut(list: readonly string[], most: number): string[][] {
  const size = Math.ceil(list.length / Math.ceil(list.length / most))
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size))
}

function nearOf(names: readonly string[], pairs: readonly (readonly [string, string])[]): Near {
  const near = new Map<string, string[]>(names.map((name) => [name, []]))
  for (const [name, other] of pairs) if (near.has(other) && name !== other) near.get(name)?.push(other)
  // In whatever order it was told.
  for (const others of near.values()) others.sort(compare)
  return near
}

/** Where among those of its depth each should stand, from 0 to 1, so that it is level with what it reads and what reads it. */
function ranksOf(names: readonly string[], depths: ReadonlyMap<string, number>, inputs: Near, outputs: Near): ReadonlyMap<string, number> {
  const layers = [...Map.groupBy(names, (name) => depths.get(name) ?? 0).values()].map((layer) => [...layer])
  const at = new Map<string, number>()
  const number = (): void => { for (const layer of layers) for (const [i, name] of layer.entries()) at.set(name, i / Math.max(1, layer.length - 1)) }
  number()
  for (let round = 0; round < ROUNDS; round += 1) {
    const beside = round % 2 === 0 ? inputs : outputs
    for (const layer of layers) {
      const wishes = new Map(layer.map((name) => {
        const near = beside.get(name) ?? []
        return [name, near.length === 0 ? (at.get(name) ?? 0) : near.reduce((sum, other) => sum + (at.get(other) ?? 0), 0) / near.length]
      }))
      layer.sort((a, b) => (wishes.get(a) ?? 0) - (wishes.get(b) ?? 0) || compare(a, b))
    }
    number()
  }
  return at
}

/** How many readings lie before each: the longest way to it. */
function depthsOf(names: readonly string[], inputs: Near): ReadonlyMap<string, number> {
  const depths = new Map<string, number>()
  const open = new Set<string>()
  for (const start of names) {
    // Without recursion: a chain may be as long as the mesh is large.
    const stack = [start]
    for (let name = stack.at(-1); name !== undefined; name = stack.at(-1)) {
      const waiting = depths.has(name) || open.has(name) ? [] : (inputs.get(name) ?? []).filter((input) => !depths.has(input) && !open.has(input))
      open.add(name)
      if (waiting.length > 0) stack.push(...waiting)
      else {
        if (!depths.has(name)) depths.set(name, Math.max(-1, ...(inputs.get(name) ?? []).map((input) => depths.get(input) ?? -1)) + 1)
        stack.pop()
      }
    }
  }
  return depths
}

const compare = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0)
