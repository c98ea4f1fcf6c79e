// What is kept in step is what the whole statement gives: for each class of statement, for models that nobody wrote, over histories
// of rows that come, go and change on every side.

import { beforeAll, describe, expect, it } from 'vitest'
import { changesOracle } from '../testing/changes-oracle.ts'
import type { ChangesOracle } from '../testing/changes-oracle.ts'
import { randomModel } from '../testing/random-models.ts'
import type { Random } from '../testing/random-models.ts'

/** More find rarer ones. */
const MODELS = Number(process.env['TULLE_MODELS'] ?? 60)

const randomOf = (seed: number): Random => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

let oracle: ChangesOracle
let keyed: ChangesOracle
beforeAll(async () => {
  oracle = await changesOracle()
  keyed = await changesOracle({ keyed: true })
})

const CLASSES: Readonly<Record<string, string>> = {
  'a filter and a projection': 'SELECT id, upper(origin) AS origin, delay + 1 AS late FROM flights WHERE delay > 3',
  'stars': 'SELECT * EXCLUDE (tags) FROM flights WHERE origin IS NOT NULL',
  'groups': 'SELECT origin, count(*) AS n, sum(delay) AS total, max(delay) AS worst FROM flights GROUP BY origin',
  'groups that are filtered': 'SELECT origin, carrier, count(*) AS n FROM flights WHERE delay < 9 GROUP BY ALL HAVING count(*) > 1',
  'one row of all': 'SELECT count(*) AS n, max(delay) AS worst FROM flights',
  'tumbling windows of time': "SELECT time_bucket(INTERVAL '3 days', DATE '2026-01-01' + delay) AS day, count(*) AS n FROM flights WHERE delay IS NOT NULL GROUP BY 1",
  'hopping windows of time': "WITH hops AS (SELECT id, unnest(range(coalesce(delay, 0) // 2, coalesce(delay, 0) // 2 + 3)) AS hop FROM flights) SELECT hop, count(*) AS n FROM hops GROUP BY hop",
  'a join': 'SELECT f.id, f.carrier, a.city FROM flights f JOIN airports a ON a.code = f.origin',
  'a join of one side that may be missing': 'SELECT f.id, f.delay, a.city FROM flights f LEFT JOIN airports a ON a.code = f.origin WHERE f.delay > 1',
  'joins, one after the other': 'SELECT f.id, a.city, s.n FROM flights f LEFT JOIN airports a ON a.code = f.origin LEFT JOIN strikes s ON s.airport = a.code AND s.month = f.id % 4',
  'groups over a join': 'SELECT coalesce(a.city, f.origin) AS place, sum(f.delay) AS total, count(DISTINCT f.carrier) AS carriers FROM flights f LEFT JOIN airports a ON a.code = f.origin GROUP BY 1',
  'a join with groups': 'WITH s AS (SELECT airport, sum(n) AS n FROM strikes GROUP BY airport) SELECT f.id, s.n FROM flights f LEFT JOIN s ON s.airport = f.origin',
  'groups of groups': 'WITH a AS (SELECT origin, carrier, count(*) AS n FROM flights GROUP BY ALL) SELECT n, count(*) AS groups FROM a GROUP BY n',
  'semi and anti joins': 'SELECT id, origin FROM flights SEMI JOIN strikes ON airport = origin ANTI JOIN airports ON code = carrier',
  'a table with itself': 'SELECT x.id, y.id AS other FROM flights x JOIN flights y ON x.origin = y.origin AND x.id < y.id',
  'USING': 'SELECT airport, n, city FROM strikes JOIN (SELECT code AS airport, city FROM airports) a USING (airport)',
  'a table beside another, and a condition': 'SELECT f.id, s.month FROM flights f, strikes s WHERE s.airport = f.origin',
  'UNION ALL': 'SELECT origin AS code, id FROM flights UNION ALL SELECT code, height FROM airports WHERE height > 1',
  'UNION ALL BY NAME': 'SELECT origin AS code, id FROM flights UNION ALL BY NAME SELECT code, city FROM airports',
  'distinct rows': 'SELECT DISTINCT origin, carrier FROM flights',
  'the first of each': 'SELECT id, carrier, delay FROM flights QUALIFY rank() OVER (PARTITION BY carrier ORDER BY delay DESC NULLS LAST, id) <= 2',
  'windows within a partition': 'SELECT id, carrier, sum(delay) OVER (PARTITION BY carrier) AS all_of_it FROM flights',
  'values of a list': 'SELECT f.id, t.tag FROM flights f, unnest(f.tags) AS t(tag)',
  'a step that is read twice': 'WITH a(place, late) AS (SELECT origin, max(delay) FROM flights GROUP BY origin) SELECT x.place, y.place AS other FROM a x JOIN a y ON x.late = y.late',
}

