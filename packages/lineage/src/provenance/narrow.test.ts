// The rows that made a row: read alone, they make exactly that row again. For every query, every row of its result.

import { beforeAll, describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { stringify } from 'lossless-json'
import type { TreeNode } from '@tulle/sql'
import { duckdbParser } from '@tulle/sql/testing'
import type { DuckdbParser } from '@tulle/sql/testing'
import { influence, narrow } from './narrow.ts'
import type { Narrowed } from './narrow.ts'

const TABLES = { flights: ['id', 'origin', 'carrier', 'delay'], airports: ['code', 'city'], strikes: ['airport', 'month', 'n'] }
let parser: DuckdbParser
beforeAll(async () => {
  parser = await duckdbParser()
  await parser.texts('SET threads = 1')
  await parser.texts("CREATE VIEW base_flights AS SELECT i AS id, ['ZRH', 'GVA', 'FRA', NULL][1 + i % 4] AS origin, ['LX', 'LH'][1 + i % 2] AS carrier, (i * 7) % 11 AS delay FROM range(24) r(i)")
  await parser.texts("CREATE VIEW base_airports AS SELECT * FROM (VALUES ('ZRH', 'Zurich'), ('GVA', 'Geneva'), ('OSL', 'Oslo')) v(code, city)")
  await parser.texts("CREATE VIEW base_strikes AS SELECT ['ZRH', 'GVA', 'FRA'][1 + i % 3] AS airport, i % 4 AS month, i AS n FROM range(15) r(i)")
})

async function use(contents: Readonly<Record<string, string>>): Promise<void> {
  for (const table of Object.keys(TABLES)) await parser.texts(`CREATE OR REPLACE VIEW ${table} AS ${contents[table] ?? `FROM base_${table}`}`)
}

const rowsOf = async (sql: string): Promise<readonly string[]> => JSON.parse((await parser.texts(`SELECT coalesce(CAST(to_json(list(CAST(to_json(q) AS VARCHAR))) AS VARCHAR), '[]') FROM (${sql}) q`))[0] ?? '[]') as readonly string[]

async function asked(model: string, condition: string): Promise<Narrowed> {
  const [tree, probe] = [await parser.parse(model), await parser.parse(`SELECT 1 WHERE ${condition}`)]
  if (!tree.ok || !probe.ok) throw new Error('It does not parse.')
  return narrow(tree.value, ((probe.value.statements[0] as TreeNode)['node'] as TreeNode)['where_clause'] as TreeNode, { columnsOf: ({ name }) => TABLES[name as keyof typeof TABLES]?.map((one) => ({ name: one })), versionOf: () => undefined })
}

const print = async (statement: TreeNode): Promise<string> => (await parser.texts(`SELECT json_deserialize_sql(CAST('${(stringify({ error: false, statements: [statement] }) ?? '').replaceAll("'", "''")}' AS JSON))`))[0] ?? ''

/** The views are about to change. */
const onBase = (sql: string): string => sql.replaceAll(/\b(?:flights|airports|strikes)\b/gu, 'base_$&')

const literal = (value: unknown): string => (typeof value === 'number' ? String(value) : `'${String(value).replaceAll("'", "''")}'`)

/** Of each row of the result: what its inputs alone make of it. */
async function check(model: string, keys: readonly string[], most = 12): Promise<number> {
  await use({})
  const results = (await rowsOf(model)).map((text) => JSON.parse(text) as Readonly<Record<string, unknown>>).filter((one) => keys.every((key) => one[key] !== null)).slice(0, most)
  for (const result of results) {
    await use({})
    const condition = keys.map((key) => `${key} = ${literal(result[key])}`).join(' AND ')
    const narrowed = await asked(model, condition)
    if (narrowed.kind === 'whole') throw new Error(narrowed.why)
    const contents: Record<string, string> = {}
    for (const table of Object.keys(TABLES)) {
      const own = await Promise.all(narrowed.reads.filter((read) => read.table.name === table).map(async ({ statement }) => onBase(await print(statement))))
      await parser.texts(`CREATE OR REPLACE VIEW kept_${table} AS ${own.length === 0 ? `SELECT * FROM base_${table} WHERE false` : own.map((sql) => `(${sql})`).join(' UNION ')}`)
      contents[table] = `FROM kept_${table}`
    }
    const wanted = await rowsOf(`SELECT * FROM (${model}) WHERE ${condition}`)
    await use(contents)
    expect((await rowsOf(`SELECT * FROM (${model}) WHERE ${condition}`)).toSorted()).toEqual(wanted.toSorted())
  }
  return results.length
}

const MODELS: readonly (readonly [string, readonly string[]])[] = [
  ['SELECT id, origin, delay FROM flights WHERE delay > 3', ['id']],
  ['SELECT origin, count(*) AS n, sum(delay) AS total FROM flights GROUP BY origin', ['origin']],
  ['SELECT f.origin AS code, any_value(a.city) AS city, avg(f.delay) AS mean FROM flights f JOIN airports a ON a.code = f.origin GROUP BY f.origin ORDER BY code', ['code']],
  ['SELECT f.id, a.city FROM flights f LEFT JOIN airports a ON a.code = f.origin', ['id']],
  ['SELECT carrier, origin, max(delay) AS worst FROM flights GROUP BY ALL HAVING count(*) > 1', ['carrier', 'origin']],
  ['SELECT DISTINCT origin, carrier FROM flights', ['origin', 'carrier']],
  ['WITH late AS (SELECT * FROM flights WHERE delay > 2) SELECT origin, count(*) AS n FROM late GROUP BY origin', ['origin']],
  ['WITH s AS (SELECT airport, month, sum(n) AS n FROM strikes GROUP BY airport, month) SELECT f.id, coalesce(o.n, 0) AS risk FROM flights f LEFT JOIN s o ON o.airport = f.origin AND o.month = f.delay % 4', ['id']],
  ['WITH a AS (SELECT origin, delay FROM flights), b AS (SELECT origin, sum(delay) AS total FROM a GROUP BY origin) SELECT b.origin, b.total, x.city FROM b JOIN airports x ON x.code = b.origin', ['origin']],
  ['SELECT x.id, y.id AS other FROM flights x JOIN flights y ON x.origin = y.origin AND x.id < y.id', ['id', 'other']],
]

describe('the rows that made a row', () => {
  it.each(MODELS)('make it again: %s', async (model, keys) => {
    expect(await check(model, keys)).toBeGreaterThan(0)
  })

  it('make it again in queries that nobody wrote', async () => {
    const made = fc.record({ keys: fc.constantFrom('origin', 'carrier', 'origin, carrier'), value: fc.constantFrom('sum(delay)', 'count(*)', 'max(id)', 'min(delay + id)'), above: fc.nat(9), joins: fc.boolean(), within: fc.boolean() })
    await fc.assert(fc.asyncProperty(made, async ({ keys, value, above, joins, within }) => {
      const source = joins ? 'flights JOIN airports ON code = origin' : 'flights'
      const inner = `SELECT ${keys}, ${value} AS v FROM ${source} WHERE delay >= ${above} GROUP BY ${keys}`
      await check(within ? `WITH q AS (SELECT id, origin, carrier, delay FROM ${source} WHERE delay >= ${above}) SELECT ${keys}, ${value} AS v FROM q GROUP BY ${keys}` : inner, keys.split(', '), 2)
    }), { numRuns: 10 })
  }, 60_000)

  it('would be found missing', async () => {
    await use({ flights: 'SELECT * FROM base_flights WHERE id <> 8' })
    const [with8, all] = [await rowsOf("SELECT origin, count(*) AS n FROM flights GROUP BY origin HAVING origin = 'ZRH'"), await rowsOf("SELECT origin, count(*) AS n FROM base_flights GROUP BY origin HAVING origin = 'ZRH'")]
    expect(with8).not.toEqual(all)
  })

  it.each([
    ['SELECT id, row_number() OVER (ORDER BY delay) AS r FROM flights', 'id = 1', 'its windows look at other rows'],
    ['SELECT id FROM flights ORDER BY delay LIMIT 3', 'id = 1', 'it chooses rows by others'],
    ['SELECT id FROM flights WHERE delay > (SELECT avg(delay) FROM flights)', 'id = 1', 'an expression asks a query'],
    ['SELECT id FROM flights UNION SELECT n FROM strikes', 'id = 1', 'it joins several queries'],
    ['SELECT origin, count(*) AS n FROM flights GROUP BY origin', 'n = 3', '"n" is made of many rows: name columns by which the model groups'],
    ['SELECT id FROM flights', 'nope = 3', 'the result has no column "nope"'],
  ])('are not guessed: %s', async (model, condition, why) => {
    expect(await asked(model, condition)).toEqual({ kind: 'whole', why })
  })
})

describe('the rows that a row had a part in', () => {
  let moved = 0
  /** Rows of the result that are others where the row is not there are among those that are named. */
  it.each(MODELS.slice(0, 9))('hold all that are others without it: %s', async (model) => {
    await use({})
    await parser.texts(`CREATE OR REPLACE VIEW made AS ${model}`)
    for (const id of [1, 5, 8]) {
      const [tree, probe] = [await parser.parse(model), await parser.parse(`SELECT 1 WHERE id = ${id}`)]
      if (!tree.ok || !probe.ok) throw new Error('It does not parse.')
      const condition = ((probe.value.statements[0] as TreeNode)['node'] as TreeNode)['where_clause'] as TreeNode
      const found = influence(tree.value, { table: { schema: '', name: 'flights' }, condition, output: { schema: 'main', name: 'made' } }, { columnsOf: ({ name }) => TABLES[name as keyof typeof TABLES]?.map((one) => ({ name: one })), versionOf: () => undefined })
      if (found.kind === 'whole') throw new Error(found.why)
      await use({})
      const [all, said] = [await rowsOf('SELECT * FROM made'), new Set(await rowsOf(await print(found.reads[0]?.statement ?? {})))]
      await use({ flights: `SELECT * FROM base_flights WHERE id <> ${id}` })
      const without = new Set(await rowsOf('SELECT * FROM made'))
      const changed = all.filter((one) => !without.has(one) && !one.includes(':null'))
      moved += changed.length
      expect(changed.filter((one) => !said.has(one))).toEqual([])
      expect(said.size).toBeLessThan(all.length)
    }
    await use({})
  })
  it('were some', () => {
    expect(moved).toBeGreaterThan(10)
  })
})
