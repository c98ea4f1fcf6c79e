import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnScope, parseSqlTemplate, printSql, sqlLiteral } from './sql-text.ts'

const scope = { column: columnScope([{ name: 'state' }, { name: 'Fare' }, { name: 'born' }, { name: 'from' }]), value: (name: string) => ({ purpose: "o'hara", 'subject.region': ['CA', 'NV'], 'subject.level': -3 })[name] }

const printed = (text: string): string => {
  const template = parseSqlTemplate(text)
  if (!template.ok) return `refused: ${template.diagnostics[0]?.message.replace('This is no condition over a row: ', '').replace(' may not stand in it.', '')}`
  const sql = printSql(template.value, scope)
  return 'sql' in sql ? sql.sql : `missing: ${sql.missing}`
}

const PRINTED: Readonly<Record<string, string>> = {
  "state = 'CA'": `("state" = 'CA')`,
  "STATE IN ('CA', 'NV') and not (fare > 10.5e2)": `("state" IN ('CA', 'NV') and not ("Fare" > 10.5e2))`,
  'state in {subject.region}': `("state" in ('CA', 'NV'))`,
  'state in {purpose}': `("state" in ('o''hara'))`,
  'list_contains({subject.region}, state)': `(list_contains(['CA', 'NV'], "state"))`,
  'fare > {subject.level} and {purpose} = state': `("Fare" > (-3) and 'o''hara' = "state")`,
  '"from" is not null': `("from" is not null)`,
  "born > date '2000-01-01' - interval '3' year": `("born" > date '2000-01-01' - interval '3' year)`,
  'extract(year from born) = 2000': `(extract(year from "born") = 2000)`,
  'state is distinct from lower(state)': `("state" is distinct from lower("state"))`,
  'cast(fare as varchar)::decimal(9, 2) > 1': `(cast("Fare" as varchar)::decimal(9, 2) > 1)`,
  "case when state like 'C%' then true else false end": `(case when "state" like 'C%' then true else false end)`,
  "regexp_matches(state, '\\d+;--')": `(regexp_matches("state", '\\d+;--'))`,
  'nowhere = 1': 'missing: the column nowhere',
  'fare > {subject.clearance}': 'missing: subject.clearance',
}

const REFUSED: Readonly<Record<string, string>> = {
  '': 'an empty text',
  'true) or (true': 'brackets that do not match',
  '(true': 'brackets that do not match',
  "state = 'CA": 'a quote without its end',
  "state = any(['CA'])": 'the function any',
  'true -- and': '"--"',
  'true /* x */': '"/*"',
  '1 *//* 1': '"/*"',
  '1 <-- 1': '"--"',
  'true; drop table x': 'the character ";"',
  'state = $1': 'the character "$"',
  'state = ?': 'the character "?"',
  "state = $$a$$": 'the character "$"',
  "E'\\' or true --'": `"E'\\'"`,
  "state = '{purpose}x'{purpose}": `"'{purpose}x'{purpose}"`,
  'state = {purpose}{purpose}': '"{purpose}{purpose}"',
  'state = {subject}': 'braces that hold neither purpose nor subject.<attribute>',
  'state = {password}': 'braces that hold neither purpose nor subject.<attribute>',
  'state in (select state from other)': 'the word SELECT',
  'state in (from other)': 'the word FROM',
  'state in (with a as (values (1)) table a)': 'the word WITH',
  'state in (values (1))': 'the word VALUES',
  'exists (table other)': 'the word EXISTS',
  "(pivot other on x)": 'the word PIVOT',
  'rowid = 1': 'the word ROWID',
  "columns('.*') is null": 'the word COLUMNS',
  "query('select 1')": 'the function query',
  "read_text('/etc/passwd') = ''": 'the function read_text',
  "getenv('HOME') = ''": 'the function getenv',
  "current_setting('home_directory') = ''": 'the function current_setting',
  "state.query('x')": 'the function query',
  "repeat(state, 2000000000) = ''": 'the function repeat',
  '"lower"(state)': 'a call by a quoted name',
  'list_filter([1], x -> true)': '"->"',
  'nextval(state)': 'the function nextval',
  'born > now()': 'the function now',
  'born > current_date': 'the word CURRENT_DATE',
  'state = current_user': 'the word CURRENT_USER',
  'extract(year from age(born)) > 18': 'the function age',
  'state::regclass': 'the type regclass',
  'sum(fare) over () > 1': 'the word OVER',
  'state = \u0000': 'the character "\\u0000"',
  'ſtate = 1': 'the character "ſ"',
  [`${'('.repeat(21)}true${')'.repeat(21)}`]: 'brackets more than 20 deep',
  [`state = '${'x'.repeat(2_000)}'`]: 'more than 2000 characters',
}

describe('a condition over a row', () => {
  it.each(Object.entries(PRINTED))('%s', (text, expected) => expect(printed(text)).toBe(expected))
  it.each(Object.entries(REFUSED))('is refused: %s', (text, what) => expect(printed(text)).toBe(`refused: ${what}`))

  it('has brackets that match and no comment, whatever passes', () => {
    const words = fc.constantFrom('state', '(', ')', "'", '"', '--', '/*', '*/', ';', 'E', '{purpose}', 'or', 'true', '=', ' ', '\n', 'select', '[', ']', 'lower', '$$')
    fc.assert(fc.property(fc.array(words, { maxLength: 14 }), (parts) => {
      const sql = printed(parts.join(''))
      if (sql.startsWith('refused') || sql.startsWith('missing')) return
      const bare = sql.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"/gu, 'x')
      expect(bare).not.toMatch(/--|\/\*|;|\$|'|"|select/iu)
      let depth = 0
      for (const [i, char] of [...bare].entries()) {
        depth += char === '(' ? 1 : char === ')' ? -1 : 0
        if (i < bare.length - 1) expect(depth).toBeGreaterThan(0)
      }
      expect(depth).toBe(0)
    }), { numRuns: 3000 })
  })
})

describe('a value', () => {
  it('is a literal that nothing leaves', () => {
    fc.assert(fc.property(fc.string(), (text) => {
      const literal = sqlLiteral(text)
      expect(literal).toMatch(/^'(?:[^']|'')*'$/u)
    }))
  })

  it.each([
    [null, undefined], [{ a: 1 }, undefined], [[{ a: 1 }], undefined], [[['a']], undefined], ['x'.repeat(1_001), undefined], [Number.NaN, undefined],
    [[], 'CAST([] AS VARCHAR[])'], [true, 'true'], [-1.5, '(-1.5)'], [['a', 2], "['a', 2]"],
  ])('%j is %s', (value, literal) => expect(sqlLiteral(value)).toBe(literal))
})
