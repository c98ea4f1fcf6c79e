// The contract: names are quoted, values are parameters, and whatever either holds, the statement stays one SELECT on
// the one table.

import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { ALLOWED_FUNCTIONS } from './allowed-functions.ts'
import { checkStatement } from './check-statement.ts'
import { duckdbParser } from './testing.ts'
import type { DuckdbParser } from './testing.ts'
import { quoteIdentifier, quoteLiteral } from './quote.ts'
import { selectStatement } from './select-statement.ts'

let parser: DuckdbParser
beforeAll(async () => {
  parser = await duckdbParser()
})

describe('a data query', () => {
  it('prints columns, filters, order and page, with its values as parameters', () => {
    expect(selectStatement({
      schema: 'flights', table: 'flights', columns: ['origin', 'de"lay'],
      filters: [{ column: 'delay', operator: 'ge', value: 15 }, { column: 'origin', operator: 'in', values: ['ABQ', 'SFO'] }, { column: 'date', operator: 'not-null' }, { column: 'origin', operator: 'ilike', value: 'a%' }],
      order: [{ column: 'delay', descending: true }, { column: 'origin' }], limit: 10, offset: 20,
    })).toEqual({
      text: 'SELECT "origin", "de""lay" FROM "flights"."flights" WHERE "delay" >= $1 AND "origin" IN ($2, $3) AND "date" IS NOT NULL AND "origin" ILIKE $4 ORDER BY "delay" DESC, "origin" ASC LIMIT 10 OFFSET 20',
      parameters: [15, 'ABQ', 'SFO', 'a%'],
    })
  })

  it('asks for all columns where none are named, and for nothing where a list is empty', () => {
    expect(selectStatement({ schema: 'a', table: 'b', filters: [{ column: 'x', operator: 'in', values: [] }] }).text).toBe('SELECT * FROM "a"."b" WHERE false')
  })

  it.each([[NaN, 'LIMIT 0'], [-5, 'LIMIT 0'], [1.9, 'LIMIT 1'], [1e300, 'LIMIT 9007199254740991']])('makes a whole number of the limit %d', (limit, expected) => {
    expect(selectStatement({ schema: 'a', table: 'b', limit }).text).toContain(expected)
  })

  it('stays one SELECT on its table, whatever names and values hold', async () => {
    const name = fc.string({ minLength: 1, unit: 'binary' }).filter((text) => !text.includes('\0') && Buffer.from(text, 'utf8').toString('utf8') === text)
    await fc.assert(fc.asyncProperty(name, name, fc.oneof(name, fc.integer(), fc.boolean()), async (column, order, value) => {
      const { text, parameters } = selectStatement({ schema: 'flights', table: 'flights', columns: [column], filters: [{ column, operator: 'eq', value }], order: [{ column: order }] })
      expect(parameters).toEqual([value])
      const tree = await parser.parse(text)
      const checked = tree.ok ? checkStatement(tree.value, { tables: (schema, table) => schema === 'flights' && table === 'flights', functions: ALLOWED_FUNCTIONS }) : tree
      expect(checked.ok && checked.value.tables).toEqual([{ schema: 'flights', name: 'flights' }])
    }), { numRuns: 300 })
  })
})

describe('quoting', () => {
  it('gives literals back as they were', async () => {
    const text = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\0') && Buffer.from(value, 'utf8').toString('utf8') === value)
    await fc.assert(fc.asyncProperty(text, async (value) => {
      expect(await parser.texts(`SELECT ${quoteLiteral(value)}`)).toEqual([value])
    }), { numRuns: 300 })
  })

  it('leaves no way out of a name', () => {
    expect(quoteIdentifier('a"; drop table x; --')).toBe('"a""; drop table x; --"')
    expect(quoteLiteral("a'; drop table x; --")).toBe("'a''; drop table x; --'")
  })
})
