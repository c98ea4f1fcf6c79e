// What is said to Trino means what the engine means, row by row; what cannot be said is not said.

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TriedSql } from '../testing/try-in-engine.ts'
import { inEngineWords, tryInEngine } from '../testing/try-in-engine.ts'
import { translateCondition, translateMask } from './translate.ts'

const COLUMNS = [
  { name: 'word', type: 'string' }, { name: 'other', type: 'string' }, { name: 'id', type: 'long' }, { name: 'small', type: 'int' }, { name: 'paid', type: 'decimal(9, 2)' }, { name: 'ratio', type: 'double' },
  { name: 'day', type: 'date' }, { name: 'at', type: 'timestamp' }, { name: 'is_on', type: 'boolean' }, { name: 'tag', type: 'uuid' }, { name: 'parts' },
] as const

let engine: TriedSql
beforeAll(async () => { engine = await tryInEngine() })
afterAll(() => engine.close())

describe('a condition', () => {
  it.each([
    [`"word" <> 'customer'`, `("word" <> 'customer')`],
    [`("id" > 3 AND NOT ("word" = 'a''b' OR "is_on"))`, `(("id" > 3) AND (NOT (("word" = 'a''b') OR "is_on")))`],
    [`"WORD" in ('a', 'b')`, `("word" IN ('a', 'b'))`],
    [`"id" NOT BETWEEN 1 AND 5`, `(NOT (("id" >= 1) AND ("id" <= 5)))`],
    [`"word" ILIKE 'A%'`, `(lower("word") LIKE lower('A%'))`],
    [`"word" not like 'a!%%' escape '!'`, `("word" NOT LIKE 'a!%%' ESCAPE '!')`],
    [`"day" >= '2024-02-29'`, `("day" >= DATE '2024-02-29')`],
    [`"at" < '2024-02-29 10:00:00'`, `("at" < TIMESTAMP '2024-02-29 10:00:00')`],
    [`"day" = date '2024-01-01'`, `("day" = DATE '2024-01-01')`],
    [`"tag" = '00000000-0000-4000-8000-000000000001'`, `("tag" = UUID '00000000-0000-4000-8000-000000000001')`],
    [`"id" / 2 > 1`, `(((CAST("id" AS DOUBLE) / CAST(2 AS DOUBLE)) > 1) OR is_nan(CAST((CAST("id" AS DOUBLE) / CAST(2 AS DOUBLE)) AS DOUBLE)))`],
    [`"ratio" < 0.5`, `("ratio" < 0.5)`],
    [`list_contains(['a', 'b'], "word")`, `contains(ARRAY['a', 'b'], "word")`],
    [`regexp_matches("word", '^')`, undefined],
    [`regexp_matches("word", '\\d{3}[a-c]')`, `regexp_like("word", '[0-9]{3}[a-c]')`],
    [`extract(year from "day") = 2024`, `(year("day") = 2024)`],
    [`"other" is not distinct from "word"`, `("other" IS NOT DISTINCT FROM "word")`],
    [`"parts" is not null`, `("parts" IS NOT NULL)`],
    [`"small"::varchar = '5'`, `(CAST("small" AS VARCHAR) = '5')`],
  ] as const)('%s', (sql, trino) => {
    const said = translateCondition(sql, COLUMNS)
    expect('sql' in said ? said.sql : undefined).toBe(trino)
  })

  it.each([
    ['a query', `"id" IN (SELECT "id" FROM "t")`], ['another column', `"nothing" = 1`], ['a part of a column', `"parts"."a" = 1`], ['a function of the engine', `jaccard("word", 'a') > 0`],
    ['greatest, which takes NULL otherwise', `greatest("id", 5) > 4`], ['trim, which takes other spaces', `trim("word") = ''`], ['concat, which takes NULL otherwise', `concat("word", 'a') = 'a'`],
    ['a text beside a number', `"id" = '5'`], ['a number beside a text', `"word" = 5`], ['a day that is none', `"day" = '2024-02-30'`], ['a text cast to a number', `"word"::int = 5`], ['halves', `"ratio"::int = 2`],
    ['whole division', `"id" // 2 = 1`], ['a power', `"id" ** 2 = 1`], ['floating numbers with each other', `"ratio" > "ratio"`], ['a list of floating numbers', `"ratio" IN (1, 2)`], ['a key', `sha256("word") = 'a'`], ['time zones', `"at"::timestamptz > "at"`],
    ['the moment', `current_date > "day"`], ['no condition', `"id"`], ['a comment', `"id" = 1 -- 2`], ['a prefix', `E'a' = "word"`], ['a bracket too many', `("id" = 1))`], ['nothing', ''], ['depth', `${'('.repeat(200)}true${')'.repeat(200)}`], ['an unknown sign', `"id" ~ 1`],
    ['weekdays, which are counted otherwise', `extract(dow from "day") = 1`], ['a position from the end that is not written out', `substring("word", "small") = 'a'`], ['a decade', `date_trunc('decade', "day") = "day"`], ['a collation', `"word" COLLATE nocase = 'a'`],
  ])('that needs %s is not said', (_, sql) => {
    expect(translateCondition(sql, COLUMNS)).toEqual({ cannot: expect.any(String) })
  })

  it('names the columns that it asks for', () => {
    expect(translateCondition(`"id" > 1 AND ("WORD" = 'a' OR "id" < 5)`, COLUMNS)).toMatchObject({ columns: ['id', 'word'] })
  })
})

