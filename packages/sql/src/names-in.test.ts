import { describe, expect, it } from 'vitest'
import { namesIn } from './names-in.ts'
import { duckdbParser } from './testing.ts'

const parser = await duckdbParser()
async function names(sql: string): Promise<ReadonlySet<string> | 'all'> {
  const tree = await parser.parse(sql)
  if (!tree.ok) throw new Error(JSON.stringify(tree.diagnostics))
  return namesIn(tree.value)
}

describe('the names in a statement', () => {
  it.each(['select f.DELAY from t f', 'select 1 from t where delay > 0', 'select a from t order by "Delay"', 'select a from t join u using (delay)', 'select count(*) from t group by delay', 'select sum(a) over (partition by delay) from t'])('%s has delay', async (sql) => {
    const found = await names(sql)
    expect(found === 'all' || found.has('delay')).toBe(true)
  })

  it.each(['select origin from t', 'select count(*) from t'])('%s has it not', async (sql) => {
    const found = await names(sql)
    expect(found !== 'all' && !found.has('delay')).toBe(true)
  })

  it.each(['select * from t', 'select t.* from t', 'select * exclude (a) from t', 'select a from t natural join u', 'select columns(\'d.*\') from t'])('%s takes all', async (sql) => {
    expect(await names(sql)).toBe('all')
  })
})
