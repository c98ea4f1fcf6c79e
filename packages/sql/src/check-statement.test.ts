// The contract: of what is not allowed nothing passes, of what analysts write nothing is refused, and each list is data.

import { beforeAll, describe, expect, it } from 'vitest'
import { ALLOWED_FUNCTIONS, ALLOWED_TABLE_FUNCTIONS } from './allowed-functions.ts'
import attacks from './cases/attacks.json' with { type: 'json' }
import legitimate from './cases/legitimate.json' with { type: 'json' }
import { checkStatement } from './check-statement.ts'
import { checkText } from './check-text.ts'
import { duckdbParser } from './testing.ts'
import type { DuckdbParser } from './testing.ts'

const GRANTED = new Set(['flights.flights', 'airports.airports', 'flights@2.flights'])

let parser: DuckdbParser
beforeAll(async () => {
  parser = await duckdbParser()
})

// As an engine process does it.
const check = async (sql: string) => {
  const text = checkText(sql)
  if (!text.ok) return text
  const tree = await parser.parse(sql)
  return tree.ok ? checkStatement(tree.value, { tables: (schema, name) => GRANTED.has(`${schema}.${name}`), functions: ALLOWED_FUNCTIONS }) : tree
}

const codesOf = async (sql: string): Promise<readonly string[]> => (await check(sql)).diagnostics.map(({ code }) => code)

describe('the gate', () => {
  it.each(attacks)('refuses a statement that $note: $sql', async ({ sql }) => {
    const result = await check(sql)
    expect(result.ok).toBe(false)
    expect(result.diagnostics).toHaveLength(1)
  })

  it.each(legitimate)('lets analysts write: %s', async (sql) => {
    expect((await check(sql)).diagnostics).toEqual([])
  })

  it('refuses every attack for its own reason: without the gate most of them parse', async () => {
    const parsed = await Promise.all(attacks.map(async ({ sql }) => (await parser.parse(sql)).ok))
    expect(parsed.filter(Boolean).length).toBeGreaterThan(200)
  })

  it('names each table once, in lower case, whatever the spelling', async () => {
    const result = await check('with x as (from Flights.FLIGHTS) select * from x join "airports".airports a on true where exists (from flights.flights)')
    expect(result.ok && result.value.tables).toEqual([{ schema: 'flights', name: 'flights' }, { schema: 'airports', name: 'airports' }])
  })

  it('says where and what', async () => {
    expect((await check('select *\nfrom flights.flights, secret.t')).diagnostics).toEqual([{
      code: 'sql-unknown-table', severity: 'error', message: 'There is no table "secret.t" that you may read.',
      help: 'Write product.data_set; the catalogue lists the products, and a grant lets you read one.',
      place: { file: 'statement', line: 2, column: 23, source: 'from flights.flights, secret.t' },
    }])
    expect((await check("select 'ä', lenght(origin) from flights.flights")).diagnostics).toMatchObject([{
      code: 'sql-function-not-allowed', message: 'The function "lenght" is not allowed here. Did you mean "length"?', place: { line: 1, column: 13 },
    }])
    expect((await check('select a.upper() from flights.flights')).diagnostics).toMatchObject([{
      message: '"a.upper(…)" names a function in a schema, which is not allowed.', help: 'Write upper(a, …) where a is a column.',
    }])
  })

  it.each([
    ['an over-long statement', `select '${'x'.repeat(70_000)}'`, 'sql-too-long'],
    ['nested parentheses of operators', `select ${'-('.repeat(150)}a${')'.repeat(150)}`, 'sql-too-complex'],
    ['nested subqueries', `select ${'(select '.repeat(60)}1${')'.repeat(60)}`, 'sql-too-complex'],
    ['nested lists', `select ${'['.repeat(150)}1${']'.repeat(150)}`, 'sql-too-complex'],
    ['nested negations beyond what the parser takes', `select ${'not '.repeat(3000)}true`, 'sql-too-complex'],
    ['a name of thousands of parts', `select a${'.b'.repeat(20_000)}`, 'sql-too-complex'],
    ['tens of thousands of values', `select ${Array.from({ length: 21_000 }, () => '1').join(',')}`, 'sql-too-complex'],
    ['a chain of arrows that takes the binder minutes', `select a${"->'b'".repeat(28)} from flights.flights`, 'sql-too-complex'],
    ['U+0000', "select 'a\0b'", 'sql-not-allowed'],
  ])('refuses %s', async (_, sql, code) => {
    expect(await codesOf(sql)).toEqual([code])
  })

  it('walks a hostile statement of 64 KB in well under a second', async () => {
    const sql = `select ${'[[[[1]]]],'.repeat(6000)}1`
    const begun = performance.now()
    await check(sql)
    expect(performance.now() - begun).toBeLessThan(3000)
  })

  it('refuses a member of the tree that it does not know', async () => {
    const tree = await parser.parse('select 1')
    if (!tree.ok) throw new Error('does not parse')
    const statement = tree.value.statements[0] as Record<string, unknown>
    const node = statement['node'] as Record<string, unknown>
    const widened = { ...tree.value, statements: [{ ...statement, node: { ...node, new_clause: null } }] } as typeof tree.value
    const result = checkStatement(widened, { tables: () => true, functions: ALLOWED_FUNCTIONS })
    expect(result.diagnostics.map(({ message }) => message)).toEqual(['This form of query with "new_clause" is not allowed here.'])
  })
})

describe('the census of functions', () => {
  it('every allowed function is there in this version of the engine', async () => {
    const known = new Set((await parser.texts('SELECT DISTINCT lower(function_name) FROM duckdb_functions()')))
    // Written by the parser: count(*) and window functions have their own nodes.
    expect([...ALLOWED_FUNCTIONS, ...ALLOWED_TABLE_FUNCTIONS].filter((name) => !known.has(name)).toSorted()).toEqual([])
  })

  it('every function of the engine is either allowed or refused, and the refused ones are these', async () => {
    const names = await parser.texts(`SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE function_type <> 'pragma' ORDER BY 1`)
    const call = async (name: string): Promise<boolean> => {
      const quoted = `"${name.replaceAll('"', '""')}"`
      const codes = await codesOf(`select ${quoted}(1) from flights.flights`)
      return codes.includes('sql-function-not-allowed')
    }
    const refused: string[] = []
    for (const name of names) if (await call(name)) refused.push(name)
    expect(refused.filter((name) => ALLOWED_FUNCTIONS.has(name))).toEqual([])
    expect(names.filter((name) => !ALLOWED_FUNCTIONS.has(name) && !refused.includes(name))).toEqual([])
    await expect(`${refused.filter((name) => !/^(?:icu_collate_|__internal_)/u.test(name)).join('\n')}\n`).toMatchFileSnapshot('./cases/refused-functions.txt')
  })

  it.each(['stats', 'vector_type', 'query', 'query_table', 'json_execute_serialized_sql', 'read_csv', 'getvariable', 'current_setting', 'nextval', 'write_log', 'sleep_ms', 'error', 'sql_auto_complete', 'duckdb_tables', 'pg_sleep'])('never allows %s', (name) => {
    expect(ALLOWED_FUNCTIONS.has(name)).toBe(false)
  })
})
