// The rows that made a row: the model run over them alone makes it again, as often as before. For every construct, for every
// model of the sample mesh, and for models that nobody wrote (campaigns/provenance.ts has a thousand of them).

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { conditionFor, provenanceOracle } from '../testing/provenance-oracle.ts'
import type { OracleTables, ProvenanceOracle } from '../testing/provenance-oracle.ts'
import type { Narrowed } from './narrow.ts'

let oracle: ProvenanceOracle
beforeAll(async () => {
  oracle = await provenanceOracle()
})

interface Case {
  readonly of: string
  readonly sql: string
  /** Columns by which rows are asked for; all of them where there are none. */
  readonly by?: readonly string[]
  /** Rows are made by fewer rows than there are. */
  readonly narrows?: false
}

const CASES: readonly Case[] = [
  { of: 'a filter', sql: 'SELECT id, origin, delay FROM flights WHERE delay > 3', by: ['id'] },
  { of: 'groups', sql: 'SELECT origin, count(*) AS n, sum(delay) AS total FROM flights GROUP BY origin', by: ['origin'] },
  { of: 'groups, by what is made of many rows', sql: 'SELECT origin, count(*) AS n, sum(delay) AS total FROM flights GROUP BY origin', by: ['n'] },
  { of: 'all of it', sql: 'SELECT count(*) AS n, max(delay) AS worst FROM flights', narrows: false },
  { of: 'a join', sql: 'SELECT f.origin AS code, any_value(a.city) AS city, avg(f.delay) AS mean FROM flights f JOIN airports a ON a.code = f.origin GROUP BY f.origin ORDER BY code', by: ['code'] },
  { of: 'an outer join', sql: 'SELECT f.id, f.origin, a.city FROM flights f LEFT JOIN airports a ON a.code = f.origin' },
  { of: 'an outer join that is filtered', sql: "SELECT f.id, a.city FROM flights f LEFT JOIN airports a ON a.code = f.origin WHERE coalesce(a.city, 'none') <> 'Zurich'" },
  { of: 'a full join by a column of both', sql: 'SELECT airport, count(n) AS n, count(city) AS cities FROM strikes FULL JOIN (SELECT code AS airport, city FROM airports) a USING (airport) GROUP BY airport', by: ['airport'] },
  { of: 'a join with sums', sql: 'WITH s AS (SELECT airport, month, sum(n) AS n FROM strikes GROUP BY airport, month) SELECT f.id, coalesce(o.n, 0) AS risk FROM flights f LEFT JOIN s o ON o.airport = f.origin AND o.month = f.delay % 4' },
  { of: 'semi and anti joins', sql: 'SELECT id, origin FROM flights SEMI JOIN strikes ON airport = origin ANTI JOIN airports ON code = carrier' },
  { of: 'the nearest before', sql: 'SELECT f.id, s.n FROM flights f ASOF JOIN (SELECT airport, month, max(n) AS n FROM strikes GROUP BY airport, month) s ON s.airport = f.origin AND f.delay >= s.month' },
  { of: 'groups that are forced, kept and computed', sql: "SELECT carrier || '-' || origin AS line, max(delay) AS worst FROM flights GROUP BY ALL HAVING count(*) > 1", by: ['line'] },
  { of: 'grouping sets', sql: 'SELECT carrier, origin, count(*) AS n FROM flights GROUP BY GROUPING SETS ((carrier), (carrier, origin))', by: ['carrier'] },
  { of: 'distinct rows', sql: 'SELECT DISTINCT origin, carrier FROM flights' },
  { of: 'the first row of each', sql: 'SELECT DISTINCT ON (carrier) carrier, delay, id FROM flights ORDER BY carrier, delay DESC NULLS LAST, id' },
  { of: 'windows with a partition', sql: 'SELECT id, carrier, row_number() OVER (PARTITION BY carrier ORDER BY delay, id, origin, tags) AS place, lag(delay) OVER (PARTITION BY carrier ORDER BY id, delay) AS before FROM flights', by: ['id'] },
  { of: 'windows without one', sql: 'SELECT id, row_number() OVER (ORDER BY delay, id) AS place FROM flights', narrows: false },
  { of: 'windows over groups', sql: 'SELECT carrier, origin, rank() OVER (PARTITION BY carrier ORDER BY count(*), origin) AS place FROM flights GROUP BY carrier, origin' },
  { of: 'QUALIFY', sql: 'SELECT id, carrier, delay FROM flights QUALIFY row_number() OVER (PARTITION BY carrier ORDER BY delay DESC NULLS LAST, id) <= 2' },
  { of: 'a list', sql: 'SELECT id, delay FROM flights ORDER BY delay DESC NULLS LAST, id LIMIT 3' },
  { of: 'a list of groups', sql: 'SELECT origin, count(*) AS n FROM flights GROUP BY origin ORDER BY n DESC, origin LIMIT 2' },
  { of: 'a list of what stands there twice', sql: 'SELECT origin FROM flights ORDER BY origin NULLS LAST LIMIT 2' },
  { of: 'a list from a place on', sql: 'SELECT id, delay FROM flights ORDER BY delay DESC NULLS LAST, id LIMIT 3 OFFSET 2' },
  { of: 'a list within', sql: 'SELECT origin, count(*) AS n FROM (SELECT * FROM flights ORDER BY id, delay LIMIT 6) GROUP BY origin', by: ['origin'] },
  { of: 'UNION', sql: 'SELECT origin AS code FROM flights UNION SELECT code FROM airports' },
  { of: 'UNION ALL', sql: 'SELECT origin AS code, id FROM flights UNION ALL SELECT code, height FROM airports' },
  { of: 'UNION BY NAME', sql: 'SELECT origin AS code, id FROM flights UNION BY NAME SELECT city, code FROM airports' },
  { of: 'INTERSECT', sql: 'SELECT origin AS code FROM flights INTERSECT SELECT code FROM airports' },
  { of: 'EXCEPT ALL', sql: 'SELECT origin AS code FROM flights EXCEPT ALL SELECT code FROM airports' },
  { of: 'steps', sql: 'WITH a AS (SELECT origin, delay FROM flights), b AS (SELECT origin, sum(delay) AS total FROM a GROUP BY origin) SELECT b.origin, b.total, x.city FROM b JOIN airports x ON x.code = b.origin', by: ['origin'] },
  { of: 'a step that is read twice', sql: 'WITH a(place, late) AS (SELECT origin, max(delay) FROM flights GROUP BY origin) SELECT x.place, y.place AS other FROM a x JOIN a y ON x.late = y.late' },
  { of: 'a recursion', sql: "WITH RECURSIVE r AS (SELECT carrier, 0 AS depth FROM flights WHERE origin = 'GVA' UNION SELECT a.code, depth + 1 FROM r JOIN airports a ON a.height > depth AND depth < 2) SELECT * FROM r" },
  { of: 'a table with itself', sql: 'SELECT x.id, y.id AS other FROM flights x JOIN flights y ON x.origin = y.origin AND x.id < y.id' },
  { of: 'lists of values', sql: 'SELECT id, unnest(tags) AS tag FROM flights', by: ['id'] },
  { of: 'lists of values beside their row', sql: 'SELECT f.id, t.tag FROM flights f, unnest(f.tags) AS t(tag)' },
  { of: 'what is asked beside each row', sql: 'SELECT a.code, l.n FROM airports a, LATERAL (SELECT sum(s.n) AS n FROM strikes s WHERE s.airport = a.code) l' },
  { of: 'PIVOT', sql: 'PIVOT strikes ON month IN (1, 2) USING sum(n) GROUP BY airport', by: ['airport'] },
  { of: 'UNPIVOT', sql: 'UNPIVOT strikes ON month, n INTO NAME what VALUE much', by: ['airport', 'what'] },
  { of: 'IN', sql: 'SELECT id, origin FROM flights WHERE origin IN (SELECT airport FROM strikes WHERE n > 1)' },
  { of: 'NOT IN', sql: 'SELECT code FROM airports WHERE code NOT IN (SELECT origin FROM flights WHERE origin IS NOT NULL)' },
  { of: 'EXISTS', sql: 'SELECT code, city FROM airports a WHERE EXISTS (SELECT 1 FROM flights f WHERE f.origin = a.code AND f.delay > 3)' },
  { of: 'NOT EXISTS', sql: 'SELECT id FROM flights f WHERE NOT EXISTS (SELECT 1 FROM strikes s WHERE s.airport = f.origin AND s.n = f.delay)' },
  { of: 'a value of each row\'s own', sql: 'SELECT a.code, (SELECT count(*) FROM flights f WHERE f.origin = a.code) AS n FROM airports a' },
  { of: 'a value of all rows', sql: 'SELECT code FROM airports WHERE height > (SELECT avg(n) FROM strikes)' },
  { of: 'stars', sql: "SELECT * EXCLUDE (tags) REPLACE (delay + 1 AS delay), COLUMNS('^ci') FROM flights JOIN airports ON code = origin", by: ['id'] },
  { of: 'names of its own', sql: 'SELECT id AS key, delay * 2 AS twice, twice + 1 AS more FROM flights WHERE twice > 4 ORDER BY more' },
]

