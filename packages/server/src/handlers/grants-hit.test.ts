import { describe, expect, it } from 'vitest'
import type { ColumnAt } from '@tulle/lineage'
import { LineageGraph } from '@tulle/lineage'
import { aimGrants, countGrantsHit } from './grants-hit.ts'

const whole = {}
const orders = { dataSet: 'orders' }
const lines = { dataSet: 'lines' }
const ids = { dataSet: 'orders', columns: ['Id'] }
const ended = { dataSet: 'orders', expiresAt: 5 }
const all = [whole, orders, lines, ids, ended]

const at = (product: string, name: string, column: string): ColumnAt => ({ product, kind: 'data-set', name, column })
const source = at('source', 'd', 'x')
const graph = new LineageGraph([{
  columns: ['orders', 'orders_2', 'lines'].flatMap((name) => ['id', 'amount'].map((column) => at('p', name, column))),
  edges: [
    { from: source, to: at('p', 'orders', 'id'), how: 'identity', by: [] },
    { from: at('source', 'd', 'y'), to: at('p', 'orders', 'amount'), how: 'identity', by: [] },
    { from: at('source', 'd', 'z'), to: at('p', 'lines', 'id'), how: 'identity', by: [] },
    { from: at('source', 'd', 'v'), to: at('p', 'orders_2', 'id'), how: 'identity', by: [] },
    { from: at('source', 'd', 'w'), to: at('p', '*', '*'), by: ['filter'] },
  ],
}])
const aims = aimGrants(graph, { name: 'p', dataSets: ['orders', 'orders_2', 'lines'], sharedName: (name) => (name === 'orders_2' ? 'orders' : name) }, all)

function countAfter(changed: ColumnAt): number {
  const reached = graph.reach([changed], { most: 99 })
  const own = changed.product === 'p' ? [changed] : []
  return countGrantsHit(aims, { reached, dataSets: [...reached.places.map((place) => graph.placeAt(place)), ...own].filter(({ product }) => product === 'p').map(({ name }) => name), changed: own, now: 6 })
}

describe('grants that a change hits', () => {
  it.each<[string, ColumnAt, number]>([
    ['are those on the data set, on all of the product, and on the column', source, 3],
    ['are not those on other columns of it', at('source', 'd', 'y'), 2],
    ['are not those on another data set', at('source', 'd', 'z'), 2],
    ['are those on a version of it by the name that versions share', at('source', 'd', 'v'), 3],
    ['are those on what changes itself', at('p', 'orders', 'ID'), 3],
    ['are those on what changes itself before it ever ran', at('p', 'lines', 'later'), 2],
    ['are none where nothing is hit', at('source', 'd', 'u'), 0],
  ])('%s', (_, changed, count) => {
    expect(countAfter(changed)).toBe(count)
  })

  it('are not those that ended', () => {
    expect(countGrantsHit(aims, { reached: graph.reach([source], { most: 99 }), dataSets: ['orders'], changed: [], now: 4 })).toBe(4)
  })
})
