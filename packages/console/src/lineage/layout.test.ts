// The picture of lineage: which layer a data set stands in, what its box shows, and where the links end.

import { describe, expect, it } from 'vitest'
import { layersOf, layOut, SIZE } from './layout.ts'
import type { Box, Edge, Layout } from './layout.ts'

const at = (address: string): Edge['from'] => {
  const [product = '', name = '', column = ''] = address.split(/[.:]/u)
  return { product, kind: address.includes(':') ? 'port' : 'data-set', name, column }
}
const flows = (from: string, to: string): Edge => ({ from: at(from), to: at(to), how: 'identity', by: [] })
const decides = (from: string, to: string): Edge => ({ from: at(from), to: at(to), by: ['join'] })
const middle = at('m.m.x')
const layersByName = (edges: readonly Edge[]): Readonly<Record<string, number>> =>
  Object.fromEntries([...layersOf(edges, middle)].map(([key, layer]) => [(JSON.parse(key) as string[])[0], layer]))

describe('the layers', () => {
  it.each([
    ['one before and one after', [flows('a.a.x', 'm.m.x'), flows('m.m.x', 'z.z.x')], { a: -1, m: 0, z: 1 }],
    ['the longest way counts, so that each link leads on', [flows('a.a.x', 'm.m.x'), flows('a.a.x', 'b.b.x'), flows('b.b.x', 'm.m.x')], { a: -2, b: -1, m: 0 }],
    ['both sides are apart: what else an input feeds is not downstream', [flows('a.a.x', 'm.m.x'), flows('m.m.x', 'y.y.x'), flows('y.y.x', 'z.z.x'), flows('m.m.x', 'z.z.x')], { a: -1, m: 0, y: 1, z: 2 }],
    ['what does not hang together with the middle has none', [flows('a.a.x', 'm.m.x'), flows('p.p.x', 'q.q.x')], { a: -1, m: 0 }],
    ['a circle ends, and all of it is where it comes from', [flows('a.a.x', 'm.m.x'), flows('m.m.x', 'a.a.x'), flows('b.b.x', 'a.a.x'), flows('a.a.x', 'b.b.x')], { a: -2, b: -1, m: 0 }],
    ['columns of one data set that decide about others of it are no step', [decides('m.m.x', 'm.m.y')], { m: 0 }],
  ] as const)('%s', (_, edges, expected) => {
    expect(layersByName(edges)).toEqual(expected)
  })
})

describe('the picture', () => {
  const edges = [flows('a.a.x', 'm.m.x'), decides('a.a.X', 'm.m.y'), decides('p:p.k', 'm.m.*'), flows('m.m.y', 'z.z.y'), flows('p.p.x', 'q.q.x')]
  const draw = (isOpen: boolean, most = 20): Layout => layOut({ lineage: { edges }, middle, columns: ['x', 'y'], isOpen, most })
  const boxOf = ({ boxes }: Layout, product: string): Box => boxes.find((box) => box.product === product) as Box

  it('shows columns that take part, each once, and nothing that does not hang together', () => {
    expect(draw(true).boxes.map(({ product, layer, rows }) => [product, layer, rows])).toEqual([
      ['m', 0, ['x', 'y', '*']], ['a', -1, ['x']], ['p', -1, ['k']], ['z', 1, ['y']],
    ])
  })

  it('links ends that can be seen: rows of open boxes, heads of closed ones, what flows above what decides', () => {
    const open = draw(true)
    const [a, m] = [boxOf(open, 'a'), boxOf(open, 'm')]
    const row = (box: Box, index: number): number => box.y + SIZE.head + (index + 0.5) * SIZE.row
    expect(open.links).toHaveLength(4)
    expect(open.links.map((link) => link.flows)).toEqual([false, false, true, true])
    expect(open.links.filter((link) => link.path.startsWith(`M ${SIZE.width} ${row(a, 0)} `)).map((link) => link.path.split(', ').at(-1))).toEqual([`${m.x} ${row(m, 1)}`, `${m.x} ${row(m, 0)}`])
    const closed = draw(false)
    expect(closed.links.some((link) => link.path.startsWith(`M ${SIZE.width} ${boxOf(closed, 'a').y + SIZE.head / 2} `))).toBe(true)
    expect(boxOf(closed, 'a')).toMatchObject({ rows: [], more: 1, height: SIZE.head })
  })

  it('lets no two boxes lie on each other, and none outside', () => {
    const { boxes, width, height } = draw(true)
    for (const [index, a] of boxes.entries()) {
      expect(a.x >= 0 && a.y >= SIZE.top && a.x + SIZE.width <= width && a.y + a.height <= height).toBe(true)
      expect(boxes.slice(index + 1).filter((b) => a.x === b.x && a.y < b.y + b.height && b.y < a.y + a.height)).toEqual([])
    }
  })

  it('says how many columns there are more than it shows', () => {
    expect(boxOf(draw(true, 1), 'm')).toMatchObject({ rows: ['x'], more: 1 })
  })
})