describe('the rows that made a row', () => {
  it.each(CASES)('make it again through $of', async ({ sql, by, narrows }) => {
    const rows = await oracle.rowsOf(sql)
    expect(rows.length).toBeGreaterThan(0)
    let fewer = 0
    for (const row of rows.slice(0, 12)) {
      const judged = await oracle.judge(sql, conditionFor(row, by ?? Object.keys(row)))
      expect(judged).not.toHaveProperty('violation')
      expect(judged).not.toHaveProperty('refused')
      if (judged.named < judged.all) fewer += 1
    }
    expect(fewer > 0).toBe(narrows ?? true)
  })

  it.each<{ readonly of: string; readonly mistake: (narrowed: Narrowed) => Narrowed }>([
    { of: 'an outer join', mistake: without('airports') },
    { of: 'EXISTS', mistake: without('flights') },
    { of: 'a value of all rows', mistake: without('strikes') },
    { of: 'steps', mistake: without('airports') },
  ])('would be missed in $of', async ({ of, mistake }) => {
    const sql = CASES.find((one) => one.of === of)?.sql ?? ''
    const violations: unknown[] = []
    for (const row of await oracle.rowsOf(sql)) violations.push((await oracle.judge(sql, conditionFor(row, Object.keys(row)), mistake)).violation)
    expect(violations.filter((one) => one !== undefined)).not.toEqual([])
  })

  it('are few: one row of a group, its own rows; one row of a list, its own', async () => {
    const counts = async (sql: string, condition: string): Promise<number> => (await oracle.judge(sql, condition)).named
    expect(await counts('SELECT origin, count(*) AS n FROM flights GROUP BY origin', "origin = 'JFK'")).toBe(3)
    expect(await counts('SELECT origin, count(*) AS n FROM flights GROUP BY origin ORDER BY n DESC, origin LIMIT 3', "origin = 'ZRH'")).toBe(4)
    expect(await counts('SELECT id, delay FROM flights ORDER BY delay DESC NULLS LAST, id LIMIT 3', 'delay = 10')).toBe(2)
    expect(await counts('SELECT f.id, a.city FROM flights f JOIN airports a ON a.code = f.origin', "id = 2 AND city = 'Zurich'")).toBe(2)
  })

  it.each([
    ['SELECT id FROM flights USING SAMPLE 3', 'id = 1', 'by-chance', 'it takes a sample of its rows'],
    ['SELECT id FROM flights WHERE random() < 0.5', 'id = 1', 'by-chance', 'it asks for random values'],
    ['SELECT id FROM flights LIMIT 3', 'id = 1', 'by-chance', 'it takes some rows without an order'],
    ['SELECT id FROM flights', 'nope = 3', 'unknown-column', 'the result has no column "nope"'],
    ['SELECT id FROM flights', 'id = (SELECT 1)', 'condition-asks-a-query', 'the condition asks a query'],
    ['SELECT * FROM elsewhere', 'id = 1', 'unknown-columns', 'nobody knows the columns of what it reads'],
    ['SELECT id, COLUMNS(*) + 1 FROM strikes', 'id = 1', 'unknown-columns', 'nobody knows what "id" is'],
    ['SELECT COLUMNS(*) + 1 FROM strikes', 'n = 1', 'unread-form', 'it chooses columns by an expression'],
  ])('are refused, not guessed: %s', async (model, condition, code, why) => {
    expect(await oracle.ask(model, condition)).toEqual({ kind: 'refused', code, why })
  })
})

