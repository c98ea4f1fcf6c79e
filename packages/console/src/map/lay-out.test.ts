import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BOX, layOut } from './lay-out.ts'
import { holds, touches } from './view.ts'

type Graph = Parameters<typeof layOut>[0]

const product = (name: string, domain = 'a') => ({ name, domain })
const reads = (...pairs: readonly string[]) => pairs.map((pair) => ({ from: pair.split('>')[0] ?? '', to: pair.split('>')[1] ?? '' }))
const xOf = (graph: Graph) => {
  const { spots } = layOut(graph)
  return (name: string): number => spots.get(name)?.x ?? Number.NaN
}

/** Meshes with circles, readings of nobody and of themselves, and products that stand alone. */
const graphs = fc.integer({ min: 0, max: 60 }).chain((size) => fc.record({
  products: fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: size, maxLength: size }).map((domains) => domains.map((domain, i) => product(`p${i}`, domain))),
  reads: fc.array(fc.record({ from: fc.nat({ max: size }).map((i) => `p${i}`), to: fc.nat({ max: size }).map((i) => `p${i}`) }), { maxLength: 120 }),
}))

function faultsOf({ products }: Graph, { spots, fields, whole }: ReturnType<typeof layOut>): readonly string[] {
  const placed = [...spots]
  const cells = new Map<string, string[]>()
  for (const [name, spot] of placed) {
    // Only what is near can overlap.
    for (const dx of [0, 1]) for (const dy of [0, 1]) {
      const key = `${Math.floor(spot.x / BOX.width) + dx} ${Math.floor(spot.y / BOX.height) + dy}`
      cells.set(key, [...(cells.get(key) ?? []), name])
    }
  }
  const overlaps = [...cells.values()].flatMap((names) => names.flatMap((a, i) => names.slice(i + 1).filter((b) => touches(spots.get(a) ?? whole, spots.get(b) ?? whole)).map((b) => `${a} lies on ${b}`)))
  return [
    ...products.filter(({ name }) => !spots.has(name)).map(({ name }) => `${name} has no place`),
    ...products.filter(({ name, domain }) => fields.filter((field) => holds(field, spots.get(name) ?? whole)).map((field) => field.domain).join() !== domain).map(({ name }) => `${name} is not in its own field alone`),
    ...fields.flatMap((a, i) => fields.slice(i + 1).filter((b) => touches(a, b)).map((b) => `field ${a.domain} lies on ${b.domain}`)),
    ...fields.filter((field) => !holds(whole, field)).map(({ domain }) => `field ${domain} is outside`),
    ...overlaps,
  ]
}

describe('the map', () => {
  it('puts what is read left of what reads it, however long the way', () => {
    const x = xOf({ products: ['d', 'c', 'b', 'a'].map((name) => product(name)), reads: reads('a>b', 'b>c', 'a>c', 'c>d') })
    expect([x('a') < x('b'), x('b') < x('c'), x('c') < x('d')]).toEqual([true, true, true])
  })

  it('puts a domain that others read left of them, or above', () => {
    const { fields } = layOut({ products: [product('x', 'late'), product('y', 'early'), product('z', 'middle')], reads: reads('y>z', 'z>x') })
    expect(fields.map(({ domain }) => domain)).toEqual(['early', 'middle', 'late'])
  })

  it('gives each product a place of its own within the field of its domain, whatever reads what', () => {
    fc.assert(fc.property(graphs, (graph) => {
      expect(faultsOf(graph, layOut(graph))).toEqual([])
    }))
  })

  it('catches products on each other, outside their field and without a place', () => {
    const graph = { products: ['a', 'b', 'c', 'd'].map((name) => product(name)), reads: [] }
    const { spots, fields, whole } = layOut(graph)
    const [first, outside] = [spots.get('a') ?? whole, { x: -900, y: 0, ...BOX }]
    expect(new Set(faultsOf(graph, { spots: new Map([['a', first], ['b', first], ['c', outside]]), fields, whole }))).toEqual(new Set(['d has no place', 'c is not in its own field alone', 'a lies on b']))
  })

  it('is the same for the same mesh, in whatever order it is told', () => {
    fc.assert(fc.property(graphs, ({ products, reads }) => {
      const [told, otherwise] = [layOut({ products, reads }), layOut({ products: products.toReversed(), reads: reads.toReversed() })]
      expect([...otherwise.spots].toSorted()).toEqual([...told.spots].toSorted())
      expect(otherwise.fields.toSorted((a, b) => (a.domain < b.domain ? -1 : 1))).toEqual(told.fields.toSorted((a, b) => (a.domain < b.domain ? -1 : 1)))
    }))
  })

  it('has a place for each of a circle, and of nothing', () => {
    expect([...layOut({ products: [product('a'), product('b')], reads: reads('a>b', 'b>a', 'a>a', 'gone>a') }).spots.keys()].toSorted()).toEqual(['a', 'b'])
    expect(layOut({ products: [], reads: [] })).toEqual({ spots: new Map(), fields: [], whole: { x: 0, y: 0, width: 0, height: 0 } })
  })

  it.each([
    ['in nine domains that read one another', 9, (i: number) => [Math.floor(i / 3), Math.floor(i / 7)]],
    ['in one domain, as one chain', 1, (i: number) => [i - 1]],
    ['of which all read one', 4, () => [0]],
    ['in domains of their own', 1_000, (i: number) => [i - 1]],
  ] as const)('keeps a thousand products apart %s, in a shape that fits a screen', (_, domains, inputs) => {
    const products = Array.from({ length: 1_000 }, (_, i) => product(`p${i}`, `d${i % domains}`))
    const graph = { products, reads: products.flatMap(({ name }, i) => inputs(i).filter((input) => input >= 0).map((input) => ({ from: `p${input}`, to: name }))) }
    const layout = layOut(graph)
    expect(faultsOf(graph, layout)).toEqual([])
    const shape = layout.whole.width / layout.whole.height
    expect(shape).toBeGreaterThan(0.8)
    expect(shape).toBeLessThan(4)
  })
})
