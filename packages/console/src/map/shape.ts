// How ports and lines lie around the boxes of products. Pure.

import type { Area } from './view.ts'

/** Of more ports the last ones share a place. */
const MOST_PORTS = 5

/** How far below its box's top a port lies. */
export function portAt(index: number, ports: number, height: number): number {
  const places = Math.min(ports, MOST_PORTS)
  return (height * (Math.min(index, places - 1) + 1)) / (places + 1)
}

/** From the right side of a box to the left side of another, at so far below its top. */
export function lineBetween(from: Area, to: Area, below = to.height / 2): string {
  const [x1, y1, x2, y2] = [from.x + from.width, from.y + from.height / 2, to.x, to.y + below]
  const bend = Math.max(50, Math.min(400, Math.abs(x2 - x1) / 2))
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`
}

/** From the middle of an area straight to the middle of another. */
export const middleLine = (from: Area, to: Area): string => `M${from.x + from.width / 2} ${from.y + from.height / 2}L${to.x + to.width / 2} ${to.y + to.height / 2}`

/** A text of at most so many characters. */
export function short(text: string, most: number): string {
  const characters = [...text]
  return characters.length <= most ? text : `${characters.slice(0, Math.max(1, most - 1)).join('')}…`
}
