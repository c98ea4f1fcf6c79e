import { describe, expect, it } from 'vitest'
import { countGrantsHit } from './grants-hit.ts'

const whole = { productId: '1' }
const orders = { productId: '1', dataSet: 'orders' }
const lines = { productId: '1', dataSet: 'lines' }
const ids = { productId: '1', dataSet: 'orders', columns: ['Id'] }
const elsewhere = { productId: '2' }
const all = [whole, orders, lines, ids, elsewhere]

describe('grants that a change hits', () => {
  it.each<[string, readonly { dataSet: string; column: string }[], number]>([
    ['are those on the data set, on all of the product, and on the column', [{ dataSet: 'orders', column: 'id' }], 3],
    ['are not those on other columns of it', [{ dataSet: 'orders', column: 'amount' }], 2],
    ['are not those on another data set', [{ dataSet: 'lines', column: 'id' }], 2],
    ['are each counted once', [{ dataSet: 'orders', column: 'id' }, { dataSet: 'lines', column: 'id' }, { dataSet: 'orders', column: 'amount' }], 4],
    ['are none where nothing is hit', [], 0],
  ])('%s', (_, hit, count) => {
    expect(countGrantsHit(all, '1', hit)).toBe(count)
  })
})
