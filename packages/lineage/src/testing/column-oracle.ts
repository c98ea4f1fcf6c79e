// The oracle of column lineage: values of one source column are changed, and the columns of the result that change are seen. Told
// apart are those whose value holds the changed one (it flows) and those that only became other ones (it flows, or decides).

import { duckdbParser } from '@tulle/sql/testing'
import type { DuckdbParser } from '@tulle/sql/testing'
import type { StatementLineage } from '../types.ts'
import { lineageOf } from '../statement/read-statement.ts'

type Type = 'INTEGER' | 'VARCHAR' | 'DATE' | 'DOUBLE' | 'VARCHAR[]' | 'STRUCT(model VARCHAR, seats INTEGER)'
export const ORACLE_TABLES: Readonly<Record<string, Readonly<Record<string, Type>>>> = {
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

/** A change whose trace stays in what is computed of the value. */
const MARKS: Readonly<Record<string, (column: string) => string>> = {
  INTEGER: (c) => `${c} + 1000000`, DOUBLE: (c) => `${c} + 10000000`, VARCHAR: (c) => `'\u2042' || ${c} || '\u2042'`, DATE: (c) => `${c} + 400000`, 'VARCHAR[]': (c) => `list_append(${c}, '\u2042')`,
  'STRUCT(model VARCHAR, seats INTEGER)': (c) => `{'model': '\u2042' || ${c}.model, 'seats': ${c}.seats + 1000000}`,
}
const MARK = /\u2042|\d{6,}|[34]\d{3}-\d\d/u

/** A column of a result, and one of a table, as `table.column`. */
export interface Moved { readonly output: string; readonly source: string }

export interface ColumnOracle {
  readonly parser: DuckdbParser
  namesOf(sql: string): Promise<readonly string[]>
  read(sql: string): Promise<StatementLineage>
  /** What was seen to move, and how many runs of the statement that took. */
  movesOf(sql: string, tables: readonly string[]): Promise<{ readonly moves: readonly Moved[]; readonly tried: number }>
  /** What was seen to flow: a mark of the source stands in the output. There may be more. */
  flowsOf(sql: string, tables: readonly string[]): Promise<readonly Moved[]>
}

export async function columnOracle(): Promise<ColumnOracle> {
  const parser = await duckdbParser()
  await parser.texts('SET threads = 1')
  for (const [table, columns] of Object.entries(ORACLE_TABLES)) {
    await parser.texts(`CREATE TABLE base_${table} (${Object.entries(columns).map(([name, type]) => `${name} ${type}`).join(', ')})`)
    await parser.texts(`INSERT INTO base_${table} VALUES ${ROWS[table] ?? ''}`)
    await parser.texts(`CREATE VIEW ${table} AS FROM base_${table}`)
  }

  /** The values of each column of a result, whatever the order of the rows; undefined where the statement fails. */
  const valuesOf = async (sql: string, names: readonly string[]): Promise<readonly string[] | undefined> => {
    try {
      const [text] = await parser.texts(`SELECT coalesce(CAST(to_json(list(q)) AS VARCHAR), '[]') FROM (${sql}) q`)
      const rows = JSON.parse(text ?? '[]') as readonly Readonly<Record<string, unknown>>[] | null
      return names.map((name) => JSON.stringify((rows ?? []).map((row) => JSON.stringify(row[name])).toSorted()))
    } catch {
      return undefined
    }
  }

  const namesOf = async (sql: string): Promise<readonly string[]> => parser.texts(`SELECT column_name FROM (DESCRIBE FROM (${sql}))`)

  const read = async (sql: string): Promise<StatementLineage> => {
    const tree = await parser.parse(sql)
    if (!tree.ok) throw new Error(`${sql}: ${JSON.stringify(tree.diagnostics)}`)
    return lineageOf(tree.value, { columnsOf: ({ name }) => (Object.hasOwn(ORACLE_TABLES, name) ? Object.entries(ORACLE_TABLES[name] ?? {}).map(([column, type]) => ({ name: column, type })) : undefined), outputs: await namesOf(sql) })
  }

  const movesOf: ColumnOracle['movesOf'] = async (sql, tables) => {
    const names = await namesOf(sql)
    const before = await valuesOf(sql, names)
    if (before === undefined) throw new Error(`The statement itself fails: ${sql}`)
    const moves = new Map<string, Moved>()
    let tried = 0
    for (const table of tables) {
      for (const [column, type] of Object.entries(ORACLE_TABLES[table] ?? {})) {
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

  const flowsOf: ColumnOracle['flowsOf'] = async (sql, tables) => {
    const names = await namesOf(sql)
    const before = await valuesOf(sql, names)
    const found: Moved[] = []
    for (const table of tables) {
      for (const [column, type] of Object.entries(ORACLE_TABLES[table] ?? {})) {
        if (!sql.includes(column) && !sql.includes('*')) continue
        await parser.texts(`CREATE OR REPLACE VIEW ${table} AS SELECT * REPLACE (${MARKS[type]?.(column) ?? column} AS ${column}) FROM base_${table}`)
        const after = await valuesOf(sql, names)
        for (const [i, output] of names.entries()) if (MARK.test(after?.[i] ?? '') && !MARK.test(before?.[i] ?? '')) found.push({ output, source: `${table}.${column}` })
      }
      await parser.texts(`CREATE OR REPLACE VIEW ${table} AS FROM base_${table}`)
    }
    return found
  }
  return { parser, namesOf, read, movesOf, flowsOf }
}
