// What part of the map is seen, and how large. Pure: points are pixels of the window, areas are places of the map.

export interface Area { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
export interface Point { readonly x: number; readonly y: number }
export type Size = Pick<Area, 'width' | 'height'>

/** A place `p` of the map is seen at `p * k + (x, y)`. */
export interface View { readonly x: number; readonly y: number; readonly k: number }

const SMALLEST = 0.02
const LARGEST = 2.5

/** From afar only fields and dots, nearer what products are called, close by their ports too. */
export type Level = 'far' | 'near' | 'close'
export const levelOf = (k: number): Level => (k < 0.42 ? 'far' : k < 0.85 ? 'near' : 'close')

const within = (k: number): number => Math.min(LARGEST, Math.max(SMALLEST, k))

/** Larger or smaller around a point, which stays where it is. */
export function zoomAt(view: View, { x, y }: Point, factor: number): View {
  const k = within(view.k * factor)
  return { x: x - ((x - view.x) * k) / view.k, y: y - ((y - view.y) * k) / view.k, k }
}

export const moveBy = ({ x, y, k }: View, by: Point): View => ({ x: x + by.x, y: y + by.y, k })

/** As two fingers do: what was under them stays under them. */
export function pinch(view: View, before: readonly [Point, Point], after: readonly [Point, Point]): View {
  const [from, to] = [middle(before), middle(after)]
  return zoomAt(moveBy(view, { x: to.x - from.x, y: to.y - from.y }), to, distance(after) / Math.max(1, distance(before)))
}

/** Shows all of an area, at most so large. */
export function fit({ x, y, width, height }: Area, size: Size, most = 1): View {
  const k = within(Math.min(most, (size.width - 24) / Math.max(1, width), (size.height - 24) / Math.max(1, height)))
  return { x: size.width / 2 - (x + width / 2) * k, y: size.height / 2 - (y + height / 2) * k, k }
}

export const seen = ({ x, y, k }: View, { width, height }: Size): Area => ({ x: -x / k, y: -y / k, width: width / k, height: height / k })

/** With a quarter of it more at each side. */
export const grown = ({ x, y, width, height }: Area): Area => ({ x: x - width / 4, y: y - height / 4, width: width * 1.5, height: height * 1.5 })

export const holds = (outer: Area, inner: Area): boolean =>
  inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.width <= outer.x + outer.width && inner.y + inner.height <= outer.y + outer.height

export const touches = (a: Area, b: Area): boolean => a.x <= b.x + b.width && b.x <= a.x + a.width && a.y <= b.y + b.height && b.y <= a.y + a.height

/** The smallest area around all; undefined around none. */
export function around(areas: readonly Area[]): Area | undefined {
  if (areas.length === 0) return undefined
  const [x, y] = [Math.min(...areas.map((area) => area.x)), Math.min(...areas.map((area) => area.y))]
  return { x, y, width: Math.max(...areas.map((area) => area.x + area.width)) - x, height: Math.max(...areas.map((area) => area.y + area.height)) - y }
}

/** The nearest of the areas that lie in a direction, those straight ahead before those aside; undefined where none is. */
export function nearestTowards<T extends Area>(from: Point, direction: Point, areas: Iterable<T>): T | undefined {
  let [best, least]: [T | undefined, number] = [undefined, Number.POSITIVE_INFINITY]
  for (const area of areas) {
    const [dx, dy] = [area.x + area.width / 2 - from.x, area.y + area.height / 2 - from.y]
    const [ahead, aside] = [dx * direction.x + dy * direction.y, Math.abs(dx * direction.y) + Math.abs(dy * direction.x)]
    if (ahead > 1 && ahead + 2 * aside < least) [best, least] = [area, ahead + 2 * aside]
  }
  return best
}

/** As the address says it: `-120,40,0.5`. */
export const writeView = ({ x, y, k }: View): string => `${Math.round(x)},${Math.round(y)},${Number(k.toPrecision(3))}`

export function readView(text: string | undefined): View | undefined {
  const [x, y, k, ...more] = (text ?? '').split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  return x === undefined || y === undefined || k === undefined || more.length > 0 || !(Math.abs(x) <= 1e6) || !(Math.abs(y) <= 1e6) || !(k >= SMALLEST && k <= LARGEST) ? undefined : { x, y, k }
}

const middle = ([a, b]: readonly [Point, Point]): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })
const distance = ([a, b]: readonly [Point, Point]): number => Math.hypot(a.x - b.x, a.y - b.y)
