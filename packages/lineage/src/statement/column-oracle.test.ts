// The oracle that needs no list of answers: the values of one source column are changed, and the columns of the result that
// change must be among those that the lineage claims. What is claimed and never seen to move is counted, so that claiming
// everything would not do.

import { beforeAll, describe, expect, it } from 'vitest'
import { duckdbParser } from '@tulle/sql/testing'
import type { DuckdbParser } from '@tulle/sql/testing'
import queries from '../cases/analytical-queries.json' with { type: 'json' }
import type { StatementLineage } from '../types.ts'
import { lineageOf } from './read-statement.ts'

type Type = 'INTEGER' | 'VARCHAR' | 'DATE' | 'DOUBLE' | 'VARCHAR[]' | 'STRUCT(model VARCHAR, seats INTEGER)'
const TABLES: Readonly<Record<string, Readonly<Record<string, Type>>>> = {
  flights: { id: 'INTEGER', origin: 'VARCHAR', destination: 'VARCHAR', day: 'DATE', delay: 'INTEGER', carrier: 'VARCHAR', distance: 'DOUBLE', tags: 'VARCHAR[]', info: 'STRUCT(model VARCHAR, seats INTEGER)' },
  airports: { code: 'VARCHAR', city: 'VARCHAR', country: 'VARCHAR', lat: 'DOUBLE' },
  carriers: { code: 'VARCHAR', name: 'VARCHAR', since: 'INTEGER' },
  events: { id: 'INTEGER', kind: 'VARCHAR', value: 'INTEGER' },
}
const ROWS: Readonly<Record<string, string>> = {
  flights: `(1,'ZRH','GVA',DATE '2026-01-01',3,'LX',230.5,['a','ZRH'],{'model':'A320','seats':180}),(2,'GVA','ZRH',DATE '2026-01-01',17,'LX',230.5,['b'],{'model':'A220','seats':125}),
    (3,'ZRH','FRA',DATE '2026-01-02',8,'LH',285,['LH','c'],{'model':'A321','seats':200}),(4,'FRA','JFK',DATE '2026-01-02',42,'LH',6200,[],{'model':'B747','seats':364}),
    (5,'JFK','ZRH',DATE '2026-01-03',0,'LX',6320,['d','e'],{'model':'A330','seats':236}),(6,'ZRH','LX',DATE '2026-01-03',12,'ZZ',400,NULL,{'model':'A320','seats':90}),
    (7,'GVA','FRA',DATE '2026-02-03',NULL,'LH',460,['a'],NULL),(8,'ZRH','ZRH',DATE '2026-02-04',11,'LX',0,['q'],{'model':'A320','seats':180})`,
  airports: `('ZRH','Zurich','CH',47.4),('GVA','Geneva','CH',46.2),('FRA','Frankfurt','DE',50.0),('LX','Nowhere','ZZ',0.5)`,
  carriers: `('LX','Swiss',2002),('LH','Lufthansa',1953),('ZRH','Odd',1980)`,
  events: `(1,'a',3),(2,'b',9),(3,'a',5),(4,'b',20),(6,'c',2)`,
}
/** Ways to change all values of a column: by one, one for another, none. */
const CHANGES: Readonly<Record<string, readonly ((column: string) => string)[]>> = {
  INTEGER: [(c) => `${c} + 1`, (c) => `CASE WHEN ${c} % 2 = 0 THEN ${c} * 10 ELSE -${c} END`, () => 'CAST(4 AS INTEGER)', () => 'CAST(NULL AS INTEGER)'],
  DOUBLE: [(c) => `${c} * 1.5 + 1`, (c) => `350 - ${c}`, () => 'CAST(NULL AS DOUBLE)'],
  VARCHAR: [(c) => `${c} || 'x'`, (c) => `CASE ${c} WHEN 'ZRH' THEN 'GVA' WHEN 'GVA' THEN 'FRA' WHEN 'LX' THEN 'LH' WHEN 'LH' THEN 'LX' WHEN 'a' THEN 'b' ELSE 'ZRH' END`, () => `'LX'`, () => 'CAST(NULL AS VARCHAR)'],
  DATE: [(c) => `${c} + 40`, () => `DATE '2026-01-02'`],
  'VARCHAR[]': [(c) => `list_append(${c}, 'new')`, () => `['a']`, () => `CAST([] AS VARCHAR[])`],
  'STRUCT(model VARCHAR, seats INTEGER)': [() => `{'model': 'A320', 'seats': 1}`, (c) => `{'model': ${c}.model || '+', 'seats': ${c}.seats * 2}`],
}

let parser: DuckdbParser
beforeAll(async () => {
  parser = await duckdbParser()
  await parser.texts('SET threads = 1')
  for (const [table, columns] of Object.entries(TABLES)) {
    await parser.texts(`CREATE TABLE base_${table} (${Object.entries(columns).map(([name, type]) => `${name} ${type}`).join(', ')})`)
    await parser.texts(`INSERT INTO base_${table} VALUES ${ROWS[table] ?? ''}`)
    await parser.texts(`CREATE VIEW ${table} AS FROM base_${table}`)
  }
})

