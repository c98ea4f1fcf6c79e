// The contract: a tree keeps every digit, and a text that is no SELECT is one diagnostic with its place.

import { LosslessNumber, stringify } from 'lossless-json'
import { beforeAll, describe, expect, it } from 'vitest'
import { duckdbParser } from './testing.ts'
import type { DuckdbParser } from './testing.ts'
import { parseTree } from './parse-tree.ts'
import { placeAt } from './place-at.ts'

let parser: DuckdbParser
beforeAll(async () => {
  parser = await duckdbParser()
})

describe('a tree', () => {
  it('keeps every digit of numbers that JavaScript cannot hold', async () => {
    const tree = await parser.parse('select 9223372036854775807, 100.0')
    const text = tree.ok ? (stringify(tree.value.statements) ?? '') : ''
    expect(text).toContain('"value":9223372036854775807')
    expect(text).toContain('"query_location":18446744073709551615')
    expect(tree.ok && tree.value.statements[0]?.['node']).not.toBeUndefined()
    expect(new LosslessNumber('1').value).toBe('1')
  })

  it.each([
    ['selec 1', 'sql-syntax', 'Syntax error at or near "selec".', 1, 1],
    ['select 1 +\n  from', 'sql-syntax', 'Syntax error at or near "from".', 2, 3],
    ['select 1 where', 'sql-syntax', 'Syntax error at the end of the statement.', 1, 15],
    ["select '🦆🦆', * from t where where", 'sql-syntax', 'Syntax error at or near "where".', 1, 31],
    ["select 'äö', * from t where where", 'sql-syntax', 'Syntax error at or near "where".', 1, 29],
    ['select "x', 'sql-syntax', 'Syntax error at or near ""x".', 1, 8],
    ['insert into t values (1)', 'sql-not-select', 'Only SELECT statements are allowed here.', undefined, undefined],
  ])('is not made of %s', async (sql, code, message, line, column) => {
    const { diagnostics } = await parser.parse(sql)
    expect(diagnostics.map((d) => [d.code, d.message, d.place?.line, d.place?.column])).toEqual([[code, message, line, column]])
  })

  it.each(['', 'null', '[]', '{', '"x"', '{"error":false}', `${'['.repeat(100_000)}`])('is not made of an answer that is none: %s', (json) => {
    expect(parseTree(json.slice(0, 100_000), 'select 1').ok).toBe(false)
  })

  it('has places in bytes, which people see in characters', () => {
    expect(placeAt("select 'äö',\n  'ü', x", 25)).toEqual({ file: 'statement', line: 2, column: 9, source: "  'ü', x" })
    expect(placeAt('a', 99)).toMatchObject({ line: 1, column: 2 })
  })
})
