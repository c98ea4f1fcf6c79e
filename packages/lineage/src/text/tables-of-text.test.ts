// Statements of other tools, in twenty dialects, with the tables that they read and write.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tablesOfText } from './tables-of-text.ts'

interface Case { readonly sql: string; readonly dialect: string; readonly sources: readonly string[]; readonly targets: readonly string[] }
const FILE = join(import.meta.dirname, '../../../../../shared/corpora/lineage-tables/cases.jsonl')
const isThere = existsSync(FILE)
// Three were recorded as the names of objects of the recorder.
const cases = (isThere ? readFileSync(FILE, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Case) : []).filter(({ sources }) => !sources.some((one) => one.includes('MagicMock')))

/** Names are compared as SQL compares them. */
const names = (of: readonly string[]): readonly string[] => [...new Set(of.map((one) => one.toLowerCase()))].toSorted()

describe('tables of statements of others', () => {
  it.each([
    ['WITH x AS (SELECT * FROM a) INSERT INTO t SELECT * FROM x JOIN b USING (id)', ['a', 'b'], ['t']],
    ['create table t as select trim(both from name), extract(year from day) from a', ['a'], ['t']],
    ['merge into t using (select * from s) x on t.id = x.id when matched then update set v = x.v', ['s'], ['t']],
    ['create table tmp as select * from a; insert into t select * from tmp; drop table tmp', ['a'], ['t']],
    ["select 'from x' from a -- from b", ['a'], []],
    ['select * from "from" where "join" = 1', ['from'], []],
  ])('%s', (sql, sources, targets) => {
    expect(tablesOfText(sql)).toEqual({ sources, targets })
  })

  it('never fails, whatever the text', () => {
    const word = fc.constantFrom('select', 'from', 'join', 'insert', 'into', '(', ')', ',', 'a', '"', "'", '[', '`', 'with', 'as', 'merge', 'using', ';', '.', 'create', 'table', 'update', '--', '/*')
    fc.assert(fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 40 }), (words) => {
      expect(Array.isArray(tablesOfText(words.join(' ')).sources)).toBe(true)
    }))
  })

  it.skipIf(!isThere)('equal those of the corpus, in every dialect of it', () => {
    const wrong = cases.filter(({ sql, sources, targets }) => {
      const found = tablesOfText(sql)
      return JSON.stringify([names(found.sources), names(found.targets)]) !== JSON.stringify([names(sources), names(targets)])
    })
    expect(cases).toHaveLength(289)
    expect(wrong).toEqual([])
  })
})
