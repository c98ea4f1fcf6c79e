// The statements of a product to its edges, and the walk over those of a mesh.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StatementLineage } from '../types.ts'
import type { ColumnAt, Edge, Place } from './types.ts'
import { composeProduct } from './compose.ts'
import { keyOfColumn, LineageGraph } from './walk.ts'

const statement = (table: string, columns: Readonly<Record<string, string>>, rows: readonly string[] = []): StatementLineage => ({
  columns: Object.entries(columns).map(([name, column]) => ({ name, direct: [{ schema: '', name: table, column, how: 'identity' as const }], indirect: [] })),
  rows: rows.map((column) => ({ schema: '', name: table, column, by: ['filter'] as const })),
  tables: [{ schema: '', name: table }], guesses: [],
})

const print = ({ from, to, how, by }: Edge): string => `${keyOfColumn(from)} ${how ?? ''}> ${keyOfColumn(to)}${by.length === 0 ? '' : ` ${by.join('+')}`}`
const places: Readonly<Record<string, Place>> = { raw: { product: 'p', kind: 'port', name: 'raw' }, out: { product: 'p', kind: 'data-set', name: 'out' } }
const placeOf = ({ name }: { readonly name: string }): Place | undefined => places[name]
const out = { place: places['out'] as Place, from: { schema: '', name: 'out' } }

describe('the statements of a product', () => {
  it('are seen through where they are no data set, with what decided on the way', () => {
    const made = [
      { schema: '', name: 'staged', lineage: statement('raw', { x: 'a', y: 'b' }, ['c']) },
      { schema: '', name: 'out', lineage: statement('staged', { n: 'x' }, ['y']) },
    ]
    const { edges } = composeProduct({ made, placeOf, dataSets: [{ ...out, columns: ['n'] }] })
    expect(edges.map(print).toSorted()).toEqual(['p:raw.a identity> p.out.n', 'p:raw.b > p.out.* filter', 'p:raw.c > p.out.* filter'])
  })

  it('give a column of a table that nobody knows by its name', () => {
    const made = [{ schema: '', name: 'out', lineage: statement('raw', { '*': '*' }) }]
    expect(composeProduct({ made, placeOf, dataSets: [{ ...out, columns: ['n', 'm'] }] }).edges.map(print)).toEqual(['p:raw.n identity> p.out.n', 'p:raw.m identity> p.out.m'])
  })

  it('are none for a data set that is its port', () => {
    expect(composeProduct({ made: [], placeOf, dataSets: [{ ...out, from: { schema: '', name: 'raw' }, columns: ['n'] }] }).edges.map(print)).toEqual(['p:raw.n identity> p.out.n'])
  })
})

const column = (name: string, of: string): ColumnAt => ({ product: name, kind: 'data-set', name, column: of })
const edge = (from: ColumnAt, to: ColumnAt, decides = false): Edge => (decides ? { from, to, by: ['filter'] } : { from, to, how: 'identity', by: [] })