/** As whoever forgets a partner would. */
function without(table: string): (narrowed: Narrowed) => Narrowed {
  return (narrowed) => (narrowed.kind === 'refused' ? narrowed : { ...narrowed, reads: narrowed.reads.filter((one) => one.table.name !== table) })
}

// The references of dbt to tables; their rows are few and made up.
const SKYLINE: OracleTables = {
  tables: {
    flights: { date: 'TIMESTAMP', origin: 'VARCHAR', destination: 'VARCHAR', delay: 'INTEGER' },
    airports: { iata: 'VARCHAR', name: 'VARCHAR', city: 'VARCHAR', state: 'VARCHAR' },
    bird_strikes: { airport_iata: 'VARCHAR', day: 'DATE' },
    faa_reports: { 'Flight Date': 'VARCHAR', 'Airport Name': 'VARCHAR', 'Aircraft Make Model': 'VARCHAR', 'Wildlife Species': 'VARCHAR', 'Speed IAS in knots': 'INTEGER', 'Cost Total $': 'INTEGER', 'Origin State': 'VARCHAR', 'Aircraft Airline Operator': 'VARCHAR', 'Phase of flight': 'VARCHAR', 'Wildlife Size': 'VARCHAR', 'Time of day': 'VARCHAR', 'Effect Amount of damage': 'VARCHAR' },
    faa_airports: { faa_name: 'VARCHAR', airport_iata: 'VARCHAR' },
  },
  rows: {
    flights: "SELECT TIMESTAMP '2001-01-01 06:00:00' + to_hours(i * 7) AS date, ['SEA', 'ABE', 'JFK'][1 + i % 3] AS origin, ['JFK', 'SEA', 'ORD', 'ABE'][1 + i % 4] AS destination, ((i * 13) % 60)::INTEGER AS delay FROM range(30) r(i)",
    airports: "SELECT * FROM (VALUES ('SEA', 'Tacoma', 'Seattle', 'WA'), ('ABE', 'Lehigh', 'Allentown', 'PA'), ('ORD', 'O''Hare', 'Chicago', 'IL')) v(iata, name, city, state)",
    bird_strikes: "SELECT ['SEA', 'JFK', 'ABE'][1 + i % 3] AS airport_iata, DATE '2000-01-01' + (i * 11)::INTEGER AS day FROM range(80) r(i)",
    faa_reports: `SELECT '1/' || i AS "Flight Date", ['TACOMA', 'LEHIGH', 'NOWHERE'][1 + i % 3] AS "Airport Name", 'B-737' AS "Aircraft Make Model", 'Gull' || i % 4 AS "Wildlife Species", i::INTEGER AS "Speed IAS in knots", 0 AS "Cost Total $", 'WA' AS "Origin State", 'ALASKA' AS "Aircraft Airline Operator", 'Climb' AS "Phase of flight", 'Small' AS "Wildlife Size", 'Day' AS "Time of day", 'None' AS "Effect Amount of damage" FROM range(12) r(i)`,
    faa_airports: "SELECT * FROM (VALUES ('TACOMA', 'SEA'), ('LEHIGH', 'ABE')) v(faa_name, airport_iata)",
  },
}
const MODELS = { punctuality: 'operations/punctuality/models/punctuality.sql', strike_risk: 'safety/strike_risk/models/strike_risk.sql', bird_strikes: 'safety/bird_strikes/models/bird_strikes.sql' }

describe('every model of the sample mesh', () => {
  it.each(Object.entries(MODELS))('%s: named rows alone make each row again', async (name, path) => {
    const text = readFileSync(join(import.meta.dirname, '../../../../examples/skyline/domains', path), 'utf8')
    const sql = text.replaceAll(/\{\{ (?:ref|source)\('(?:[^']*', ')?(?<table>[^']*)'\) \}\}/gu, '$<table>')
    const mesh = await provenanceOracle(SKYLINE)
    const rows = await mesh.rowsOf(sql)
    expect(rows.length).toBeGreaterThan(5)
    const by = { punctuality: ['airport_iata', 'day'], strike_risk: ['date', 'origin', 'destination'], bird_strikes: ['report'] }[name] ?? []
    let fewer = 0
    for (const row of rows.slice(0, 8)) {
      const judged = await mesh.judge(sql, conditionFor(row, by))
      expect(judged).not.toHaveProperty('violation')
      expect(judged).not.toHaveProperty('refused')
      if (judged.named < judged.all) fewer += 1
    }
    // Reports are numbered over all of them: to say that it is the ninth takes the others.
    expect(fewer > 0).toBe(true)
  })
})
