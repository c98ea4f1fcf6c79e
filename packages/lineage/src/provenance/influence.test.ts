// The rows that a row had a part in: where it is not there, all that are others without it are among those that are named.

import { beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'lossless-json'
import type { TreeNode } from '@tulle/sql'
import { duckdbParser } from '@tulle/sql/testing'
import type { DuckdbParser } from '@tulle/sql/testing'
import { influence } from './influence.ts'

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

const print = async (statement: TreeNode): Promise<string> => (await parser.texts(`SELECT json_deserialize_sql(CAST('${(stringify({ error: false, statements: [statement] }) ?? '').replaceAll("'", "''")}' AS JSON))`))[0] ?? ''

const MODELS: readonly string[] = [
  'SELECT id, origin, delay FROM flights WHERE delay > 3',
  'SELECT origin, count(*) AS n, sum(delay) AS total FROM flights GROUP BY origin',
  'SELECT f.origin AS code, any_value(a.city) AS city, avg(f.delay) AS mean FROM flights f JOIN airports a ON a.code = f.origin GROUP BY f.origin ORDER BY code',
  'SELECT f.id, a.city FROM flights f LEFT JOIN airports a ON a.code = f.origin',
  'SELECT carrier, origin, max(delay) AS worst FROM flights GROUP BY ALL HAVING count(*) > 1',
  'SELECT DISTINCT origin, carrier FROM flights',
  'WITH late AS (SELECT * FROM flights WHERE delay > 2) SELECT origin, count(*) AS n FROM late GROUP BY origin',
  'WITH s AS (SELECT airport, month, sum(n) AS n FROM strikes GROUP BY airport, month) SELECT f.id, coalesce(o.n, 0) AS risk FROM flights f LEFT JOIN s o ON o.airport = f.origin AND o.month = f.delay % 4',
  'WITH a AS (SELECT origin, delay FROM flights), b AS (SELECT origin, sum(delay) AS total FROM a GROUP BY origin) SELECT b.origin, b.total, x.city FROM b JOIN airports x ON x.code = b.origin',
  'SELECT id, origin, sum(delay) OVER (PARTITION BY origin ORDER BY id) AS running FROM flights',
  'SELECT id, delay FROM flights ORDER BY delay DESC, id LIMIT 12',
  'SELECT origin FROM flights WHERE delay > 8 UNION SELECT airport FROM strikes WHERE n > 2',
  'SELECT id, origin FROM flights WHERE delay > 1 EXCEPT SELECT id, origin FROM flights WHERE carrier IS NULL',
  'SELECT id, count(*) AS n FROM flights GROUP BY GROUPING SETS ((id), (origin, id))',
  'SELECT x.id, y.id AS other FROM flights x JOIN flights y ON x.origin = y.origin AND x.id < y.id',
]

describe('the rows that a row had a part in', () => {
  let moved = 0
  /** Rows of the result that are others where the row is not there are among those that are named. */
  it.each(MODELS.slice(0, 14))('hold all that are others without it: %s', async (model) => {
    await use({})
    await parser.texts(`CREATE OR REPLACE VIEW made AS ${model}`)
    for (const id of [1, 5, 8]) {
      const [tree, probe] = [await parser.parse(model), await parser.parse(`SELECT 1 WHERE id = ${id}`)]
      if (!tree.ok || !probe.ok) throw new Error('It does not parse.')
      const condition = ((probe.value.statements[0] as TreeNode)['node'] as TreeNode)['where_clause'] as TreeNode
      const found = influence(tree.value, { table: { schema: '', name: 'flights' }, condition, output: { schema: 'main', name: 'made' } }, { columnsOf: ({ name }) => TABLES[name as keyof typeof TABLES]?.map((one) => ({ name: one })), versionOf: () => undefined })
      if (found.kind === 'refused') throw new Error(found.why)
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