describe('a mask', () => {
  it.each([
    ['NULL', 'word', 'NULL'], [`'x'`, 'word', `'x'`], ['5', 'paid', 'TRY_CAST(5 AS DECIMAL(9, 2))'], [`'2020-01-01'`, 'day', `DATE '2020-01-01'`],
    [`date_trunc('year', TRY("day"))`, 'day', `date_trunc('year', "day")`],
    [`regexp_replace("word", '[0-9]+', '$1', 'g')`, 'word', `regexp_replace("word", '[0-9]+', '\\$1')`],
    [`CASE WHEN ("id" > 1) THEN "word" ELSE NULL END`, 'word', `CASE WHEN ("id" > 1) THEN "word" ELSE NULL END`],
    [`right("word", 3)`, 'word', `substr("word", -least(3, length("word")))`],
  ])('%s of %s', (sql, name, trino) => {
    const column = COLUMNS.find((one) => one.name === name)
    expect(column === undefined ? undefined : translateMask(sql, column, COLUMNS)).toMatchObject({ sql: trino })
  })

  it('that holds a key is never said, whatever is around it', () => {
    const [word] = COLUMNS
    for (const sql of [`sha256('key' || "word")`, `CASE WHEN "id" > 1 THEN "word" ELSE sha256('key' || "word") END`, `left(sha256('key' || "word"), 15)`]) expect(JSON.stringify(translateMask(sql, word, COLUMNS))).not.toContain('key')
  })
})

// Every row is asked; what fails in one is null in both.
const ROWS = `select * from (values
  ('', NULL, 0::bigint, 1::int, 0.00::decimal(9, 2), 0::double, date '1970-01-01', timestamp '1970-01-01 00:00:00', true),
  ('abc', 'abc', 5, -7, 12.50, 'nan'::double, date '2024-02-29', timestamp '2024-02-29 23:59:59.999999', false),
  (NULL, 'B', -3, NULL, -12.55, 'inf'::double, NULL, NULL, NULL),
  ('ŻÓŁW 12', 'żółw 12', 9007199254740993, 2147483647, 9999999.99, -0.5, date '0001-01-01', timestamp '9999-12-31 00:00:00', true),
  (E'a\\nb 345', 'a_b%c', NULL, 3, NULL, NULL, date '2023-12-31', timestamp '2000-06-15 12:30:00', false)
) t(word, other, id, small, paid, ratio, day, "at", is_on)`