describe('rows that change with what is read', () => {
  it.each([1, 2])('are those of the whole statement, for each class of statement, in history %d', async (history) => {
    const one = history % 2 === 0 ? keyed : oracle
    await one.change(randomOf(history))
    const wrong: unknown[] = []
    for (const [of, sql] of Object.entries(CLASSES)) {
      const { violation, refused } = await one.judge(sql)
      if (violation !== undefined || refused !== undefined) wrong.push({ of, violation, refused })
    }
    expect(wrong).toEqual([])
  }, 60_000)

  it.each([
    ['groups by a column of a table', 'SELECT origin, count(*) AS n FROM flights GROUP BY origin', 1],
    ['groups by a column and one of a joined table', 'SELECT f.carrier, a.city, count(*) AS n FROM flights f LEFT JOIN airports a ON a.code = f.origin GROUP BY ALL', 2],
    ['windows within a column', 'SELECT id, rank() OVER (PARTITION BY carrier ORDER BY delay, id) AS r FROM flights', 1],
    ['groups of groups, of which the lower ones are read from a table', 'WITH a AS (SELECT origin, carrier, count(*) AS n FROM flights GROUP BY ALL) SELECT n, count(*) AS groups FROM a GROUP BY n', 1],
    ['rows beside those of another table', 'SELECT f.id, f.delay, a.city FROM flights f LEFT JOIN airports a ON a.code = f.origin AND a.height > 1', 1],
    ['groups by what is computed in ways that tell of no column', 'SELECT delay % 3 AS third, count(*) AS n FROM flights GROUP BY 1', 0],
  ])('are looked for where the changed ones can be: %s', async (_what, sql, times) => {
    const [one, random] = [await changesOracle(), randomOf(11)]
    let [noticed, most] = [0, 0]
    for (let step = 0; step < 6; step += 1) {
      await one.change(random)
      const judged = await one.judge(sql)
      expect(judged.violation).toBeUndefined()
      // Where both sides of a join changed, any row may be touched.
      most = Math.max(most, judged.narrowed ?? 0)
      // Control: a part that is too small is noticed.
      if ((await one.judge(sql, undefined, 'too far')).violation !== undefined) noticed += 1
    }
    expect({ most, noticed: noticed > 0 }).toEqual({ most: times, noticed: times > 0 })
  }, 60_000)

  it(`are those of the whole statement, of ${MODELS} models that nobody wrote, or these are refused`, async () => {
    const random = randomOf(7)
    let [kept, refused] = [0, 0]
    for (let i = 0; i < MODELS; i += 1) {
      if (i % 5 === 0) await oracle.change(random)
      const judged = await oracle.judge(randomModel(random))
      expect(judged.violation).toBeUndefined()
      if (judged.refused === undefined) kept += 1
      else refused += 1
    }
    expect(kept).toBeGreaterThan(MODELS / 20)
    expect(refused).toBeGreaterThan(0)
  }, 120_000 + 400 * MODELS)

  it.each([
    ['rows before the change are forgotten', (_table: string, version: string) => (version === 'gone' ? 'come' : version)],
    ['one side of a join is taken not to change', (table: string, version: string) => (table === 'airports' && (version === 'come' || version === 'gone') ? 'none' : version)],
    ['the old tables are read for the new ones', (_table: string, version: string) => (version === 'is' ? 'was' : version)],
  ] as const)('control: it is noticed where %s', async (_what, spoil) => {
    const spoilt = await changesOracle()
    const random = randomOf(3)
    let noticed = 0
    for (let step = 0; step < 4; step += 1) {
      await spoilt.change(random)
      for (const sql of [CLASSES['groups over a join'] ?? '', CLASSES['a join'] ?? '']) {
        const judged = await spoilt.judge(sql, spoil as never)
        if (judged.violation !== undefined) noticed += 1
      }
    }
    expect(noticed).toBeGreaterThan(0)
  })
})

const REFUSED: readonly (readonly [sql: string, clause: string])[] = [
  ['SELECT id FROM flights LIMIT 3', 'LIMIT'],
  ['SELECT id, now() AS at FROM flights', 'now'],
  ['SELECT id FROM flights WHERE delay > extract(day FROM current_date)', 'current_date'],
  ['SELECT id, random() AS r FROM flights', 'random()'],
  ['SELECT origin, any_value(carrier) AS c FROM flights GROUP BY origin', 'any_value() without an order'],
  ['SELECT id FROM flights WHERE origin IN (SELECT code FROM airports)', 'a query within an expression (IN, EXISTS or a single value)'],
  ['SELECT origin FROM flights UNION SELECT code FROM airports', 'UNION without ALL, INTERSECT or EXCEPT'],
  ['SELECT id, row_number() OVER (ORDER BY id) AS n FROM flights', 'a window function without PARTITION BY, or several that share no part of it'],
  ['SELECT f.id, a.city FROM airports a RIGHT JOIN flights f ON a.code = f.origin', 'a RIGHT JOIN'],
  ['SELECT f.id, a.city FROM airports a FULL JOIN flights f ON a.code = f.origin', 'a FULL JOIN'],
  ['SELECT carrier, origin, count(*) AS n FROM flights GROUP BY ROLLUP (carrier, origin)', 'GROUPING SETS, ROLLUP or CUBE'],
  ['SELECT DISTINCT ON (carrier) carrier, id FROM flights ORDER BY carrier, id', 'DISTINCT ON'],
  ['SELECT a.code, l.n FROM airports a, LATERAL (SELECT sum(s.n) AS n FROM strikes s WHERE s.airport = a.code) l', 'a LATERAL query'],
  ['PIVOT strikes ON month IN (1, 2) USING sum(n) GROUP BY airport', 'PIVOT or UNPIVOT'],
  ['SELECT id FROM flights TABLESAMPLE 3 ROWS', 'it takes a sample of its rows'],
  ["WITH RECURSIVE r AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM r WHERE x < 3) SELECT * FROM r", 'a recursive WITH query'],
]

describe('a statement that cannot be kept in step', () => {
  it.each(REFUSED)('is refused: %s', async (sql, clause) => {
    expect((await oracle.judge(sql)).refused).toBe(clause)
  })
})
