// A condition comes from a person who has no right yet: whatever is not plainly an expression over the row is refused.

import { beforeAll, describe, expect, it } from 'vitest'
import { checkCondition, conditionProbe } from './check-condition.ts'
import { duckdbParser } from './testing.ts'
import type { DuckdbParser } from './testing.ts'

const COLUMNS = ['id', 'region', 'delay', 'home', 'Mixed Case']

let parser: DuckdbParser
beforeAll(async () => {
  parser = await duckdbParser()
})

const check = async (condition: string) => {
  const probe = conditionProbe(condition)
  if (!probe.ok) return probe
  const tree = await parser.parse(probe.value)
  return tree.ok ? checkCondition(tree.value, COLUMNS) : tree
}

const ALLOWED: readonly [condition: string, columns: readonly string[]][] = [
  ["region = 'EU'", ['region']],
  ['REGION in (\'EU\', \'US\') and "delay" between 1 and 5', ['region', 'delay']],
  ['home.city is not null or coalesce(delay, 0) > 15', ['delay', 'home']],
  ['"mixed case" like \'a%\'', ['Mixed Case']],
  ['case when delay > 3 then true else false end', ['delay']],
  ['delay::varchar = \'3\'', ['delay']],
  ['true', []],
  ["region = 'it''s; a (text) with ) signs'", ['region']],
]

const REFUSED: readonly [what: string, condition: string, code: string][] = [
  ['nothing', '  ', 'condition-empty'],
  ['an endless text', `region = '${'x'.repeat(5000)}'`, 'condition-too-long'],
  ['a comment that would swallow what follows', 'true --', 'condition-sign'],
  ['a block comment', 'true /* ', 'condition-sign'],
  ['a parameter', 'delay = $1', 'condition-sign'],
  ['another kind of parameter', 'delay = ?', 'condition-not-allowed'],
  ['a text between dollar signs', "region = $$x$$", 'condition-sign'],
  ['broken SQL', 'region = = 1', 'sql-syntax'],
  ['an open text', "region = 'EU", 'sql-syntax'],
  ['a closing parenthesis and more', 'true) or (true', 'sql-syntax'],
  ['a second expression', 'true, false', 'condition-not-one-expression'],
  ['a name for it', 'true as x', 'condition-not-one-expression'],
  ['another spelling of a name', 'x: true', 'condition-not-one-expression'],
  ['DISTINCT', 'distinct true', 'condition-not-one-expression'],
  ['a FROM', 'true from secrets.people', 'condition-reads-table'],
  ['a FROM of values', 'true from (values (1)) t', 'condition-not-one-expression'],
  ['a WHERE of its own', 'true where true', 'condition-not-one-expression'],
  ['a GROUP BY', 'true group by 1', 'condition-not-one-expression'],
  ['a QUALIFY', 'true qualify true', 'condition-not-one-expression'],
  ['an ORDER BY', 'true order by 1', 'condition-not-one-expression'],
  ['a LIMIT', 'true limit 1', 'condition-not-one-expression'],
  ['a UNION', 'true union select false', 'condition-not-one-expression'],
  ['a second statement', 'true; select 1', 'sql-one-statement'],
  ['a query of another table', 'id in (select id from secrets.people)', 'condition-reads-table'],
  ['a query of no table', 'delay = (select 1)', 'condition-not-allowed'],
  ['EXISTS', 'exists (select 1)', 'condition-not-allowed'],
  ['a table function', 'delay in (select * from range(3))', 'condition-not-allowed'],
  ['a function that is not allowed', "current_setting('x') = 'y'", 'sql-function-not-allowed'],
  ['a function that shows hidden rows', "stats(delay) = ''", 'sql-function-not-allowed'],
  ['a file', "read_text('/etc/passwd') is null", 'sql-function-not-allowed'],
  ['chance', 'random() < 0.5', 'sql-function-not-allowed'],
  ['the moment', 'now() > delay', 'sql-function-not-allowed'],
  ['today', 'current_date = delay', 'condition-unknown-column'],
  ['a window', 'row_number() over () = 1', 'sql-function-not-allowed'],
  ['a star', 'count(*) > 1', 'sql-function-not-allowed'],
  ['COLUMNS', 'columns(*) is null', 'condition-not-allowed'],
  ['a lambda', 'list_filter([1], lambda x: x > 1) is null', 'condition-not-allowed'],
  ['a column by its number', '#1 > 3', 'condition-not-allowed'],
  ['an unknown column', 'regoin = 1', 'condition-unknown-column'],
  ['a column of another table', 'people.salary > 3', 'condition-unknown-column'],
  ['a distinct aggregate', 'count(distinct delay) > 1', 'sql-function-not-allowed'],
  ['an aggregate', 'max(delay) > 1', 'sql-function-not-allowed'],
]

describe('a condition', () => {
  it.each(ALLOWED)('may be %s', async (condition, columns) => {
    const result = await check(condition)
    expect(result.ok ? result.value : result.diagnostics).toEqual(columns)
  })

  it.each(REFUSED)('may not be %s', async (_what, condition, code) => {
    const result = await check(condition)
    expect(result.ok ? 'ok' : result.diagnostics[0]?.code).toBe(code)
  })

  it('says where it is wrong, counted from its own first line', async () => {
    const result = await check("region = 'EU'\n  and dealy > 3")
    expect(result.ok ? [] : result.diagnostics.map((d) => [d.message, d.place?.line, d.place?.column])).toEqual([['The row has no column "dealy". Did you mean "delay"?', 2, 7]])
  })
})