const one = (...values: readonly string[]) => fc.constantFrom(...values)
const written = fc.letrec<{ text: string; number: string; day: string; truth: string }>((tie) => ({
  text: fc.oneof({ depthSize: 'small' }, one('"word"', '"other"', `'abc'`, `'ż'`, `''`, `'a$b'`), fc.tuple(one('lower', 'upper', 'reverse'), tie('text')).map(([f, a]) => `${f}(${a})`), fc.tuple(tie('text'), tie('text')).map(([a, b]) => `(${a} || ${b})`), fc.tuple(one('left', 'right'), tie('text'), fc.nat(6)).map(([f, a, n]) => `${f}(${a}, ${n + 1})`), fc.tuple(tie('text'), fc.integer({ min: -5, max: 5 }).filter((n) => n !== 0)).map(([a, n]) => `substring(${a}, ${n})`), fc.tuple(tie('truth'), tie('text'), tie('text')).map(([c, a, b]) => `CASE WHEN ${c} THEN ${a} ELSE ${b} END`), tie('text').map((a) => `coalesce(${a}, 'none')`), fc.tuple(one('[0-9]+', '\\\\w', '.', 'b|c', '(a)(b)?', '[^a-c]'), one('#', '$1', '')).map(([p, r]) => `regexp_replace("word", '${p.replaceAll('\\\\', '\\')}', '${r}', 'g')`)),
  number: fc.oneof({ depthSize: 'small' }, one('"id"', '"small"', '"paid"', '0', '2', '1.5', '-3'), fc.tuple(tie('number'), one('+', '-', '*', '/'), tie('number')).map(([a, o, b]) => `(${a} ${o} ${b})`), tie('text').map((a) => `length(${a})`), tie('day').map((a) => `month(${a})`), one('abs("small")', '"ratio"', '("small" % "id")', '("paid" % 0)')),
  day: fc.oneof({ depthSize: 'small' }, one('"day"', `date '2024-02-29'`), fc.tuple(one('year', 'quarter', 'month', 'week', 'day'), tie('day')).map(([u, a]) => `date_trunc('${u}', ${a})`)),
  truth: fc.oneof({ depthSize: 'small' }, one('"is_on"', 'true', 'false', '"ratio" > 0.5', '"ratio" <= 2', 'NOT ("ratio" >= 0)', '5 > "ratio"', `"day" >= '2024-01-01'`, '"at" IS NULL', `regexp_matches("word", '[a-z]\\d|Ż')`), fc.tuple(tie('text'), one('=', '<>', '<', '>='), tie('text')).map(([a, o, b]) => `${a} ${o} ${b}`), fc.tuple(tie('number'), one('=', '!=', '<', '<=', '>', '>='), one('0', '2', '5.5', '-7')).map(([a, o, b]) => `${a} ${o} ${b}`), fc.tuple(tie('truth'), one('AND', 'OR'), tie('truth')).map(([a, o, b]) => `(${a} ${o} ${b})`), tie('truth').map((a) => `(NOT (${a}))`), fc.tuple(tie('text'), one('', 'NOT '), one(`'a%'`, `'%b_'`, `'abc'`), one('LIKE', 'ILIKE')).map(([a, n, p, l]) => `${a} ${n}${l} ${p}`), fc.tuple(tie('text'), one('', 'NOT ')).map(([a, n]) => `${a} ${n}IN ('abc', '', NULL)`), tie('text').map((a) => `${a} IS NOT NULL`), fc.tuple(tie('day'), tie('day')).map(([a, b]) => `${a} <= ${b}`), tie('text').map((a) => `starts_with(${a}, 'a')`), tie('text').map((a) => `list_contains(['abc', 'B'], ${a})`)),
}))

describe('whatever is said', () => {
  it('gives what the engine gives, on every row', async () => {
    let said = 0
    const [word] = COLUMNS
    const expressions = fc.oneof({ weight: 3, arbitrary: written.truth.map((sql) => [sql, translateCondition(sql, COLUMNS)] as const) }, { weight: 1, arbitrary: written.text.map((sql) => [sql, translateMask(sql, word, COLUMNS)] as const) })
    await fc.assert(fc.asyncProperty(expressions, async ([sql, trino]) => {
      if (!('sql' in trino) || sql.length > 1_000) return
      said += 1
      for (const [is, printed] of await engine.rows(`select TRY(${sql}), TRY(${inEngineWords(trino.sql)}) from (${ROWS})`)) expect(printed, trino.sql).toEqual(is)
    }), { numRuns: 300 })
    expect(said).toBeGreaterThan(200)
  })

  it('differs where a division is printed as it is: the comparison sees such things', async () => {
    const [naive] = await engine.rows(`select 7 // 2 > 3, 7 / 2 > 3`) as [readonly [boolean, boolean]]
    expect(naive).toEqual([false, true])
  })

  it.each(['a(?i)b', '^a', 'a$', '[[:alpha:]]', '[a&&b]', '[a[b]]', '\\bword', '\\pL', 'a++', '(?P<n>a)', '\\Qa\\E', 'a}', '[]a]'])('keeps away from the pattern %s', (pattern) => {
    expect(translateCondition(`regexp_matches("word", '${pattern}')`, COLUMNS)).toHaveProperty('cannot')
  })
})