/** The values of each column of a result, whatever the order of the rows; undefined where the statement fails. */
async function valuesOf(sql: string, names: readonly string[]): Promise<readonly string[] | undefined> {
  try {
    const [text] = await parser.texts(`SELECT coalesce(CAST(to_json(list(q)) AS VARCHAR), '[]') FROM (${sql}) q`)
    const rows = JSON.parse(text ?? '[]') as readonly Readonly<Record<string, unknown>>[] | null
    return names.map((name) => JSON.stringify((rows ?? []).map((row) => JSON.stringify(row[name])).toSorted()))
  } catch {
    return undefined
  }
}

const namesOf = async (sql: string): Promise<readonly string[]> => parser.texts(`SELECT column_name FROM (DESCRIBE FROM (${sql}))`)

async function read(sql: string): Promise<StatementLineage> {
  const tree = await parser.parse(sql)
  if (!tree.ok) throw new Error(`${sql}: ${JSON.stringify(tree.diagnostics)}`)
  return lineageOf(tree.value, { columnsOf: ({ name }) => (Object.hasOwn(TABLES, name) ? Object.entries(TABLES[name] ?? {}).map(([column, type]) => ({ name: column, type })) : undefined), outputs: await namesOf(sql) })
}

/** `table.column` of everything that may move an output. */
const claimsOf = ({ columns, rows }: StatementLineage): readonly ReadonlySet<string>[] =>
  columns.map(({ direct, indirect }) => new Set([...direct, ...indirect, ...rows].map(({ name, column }) => `${name}.${column}`)))

interface Moved { readonly output: string; readonly source: string }

/** What was seen to move, and how many runs of the statement that took. */
async function movesOf(sql: string, tables: readonly string[]): Promise<{ readonly moves: readonly Moved[]; readonly tried: number }> {
  const names = await namesOf(sql)
  const before = await valuesOf(sql, names)
  if (before === undefined) throw new Error(`The statement itself fails: ${sql}`)
  const moves = new Map<string, Moved>()
  let tried = 0
  for (const table of tables) {
    for (const [column, type] of Object.entries(TABLES[table] ?? {})) {
      // A column that the statement does not name needs less to be found out.
      for (const change of (CHANGES[type] ?? []).slice(0, sql.includes(column) ? undefined : 1)) {
        await parser.texts(`CREATE OR REPLACE VIEW ${table} AS SELECT * REPLACE (${change(column)} AS ${column}) FROM base_${table}`)
        const after = await valuesOf(sql, names)
        if (after !== undefined) tried += 1
        for (const [i, output] of names.entries()) if (after !== undefined && after[i] !== before[i]) moves.set(`${output}|${table}.${column}`, { output, source: `${table}.${column}` })
      }
    }
    await parser.texts(`CREATE OR REPLACE VIEW ${table} AS FROM base_${table}`)
  }
  return { moves: [...moves.values()], tried }
}

const unclaimed = (moves: readonly Moved[], names: readonly string[], claims: readonly ReadonlySet<string>[]): readonly string[] =>
  moves.filter(({ output, source }) => claims[names.indexOf(output)]?.has(source) !== true).map(({ output, source }) => `${source} moves ${output}`)

describe('column lineage claims every column that is seen to move', () => {
  let tried = 0
  const direct = { claimed: 0, seen: 0 }
  it.each(queries)('%s', async (sql) => {
    const lineage = await read(sql)
    expect(lineage.guesses).toEqual([])
    const { moves, tried: runs } = await movesOf(sql, lineage.tables.map(({ name }) => name))
    tried += runs
    expect(unclaimed(moves, lineage.columns.map(({ name }) => name), claimsOf(lineage))).toEqual([])
    const seen = new Set(moves.map(({ output, source }) => `${output}|${source}`))
    for (const { name, direct: sources } of lineage.columns) {
      direct.claimed += sources.length
      direct.seen += sources.filter((source) => seen.has(`${name}|${source.name}.${source.column}`)).length
    }
  })

  it('was asked of more than a hundred statements, and of thousands of changed tables', () => {
    expect(queries.length).toBeGreaterThan(100)
    expect(tried).toBeGreaterThan(2_000)
  })

  it('claims little directly that does not move', () => {
    expect(direct.seen / direct.claimed).toBeGreaterThan(0.95)
  })
})

describe('the oracle would see a mistake', () => {
  it.each([
    { mistake: 'a column of a filter', sql: 'select id from flights where delay > 10', source: 'flights.delay', seen: ['flights.delay moves id'] },
    { mistake: 'the order of a window', sql: 'select id, row_number() over (order by delay, id) as rank, lag(origin) over (order by distance, id) as o from flights', source: 'flights.distance', seen: ['flights.distance moves o'] },
    { mistake: 'a value', sql: 'select origin, max(delay) as m from flights group by origin', source: 'flights.delay', seen: ['flights.delay moves m'] },
  ])('without $mistake', async ({ sql, source, seen }) => {
    const lineage = await read(sql)
    const { moves } = await movesOf(sql, lineage.tables.map(({ name }) => name))
    const names = lineage.columns.map(({ name }) => name)
    expect(unclaimed(moves, names, claimsOf(lineage))).toEqual([])
    const mistaken = claimsOf(lineage).map((claims) => new Set([...claims].filter((one) => one !== source)))
    expect(unclaimed(moves, names, mistaken)).toEqual(seen)
  })
})
