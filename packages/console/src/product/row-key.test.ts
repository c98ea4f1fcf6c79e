// A row as the condition that names it.

import { describe, expect, it } from 'vitest'
import { rowKeys } from './row-key.ts'

const column = (name: string, primaryKey?: number) => ({ name, type: 'string', required: true, unique: false, ...(primaryKey !== undefined && { primaryKey }) })
const shown = (...names: string[]): { name: string; type: string }[] => names.map((name) => ({ name, type: 'VARCHAR' }))

describe('a row by its key', () => {
  it('names the columns of the key in their order, with values as the engine reads them', () => {
    const keyOf = rowKeys({ columns: [column('day', 2), column('iata', 1), column('n')] }, shown('n', 'day', 'iata'))
    expect(keyOf?.([7, '2001-01-02', 'ABE'])).toEqual({ where: `"iata" = 'ABE' and "day" = '2001-01-02'`, label: 'iata ABE, day 2001-01-02' })
  })

  it.each([
    ["O'Hare", `"k" = 'O''Hare'`],
    ["' or true --", `"k" = ''' or true --'`],
    [42, '"k" = 42'],
    [true, '"k" = true'],
    [1.5, '"k" = 1.5'],
    [null, undefined],
    [{ a: 1 }, undefined],
    [[1], undefined],
    [2 ** 60, undefined],
    ['x'.repeat(3_000), undefined],
    ['a\u0000b', undefined],
  ])('%j is %s', (value, where) => {
    expect(rowKeys({ columns: [column('k', 1)] }, shown('k'))?.([value])?.where).toBe(where)
  })

  it('quotes a name that would end its quotes', () => {
    expect(rowKeys({ columns: [column('a"b', 1)] }, shown('a"b'))?.(['x'])?.where).toBe(`"a""b" = 'x'`)
  })

  it('is there only where a key is, and all of it is shown', () => {
    expect(rowKeys({ columns: [column('k')] }, shown('k'))).toBeUndefined()
    expect(rowKeys({ columns: [column('k', 1), column('l', 2)] }, shown('k'))).toBeUndefined()
  })
})