describe('a walk', () => {
  const graph = new LineageGraph([
    { columns: [column('a', 'x'), column('a', 'y')], edges: [] },
    { columns: [column('b', 'x'), column('b', 'z')], edges: [edge(column('a', 'x'), column('b', 'x')), edge(column('a', 'y'), column('b', '*'), true)] },
    { columns: [column('c', 'z')], edges: [edge(column('b', 'z'), column('c', 'z'))] },
  ])
  const walk = (of: ColumnAt, direction: 'upstream' | 'downstream', depth = 9): readonly string[] => graph.walk([of], { direction, depth, most: 100 }).columns.map(keyOfColumn).toSorted()

  it('goes on from every column of a data set whose rows a column decides about', () => {
    expect(walk(column('a', 'y'), 'downstream')).toEqual(['a.a.y', 'b.b.x', 'b.b.z', 'c.c.z'])
    expect(walk(column('a', 'x'), 'downstream')).toEqual(['a.a.x', 'b.b.x'])
  })

  it('comes back to what decides about the rows', () => {
    expect(walk(column('c', 'z'), 'upstream')).toEqual(['a.a.y', 'b.b.z', 'c.c.z'])
    expect(graph.walk([column('b', 'x')], { direction: 'upstream', depth: 9, most: 9 }).edges.map(print).toSorted()).toEqual(['a.a.x identity> b.b.x', 'a.a.y > b.b.* filter'])
  })

  it('stops where it is told to, and says that there is more', () => {
    expect(walk(column('c', 'z'), 'upstream', 1)).toEqual(['b.b.z', 'c.c.z'])
    expect(graph.walk([column('c', 'z')], { direction: 'upstream', depth: 1, most: 9 }).isCut).toBe(true)
    expect(graph.walk([column('c', 'z')], { direction: 'upstream', depth: 9, most: 9 }).isCut).toBe(false)
    expect(graph.walk([column('a', 'y')], { direction: 'downstream', depth: 9, most: 2 }).isCut).toBe(true)
  })

  it('finds the same where the graph was drawn with pauses', async () => {
    let pauses = 0
    const edges = Array.from({ length: 25_000 }, (_, n) => edge(column('s', `c${n}`), column('t', `c${n % 100}`)))
    const drawn = await LineageGraph.drawn([{ columns: [], edges }, { columns: [], edges: [edge(column('t', 'c7'), column('u', 'z'))] }], async () => { pauses += 1 })
    expect([pauses, drawn.size, drawn.reach([column('s', 'c107')], { most: 9 }).page(0, 9)]).toEqual([1, { columns: 25_101, edges: 25_001 }, [column('t', 'c7'), column('u', 'z')]])
  })

  it('tells what a change reaches, up to so many columns', () => {
    const told = (most: number, keeps?: (place: Place) => boolean): readonly [readonly ColumnAt[], boolean] => {
      const reached = graph.reach([column('a', 'y')], { most, ...(keeps !== undefined && { keeps }) })
      expect(reached.total).toBe(reached.page(0, 99).length)
      return [reached.page(0, 99), reached.isCut]
    }
    expect(told(9)).toEqual([[column('b', 'x'), column('b', 'z'), column('c', 'z')], false])
    expect(told(2)).toEqual([[column('b', 'x'), column('b', 'z')], true])
    // Through what is not kept the way leads all the same.
    expect(told(9, ({ product }) => product !== 'b')).toEqual([[column('c', 'z')], false])
  })

  it('tells it by pages, and by number of what it reaches', () => {
    const reached = graph.reach([column('a', 'y')], { most: 9, keeps: ({ product }) => product !== 'c' })
    expect([reached.page(0, 1), reached.page(1, 1), reached.page(2, 1)]).toEqual([[column('b', 'x')], [column('b', 'z')], []])
    expect(reached.places.map((place) => graph.placeAt(place).product)).toEqual(['b'])
    const has = (of: ColumnAt): boolean => reached.has(graph.numberOf(of) ?? -1)
    expect([column('b', 'X'), column('a', 'y'), column('a', 'x'), column('c', 'z')].map(has)).toEqual([true, true, false, false])
  })

  it('downstream finds exactly those that find it upstream', () => {
    fc.assert(fc.property(fc.array(fc.record({ from: fc.nat(9), to: fc.nat(9), all: fc.boolean() }), { maxLength: 30 }), (arrows) => {
      const at = (n: number, of = n % 3 === 0 ? 'x' : 'y'): ColumnAt => column(`p${Math.floor(n / 2)}`, of === '*' ? '*' : n % 2 === 0 ? 'x' : 'y')
      const all = Array.from({ length: 10 }, (_, n) => at(n))
      const mesh = new LineageGraph([{ columns: all, edges: arrows.map(({ from, to, all: whole }) => edge(at(from), whole ? at(to, '*') : at(to), whole)) }])
      const reach = (of: ColumnAt, direction: 'upstream' | 'downstream'): ReadonlySet<string> => new Set(mesh.walk([of], { direction, depth: 99, most: 999 }).columns.map(keyOfColumn))
      for (const a of all) expect([keyOfColumn(a), ...mesh.reach([a], { most: 999 }).page(0, 999).map(keyOfColumn)].toSorted()).toEqual([...reach(a, 'downstream')].toSorted())
      for (const a of all) for (const b of all) expect(reach(a, 'downstream').has(keyOfColumn(b))).toBe(reach(b, 'upstream').has(keyOfColumn(a)))
    }), { numRuns: 50 })
  })
})
